//! A host for hostile programs: a store of one subcontract, fuel up to a budget, nothing else.
//!
//! In: a program of the corpus. Out: how it ended. A trap of the engine is a panic here, an abort or
//! a signal; who runs this has to survive them.

use conclave_abi::error::{ErrorCode, Failure};
use conclave_abi::value::Value;
use conclave_engine::port::{
    AfterRequest, CallRequest, Gas, Guest, Host, KeyRange, Page, Run, Settlement, Subject,
};
use conclave_engine::{prepare, with_guest};
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

/// What a program may use: about 5 Tgas in the contract.
const FUEL: u64 = 20_000;
/// Longest value or text that the host takes, in bytes.
const BYTES_MAX: usize = 65_536;

/// What the enclave would do, without frames, money or gas.
#[derive(Default)]
struct Fake {
    used: Cell<u64>,
    stored: RefCell<BTreeMap<String, Value>>,
}

fn too_large(bytes: usize) -> Result<(), Failure> {
    if bytes > BYTES_MAX {
        return Err(Failure::new(ErrorCode::TooLarge, "too large"));
    }
    Ok(())
}

fn absent() -> Failure {
    Failure::new(ErrorCode::UnknownSubcontract, "nobody is there")
}

impl Host for Fake {
    fn spend(&self, fuel: u64) -> Result<(), Failure> {
        self.used.set(self.used.get().saturating_add(fuel));
        if self.used.get() > FUEL {
            let mut failure = Failure::new(ErrorCode::Limit, "the gas is used up");
            "E_GAS".clone_into(&mut failure.code);
            return Err(failure);
        }
        Ok(())
    }
    fn afford(&self, _: Gas) -> Result<(), Failure> {
        self.spend(0)
    }
    fn path(&self) -> Vec<String> {
        vec![self.own_id()]
    }
    fn balance(&self) -> Result<u128, Failure> {
        Ok(0)
    }
    fn keep(&self, _: Option<u128>) -> Result<u128, Failure> {
        Ok(0)
    }
    fn transfer(&self, _: &str, _: u128) -> Result<(), Failure> {
        Err(absent())
    }
    fn after(&self, _: AfterRequest) -> Result<(), Failure> {
        Err(absent())
    }
    fn savepoint(&self) {}
    fn settle(&self, _: Settlement) {}
    fn caller(&self) -> Option<String> {
        Some("bob.near".to_owned())
    }
    fn signer(&self) -> Result<String, Failure> {
        Ok("bob.near".to_owned())
    }
    fn own_id(&self) -> String {
        "a@alice.near".to_owned()
    }
    fn deposit(&self) -> u128 {
        0
    }
    fn block_height(&self) -> u64 {
        1
    }
    fn block_timestamp_ns(&self) -> u64 {
        1_700_000_000_000_000_000
    }
    fn random_seed(&self) -> Result<Vec<u8>, Failure> {
        Ok(vec![7; 32])
    }
    fn log(&self, text: &str) -> Result<(), Failure> {
        too_large(text.len())
    }
    fn sha256(&self, _: &[u8]) -> Result<[u8; 32], Failure> {
        Ok([7; 32])
    }
    fn grant(&self, _: &str, _: Value) -> Result<(), Failure> {
        Ok(())
    }
    fn revoke(&self, _: &str) -> Result<bool, Failure> {
        Ok(false)
    }
    fn grants(&self, _: &str, _: u32) -> Result<Page<(String, Value)>, Failure> {
        Ok(Page {
            items: Vec::new(),
            next: None,
        })
    }
    fn storage_get(&self, _: Subject<'_>, key: &str) -> Result<Option<Value>, Failure> {
        too_large(key.len())?;
        Ok(self.stored.borrow().get(key).cloned())
    }
    fn storage_set(&self, key: &str, value: &Value) -> Result<(), Failure> {
        too_large(key.len())?;
        self.stored
            .borrow_mut()
            .insert(key.to_owned(), value.clone());
        Ok(())
    }
    fn storage_remove(&self, key: &str) -> Result<bool, Failure> {
        Ok(self.stored.borrow_mut().remove(key).is_some())
    }
    fn storage_has(&self, _: Subject<'_>, key: &str) -> Result<bool, Failure> {
        Ok(self.stored.borrow().contains_key(key))
    }
    fn storage_keys(
        &self,
        subject: Subject<'_>,
        range: &KeyRange,
    ) -> Result<Page<String>, Failure> {
        let Page { items, next } = self.storage_entries(subject, range)?;
        let items = items.into_iter().map(|(key, _)| key).collect();
        Ok(Page { items, next })
    }
    fn storage_entries(
        &self,
        _: Subject<'_>,
        range: &KeyRange,
    ) -> Result<Page<(String, Value)>, Failure> {
        let limit = usize::try_from(range.limit).unwrap_or(usize::MAX);
        let stored = self.stored.borrow();
        let mut found = stored.range(range.from.clone()..);
        let mut found = found.by_ref().filter(|(key, _)| {
            key.starts_with(&range.prefix) && range.to.as_ref().is_none_or(|to| *key < to)
        });
        let items = found.by_ref().take(limit);
        let items = items.map(|(key, value)| (key.clone(), value.clone()));
        Ok(Page {
            items: items.collect(),
            next: found.next().map(|(key, _)| key.clone()),
        })
    }
    fn storage_count(&self, _: Subject<'_>, prefix: &str) -> Result<u64, Failure> {
        let stored = self.stored.borrow();
        let counted = stored.keys().filter(|key| key.starts_with(prefix)).count();
        Ok(counted as u64)
    }
    fn call(&self, _: &mut dyn Guest, _: CallRequest) -> Result<Value, Failure> {
        Err(absent())
    }
}

/// Runs a source's method `run` in a realm of its own; `Ok` for a value.
pub(crate) fn run(source: &str) -> Result<(), Failure> {
    run_and_look(source).0
}

/// The same, and how many keys it has stored.
pub(crate) fn run_and_look(source: &str) -> (Result<(), Failure>, usize) {
    prepare();
    let host = Rc::new(Fake::default());
    let ended = with_guest(Rc::clone(&host) as Rc<dyn Host>, |guest| {
        let program = Rc::new(guest.compile(source)?);
        let run = Run {
            program: &program,
            id: "a@alice.near",
            method: "run",
            args: Value::Null,
        };
        guest.run(run).map(|_| ())
    });
    let stored = host.stored.borrow().len();
    (ended, stored)
}
