import { near, storage, contract } from 'conclave'
const CHILD = 'child@bob.near'
export async function two({ first, second, deposit = '0' }) {
  const ends = []
  const note = name => [value => ends.push([name, value]), error => ends.push([name, error.code])]
  try {
    const value = await near.scope(async s => {
      const a = s.spawn(CHILD, first.method, first.args, { deposit: BigInt(deposit) })
      const b = s.spawn(CHILD, second.method, second.args)
      a.then(...note('a'))
      b.then(...note('b'))
      return 'body'
    })
    return { value, ends, balance: String(near.balance()) }
  } catch (error) {
    return { code: error.code ?? error.message, ends, balance: String(near.balance()) }
  }
}
export async function unsent() {
  try {
    await near.scope(async s => {
      s.spawn(CHILD, 'never', {}, { deposit: 5n })
      throw new Error('no more')
    })
  } catch (error) { return [error.message, String(near.balance()), near.signal.aborted] }
}
export async function late() {
  let kept
  await near.scope(async s => { kept = s })
  try { kept.spawn(CHILD, 'given', {}) } catch (error) { return error.name }
}
export async function race() {
  return near.scope(async s => {
    const first = await Promise.race([s.spawn(CHILD, 'given', 1), s.spawn(CHILD, 'asks', {})])
    s.cancel()
    return { first, aborted: s.signal.aborted }
  })
}
export async function nested({ failAfter }) {
  return near.scope(async s => {
    const below = s.spawn('parent@alice.near', 'two', {
      first: { method: 'asks', args: {} }, second: { method: 'asks', args: {} },
    })
    for (let i = 0; i < failAfter; i++) await near.call('out.near', 'quick')
    if (failAfter) throw new Error('enough')
    return below
  })
}
export async function many({ n }) {
  return near.scope(async s => {
    const all = []
    for (let i = 0; i < n; i++) {
      try { all.push(s.spawn(CHILD, 'given', i, { gas: '1 Ggas' })) } catch (error) { return [i, error.code] }
    }
    return (await Promise.all(all)).length
  })
}
export function forgets() {
  near.scope(async s => s.spawn(CHILD, 'never', {}, { deposit: 5n }))
  return String(near.balance())
}
export async function undone() {
  let kept
  try { near.atomic(() => { kept = near.call('out.near', 'quick'); throw new Error('no') }) } catch {}
  const codes = [await kept.catch(error => error.code)]
  await near.scope(async s => {
    try {
      near.atomic(() => { s.spawn(CHILD, 'never', {}).catch(error => codes.push(error.code)); throw new Error('no') })
    } catch {}
    codes.push(await s.spawn(CHILD, 'given', 1))
  }).catch(error => codes.push(error.code))
  codes.push(near.signal.aborted)
  return codes
}
export const fund = () => String(near.keep())
