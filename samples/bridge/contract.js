// Brings a NEP-141 token of the outside into the enclave and out again. Inside, it moves in one statement.
import { near, storage } from 'conclave'

/** @typedef {string | bigint} Amount  A decimal string outside the enclave, a bigint inside. */

/** @param {{ token: string }} args  The account outside on which the token is. */
export function init({ token }) {
  storage.set('outside', token)
}

/**
 * In: the token calls this, through the enclave's account, when somebody has sent to it.
 * @param {{ sender_id: string, amount: Amount, msg: { receiver_id?: string } | null }} args
 * @returns {bigint} unused tokens: always none
 */
export function ft_on_transfer({ sender_id, amount, msg }) {
  if (near.caller() !== token()) throw new Error(`only ${token()} is brought in here`)
  add('supply', positive(amount))
  add(key(msg?.receiver_id ?? sender_id), positive(amount))
  return 0n
}

/**
 * Inside: from holder to holder, accounts or subcontracts.
 * @param {{ receiver_id: string, amount: Amount }} args
 */
export function ft_transfer({ receiver_id, amount }) {
  add(key(near.caller()), -positive(amount))
  add(key(receiver_id), positive(amount))
}

/**
 * Out: the caller's tokens go to the caller's account outside. What comes along pays 1 yoctoNEAR, which the
 * token wants, and for the storage of the wait; the rest goes back.
 * @param {{ amount: Amount }} args
 * @returns {Promise<bigint>} how many went: none where the outside refused
 */
export async function withdraw({ amount }) {
  const [receiver_id, taken] = [near.caller(), positive(amount)]
  add(key(receiver_id), -taken) // before the await: it is on chain when the tokens leave
  add('supply', -taken)
  try {
    await near.call(token(), 'ft_transfer', { receiver_id, amount: taken }, { deposit: 1n, gas: '10 Tgas' })
    return taken
  } catch {
    add(key(receiver_id), taken)
    add('supply', taken)
    return 0n // a throw would undo what was just given back
  }
}

/** @param {{ account_id: string }} args */
export const ft_balance_of = ({ account_id }) => amount_of(key(account_id))
export const ft_total_supply = () => amount_of('supply')
export const token = () => storage.get('outside')

const key = (account_id) => `balance/${account_id}`
const amount_of = (name) => storage.get(name) ?? 0n

function positive(amount) {
  const value = BigInt(amount)
  if (value <= 0n) throw new RangeError('the amount must be positive')
  return value
}

function add(name, amount) {
  const rest = amount_of(name) + amount
  if (rest < 0n) throw new RangeError(`there is less than ${-amount} at ${name}`)
  if (rest === 0n) storage.remove(name)
  else storage.set(name, rest)
}
