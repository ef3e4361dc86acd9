// Spawns, races and cancels in ways that nobody means well (flow_scopes_hostile.rs).
import { near, storage, contract } from 'conclave'
const CHILD = 'child@bob.near'
export const fund = () => String(near.keep())
export const balance = () => String(near.balance())
export const state = () => Object.fromEntries([...storage.entries()])
export const callerOf = () => near.caller()
export async function trusts({ method, waits }) {
  storage.set('before', 1)
  let told
  try { told = contract(CHILD)[method]({}) } catch (error) { told = error.code }
  storage.set('between', 1)
  if (waits) await near.call('out.near', 'quick')
  storage.set('after', 1)
  return told
}
export async function atomicSection() {
  let said
  try {
    near.atomic(() => { near.withLock([['w', 'k']], () => new Promise(() => {})); throw new Error('undone') })
  } catch (error) { said = error.message }
  storage.set('a', 1)
  await near.call('out.near', 'quick')
  storage.set('b', 1)
  return said
}
export async function signal() {
  try { await near.scope(async s => { s.spawn(CHILD, 'given', 1); s.cancel() }) } catch {}
  return [near.signal.aborted, near.signal.reason]
}
export async function race({ locks, method }) {
  return near.withLock(locks, () => near.scope(async s => {
    const first = await Promise.race([s.spawn(CHILD, 'given', 1), s.spawn(CHILD, method)])
    s.cancel()
    return first
  }))
}
export async function cancelsLater() {
  return near.scope(async s => {
    s.spawn(CHILD, 'marks')
    await near.withLock([], async () => { s.cancel(); await near.call('out.near', 'quick') })
  })
}
export async function leaves({ method, fails }) {
  near.scope(async s => { s.spawn(CHILD, method); await near.call('out.near', 'never') })
  near.scope(async s => { s.spawn(CHILD, 'given', 1, { deposit: 10n ** 23n }) })
  await near.call('out.near', 'quick', {}, { deposit: 2n })
  if (fails) throw new Error('enough')
  return 'left'
}
const nested = depth => { let value = 1; for (let i = 0; i < depth; i++) value = [value]; return value }
const levels = value => { let depth = 0; for (; Array.isArray(value); depth++) value = value[0]; return depth }
export async function deep({ method, args, given }) {
  try { return levels(await near.scope(async s => s.spawn(CHILD, method, args ?? nested(given)))) } catch (error) { return error.code }
}
export async function spawns({ id = CHILD, method, args, deposit = '0', gas }) {
  if (gas?.big) gas = 2n ** BigInt(gas.big)
  try { return { value: await near.scope(async s => s.spawn(id, method, args, { deposit: BigInt(deposit), gas })) } }
  catch (error) { return { code: error.code ?? error.name } }
}
export async function takesBack({ fails, waits }) {
  const before = near.balance()
  try {
    await near.optimistic(async () => {
      try {
        await near.scope(async s => { s.spawn(CHILD, 'marks', 1, { deposit: 10n ** 23n }); throw new Error('no') })
      } catch {}
      if (waits) await near.call('out.near', 'quick')
      if (fails) throw new Error('undo')
    })
  } catch {}
  return String(near.balance() - before)
}
export async function replaces() {
  const tried = []
  for (const attempt of [
    () => { globalThis.Map = class {} },
    () => { Map.prototype.set = () => {} },
    () => { Promise.prototype.then = () => {} },
    () => { Promise.all = () => {} },
    () => { Object.freeze = value => value },
    () => { Array.prototype[Symbol.iterator] = () => {} },
    () => { near.scope.x = 1 },
    () => { near.signal.aborted = true },
  ]) try { attempt(); tried.push('done') } catch (error) { tried.push(error.name) }
  const texts = await near.scope(async s => [s.spawn, s.cancel, near.scope, near.lockable([], () => 1)].map(String))
  return [[...new Set(tried)], texts.length, await near.scope(async s => s.spawn(CHILD, 'given', 1))]
}
export async function asksWhileAsked() {
  const seen = []
  const options = { get gas() { seen.push('gas'); near.log('gas'); return '30 Tgas' }, get deposit() { seen.push(storage.get('x') ?? 'none') } }
  return near.scope(async s => {
    let code
    try { s.spawn(CHILD, 'given', new Proxy({ a: 1 }, {})) } catch (error) { code = error.code }
    return [code, await s.spawn(CHILD, 'given', 1, options), await s.spawn(CHILD, 'given', 2, options), seen]
  })
}
export async function rounds({ until }) {
  for (let at = near.checkpoint() ?? 0; at < until; at++) {
    const got = await near.scope(async s => {
      const a = s.spawn(CHILD, 'asks')
      const out = near.call('out.near', 'quick')
      const b = s.spawn(CHILD, 'given', at)
      const { token, promise } = near.yield({ timeoutBlocks: 900 })
      const first = await Promise.race([a, b, out])
      near.resume(token, 'x')
      const any = await Promise.any([a, b])
      const settled = await Promise.allSettled([a, b, out, promise])
      return [first, any, settled.map(one => one.status[0]).join(''), await s.spawn(CHILD, 'given', 'late')]
    })
    storage.set(`got/${at}`, got.join())
    near.checkpoint(at + 1)
  }
  if (until > 0) near.continueAsNew({ until: 0 })
  return near.scope(async s => s.spawn(CHILD, 'given', 'end'))
}
