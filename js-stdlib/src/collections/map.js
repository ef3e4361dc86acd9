// A map of which each entry is an entry of the storage.
class PersistentMap {
  #place

  constructor(name) {
    this.#place = native.place(name)
  }

  get size() {
    return count(this.#place)
  }

  get(key) {
    return get(name(this.#place, key))
  }

  set(key, value) {
    set(name(this.#place, key), value)
    return this
  }

  has(key) {
    return has(name(this.#place, key))
  }

  delete(key) {
    return remove(name(this.#place, key))
  }

  clear() {
    clear(this.#place)
  }

  keys(range) {
    return walk('keys', this.#place, range)
  }

  values(range) {
    return walk('values', this.#place, range)
  }

  entries(range) {
    return walk('entries', this.#place, range)
  }

  [Symbol.iterator]() {
    return this.entries()
  }

  forEach(visit, self) {
    for (const [key, value] of this.entries()) apply(visit, self, [value, key, this])
  }

  page(range) {
    return page('entries', this.#place, range)
  }
}
