// Pages of a storage, read as they are needed. `form` is what is given of each element: 'names' and
// 'pairs' as they are stored; 'keys', 'values' and 'entries' of the collection at `place`.

/** Most elements that are read at a time. */
const PAGE = 100

/** The elements from the name `low` on and below `high`, the greatest first if `isReverse`. */
function* pages(form, place, low, high, limit, isReverse) {
  while (limit > 0) {
    const [items, next] = scan(form, place, low, high, min(limit, PAGE), isReverse)
    yield* items
    if (next === undefined) return
    limit -= items.length
    if (isReverse) high = next
    else low = next
  }
}
// All frames share it, and nothing but an iterator leads to it.
freeze(pages.prototype)

/** The name of a bound, if there is one. */
const bound = (place, key) => (key == null ? undefined : name(place, key))

/** Walks a collection. Bounds are checked at once, elements are read when they are asked for. */
const walk = (form, place, { from, to, limit = Infinity, reverse = false } = {}) =>
  pages(form, place, bound(place, from) ?? place, bound(place, to), limit, reverse)

/** One page for a view: its items, and the key with which the next one begins. */
const page = (form, place, { from, limit = PAGE } = {}) => {
  const [items, next] = scan(form, place, bound(place, from) ?? place, undefined, limit, false)
  return { items, next: next === undefined ? null : native.key(place, next) }
}

const clear = place => {
  for (const name of pages('names', place, place, undefined, Infinity, false)) remove(name)
}
