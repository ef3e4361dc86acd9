//! Sources that a careless minifier breaks, and what becomes of exports and of the enclave's lists.

use super::{MINIFIED, WRITTEN, all, both, check, methods};
use conclave_cli::minify::{Keep, MinifyError, minify};
use conclave_tests::{Native, World};
use serde_json::json;

#[test]
fn effects_at_the_top_level_stay_in_their_order() {
    check(
        "import { near, storage } from 'conclave'
        near.log('first')
        const unused = near.log('second')
        const seen = []
        const object = { get read() { seen.push('read'); return 1 }, set write(v) { seen.push('write' + v) } }
        object.read
        object.write = 2
        void object.read
        let later = (seen.push('later'), 3)
        delete object.read
        if (seen.length > 100) near.log('never')
        for (const name of ['a', 'b']) near.log(name)
        export function run() { return [seen.join(), typeof later, 'read' in object].join() }
        export function stored() { return String(storage.get('nothing')) }",
    );
}

#[test]
fn getters_conversions_and_proxies_with_effects_run() {
    check(
        "const seen = []
        const loud = { valueOf() { seen.push('value'); return 1 }, toString() { seen.push('text'); return 't' } }
        export function getters() { ({ get x() { seen.push('x') } }).x; [1, 2].length; return seen.join() }
        export function conversions() { loud + 1; `${loud}`; -loud; seen.push(loud == 1, loud < 2); return seen.join() }
        export function proxies() { const p = new Proxy({}, { get(t, k) { seen.push(k); return 1 }, has(t, k) { seen.push('has' + k) } });
          p.a; 'b' in p; const { c } = p; return seen.join() }
        export function spread() { [...{ *[Symbol.iterator]() { seen.push('spread') } }]; return seen.join() }
        export function throwing() { try { null.x; return 'no' } catch (e) { return e.name } }
        export function dead() { try { missing; return 'no' } catch (e) { return e.name } }
        export function fixed() { const c = 1; try { c = 2; return 'no' } catch (e) { return e.name } }",
    );
}

/// What docs/cli.md says of the minifier: these are the only ways known in which a program can tell.
#[test]
fn what_the_minifier_takes_for_granted_is_all_that_differs() {
    for (body, written, small) in [
        ("let n = 0; ({ valueOf() { n++ } }) < 1; return n", 1, 0),
        (
            "try { late; let late = 1; return 1 } catch { return 2 }",
            2,
            1,
        ),
        ("return String(x  =>  x).length", 8, 4),
    ] {
        let (mut world, minified) = both(&format!("export function run() {{ {body} }}"));
        let mut call = |id| world.call("bob.near", id, "run", json!({})).value();
        let found = (call(WRITTEN), call(MINIFIED));
        assert_eq!(found, (json!(written), json!(small)), "{minified}");
    }
}

#[test]
fn names_that_a_program_can_read_stay() {
    check(
        "function helperFunction() { return helperFunction.name }
        const arrowFunction = () => arrowFunction.name
        const anonymous = [() => 1, function () {}]
        class BaseClass { static make() { return new this() } describe() { return this.constructor.name } }
        class DerivedClass extends BaseClass {}
        class CustomError extends Error { constructor(m) { super(m); this.name = new.target.name } }
        let assigned; assigned = function () {}
        const { picked = () => 1 } = {}
        const object = { method() {}, ['com' + 'puted']: () => 1, arrow: () => 2, get accessor() { return 1 } }
        const inner = function innerName() { return typeof innerName }
        export function run() { return [helperFunction(), arrowFunction(), anonymous.map(f => f.name).join('|'),
          BaseClass.make().describe(), DerivedClass.make().describe(), assigned.name, picked.name, object.method.name,
          object.computed.name, object.arrow.name, inner.name, inner(), run.name, BaseClass.name,
          Object.getOwnPropertyDescriptor(object, 'accessor').get.name].join() }
        export function error() { throw new CustomError('told') }
        export function lengths() { const f = (a, b, c = 1) => a; return f.length + (function (x, y) {}).length }
        export function text() { return helperFunction.toString().includes('helperFunction') }
        export function stack() { function outermost() { return inmost() } function inmost() { return new Error('x').stack }
          return ['outermost', 'inmost', 'stack'].map(name => outermost().includes(name)).join() }",
    );
}

#[test]
fn classes_keep_their_fields_and_their_order() {
    check(
        "const seen = []
        const key = name => { seen.push(name); return name }
        class Fields { a = key('a'); static b = key('b'); [key('c')] = 1; #d = key('d'); static #e = key('e');
          static { seen.push('block' + Fields.#e) } get d() { return this.#d } has(o) { return #d in o }
          static async *[key('f')]() {} unused = 1 }
        class Dropped { static effect = seen.push('dropped') }
        export function run() { const f = new Fields(); return [seen.join(), f.d, f.has(f), f.has({}), Object.keys(f).join('|')].join() }
        export class Exported { static x = 1 }
        export function accessors() { class A { static get x() { return 'x' } set y(v) {} } return A.x + Object.getOwnPropertyNames(A.prototype) }
        export function private_error() { class A { #x; static read(o) { return o.#x } } try { return A.read({}) } catch (e) { return e.name } }",
    );
}

#[test]
fn what_is_exported_later_renamed_or_changed_stays() {
    check(
        "export let changed = () => 'before'
        export function change() { changed = () => 'after'; return changed() }
        export const shown = () => changed()
        function local() { return 'local' }
        const other = () => 'other'
        export { local as renamed, local, other as default_ }
        export const { first, second: [third] } = { first: () => 1, second: [() => 3] }
        export var hoisted = function () { return typeof hoisted }
        export async function waiting() { return await 1 }
        const _hidden = 1
        export { _hidden }
        export const $dollar = () => _hidden
        export const a = () => 'a', b = () => 'b'
        export const \u{e9}t\u{e9} = () => '\u{1f600}\\u{2028}' + String.raw`\\n`.length",
    );
}

#[test]
fn labels_templates_directives_and_odd_syntax_do_the_same() {
    check(
        "'use strict'
        const tag = (strings, ...values) => [strings.raw.join('|'), strings.join('|'), values.join(), Object.isFrozen(strings)].join()
        const same = () => (s => s)`once`
        export function tagged() { return tag`a${1}\\n${2}c` + (same() === same()) }
        export function labels() { let n = 0; outer: for (let i = 0; i < 5; i++) { inner: for (;;) { n++; if (n % 2) continue outer; break inner } if (n > 3) break outer } block: { if (n) break block; n = 99 } return n }
        export function strict() { 'use strict'; return this === undefined }
        export function args() { return (function () { return arguments.length })(1, 2, 3) }
        export function regexp() { const m = 'x/y'.match(/[/]y/u); if (m) { /z/.test('z') && m.push(/[/]b/.source) } return m.join() }
        export function statements() { let n = 0; if (!n) { /a/.test('a') && n++ } for (const x of ['b', 'c']) { /b/.exec(x) || n++ } { n++ } ;/c/.test('c') && n++; while (n < 9) { /d/.test('d'); n += 5 } do { /e/.test('e') } while (n < 0); return n }
        export function quotients() { const f = ({ valueOf() { return 8 } }) / 2 / 2; const g = (3 * ({ valueOf() { return 8 } })) / 4; const h = (class { static valueOf() { return 6 } }) / 3; return [f, g, h, (() => { return 4 })() / 2, `${8}` / 4].join() }
        export function divides() { let a = 8, g = 2; return [a / 2 / g, a++ / 2, ({}).x ?? a].join() }
        export function closures() { const f = []; for (let i = 0; i < 3; i++) f.push(() => i); for (var j = 0; j < 3; j++) f.push(() => j); return f.map(g => g()).join() }
        export function switched() { const s = v => { switch (v) { case 1: { let x = 'one'; return x } case 2: case 3: return 'few'; default: return 'many' } }; return [1, 2, 3, 4].map(s).join() }
        export function finallies() { const f = () => { try { return 'try' } finally { s += 'f' } }; let s = ''; return f() + s }
        export function generators() { function* g() { const x = yield 1; yield* [x, 3] } const i = g(); return [i.next().value, i.next(2).value, i.next().value, i.next().done].join() }
        export function numbers() { return [1e21, 0xff, 1_000, .5, -0 === 0, 1 / -0, 0.1 + 0.2, 2 ** 53, 10n ** 20n, 5 % -3, ~~5.7, NaN !== NaN, 1 / 3].join() }
        export function comma() { let x = (1, 2); return x = x + 1, x * 2 }
        export function chains() { const o = { a: { b: null } }; o.a.b ??= 5; o.c ||= 6; o.a &&= o.a.b; return [o.a, o.c, o?.d?.e.f, o.d?.()].join() }
        export function shadow() { let undefined_ = 1, NaN_ = 2; { let undefined_ = 3; NaN_ += undefined_ } return NaN_ + undefined_ }
        export function dates() { return [typeof Date.now(), 'b'.localeCompare('a'), [3, 1, 2].sort().join()].join() }
        export function sparse() { return [[, 1, , 2].length, 0 in [, 1], [...[, 1]].length, JSON.stringify({ a: undefined, b: [undefined] })].join() }",
    );
}

#[test]
fn many_names_never_become_the_wrappers() {
    let names = (0..6_000).map(|at| format!("const n{at}=[{at}];s.push(n{at},n{at});"));
    let source = format!(
        "const s=[];export function run() {{ return s.length }};{}",
        names.collect::<String>()
    );
    let minified = all(&source);
    let declares = |name: &str| minified.contains(&format!(" {name}="));
    assert!(declares("$t") && !declares("$_"), "{}", &minified[..200]);
}

#[test]
fn a_long_run_of_statements_is_not_too_deep() {
    let lines = (0..1_000).map(|at| format!("const n{at} = s.push({at})\ns.push(n{at})\n"));
    check(&format!(
        "const s = []\n{}export function run() {{ return s.length }}",
        lines.collect::<String>()
    ));
}

const LISTED: &str = "
    import { storage, contract } from 'conclave'
    const names = ['onFlash', 'pay']
    export const reentrant = ['onFlash', 'other']
    export { paid as sponsored }
    const paid = ['pay']
    export function onFlash() { return reentrant.length + paid.length + helper() }
    export function pay() { storage.set('paid', names.length); return 1 }
    export function other() { return onlyOther() }
    function helper() { return 40 }
    function onlyOther() { return 'only' + 'other' }
    export function _internal() { return 'internal' }
    function unused() { return 'unused' }";

#[test]
fn the_lists_of_the_enclave_stay() {
    check(LISTED);
    let many: Vec<_> = (0..60).map(|at| format!("m{at}")).collect();
    let functions = many
        .iter()
        .map(|name| format!("export function {name}() {{ return 1 }}\n"));
    let source = format!(
        "{}export const reentrant = ['{}']",
        functions.collect::<String>(),
        many.join("', '")
    );
    let (world, minified) = both(&source);
    assert!(minified.contains("'m0','m1','m2'"), "{minified}");
    assert_eq!(methods(&world, MINIFIED).as_array().unwrap().len(), 60);
}

#[test]
fn short_names_of_lists_are_taken() {
    check(
        "const e = ['f']; export { e as reentrant }; let counter = 0
        export function f() { return ++counter }; const t = ['f']; export { t as sponsored }",
    );
}

#[test]
fn a_list_that_the_enclave_refuses_is_not_made_right() {
    let minified = all(
        "export const reentrant = ['_back']; export function _back() {}
        export function run() {}",
    );
    let mut world = Native::new();
    let failure = world.upload("list@alice.near", &minified, None).failure();
    assert!(failure.message.contains("_back"), "{failure:?}");
}

#[test]
fn what_nobody_uses_goes() {
    let minified = all(LISTED);
    for gone in ["unused", "internal", "/*", "\n"] {
        assert!(!minified.contains(gone), "{gone}: {minified}");
    }
    let source =
        "export function run() { if (false) { return 'never' } const local = 1; return local }
        class Never {} // told
        const constant = 'constant', f = () => constant";
    assert_eq!(all(source), "export function run(){return 1}");
}

#[test]
fn only_what_is_kept_is_a_method() {
    let keep = |names: &[&str]| Keep::Only(names.iter().map(|name| (*name).to_owned()).collect());
    let kept = minify(LISTED, &keep(&["onFlash", "pay"])).unwrap();
    assert!(!kept.contains("other"), "{kept}");
    let mut world = Native::new();
    world.upload("kept@alice.near", &kept, None).value();
    assert_eq!(
        methods(&world, "kept@alice.near"),
        json!(["onFlash", "pay"])
    );
    assert_eq!(minify(&kept, &Keep::All).unwrap(), kept);
    // The list is shorter by the name that went.
    let called = world.call("bob.near", "kept@alice.near", "onFlash", json!({}));
    assert_eq!(called.value(), 42);

    let source = "export const a = () => b(), b = () => 'b'; export { a as c }; export let d = 1";
    let kept = minify(source, &keep(&["c"])).unwrap();
    world.upload("c@alice.near", &kept, None).value();
    assert_eq!(methods(&world, "c@alice.near"), json!(["c"]));
    assert_eq!(
        world
            .call("bob.near", "c@alice.near", "c", json!({}))
            .value(),
        "b"
    );

    for stranger in ["nothing", "_internal", "reentrant", "helper"] {
        let refused = minify(LISTED, &keep(&["pay", stranger]));
        let methods = ["onFlash", "other", "pay"].map(str::to_owned).to_vec();
        let name = stranger.to_owned();
        assert_eq!(refused, Err(MinifyError::NotExported { name, methods }));
    }
}

#[test]
fn what_is_no_module_is_refused_with_its_place() {
    for (source, place) in [
        ("export function (", "at line 1, col 17"),
        ("let a = 1\nlet \u{e9} = 1; let a = 2", "at line 1, col 5"),
        ("export { missing }", "at line 1, col 10"),
        ("\n  break", "at line 2, col 3"),
        ("export function f() {}\nexport { f }", "at line 1, col 17"),
        ("const x: number = 1", "at line 1, col 7"),
    ] {
        let error = minify(source, &Keep::All).unwrap_err().to_string();
        assert!(error.ends_with(place), "{source}: {error}");
    }
    let deep = format!(
        "export const f = {}1{}",
        "(".repeat(60_000),
        ")".repeat(60_000)
    );
    assert_eq!(minify(&deep, &Keep::All).unwrap(), "export const f=1;");
    // As deep as can be.
    let deepest = minify(&"(".repeat(1 << 20), &Keep::All).unwrap_err();
    assert!(deepest.to_string().contains("line 1"), "{deepest}");
    let bytes = (1 << 20) + 1;
    let long = minify(&"(".repeat(bytes), &Keep::All);
    assert_eq!(long, Err(MinifyError::TooLong { bytes }));
}

#[test]
fn what_only_the_dead_use_is_gone_at_once() {
    for (source, expect) in [
        (
            "function a() { b() } function b() { a() } export function r() { return 1 }",
            "export function r(){return 1}",
        ),
        (
            "const a = () => b, b = () => 1; let x = [a]; export const r = () => 1",
            "export const r=()=>1;",
        ),
        (
            "class A { #x = 1 } class B extends A {} export function r() { if (false) return B; return 1 }",
            "export function r(){return 1}",
        ),
        (
            "const F = false; function dead() { return F } export { dead as _d }; export function r() { return 1 }",
            "export function r(){return 1}",
        ),
    ] {
        assert_eq!(all(source), expect);
    }
}
