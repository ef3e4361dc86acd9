import { call, near, storage } from 'conclave'
export function put({ k, v }) {
  const before = storage.get(k)
  storage.set(k, v)
  storage.set('puts', (storage.get('puts') ?? 0) + 1)
  return [before, near.caller()]
}
export function got({ k }) { return storage.get(k) }
export function fall({ k, v }) {
  near.log('falls')
  storage.set(k, v)
  throw new RangeError('fell at ' + k)
}
export async function waits({ k, v }) {
  storage.set(k, await v)
  await null
  return [storage.get(k)]
}
export function keeps({ k, v }) {
  storage.set(k, v)
  return [near.deposit(), near.keep(4n), near.caller()].join()
}
// Calls back into the subcontract that waits.
export function back({ k, v }) {
  storage.set(k, v)
  return call(near.caller(), 'again', { k, v })
}
export function open() { near.grant('asker@alice.near', { read: [''] }) }
