// Makes an instance of a program and calls one of its methods. What the method throws is caught
// here and answered, so that the engine's native side never sees a callee fail.
// Answers [1, returned], [0, thrown], or [2, undefined] when there is no such method.
(function run(instantiate, stdlib, place, args) {
  'use strict'
  try {
    const method = instantiate(stdlib, place)
    return typeof method === 'function' ? [1, method(args)] : [2, undefined]
  } catch (error) {
    return [0, error]
  }
})
