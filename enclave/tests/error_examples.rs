//! The pages of `docs/errors/` show what the enclave really says: each example is made here.

mod waiting;

use conclave_abi::error::{ErrorCode, Failure};
use conclave_enclave::platform::memory::{Effects, Memory, Pairs, Surroundings};
use conclave_enclave::{Export, serve};
use conclave_nested_trie::{sealed, unsealed};
use serde_json::{Value, json};
use std::cell::RefCell;
use std::path::Path;
use std::rc::Rc;

/// The subcontract of the examples.
const TOKEN: &str = r"import { near, storage, call, contract } from 'conclave'
export function init() { throw new Error('not today') }
export function transfer({ amount }) {
  if (amount > 3) throw new RangeError('alice.near does not have ' + amount)
  return amount
}
export function grow() { storage.set('k'.repeat(1025), 1) }
export function leak() { return { answer: () => 42 } }
export function again() { return contract('token@alice.near').transfer({ amount: 1 }) }
export function endless() { return endless() }
export function spin() { return call('clock@alice.near', 'spin', null, { gas: '5 Tgas' }) }
export function pay() { near.transfer('bob.near', 5n) }
export function write() { storage.set('a', 1) }
export function look() { return near.of('clock@alice.near').get('hands') }
export function plain(text) { return text.normalize('NFKC') }
export function wait() { return new Promise(() => {}) }
";
/// One NEAR, in yoctoNEAR.
const NEAR: u128 = 10u128.pow(24);

/// An enclave in memory.
#[derive(Default)]
struct World(Pairs);

impl World {
    /// One with `token@alice.near` in it.
    fn ready() -> Self {
        let world = Self::default();
        world.done("near", Export::New, &json!({"owner": "alice.near"}));
        world.upload("token@alice.near", TOKEN);
        world.upload(
            "clock@alice.near",
            "import { storage } from 'conclave'\n\
             export function spin() { for (let i = 0; i < 99; i++) storage.set('k' + i, i) }",
        );
        world
    }

    fn run(&self, who: &str, deposit: u128, export: Export, input: &str) -> Result<(), Failure> {
        conclave_engine::prepare();
        let platform = Memory {
            pairs: Rc::clone(&self.0),
            surroundings: Surroundings {
                predecessor: who.to_owned(),
                signer: who.to_owned(),
                deposit,
                balance: 1_000 * NEAR,
                block_height: 1,
                block_timestamp_ns: 1,
            },
            input: input.as_bytes().to_vec(),
            results: Vec::new(),
            effects: Rc::new(RefCell::new(Effects::default())),
        };
        serve(export, platform)
    }

    fn done(&self, who: &str, export: Export, input: &Value) {
        let result = self.run(who, NEAR, export, &input.to_string());
        result.unwrap_or_else(|failure| panic!("{input}: {failure:?}"));
    }

    fn upload(&self, id: &str, source: &str) {
        let input = json!({"id": id, "source": source});
        self.done("alice.near", Export::Upload, &input);
    }

    fn fails(&self, who: &str, deposit: u128, export: Export, input: &str) -> Failure {
        self.run(who, deposit, export, input)
            .expect_err("a failure")
    }

    fn call(&self, method: &str, args: &Value) -> Failure {
        let input = json!({"id": "token@alice.near", "method": method, "args": args});
        self.fails("bob.near", 0, Export::Call, &input.to_string())
    }

    fn source(&self, id: &str, source: &str) -> Failure {
        let input = json!({"id": id, "source": source}).to_string();
        self.fails("alice.near", NEAR, Export::Upload, &input)
    }
}

/// Thirty-three subcontracts, each of which calls the next.
fn too_many_frames() -> Failure {
    let world = World::ready();
    for index in 0..33 {
        let next = index + 1;
        let source = format!(
            "import {{ call }} from 'conclave'\n\
             export function run() {{ return call('s{next}@alice.near', 'run') }}",
        );
        world.upload(&format!("s{index}@alice.near"), &source);
    }
    let input = r#"{"id":"s0@alice.near","method":"run"}"#;
    world.fails("bob.near", 0, Export::Call, input)
}

/// First byte of the host key under which compiled code lies.
const COMPILED: u8 = 0x10;

/// Compiled code that was cut off.
fn corrupt() -> Failure {
    let world = World::ready();
    for (key, record) in world.0.borrow_mut().iter_mut() {
        if key[0] == COMPILED {
            record.truncate(40);
        }
    }
    world.call("transfer", &json!({"amount": 1}))
}

/// Code that another build of the engine compiled.
fn stale() -> Failure {
    let world = World::ready();
    for (key, record) in world.0.borrow_mut().iter_mut() {
        if key[0] == COMPILED {
            let mut body = unsealed(key, record).expect("a record").to_vec();
            body[1] ^= 1;
            *record = sealed(key, &body);
        }
    }
    world.call("transfer", &json!({"amount": 1}))
}

/// Arguments nested 65 deep.
fn too_deep() -> String {
    let deep = "[".repeat(65) + &"]".repeat(65);
    format!(r#"{{"id":"token@alice.near","method":"transfer","args":{deep}}}"#)
}

/// The failure that a code's page shows.
fn example(code: ErrorCode) -> Option<Failure> {
    let world = World::ready();
    let upload = r#"{"id":"new@alice.near","source":"export function f() {}"}"#;
    let ask = |id: &str| world.fails("", 0, Export::Subcontract, &json!({"id": id}).to_string());
    Some(match code {
        ErrorCode::BadRequest => {
            let input = r#"{"id":"token@alice.near"}"#;
            world.fails("bob.near", 0, Export::Call, input)
        }
        ErrorCode::BadId => ask("Token@alice.near"),
        ErrorCode::TooDeep => world.fails("bob.near", 0, Export::Call, &too_deep()),
        ErrorCode::TooLarge => world.call("grow", &Value::Null),
        ErrorCode::BadValue => world.call("leak", &Value::Null),
        ErrorCode::NotInitialised => {
            World::default().fails("alice.near", NEAR, Export::Upload, upload)
        }
        ErrorCode::AlreadyInitialised => {
            world.fails("bob.near", 0, Export::New, r#"{"owner":"bob.near"}"#)
        }
        ErrorCode::NotAllowed => world.fails("bob.near", NEAR, Export::Upload, upload),
        ErrorCode::UnknownSubcontract => ask("tokn@alice.near"),
        ErrorCode::UnknownMethod => world.call("transfr", &Value::Null),
        ErrorCode::PrivateMethod => world.call("init", &Value::Null),
        ErrorCode::Taken => world.source("token@alice.near", TOKEN),
        ErrorCode::Syntax => {
            world.source("new@alice.near", "export function f() {\n  return 1 +\n}")
        }
        ErrorCode::Source => world.source("new@alice.near", "import fs from 'fs'\n"),
        ErrorCode::NotGranted => world.call("look", &Value::Null),
        ErrorCode::Deposit => world.fails("alice.near", 1, Export::Upload, upload),
        ErrorCode::Throw => world.call("transfer", &json!({"amount": 5})),
        ErrorCode::Reentry => world.call("again", &Value::Null),
        ErrorCode::Depth => too_many_frames(),
        ErrorCode::Limit => world.call("endless", &Value::Null),
        ErrorCode::Gas => world.call("spin", &Value::Null),
        ErrorCode::Funds => world.call("pay", &Value::Null),
        ErrorCode::View => {
            let input = r#"{"id":"token@alice.near","method":"write"}"#;
            world.fails("", 0, Export::View, input)
        }
        ErrorCode::Pending => world.call("wait", &Value::Null),
        ErrorCode::StaleCode => stale(),
        ErrorCode::Tables => world.call("plain", &json!("é")),
        ErrorCode::Corrupt => corrupt(),
        ErrorCode::Outside
        | ErrorCode::Diverged
        | ErrorCode::UnknownFlow
        | ErrorCode::Aborted
        | ErrorCode::Cancelled
        | ErrorCode::Locked
        | ErrorCode::Conflict
        | ErrorCode::Timeout => waiting::example(code),
    })
}

/// The failure as one line; what makes it long is cut to `…`.
fn line(mut failure: Failure) -> String {
    if let Some(end) = failure.message.find('\n') {
        failure.message.truncate(end);
        failure.message.push('…');
    }
    if failure.path.len() > 3 {
        let end = failure.path.len() - 1;
        failure.path.splice(1..end, ["…".to_owned()]);
    }
    serde_json::to_string(&failure).expect("plain data")
}

/// A page before, in and after its block of JSON, if it has one.
fn split(page: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = page.split_once("```json\n")?;
    let (block, after) = rest.split_once("\n```")?;
    Some((before, block, after))
}

/// `UPDATE_EXPECT=1` writes the examples into the pages; the difference is to be read like code.
#[test]
fn each_page_shows_the_object_that_the_enclave_gives() {
    let is_update = std::env::var_os("UPDATE_EXPECT").is_some();
    let mut wrong = Vec::new();
    for code in ErrorCode::ALL.iter().copied() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../docs/errors/{code}.md"));
        let page = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{code}: {error}"));
        let parts = split(&page);
        let failure = example(code);
        assert!(failure.iter().all(|it| it.is(code)), "{code}: {failure:?}");
        let real = failure.map(line);
        if parts.map(|parts| parts.1) == real.as_deref() {
            continue;
        }
        if let (true, Some((before, _, after)), Some(real)) = (is_update, parts, &real) {
            let page = format!("{before}```json\n{real}\n```{after}");
            std::fs::write(&path, page).expect("the page can be written");
        } else {
            wrong.push(format!("{code} {}", real.unwrap_or_default()));
        }
    }
    assert!(wrong.is_empty(), "pages should show\n{}", wrong.join("\n"));
}
