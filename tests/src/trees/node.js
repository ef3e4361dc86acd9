// What every node of a tree does: its arguments say what. A line is logged for whatever has happened;
// `n` is the node's number, `k` that of something it awaits; `hidden` is what is awaited in a section, whose
// lines come when it ends.
import { near, storage } from 'conclave'

const isSoft = (node, thing, error) => (error.code === 'E_CANCELLED' ? node.survives : thing.soft)

const made = ({ n }, { k, how, yocto, blocks, hidden }) => {
  if (how !== 'yield') {
    const args = { id: near.self(), n, k, hidden }
    return near.call(`${how}.near`, 'ask', args, { deposit: BigInt(yocto) })
  }
  near.log(n, 'opens', k, hidden)
  return near.yield({ timeoutBlocks: blocks }).promise
}
const ask = async (node, one) => {
  try {
    await made(node, one)
    near.log(node.n, 'got', one.k, 'ok')
  } catch (error) {
    near.log(node.n, 'got', one.k, error.code)
    if (!isSoft(node, one, error)) throw error
  }
}
const askAll = async (node, all) => {
  for (const one of all) await ask(node, one)
}

const spawn = (node, s, { id, args, yocto }) => {
  const promise = s.spawn(id, 'run', args, { deposit: BigInt(yocto) })
  near.log(node.n, 'spawned', args.n)
  const ends = () => near.log(node.n, 'end', args.n, 'ok')
  promise.then(ends, error => near.log(node.n, 'lost', args.n, error.code))
  return promise
}
const body = async (node, scope, s) => {
  const spawned = scope.children.map(child => spawn(node, s, child))
  await askAll(node, scope.asks)
  if (scope.race) await Promise.race(spawned)
  for (const [at, { awaits }] of scope.children.entries()) {
    if (awaits) await spawned[at]
  }
  if (scope.cancels) {
    near.log(node.n, 'cancel')
    s.cancel()
  }
  if (scope.falls) throw new Error('falls')
}
const inScope = (node, scope) => {
  near.log(node.n, 'scope')
  return near.scope(async s => {
    try {
      await body(node, scope, s)
    } catch (error) {
      near.log(node.n, 'fails')
      throw error
    }
  })
}
const locked = (node, key, act) =>
  near.withLock([['w', key]], async () => {
    storage.set(key, storage.get(key) + 1)
    await act()
    near.log(node.n, 'locked', key)
  })
const softly = async (node, thing, act) => {
  try {
    await act()
  } catch (error) {
    near.log(node.n, 'caught', error.code)
    if (!isSoft(node, thing, error)) throw error
  }
}
const fallAt = (node, when) => {
  if (node.falls === when) throw new Error('falls')
}

export async function run(node) {
  near.log(node.n, 'begin')
  if (node.keeps) {
    near.keep()
    near.log(node.n, 'kept')
  } else near.keep(0n) // the rest goes back
  try {
    await askAll(node, node.before)
    fallAt(node, 'first')
    for (const scope of node.scopes) {
      const inside = () => inScope(node, scope)
      await softly(node, scope, scope.key ? () => locked(node, scope.key, inside) : inside)
    }
    const { lock } = node
    if (lock) await softly(node, lock, () => locked(node, lock.key, () => askAll(node, lock.asks)))
    await askAll(node, node.after)
    fallAt(node, 'last')
    return node.n
  } finally {
    near.log(node.n, 'finally', near.signal.aborted)
    try {
      await near.call('good.near', 'fin', { n: node.n })
    } catch (error) {
      near.log(node.n, 'fin', error.code)
    }
  }
}
export const tell = ({ token, length }) => near.resume(token, 'x'.repeat(length))
export function fund() {
  near.keep()
}
export function prepare() {
  for (const key of ['k0', 'k1']) storage.set(key, 0)
}
