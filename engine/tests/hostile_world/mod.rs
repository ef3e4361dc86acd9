//! A host for hostile programs: a store of one subcontract, fuel up to a budget, nothing else.
//!
//! In: a program of the corpus. Out: how it ended. A trap of the engine is a panic here, an abort or
//! a signal; who runs this has to survive them.

use conclave_abi::error::{ErrorCode, Failure};
use conclave_abi::value::Value;
use conclave_engine::port::{
    AfterRequest, Anew, CallRequest, Gas, Guest, Host, KeyRange, Next, OutsideRequest, Page, Run,
    SectionRequest, Settlement, Subject, YieldRequest,
};
use conclave_engine::{Compiled, Program, prepare, with_guest};
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

/// What a program may use: about 5 Tgas in the contract.
pub(crate) const FUEL: u64 = 20_000;
/// The subcontract that runs.
const ID: &str = "a@alice.near";
/// Stands for the hash of a source.
const HASH: [u8; 32] = [7; 32];
/// Longest value or text that the host takes, in bytes.
const BYTES_MAX: usize = 65_536;

/// What the enclave would do, without frames, money or gas.
struct Fake {
    limit: u64,
    used: Cell<u64>,
    stored: RefCell<BTreeMap<String, Value>>,
    program: RefCell<Option<Program>>,
}

impl Fake {
    fn with_fuel(limit: u64) -> Rc<Self> {
        Rc::new(Self {
            limit,
            used: Cell::default(),
            stored: RefCell::default(),
            program: RefCell::default(),
        })
    }
}

fn too_large(bytes: usize) -> Result<(), Failure> {
    if bytes > BYTES_MAX {
        return Err(Failure::new(ErrorCode::TooLarge, "too large"));
    }
    Ok(())
}

fn pending() -> Failure {
    Failure::new(ErrorCode::Pending, "nothing comes")
}

fn absent() -> Failure {
    Failure::new(ErrorCode::UnknownSubcontract, "nobody is there")
}

impl Host for Fake {
    fn spend(&self, fuel: u64) -> Result<(), Failure> {
        self.used.set(self.used.get().saturating_add(fuel));
        if self.used.get() > self.limit {
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
    fn tokens(&self, _: &str) -> Result<u128, Failure> {
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
    fn outside(&self, _: OutsideRequest) -> Result<u32, Failure> {
        Err(absent())
    }
    fn yield_now(&self, _: YieldRequest) -> Result<(u32, String), Failure> {
        Err(pending())
    }
    fn resume(&self, _: &str, _: &Value) -> Result<bool, Failure> {
        Err(pending())
    }
    fn spawn(&self, _: CallRequest) -> Result<u32, Failure> {
        Err(pending())
    }
    fn cancel(&self, _: u32) -> Result<(), Failure> {
        Err(pending())
    }
    fn is_cancelled(&self) -> bool {
        false
    }
    fn begin_section(&self, _: SectionRequest) -> Result<(), Failure> {
        Err(pending())
    }
    fn end_section(&self, _: Settlement) -> Result<(), Failure> {
        Err(pending())
    }
    fn checkpoint(&self) -> Result<Option<Value>, Failure> {
        Err(pending())
    }
    fn begin_anew(&self, _: Anew) -> Result<(), Failure> {
        Err(pending())
    }
    fn next(&self) -> Result<Next, Failure> {
        Err(pending())
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
        ID.to_owned()
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
        Ok(HASH)
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
    fn table(&self, record: usize) -> Result<&'static [u8], Failure> {
        Ok(&conclave_engine::tables::BYTES[conclave_engine::tables::place(record)])
    }

    fn source(&self, _: &[u8; 32]) -> Result<Program, Failure> {
        let program = self.program.borrow().clone();
        program.ok_or_else(absent)
    }
    fn call(&self, _: &mut dyn Guest, _: CallRequest) -> Result<Value, Failure> {
        Err(absent())
    }
}

/// Runs a source's method `run` in a realm of its own; `Ok` for a value.
#[allow(dead_code)]
pub(crate) fn run(source: &str) -> Result<(), Failure> {
    run_and_look(source).0
}

/// The same, and how many keys it has stored.
#[allow(dead_code)]
pub(crate) fn run_and_look(source: &str) -> (Result<(), Failure>, usize) {
    prepare();
    let host = Fake::with_fuel(FUEL);
    let ended = with_guest(Rc::clone(&host) as Rc<dyn Host>, |guest| {
        let (program, compiled) = guest.compile(ID, source, HASH)?;
        host.program.replace(Some(program));
        guest
            .run(request(&compiled, "run", Value::Null))
            .map(|_| ())
    });
    let stored = host.stored.borrow().len();
    (ended, stored)
}

fn request<'a>(program: &'a Compiled, method: &'a str, args: Value) -> Run<'a> {
    Run {
        program,
        id: ID,
        method,
        args,
    }
}

/// How a program is made ready.
#[derive(Debug, Clone, Copy)]
#[allow(dead_code)]
pub(crate) enum Way {
    /// It is parsed and compiled.
    Parsed,
    /// What was compiled in another execution is read.
    Compiled,
}

/// The program of a source, and the same compiled.
#[allow(dead_code)]
pub(crate) fn compiled(source: &str) -> Result<(Program, Compiled), Failure> {
    prepare();
    with_guest(Fake::with_fuel(u64::MAX), |guest| {
        guest.compile(ID, source, HASH)
    })
}

/// Runs methods one after the other in one execution; says how each ended, what fuel had been used
/// by then and what was stored, or why the program can't be made ready.
#[allow(dead_code)]
pub(crate) fn run_by(
    way: Way,
    source: &str,
    calls: &[(&str, Value)],
    fuel: u64,
) -> Result<Vec<String>, Failure> {
    run_program(way, &compiled(source)?, calls, fuel)
}

/// The same for code that was compiled before.
#[allow(dead_code)]
pub(crate) fn run_program(
    way: Way,
    (program, compiled): &(Program, Compiled),
    calls: &[(&str, Value)],
    fuel: u64,
) -> Result<Vec<String>, Failure> {
    let host = Fake::with_fuel(fuel.saturating_add(compiled.load_fuel()));
    host.program.replace(Some(program.clone()));
    with_guest(Rc::clone(&host) as Rc<dyn Host>, |guest| {
        if let Way::Parsed = way {
            guest.parse(ID, program)?;
            // What reading the compiled code would have been charged.
            host.spend(compiled.load_fuel())?;
        }
        let ended = calls.iter().map(|(method, args)| {
            let result = guest.run(request(compiled, method, args.clone()));
            let (used, stored) = (host.used.get(), host.stored.borrow());
            format!("{method}: {result:?}, fuel {used}, stored {stored:?}")
        });
        Ok(ended.collect())
    })
}
