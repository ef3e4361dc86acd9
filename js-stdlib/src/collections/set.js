// A set of which each item is the key of an entry of the storage, with `true` under it.
class PersistentSet {
  #place

  constructor(name) {
    this.#place = native.place(name)
  }

  get size() {
    return count(this.#place)
  }

  add(item) {
    set(name(this.#place, item), true)
    return this
  }

  has(item) {
    return has(name(this.#place, item))
  }

  delete(item) {
    return remove(name(this.#place, item))
  }

  clear() {
    clear(this.#place)
  }

  keys(range) {
    return this.values(range)
  }

  values(range) {
    return walk('keys', this.#place, range)
  }

  entries(range) {
    return this.values(range).map(item => [item, item])
  }

  [Symbol.iterator]() {
    return this.values()
  }

  forEach(visit, self) {
    for (const item of this.values()) apply(visit, self, [item, item, this])
  }

  page(range) {
    return page('keys', this.#place, range)
  }
}
