// The classes of the persistent collections. Their methods are the engine's own
// (engine/src/bindings/collections), and so is what an instance holds.
(function collections(native) {
  'use strict'
  const { collection } = native

  class PersistentMap {
    constructor(name) {
      return collection(new.target, name, 0)
    }
  }

  class PersistentSortedMap extends PersistentMap {}

  class PersistentSet {
    constructor(name) {
      return collection(new.target, name, 1)
    }
  }

  class PersistentVector {
    constructor(name) {
      return collection(new.target, name, 2)
    }
  }

  return { PersistentMap, PersistentSortedMap, PersistentSet, PersistentVector }
})
