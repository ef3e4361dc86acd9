//! What `near.grant` and `near.of` ask the host for, and what they refuse before they ask.

mod recorder;

use conclave_abi::value::Value;
use conclave_engine::port::{KeyRange, Order};
use recorder::{Asked, Recorder, returned, run};

/// What a body asks for; it must not throw.
fn asked(body: &str) -> Vec<Asked> {
    let (result, asked) = run(Recorder::default(), body);
    result.unwrap_or_else(|failure| panic!("{body}: {failure:?}"));
    asked
}

fn text(text: &str) -> Value {
    Value::String(text.to_owned())
}

fn read(prefixes: &[&str]) -> (String, Value) {
    let prefixes = prefixes.iter().map(|prefix| text(prefix)).collect();
    ("read".to_owned(), Value::Array(prefixes))
}

fn until(until: Value) -> (String, Value) {
    ("until".to_owned(), until)
}

fn granted(fields: Vec<(String, Value)>) -> Asked {
    Asked::Grant("b@x.near".to_owned(), Value::Object(fields))
}

#[test]
fn a_grant_is_passed_on_as_it_was_written() {
    for (said, expect) in [
        ("{ read: ['pub/'] }", vec![read(&["pub/"])]),
        ("{ read: ['b', 'a', 'b'] }", vec![read(&["b", "a", "b"])]),
        ("{ read: [] }", vec![read(&[])]),
        ("{ until: 7 }", vec![until(Value::Number(7.0))]),
        (
            "{ read: [''], until: undefined }",
            vec![read(&[""]), until(Value::Undefined)],
        ),
        (
            "{ read: [''], until: new Date(8) }",
            vec![read(&[""]), until(Value::Date(8.0))],
        ),
        (
            "{ untill: 2 ** 53 - 1 }",
            vec![("untill".to_owned(), Value::Number(9_007_199_254_740_991.0))],
        ),
    ] {
        let body = format!("return near.grant('b@x.near', {said})");
        assert_eq!(asked(&body), [granted(expect)], "{said}");
    }
    let revoked = returned(
        Recorder::default(),
        "return String(near.revoke('b@x.near'))",
    );
    assert_eq!(revoked, "true");
}

/// Nobody's code may run between what is said and what is granted.
#[test]
fn a_grant_that_is_no_plain_data_is_refused_and_does_not_run() {
    for said in [
        "{ read: ['\\ud800'] }",
        "{ get read() { near.log('ran'); return ['a'] } }",
        "{ read: ['a'], get until() { near.log('ran') } }",
        "{ read: { length: 1, get 0() { near.log('ran'); return 'a' } } }",
        "new Proxy({ read: ['a'] }, { get() { near.log('ran') }, ownKeys() { near.log('ran'); return [] } })",
        "{ read: new Proxy(['a'], { get() { near.log('ran') } }) }",
        "{ read: ['a'], until: { valueOf() { near.log('ran'); return 7 } } }",
        "{ read: [{ toString() { near.log('ran'); return 'a' } }] }",
        "() => ['a']",
    ] {
        let body = format!(
            "try {{ near.grant('b@x.near', {said}) }} catch (error) {{ return error.name + ' ' + error.code }}; return 'granted'"
        );
        let (result, asked) = run(Recorder::default(), &body);
        assert_eq!(result, Ok(text("TypeError E_BAD_VALUE")), "{said}");
        assert_eq!(asked, [], "{said}");
    }
}

#[test]
fn an_id_that_is_no_string_is_refused_before_anything_is_asked() {
    for call in [
        "near.of()",
        "near.of(undefined)",
        "near.of(null)",
        "near.of(1)",
        "near.of({ toString: () => 'b@x.near' })",
        "near.of('\\ud800@x.near')",
        "near.grant(undefined, { read: ['a'] })",
        "near.revoke()",
        "near.revoke(['b@x.near'])",
        "near.of('b@x.near').get()",
        "near.of('b@x.near').has(1)",
        "near.of('b@x.near').keys({ prefix: 1 })",
        "near.of('b@x.near').count({ prefix: null })",
        "near.grants({ from: 1 })",
    ] {
        let body =
            format!("try {{ {call} }} catch (error) {{ return error.code }}; return 'asked'");
        let (result, asked) = run(Recorder::default(), &body);
        assert_eq!(result, Ok(text("E_BAD_VALUE")), "{call}");
        assert_eq!(asked, [], "{call}");
    }
}

fn range(prefix: &str, limit: u32, order: Order) -> KeyRange {
    KeyRange {
        prefix: prefix.to_owned(),
        limit,
        order,
        ..KeyRange::default()
    }
}

#[test]
fn what_is_read_of_another_is_asked_of_that_one_and_the_rest_of_oneself() {
    let of = || Asked::Of("b@x.near".to_owned());
    for (way, expect) in [
        ("get('k')", Asked::Get("k".to_owned())),
        ("has('k')", Asked::Has("k".to_owned())),
        ("count({ prefix: 'p' })", Asked::Count("p".to_owned())),
        ("count()", Asked::Count(String::new())),
        ("keys()", Asked::Keys(range("", 100, Order::Ascending))),
        (
            "keys({ prefix: 'p', limit: 3, reverse: true })",
            Asked::Keys(range("p", 3, Order::Descending)),
        ),
        (
            "entries({ prefix: 'p', limit: 3 })",
            Asked::Entries(range("p", 3, Order::Ascending)),
        ),
    ] {
        let body = format!("near.of('b@x.near').{way}");
        assert_eq!(asked(&body), [of(), expect.clone()], "{way}");
        assert_eq!(asked(&format!("storage.{way}")), [expect], "{way}");
    }
    let spare =
        "storage.get('k', 'b@x.near'); storage.has('k', 'b@x.near'); ['k'].map(storage.get)";
    let own = [
        Asked::Get("k".to_owned()),
        Asked::Has("k".to_owned()),
        Asked::Get("k".to_owned()),
    ];
    assert_eq!(asked(spare), own, "an argument too many names nobody");
}

/// Without the object that has it, a method names no storage: neither another's nor the own one.
#[test]
fn a_method_of_a_granted_storage_works_on_nothing_else() {
    for call in [
        "const { get } = near.of('b@x.near'); get('k')",
        "near.of('b@x.near').keys.call(storage)",
        "near.of('b@x.near').count.call({ id: 'b@x.near' })",
        "near.of('b@x.near').has.call('b@x.near', 'k')",
        "near.of('b@x.near').entries.call(Object.create(near.of('b@x.near')))",
        "new (near.of('b@x.near').get)('k')",
    ] {
        let body = format!("try {{ {call} }} catch (error) {{ return error.name }}; return 'read'");
        let (result, asked) = run(Recorder::default(), &body);
        assert_eq!(result, Ok(text("TypeError")), "{call}");
        assert_eq!(asked, [], "{call}");
    }
}

#[test]
fn to_name_a_subcontract_asks_nothing_and_gives_methods_that_can_not_be_changed() {
    assert_eq!(asked("near.of('b@x.near')"), []);
    let body = "
        const kind = Object.getPrototypeOf(near.of('b@x.near'))
        const names = Reflect.ownKeys(kind)
        const all = [kind, ...names.map(name => kind[name])]
        const frozen = all.every(Object.isFrozen)
        const bare = names.every(name => kind[name].prototype === undefined)
        try { kind.get = 1 } catch (error) { return [error.name, frozen, bare, names.sort()].join() }";
    let seen = returned(Recorder::default(), body);
    assert_eq!(seen, "TypeError,true,true,count,entries,get,has,keys");
}

#[test]
fn grants_are_shown_as_they_can_be_given_again() {
    let body = "
        const page = near.grants({ from: 'b', limit: 2 })
        const [{ peer, ...said }] = page.items
        near.grant(peer, said)
        return JSON.stringify(page)";
    let (result, asked) = run(Recorder::default(), body);
    let shown = r#"{"items":[{"peer":"b@alice.near","read":["pub/"]},{"peer":"c@alice.near","read":["pub/"],"until":7}],"next":"d@alice.near"}"#;
    assert_eq!(result, Ok(text(shown)));
    let again = Asked::Grant(
        "b@alice.near".to_owned(),
        Value::Object(vec![read(&["pub/"])]),
    );
    assert_eq!(asked, [Asked::Grants("b".to_owned(), 2), again]);
    let all = [Asked::Grants(String::new(), 100)];
    assert_eq!(self::asked("near.grants()"), all);
}
