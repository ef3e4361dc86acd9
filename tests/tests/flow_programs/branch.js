const $NAME = async (K, LIMIT, leave, falls) => {
  const notes = [], PEER = K ? K.slice(0, 2) + '@bob.near' : OTHER
  let asked = 0, logged = 0, a = 1, b = 'two', c = null, d = [4], count = 0, height = 0
  const note = v => { if (notes.length < 150) notes.push(told(v)); return v }
  const log = (...parts) => { if (++logged <= 12) near.log(K, ...parts.map(told)) }
  const room = n => asked + n <= LIMIT
  const ask = v => room(1) ? (asked++, leave(mix(v))) : Promise.resolve(v)
  const paid = (v, deposit) => room(1) ? (asked++, leave(answered(mix(v)), deposit)) : Promise.resolve(v)
  const next = async () => { count++; const got = await ask(count); count++; return got }
  const twice = async v => { const first = await ask(v); return [first, await ask([v, first])].map(cut) }
  const down = async n => n > 0 ? [await ask(n), ...await down(n - 1)].map(cut) : [n]
  const peek = () => [a, count]
  const map = new PersistentMap('map' + K), list = new PersistentVector('list' + K)
  class Box {
    #inner; made = 0
    constructor(v) { this.#inner = v; this.made = count }
    async get() { this.#inner = await ask(this.#inner); return [this.#inner, this.made].map(cut) }
    static async of(v) { return new this(await ask(v)) }
    get both() { return (async () => [await this.get(), count++])() }
  }
  class Heir extends Box { async get() { count++; const got = await super.get(); return [got, await ask(got)].map(cut) } }
  async function* each(n) { for (let i = 0; i < n; i++) { try { yield await ask([n, i]) } finally { count++ } } }
  // What changes from one block to the next is asked for, and must stay the same when asked again.
  const now = () => {
    storage.set(K + 'now', [Date.now(), near.blockHeight(), near.blockTimestamp(), Math.random(), near.randomSeed(), near.balance()])
    storage.remove(K + 'now')
    const is = near.blockHeight() >= height && Date.now() > 0
    height = near.blockHeight()
    return note(is)
  }
  const body = async () => {
$BODY
  }
  let how, error
  // Again, with what it left, where it ended early.
  for (let turn = 0; turn < 6 && (turn === 0 || room(1)); turn++) {
    error = undefined
    try { how = ['value', told(await body())] } catch (e) {
      error = e instanceof Error && !(e instanceof AggregateError) ? e : new RangeError(why(e))
      how = ['error', why(error)]
    }
    note(how)
  }
  const own = asked
  while (asked < LIMIT) {
    try { note(await ask(asked)) } catch (e) { note(why(e)) }
  }
  if (how[0] === 'error') {
    // What is done before this await stays, also where the method fails then.
    try { await leave(0) } catch { }
    if (falls) throw error
  }
  return { how, own, notes, vars: [told([a, b, c, d, count]), told(list.length), told([...map.keys()])] }
}
