// The module 'conclave': what a subcontract may ask for. `native` holds the engine's functions and
// classes.
(function conclave(native) {
  'use strict'
  const { freeze, entries, defineProperty } = Object

  // A frozen copy of an object, with everything directly in it frozen. Each property is made as it is
  // to stay: one that is changed takes a new shape of the object, which the snapshot holds.
  const copied = object => {
    const copy = {}
    for (const [name, value] of entries(object))
      defineProperty(copy, name, { value: freeze(value), enumerable: true })
    return copy
  }
  const sealed = object => freeze(copied(object))

  const log = (...parts) => native.log(parts.map(part => String(part)).join(' '))

  // What leaves the enclave: `outside` takes a list of actions, and 1 for an answer in JSON, 2 for bytes.
  const one = (method, args, { deposit, gas } = {}) => [{ call: method, args, deposit, gas }]
  const answer = options => (options?.raw ? 2 : 1)
  const leave = (account, method, args, options) =>
    native.outside(account, one(method, args, options), answer(options))
  const send = (account, method, args, options) =>
    native.outside(account, one(method, args, options), 0)
  const batch = (account, actions, options) => native.outside(account, actions, answer(options))

  const near = copied({
    caller: native.caller,
    signer: native.signer,
    self: native.self,
    path: native.path,
    deposit: native.deposit,
    balance: native.balance,
    tokens: native.tokens,
    keep: native.keep,
    transfer: native.transfer,
    call: leave,
    send,
    batch,
    yield: native.yield,
    resume: native.resume,
    withLock: native.withLock,
    lockable: native.lockable,
    optimistic: native.optimistic,
    scope: native.scope,
    checkpoint: native.checkpoint,
    continueAsNew: native.continueAsNew,
    atomic: native.atomic,
    blockHeight: native.blockHeight,
    blockTimestamp: native.blockTimestamp,
    randomSeed: native.randomSeed,
    sha256: native.sha256,
    grant: native.grant,
    revoke: native.revoke,
    grants: native.grants,
    of: native.of,
    log,
  })
  defineProperty(near, 'signal', { get: freeze(native.signal), enumerable: true })
  freeze(near)

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
    sealed({
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
