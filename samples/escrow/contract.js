// Holds the buyer's tokens until the buyer or the arbiter pays the seller, or the seller or the arbiter gives them back.
import { near, storage, contract } from 'conclave'

/**
 * @typedef {{ token: string, buyer: string, seller: string, arbiter: string, amount: bigint }} Deal
 * @param {{ token: string, buyer: string, seller: string, arbiter: string, amount: string }} args
 */
export function init({ token, buyer, seller, arbiter, amount }) {
  if (new Set([buyer, seller, arbiter]).size !== 3) throw new Error('buyer, seller and arbiter must be three')
  if (BigInt(amount) <= 0n) throw new RangeError('the amount must be positive')
  storage.set('deal', { token, buyer, seller, arbiter, amount: BigInt(amount) })
  storage.set('state', 'open')
}

/**
 * Takes the agreed amount from the buyer, once; everything above it goes back.
 * @param {{ sender_id: string, amount: bigint }} args
 * @returns {bigint} unused tokens
 */
export function ft_on_transfer({ sender_id, amount }) {
  const terms = deal()
  if (near.caller() !== terms.token) throw new Error(`only ${terms.token} is held here`)
  if (sender_id !== terms.buyer) throw new Error('only the buyer pays in')
  if (amount < terms.amount) throw new RangeError(`the deal is for ${terms.amount}`)
  step('open', 'funded')
  return amount - terms.amount
}

/** Pays the seller: the buyer is content, or the arbiter decides so. */
export function release() {
  const { buyer, seller, arbiter } = deal()
  close('released', [buyer, arbiter], seller)
}

/** Pays the buyer back: the seller gives up, or the arbiter decides so. */
export function refund() {
  const { buyer, seller, arbiter } = deal()
  close('refunded', [seller, arbiter], buyer)
}

export const deal = () => storage.get('deal')
export const state = () => storage.get('state')

function close(outcome, allowed, receiver_id) {
  if (!allowed.includes(near.caller())) throw new Error(`${near.caller()} may not do that`)
  step('funded', outcome)
  const { token, amount } = deal()
  contract(token).ft_transfer({ receiver_id, amount })
}

function step(from, to) {
  if (state() !== from) throw new Error(`the deal is ${state()}, not ${from}`)
  storage.set('state', to)
}
