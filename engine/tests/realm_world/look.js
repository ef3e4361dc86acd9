// Says what every object of the realm looks like: a line each, objects by number; and last, the
// numbers of those that are not frozen.
import * as conclave from 'conclave'

const of = Object.getPrototypeOf
const hidden = [
  [].values(), ''[Symbol.iterator](), new Map().values(), new Set().values(), ''.matchAll(/./g),
  [].values().map(x => x), Iterator.from({ next() {} }), Iterator.concat([]),
  function* () {}, async () => {}, async function* () {}, Int8Array, class {}, new Proxy([], {}),
  (function* () {}).prototype, (async function* () {}).prototype, new Date(0), /./,
].map(of)
hidden.push(Object.getOwnPropertyDescriptor((function () { return arguments })(), 'callee').get)

hidden.push(of(new conclave.PersistentMap('m').keys()), of(new conclave.PersistentSet('s').entries()))

const objects = [globalThis, ...Object.values(conclave), ...hidden]
const numbers = new Map(objects.map((object, number) => [object, number]))
const number = value => {
  if (Object(value) !== value) return typeof value + ' ' + String(value)
  if (!numbers.has(value)) numbers.set(value, objects.push(value) - 1)
  return '#' + numbers.get(value)
}
const describe = (object, key) => {
  const { value, get, set, ...flags } = Object.getOwnPropertyDescriptor(object, key)
  return `${String(key)} ${number(value)} ${number(get)} ${number(set)} ${JSON.stringify(flags)}`
}
const look = object =>
  [
    Object.prototype.toString.call(object),
    typeof object === 'function' ? Function.prototype.toString.call(object) : '',
    number(of(object)),
    Object.isExtensible(object),
    ...Reflect.ownKeys(object).map(key => describe(object, key)),
  ].join('; ')

export function run() {
  const lines = []
  for (let at = 0; at < objects.length; at++) lines.push(`#${at} ${look(objects[at])}`)
  const thawed = objects.filter(object => !Object.isFrozen(object)).map(object => number(object))
  return `${lines.join('\n')}\nthawed: ${thawed.join()}`
}
