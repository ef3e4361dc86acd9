// Sells gold for dollars, tokens inside, at a price that it asks outside in the middle of the swap.
import { near, storage, contract } from 'conclave'

/** @typedef {string | bigint} Amount  A decimal string outside the enclave, a bigint inside. */

/** @param {{ usd: string, gold: string, feed: string, owner: string }} args  Two subcontracts and two accounts. */
export function init({ usd, gold, feed, owner }) {
  storage.set('terms', { usd, gold, feed, owner })
  storage.set('pool', { usd: 0n, gold: 0n })
}

/**
 * Takes tokens in: dollars for a swap of the sender, or gold of the owner to be sold.
 * @param {{ sender_id: string, amount: bigint }} args
 * @returns {bigint} unused tokens: always none
 */
export function ft_on_transfer({ sender_id, amount }) {
  const { usd, gold, owner } = terms()
  if (near.caller() === usd) storage.set(key(sender_id), credit_of({ account_id: sender_id }) + amount)
  else if (near.caller() === gold && sender_id === owner) settle(0n, amount)
  else throw new Error(`no ${near.caller()} of ${sender_id} is wanted here`)
  return 0n
}

/**
 * Buys gold for dollars that the caller has sent here before. All of it happens, or nothing.
 * @param {{ amount: Amount, min_out: Amount }} args
 * @returns {Promise<bigint>} how much gold
 */
export async function swap({ amount, min_out }) {
  const [receiver_id, paid] = [near.caller(), BigInt(amount)]
  // Everything that the section reads and others may write is locked, so it can't conflict.
  return near.withLock([['w', 'pool'], ['w', key(receiver_id)]], async () => {
    const { gold, feed } = terms()
    spend(receiver_id, paid) // not on chain before the section ends
    const price = BigInt(await near.call(feed, 'get', {}, { gas: '5 Tgas' }))
    const out = price > 0n ? paid / price : 0n
    if (out <= 0n || out < BigInt(min_out)) throw new RangeError(`${paid} buy ${out} at ${price}`)
    settle(paid, -out)
    contract(gold).ft_transfer({ receiver_id, amount: out })
    return out
  })
}

/** Gives the caller's unused dollars back. */
export function withdraw() {
  const account_id = near.caller()
  const amount = credit_of({ account_id })
  spend(account_id, amount)
  contract(terms().usd).ft_transfer({ receiver_id: account_id, amount })
}

/** Pays all that the pool has to its owner. */
export function close() {
  const { owner: receiver_id, ...tokens } = terms()
  if (near.caller() !== receiver_id) throw new Error('only the owner closes the pool')
  const { usd, gold } = pool()
  settle(-usd, -gold)
  if (usd > 0n) contract(tokens.usd).ft_transfer({ receiver_id, amount: usd })
  if (gold > 0n) contract(tokens.gold).ft_transfer({ receiver_id, amount: gold })
}

export const terms = () => storage.get('terms')
export const pool = () => storage.get('pool')

/** @param {{ account_id: string }} args */
export const credit_of = ({ account_id }) => storage.get(key(account_id)) ?? 0n

const key = (account_id) => `credit/${account_id}`

function spend(account_id, amount) {
  const rest = credit_of({ account_id }) - amount
  if (amount <= 0n || rest < 0n) throw new RangeError(`${account_id} does not have ${amount} here`)
  if (rest === 0n) storage.remove(key(account_id))
  else storage.set(key(account_id), rest)
}

function settle(usd, gold) {
  const has = pool()
  if (has.gold + gold < 0n) throw new RangeError('there is not that much gold')
  storage.set('pool', { usd: has.usd + usd, gold: has.gold + gold })
}
