// An auction in NEAR: bids in the order of their amounts, however many there are.
import { near, PersistentMap, PersistentSet, PersistentSortedMap, PersistentVector } from 'conclave'

// To make them reads nothing; each call reads the entries that it touches.
const bids = /** @type {PersistentSortedMap<bigint, string>} */ (new PersistentSortedMap('bids'))
const counts = /** @type {PersistentMap<string, number>} */ (new PersistentMap('counts'))
const banned = /** @type {PersistentSet<string>} */ (new PersistentSet('banned'))
const history = /** @type {PersistentVector<{ who: string, amount: bigint }>} */ (new PersistentVector('history'))

/** @param {{ banned: string[] }} args */
export function init({ banned: names }) {
  for (const name of names) banned.add(name)
}

/** Bids what comes with the call; it has to be more than all bids before. */
export function bid() {
  const [who, amount] = [near.caller(), near.deposit()]
  if (banned.has(who)) throw new Error(`${who} may not bid`)
  const [best] = bids.last() ?? [0n]
  if (amount <= best) throw new RangeError(`the best bid is ${best}`)
  bids.set(near.keep(), who)
  counts.set(who, (counts.get(who) ?? 0) + 1)
  history.push({ who, amount })
}

/**
 * Takes back a bid that is not the best any more.
 * @param {{ amount: string }} args
 */
export function take_back({ amount }) {
  const own = BigInt(amount)
  if (bids.get(own) !== near.caller()) throw new Error('that is not your bid')
  if (bids.ceiling(own + 1n) === undefined) throw new Error('the best bid stays')
  bids.delete(own)
  near.transfer(near.caller(), own)
}

/** @param {{ limit: number }} args */
export const best = ({ limit }) => [...bids.range({ reverse: true, limit })]

/** @param {{ below: string }} args  The best bid that is not above this. */
export const up_to = ({ below }) => bids.floor(BigInt(below)) ?? null

/** @param {{ from?: string | null, limit: number }} args  A name comes back from JSON as it is. */
export const bidders = ({ from, limit }) => counts.page({ from, limit })

/** @param {{ from?: number | null, limit: number }} args */
export const bids_in_order = ({ from, limit }) => history.page({ from, limit })
