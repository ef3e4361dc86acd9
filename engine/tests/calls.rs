//! Calls as authors write them: what reaches the host, and what errors look like.

mod recorder;

use conclave_abi::error::{Failure, Said};
use conclave_abi::value::Value;
use conclave_engine::port::{AfterRequest, CallRequest, CallWay, Gas, On, Settlement};
use recorder::{Asked, Recorder, program, returned, run};

fn request(gas: Option<u64>, deposit_yocto: u128, way: CallWay) -> CallRequest {
    CallRequest {
        id: "b@alice.near".to_owned(),
        method: "m".to_owned(),
        args: Value::Number(1.0),
        gas: gas.map(Gas),
        deposit_yocto,
        way,
    }
}

/// What a body asks for, and nothing else.
fn check_asked(body: &str, expect: &[Asked]) {
    let (result, asked) = run(Recorder::default(), body);
    assert!(result.is_ok(), "{body}: {result:?}");
    assert_eq!(asked, expect, "{body}");
}

/// Name and code of the native error that a body throws, before the host is asked for anything.
fn check_refused(body: &str, name: &str, code: &str, says: &str) {
    let body = format!(
        "try {{ {body} }} catch (error) {{
           return `${{error.name}} ${{error.code}} ${{error instanceof CallError}} ${{error.message}}`
         }} return 'nothing thrown'"
    );
    let (result, asked) = run(Recorder::default(), &body);
    let Ok(Value::String(text)) = result else {
        panic!("{body}: {result:?}");
    };
    assert!(
        text.starts_with(&format!("{name} {code} false ")),
        "{body}: {text}"
    );
    assert!(text.contains(says), "{body}: {text}");
    assert_eq!(asked, [], "{body}");
}

#[test]
fn a_call_asks_for_what_its_options_say() {
    let call = |gas, deposit| Asked::Call(request(gas, deposit, CallWay::Call));
    let view = |gas| Asked::Call(request(gas, 0, CallWay::View));
    for (body, expect) in [
        ("call('b@alice.near', 'm', 1)", call(None, 0)),
        ("call('b@alice.near', 'm', 1, undefined)", call(None, 0)),
        ("call('b@alice.near', 'm', 1, {})", call(None, 0)),
        (
            "call('b@alice.near', 'm', 1, { gas: '5 Tgas' })",
            call(Some(5_000_000_000_000), 0),
        ),
        (
            "call('b@alice.near', 'm', 1, { gas: 5n, deposit: '3' })",
            call(Some(5), 3),
        ),
        (
            "call('b@alice.near', 'm', 1, { deposit: 2 })",
            call(None, 2),
        ),
        ("contract('b@alice.near').m(1)", call(None, 0)),
        (
            "contract('b@alice.near').m(1, { gas: 9, deposit: 1n })",
            call(Some(9), 1),
        ),
        ("view('b@alice.near', 'm', 1)", view(None)),
        (
            "view('b@alice.near', 'm', 1, { gas: '300 Ggas' })",
            view(Some(300_000_000_000)),
        ),
        (
            "contract('b@alice.near', { view: true }).m(1, { gas: 1 })",
            view(Some(1)),
        ),
        (
            "contract('b@alice.near', { view: false }).m(1)",
            call(None, 0),
        ),
    ] {
        check_asked(body, &[expect]);
    }
}

#[test]
fn then_is_nobodys_method() {
    check_asked(
        "if (contract('b@alice.near').then !== undefined) throw 1",
        &[],
    );
    check_asked(
        "if (contract('b@alice.near', { view: true }).then !== undefined) throw 1",
        &[],
    );
}

#[test]
fn after_asks_for_a_later_call_with_its_outcomes() {
    let after = |on, reply: Option<&str>, gas, deposit| {
        Asked::After(AfterRequest {
            call: request(gas, deposit, CallWay::Call),
            on,
            reply: reply.map(str::to_owned),
        })
    };
    for (options, expect) in [
        ("", after(On::Success, None, None, 0)),
        ("{}", after(On::Success, None, None, 0)),
        ("{ on: 'success' }", after(On::Success, None, None, 0)),
        (
            "{ on: 'error', reply: 'told' }",
            after(On::Error, Some("told"), None, 0),
        ),
        (
            "{ on: 'always', gas: 4, deposit: 5n }",
            after(On::Always, None, Some(4), 5),
        ),
    ] {
        check_asked(
            &format!("after('b@alice.near', 'm', 1, {options})"),
            &[expect],
        );
    }
}

#[test]
fn each_option_is_read_once_and_in_order() {
    let text = returned(
        Recorder::default(),
        "let read = ''
         const options = new Proxy({}, { get(_, name) { read += name + ' '; return undefined } })
         call('b@alice.near', 'm', 1, options); read += '| '
         view('b@alice.near', 'm', 1, options); read += '| '
         after('b@alice.near', 'm', 1, options)
         return read",
    );
    assert_eq!(text, "gas deposit | gas deposit | gas deposit on reply ");
}

#[test]
fn an_error_of_a_getter_of_an_option_goes_on_as_it_is() {
    let text = returned(
        Recorder::default(),
        "const mine = new Error('mine')
         try { call('b@alice.near', 'm', 1, { get gas() { throw mine } }) }
         catch (error) { return String(error === mine) }",
    );
    assert_eq!(text, "true");
}

#[test]
fn bad_arguments_are_type_errors_that_say_what_to_pass() {
    for (body, says) in [
        ("call(1, 'm')", "the subcontract's id must be a string"),
        ("call('b@alice.near')", "the method's name must be a string"),
        (
            "call('b@alice.near', 'm', () => 1)",
            "a function can't be copied",
        ),
        (
            "call('b@alice.near', 'm', 1, 5n)",
            "options must be an object",
        ),
        (
            "call('b@alice.near', 'm', 1, null)",
            "options must be an object",
        ),
        ("call('b@alice.near', 'm', 1, { gas: '5' })", "'5 Tgas'"),
        ("call('b@alice.near', 'm', 1, { gas: null })", "'5 Tgas'"),
        (
            "call('b@alice.near', 'm', 1, { deposit: -1n })",
            "pass a bigint",
        ),
        (
            "call('b@alice.near', 'm', 1, { deposit: 1e21 })",
            "pass a bigint",
        ),
        (
            "call('b@alice.near', 'm', 1, { deposit: '1e5' })",
            "pass a bigint",
        ),
        (
            "call('b@alice.near', 'm', 1, { deposit: NaN })",
            "pass a bigint",
        ),
        (
            "call('b@alice.near', 'm', 1, { deposit: 2n ** 128n })",
            "pass a bigint",
        ),
        (
            "call('b@alice.near', 'm', 1, { deposit: { valueOf: () => 1 } })",
            "pass a bigint",
        ),
        (
            "view('b@alice.near', 'm', 1, { deposit: 1n })",
            "a view takes no deposit",
        ),
        (
            "after('b@alice.near', 'm', 1, { on: 'failure' })",
            "'success', 'error' or 'always'",
        ),
        (
            "after('b@alice.near', 'm', 1, { on: null })",
            "`on` must be a string",
        ),
        (
            "after('b@alice.near', 'm', 1, { reply: null })",
            "`reply` must be a string",
        ),
        ("near.atomic()", "near.atomic takes a function"),
        ("near.atomic({})", "near.atomic takes a function"),
        ("near.keep(-1)", "pass a bigint"),
        ("near.keep(null)", "pass a bigint"),
        ("near.transfer('bob.near')", "pass a bigint"),
        (
            "near.transfer(undefined, 1n)",
            "the account must be a string",
        ),
    ] {
        check_refused(body, "TypeError", "E_BAD_VALUE", says);
    }
    check_refused("near.signer()", "Error", "E_VIEW", "who signed");
}

#[test]
fn money_and_path_are_asked_of_the_host() {
    check_asked("if (near.keep() !== 7n) throw 1", &[Asked::Keep(None)]);
    check_asked(
        "if (near.keep('3') !== 3n) throw 1",
        &[Asked::Keep(Some(3))],
    );
    check_asked(
        "near.transfer('bob.near', 2n ** 128n - 1n)",
        &[Asked::Transfer("bob.near".to_owned(), u128::MAX)],
    );
    check_asked("if (near.balance() !== 2n ** 128n - 1n) throw 1", &[]);
    check_asked(
        "if (near.path().join() !== 'a@alice.near,b@alice.near') throw 1",
        &[],
    );
}

fn failure(code: &str, name: &str) -> Failure {
    Failure::from(Said {
        code: code.to_owned(),
        name: name.to_owned(),
        message: "too much".to_owned(),
        path: vec!["a@alice.near".to_owned(), "b@alice.near".to_owned()],
        stack: "    at m (b@alice.near:3:4)\n".to_owned(),
    })
}

/// A host whose calls fail like this, the first one first.
fn failing(failures: &[Failure]) -> Recorder {
    let recorder = Recorder::default();
    let answers = failures.iter().rev().cloned().map(Err);
    recorder.answers.borrow_mut().extend(answers);
    recorder
}

#[test]
fn what_a_call_throws_is_a_call_error_with_what_is_known_of_the_failure() {
    for (code, name, shown) in [
        ("E_THROW", "RangeError", "RangeError"),
        ("E_THROW", "", "CallError"),
        ("E_REENTRY", "", "CallError"),
        ("E_GAS", "", "CallError"),
        ("E_LIMIT", "", "CallError"),
        ("E_TOO_LARGE", "", "CallError"),
    ] {
        let text = returned(
            failing(&[failure(code, name)]),
            "try { call('b@alice.near', 'm', 1) } catch (error) {
               const own = Object.getOwnPropertyNames(error).sort().join()
               const is = error instanceof CallError && error instanceof Error
                 && Array.isArray(error.path) && Object.keys(error).length === 0
               return [is, own, error.name, error.message, error.code, error.path.join('>'),
                 error.stack.trim(), String(error)].join(';')
             }",
        );
        let expect = format!(
            "true;code,message,name,path,stack;{shown};too much;{code};a@alice.near>b@alice.near;\
             at m (b@alice.near:3:4);{shown}: too much"
        );
        assert_eq!(text, expect);
    }
}

/// The failure went through a frame: it is the same, and the frame's own lines follow the callee's.
#[track_caller]
fn passed(result: Result<Value, Failure>, known: &Failure) {
    let mut failure = result.expect_err("a failure");
    let lines = failure.stack.strip_prefix(known.stack.as_str());
    assert!(
        lines.is_some_and(|own| own.contains("(a@alice.near:")),
        "{failure:?}"
    );
    failure.stack.clone_from(&known.stack);
    assert_eq!(failure, *known);
}

#[test]
fn a_call_error_thrown_on_keeps_its_failure_and_a_look_alike_does_not() {
    let known = failure("E_GAS", "");
    let (result, _) = run(
        failing(std::slice::from_ref(&known)),
        "call('b@alice.near', 'm', 1)",
    );
    passed(result, &known);
    let (result, _) = run(
        failing(&[known]),
        "try { call('b@alice.near', 'm', 1) } catch (error) {
           throw Object.assign(new CallError('too much'), { code: 'E_GAS', path: error.path })
         }",
    );
    let failure = result.expect_err("a failure");
    assert_eq!(failure.code, "E_THROW");
    assert_eq!(failure.name, "CallError");
    assert!(failure.path.is_empty());
}

#[test]
fn a_callee_at_the_engines_limit_dies_alone() {
    let callee = program("export const m = () => m()");
    let host = Recorder {
        callee: Some(callee),
        ..Recorder::default()
    };
    let text = returned(
        host,
        "try { call('b@alice.near', 'm', 1) } catch (error) {
           return `${error instanceof CallError} ${error.code}`
         }",
    );
    assert_eq!(text, "true E_LIMIT");
}

#[test]
fn the_stack_of_a_call_error_is_the_callees_alone() {
    let callee =
        program("export const m = () => deep()\nfunction deep() { throw new RangeError('x') }");
    let host = Recorder {
        callee: Some(callee),
        ..Recorder::default()
    };
    let text = returned(
        host,
        "try { call('b@alice.near', 'm', 1) } catch (error) { return error.stack }",
    );
    assert!(text.contains("deep (b@alice.near:2:"), "{text}");
    assert!(text.contains("m (b@alice.near:1:"), "{text}");
    assert!(!text.contains("a@alice.near"), "{text}");
}

const SAVEPOINT: Asked = Asked::Savepoint;
const KEEP: Asked = Asked::Settle(Settlement::Keep);
const UNDO: Asked = Asked::Settle(Settlement::Undo);

fn said(text: &str) -> Asked {
    Asked::Log(text.to_owned())
}

#[test]
fn atomic_keeps_what_a_function_did_that_returns() {
    check_asked(
        "if (near.atomic(() => { near.log('in'); return 5 }) !== 5) throw 1",
        &[SAVEPOINT, said("in"), KEEP],
    );
    check_asked(
        "near.atomic(function () { if (this !== undefined || arguments.length) throw 1 })",
        &[SAVEPOINT, KEEP],
    );
}

#[test]
fn atomic_undoes_what_a_function_did_that_throws_and_throws_the_same() {
    for thrown in [
        "new Error('mine')",
        "'text'",
        "undefined",
        "{ a: 1 }",
        "Symbol('s')",
    ] {
        check_asked(
            &format!(
                "const mine = {thrown}
                 let caught = 0
                 try {{ near.atomic(() => {{ throw mine }}) }} catch (error) {{ caught = error === mine }}
                 if (caught !== true) throw new Error('another')"
            ),
            &[SAVEPOINT, UNDO],
        );
    }
    check_asked(
        "try { near.atomic(() => null.x) } catch (error) { if (error.name !== 'TypeError') throw 1 }",
        &[SAVEPOINT, UNDO],
    );
}

#[test]
fn atomic_nests_and_settles_the_innermost_first() {
    check_asked(
        "near.atomic(() => {
           try { near.atomic(() => { near.log('inner'); throw 1 }) } catch {}
           near.log('outer')
         })",
        &[
            SAVEPOINT,
            SAVEPOINT,
            said("inner"),
            UNDO,
            said("outer"),
            KEEP,
        ],
    );
}

#[test]
fn atomic_refuses_a_promise_and_undoes() {
    for body in [
        "async () => 1",
        "() => Promise.resolve(1)",
        "() => new Promise(() => {})",
    ] {
        let body = format!(
            "try {{ near.atomic({body}) }} catch (error) {{
               if (error instanceof TypeError && error.code === 'E_BAD_VALUE'
                 && error.message.includes('synchronous function')) return
             }} throw 1"
        );
        check_asked(&body, &[SAVEPOINT, UNDO]);
    }
}

#[test]
fn a_limit_of_the_engine_passes_through_atomic_and_is_undone() {
    let (result, asked) = run(
        Recorder::default(),
        "const deep = () => deep(); try { near.atomic(deep) } catch (error) { return error.code }",
    );
    assert_eq!(result, Ok(Value::String("E_LIMIT".to_owned())));
    assert_eq!(asked, [SAVEPOINT, UNDO]);
}

#[test]
fn a_call_error_passes_through_atomic_with_its_failure() {
    let known = failure("E_GAS", "");
    let (result, asked) = run(
        failing(std::slice::from_ref(&known)),
        "near.atomic(() => call('b@alice.near', 'm', 1))",
    );
    passed(result, &known);
    let call = Asked::Call(request(None, 0, CallWay::Call));
    assert_eq!(asked, [SAVEPOINT, call, UNDO]);
}

#[test]
fn everything_that_the_module_exports_is_frozen() {
    let text = returned(
        Recorder::default(),
        "const loose = []
         const look = (object, path) => {
           if (!Object.isFrozen(object)) loose.push(path)
           for (const name of Object.getOwnPropertyNames(object)) {
             const value = object[name]
             if (name !== 'constructor' && Object(value) === value) look(value, path + '.' + name)
           }
         }
         look(Object.freeze({ near, storage, contract, call, view, after, CallError, console }), '')
         return loose.join(' ')",
    );
    assert_eq!(text, "");
}
