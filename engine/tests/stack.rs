//! The virtual machine's stack after calls that failed inside native code: `engine/insertions/20-stack.toml`.
//!
//! Symptom: in `f(1, 2, caught(), 3)` the function was called with other arguments, or another
//! function was called. Mechanism: what a failed callee had pushed stayed on the stack below the
//! arguments that were pushed after it. Fix: native calls restore the stack's height.

use boa_engine::native_function::NativeFunction;
use boa_engine::{Context, JsArgs, JsValue, Source, js_string};

/// Calls its argument and gives `'caught'` when that fails.
fn caught(
    _: &JsValue,
    arguments: &[JsValue],
    context: &mut Context,
) -> boa_engine::JsResult<JsValue> {
    let function = arguments
        .get_or_undefined(0)
        .as_callable()
        .expect("a function");
    let called = function.call(&JsValue::undefined(), &[1.into(), 2.into()], context);
    Ok(called.unwrap_or_else(|_| js_string!("caught").into()))
}

/// The same with `new`.
fn caught_new(
    _: &JsValue,
    arguments: &[JsValue],
    context: &mut Context,
) -> boa_engine::JsResult<JsValue> {
    let function = arguments.get_or_undefined(0).as_object().expect("a class");
    let made = function.construct(&[1.into(), 2.into()], None, context);
    Ok(made.map_or_else(|_| js_string!("caught").into(), JsValue::from))
}

fn check(source: &str) {
    let mut context = Context::default();
    for (name, function) in [("caught", caught as _), ("caughtNew", caught_new as _)] {
        let function = NativeFunction::from_fn_ptr(function);
        context
            .register_global_callable(js_string!(name), 1, function)
            .expect("a global");
    }
    let prelude = "const show = (...all) => all.map(String).join(' ')
        class Fails { constructor() { throw new Error('no') } }
        const fails = (a, b) => { const deep = (c, d) => { throw new Error('no') }; return deep(a, b) }
        const chooses = () => { throw () => 'another function' }
        class NotCallable {}";
    let text = format!("{prelude}\n{source}");
    let result = context.eval(Source::from_bytes(&text));
    let result = result.unwrap_or_else(|error| panic!("{source}: {error}"));
    let result = result
        .to_string(&mut context)
        .expect("a string")
        .to_std_string_lossy();
    assert_eq!(result, "1 2 caught 3", "{source}");
}

#[test]
fn arguments_stay_what_they_are_when_a_native_function_catches_a_failure() {
    for failing in [
        "caught(fails)",
        "caught(chooses)",
        "caughtNew(Fails)",
        "caught(NotCallable)",
        "caught(Object.defineProperty)",
        "caught(function* () {}().next)",
        "caught(() => caughtNew(Fails) && fails(1, caught(fails)))",
        "caught(new Proxy(fails, {}))",
        "caught(fails.bind(null, 1, 2, 3))",
        "caught(() => JSON.parse('{'))",
        "caught(() => [1, 2, 3].map(fails))",
        "caught(() => [3, 2, 1].sort(fails))",
        "caught(() => 'abc'.replace(/b/, fails))",
        "caught(() => new Map([[1, 2]]).forEach(fails))",
        "caught(() => ({ get x() { return fails() } }).x)",
        "caught(() => [...(function* () { yield fails() })()])",
        "caught(() => Reflect.construct(Fails, [1, 2]))",
        "caught(() => `${{ toString: fails }}`)",
        "caught(() => new (class extends Fails {})(4, 5, 6))",
    ] {
        check(&format!("show(1, 2, {failing}, 3)"));
        check(&format!("[0].map(() => show(1, 2, {failing}, 3))[0]"));
        check(&format!(
            "new (class {{ constructor(...all) {{ this.all = all }} }})(1, 2, {failing}, 3).all.join(' ')"
        ));
        check(&format!(
            "(() => {{ const o = {{ show }}; return o.show(...[1], 2, {failing}, 3) }})()"
        ));
    }
}

#[test]
fn what_the_engine_itself_catches_leaves_the_arguments_alone() {
    for failing in [
        "(new Promise(fails), 'caught')",
        "(new Promise((_, reject) => { reject(1); fails() }), 'caught')",
        "(Promise.resolve({ get then() { return fails() } }), 'caught')",
        "((async () => fails())(), 'caught')",
        "(() => { try { const [a] = { [Symbol.iterator]: () => ({ next: fails, return: fails }) } } catch { return 'caught' } })()",
        "(() => { try { for (const a of [1]) { for (const b of [1]) fails(a, b) } } catch { return 'caught' } })()",
    ] {
        check(&format!("show(1, 2, {failing}, 3)"));
    }
}
