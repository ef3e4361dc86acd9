// A node that waits for nothing: it returns, or leaves nothing behind.
import { near } from 'conclave'

export function run({ n, keeps, falls }) {
  near.log(n, 'begin')
  if (keeps) {
    near.keep()
    near.log(n, 'kept')
  } else near.keep(0n) // the rest goes back
  if (falls !== 'never') throw new Error('falls')
  return n
}
export function fund() {
  near.keep()
}
export function prepare() {}
