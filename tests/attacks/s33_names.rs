//! S33: names, keys and texts that are not what they look like.

use crate::defence::{Line, defended_by};
use crate::scene::{EVIL, NEAR, VICTIM, asked, line, put, send, stage};
use conclave_tests::attack::refused;
use serde_json::{Value, json};

const ID: &str = "abi/src/id.rs";

/// The attacker names an argument `__proto__`, and its victim finds what nobody passed.
#[test]
fn s33_an_argument_named_proto_becomes_nobodys_prototype() {
    defended_by(const { &[line(
        "engine/src/copy.rs",
        "                object.create_data_property_or_throw(\n                    JsString::from(name.as_str()),\n                    field,\n                    context,\n                )?;\n",
        "                object.set(JsString::from(name.as_str()), field, true, context)?;\n",
    )] })
    .against(|world| {
        let victim = "
export function open(args) {
  const who = { ...args }
  return [args.admin ?? null, who.admin ?? null, Object.getPrototypeOf(args) === Object.prototype, Object.keys(args), ({}).admin ?? null]
}
export const put = args => { storage.set('it', args) }
export const look = () => { const it = storage.get('it'); return [it.admin ?? null, Object.keys(it)] }";
        let evil = "
const args = () => JSON.parse('{\"__proto__\": {\"admin\": true}, \"constructor\": {\"prototype\": {\"admin\": true}}}')
export const attack = () => { call(victim, 'put', args()); return call(victim, 'open', args()) }";
        stage(world, victim, evil);
        let keys = ["__proto__", "constructor"];
        let expected = json!([null, null, true, keys, null]);
        let request = format!(
            r#"{{"id": "{VICTIM}", "method": "open", "args": {{"__proto__": {{"admin": true}}, "constructor": 1}}}}"#
        );
        let told = world.send("mallory.near", "call", request.as_bytes(), 0);
        assert_eq!(told.value(), expected);
        assert_eq!(asked(world, EVIL, "attack", Value::Null), expected);
        assert_eq!(asked(world, VICTIM, "look", Value::Null), json!([null, keys]));
    });
}

/// The attacker calls what every object inherits, or what its victim keeps to itself.
#[test]
fn s33_only_exports_are_methods() {
    const LINES: [Line; 2] = [
        line(
            "engine/src/guest.rs",
            "        let Some(place) = run.program.place_of(run.method) else {\n",
            "        let Some(place) = run.program.place_of(run.method).or(Some(0)) else {\n",
        ),
        line(
            "enclave/src/frame.rs",
            "        (name, _) if name.starts_with('_') => \"names that begin with _ are private\",\n",
            "",
        ),
    ];
    defended_by(&LINES).against(|world| {
        let victim = "
export function _secret() { storage.set('owner', 'mallory') }
export const value = 1
export const owner = () => storage.get('owner') ?? 'alice'
function hidden() { storage.set('owner', 'mallory') }";
        let evil =
            "export const attack = name => soft(() => call(victim, name, { owner: 'mallory' }))";
        stage(world, victim, evil);
        for name in [
            "constructor",
            "toString",
            "valueOf",
            "hasOwnProperty",
            "isPrototypeOf",
            "__proto__",
            "__defineGetter__",
            "__lookupGetter__",
            "_secret",
            "hidden",
            "value",
            "owner ",
            "Owner",
            "\u{43e}wner",
            "owner\0",
            "",
        ] {
            let told = asked(world, EVIL, "attack", json!(name));
            assert!(
                told == "E_UNKNOWN_METHOD" || told == "E_PRIVATE_METHOD",
                "{name:?}: {told}"
            );
        }
        assert_eq!(asked(world, VICTIM, "owner", Value::Null), "alice");
    });
}

/// The attacker registers a name that is no text: stored, it is the same as another one's.
#[test]
fn s33_half_a_surrogate_pair_is_no_key() {
    defended_by(const { &[line(
        "engine/src/copy.rs",
        "    Ok(text.to_std_string().ok())\n",
        "    Ok(Some(text.to_std_string_lossy()))\n",
    )] })
    .against(|world| {
        let victim = "
export function claim(name, who) { if (storage.has(name)) throw new Error('taken'); storage.set(name, 'owned') }
export const claims = () => { const told = ['\\ud800', '\\udfff', 'a\\ud800', '\\ud800\\ud800', '\\udc00\\ud800'].map(name => soft(() => claim(name))); return [told, storage.keys().length] }
export const others = () => [() => call('\\ud800', 'x'), () => call(evil, '\\ud800'), () => near.transfer('\\ud800', 0n), () => near.log('\\ud800'), () => storage.keys({ prefix: '\\ud800' }), () => after(evil, 'x', 1, { reply: '\\udc00' })].map(soft)";
        put(world, VICTIM, victim);
        let told = asked(world, VICTIM, "claims", Value::Null);
        assert_eq!(told, json!([vec!["E_BAD_VALUE"; 5], 0]));
        let told = asked(world, VICTIM, "others", Value::Null);
        assert_eq!(told, json!(vec!["E_BAD_VALUE"; 6]));
    });
}

/// The attacker passes two names that differ, and that are one when they arrive.
#[test]
fn s33_half_a_surrogate_pair_crosses_no_frame() {
    defended_by(const { &[line(
        "engine/src/copy.rs",
        "    Ok(text.to_std_string().ok())\n",
        "    Ok(Some(text.to_std_string_lossy()))\n",
    )] })
    .against(|world| {
        let victim = "
export function register(names) { for (const name of Object.keys(names)) storage.set(name, names[name]) }
export const names = () => storage.keys()";
        let evil = "
const odd = [{ '\\ud800': 1 }, { a: '\\udc00' }, ['x\\udfff'], new Map([['\\ud801', 1]]), new Set(['\\udbff']), { '\\ud800\\ud800': 1 }]
export const attack = () => odd.map(names => soft(() => call(victim, 'register', names)))
export const back = i => odd[i]
export const throws = () => { throw new Error('\\ud800') }";
        stage(world, victim, evil);
        let told = asked(world, EVIL, "attack", Value::Null);
        assert_eq!(told, json!(vec!["E_BAD_VALUE"; 6]));
        assert_eq!(asked(world, VICTIM, "names", Value::Null), json!([]));
        for index in 0..6 {
            let failure = send(world, (EVIL, "back"), json!(index), 0).failure();
            assert_eq!(failure.code, "E_BAD_VALUE", "{index}");
        }
        let failure = send(world, (EVIL, "throws"), Value::Null, 0).failure();
        assert_eq!(failure.message, "\u{fffd}");
    });
}

/// The attacker uploads under a name that reads like its victim's, and is called instead of it.
#[test]
fn s33_a_name_has_one_spelling() {
    const LINES: [Line; 2] = [
        line(
            ID,
            "            b'a'..=b'z' | b'0'..=b'9' => was_separator = false,\n",
            "            b'a'..=b'z' | b'0'..=b'9' | b'A'..=b'Z' | b' ' | 0x80.. => was_separator = false,\n",
        ),
        line(
            ID,
            "            b'-' | b'_' | b'.' if !was_separator => was_separator = true,\n",
            "            b'-' | b'_' | b'.' => was_separator = true,\n",
        ),
    ];
    defended_by(&LINES).against(|world| {
        let victim = "export const pay = to => [soft(() => call(to, 'take')), soft(() => after(to, 'take')), soft(() => view(to, 'take'))]";
        put(world, VICTIM, victim);
        for label in ["Token", "t\u{43e}ken", "token ", " token", "to\u{200b}ken", "token\u{301}", "to__ken", "to..ken", "\u{ff54}oken", "tokEn", ".token"] {
            let id = format!("{label}@mallory.near");
            refused(world, "E_BAD_ID", "", |world| world.upload(&id, "export const take = () => 1", None));
            let told = asked(world, VICTIM, "pay", json!(id));
            assert_eq!(told, json!(["E_BAD_ID", "E_BAD_ID", "E_BAD_ID"]), "{label}");
        }
    });
}

/// The attacker uploads under another's account by hiding its own behind it.
#[test]
fn s33_one_account_stands_behind_the_at() {
    defended_by(const { &[line(
        ID,
        "let (Some(label), Some(account), None) = (parts.next(), parts.next(), parts.next()) else {",
        "let (Some(label), Some(account)) = (parts.next(), parts.next()) else {",
    )] })
    .against(|world| {
        for id in ["token@mallory.near@alice.near", "token@mallory.near@", "token@mallory.near@@alice.near"] {
            let request = json!({"id": id, "source": "export const take = () => 1"}).to_string();
            refused(world, "E_BAD_ID", "<label>@<account>", |world| {
                world.send("mallory.near", "upload", request.as_bytes(), 5 * NEAR)
            });
        }
    });
}

/// The attacker stores under a key that NEAR does not take: the receipt traps, its caller's work is lost.
#[test]
fn s33_a_key_that_near_does_not_take_is_refused() {
    defended_by(const { &[line(
        "enclave/src/state.rs",
        "    if name.len() > KEY_BYTES_MAX {\n",
        "    if name.len() > usize::MAX / 2 {\n",
    )] })
    .against(|world| {
        let victim = "export function run(how) { storage.set('work', how); return soft(() => call(evil, 'fill', how)) }";
        let evil = "
const keys = ['k'.repeat(1025), 'k'.repeat(2048), 'k'.repeat(5000), '\u{e9}'.repeat(513), '\u{1F600}'.repeat(257)]
export const fill = how => [() => storage.set(keys[how], 1), () => storage.get(keys[how]), () => storage.has(keys[how]), () => storage.remove(keys[how])].map(soft)";
        stage(world, victim, evil);
        for how in 0..5 {
            let told = asked(world, VICTIM, "run", json!(how));
            assert_eq!(told, json!(vec!["E_TOO_LARGE"; 4]), "{how}");
        }
    });
}

/// The attacker names a collection so that its members become members of another one.
#[test]
fn s33_a_collections_name_can_not_lead_into_another_collection() {
    defended_by(
        const {
            &[line(
                "abi/src/element.rs",
                "    if !fits || collection.contains(END) {\n",
                "    if !fits {\n",
            )]
        },
    )
    .against(|world| {
        let victim = "
import { PersistentMap, PersistentSet } from 'conclave'
const members = new PersistentSet('members')
export const init = () => { members.add('alice.near') }
export const note = ({ list, text }) => soft(() => { new PersistentMap(list).set(text, true); return 'noted' })
export const look = () => [members.size, [...members]]";
        put(world, VICTIM, victim);
        for (list, told) in [
            ("mine", "noted"),
            ("members/s", "noted"),
            ("members\0s", "E_BAD_VALUE"),
            ("members\0", "E_BAD_VALUE"),
        ] {
            for text in ["mallory.near", "\0smallory.near"] {
                let args = json!({"list": list, "text": text});
                assert_eq!(asked(world, VICTIM, "note", args), json!(told), "{list:?}");
            }
        }
        let seen = asked(world, VICTIM, "look", Value::Null);
        assert_eq!(seen, json!([1, ["alice.near"]]));
    });
}
