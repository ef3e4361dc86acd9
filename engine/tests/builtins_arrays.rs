//! Arrays, buffers, maps, sets and arguments: what is done to many elements at once is counted, and
//! none is made that is too large.

mod metered;

use metered::{Outcome, assert_costs, assert_ends, assert_throws, assert_value, run};

#[test]
fn huge_lengths_end_by_fuel_or_by_an_error_never_otherwise() {
    for source in [
        "new Array(4294967295).fill(0)",
        "new Array(4294967295).join()",
        "Array(2 ** 32 - 1).toLocaleString()",
        "Array(2 ** 32 - 1).sort()",
        "Array(2 ** 32 - 1).toSorted()",
        "Array(2 ** 32 - 1).toReversed()",
        "Array(2 ** 32 - 1).toSpliced(0, 0)",
        "Array(2 ** 32 - 1).with(0, 1)",
        "Array(2 ** 32 - 1).indexOf(1)",
        "Array(2 ** 32 - 1).includes(1)",
        "Array(2 ** 32 - 1).lastIndexOf(1)",
        "Array(2 ** 32 - 1).reverse()",
        "Array(2 ** 32 - 1).concat([1])",
        "Array(2 ** 32 - 1).slice()",
        "Array(2 ** 32 - 1).flat()",
        "Array(2 ** 32 - 1).copyWithin(1)",
        "Array(2 ** 32 - 1).findLast(x => x)",
        "Array(2 ** 32 - 1).reduceRight((a, b) => a, 1)",
        "Array(2 ** 32 - 2).unshift(1)",
        "[...Array(2 ** 32 - 1)]",
        "Math.max(...Array(2 ** 32 - 1))",
        "let [...rest] = Array(2 ** 32 - 1)",
        "Array.from({length: 1e9})",
        "Array.from(Array(2 ** 32 - 1).keys())",
        "new Set(Array(2 ** 32 - 1))",
        "Object.keys(Array(1e6).fill(1))",
        "Math.max.apply(null, {length: 1e9})",
        "Reflect.apply(Math.max, null, {length: 2 ** 53})",
        "Reflect.construct(Array, {length: 2 ** 53})",
        "Array.prototype.join.call({length: 2 ** 53 - 1})",
        "Array.prototype.sort.call({length: 2 ** 53 - 1})",
        "Array.prototype.toLocaleString.call({length: 2 ** 53 - 1})",
        "Array.prototype.indexOf.call({length: 2 ** 53 - 1}, 1)",
        "JSON.stringify(Array(2 ** 32 - 1))",
        "String.fromCharCode.apply(null, Array(1e6).fill(65))",
        "new Uint8Array(Array(2 ** 32 - 1))",
        "new Uint8Array({length: 2 ** 53 - 1})",
        "new Uint8Array(2 ** 53 - 1)",
        "new ArrayBuffer(2 ** 40)",
        "for (let a = [1];;) a.push(...a)",
        "for (let a = [1];;) a = a.concat(a)",
        "for (let a = [1];;) a = [...a, ...a]",
        "for (let m = new Map(), i = 0;; i++) m.set(i, i)",
        "for (let o = {}, i = 0;; i++) o['k' + i] = i",
    ] {
        let run = run(source, 300_000);
        match run.outcome {
            Outcome::OutOfFuel => assert!(run.fuel < 700_000, "{source}: {}", run.fuel),
            Outcome::Thrown(text) => assert!(text.starts_with("RangeError"), "{source}: {text}"),
            Outcome::Value(_) => panic!("{source}: it ended"),
        }
    }
}

#[test]
fn arguments_and_buffers_are_bounded() {
    let limit = "RangeError: a function is given more than 8,192 arguments";
    let arrays =
        "let few = Array(8192).fill(1), many = Array(8193).fill(1), f = (...a) => a.length;";
    assert_value(&format!("{arrays} f(...few)"), "8192");
    assert_value(&format!("{arrays} new Array(...few).length"), "8192");
    assert_throws(&format!("{arrays} f(...many)"), limit);
    assert_throws(&format!("{arrays} f(...many, ...many)"), limit);
    assert_throws(&format!("{arrays} new Array(...many)"), limit);
    assert_throws(
        &format!("{arrays} new (class extends Array {{ constructor() {{ super(...many) }} }})"),
        limit,
    );
    assert_throws(&format!("{arrays} f.bind(null, ...few)(1)"), limit);
    let limit = "RangeError: a buffer is larger than 1048576 bytes";
    assert_value("new ArrayBuffer(1048576).byteLength", "1048576");
    assert_throws("new ArrayBuffer(1048577)", limit);
    assert_throws("new ArrayBuffer(1, {maxByteLength: 1048577})", limit);
    assert_throws("new Float64Array(131073)", limit);
    let limit = "RangeError: a string is longer than 1,048,576 code units";
    assert_throws("Array(3).fill('x'.repeat(400000)).join('-')", limit);
    assert_throws("Array(3).join('x'.repeat(600000))", limit);
    assert_throws("Array(3).fill('x'.repeat(400000)).toLocaleString()", limit);
    assert_throws("new Uint8Array(100).join('x'.repeat(20000))", limit);
}

#[test]
fn work_on_many_elements_at_once_is_counted() {
    let before = "let a = Array(100000).fill(1), s = 'x'.repeat(500000), t = s + '', u = new Uint8Array(1000000), \
                  v = new Uint8Array(1000000), w = new Float32Array(100000), m = new Map(), z = new Set(a.map((_, i) => i)), \
                  many = Array(8000).fill(1), bound = Math.max.bind(null, ...many), \
                  keys = a.map((_, i) => 'a' + i), listed = new Proxy({}, { ownKeys: () => keys });";
    for (source, fuel) in [
        ("a.shift()", 3_000),
        ("a.length = 99999", 6_000),
        ("a.sort()", 400_000),
        ("[t].indexOf(s)", 7_000),
        ("[t].lastIndexOf(s)", 7_000),
        ("[t].includes(s)", 7_000),
        ("m.get(s)", 15_000),
        ("m.set(s, 1)", 15_000),
        ("m.has(s)", 15_000),
        ("m.delete(s)", 15_000),
        ("new Set([s])", 15_000),
        ("z.union(new Set)", 100_000),
        ("z.difference(new Set)", 100_000),
        ("z.symmetricDifference(new Set)", 100_000),
        ("new ArrayBuffer(1000000)", 7_000),
        ("new Uint8Array(1000000)", 7_000),
        ("u.copyWithin(0, 1)", 7_000),
        ("u.slice()", 30_000),
        ("u.set(v)", 15_000),
        ("w.set(u.subarray(0, 100000))", 25_000),
        ("new Float32Array(u.subarray(0, 100000))", 25_000),
        ("u.buffer.slice()", 7_000),
        ("u.fill(1)", 1_000_000),
        ("u.indexOf(1)", 1_000_000),
        ("bound()", 1_000),
        ("a.concat(a)", 200_000),
        ("[...a]", 100_000),
        ("Object.keys(a)", 100_000),
        ("Object.freeze(a)", 100_000),
        ("Object.assign({}, a)", 100_000),
        ("Reflect.ownKeys(listed)", 600_000),
    ] {
        assert_costs(&format!("{before};; {source}; 0"), fuel);
    }
}

#[test]
fn results_are_what_they_should_be() {
    for (source, expected) in [
        ("[1, null, undefined, [2, 3], 'x'].join('-')", "1---2,3-x"),
        ("[].join()", ""),
        ("[1, [2]].toLocaleString()", "1, 2"),
        ("[3, 1, 20, undefined, 'b'].sort().join()", "1,20,3,b,"),
        ("[3, 1, 2].sort((a, b) => b - a).join()", "3,2,1"),
        ("let a = [1, 2, 3]; a.shift() + a.join()", "12,3"),
        ("let a = [1, 2, 3]; a.length = 1; a.join()", "1"),
        ("new Uint8Array([1, 2, 3]).join('-')", "1-2-3"),
        (
            "let u = new Uint8Array([1, 2, 3, 4]); u.copyWithin(0, 2); u.join()",
            "3,4,3,4",
        ),
        (
            "let w = new Float32Array(3); w.set(new Uint8Array([1, 2]), 1); w.join()",
            "0,1,2",
        ),
        (
            "[...new Set([1, 2]).union(new Set([2, 3]))].join()",
            "1,2,3",
        ),
        ("((a, b, c) => a + b + c).bind(null, 1, 2)(3)", "6"),
    ] {
        assert_value(source, expected);
    }
}

#[test]
fn comparing_is_ended_in_the_middle() {
    let source =
        "let s = 'x'.repeat(500000), t = s.slice(1) + 'y'; Array(100000).fill(t).indexOf(s)";
    assert_ends(source, 500_000, 20_000);
}

#[test]
fn sorting_is_stable_and_compares_little() {
    let keyed = "let a = Array.from({ length: 300 }, (_, i) => ({ key: i * 7919 % 10, i })), n = 0";
    let compare = "(x, y) => (n++, x.key - y.key)";
    for (source, expected) in [
        // Each key's elements keep their order.
        (
            "a.sort(compare).every((x, i) => !i || a[i - 1].key < x.key || (a[i - 1].key === x.key && a[i - 1].i < x.i))",
            "true",
        ),
        ("a.sort(compare); n = 0; a.sort(compare); n", "299"),
        (
            "a.sort((x, y) => y.i - x.i); n = 0; a.sort((x, y) => (n++, x.i - y.i)); n",
            "299",
        ),
        ("a.sort(compare); n < 300 * Math.log2(300)", "true"),
        // Nothing is compared after what throws, and contradictions are no failure.
        (
            "try { a.sort(() => { if (++n === 7) throw 1; return n % 3 - 1 }) } catch { n }",
            "7",
        ),
        ("a.sort(() => 1).length + a.sort(() => -1).length", "600"),
        (
            "new Set(a.sort((x, y) => (x.i * y.i + 1) % 3 - 1)).size",
            "300",
        ),
        (
            "[3, undefined, , 1].sort().length + [5, 1, 4].toSorted((x, y) => y - x).join()",
            "45,4,1",
        ),
    ] {
        assert_value(&format!("{keyed}, compare = {compare}; {source}"), expected);
    }
}
