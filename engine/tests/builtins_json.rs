//! JSON: values, revivers and texts are the standard's; work and depth are bounded.

mod metered;

use metered::{Outcome, assert_costs, assert_ends, assert_throws, assert_value, run};

#[test]
fn parsed_values_are_ordinary() {
    for (source, expected) in [
        ("Object.is(JSON.parse('-0'), -0)", "true"),
        (
            "Object.getPrototypeOf(JSON.parse('{\"__proto__\":null}')) === Object.prototype",
            "true",
        ),
        (
            "Object.hasOwn(JSON.parse('{\"__proto__\":1}'), '__proto__')",
            "true",
        ),
        (
            "JSON.stringify(Object.getOwnPropertyDescriptor(JSON.parse('{\"a\":1}'), 'a'))",
            "{\"value\":1,\"writable\":true,\"enumerable\":true,\"configurable\":true}",
        ),
        (
            "Array.isArray(JSON.parse('[]')) && JSON.parse('[1,2]').length",
            "2",
        ),
        ("let a = JSON.parse('[1,2]'); a.push(3); a.join()", "1,2,3"),
        ("JSON.parse('\"\\\\ud800\"').charCodeAt(0)", "55296"),
        (
            "let o = JSON.parse('{\"a\":1,\"0\":2}'); o.b = 3; Object.keys(o).join()",
            "0,a,b",
        ),
        ("JSON.parse({toString() { return '[7]' }})[0]", "7"),
        ("JSON.parse('\"a\"') === 'a'", "true"),
        ("({a: 5})[JSON.parse('\"\\\\u0061\"')]", "5"),
        (
            "Object.prototype.x = 1; Object.defineProperty(Object.prototype, 'y', {set() { throw 1 }}); \
          JSON.stringify(JSON.parse('{\"y\":2}'))",
            "{\"y\":2}",
        ),
    ] {
        assert_value(source, expected);
    }
}

#[test]
fn revivers_see_each_value_and_its_source() {
    for (source, expected) in [
        (
            "JSON.stringify(JSON.parse('{\"a\":[1,2],\"b\":3}', (k, v) => typeof v === 'number' ? v * 2 : v))",
            "{\"a\":[2,4],\"b\":6}",
        ),
        (
            "let n = []; JSON.parse('{\"a\":[1,{\"b\":2}],\"c\":3}', (k, v) => { n.push(k); return v }); n.join()",
            "0,b,1,a,c,",
        ),
        (
            "JSON.stringify(JSON.parse('[1,2,3]', (k, v) => k === '1' ? undefined : v))",
            "[1,null,3]",
        ),
        (
            "JSON.stringify(JSON.parse('{\"a\":1,\"b\":2}', (k, v) => k === 'a' ? undefined : v))",
            "{\"b\":2}",
        ),
        (
            "let s = []; JSON.parse('[1.0,-0,\"a\\\\u0062\",true,null,{\"x\":1e1},[]]', \
          (k, v, c) => { s.push(c.source); return v }); s.join('|')",
            "1.0|-0|\"a\\u0062\"|true|null|1e1|||",
        ),
        (
            "let s = []; JSON.parse('[1,2]', function (k, v, c) { if (k === '0') this[1] = 3; s.push(c.source); return v }); s.join('|')",
            "1||",
        ),
        (
            "let s = []; JSON.parse('{\"a\":1,\"a\":2}', (k, v, c) => { s.push(c.source); return v }); s.join('|')",
            "2|",
        ),
        ("JSON.parse('[]', 1).length", "0"),
    ] {
        assert_value(source, expected);
    }
    assert_throws(
        "JSON.parse('[1]', () => { throw new Error('mine') })",
        "Error: mine",
    );
    let endless = "let n = 0; JSON.parse('[[1]]', function (k, v) { if (n++ < 1e5) this[0] = [[v]]; return v })";
    assert!(matches!(
        run(endless, u64::MAX).outcome,
        Outcome::Thrown(_) | Outcome::Value(_)
    ));
    assert_throws(
        "let deep = []; for (let i = 0; i < 1e5; i++) deep = [deep];
         JSON.parse('[1, 2]', function (k, v) { if (k === '0') this[1] = deep; return v })",
        "RangeError: native code nests too deep",
    );
}

#[test]
fn texts_are_written_as_the_standard_says() {
    for (source, expected) in [
        ("JSON.stringify()", "undefined"),
        ("JSON.stringify(() => 1)", "undefined"),
        ("JSON.stringify(Symbol())", "undefined"),
        (
            "JSON.stringify([undefined, () => 1, Symbol()])",
            "[null,null,null]",
        ),
        (
            "JSON.stringify({a: undefined, b: () => 1, c: 1, d: Symbol()})",
            "{\"c\":1}",
        ),
        ("JSON.stringify({a: undefined})", "{}"),
        ("JSON.stringify({a: undefined}, null, 2)", "{}"),
        (
            "JSON.stringify([NaN, Infinity, -Infinity, -0])",
            "[null,null,null,0]",
        ),
        (
            "JSON.stringify(new Date(0))",
            "\"1970-01-01T00:00:00.000Z\"",
        ),
        (
            "JSON.stringify({a: {toJSON(k) { return k + '!' }}})",
            "{\"a\":\"a!\"}",
        ),
        (
            "JSON.stringify({toJSON() { return undefined }})",
            "undefined",
        ),
        (
            "JSON.stringify([new Number(1), new String('x'), new Boolean(false)])",
            "[1,\"x\",false]",
        ),
        (
            "BigInt.prototype.toJSON = function () { return `${this}n` }; JSON.stringify([1n])",
            "[\"1n\"]",
        ),
        (
            "JSON.stringify({a: 1, b: [2, {c: 3}]}, null, 2)",
            "{\n  \"a\": 1,\n  \"b\": [\n    2,\n    {\n      \"c\": 3\n    }\n  ]\n}",
        ),
        ("JSON.stringify([[]], null, '-->')", "[\n-->[]\n]"),
        ("JSON.stringify([1], null, 99)", "[\n          1\n]"),
        (
            "JSON.stringify([1], null, 'abcdefghijklm')",
            "[\nabcdefghij1\n]",
        ),
        ("JSON.stringify([1], null, new Number(1))", "[\n 1\n]"),
        (
            "JSON.stringify({a: 1, b: 2, c: {a: 3, d: 4}}, ['c', 'a', 'a'])",
            "{\"c\":{\"a\":3},\"a\":1}",
        ),
        (
            "JSON.stringify({1: 1, 2: 2}, [1, new Number(2)])",
            "{\"1\":1,\"2\":2}",
        ),
        (
            "JSON.stringify({a: 1, b: 'x'}, (k, v) => typeof v === 'number' ? undefined : v)",
            "{\"b\":\"x\"}",
        ),
        (
            "let h = []; JSON.stringify({a: [1]}, function (k, v) { h.push(k + Array.isArray(this)); return v }); h.join()",
            "false,afalse,0true",
        ),
        (
            "JSON.stringify({'\u{20ac}': 'x', y: '\u{e9}'})",
            "{\"\u{20ac}\":\"x\",\"y\":\"\u{e9}\"}",
        ),
        (
            "JSON.stringify({y: '\u{e9}', '\u{20ac}': undefined, z: 1})",
            "{\"y\":\"\u{e9}\",\"z\":1}",
        ),
        (
            "JSON.stringify('\\ud83d\\ude00\\ud83d')",
            "\"\u{1f600}\\ud83d\"",
        ),
        (
            "JSON.stringify({a: JSON.rawJSON('1.000')})",
            "{\"a\":1.000}",
        ),
        (
            "JSON.stringify({a: JSON.rawJSON('\"x\"')}, null, 1)",
            "{\n \"a\": \"x\"\n}",
        ),
        ("JSON.isRawJSON(JSON.rawJSON('1'))", "true"),
        ("JSON.stringify(new Proxy([1, 2], {}))", "[1,2]"),
        ("let o = {}; JSON.stringify([o, o])", "[{},{}]"),
        ("JSON.stringify(Object.create({a: 1}))", "{}"),
    ] {
        assert_value(source, expected);
    }
    assert_throws("JSON.stringify(1n)", "TypeError");
    assert_throws(
        "let o = {}; o.o = o; JSON.stringify(o)",
        "TypeError: cyclic object value",
    );
    assert_throws(
        "let a = []; a[0] = [a]; JSON.stringify(a)",
        "TypeError: cyclic object value",
    );
    assert_throws(
        "JSON.stringify({get a() { throw new Error('mine') }})",
        "Error: mine",
    );
    for text in ["", " 1", "1\n", "[]", "{}", "x", "1 2"] {
        assert_throws(&format!("JSON.rawJSON({text:?})"), "SyntaxError");
    }
}

#[test]
fn depth_is_an_error_that_can_be_caught() {
    const LIMIT: &str = "RangeError: JSON nests deeper than 128 levels";
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
        let nested = |depth: usize| {
            let inner = if open == "[" { "" } else { "1" };
            format!("'{}{inner}{}'", open.repeat(depth), close.repeat(depth))
        };
        assert_value(
            &format!("JSON.stringify(JSON.parse({0})) === {0}", nested(128)),
            "true",
        );
        assert_throws(&format!("JSON.parse({})", nested(129)), LIMIT);
        assert_throws(&format!("JSON.parse({})", nested(100_000)), LIMIT);
        assert_throws(&format!("JSON.parse('{}')", open.repeat(500_000)), LIMIT);
    }
    let deep =
        |depth| format!("let o = 1; for (let i = 0; i < {depth}; i++) o = i % 2 ? [o] : {{o}};");
    assert_value(&format!("{} JSON.stringify(o).length", deep(128)), "513");
    assert_throws(&format!("{} JSON.stringify(o)", deep(129)), LIMIT);
    assert_throws(&format!("{} JSON.stringify(o)", deep(5_000)), LIMIT);
    assert_throws(
        "JSON.stringify({toJSON() { return [{toJSON: this.toJSON}] }})",
        LIMIT,
    );
    assert_throws("JSON.stringify({}, (k, v) => ({a: v}))", LIMIT);
}

#[test]
fn work_is_counted_and_in_proportion() {
    let long = "let s = '[' + '1,'.repeat(50000) + '1]'; let o = JSON.parse(s);";
    assert_costs(&format!("{long};; JSON.parse(s)"), 50_000);
    assert_costs(&format!("{long};; JSON.stringify(o)"), 50_000);
    assert_costs("let s = 'x'.repeat(500000);; JSON.stringify(s)", 30_000);
    assert_costs(
        "let s = '\"' + 'x'.repeat(500000) + '\"';; JSON.parse(s)",
        30_000,
    );
    assert_ends(
        &format!("{long} JSON.stringify(Array(1000).fill(o))"),
        600_000,
        70_000,
    );
    assert_ends(
        "JSON.stringify({length: 2 ** 53, __proto__: Array.prototype}); \
                 JSON.stringify(new Proxy([], {get: (_, k) => k === 'length' ? 2 ** 53 : 1}))",
        100_000,
        70_000,
    );
    // Ten levels around a text cost little more than none.
    let fuel = |levels: usize| {
        let source = format!(
            "let o = 'x'.repeat(100000); for (let i = 0; i < {levels}; i++) o = [o]; JSON.stringify(o)"
        );
        run(&source, u64::MAX).fuel
    };
    assert!(fuel(100) < fuel(0) + 5_000, "{} {}", fuel(100), fuel(0));
}

#[test]
fn a_text_grows_no_further_than_a_string() {
    const LIMIT: &str = "RangeError: a string is longer than 1,048,576 code units";
    let long = "let s = 'x'.repeat(1048574);";
    assert_value(&format!("{long} JSON.stringify(s).length"), "1048576");
    assert_throws(&format!("{long} JSON.stringify(s + 'x')"), LIMIT);
    assert_throws(&format!("{long} JSON.stringify([s])"), LIMIT);
    assert_throws("JSON.stringify('\\u0001'.repeat(2 ** 20))", LIMIT);
    assert_throws("JSON.stringify(Array(2000).fill('x'.repeat(1000)))", LIMIT);
    assert_throws(
        "JSON.stringify(Array(100).fill(Array(1000).fill(1)), null, 10).repeat(2)",
        LIMIT,
    );
}
