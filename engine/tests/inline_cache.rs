//! Inline caches after changes of prototypes and attributes: `engine/insertions/30-inline-cache.toml`.
//!
//! Symptom: a method that was deleted from a prototype was called, a value of another property was
//! read, an index was out of bounds, a frozen object was written to. Mechanism: a cache entry looked
//! only at the receiver's shape, and a unique shape kept its identity when attributes changed. Fix:
//! entries remember the prototype's shape too, and hold only what the shapes say.

use boa_engine::{Context, Source};

fn check(name: &str, source: &str, expected: &str) {
    let mut context = Context::default();
    context.strict(true);
    let result = match context.eval(Source::from_bytes(source)) {
        Ok(value) => value
            .to_string(&mut context)
            .expect("a string")
            .to_std_string_lossy(),
        Err(error) => error.to_string(),
    };
    assert!(result.starts_with(expected), "{name}: {result}");
}

#[test]
fn a_cached_lookup_sees_what_became_of_the_prototype() {
    for (name, source, expected) in [
        (
            "a deleted method",
            "class A { m() { return 1 } }
            const a = new A, g = () => a.m(); g(); g(); delete A.prototype.m; g()",
            "TypeError",
        ),
        (
            "a deleted method before another",
            "class A { m() { return 1 } n() { return 2 } }
            const a = new A, g = () => a.n(); g(); g(); delete A.prototype.m; g()",
            "2",
        ),
        (
            "a method of its own on an object of a shape of its own",
            "class A { m() { return 1 } }
            const a = new A; for (let i = 0; i < 1100; i++) a['p' + i] = i
            const g = () => a.m(); g(); g(); a.m = () => 2; g()",
            "2",
        ),
        (
            "a replaced method",
            "class A { m() { return 1 } }
            const a = new A, g = () => a.m(); g(); g(); A.prototype.m = () => 3; g()",
            "3",
        ),
        (
            "a method that became a getter",
            "class A { m() { return 1 } }
            const a = new A, g = () => a.m; g(); g()
            Object.defineProperty(A.prototype, 'm', { get: () => 'got', configurable: true }); g()",
            "got",
        ),
        (
            "a getter that became data",
            "class A { get m() { return 1 } }
            const a = new A, g = () => a.m; g(); g()
            Object.defineProperty(A.prototype, 'm', { value: 'data' }); g()",
            "data",
        ),
        (
            "all properties deleted",
            "const p = { a: 1, b: 2, c: 3 }, o = Object.create(p), g = () => o.c
            g(); g(); delete p.a; delete p.b; delete p.c; String(g())",
            "undefined",
        ),
        (
            "another prototype",
            "const o = Object.create({ a: 1 }), g = () => o.a
            g(); g(); Object.setPrototypeOf(o, { b: 0, a: 2 }); g()",
            "2",
        ),
        (
            "a prototype's prototype",
            "const p = { a: 1 }, q = Object.create(p), o = Object.create(q), g = () => o.a
            g(); g(); q.a = 5; g()",
            "5",
        ),
        (
            "an own property hides the prototype's",
            "const o = Object.create({ a: 1 }), g = () => o.a
            g(); g(); o.a = 7; g()",
            "7",
        ),
        (
            "a shared prototype shape",
            "const f = v => { const p = { a: v }; return Object.create(p) }
            const g = o => o.a; const one = f(1), two = f(2); g(one); g(one); g(two) + g(one)",
            "3",
        ),
    ] {
        check(name, source, expected);
    }
}

#[test]
fn a_cached_write_does_not_reach_what_is_read_only_since() {
    for (name, source, expected) in [
        ("a frozen object", "const o = { a: 1 }; const s = v => { o.a = v }
            s(1); s(2); Object.freeze(o); try { s(3) } catch { } o.a", "2"),
        ("a frozen function", "const o = () => 0; o.a = 1; const s = v => { o.a = v }
            s(1); s(2); Object.freeze(o); try { s(3) } catch { } o.a", "2"),
        ("a frozen class", "class o { static a = 1 } const s = v => { o.a = v }
            s(1); s(2); Object.freeze(o); try { s(3) } catch { } o.a", "2"),
        ("a frozen prototype object", "function F() { } const o = F.prototype; o.a = 1; const s = v => { o.a = v }
            s(1); s(2); Object.freeze(o); try { s(3) } catch { } o.a", "2"),
        ("a read-only property", "const o = Object.assign(() => 0, { a: 1 }); const s = v => { o.a = v }
            s(1); s(2); Object.defineProperty(o, 'a', { writable: false }); try { s(3) } catch { } o.a", "2"),
        ("a setter that is gone", "let seen = 0; class A { set a(v) { seen = v } } const o = new A, s = v => { o.a = v }
            s(1); s(2); Object.defineProperty(A.prototype, 'a', { set: undefined }); try { s(3) } catch { } seen", "2"),
    ] {
        check(name, source, expected);
    }
}

#[test]
fn a_cached_write_does_not_reach_an_object_of_a_shape_of_its_own_that_was_frozen() {
    for make in [
        "new Map",
        "new Set",
        "new Date",
        "/a/",
        "Promise.resolve()",
        "new Error('x')",
        "Object.create(null)",
        "(() => 0).bind()",
        "(function* () {})()",
        "new ArrayBuffer(8)",
        "new Uint8Array(8)",
        "Object(1)",
        "(() => { const o = {}; for (let i = 0; i < 1100; i++) o['k' + i] = i; return o })()",
    ] {
        let source = format!("const o = {make}; o.a = 1; const s = v => {{ o.a = v }}
            s(1); s(2); Object.defineProperty(o, 'a', {{ writable: false }}); try {{ s(3) }} catch {{ }} o.a");
        check(make, &source, "2");
    }
}

#[test]
fn what_runs_during_a_lookup_does_not_put_a_wrong_slot_into_the_cache() {
    for (name, source, expected) in [
        (
            "a getter that deletes before itself",
            "const o = { a: 1, get b() { delete this.a; return 2 }, c: 3 }
            const g = () => o.b; g(); g(); g(); o.c",
            "3",
        ),
        (
            "a getter that replaces itself",
            "const o = { a: 1, get b() { delete this.b; this.b = 4; return 2 } }
            const g = () => o.b; [g(), g(), g()].join()",
            "2,4,4",
        ),
        (
            "a setter that deletes",
            "const o = { a: 1, set b(v) { delete this.a; delete this.b }, c: 3 }
            const s = () => { o.b = 9 }; s(); s(); s(); [o.b, o.c].join()",
            "9,3",
        ),
        (
            "a proxy",
            "const o = new Proxy({ x: 0, y: 0, a: 1 }, {}), g = () => o.a; g(); g(); g()",
            "1",
        ),
        (
            "a proxy as prototype",
            "const o = Object.create(new Proxy({ x: 0, a: 1 }, {})), g = () => o.a; g(); g(); g()",
            "1",
        ),
        (
            "writing through a proxy",
            "const t = { x: 0, a: 1 }, o = new Proxy(t, {}), s = v => { o.a = v }; s(1); s(2); s(3); t.a",
            "3",
        ),
        (
            "a prototype whose getter changes it",
            "const p = { x: 1, get a() { delete p.x; return 1 }, z: 5 }
            const o = Object.create(p), g = () => o.a; g(); g(); g(); o.z",
            "5",
        ),
    ] {
        check(name, source, expected);
    }
}

#[test]
fn an_assignment_does_what_defining_means_however_often_it_ran() {
    for (name, source, expected) in [
        (
            "an array that is cut",
            "const f = (a, n) => { a.length = n }; f([1], 0); f([1], 0)
            const b = [1, 2, 3]; f(b, 1); [b.length, b[0], 1 in b].join()",
            "1,1,false",
        ),
        (
            "a length that is none",
            "const f = (a, n) => { a.length = n }; f([1], 0); f([1], 0)
            try { f([1], -1) } catch (e) { String(e) }",
            "RangeError",
        ),
        (
            "a length that is a text",
            "const f = (a, n) => { a.length = n }; f([1], 0); f([1], 0)
            const b = [1, 2, 3]; f(b, '2'); typeof b.length + b.join()",
            "number1,2",
        ),
        (
            "a property above the method's object",
            "class A {} A.prototype.x = 0
            class B extends A { m(v) { super.x = v } }
            for (let i = 0; i < 3; i++) B.prototype.m.call(A.prototype, 1)
            const b = new B; b.m(2); b.m(3); [b.x, Object.hasOwn(b, 'x'), A.prototype.x].join()",
            "3,true,1",
        ),
    ] {
        check(name, source, expected);
    }
}
