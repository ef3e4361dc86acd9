// Does random things to persistent collections and to plain arrays that stand for them, and throws
// where they differ. The arrays lie in the storage too, so that one call goes on where another ended.
import { near, storage, PersistentMap, PersistentSet, PersistentSortedMap, PersistentVector } from 'conclave'

const maps = [new PersistentMap('m'), new PersistentSortedMap('m/'), new PersistentSortedMap('mm')]
const sets = [new PersistentSet('s'), new PersistentSet('é')]
const vectors = [new PersistentVector('v'), new PersistentVector('v/s')]

const fresh = () => ({ maps: maps.map(() => []), sets: sets.map(() => []), vectors: vectors.map(() => []) })
let model

const rank = key => ['boolean', 'bigint', 'number', 'string', 'object'].indexOf(typeof key)
const parts = key => (typeof key === 'string' ? [...key].map(char => char.codePointAt(0)) : [...key])
function compare(left, right) {
  if (rank(left) !== rank(right)) return rank(left) - rank(right)
  if (rank(left) < 3) return left < right ? -1 : left > right ? 1 : 0
  const [from, to] = [parts(left), parts(right)]
  const at = from.findIndex((part, index) => part !== to[index])
  if (at < 0) return from.length - to.length
  return at < to.length ? from[at] - to[at] : 1
}

/** A value as a text that tells types apart. */
function show(value) {
  if (value instanceof Uint8Array) return `bytes(${[...value]})`
  if (Array.isArray(value)) return `[${value.map(show)}]`
  if (value instanceof Map) return `map${show([...value])}`
  if (Object(value) === value) return `{${Object.entries(value).map(([name, part]) => name + show(part))}}`
  return `${typeof value} ${JSON.stringify(String(value))}`
}

let state = 0
function below(bound) {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0
  return Math.floor((state / 2 ** 32) * bound)
}
const of = items => items[below(items.length)]

/** Keys that lie close together, and keys that try to leave their collection. */
function key() {
  switch (below(6)) {
    case 0: return below(2) === 0
    case 1: return of([-1n, 1n]) * BigInt(below(20)) ** BigInt(below(20))
    case 2: return of([below(40) - 20, below(200), -0, 0.5, -0.5, 1e-300, -1e300, 2 ** 53, below(1e9)])
    case 3: return of(['', '\0', 'a\0sb', '\0s', '/', 's', '\u{7f}', 'é', '｡', '😀', 'a', 'ab', 'a'.repeat(below(300))])
    case 4: return `k${below(200)}`
    default: return Uint8Array.from({ length: below(4) }, () => of([0, 1, 127, 128, 255]))
  }
}
const value = () => of([undefined, null, 7n ** 30n, 'v', below(100), new Uint8Array(below(3)), { a: [1n, new Map([['k', 2n]])] }, 'x'.repeat(below(3000))])
const bounds = () => ({
  ...(below(2) && { from: key() }),
  ...(below(3) === 0 && { to: key() }),
  ...(below(2) && { limit: below(150) }),
  ...(below(2) && { reverse: true }),
})

/** What a range of sorted entries is. */
function within(entries, { from, to, limit = Infinity, reverse = false }) {
  const found = entries.filter(([at]) => (from === undefined || compare(at, from) >= 0) && (to === undefined || compare(at, to) < 0))
  if (reverse) found.reverse()
  return found.slice(0, limit)
}

function same(what, found, expected) {
  if (show(found) !== show(expected)) throw new Error(`${what}: ${show(found)} instead of ${show(expected)}`)
}

/** All pages, one after the other. */
function paged(collection, limit, from) {
  const found = []
  do {
    const { items, next } = collection.page({ from, limit })
    if (items.length > limit || (items.length === 0 && next !== null)) throw new Error('a strange page')
    found.push(...items)
    from = next
  } while (from !== null)
  return found
}

/** Where a key is, or would be. */
function placeOf(entries, at) {
  let [low, high] = [0, entries.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (compare(entries[middle][0], at) < 0) low = middle + 1
    else high = middle
  }
  return low
}
const find = (entries, at) => {
  const index = placeOf(entries, at)
  return index < entries.length && compare(entries[index][0], at) === 0 ? index : -1
}
function put(entries, at, item) {
  const index = placeOf(entries, at)
  if (find(entries, at) >= 0) entries[index][1] = item
  else entries.splice(index, 0, [Object.is(at, -0) ? 0 : at, item])
}
function drop(entries, at) {
  const index = find(entries, at)
  if (index >= 0) entries.splice(index, 1)
  return index >= 0
}

function ofMap() {
  const which = below(maps.length)
  const [map, entries] = [maps[which], model.maps[which]]
  const at = below(2) && entries.length > 0 ? of(entries)[0] : key()
  const found = entries[find(entries, at)]
  const item = value()
  switch (below(15)) {
    case 0: case 1: case 2:
      same('set', map.set(at, item) === map, true)
      return put(entries, at, item)
    case 3: return same('delete', map.delete(at), drop(entries, at))
    case 4: return same('get', map.get(at), found?.[1])
    case 5: return same('has', map.has(at), found !== undefined)
    case 6: return same('size', map.size, entries.length)
    case 7: {
      const range = bounds()
      const expected = within(entries, range)
      same('entries', [...map.entries(range)], expected)
      same('keys', [...map.keys(range)], expected.map(entry => entry[0]))
      return same('values', [...map.values(range)], expected.map(entry => entry[1]))
    }
    case 8: return same('page', paged(map, 1 + below(150), at), within(entries, { from: at }))
    case 9: {
      const seen = []
      map.forEach((item, at, self) => seen.push([at, item, self === map]))
      return same('forEach', seen, entries.map(entry => [...entry, true]))
    }
    case 10: {
      // What is removed on the way is seen once, and what is not stays.
      const seen = []
      for (const [at] of map) {
        seen.push(at)
        if (below(2)) same('delete on the way', map.delete(at), drop(entries, at))
      }
      return same('seen once', new Set(seen.map(show)).size, seen.length)
    }
    case 11:
      if (below(8)) return undefined
      entries.length = 0
      return same('clear', map.clear(), undefined)
    case 12: {
      for (let count = 60 + below(60); count > 0; count--) {
        const [at, item] = [key(), below(9)]
        map.set(at, item)
        put(entries, at, item)
      }
      return undefined
    }
    default: return which === 0 ? undefined : ofOrder(map, entries, at)
  }
}

function ofOrder(map, entries, at) {
  const [below, above] = [within(entries, { to: at }), within(entries, { from: at })]
  const own = entries[find(entries, at)]
  same('floor', map.floor(at), own ?? below.at(-1))
  same('ceiling', map.ceiling(at), above[0])
  same('first', map.first(), entries[0])
  same('last', map.last(), entries.at(-1))
  const range = bounds()
  same('range', [...map.range(range)], within(entries, range))
}

function ofSet() {
  const which = below(sets.length)
  const [set, entries] = [sets[which], model.sets[which]]
  const at = key()
  switch (below(6)) {
    case 0:
      same('add', set.add(at) === set, true)
      return put(entries, at, true)
    case 1: {
      const more = Array.from({ length: below(60) }, key)
      for (const item of more) set.add(item)
      return more.forEach(item => put(entries, item, true))
    }
    case 2: return same('delete', set.delete(at), drop(entries, at))
    case 3: return same('has and size', [set.has(at), set.size], [find(entries, at) >= 0, entries.length])
    case 4: return same('page', paged(set, 1 + below(150)), entries.map(entry => entry[0]))
    default: {
      const range = bounds()
      const expected = within(entries, range).map(entry => entry[0])
      same('values', [...set.values(range)], expected)
      same('keys', [...set.keys(range)], expected)
      return same('entries', [...set.entries(range)], expected.map(item => [item, item]))
    }
  }
}

function ofVector() {
  const which = below(vectors.length)
  const [vector, items] = [vectors[which], model.vectors[which]]
  const index = below(items.length + 2) - 1
  const isThere = index >= 0 && index < items.length
  switch (below(9)) {
    case 0: {
      const more = Array.from({ length: below(70) }, value)
      return same('push', vector.push(...more), items.push(...more))
    }
    case 1: return same('pop', vector.pop(), items.pop())
    case 2: return same('get', [vector.get(index), vector.at(index), vector.at(-1)], [items[index], items.at(index), items.at(-1)])
    case 3: {
      if (!isThere) return refused('set', () => vector.set(index, 1))
      items[index] = value()
      return same('set', vector.set(index, items[index]) === vector, true)
    }
    case 4: {
      if (!isThere) return refused('swapRemove', () => vector.swapRemove(index))
      const last = items.pop()
      const removed = index < items.length ? items.splice(index, 1, last)[0] : last
      return same('swapRemove', vector.swapRemove(index), removed)
    }
    case 5: return same('page', paged(vector, 1 + below(150)), items)
    case 6: {
      const range = { ...(below(2) && { from: below(150) }), ...(below(2) && { limit: below(150) }), reverse: below(2) === 1 }
      const expected = within([...items.entries()], range)
      same('entries', [...vector.entries(range)], expected)
      return same('values', [...vector.values(range)], expected.map(entry => entry[1]))
    }
    case 7:
      if (below(8)) return undefined
      items.length = 0
      return same('clear', vector.clear(), undefined)
    default: return same('all', [vector.length, [...vector]], [items.length, items])
  }
}

function refused(what, act) {
  try { act() } catch (error) { return same(what, error.code, 'E_BAD_VALUE') }
  throw new Error(`${what} of what is not there`)
}

const act = () => of([ofMap, ofMap, ofMap, ofSet, ofVector])()

/** A copy that shares nothing, of the kinds of data that are in a model. */
const copy = it => (Array.isArray(it) ? it.map(copy) : it)

/** Some acts that are undone together: the model goes back too. */
function undone() {
  const before = { maps: copy(model.maps), sets: copy(model.sets), vectors: copy(model.vectors) }
  const wanted = new Error('undone')
  try {
    near.atomic(() => {
      for (let count = below(6); count > 0; count--) act()
      throw wanted
    })
  } catch (error) {
    if (error !== wanted) throw error
  }
  model = before
}

export function run({ seed, steps }) {
  state = seed
  model = storage.get('model') ?? fresh()
  for (let step = 0; step < steps; step++) {
    try {
      if (below(12) === 0) undone()
      else act()
    } catch (error) {
      throw new Error(`seed ${seed}, step ${step}: ${error.message}\n${error.stack}`)
    }
  }
  storage.set('model', model)
}

/** Compares a collection with its array; gives how large it is. */
export function check({ which }) {
  model = storage.get('model')
  const kinds = [...maps.map(ofEntries), ...sets.map(ofItems), ...vectors.map(ofList)]
  return kinds[which]()
}

const ofEntries = (map, which) => () => {
  const entries = model.maps[which]
  same(`map ${which}`, [map.size, [...map]], [entries.length, entries])
  same(`map ${which}, back`, [...map.keys({ reverse: true })], entries.map(entry => entry[0]).reverse())
  return map.size
}
const ofItems = (set, which) => () => {
  same(`set ${which}`, [...set], model.sets[which].map(entry => entry[0]))
  return set.size
}
const ofList = (vector, which) => () => {
  same(`vector ${which}`, [...vector], model.vectors[which])
  return vector.length
}
