//! A host that knows nothing, and executions on it: programs one after the other in one realm.

use conclave_abi::error::{ErrorCode, Failure};
use conclave_abi::value::Value;
use conclave_engine::port::{
    AfterRequest, Anew, CallRequest, Gas, Guest, Host, KeyRange, Next, OutsideRequest, Page, Run,
    SectionRequest, Settlement, Subject, YieldRequest,
};
use conclave_engine::{Program, prepare, with_guest};
use std::cell::RefCell;
use std::rc::Rc;

/// Answers what running code can't do without, and refuses the rest.
#[derive(Default)]
struct NoHost {
    programs: RefCell<Vec<Program>>,
}

fn refused<T>() -> Result<T, Failure> {
    Err(Failure::new(ErrorCode::View, "this host has none"))
}

fn empty<T>() -> Page<T> {
    Page {
        items: Vec::new(),
        next: None,
    }
}

impl Host for NoHost {
    fn caller(&self) -> Option<String> {
        None
    }
    fn signer(&self) -> Result<String, Failure> {
        refused()
    }
    fn own_id(&self) -> String {
        "a@b.near".to_owned()
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
    fn log(&self, _: &str) -> Result<(), Failure> {
        Ok(())
    }
    /// Tells sources apart, no more.
    fn sha256(&self, bytes: &[u8]) -> Result<[u8; 32], Failure> {
        let mut state = 0xcbf2_9ce4_8422_2325_u64;
        let mut digest = [0; 32];
        for byte in bytes {
            state = (state ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
        digest[..8].copy_from_slice(&state.to_be_bytes());
        Ok(digest)
    }
    fn grant(&self, _: &str, _: Value) -> Result<(), Failure> {
        refused()
    }
    fn revoke(&self, _: &str) -> Result<bool, Failure> {
        refused()
    }
    fn grants(&self, _: &str, _: u32) -> Result<Page<(String, Value)>, Failure> {
        Ok(empty())
    }
    fn storage_get(&self, _: Subject<'_>, _: &str) -> Result<Option<Value>, Failure> {
        Ok(None)
    }
    fn storage_set(&self, _: &str, _: &Value) -> Result<(), Failure> {
        refused()
    }
    fn storage_remove(&self, _: &str) -> Result<bool, Failure> {
        refused()
    }
    fn storage_has(&self, _: Subject<'_>, _: &str) -> Result<bool, Failure> {
        Ok(false)
    }
    fn storage_keys(&self, _: Subject<'_>, _: &KeyRange) -> Result<Page<String>, Failure> {
        Ok(empty())
    }
    fn storage_entries(
        &self,
        _: Subject<'_>,
        _: &KeyRange,
    ) -> Result<Page<(String, Value)>, Failure> {
        Ok(empty())
    }
    fn storage_count(&self, _: Subject<'_>, _: &str) -> Result<u64, Failure> {
        Ok(0)
    }
    fn table(&self, record: usize) -> Result<&'static [u8], Failure> {
        Ok(&conclave_engine::tables::BYTES[conclave_engine::tables::place(record)])
    }

    fn source(&self, hash: &[u8; 32]) -> Result<Program, Failure> {
        let programs = self.programs.borrow();
        let known = programs.iter().find(|program| program.hash == *hash);
        known.cloned().map_or_else(refused, Ok)
    }
    fn call(&self, _: &mut dyn Guest, _: CallRequest) -> Result<Value, Failure> {
        refused()
    }
    fn spend(&self, _: u64) -> Result<(), Failure> {
        Ok(())
    }
    fn afford(&self, _: Gas) -> Result<(), Failure> {
        Ok(())
    }
    fn path(&self) -> Vec<String> {
        Vec::new()
    }
    fn balance(&self) -> Result<u128, Failure> {
        refused()
    }
    fn tokens(&self, _: &str) -> Result<u128, Failure> {
        refused()
    }
    fn keep(&self, _: Option<u128>) -> Result<u128, Failure> {
        refused()
    }
    fn transfer(&self, _: &str, _: u128) -> Result<(), Failure> {
        refused()
    }
    fn after(&self, _: AfterRequest) -> Result<(), Failure> {
        refused()
    }
    fn outside(&self, _: OutsideRequest) -> Result<u32, Failure> {
        refused()
    }
    fn yield_now(&self, _: YieldRequest) -> Result<(u32, String), Failure> {
        refused()
    }
    fn resume(&self, _: &str, _: &Value) -> Result<bool, Failure> {
        refused()
    }
    fn spawn(&self, _: CallRequest) -> Result<u32, Failure> {
        refused()
    }
    fn cancel(&self, _: u32) -> Result<(), Failure> {
        refused()
    }
    fn is_cancelled(&self) -> bool {
        false
    }
    fn begin_section(&self, _: SectionRequest) -> Result<(), Failure> {
        refused()
    }
    fn end_section(&self, _: Settlement) -> Result<(), Failure> {
        refused()
    }
    fn checkpoint(&self) -> Result<Option<Value>, Failure> {
        refused()
    }
    fn begin_anew(&self, _: Anew) -> Result<(), Failure> {
        refused()
    }
    fn next(&self) -> Result<Next, Failure> {
        Err(Failure::new(ErrorCode::Pending, "nothing comes"))
    }
    fn savepoint(&self) {}
    fn settle(&self, _: Settlement) {}
}

/// Runs `run` of each source, in order, in one execution in a realm of its own; says what each
/// returned, as text, or the name and the message of what it threw.
///
/// # Panics
/// If a source is refused.
pub(crate) fn execution(sources: &[&str]) -> Vec<Result<String, String>> {
    // A realm belongs to its thread.
    let running = std::thread::scope(|scope| scope.spawn(|| in_this_thread(sources)).join());
    running.expect("it does not panic")
}

fn in_this_thread(sources: &[&str]) -> Vec<Result<String, String>> {
    prepare();
    let host = Rc::new(NoHost::default());
    with_guest(Rc::clone(&host) as Rc<dyn Host>, |guest| {
        let run = |source: &&str| {
            let hash = host.sha256(source.as_bytes()).expect("a hash");
            let compiled = guest.compile("a@b.near", source, hash);
            let (checked, program) =
                compiled.unwrap_or_else(|error| panic!("{error:?} in\n{source}"));
            host.programs.borrow_mut().push(checked);
            let run = Run {
                program: &program,
                id: "a@b.near",
                method: "run",
                args: Value::Undefined,
            };
            match guest.run(run) {
                Ok(Value::String(text)) => Ok(text),
                Ok(other) => Ok(format!("{other:?}")),
                Err(failure) => Err(format!("{}: {}", failure.name, failure.message)),
            }
        };
        sources.iter().map(run).collect()
    })
}
