import { near, storage } from 'conclave'
export const given = value => value
export const kinds = () => ({ big: 2n ** 70n, bytes: new Uint8Array([1, 2]), map: new Map([[1, 'x']]) })
export const who = () => [near.caller(), near.signer(), near.path(), String(near.deposit())]
export function never() { storage.set('never', true) }
export function fails() { storage.set('failed', true); throw new RangeError('not this') }
export async function asks({ keep }) {
  if (keep) near.keep()
  storage.set('begun', (storage.get('begun') ?? 0) + 1)
  try {
    const answer = await near.call('out.near', 'slow')
    storage.set('done', (storage.get('done') ?? 0) + 1)
    return answer
  } catch (error) {
    storage.set('code', error.code)
    return [error.code] // a throw would undo what is noted here
  } finally {
    storage.set('ended', (storage.get('ended') ?? 0) + 1)
    if (near.signal.aborted) storage.set('aborted', near.signal.reason.code)
  }
}
export async function failsLater() { await near.call('out.near', 'quick'); throw new RangeError('not this') }
export async function waits() {
  const { token, promise } = near.yield({ timeoutBlocks: 1000 })
  storage.set('token', token)
  try { return await promise } catch (error) { storage.set('told', error.code); return error.code }
}
export async function survives() {
  try { await near.call('out.near', 'slow') } catch (error) {
    return [error.code, await near.call('out.near', 'after')]
  }
}
export const state = () => Object.fromEntries(storage.entries().items ?? [...storage.entries()])
