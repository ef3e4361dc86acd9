//! Code can be ended wherever it is: by its fuel or by its nesting, at each single charge, it ends
//! as it should, and never by a panic or by an error of the engine's own.

use std::cell::Cell;
use std::rc::Rc;

use boa_engine::context::{ContextBuilder, HostHooks};
use boa_engine::vm::meter::{Embedding, out_of_fuel};
use boa_engine::{Context, JsResult, JsValue, Source};

/// At how many points, evenly spread, each script is ended.
const KILLS: u64 = 12;

/// Scripts that lead through much of the engine; none catches an error of its own.
const SCRIPTS: &[&str] = &[
    "({a: 1, get b() { return 2 }, ['c' + 1]: 3, ...{d: 4}, __proto__: {e: 5}}).e",
    "class A { #x = 1; static s = 2; static { this.t = 3 } get x() { return this.#x } #m() { return 4 } m() { return this.#m() } } \
     class B extends A { constructor() { super(); this.y = super.x } } new B().m()",
    "let {a, ...rest} = {a: 1, b: 2, c: 3}; let [x, , ...y] = [1, 2, 3, 4]; rest.c + y.length",
    "function f(a, b = 2, ...c) { return a + b + c.length + arguments.length } f(1) + f(...[1, 2, 3, 4])",
    "function* g() { let x = yield 1; yield* [x, 2]; return 3 } [...g()].length",
    "let t = (s, ...v) => s.raw.join() + v.join(); t`a${1}b${2}`",
    "let s = new Set([1, 2, 3]); s.union(new Set([4])).intersection(new Set([4, 1])).size",
    "let m = new Map([[1, 2], ['a', {}]]); Map.groupBy([1, 2, 3], x => x % 2).size + [...m.keys()].length",
    "Object.groupBy([1, 2, 3], x => x % 2 ? 'odd' : 'even').odd.length",
    "Object.fromEntries(Object.entries({a: 1, b: 2}).map(([k, v]) => [k, v * 2])).b",
    "Object.freeze(Object.assign(Object.create({z: 1}, {y: {value: 2}}), {x: 3})); Object.isFrozen([])",
    "Object.getOwnPropertyDescriptors({a: 1, get b() { return 1 }}).a.value",
    "[3, 1, 2].sort((a, b) => a - b).map(x => x * 2).filter(x => x > 2).reduce((a, b) => a + b)",
    "[1, [2, [3, [4]]]].flat(Infinity).concat([5], [6]).flatMap(x => [x, x]).length",
    "[1, 2, 3, 4].splice(1, 2, 'a', 'b', 'c').length + [1, 2].toSpliced(0, 1).length + [1].with(0, 2)[0]",
    "Array.from({length: 3}, (_, i) => i).copyWithin(0, 1).fill(7, 1).toReversed().join('-')",
    "Array.of(1, 2, 3).toSorted().entries().toArray().length",
    "[1, 2, 3].values().map(x => x + 1).filter(x => x > 1).take(2).drop(1).flatMap(x => [x]).toArray().length",
    "[...'abc'.repeat(3)].length",
    "new String('abc').length + new Number(1) + new Boolean(true) + Object('x') + Object(1n)",
    "'a-b-c'.split('-').join('+') + 'abc'.replace('b', x => x + x) + 'aa'.replaceAll('a', '$&$&')",
    "'abcabc'.match(/b(?<n>c)/).groups.n + 'abc'.replace(/(b)/g, (m, g) => g + g) + [...'a1b2'.matchAll(/[a-z]\\d/g)].length",
    "'a,b;c'.split(/[,;]/).length + 'xay'.search(/a/) + /a/y.test('a') + String(/x/gi)",
    "'x'.padStart(5, 'ab') + 'y'.padEnd(5) + ' z '.trim() + 'q'.normalize('NFD') + 'a'.localeCompare('b')",
    "JSON.stringify(JSON.parse('{\"a\":[1,{\"b\":null}],\"c\":\"d\"}', (k, v) => v), (k, v) => v, 2).length",
    "JSON.stringify({toJSON() { return {d: new Date(0), n: new Number(1), s: Object('x')} }})",
    "let p = new Proxy(function () {}, {get: (t, k) => k === 'x' ? 1 : t[k], has: () => true, ownKeys: t => Reflect.ownKeys(t), \
     apply: () => 5, construct: () => ({}), defineProperty: Reflect.defineProperty, getOwnPropertyDescriptor: Reflect.getOwnPropertyDescriptor}); \
     p.y = 2; p() + p.x + ('z' in p) + Object.keys(p).length + typeof new p()",
    "Reflect.apply(Math.max, null, [1, 2]) + Reflect.construct(Date, [0]).getTime() + Reflect.ownKeys({a: 1}).length",
    "Promise.all([1, Promise.resolve(2), new Promise(r => r(3))]).then(x => x); Promise.allSettled([1]); Promise.race([1]); Promise.any([1]); Promise.try(() => 1)",
    "(async () => { for await (let x of [1, 2]) await x; try { await Promise.reject(1) } finally { } })().catch(() => 1); 1",
    "(async function* () { yield 1; yield* [2] })().next().then(x => x); 1",
    "Promise.withResolvers().promise.finally(() => 1); Promise.resolve(1) instanceof Promise",
    "new Uint8Array([1, 2, 3]).map(x => x * 2).subarray(1).toReversed().join() + new Float64Array(4).fill(1.5).at(-1)",
    "let u = new Uint16Array(new ArrayBuffer(8), 2, 2); u.set([1, 2]); new DataView(u.buffer).getUint16(2, true) + u.slice().length",
    "new Uint8Array([5, 1, 4]).sort((a, b) => a - b).toSorted().indexOf(5) + new ArrayBuffer(4).slice(1).byteLength",
    "2n ** 64n * 3n / 7n % 1000n + BigInt('123') + BigInt.asUintN(8, 300n) + BigInt(1e20)",
    "(255).toString(16) + (0.1).toFixed(20) + (1e21).toPrecision(5) + parseInt('77', 8) + parseFloat('1.5e3') + Number('0x10')",
    "encodeURIComponent('\u{e9} x') + decodeURIComponent('%C3%A9') + encodeURI('a b')",
    "new Date(2020, 1, 29, 12).toISOString() + Date.UTC(2000, 0) + new Date('2020-01-01T00:00:00Z').getDay() + Date.parse('2020')",
    "Symbol('a').toString() + Symbol.for('b').description + Symbol.keyFor(Symbol.for('b')) + Object(Symbol.iterator).toString()",
    "let e = new Error('m', {cause: 1}); e.toString() + e.message + new AggregateError([1], 'x').errors.length + new TypeError('y').name",
    "[] instanceof Array && (() => 1).bind(1, 2).name + (function n() {}).toString().length",
    "let w = new WeakMap([[{}, 1]]); new WeakSet([w]).has(w) + w.has({})",
    "x: for (let i = 0; i < 3; i++) { for (let k in {a: 1, b: 2}) { if (k === 'b') continue x } } switch (3) { case 1: case 3: 5 }",
    "var o = {valueOf() { return 1 }, toString() { return 'a' }}; o + 1; o == 1; o < 2; `${o}`; [o] + ''; 1n == '1'; 'x' == {}; o == 'a'",
    "with ({a: 1}) { a = 2 } delete globalThis.zz; typeof undeclared; void 0; null ?? 1; undefined?.x",
    "Math.max(1, 2) + Math.hypot(3, 4) + Math.sumPrecise?.([1, 2]) + Math.fround(5.5) + Math.clz32(1)",
    "Function.prototype.call.call(Function.prototype.apply, (a, b) => a + b, null, [1, 2])",
    "globalThis.q = 1; Object.defineProperty(globalThis, 'r', {get: () => 2, configurable: true}); q + r",
    "let it = {[Symbol.iterator]() { let n = 0; return {next: () => ({done: n++ > 2, value: n}), return: () => ({})} }}; for (let x of it) if (x > 1) break; [...it].length",
    "Iterator.from({next: () => ({done: true})}).toArray().length + Iterator.concat?.([1], [2]).toArray().length",
];

/// A host that ends code after so much fuel and is asked at each charge.
struct Host {
    left: Cell<u64>,
    used: Cell<u64>,
}

impl HostHooks for Host {
    fn fuel_used(&self, fuel: u64, _: &mut Context) -> JsResult<u32> {
        self.used.set(self.used.get() + fuel);
        match self.left.get().checked_sub(fuel) {
            Some(left) => {
                self.left.set(left);
                Ok(0)
            }
            None => Err(out_of_fuel()),
        }
    }
}

/// What a run of a script gave, with its promise jobs.
fn run(source: &str, nesting: u32, context: &mut Context) -> JsResult<JsValue> {
    let embedding = Embedding {
        nesting,
        nesting_total: u32::MAX,
    };
    context.embed(embedding, |context| {
        let value = context.eval(Source::from_bytes(source))?;
        context.run_jobs()?;
        Ok(value)
    })
}

fn context() -> (Rc<Host>, Context) {
    let host = Rc::new(Host {
        left: Cell::new(u64::MAX),
        used: Cell::new(0),
    });
    let builder = ContextBuilder::new().host_hooks(Rc::clone(&host));
    let mut context = builder.build().expect("a context");
    // From now on the host is asked.
    context.take_fuel_used();
    (host, context)
}

/// Each script in a function of its own, so that it can run again.
fn wrapped(script: &str) -> String {
    format!("{{ {script} }}")
}

#[test]
fn fuel_ends_a_script_at_each_charge() {
    for script in SCRIPTS {
        let source = wrapped(script);
        let (host, mut context) = context();
        // The first run fills caches.
        let _ = run(&source, 16_384, &mut context);
        host.used.set(0);
        let whole = run(&source, 16_384, &mut context);
        let fuel = host.used.get();
        for kill in 0..fuel.min(KILLS) {
            let limit = kill * fuel / fuel.min(KILLS);
            host.left.set(limit);
            let result = run(&source, 16_384, &mut context);
            host.left.set(u64::MAX);
            let Err(error) = result else {
                panic!("{script} at {limit} of {fuel}: not ended");
            };
            assert_eq!(
                error.as_engine(),
                out_of_fuel().as_engine(),
                "{script} at {limit}"
            );
        }
        let again = run(&source, 16_384, &mut context);
        assert_eq!(again.is_ok(), whole.is_ok(), "{script}");
    }
}

#[test]
fn nesting_ends_a_script_with_an_error_that_can_be_caught() {
    for script in SCRIPTS {
        let source = wrapped(script);
        let (_, mut context) = context();
        for nesting in (0..400).step_by(40).chain([16_384]) {
            if let Err(error) = run(&source, nesting, &mut context) {
                assert!(
                    error.as_engine().is_none(),
                    "{script} at {nesting}: {error}"
                );
            }
        }
    }
}
