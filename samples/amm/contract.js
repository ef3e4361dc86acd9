// A pool of two tokens with a constant product. A swap is one synchronous chain of calls:
// trader → token in (`ft_transfer_call`) → this pool (`ft_on_transfer`) → token out (`ft_transfer`).
import { near, storage, contract } from 'conclave'

const BASIS = 10_000n
const NOTHING = [0n, 0n]

/** @param {{ tokens: [string, string], fee_basis_points: number }} args */
export function init({ tokens, fee_basis_points }) {
  const fee = BigInt(fee_basis_points)
  if (tokens.length !== 2 || tokens[0] === tokens[1]) throw new Error('a pool has two different tokens')
  if (fee < 0n || fee >= BASIS) throw new RangeError('the fee must be at least 0 and below 10000')
  storage.set('pool', { tokens, fee, reserves: NOTHING, shares: 0n })
}

/**
 * Takes tokens in. `msg` is `{ deposit: true }`, or `{ swap: { min_out, receiver_id? } }`.
 * @param {{ sender_id: string, amount: bigint, msg: any }} args
 * @returns {bigint} unused tokens: always none
 */
export function ft_on_transfer({ sender_id, amount, msg }) {
  const pool = storage.get('pool')
  const side = pool.tokens.indexOf(near.caller())
  if (side < 0) throw new Error(`${near.caller()} is not a token of this pool`)
  if (msg.swap) swap(pool, side, amount, { receiver_id: sender_id, ...msg.swap })
  else if (msg.deposit) credit(sender_id, deposits(sender_id).map((had, i) => (i === side ? had + amount : had)))
  else throw new Error('msg must be {"deposit":true} or {"swap":{"min_out":…}}')
  return 0n
}

/** Turns the caller's deposits into shares; what does not fit the ratio stays deposited. */
export function add_liquidity({ min_shares }) {
  const pool = storage.get('pool')
  const had = deposits(near.caller())
  const shares = pool.shares === 0n
    ? (had[1] > 0n ? had[0] : 0n) // the first provider sets the price; one share is one unit of the first token
    : min(had.map((amount, i) => amount * pool.shares / pool.reserves[i]))
  if (shares <= 0n || shares < BigInt(min_shares)) throw new RangeError(`the deposits are worth ${shares} shares`)
  const used = pool.shares === 0n ? had : pool.reserves.map((reserve) => ceil_div(shares * reserve, pool.shares))
  credit(near.caller(), had.map((amount, i) => amount - used[i]))
  settle(pool, pool.reserves.map((reserve, i) => reserve + used[i]), shares)
  return shares
}

/** Pays out the caller's part of both tokens. */
export function remove_liquidity({ shares, min_out }) {
  const pool = storage.get('pool')
  const part = BigInt(shares)
  if (part <= 0n || part > shares_of({ account_id: near.caller() })) throw new RangeError('not that many shares')
  const out = pool.reserves.map((reserve) => reserve * part / pool.shares)
  if (out.some((amount, i) => amount < BigInt(min_out[i]))) throw new RangeError(`the shares are worth ${out}`)
  settle(pool, pool.reserves.map((reserve, i) => reserve - out[i]), -part)
  pay(pool, near.caller(), out)
  return out
}

/** Gives back what the caller deposited and did not turn into shares. */
export function withdraw() {
  const had = deposits(near.caller())
  credit(near.caller(), NOTHING)
  pay(storage.get('pool'), near.caller(), had)
  return had
}

/** What a swap would pay now. */
export function quote({ token_in, amount }) {
  const pool = storage.get('pool')
  return out_for(pool, pool.tokens.indexOf(token_in), BigInt(amount))
}

export const pool = () => storage.get('pool')
export const shares_of = ({ account_id }) => storage.get(`shares/${account_id}`) ?? 0n

function swap(pool, side, amount, { min_out, receiver_id }) {
  const out = out_for(pool, side, amount)
  if (out <= 0n || out < BigInt(min_out)) throw new RangeError(`the swap would pay ${out}, less than ${min_out}`)
  settle(pool, pool.reserves.map((reserve, i) => (i === side ? reserve + amount : reserve - out)), 0n)
  contract(pool.tokens[1 - side]).ft_transfer({ receiver_id, amount: out })
}

function out_for({ tokens, reserves, fee }, side, amount) {
  if (side < 0) throw new Error(`the pool has ${tokens}`)
  const effective = amount * (BASIS - fee)
  return effective * reserves[1 - side] / (reserves[side] * BASIS + effective)
}

function settle(pool, reserves, minted) {
  storage.set('pool', { ...pool, reserves, shares: pool.shares + minted })
  const account_id = near.caller()
  if (minted !== 0n) storage.set(`shares/${account_id}`, shares_of({ account_id }) + minted)
}

function pay(pool, receiver_id, amounts) {
  amounts.forEach((amount, i) => {
    if (amount > 0n) contract(pool.tokens[i]).ft_transfer({ receiver_id, amount })
  })
}

const deposits = (account_id) => storage.get(`deposits/${account_id}`) ?? NOTHING
const ceil_div = (a, b) => (a + b - 1n) / b
const min = (values) => values.reduce((a, b) => (a < b ? a : b))

function credit(account_id, amounts) {
  if (amounts.some((amount) => amount > 0n)) storage.set(`deposits/${account_id}`, amounts)
  else storage.remove(`deposits/${account_id}`)
}
