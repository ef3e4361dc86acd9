// A fungible token with the semantics of NEP-141, for holders inside and outside the enclave.
import { near, storage, contract } from 'conclave'

/** @typedef {string | bigint} Amount  A decimal string outside the enclave, a bigint inside. */

/**
 * Mints the whole supply to the owner.
 * @param {{ name: string, symbol: string, decimals: number, total_supply: Amount, owner_id: string }} args
 */
export function init({ name, symbol, decimals, total_supply, owner_id }) {
  const supply = positive(total_supply)
  storage.set('metadata', { spec: 'ft-1.0.0', name, symbol, decimals })
  storage.set('supply', supply)
  storage.set(key(owner_id), supply)
}

/** @param {{ receiver_id: string, amount: Amount, memo?: string }} args */
export function ft_transfer({ receiver_id, amount }) {
  move(near.caller(), receiver_id, positive(amount))
}

/**
 * Moves the amount and calls the receiver's `ft_on_transfer` in the same statement.
 * What the receiver returns is unused and goes back; if it throws, nothing has happened.
 * @param {{ receiver_id: string, amount: Amount, msg: any, memo?: string }} args
 * @returns {bigint} what the receiver kept
 */
export function ft_transfer_call({ receiver_id, amount, msg }) {
  const sender_id = near.caller()
  const sent = positive(amount)
  move(sender_id, receiver_id, sent)
  const unused = BigInt(contract(receiver_id).ft_on_transfer({ sender_id, amount: sent, msg }))
  if (unused < 0n || unused > sent) throw new RangeError('the receiver returned more than it got')
  if (unused > 0n) move(receiver_id, sender_id, unused)
  return sent - unused
}

/** @param {{ account_id: string }} args */
export function ft_balance_of({ account_id }) {
  return balance(account_id)
}

export function ft_total_supply() {
  return storage.get('supply')
}

export function ft_metadata() {
  return storage.get('metadata')
}

const key = (account_id) => `balance/${account_id}`
const balance = (account_id) => storage.get(key(account_id)) ?? 0n

function positive(amount) {
  const value = BigInt(amount)
  if (value <= 0n) throw new RangeError('the amount must be positive')
  return value
}

function move(from, to, amount) {
  if (from === to) throw new Error('sender and receiver must differ')
  const rest = balance(from) - amount
  if (rest < 0n) throw new RangeError(`${from} does not have ${amount}`)
  if (rest === 0n) storage.remove(key(from))
  else storage.set(key(from), rest)
  storage.set(key(to), balance(to) + amount)
}
