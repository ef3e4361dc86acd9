//! The table against a realm as the engine makes it, and what hardening does to one.

use super::{Permits, Reached, everything, harden, mark, roots, walk};
use crate::permits::{HIDDEN, PERMITS};
use boa_engine::object::IntegrityLevel;
use boa_engine::{Context, JsObject, Source};
use std::cell::RefCell;
use std::collections::BTreeSet;

/// Globals that the engine brings and a subcontract can't have: code from strings; what shows the
/// collector's work; what is shared with other threads; a name that is in no standard.
const REFUSED: [&str; 6] = [
    "eval",
    "WeakRef",
    "FinalizationRegistry",
    "SharedArrayBuffer",
    "Atomics",
    "TypedArray",
];

/// A realm with our own global objects, not hardened.
fn realm() -> Context {
    let mut context = Context::default();
    let stdlib = format!("({})({{}})", conclave_js_stdlib::CONCLAVE);
    context.eval(Source::from_bytes(&stdlib)).unwrap();
    context
}

fn reached(context: &mut Context) -> Vec<Reached> {
    let roots = roots(HIDDEN, context).unwrap();
    walk(roots, &everything, context).unwrap()
}

fn eval(context: &mut Context, text: &str) -> String {
    let value = context.eval(Source::from_bytes(text)).unwrap();
    value.to_string(context).unwrap().to_std_string_lossy()
}

#[test]
fn what_the_engine_brings_is_what_the_table_permits_and_what_is_refused() {
    let mut context = realm();
    for name in REFUSED {
        let gone = eval(&mut context, &format!("{name}; delete globalThis.{name}"));
        assert_eq!(gone, "true", "{name}");
    }
    let permits = Permits(PERMITS);
    let unknown = RefCell::new(Vec::new());
    let missing: RefCell<BTreeSet<_>> = RefCell::new(permits.pairs().collect());
    let follows = |path: &str, object: &JsObject, entry: &str| {
        missing.borrow_mut().retain(|pair| *pair != (path, entry));
        if !permits.knows(path, object, entry) {
            unknown.borrow_mut().push(format!("{path}: {entry}"));
        }
        true
    };
    let roots = roots(HIDDEN, &mut context).unwrap();
    let reached = walk(roots, &follows, &mut context).unwrap();
    let (unknown, missing) = (unknown.into_inner(), missing.into_inner());
    assert_eq!(unknown, Vec::<String>::new(), "not in the table");
    assert!(missing.is_empty(), "not in the engine: {missing:?}");
    assert!(reached.len() > 500, "{}", reached.len());
}

#[test]
fn what_the_table_does_not_know_is_deleted_wherever_it_is() {
    let mut context = realm();
    let newcomers = "
        globalThis.newcomer = { of: {} }
        Array.prototype.newcomer = () => 1
        Array.prototype.at = 1
        Object.defineProperty(Math, 'PI', { get: () => 3, configurable: true })
        JSON.parse.newcomer = 1
        Object.getPrototypeOf([].values())[Symbol('newcomer')] = 1";
    // `PI` can't be changed into another kind: it is not configurable.
    assert!(context.eval(Source::from_bytes(newcomers)).is_err());
    let newcomers = newcomers.replace("Math, 'PI'", "Math, 'abs'");
    context.eval(Source::from_bytes(&newcomers)).unwrap();
    harden(&[], &mut context).unwrap();
    let left = "[typeof newcomer, [].newcomer, [].at, Math.abs, JSON.parse.newcomer,
        Object.getOwnPropertySymbols(Object.getPrototypeOf([].values())).length,
        typeof eval, typeof WeakRef].join()";
    assert_eq!(
        eval(&mut context, left),
        "undefined,,,,,1,undefined,undefined"
    );
}

#[test]
fn what_can_not_be_deleted_fails_the_build() {
    let mut context = realm();
    let fixed = "Object.defineProperty(Array, 'newcomer', { value: 1 })";
    context.eval(Source::from_bytes(fixed)).unwrap();
    assert!(harden(&[], &mut context).is_err());
}

#[test]
fn everything_reachable_is_frozen_and_the_hosts_objects_too() {
    let mut context = realm();
    let part = context.eval(Source::from_bytes("({ f() {}, get g() { return 1 } })"));
    let part = part.unwrap().as_object().unwrap();
    assert!(
        reached(&mut context)
            .iter()
            .any(|of| !is_frozen(of, &mut context))
    );
    harden(std::slice::from_ref(&part), &mut context).unwrap();
    let mut all = reached(&mut context);
    all.extend(walk(vec![("part".to_owned(), part)], &everything, &mut context).unwrap());
    for of in &all {
        assert!(is_frozen(of, &mut context), "{}", of.path);
    }
}

fn is_frozen(of: &Reached, context: &mut Context) -> bool {
    let frozen = IntegrityLevel::Frozen;
    of.object.test_integrity_level(frozen, context).unwrap()
}

#[test]
fn kinds_are_told_apart() {
    let mut context = realm();
    let kinds = "({ f() {}, o: {}, v: 1, n: null, get a() { return 1 }, set s(v) {} })";
    let object = context.eval(Source::from_bytes(kinds)).unwrap();
    let object = object.as_object().unwrap();
    let keys = object.own_property_keys(&mut context).unwrap();
    let marks = keys
        .iter()
        .map(|key| mark(&object.borrow().properties().get(key).unwrap()));
    assert_eq!(marks.collect::<Vec<_>>(), ["", "*", "=", "=", "@", "@"]);
}
