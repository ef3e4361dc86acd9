// What the subcontracts of a weave do: numbers under keys, moved by scripts that come as arguments. A
// line is logged for whatever has happened, so what is undone has no line.
import { near, storage, call } from 'conclave'

const put = (n, key, amount) => {
  const old = storage.get(key) ?? 0
  storage.set(key, old + amount)
  near.log(n, 'put', key, old, old + amount)
}

export function add({ n, key, amount, then, falls }) {
  put(n, key, amount)
  if (then) call(then.id, 'add', { n, ...then })
  if (falls) throw new Error('falls')
}
export function fund() {
  near.keep()
}
export function shift({ from, to, amount }) {
  put('p', from, -amount)
  put('p', to, amount)
}
export const tell = ({ token, value }) => near.resume(token, value)

const softly = (n, soft, act) => {
  if (!soft) return act()
  try {
    near.atomic(act)
  } catch (error) {
    near.log(n, 'soft', error.code)
  }
}
const told = async (n, soft, ask) => {
  try {
    near.log(n, 'told', await ask())
  } catch (error) {
    if (!soft) throw error
    near.log(n, 'failed', error.code)
  }
}
const ask = (n, account, deposit) =>
  near.call(account, 'm', { id: near.self(), n }, { deposit: BigInt(deposit) })

const acts = {
  move: (n, from, to, amount, soft) =>
    softly(n, soft, () => {
      put(n, from, -amount)
      put(n, to, amount)
    }),
  far: (n, from, amount, id, args, how) =>
    softly(n, how === 'soft', () => {
      put(n, from, -amount)
      try {
        call(id, 'add', { n, ...args })
      } catch (error) {
        if (how !== 'back') throw error
        near.log(n, 'back', error.code)
        put(n, from, amount)
      }
    }),
  put,
  wait: (n, account, deposit, soft) => told(n, soft, () => ask(n, account, deposit)),
  async all(n, waits) {
    const promises = waits.map(([account, deposit]) => ask(n, account, deposit))
    const ends = await Promise.allSettled(promises)
    near.log(n, 'all', ends.map(end => end.status[0]).join(''))
  },
  left(n, account, deposit) {
    ask(n, account, deposit).catch(() => 0)
    near.log(n, 'left')
  },
  yield: (n, timeoutBlocks, resumers, soft) =>
    told(n, soft, () => near.yield({ timeoutBlocks, resumers }).promise),
  open(n, timeoutBlocks) {
    near.yield({ timeoutBlocks }).promise.catch(() => 0)
    near.log(n, 'open')
  },
  send(n, account, deposit) {
    near.send(account, 'sent', { id: near.self(), n }, { deposit: BigInt(deposit) })
    near.log(n, 'sent')
  },
  pay: (n, id, amount) =>
    softly(n, true, () => {
      call(id, 'fund', null, { deposit: BigInt(amount) })
      near.log(n, 'paid', id, amount)
    }),
  gift: (n, amount) =>
    softly(n, true, () => {
      near.transfer('friend.near', BigInt(amount))
      near.log(n, 'gift', amount)
    }),
  async section(n, locks, timeoutBlocks, steps, catches) {
    const body = async () => {
      near.log(n, 'begin')
      await go(n, steps)
      near.log(n, 'end')
    }
    try {
      await (locks ? near.withLock(locks, body, { timeoutBlocks }) : near.optimistic(body))
    } catch (error) {
      near.log(n, 'caught', error.code)
      if (!catches) throw error
    }
  },
  fall() {
    throw new Error('falls')
  },
  anew(n, steps) {
    near.log(n, 'anew')
    near.continueAsNew({ n, steps })
  },
}

const go = async (n, steps) => {
  for (const [act, ...args] of steps) await acts[act](n, ...args)
}
export async function run({ n, steps }) {
  await go(n, steps)
  return 'done'
}
