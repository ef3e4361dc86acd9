// The module 'conclave': what a subcontract may ask for. `native` holds the engine's functions.
(function conclave(native) {
  'use strict'
  const { freeze } = Object

  const log = (...parts) => native.log(parts.map(part => String(part)).join(' '))

  const near = freeze({
    caller: native.caller,
    signer: native.signer,
    self: native.self,
    deposit: native.deposit,
    blockHeight: native.blockHeight,
    blockTimestamp: native.blockTimestamp,
    randomSeed: native.randomSeed,
    sha256: native.sha256,
    log,
  })

  const storage = freeze({
    get: native.get,
    set: native.set,
    remove: native.remove,
    has: native.has,
    keys: ({ prefix = '', from = '', limit = 100 } = {}) => native.keys(prefix, from, limit),
  })

  const call = native.call

  // `then` is nobody's method here: `await contract(id)` must not call the callee.
  const handler = freeze({
    get: (id, method) => {
      if (typeof method !== 'string' || method === 'then') return undefined
      return args => call(id.text, method, args)
    },
    set: () => false,
    has: () => false,
    ownKeys: () => [],
    defineProperty: () => false,
  })

  const contract = id => new Proxy({ text: String(id) }, handler)

  globalThis.console = freeze({ log, info: log, warn: log, error: log, debug: log })

  return freeze({ near, storage, contract, call })
})
