//! A host that writes down what running code asks for, and answers what the test prepared.

use conclave_abi::error::{ErrorCode, Failure};
use conclave_abi::value::Value;
use conclave_engine::port::{
    AfterRequest, Anew, CallRequest, Gas, Guest, Host, KeyRange, Next, OutsideRequest, Page, Run,
    SectionRequest, Settlement, Subject, YieldRequest,
};
use conclave_engine::{Compiled, Program, prepare, tables, with_guest};
use std::cell::RefCell;
use std::collections::BTreeMap;
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
    /// `Host::storage_get`.
    Get(String),
    /// `Host::storage_has`.
    Has(String),
    /// `Host::storage_set`.
    Set(String),
    /// `Host::storage_remove`.
    Remove(String),
    /// `Host::storage_keys`.
    Keys(KeyRange),
    /// `Host::storage_entries`.
    Entries(KeyRange),
    /// `Host::storage_count`.
    Count(String),
    /// What follows is asked of another subcontract's storage.
    Of(String),
    /// `Host::grant`.
    Grant(String, Value),
    /// `Host::revoke`.
    Revoke(String),
    /// `Host::grants`.
    Grants(String, u32),
    /// `Host::table`.
    Table(usize),
}

/// The host. A call to an id that has a program runs it; any other call takes the next answer.
#[derive(Default)]
pub(crate) struct Recorder {
    /// What was asked for.
    pub(crate) asked: RefCell<Vec<Asked>>,
    /// Answers to calls, the next one last.
    pub(crate) answers: RefCell<Vec<Result<Value, Failure>>>,
    /// The program that every id but the outermost one has.
    pub(crate) callee: Option<Compiled>,
    /// What is stored; only numbers are looked at.
    pub(crate) stored: RefCell<BTreeMap<String, Value>>,
}

impl Recorder {
    fn write(&self, asked: Asked) {
        self.asked.borrow_mut().push(asked);
    }

    fn write_of(&self, subject: Subject<'_>) {
        if let Subject::Of(id) = subject {
            self.write(Asked::Of(id.to_owned()));
        }
    }

    /// An ascending page.
    fn page(&self, range: &KeyRange) -> Page<(String, Value)> {
        let stored = self.stored.borrow();
        let mut found = stored
            .range(range.from.clone()..)
            .filter(|(key, _)| key.starts_with(&range.prefix))
            .map(|(key, value)| (key.clone(), value.clone()));
        let items = found.by_ref().take(range.limit as usize).collect();
        let next = found.next().map(|(key, _)| key);
        Page { items, next }
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
    fn tokens(&self, _: &str) -> Result<u128, Failure> {
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
    fn outside(&self, _: OutsideRequest) -> Result<u32, Failure> {
        Err(Failure::new(ErrorCode::View, "nothing leaves"))
    }
    fn yield_now(&self, _: YieldRequest) -> Result<(u32, String), Failure> {
        Err(Failure::new(ErrorCode::Pending, "nothing comes"))
    }
    fn resume(&self, _: &str, _: &Value) -> Result<bool, Failure> {
        Err(Failure::new(ErrorCode::Pending, "nothing comes"))
    }
    fn spawn(&self, _: CallRequest) -> Result<u32, Failure> {
        Err(Failure::new(ErrorCode::Pending, "nothing comes"))
    }
    fn cancel(&self, _: u32) -> Result<(), Failure> {
        Err(Failure::new(ErrorCode::Pending, "nothing comes"))
    }
    fn is_cancelled(&self) -> bool {
        false
    }
    fn begin_section(&self, _: SectionRequest) -> Result<(), Failure> {
        Err(Failure::new(ErrorCode::Pending, "nothing comes"))
    }
    fn end_section(&self, _: Settlement) -> Result<(), Failure> {
        Err(Failure::new(ErrorCode::Pending, "nothing comes"))
    }
    fn checkpoint(&self) -> Result<Option<Value>, Failure> {
        Err(Failure::new(ErrorCode::Pending, "nothing comes"))
    }
    fn begin_anew(&self, _: Anew) -> Result<(), Failure> {
        Err(Failure::new(ErrorCode::Pending, "nothing comes"))
    }
    fn next(&self) -> Result<Next, Failure> {
        Err(Failure::new(ErrorCode::Pending, "nothing comes"))
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
    fn grant(&self, peer: &str, grant: Value) -> Result<(), Failure> {
        self.write(Asked::Grant(peer.to_owned(), grant));
        Ok(())
    }
    fn revoke(&self, peer: &str) -> Result<bool, Failure> {
        self.write(Asked::Revoke(peer.to_owned()));
        Ok(true)
    }
    fn grants(&self, from: &str, limit: u32) -> Result<Page<(String, Value)>, Failure> {
        self.write(Asked::Grants(from.to_owned(), limit));
        let grant = |peer: &str, until: Option<f64>| {
            let prefixes = vec![Value::String("pub/".to_owned())];
            let mut fields = vec![("read".to_owned(), Value::Array(prefixes))];
            fields.extend(until.map(|until| ("until".to_owned(), Value::Number(until))));
            (peer.to_owned(), Value::Object(fields))
        };
        Ok(Page {
            items: vec![
                grant("b@alice.near", None),
                grant("c@alice.near", Some(7.0)),
            ],
            next: Some("d@alice.near".to_owned()),
        })
    }
    fn storage_get(&self, subject: Subject<'_>, key: &str) -> Result<Option<Value>, Failure> {
        self.write_of(subject);
        self.write(Asked::Get(key.to_owned()));
        Ok(self.stored.borrow().get(key).cloned())
    }
    fn storage_set(&self, key: &str, value: &Value) -> Result<(), Failure> {
        self.write(Asked::Set(key.to_owned()));
        let mut stored = self.stored.borrow_mut();
        stored.insert(key.to_owned(), value.clone());
        Ok(())
    }
    fn storage_remove(&self, key: &str) -> Result<bool, Failure> {
        self.write(Asked::Remove(key.to_owned()));
        Ok(self.stored.borrow_mut().remove(key).is_some())
    }
    fn storage_has(&self, subject: Subject<'_>, key: &str) -> Result<bool, Failure> {
        self.write_of(subject);
        self.write(Asked::Has(key.to_owned()));
        Ok(self.stored.borrow().contains_key(key))
    }
    fn storage_keys(
        &self,
        subject: Subject<'_>,
        range: &KeyRange,
    ) -> Result<Page<String>, Failure> {
        self.write_of(subject);
        self.write(Asked::Keys(range.clone()));
        let Page { items, next } = self.page(range);
        let items = items.into_iter().map(|(key, _)| key).collect();
        Ok(Page { items, next })
    }
    fn storage_entries(
        &self,
        subject: Subject<'_>,
        range: &KeyRange,
    ) -> Result<Page<(String, Value)>, Failure> {
        self.write_of(subject);
        self.write(Asked::Entries(range.clone()));
        Ok(self.page(range))
    }
    fn storage_count(&self, subject: Subject<'_>, prefix: &str) -> Result<u64, Failure> {
        self.write_of(subject);
        self.write(Asked::Count(prefix.to_owned()));
        Ok(7)
    }
    fn table(&self, record: usize) -> Result<&'static [u8], Failure> {
        self.write(Asked::Table(record));
        Ok(&tables::BYTES[tables::place(record)])
    }

    fn source(&self, _: &[u8; 32]) -> Result<Program, Failure> {
        Err(Failure::new(ErrorCode::Corrupt, "no source"))
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

/// The program of a source, compiled.
pub(crate) fn program(source: &str) -> Compiled {
    let host = Recorder::default();
    let hash = host.sha256(source.as_bytes()).expect("a hash");
    prepare();
    let compiled = with_guest(Rc::new(host), |guest| {
        guest.compile("a@alice.near", source, hash)
    });
    let (_, compiled) = compiled.unwrap_or_else(|failure| panic!("{source}: {failure:?}"));
    compiled
}

/// Runs `f` of a source whose `f` has this body, everything of 'conclave' being imported.
pub(crate) fn run(host: Recorder, body: &str) -> (Result<Value, Failure>, Vec<Asked>) {
    prepare();
    let names = "near, storage, contract, call, view, after, CallError, PersistentMap, PersistentSet, \
                 PersistentSortedMap, PersistentVector";
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
