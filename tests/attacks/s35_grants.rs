//! S35: reading what was not granted, not any more, or to another.

use crate::defence::defended_by;
use crate::scene::{EVIL, VICTIM, asked, line, put, stage};
use conclave_tests::World;
use serde_json::{Value, json};

const ACCESS: &str = "enclave/src/access.rs";
const GRANT: &str = "enclave/src/grant.rs";
const SPAN: &str = "enclave/src/span.rs";

/// What the victim stores; its keys beside `pub/` are nobody's business.
const OWNER: &str = "
export const init = () => {
  for (const key of ['', 'pub', 'pub.', 'pub/', 'pub/a', 'pub/b', 'pub0', 'secret']) storage.set(key, 'value of ' + key)
}
export const open = ([peer, until]) => near.grant(peer, { read: ['pub/'], until })
export const close = peer => near.revoke(peer)
export const granted = () => near.grants().items";

/// Reads in every way; gives what was read, or the code.
const READER: &str = "
const ways = bank => [() => bank.get('pub/a') ?? null, () => bank.has('pub/a'), () => bank.keys({ prefix: 'pub/' }).join(), () => bank.entries({ prefix: 'pub/', limit: 1 }), () => bank.count({ prefix: 'pub/' })]
export const read = id => ways(near.of(id ?? victim)).map(soft)
export const get = key => soft(() => near.of(victim).get(key) ?? null)
export const list = ranges => ranges.map(range => soft(() => near.of(victim).keys(range).join()))
export const count = prefixes => prefixes.map(prefix => soft(() => near.of(victim).count({ prefix })))";

/// What [`READER`]'s `read` gives where it may.
fn all_read() -> Value {
    let first = json!([["pub/", "value of pub/"]]);
    json!(["value of pub/a", true, "pub/,pub/a,pub/b", first, 3])
}

fn none_read() -> Value {
    json!(vec!["E_NOT_GRANTED"; 5])
}

fn open(world: &mut dyn World, peer: &str) {
    asked(world, VICTIM, "open", json!([peer]));
}

/// The attacker reads the state of who granted it nothing, and learns which keys there are from
/// what the refusals say.
#[test]
fn s35_without_a_grant_nothing_is_read() {
    defended_by(
        const {
            &[line(
                ACCESS,
                "                self.check_granted(owner, &reader, &span, name)?;\n",
                "",
            )]
        },
    )
    .against(|world| {
        let evil = format!(
            "{READER}
const told = f => {{ try {{ f(); return 'read' }} catch (e) {{ return e.message.replaceAll('secreT', 'secret') }} }}
export const hints = () => {{
  const of = near.of(victim)
  return ['get', 'has'].map(way => told(() => of[way]('secret')) === told(() => of[way]('secreT')))
}}"
        );
        stage(world, OWNER, &evil);
        assert_eq!(asked(world, EVIL, "read", Value::Null), none_read());
        assert_eq!(world.view(EVIL, "read", Value::Null).value(), none_read());
        open(world, "other@mallory.near");
        assert_eq!(asked(world, EVIL, "read", Value::Null), none_read());
        assert_eq!(asked(world, EVIL, "hints", Value::Null), json!([true, true]));
    });
}

/// The attacker may read below `pub/`, and asks for what sorts just beside it.
#[test]
fn s35_a_prefix_opens_nothing_beside_it() {
    defended_by(const { &[line(SPAN, "self.low.starts_with(&prefix) && ", "")] }).against(|world| {
        stage(world, OWNER, READER);
        open(world, EVIL);
        assert_eq!(asked(world, EVIL, "read", Value::Null), all_read());
        for key in ["", "p", "pub", "pub.", "PUB/a", "\0pub/a", " pub/a", "./pub/a"] {
            let told = asked(world, EVIL, "get", json!(key));
            assert_eq!(told, json!("E_NOT_GRANTED"), "{key:?}");
        }
        let below = json!([{"prefix": "pub."}, {"prefix": "pub", "to": "pub/"}, {"to": "pub0"}, {"from": "pub", "to": "pub/b"}, {"from": "pub.", "to": "pub/b"}]);
        let told = asked(world, EVIL, "list", below);
        assert_eq!(told, json!(vec!["E_NOT_GRANTED"; 5]));
    });
}

/// The attacker begins where it may read, and goes on to where it may not, in both directions.
#[test]
fn s35_a_range_ends_with_its_prefix() {
    defended_by(const { &[line(SPAN, " && self.high <= above(&prefix)", "")] }).against(|world| {
        stage(world, OWNER, READER);
        open(world, EVIL);
        let beyond = json!([
            {}, {"from": "pub/"}, {"from": "pub/a", "to": "pub1"}, {"from": "pub/b", "reverse": true},
            {"prefix": "pub", "from": "pub/"}, {"prefix": "", "from": "pub/", "to": "zzz", "limit": 1}, {"from": "pub/", "limit": 0},
        ]);
        let told = asked(world, EVIL, "list", beyond);
        assert_eq!(told, json!(vec!["E_NOT_GRANTED"; 7]));
        let told = asked(world, EVIL, "count", json!(["", "p", "pub", "pub0", "s"]));
        assert_eq!(told, json!(vec!["E_NOT_GRANTED"; 5]));
        let within = json!([
            {"prefix": "pub/", "from": "a", "to": "z"}, {"from": "pub/", "to": "pub0"}, {"from": "pub/", "to": "pub0", "reverse": true},
            {"from": "pub/a", "to": "pub/b"}, {"prefix": "pub/b"}, {"prefix": "pub/", "limit": 1, "reverse": true},
        ]);
        let told = asked(world, EVIL, "list", within);
        let all = "pub/,pub/a,pub/b";
        assert_eq!(told, json!([all, all, "pub/b,pub/a,pub/", "pub/a", "pub/b", "pub/b"]));
    });
}

/// The attacker was let in for a day, and comes back a year later.
#[test]
fn s35_a_grant_ends_with_its_time() {
    defended_by(
        const {
            &[line(
                GRANT,
                "        !is_over && (self.prefixes",
                "        let _ = is_over;\n        (self.prefixes",
            )]
        },
    )
    .against(|world| {
        let owner = format!(
            "{OWNER}
export const lend = peer => {{
  const now = Date.now(), read = ['pub/']
  const seen = until => {{ near.grant(peer, {{ read, until }}); return call(peer, 'get', 'pub/a') }}
  return [seen(now + 1), seen(now), seen(now - 1), seen(0), seen(new Date(now + 1)), seen(new Date(now)), seen(undefined)]
}}"
        );
        stage(world, &owner, READER);
        let (open_still, over) = ("value of pub/a", "E_NOT_GRANTED");
        let told = asked(world, VICTIM, "lend", json!(EVIL));
        let expect = [open_still, over, over, over, open_still, over, open_still];
        assert_eq!(told, json!(expect));
        asked(world, VICTIM, "open", json!([EVIL, 1_000]));
        assert_eq!(asked(world, EVIL, "read", Value::Null), none_read());
    });
}

/// The attacker is shut out, and reads on in the same receipt.
#[test]
fn s35_a_revoked_grant_is_over_at_once() {
    defended_by(
        const {
            &[line(
                ACCESS,
                "        if let Some(bytes) = self.state.value(&journal, owner, &key)? {\n",
                "        let none = crate::journal::Journal::default();\n        if let Some(bytes) = self.state.value(&none, owner, &key)? {\n",
            )]
        },
    )
    .against(|world| {
        let owner = format!(
            "{OWNER}
export const shut = () => [call(evil, 'get', 'pub/a'), near.revoke(evil), call(evil, 'get', 'pub/a'), near.revoke(evil), near.grants().items.length]"
        );
        stage(world, &owner, READER);
        open(world, EVIL);
        let told = asked(world, VICTIM, "shut", Value::Null);
        assert_eq!(told, json!(["value of pub/a", true, "E_NOT_GRANTED", false, 0]));
        assert_eq!(asked(world, EVIL, "read", Value::Null), none_read());
        assert_eq!(world.view(EVIL, "read", Value::Null).value(), none_read());
    });
}

/// The attacker has the frame fail that shut it out or let it in: what was granted is as before.
#[test]
fn s35_a_grant_is_undone_with_its_frame() {
    defended_by(
        const {
            &[line(
                "enclave/src/execution.rs",
                "            Err(_) => self.journal.borrow_mut().undo(checkpoint),\n",
                "            Err(_) => self.journal.borrow().keep(checkpoint),\n",
            )]
        },
    )
    .against(|world| {
        let owner = format!(
            "{OWNER}
export const openAndFail = peer => {{ near.grant(peer, {{ read: [''] }}); throw new Error('no') }}
export const closeAndFail = peer => {{ near.revoke(peer); throw new Error('no') }}"
        );
        let evil = format!(
            "{READER}
export const attack = method => {{ try {{ call(victim, method, evil) }} catch {{ }} return read() }}"
        );
        stage(world, &owner, &evil);
        let told = asked(world, EVIL, "attack", json!("openAndFail"));
        assert_eq!(told, none_read());
        open(world, EVIL);
        let told = asked(world, EVIL, "attack", json!("closeAndFail"));
        assert_eq!(told, all_read());
        assert_eq!(asked(world, EVIL, "get", json!("secret")), json!("E_NOT_GRANTED"));
    });
}

/// The attacker is called by who may read, or calls it, and takes its right for its own.
#[test]
fn s35_a_grant_is_not_passed_on() {
    defended_by(
        const {
            &[line(
                ACCESS,
                "                self.check_granted(owner, &reader, &span, name)?;\n",
                "                self.check_granted(owner, &self.frames.borrow().path()[0], &span, name)?;\n",
            )]
        },
    )
    .against(|world| {
        const FRIEND: &str = "friend@carol.near";
        stage(world, OWNER, READER);
        let friend = format!(
            "{READER}
export const lend = () => [read(), call(evil, 'read'), view(evil, 'read')]
export const plan = () => after(evil, 'read', null, {{ reply: 'told' }})
export const told = outcome => storage.set('told', outcome.value)
export const regrant = () => soft(() => near.grant(evil, {{ read: [''] }}))"
        );
        put(world, FRIEND, &friend);
        open(world, FRIEND);
        let told = asked(world, FRIEND, "lend", Value::Null);
        assert_eq!(told, json!([all_read(), none_read(), none_read()]));
        asked(world, FRIEND, "plan", Value::Null);
        assert_eq!(asked(world, FRIEND, "storedAt", json!("told")), none_read());
        asked(world, FRIEND, "regrant", Value::Null);
        assert_eq!(asked(world, EVIL, "read", Value::Null), none_read());
        let other = asked(world, EVIL, "read", json!(FRIEND));
        assert_eq!(other[2], json!(""), "what the friend grants is its own");
    });
}

/// The attacker has its victim store under a key that the attacker chose: a grant for itself, or the
/// victim's code.
#[test]
fn s35_no_key_of_a_storage_is_a_grant_or_the_code() {
    defended_by(
        const {
            &[line(
                "abi/src/key.rs",
                "[&[self as u8], name",
                "[&[Self::Storage as u8], name",
            )]
        },
    )
    .against(|world| {
        let owner = format!(
            "{OWNER}
export const put = ([key, value]) => storage.set(key, value)
export const drop = key => storage.remove(key)
export const keys = () => storage.keys()"
        );
        let evil = format!(
            "{READER}
const forged = {{ read: [''] }}
const spellings = ['', '\\u0000', '\\u0001', '\\u0002', '../', '\\u0000\\u0002'].flatMap(head => [head + evil, head + 'program'])
export const forge = () => {{ for (const key of spellings) call(victim, 'put', [key, forged]); return read() }}
export const clean = () => spellings.map(key => call(victim, 'drop', key)).every(Boolean)
export const all = () => {{ const of = near.of(victim); return [of.count(), of.keys().length, ...spellings.map(key => of.get(key) ?? null)] }}"
        );
        stage(world, &owner, &evil);
        assert_eq!(asked(world, EVIL, "forge", Value::Null), none_read());
        assert_eq!(asked(world, VICTIM, "granted", Value::Null), json!([]));
        assert_eq!(asked(world, EVIL, "clean", Value::Null), json!(true));
        open(world, EVIL);
        let count = |world: &dyn World| {
            let request = json!({"id": VICTIM}).to_string();
            world.ask("subcontract", request.as_bytes()).value()["keys"].clone()
        };
        assert_eq!(count(world), json!(8));
        let keys = asked(world, VICTIM, "keys", Value::Null);
        assert_eq!(keys.as_array().map(Vec::len), Some(8), "{keys}");
        asked(world, EVIL, "clean", Value::Null);
        assert_eq!(asked(world, EVIL, "read", Value::Null), all_read(), "still granted");
        let whole = "near.grant(evil, { read: [''] })";
        put(world, "open@alice.near", &format!("export const init = () => {{ storage.set('a', 1); {whole} }}"));
        let evil_too = "
export const init = () => {}
export const run = () => { const of = near.of('open@alice.near'); return [of.count(), of.keys({ to: '\\uffff' }), of.keys({ reverse: true }), of.get('\\u0000program') ?? null, of.get('program') ?? null, of.has('\\u0002' + evil)] }";
        world.send("mallory.near", "remove", json!({"id": EVIL}).to_string().as_bytes(), 0).value();
        put(world, EVIL, evil_too);
        let told = asked(world, EVIL, "run", Value::Null);
        assert_eq!(told, json!([1, ["a"], ["a"], null, null, false]));
    });
}

/// The attacker, asked in a view, lets its accomplice in: whoever asked was promised no change.
#[test]
fn s35_a_view_grants_nothing() {
    defended_by(
        const {
            &[line(
                "enclave/src/host.rs",
                "        self.refuse_in_view(\"grant\")?;\n",
                "",
            )]
        },
    )
    .against(|world| {
        const ARM: &str = "arm@mallory.near";
        let evil = "
const arm = 'arm@mallory.near'
export const init = () => { storage.set('pub/a', 'value of pub/a'); near.grant(arm, { read: ['pub/'] }) }
export const price = () => [soft(() => near.grant(arm, { read: [''] })), soft(() => near.revoke(arm)), near.grants().items[0].read, call(arm, 'get')]";
        put(world, ARM, "export const get = () => soft(() => near.of(evil).get('pub/a'))");
        stage(world, "export const run = () => view(evil, 'price')", evil);
        let before = world.pairs();
        let refused = json!(["E_VIEW", "E_VIEW", ["pub/"], "value of pub/a"]);
        assert_eq!(asked(world, VICTIM, "run", Value::Null), refused);
        assert_eq!(world.view(EVIL, "price", Value::Null).value(), refused);
        assert!(world.pairs() == before, "nothing was written");
    });
}
