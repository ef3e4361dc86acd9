// What the module 'conclave' has for methods that wait: sections and scopes. Most calls use none of it, so
// it is made when it is first used.
(function flows(native, conclave) {
  'use strict'
  const { assign, freeze } = Object
  const { CallError } = conclave

  // A section stays or goes as a whole, whatever is awaited in it.
  const section = async (locks, body, options) => {
    native.beginSection(locks, options)
    let result
    try {
      result = await body()
    } catch (error) {
      native.endSection(false)
      throw error
    }
    native.endSection(true)
    return result
  }
  const optimistic = body => section(undefined, body)
  // No list is refused as any other value is, and not taken for no locks.
  const lockable = (locks, method) => args =>
    section((typeof locks === 'function' ? locks(args) : locks) ?? null, () => method(args))

  // What an AbortSignal says, without events: a method is told where it awaits. Each is an object of its
  // own, because what one frame has must not be another's.
  const cancelled = () => assign(new CallError('cancelled'), { code: 'E_CANCELLED' })
  const signalOf = isAborted =>
    freeze({
      get aborted() {
        return isAborted()
      },
      get reason() {
        return isAborted() ? cancelled() : undefined
      },
      throwIfAborted: freeze(() => {
        if (isAborted()) throw cancelled()
      }),
    })
  const signal = () => signalOf(native.isCancelled)

  // A scope ends when all that was spawned in it has ended; the first failure cancels the rest.
  const scope = async body => {
    const running = new Map()
    let [isCancelled, hasEnded, failure] = [false, false, undefined]
    const cancel = () => {
      isCancelled = true
      for (const number of running.keys()) native.cancel(number)
    }
    const fail = error => {
      if (isCancelled) return
      failure = { error }
      cancel()
    }
    const spawn = (id, method, args, options) => {
      if (isCancelled) throw cancelled()
      if (hasEnded) throw new TypeError('the scope has ended: spawn in it, not after it')
      const { number, promise } = native.spawn(id, method, args, options)
      const end = () => running.delete(number)
      running.set(number, promise.then(end, error => (end(), fail(error))))
      return promise
    }
    let result
    try {
      result = await body(freeze({ spawn, cancel, signal: signalOf(() => isCancelled) }))
    } catch (error) {
      fail(error)
      failure ??= { error }
    }
    while (running.size > 0) await Promise.all(running.values())
    hasEnded = true
    if (failure) throw failure.error
    return result
  }

  return { withLock: section, optimistic, lockable, scope, signal }
})
