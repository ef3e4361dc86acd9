//! A host that writes down what running code asks for, and answers what the test prepared.

use conclave_abi::error::{ErrorCode, Failure};
use conclave_abi::value::Value;
use conclave_engine::port::{
    AfterRequest, CallRequest, Gas, Guest, Host, KeyRange, Page, Run, Settlement,
};
use conclave_engine::{Program, prepare, with_guest};
use std::cell::RefCell;
use std::rc::Rc;

/// What was asked for, in order.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Asked {
    /// `Host::call`.
    Call(CallRequest),
    /// `Host::after`.
    After(AfterRequest),
    /// `Host::savepoint`.
    Savepoint,
    /// `Host::settle`.
    Settle(Settlement),
    /// `Host::keep`.
    Keep(Option<u128>),
    /// `Host::transfer`.
    Transfer(String, u128),
    /// `Host::log`.
    Log(String),
}

/// The host. A call to an id that has a program runs it; any other call takes the next answer.
#[derive(Default)]
pub(crate) struct Recorder {
    /// What was asked for.
    pub(crate) asked: RefCell<Vec<Asked>>,
    /// Answers to calls, the next one last.
    pub(crate) answers: RefCell<Vec<Result<Value, Failure>>>,
    /// The program that every id but the outermost one has.
    pub(crate) callee: Option<Rc<Program>>,
}

impl Recorder {
    fn write(&self, asked: Asked) {
        self.asked.borrow_mut().push(asked);
    }
}

fn empty<T>() -> Page<T> {
    Page {
        items: Vec::new(),
        next: None,
    }
}

impl Host for Recorder {
    fn spend(&self, _: u64) -> Result<(), Failure> {
        Ok(())
    }
    fn afford(&self, _: Gas) -> Result<(), Failure> {
        Ok(())
    }
    fn path(&self) -> Vec<String> {
        vec!["a@alice.near".to_owned(), "b@alice.near".to_owned()]
    }
    fn balance(&self) -> Result<u128, Failure> {
        Ok(u128::MAX)
    }
    fn keep(&self, amount_yocto: Option<u128>) -> Result<u128, Failure> {
        self.write(Asked::Keep(amount_yocto));
        Ok(amount_yocto.unwrap_or(7))
    }
    fn transfer(&self, to: &str, amount_yocto: u128) -> Result<(), Failure> {
        self.write(Asked::Transfer(to.to_owned(), amount_yocto));
        Ok(())
    }
    fn after(&self, request: AfterRequest) -> Result<(), Failure> {
        self.write(Asked::After(request));
        Ok(())
    }
    fn savepoint(&self) {
        self.write(Asked::Savepoint);
    }
    fn settle(&self, settlement: Settlement) {
        self.write(Asked::Settle(settlement));
    }
    fn caller(&self) -> Option<String> {
        None
    }
    fn signer(&self) -> Result<String, Failure> {
        Err(Failure::new(ErrorCode::View, "a view can't ask who signed"))
    }
    fn own_id(&self) -> String {
        "a@alice.near".to_owned()
    }
    fn deposit(&self) -> u128 {
        7
    }
    fn block_height(&self) -> u64 {
        1
    }
    fn block_timestamp_ns(&self) -> u64 {
        1_000_000
    }
    fn random_seed(&self) -> Result<Vec<u8>, Failure> {
        Ok(vec![1; 32])
    }
    fn log(&self, text: &str) -> Result<(), Failure> {
        self.write(Asked::Log(text.to_owned()));
        Ok(())
    }
    fn sha256(&self, bytes: &[u8]) -> Result<[u8; 32], Failure> {
        // No hash, but enough to tell the sources of a test apart.
        let mut hash = [0_u8; 32];
        for (at, byte) in bytes.iter().enumerate() {
            hash[at % 32] = hash[at % 32].rotate_left(3).wrapping_add(*byte);
        }
        Ok(hash)
    }
    fn storage_get(&self, _: &str) -> Result<Option<Value>, Failure> {
        Ok(None)
    }
    fn storage_set(&self, _: &str, _: &Value) -> Result<(), Failure> {
        Ok(())
    }
    fn storage_remove(&self, _: &str) -> Result<bool, Failure> {
        Ok(false)
    }
    fn storage_has(&self, _: &str) -> Result<bool, Failure> {
        Ok(false)
    }
    fn storage_keys(&self, _: &KeyRange) -> Result<Page<String>, Failure> {
        Ok(empty())
    }
    fn storage_entries(&self, _: &KeyRange) -> Result<Page<(String, Value)>, Failure> {
        Ok(empty())
    }
    fn storage_count(&self, _: &str) -> Result<u64, Failure> {
        Ok(0)
    }
    fn call(&self, guest: &mut dyn Guest, request: CallRequest) -> Result<Value, Failure> {
        self.write(Asked::Call(request.clone()));
        if let Some(program) = &self.callee {
            return guest.run(Run {
                program,
                id: &request.id,
                method: &request.method,
                args: request.args,
            });
        }
        let answer = self.answers.borrow_mut().pop();
        answer.unwrap_or(Ok(Value::Undefined))
    }
}

/// A program of a source.
pub(crate) fn program(source: &str) -> Rc<Program> {
    let hash = Recorder::default()
        .sha256(source.as_bytes())
        .expect("a hash");
    Rc::new(Program::new(source, hash).unwrap_or_else(|failure| panic!("{source}: {failure:?}")))
}

/// Runs `f` of a source whose `f` has this body, everything of 'conclave' being imported.
pub(crate) fn run(host: Recorder, body: &str) -> (Result<Value, Failure>, Vec<Asked>) {
    prepare();
    let names = "near, storage, contract, call, view, after, CallError";
    let source =
        format!("import {{ {names} }} from 'conclave'\nexport function f() {{ {body} }}\n");
    let program = program(&source);
    let host = Rc::new(host);
    let result = with_guest(Rc::clone(&host) as Rc<dyn Host>, |guest| {
        guest.run(Run {
            program: &program,
            id: "a@alice.near",
            method: "f",
            args: Value::Undefined,
        })
    });
    let asked = host.asked.borrow().clone();
    (result, asked)
}

/// What a body returns, as text.
pub(crate) fn returned(host: Recorder, body: &str) -> String {
    match run(host, body).0 {
        Ok(Value::String(text)) => text,
        other => panic!("{body}: {other:?}"),
    }
}
