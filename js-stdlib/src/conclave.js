// The module 'conclave': what a subcontract may ask for. `native` holds the engine's functions and
// classes.
(function conclave(native) {
  'use strict'
  const { freeze, values } = Object

  /** Freezes an object and everything directly in it. */
  const sealed = object => {
    values(object).forEach(freeze)
    return freeze(object)
  }

  const log = (...parts) => native.log(parts.map(part => String(part)).join(' '))

  const near = sealed({
    caller: native.caller,
    signer: native.signer,
    self: native.self,
    path: native.path,
    deposit: native.deposit,
    balance: native.balance,
    keep: native.keep,
    transfer: native.transfer,
    atomic: native.atomic,
    blockHeight: native.blockHeight,
    blockTimestamp: native.blockTimestamp,
    randomSeed: native.randomSeed,
    sha256: native.sha256,
    log,
  })

  const storage = sealed({
    get: native.get,
    set: native.set,
    remove: native.remove,
    has: native.has,
    keys: native.keys,
    entries: native.entries,
    count: native.count,
  })

  // What a failed call throws. The engine makes instances by itself, from the prototype.
  class CallError extends Error {}
  Object.defineProperty(CallError.prototype, 'name', { value: 'CallError' })
  freeze(CallError.prototype)

  const { call, view, after } = native

  // `then` is nobody's method here: `await contract(id)` must not call the callee.
  const methods = ask =>
    freeze({
      get: (id, method) => {
        if (typeof method !== 'string' || method === 'then') return undefined
        return (args, options) => ask(id.text, method, args, options)
      },
      set: () => false,
      has: () => false,
      ownKeys: () => [],
      defineProperty: () => false,
      deleteProperty: () => false,
      setPrototypeOf: () => false,
      preventExtensions: () => false,
    })
  const called = methods(call)
  const viewed = methods(view)

  const contract = (id, { view: isView = false } = {}) =>
    new Proxy({ text: String(id) }, isView ? viewed : called)

  globalThis.console = sealed({ log, info: log, warn: log, error: log, debug: log })

  return sealed({ near, storage, contract, call, view, after, CallError, ...native.collections })
})
