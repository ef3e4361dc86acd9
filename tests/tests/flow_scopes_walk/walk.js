import { near, storage, contract } from 'conclave'
// Scopes within each other, in sections and outside of them, as a seed says (flow_scopes_walk.rs).
const [CHILD, SELF] = ['walk@bob.near', 'walk@alice.near']
export const fund = () => String(near.keep())
const rnd = ({ seed }) => { let s = seed; return n => { s = (s * 1103515245 + 12345) % 2147483648; return Math.floor(s / 65536) % n } }
export async function run({ seed, depth }) {
  const r = rnd({ seed })
  const body = async () => near.scope(async s => {
    const all = []
    for (let i = 0; i < 1 + r(3); i++) {
      const to = r(2) ? CHILD : SELF
      const deposit = BigInt(r(3)) * 10n ** 22n
      if (depth > 0 && r(2)) all.push(s.spawn(to, 'run', { seed: seed * 7 + i, depth: depth - 1 }, { gas: '30 Tgas' }))
      else all.push(s.spawn(to, ['leaf', 'waits', 'fails', 'slow', 'pays'][r(5)], { seed: seed * 3 + i }, { deposit, gas: '5 Tgas' }))
      if (r(3) === 0) await near.call('out.near', 'quick', {}, { gas: '5 Tgas' })
    }
    const how = r(6)
    if (how === 0) throw new Error('no more')
    if (how === 1) { await Promise.race(all); s.cancel() }
    if (how === 2) s.cancel()
    if (how === 3) await Promise.allSettled(all)
    if (how === 4) await Promise.any(all)
    return how
  })
  storage.set(`n/${seed}`, 1)
  try {
    switch (r(5)) {
      case 0: return await near.optimistic(body)
      case 1: return await near.withLock([['r', 'k' + r(2)]], body)
      case 2: return await near.withLock([['w', 'k' + r(2)]], async () => { const got = await body(); if (r(2)) throw new Error('undo'); return got })
      case 3: body(); await near.call('out.near', 'quick', {}, { gas: '5 Tgas' }); return 'left'
      default: return await body()
    }
  } finally {
    storage.remove(`n/${seed}`)
  }
}
export const leaf = () => 1
export const fails = () => { throw new Error('leaf') }
export async function slow() { try { return await near.call('out.near', 'slow', {}, { gas: '5 Tgas' }) } finally { storage.set('x', 1) } }
export async function pays({ seed }) { return near.call(seed % 2 ? 'out.near' : 'bad.near', 'take', {}, { deposit: 10n ** 21n, gas: '5 Tgas' }) }
export async function waits() { const { promise } = near.yield({ timeoutBlocks: 300 }); return promise }
