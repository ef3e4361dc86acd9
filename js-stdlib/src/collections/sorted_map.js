// A map that is asked for its order. The names of all collections are in order; this one shows it.
class PersistentSortedMap extends PersistentMap {
  #place

  constructor(name) {
    super(name)
    this.#place = native.place(name)
  }

  range(range) {
    return this.entries(range)
  }

  first() {
    return this.#nearest(this.#place, undefined, false)
  }

  last() {
    return this.#nearest(this.#place, undefined, true)
  }

  ceiling(key) {
    return this.#nearest(name(this.#place, key), undefined, false)
  }

  floor(key) {
    const own = name(this.#place, key)
    if (has(own)) return [key, get(own)]
    return this.#nearest(this.#place, own, true)
  }

  #nearest(low, high, isReverse) {
    return pages('entries', this.#place, low, high, 1, isReverse).next().value
  }
}
