//! What lies in storage when a weave looks: values, books, locks, flows. Read from the bytes, past the
//! enclave's own code (docs/spec/state.md).

use conclave_abi::key::{Kind, storage_name};
use conclave_abi::value::Value;
use conclave_enclave::platform::memory::Pairs;
use conclave_nested_trie::{Direction, KeyRange, Store, Trie, unsealed};
use std::collections::BTreeMap;
use std::ops::ControlFlow;

const YOCTO_PER_BYTE: u128 = 10u128.pow(19);
/// First byte of the host keys of locks; the subcontract's id follows.
const LOCKS: u8 = 0x16;
/// First bytes of what must be gone at the end, and what they are for.
const PASSING: [(u8, &str); 3] = [
    (0x14, "deposits on their way"),
    (0x15, "a value for a promise"),
    (LOCKS, "a table of locks"),
];

struct Stored(Pairs);

impl Store for Stored {
    fn read(&self, key: &[u8]) -> Option<Vec<u8>> {
        self.0.borrow().get(key).cloned()
    }
}

/// A lock that a flow holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Lock {
    pub(crate) id: String,
    pub(crate) key: String,
    pub(crate) flow: String,
    /// The first block in which anybody may end it.
    pub(crate) until: u64,
}

/// The books of the enclave.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Books {
    /// What it says it owes others, in yoctoNEAR.
    pub(crate) held: u128,
    /// What it owes them: balances, and what was paid for storage; but for what owners paid for their
    /// subcontracts themselves, which never changes.
    pub(crate) owed: u128,
    /// Balances by subcontract.
    pub(crate) balances: BTreeMap<String, u128>,
    /// How many flows hold locks, by the subcontracts' own count.
    pub(crate) locks: u32,
}

fn number<const N: usize>(bytes: &[u8], at: usize) -> [u8; N] {
    *bytes[at..].first_chunk().expect("a record is long enough")
}

pub(crate) fn books(pairs: &Pairs) -> Books {
    let trie = Trie::open(Stored(pairs.clone()));
    let payload = trie.payload().expect("sound").expect("after `new`");
    let mut books = Books {
        held: u128::from_be_bytes(number(&payload, 1)),
        ..Books::default()
    };
    for id in trie.subcontracts("", 10).expect("sound").items {
        let account = trie.account(&id).expect("sound").expect("listed");
        let payload = account.payload;
        let billed = u64::from_be_bytes(number(&payload, 41));
        let of_enclave = u64::from_be_bytes(number(&payload, 49));
        let balance = u128::from_be_bytes(number(&payload, 57));
        books.locks += u32::from_be_bytes(number(&payload, 73));
        books.owed += balance + u128::from(billed - of_enclave) * YOCTO_PER_BYTE;
        books.balances.insert(id, balance);
    }
    books
}

/// Shows the entries of a subcontract.
fn entries(pairs: &Pairs, id: &str, visit: &mut dyn FnMut(&[u8], Vec<u8>)) {
    let range = KeyRange {
        from: &[],
        to: None,
        direction: Direction::Up,
    };
    let scanned = Trie::open(Stored(pairs.clone())).scan(id, &range, &mut |entry| {
        visit(entry.key(), entry.value()?);
        Ok(ControlFlow::Continue(()))
    });
    scanned.expect("sound");
}

/// The numbers that a subcontract stores.
pub(crate) fn values(pairs: &Pairs, id: &str) -> BTreeMap<String, i64> {
    let mut values = BTreeMap::new();
    entries(pairs, id, &mut |key, bytes| {
        if let Some(name) = storage_name(key) {
            let Ok(Value::Number(number)) = Value::from_bytes(&bytes) else {
                panic!("a bank stores numbers");
            };
            #[expect(clippy::cast_possible_truncation, reason = "small whole numbers")]
            values.insert(name.to_owned(), number as i64);
        }
    });
    values
}

/// The tokens of the flows that wait in a subcontract.
pub(crate) fn flows(pairs: &Pairs, id: &str) -> Vec<String> {
    let mut tokens = Vec::new();
    entries(pairs, id, &mut |key, _| {
        tokens.extend(Kind::Flows.name(key).map(str::to_owned));
    });
    tokens
}

/// What lies there that must be gone when nothing is left to happen.
pub(crate) fn left_over(pairs: &Pairs) -> Option<&'static str> {
    let pairs = pairs.borrow();
    let mut passing = PASSING.iter();
    let found = passing.find(|(first, _)| pairs.keys().any(|key| key[0] == *first));
    found.map(|(_, what)| *what)
}

/// The locks that are held.
pub(crate) fn locks(pairs: &Pairs) -> Vec<Lock> {
    let mut locks = Vec::new();
    let pairs = pairs.borrow();
    for (host_key, record) in pairs.range(vec![LOCKS]..vec![LOCKS + 1]) {
        let id = String::from_utf8_lossy(&host_key[1..]).into_owned();
        let body = unsealed(host_key, record).expect("sealed");
        let table = Value::from_bytes(body).expect("a table is a value");
        let holders = list(&table);
        assert!(!holders.is_empty(), "an empty table of locks is stored");
        for holder in holders {
            locks.extend(held(&id, holder));
        }
    }
    locks
}

fn list(value: &Value) -> &[Value] {
    match value {
        Value::Array(items) => items,
        other => panic!("{other:?} is no list"),
    }
}

fn held(id: &str, holder: &Value) -> Vec<Lock> {
    let [Value::String(flow), section] = list(holder) else {
        panic!("{holder:?} holds no locks");
    };
    let [_, Value::Number(until), keys] = list(section) else {
        panic!("{section:?} is no section");
    };
    #[expect(clippy::cast_possible_truncation, reason = "a height")]
    #[expect(clippy::cast_sign_loss, reason = "a height")]
    let until = *until as u64;
    let lock = |key: &Value| {
        let Value::Bytes(key) = key else {
            panic!("{key:?} is no lock");
        };
        Lock {
            id: id.to_owned(),
            key: storage_name(&key[1..]).expect("a name").to_owned(),
            flow: flow.clone(),
            until,
        }
    };
    list(keys).iter().map(lock).collect()
}
