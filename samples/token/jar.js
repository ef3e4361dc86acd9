// What the token's scenario pays into: a receiver that keeps a part, throws, cheats or calls back, as told.
import { near, contract } from 'conclave'

export function ft_on_transfer({ amount, msg }) {
  if (msg.keep === 'full') throw new Error('the jar is full')
  if (msg.keep === 'reenter') contract(near.caller()).ft_transfer({ receiver_id: 'bob.near', amount })
  return amount - BigInt(msg.keep)
}
