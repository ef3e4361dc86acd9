import { near, storage, call, view, after, contract, PersistentMap, PersistentVector } from 'conclave'

const OTHER = 'other@bob.near'
// Plain text of a value, never long.
const plain = (_, v) => typeof v === 'bigint' ? v + 'n' : v === undefined ? 'u' : v
const told = v => {
  if (v === undefined) return 'undefined'
  let text
  try { text = JSON.stringify(v, plain) } catch { return 'cyclic' }
  return text.length > 90 ? [...text].slice(0, 60).join('') + text.length : text
}
// A value as it is, or its text where it would grow.
const cut = v => told(v).length > 60 ? told(v) : v
const num = v => typeof v === 'number' ? v % 1000 : told(v).length
// Which error it was: what the outside fails with looks different inside.
const why = e => e?.code === 'E_OUTSIDE' ? 'outside'
  : e instanceof AggregateError ? e.errors.map(why).join()
  : e instanceof Error ? e.name + ': ' + e.message : told(e)
// A number under 9973 that stands for a value.
const mix = v => {
  let mixed = 7
  for (const letter of told(v)) mixed = (mixed * 31 + letter.charCodeAt(0)) % 9973
  return mixed
}
const join = (...parts) => cut(parts.map(told).join('|'))
const thenable = v => ({ then(resolve) { resolve(v) } })
const settled = list => list.map(one => one.status === 'fulfilled' ? told(one.value) : '!' + why(one.reason))

// The next number for which the outside does not fail.
const answered = n => [0, 18, 23, 26].includes(n % 27) ? answered(n + 1) : n

// The two ways: to an account outside, and to a subcontract that answers the same.
const really = (n, deposit) => near.call('out.near', 'f', { n }, { deposit })
const inside = async (n, deposit) => {
  if (deposit) near.transfer('out.near', deposit)
  const { failed, value } = call('out@alice.near', 'f', { n })
  if (failed) throw Object.assign(new Error('outside'), { code: 'E_OUTSIDE' })
  return value
}

// What another subcontract calls while this one runs.
export const reentrant = ['again']
export function again({ k, v }) {
  const before = storage.get(k)
  storage.set(k + '/again', v)
  near.log('again', told(before))
  return [before, near.path().length]
}
