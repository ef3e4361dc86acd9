// A list of which each item is an entry of the storage, under its index as the key. The length is
// under the place itself, a name that no key has.
class PersistentVector {
  #place

  constructor(name) {
    this.#place = native.place(name)
  }

  get length() {
    return get(this.#place) ?? 0
  }

  get(index) {
    return Number.isInteger(index) ? get(name(this.#place, index)) : undefined
  }

  at(index) {
    const whole = Math.trunc(index) || 0
    return this.get(whole < 0 ? this.length + whole : whole)
  }

  set(index, value) {
    set(this.#within(index), value)
    return this
  }

  push(...items) {
    return native.atomic(() => {
      let length = this.length
      for (const item of items) set(name(this.#place, length++), item)
      return this.#resize(length)
    })
  }

  pop() {
    const { length } = this
    if (length === 0) return undefined
    const last = name(this.#place, length - 1)
    const item = get(last)
    remove(last)
    this.#resize(length - 1)
    return item
  }

  swapRemove(index) {
    const hole = this.#within(index)
    const last = this.pop()
    if (index === this.length) return last
    const item = get(hole)
    set(hole, last)
    return item
  }

  clear() {
    clear(this.#place)
  }

  values(range) {
    return walk('values', this.#place, { ...range, from: range?.from ?? 0 })
  }

  entries(range) {
    return walk('entries', this.#place, { ...range, from: range?.from ?? 0 })
  }

  [Symbol.iterator]() {
    return this.values()
  }

  forEach(visit, self) {
    for (const [index, item] of this.entries()) apply(visit, self, [item, index, this])
  }

  page(range) {
    return page('values', this.#place, { ...range, from: range?.from ?? 0 })
  }

  /** The name of an index that is there. */
  #within(index) {
    const { length } = this
    if (Number.isInteger(index) && index >= 0 && index < length) return name(this.#place, index)
    native.refuse(`there is no index ${String(index)} in a vector of length ${length}`)
  }

  #resize(length) {
    if (length === 0) remove(this.#place)
    else set(this.#place, length)
    return length
  }
}
