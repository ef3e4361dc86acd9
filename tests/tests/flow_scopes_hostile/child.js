// What the other one spawns (flow_scopes_hostile.rs).
import { near, storage, contract } from 'conclave'
const nested = depth => { let value = 1; for (let i = 0; i < depth; i++) value = [value]; return value }
export const given = value => value
export const state = () => Object.fromEntries([...storage.entries()])
export const balance = () => String(near.balance())
export const marks = () => storage.set('marked', 1)
export function opens() { near.withLock([['w', 'k']], () => new Promise(() => {})); return 'opened' }
export async function opensAndWaits() { return near.withLock([['w', 'k']], () => near.call('out.near', 'never')) }
export const enters = async () => near.withLock([['w', 'k']], async () => 'entered')
export async function asks() {
  try { return await near.call('out.near', 'slow') } catch (error) { storage.set('code', error.code) }
}
export async function waits() {
  try { return await near.yield({ timeoutBlocks: 5000 }).promise } catch (error) { storage.set('code', error.code) }
}
export const deep = nested
export async function deepLater(value) { await near.call('out.near', 'quick'); return value }
export async function deepEnd(depth) { near.yield(); await near.call('out.near', 'quick'); return nested(depth) }
export async function deepList(depth) {
  storage.set('list', nested(depth))
  const count = [...storage.entries()].length
  await near.call('out.near', 'quick')
  return count
}
export async function deepMark(depth) {
  const told = near.checkpoint()
  await near.call('out.near', 'quick')
  if (!told) near.checkpoint(nested(depth))
  return 1
}
export const lockable = { deepLocked: [['w', 'k']] }
export async function deepLocked(value) { await near.call('out.near', 'quick'); storage.set('k', 1); return 1 }
export const large = n => 'x'.repeat(n)
export const odd = () => () => 1
export const fails = () => { throw new RangeError('no') }
export async function failsLater() { await near.call('out.near', 'quick'); throw new RangeError('no') }
export const who = () => [near.caller(), near.signer(), near.path(), contract('parent@alice.near').callerOf({})]
export const back = () => near.scope(async s => [await s.spawn(near.caller(), 'callerOf'), await s.spawn('child@bob.near', 'who')])
export const [_private, init, migrate] = [() => 1, () => 1, () => 1]
export const ft_on_transfer = () => [near.caller(), near.signer()]
