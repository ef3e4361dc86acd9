//! Two programs in one execution: what the first one does to the realm, the second one can't see.
//!
//! Reliability class S01. The proof is a picture of every object of the realm, every descriptor of
//! every own property, taken before and after. Take out the call of `harden` in `realm.rs`, and
//! the rows that leave something behind fail.

mod realm_world;

use realm_world::execution;

/// Pictures the realm.
const LOOK: &str = include_str!("realm_world/look.js");

/// Prototypes and constructors that are attacked in each of the ways of [`WAYS`].
const TARGETS: [&str; 68] = [
    "globalThis",
    "Object",
    "Object.prototype",
    "Function",
    "Function.prototype",
    "Array",
    "Array.prototype",
    "Array.prototype[Symbol.unscopables]",
    "String",
    "String.prototype",
    "Number",
    "Number.prototype",
    "Boolean",
    "Boolean.prototype",
    "Symbol",
    "Symbol.prototype",
    "BigInt",
    "BigInt.prototype",
    "Error",
    "Error.prototype",
    "TypeError",
    "TypeError.prototype",
    "RangeError.prototype",
    "AggregateError.prototype",
    "Map",
    "Map.prototype",
    "Set",
    "Set.prototype",
    "WeakMap.prototype",
    "WeakSet.prototype",
    "Promise",
    "Promise.prototype",
    "Proxy",
    "Proxy.revocable",
    "Reflect",
    "Reflect.apply",
    "JSON",
    "JSON.stringify",
    "Math",
    "Math.random",
    "RegExp",
    "RegExp.prototype",
    "Date",
    "Date.prototype",
    "ArrayBuffer.prototype",
    "DataView.prototype",
    "Uint8Array",
    "Uint8Array.prototype",
    "Object.getPrototypeOf(Uint8Array)",
    "Object.getPrototypeOf(Uint8Array.prototype)",
    "Iterator.prototype",
    "Object.getPrototypeOf([].values())",
    "Object.getPrototypeOf(new Map().values())",
    "Object.getPrototypeOf(''.matchAll(/./g))",
    "Object.getPrototypeOf(function* () {})",
    "Object.getPrototypeOf(function* () {}).prototype",
    "Object.getPrototypeOf(async () => {})",
    "Object.getPrototypeOf(async function* () {}).prototype",
    "Object.getOwnPropertyDescriptor(Map.prototype, 'size').get",
    "console",
    "console.log",
    "conclave.PersistentMap",
    "conclave.PersistentMap.prototype",
    "conclave.PersistentMap.prototype.get",
    "conclave.PersistentSortedMap",
    "conclave.PersistentSet.prototype",
    "conclave.PersistentVector.prototype",
    "Object.getPrototypeOf(new conclave.PersistentMap('m').keys())",
];

/// Ways to leave something on an object `it`; `first` is its first own key.
const WAYS: [&str; 9] = [
    "it.left = 1",
    "Object.defineProperty(it, 'left', { value: 1, configurable: true })",
    "it[Symbol.for('left')] = { secret: 1 }",
    "it[0] = 1",
    "it[first] = () => 'mine'",
    "Object.defineProperty(it, first, { get: () => 'mine' })",
    "delete it[first]",
    "Object.setPrototypeOf(it, { left: 1 })",
    "it.__defineGetter__('left', () => 1)",
];

/// Attacks of their own kind: a name and the code.
const ATTACKS: [(&str, &str); 46] = [
    ("a property of the global object", "globalThis.left = 1"),
    (
        "a global function replaced",
        "globalThis.parseInt = () => 42",
    ),
    (
        "undefined replaced",
        "Object.defineProperty(globalThis, 'undefined', { value: 1 })",
    ),
    (
        "an undeclared name",
        "try { left = 1 } catch (error) { if (error.name !== 'ReferenceError') throw error }",
    ),
    (
        "a top-level name",
        "var left = 1; function alsoLeft() {} ; void [left, alsoLeft]",
    ),
    (
        "this of a plain call",
        "(function () { if (this) this.left = 1 })()",
    ),
    (
        "a function of a string",
        "[].constructor.constructor('globalThis.left = 1')()",
    ),
    (
        "a generator function of a string",
        "Object.getPrototypeOf(function* () {}).constructor('yield 1')",
    ),
    (
        "an async function of a string",
        "Object.getPrototypeOf(async () => {}).constructor('left = 1')()",
    ),
    (
        "a function of a string, reflected",
        "Reflect.construct(Function, ['return globalThis'])().left = 1",
    ),
    (
        "a function of a string, a subclass",
        "new (class extends Function {})('globalThis.left = 1')()",
    ),
    (
        "how stacks are written",
        "Error.prepareStackTrace = () => 'mine'; new Error().stack",
    ),
    ("how long stacks are", "Error.stackTraceLimit = 0"),
    (
        "the setter of stack on the prototype",
        "Error.prototype.stack = 'mine'",
    ),
    (
        "the setter of stack on another object",
        "Object.getOwnPropertyDescriptor(Error.prototype, 'stack').set.call(Map.prototype, 'mine')",
    ),
    (
        "the setter of __proto__",
        "Object.getOwnPropertyDescriptor(Object.prototype, '__proto__').set.call(Array.prototype, { left: 1 })",
    ),
    (
        "__proto__ of a literal's prototype",
        "({}).__proto__.__proto__ = { left: 1 }",
    ),
    (
        "merge through __proto__",
        "const into = {}; into['__proto__']['left'] = 1",
    ),
    (
        "merge through constructor",
        "const into = {}; into.constructor.prototype.left = 1",
    ),
    (
        "assign to a prototype",
        "Object.assign(Array.prototype, { left: 1 })",
    ),
    (
        "push to a prototype",
        "Array.prototype.push.call(Array.prototype, 1)",
    ),
    ("the length of a prototype", "Array.prototype.length = 7"),
    (
        "sort of a prototype",
        "Array.prototype.push.call(Object.prototype, 1)",
    ),
    ("lastIndex of a prototype", "RegExp.prototype.lastIndex = 5"),
    (
        "lastIndex of a literal",
        "const find = () => /a/g; find().lastIndex = 3; find().exec('aaaa')",
    ),
    (
        "legacy statics of expressions",
        "/(.)/.exec('secret'); RegExp.input = 'left'",
    ),
    (
        "the registry of symbols",
        "Symbol.for('left').description; Symbol.keyFor(Symbol.for('left'))",
    ),
    (
        "an iterator of an iterator",
        "[][Symbol.iterator]().__proto__.__proto__[Symbol.iterator] = () => 1",
    ),
    (
        "next of array iterators",
        "[].values().__proto__.next = () => ({ done: true })",
    ),
    (
        "the setter of Iterator's constructor",
        "Iterator.prototype.constructor = 1",
    ),
    (
        "then of promises",
        "Promise.prototype.then = function (f) { return f('mine') }",
    ),
    (
        "a species",
        "Object.defineProperty(Array, Symbol.species, { value: class {} })",
    ),
    (
        "hasInstance",
        "Object.defineProperty(Function.prototype, Symbol.hasInstance, { value: () => true })",
    ),
    (
        "toPrimitive of dates",
        "Date.prototype[Symbol.toPrimitive] = () => 'mine'",
    ),
    (
        "a job left over",
        "Promise.resolve().then(() => { globalThis.left = 1 }); new Promise(() => {})",
    ),
    (
        "a job of a job",
        "const again = () => Promise.resolve().then(() => { Array.prototype.left = 1 }); again().catch(again)",
    ),
    (
        "strings of a tagged template",
        "const tag = strings => { strings.left = 1 }; tag`a${1}b`",
    ),
    (
        "raw strings of a tagged template",
        "const tag = strings => { strings.raw[0] = 'mine' }; tag`a${1}b`",
    ),
    (
        "static state of a class",
        "class A { static left = 1; static { Object.prototype.left = A } }",
    ),
    (
        "a private name stamped on a prototype",
        "class Stamp extends (function (it) { return it }) { #left = 1; static has = it => #left in it } new Stamp(Object.prototype); Stamp.has({})",
    ),
    (
        "a weak map keyed by the realm",
        "new WeakMap().set(Object.prototype, 1)",
    ),
    ("console replaced", "globalThis.console = { log() {} }"),
    (
        "a getter of a collection",
        "Object.defineProperty(conclave.PersistentMap.prototype, 'size', { get: () => 7 })",
    ),
    (
        "a private name stamped on a collection's class",
        "class Stamp extends (function (it) { return it }) { #left = 1; static has = it => #left in it } new Stamp(conclave.PersistentMap.prototype); Stamp.has({})",
    ),
    ("the module's objects", "conclave.near.left = 1"),
    (
        "the module's functions",
        "conclave.near.log.left = 1; conclave.call.left = 1",
    ),
];

/// A program that attacks and says how that ended.
fn attacker(code: &str) -> String {
    format!(
        "import * as conclave from 'conclave'
        export function run() {{
            try {{ {code}\n }} catch (error) {{ return error.name }}
            return 'done ' + typeof conclave
        }}"
    )
}

fn check(name: &str, code: &str, before: &str) {
    let attacker = attacker(code);
    let results = execution(&[&attacker, LOOK]);
    let ended = results[0].as_deref();
    assert!(
        matches!(ended, Ok("TypeError" | "done object")),
        "{name} did not run: {ended:?}"
    );
    let after = results[1].as_deref().expect("a picture");
    for (before, after) in before.lines().zip(after.lines()) {
        assert_eq!(before, after, "{name}");
    }
    assert_eq!(before.len(), after.len(), "{name}");
}

fn picture() -> String {
    execution(&[LOOK]).remove(0).expect("a picture")
}

#[test]
fn each_attack_leaves_the_realm_as_it_was() {
    let before = picture();
    for (name, code) in ATTACKS {
        check(name, code, &before);
    }
}

#[test]
fn each_way_to_leave_something_on_each_target_leaves_the_realm_as_it_was() {
    let before = picture();
    for target in TARGETS {
        let mut code = format!("const it = {target}; const first = Reflect.ownKeys(it)[0];");
        for attack in WAYS {
            code.push_str(&format!("\ntry {{ {attack} }} catch {{}}"));
        }
        check(target, &code, &before);
    }
}

#[test]
fn everything_in_the_picture_is_frozen() {
    let picture = picture();
    assert!(picture.lines().count() > 550, "{}", picture.lines().count());
    assert!(
        picture.ends_with("\nthawed: "),
        "{}",
        picture.lines().last().unwrap()
    );
}

#[test]
fn the_picture_shows_a_change() {
    let changes = "const own = { a: 1 }\nexport const seen = 1\n";
    let looking = LOOK.replace("...hidden]", "...hidden, own]");
    let one = execution(&[&format!("{changes}{looking}")]).remove(0);
    let other = changes.replace("a: 1", "get a() { return 1 }");
    let other = execution(&[&format!("{other}{looking}")]).remove(0);
    assert_ne!(one.unwrap(), other.unwrap());
}

#[test]
fn what_is_taken_out_is_not_there() {
    for name in [
        "eval",
        "WeakRef",
        "FinalizationRegistry",
        "SharedArrayBuffer",
        "Atomics",
        "TypedArray",
    ] {
        let source = format!("export const run = () => typeof {name} + ('{name}' in globalThis)");
        assert_eq!(
            execution(&[&source]),
            [Ok("undefinedfalse".to_owned())],
            "{name}"
        );
    }
}

#[test]
fn code_is_not_made_from_strings() {
    for code in [
        "Function('return 1')",
        "new Function('return 1')",
        "(() => {}).constructor('return 1')",
        "(function* () {}).constructor('yield 1')",
        "(async () => {}).constructor('return 1')",
        "(async function* () {}).constructor('yield 1')",
        "Reflect.construct(Function, ['return 1'], Object)",
    ] {
        let source = format!("export const run = () => {{ {code}; return 'made' }}");
        let ended = execution(&[&source]).remove(0);
        let refused = "TypeError: code can't be made from strings in a subcontract";
        assert_eq!(ended, Err(refused.to_owned()), "{code}");
    }
}
