//! Builtins and syntax that call back: each with functions that recurse, throw, change what is
//! walked, or return what is not expected.

use super::Program;

/// What the function that is called back does. `use` is the place that calls it back, `c` what that
/// place walks.
const BEHAVIOURS: &[(&str, &str)] = &[
    ("recurses", "() => use()"),
    (
        "recurses-and-catches",
        "() => { try { return use() } catch { return use() } }",
    ),
    ("throws", "() => { throw new Error('from within') }"),
    (
        "throws-a-proxy",
        "() => { throw new Proxy({}, { get() { throw 1 }, getPrototypeOf() { throw 2 } }) }",
    ),
    (
        "empties",
        "() => { try { c.length = 0 } catch {} try { c.clear() } catch {} return 1 }",
    ),
    (
        "grows",
        "() => { n++; try { c.push(n) } catch {} try { c.add(n) } catch {} try { c.set(n, n) } catch {} return n }",
    ),
    (
        "changes",
        "() => { n++; try { c.x = n; delete c[0]; c[1] = n } catch {} try { Object.setPrototypeOf(c, null); Object.freeze(c) } catch {} return n }",
    ),
    ("gives-a-symbol", "() => Symbol('no')"),
    ("gives-null", "() => null"),
    ("gives-a-bigint", "() => 2n ** 64n"),
    ("gives-itself", "function f() { return f }"),
    (
        "is-a-proxy-of-itself",
        "(() => { const p = new Proxy(function () {}, { get: (t, k) => k === 'prototype' ? t.prototype : p, apply: () => p, construct: () => p }); return p })()",
    ),
    ("spins", "() => { for (;;); }"),
    ("is-async", "async () => use()"),
    (
        "goes-deep-first",
        "() => { const down = i => i ? down(i - 1) : use(); return down(200) }",
    ),
];

/// Name, what is walked, and what calls `f` back.
const PLACES: &[(&str, &str, &str)] = &[
    ("array-map", "[3, 1, 2]", "c.map(f)"),
    ("array-for-each", "[3, 1, 2]", "c.forEach(f)"),
    ("array-filter", "[3, 1, 2]", "c.filter(f)"),
    ("array-find", "[3, 1, 2]", "c.find(f)"),
    ("array-find-index", "[3, 1, 2]", "c.findIndex(f)"),
    ("array-find-last", "[3, 1, 2]", "c.findLast(f)"),
    ("array-find-last-index", "[3, 1, 2]", "c.findLastIndex(f)"),
    ("array-every", "[3, 1, 2]", "c.every(f)"),
    ("array-some", "[3, 1, 2]", "c.some(f)"),
    ("array-reduce", "[3, 1, 2]", "c.reduce(f)"),
    ("array-reduce-right", "[3, 1, 2]", "c.reduceRight(f)"),
    ("array-flat-map", "[3, 1, 2]", "c.flatMap(f)"),
    ("array-sort", "[3, 1, 2]", "c.sort(f)"),
    ("array-to-sorted", "[3, 1, 2]", "c.toSorted(f)"),
    ("array-from", "[3, 1, 2]", "Array.from(c, f)"),
    ("array-from-length", "{ length: 3 }", "Array.from(c, f)"),
    ("array-from-async", "[3, 1, 2]", "Array.fromAsync(c, f)"),
    ("array-from-class", "[3, 1, 2]", "Array.from.call(f, c)"),
    ("array-of-class", "[]", "Array.of.call(f, 1)"),
    (
        "array-species",
        "[1, 2]",
        "(c.constructor = { get [Symbol.species]() { return f } }, c.map(x => x))",
    ),
    (
        "array-concat-spreadable",
        "[1]",
        "c.concat({ get [Symbol.isConcatSpreadable]() { return f() }, length: 1 })",
    ),
    ("array-join", "[{ toString: () => f() }]", "c.join()"),
    (
        "array-flat",
        "[[1], { get length() { return f() } }]",
        "(Object.defineProperty(c, 0, { get: () => f() }), c.flat())",
    ),
    (
        "array-fill-valueof",
        "[1, 2]",
        "c.fill(0, { valueOf: () => f() })",
    ),
    (
        "array-splice-valueof",
        "[1, 2]",
        "c.splice({ valueOf: () => f() }, 1, 9)",
    ),
    (
        "array-slice-valueof",
        "[1, 2]",
        "c.slice({ valueOf: () => f() })",
    ),
    (
        "array-copy-within",
        "[1, 2]",
        "c.copyWithin(0, { valueOf: () => f() })",
    ),
    ("array-at", "[1, 2]", "c.at({ valueOf: () => f() })"),
    ("array-with", "[1, 2]", "c.with({ valueOf: () => f() }, 1)"),
    (
        "array-index-of",
        "[1, 2]",
        "c.indexOf(1, { valueOf: () => f() })",
    ),
    (
        "array-to-spliced",
        "[1, 2]",
        "c.toSpliced({ valueOf: () => f() })",
    ),
    (
        "array-set-length",
        "[1, 2]",
        "(c.length = { valueOf: () => f() })",
    ),
    (
        "array-push-setter",
        "{ get length() { return 0 }, set length(_) { f() } }",
        "Array.prototype.push.call(c, 1)",
    ),
    (
        "array-reverse-getter",
        "{ length: 2, get 0() { return f() }, set 0(_) { f() }, 1: 1 }",
        "Array.prototype.reverse.call(c)",
    ),
    ("typed-map", "new Uint8Array([3, 1, 2])", "c.map(f)"),
    (
        "typed-for-each",
        "new Uint8Array([3, 1, 2])",
        "c.forEach(f)",
    ),
    ("typed-filter", "new Uint8Array([3, 1, 2])", "c.filter(f)"),
    ("typed-sort", "new Uint8Array([3, 1, 2])", "c.sort(f)"),
    (
        "typed-to-sorted",
        "new Uint8Array([3, 1, 2])",
        "c.toSorted(f)",
    ),
    ("typed-reduce", "new Float64Array(3)", "c.reduce(f)"),
    ("typed-find-last", "new BigInt64Array(3)", "c.findLast(f)"),
    ("typed-from", "[1, 2]", "Uint8Array.from(c, f)"),
    (
        "typed-of-objects",
        "[{ valueOf: () => f() }]",
        "new Uint8Array(c)",
    ),
    (
        "typed-set",
        "new Uint8Array(4)",
        "c.set([{ valueOf: () => f() }])",
    ),
    (
        "typed-fill",
        "new Uint8Array(4)",
        "c.fill({ valueOf: () => f() })",
    ),
    (
        "typed-species",
        "new Uint8Array(4)",
        "(c.constructor = { get [Symbol.species]() { return f } }, c.slice(1))",
    ),
    (
        "typed-subarray",
        "new Uint8Array(4)",
        "c.subarray({ valueOf: () => f() })",
    ),
    (
        "typed-store",
        "new Uint8Array(4)",
        "(c[0] = { valueOf: () => f() })",
    ),
    (
        "data-view",
        "new DataView(new ArrayBuffer(8))",
        "c.setInt8(0, { valueOf: () => f() })",
    ),
    (
        "buffer-length",
        "[]",
        "new ArrayBuffer({ valueOf: () => f() })",
    ),
    (
        "buffer-options",
        "[]",
        "new ArrayBuffer(8, { get maxByteLength() { return f() } })",
    ),
    (
        "buffer-slice",
        "new ArrayBuffer(8)",
        "(c.constructor = { get [Symbol.species]() { return f } }, c.slice(1))",
    ),
    (
        "data-view-index",
        "new DataView(new ArrayBuffer(8))",
        "c.getInt8({ valueOf: () => f() })",
    ),
    (
        "data-view-length",
        "new ArrayBuffer(8, { maxByteLength: 16 })",
        "new DataView(c, 0, { valueOf: () => { c.resize(4); c.transfer(); return f() } })",
    ),
    (
        "typed-fill-detached",
        "new ArrayBuffer(8)",
        "new Uint8Array(c).fill({ valueOf: () => { c.transfer(); return f() } })",
    ),
    (
        "typed-set-detached",
        "new ArrayBuffer(8)",
        "new Uint8Array(c).set([1, { valueOf: () => { c.transfer(); return f() } }])",
    ),
    (
        "typed-store-resized",
        "new ArrayBuffer(8, { maxByteLength: 16 })",
        "(new Uint8Array(c)[7] = { valueOf: () => { c.resize(1); return f() } })",
    ),
    (
        "typed-subarray-detached",
        "new ArrayBuffer(8)",
        "new Uint8Array(c).subarray({ valueOf: () => { c.transfer(); return f() } })",
    ),
    (
        "buffer-resize",
        "new ArrayBuffer(8, { maxByteLength: 16 })",
        "c.resize({ valueOf: () => { c.transfer(); return f() } })",
    ),
    (
        "buffer-transfer",
        "new ArrayBuffer(8)",
        "c.transfer({ valueOf: () => { c.transfer(); return f() } })",
    ),
    (
        "buffer-slice-detached",
        "new ArrayBuffer(8)",
        "c.slice({ valueOf: () => { c.transfer(); return f() } })",
    ),
    ("map-for-each", "new Map([[1, 2], [3, 4]])", "c.forEach(f)"),
    ("set-for-each", "new Set([1, 2, 3])", "c.forEach(f)"),
    ("map-group-by", "[1, 2]", "Map.groupBy(c, f)"),
    (
        "map-of-iterable",
        "[[1, 2]]",
        "new Map({ [Symbol.iterator]: () => ({ next: f }) })",
    ),
    (
        "map-adder",
        "[[1, 2]]",
        "new (class extends Map { set() { return f() } })(c)",
    ),
    (
        "set-adder",
        "[1, 2]",
        "new (class extends Set { add() { return f() } })(c)",
    ),
    (
        "weak-map-adder",
        "[[{}, 2]]",
        "new (class extends WeakMap { set() { return f() } })(c)",
    ),
    (
        "map-entry-getter",
        "[{ get 0() { return f() } }]",
        "new Map(c)",
    ),
    (
        "set-union",
        "new Set([1, 2])",
        "c.union({ size: 2, has: f, keys: f })",
    ),
    (
        "set-intersection",
        "new Set([1, 2])",
        "c.intersection({ size: 2, has: f, keys: f })",
    ),
    (
        "set-difference",
        "new Set([1, 2])",
        "c.difference({ size: 9, has: f, keys: f })",
    ),
    (
        "set-symmetric",
        "new Set([1, 2])",
        "c.symmetricDifference({ size: 2, has: f, keys: () => ({ next: f }) })",
    ),
    (
        "set-subset",
        "new Set([1, 2])",
        "c.isSubsetOf({ size: 2, has: f, keys: f })",
    ),
    (
        "set-superset",
        "new Set([1, 2])",
        "c.isSupersetOf({ size: 1, has: f, keys: () => ({ next: f }) })",
    ),
    (
        "set-disjoint",
        "new Set([1, 2])",
        "c.isDisjointFrom({ get size() { return f() }, has: f, keys: f })",
    ),
    ("for-of", "[1, 2, 3]", "{ for (const x of c) f(x) }"),
    (
        "for-of-set",
        "new Set([1, 2, 3])",
        "{ for (const x of c) f(x) }",
    ),
    (
        "for-of-map",
        "new Map([[1, 2]])",
        "{ for (const x of c) f(x) }",
    ),
    ("for-in", "{ a: 1, b: 2 }", "{ for (const x in c) f(x) }"),
];

/// The programs.
pub(super) fn programs(into: &mut Vec<Program>) {
    let places = PLACES
        .iter()
        .chain(super::callbacks_text::PLACES)
        .chain(super::callbacks_objects::PLACES);
    for (place, walked, expression) in places {
        // A block is a statement of its own.
        let result = match expression.strip_prefix("{ ") {
            Some(_) => (*expression).to_owned(),
            None => format!("return {expression}"),
        };
        for (behaviour, function) in BEHAVIOURS {
            let body = format!(
                "let c, n = 0; const f = {function}; const use = () => {{ c = {walked}; {result} }}; return use()"
            );
            into.push(Program::new(format!("{place}/{behaviour}"), body));
        }
    }
}
