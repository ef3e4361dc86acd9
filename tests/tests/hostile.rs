//! The corpus of hostile programs in NEAR's VM: none ends in a raw trap, none burns much beyond its cap.
//!
//! In: every program of `src/hostile`, or an even choice of them. Each is called by a subcontract
//! that gives it [`CAP_TGAS`] and catches, in a transaction of its own, so that a trap names its
//! program; a share of them is called from outside too, where nothing catches. Out: a list of all
//! violations, how programs ended, and which of them overran their caps the most.

use conclave_localnet::{Balance, FunctionCall, Gas, TransactionOutcome, dev_signer};
use conclave_tests::hostile::{self, Program};
use conclave_tests::vm::account;
use conclave_tests::{ENCLAVE, Vm, World};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// `all` runs the whole corpus; anything else, programs whose name contains it.
const CHOICE: &str = "CONCLAVE_HOSTILE";
/// Programs of the even choice.
const QUICK: usize = 2_100;
/// Programs in one source. Reason: an upload costs more time than a call.
const PACKED: usize = 20;
/// Chains at a time.
const THREADS: usize = 2;
/// Every so-manieth program is called from outside too.
const OUTSIDE_STEP: usize = 7;

/// What a program may burn.
const CAP_TGAS: u64 = 20;
/// What a call from outside brings: loading, parsing, and some of each program's work.
const OUTSIDE_TGAS: u64 = 100;
const TGAS: u64 = 1_000_000_000_000;
/// How far any program may pass its cap.
const OVERRUN_TGAS_MAX: u64 = 10;

const DRIVER: &str = "driver@alice.near";
/// Calls a method of a hostile subcontract with the cap, and says how that ended. The first call has
/// the source parsed, which costs more than the cap.
const DRIVER_SOURCE: &str = r"import { call } from 'conclave'
export function run({ id, method }) {
  call(id, 'run')
  try { call(id, method, null, { gas: '20 Tgas' }) } catch (error) { return error.code }
  return 'value'
}";

/// Programs that once passed their caps by 10 to 366 Tgas, one for each cause, and those that pass
/// them by most now. The even choice may miss them.
const WORST: [&str; 16] = [
    "large-encode/2^16+1",
    "large-thrown/2^20",
    "large-normalise/2^16+1",
    "large-upper/2^16+1",
    "large-stringify-indent/2^20",
    "large-stringify-long/2^16+1",
    "large-pad-end/2^20",
    "large-split-units/2^16+1",
    "large-bigint-text/2^16-1",
    "error-options/huge-bigint",
    "thrown/huge-bigint",
    "large-sha256/2^20-1",
    "large-log/2^20",
    "large-returned/2^20-1",
    "comparator/large-returned/2^20",
    "default-parameter/is-async",
];

/// Codes with which a source may be refused, where a program may be.
const REFUSALS: [&str; 4] = ["E_SYNTAX", "E_SOURCE", "E_TOO_DEEP", "E_TOO_LARGE"];
/// Codes that mean a defect of the enclave or of the corpus.
const DEFECTS: [&str; 2] = ["E_CORRUPT", "E_INTERNAL"];

/// What was found.
#[derive(Debug, Default)]
struct Found {
    /// What must not be, with the program's name.
    violations: Vec<String>,
    /// How many ended how.
    ends: BTreeMap<String, usize>,
    /// Gas beyond the cap, and whose.
    overruns: Vec<(u64, String)>,
}

impl Found {
    fn count(&mut self, end: String) {
        *self.ends.entry(end).or_default() += 1;
    }

    fn join(&mut self, other: Self) {
        self.violations.extend(other.violations);
        self.overruns.extend(other.overruns);
        for (end, count) in other.ends {
            *self.ends.entry(end).or_default() += count;
        }
    }
}

/// How a transaction ended: a value, a code, the end of its gas, or what must not be.
enum End {
    Value(Value),
    Code(String),
    OutOfGas,
    Trap(String),
}

impl std::fmt::Display for End {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Value(value) => write!(to, "value {value}"),
            Self::Code(code) => to.write_str(code),
            Self::OutOfGas => to.write_str("all gas of the transaction"),
            Self::Trap(text) => write!(to, "trap {text}"),
        }
    }
}

fn end(outcome: &TransactionOutcome) -> End {
    let Some(failure) = outcome.failure() else {
        return End::Value(outcome.json().unwrap_or_default());
    };
    let text = format!("{failure:?}");
    let code = text.split(r#"{\"code\":\""#).nth(1);
    match code.and_then(|rest| rest.split('\\').next()) {
        Some(code) => End::Code(code.to_owned()),
        None if text.contains("Exceeded the prepaid gas") => End::OutOfGas,
        None => End::Trap(text.chars().take(300).collect()),
    }
}

/// A chain with the driver on it.
struct Arena {
    vm: Vm,
    found: Found,
}

impl Arena {
    fn new() -> Self {
        let mut vm = Vm::new();
        vm.upload(DRIVER, DRIVER_SOURCE, None).value();
        Self {
            vm,
            found: Found::default(),
        }
    }

    fn upload(&mut self, id: &str, source: &str) -> End {
        let request = json!({"id": id, "source": source}).to_string();
        let deposit = 10 * 10u128.pow(24);
        let outcome = self
            .vm
            .transact("alice.near", "upload", request.as_bytes(), deposit);
        end(&outcome)
    }

    /// Calls with so much gas; gives how it ended and what it burnt.
    fn call(&mut self, id: &str, method: &str, args: Value, tgas: u64) -> (End, u64) {
        let request = json!({"id": id, "method": method, "args": args}).to_string();
        let call = FunctionCall::new("call", request)
            .gas(Gas::from_teragas(tgas))
            .deposit(Balance::ZERO);
        let signer = dev_signer(&account("bob.near"));
        let outcome = self.vm.chain().call(&signer, &account(ENCLAVE), call);
        let outcome = outcome.expect("a transaction that can be sent");
        let gas = outcome.receipts[0].outcome.gas_burnt.as_gas();
        (end(&outcome), gas)
    }

    /// Runs programs that fit one source.
    fn run_pack(&mut self, programs: &[&Program], first: usize) {
        let methods: Vec<_> = programs.iter().enumerate().map(method).collect();
        let id = format!("h{first:05}@alice.near");
        match self.upload(&id, &source(&methods)) {
            End::Value(_) => self.run_uploaded(&id, programs, first),
            refused if programs.len() == 1 => self.refused(programs[0], &refused),
            // One of them is refused: each alone.
            _ => {
                for (index, program) in programs.iter().enumerate() {
                    self.run_pack(&[program], first + index);
                }
            }
        }
    }

    fn refused(&mut self, program: &Program, end: &End) {
        match end {
            End::Code(code) if program.may_be_refused && REFUSALS.contains(&code.as_str()) => {
                self.found.count(format!("refused {code}"));
            }
            end => self.violation(program, &format!("at upload: {end}")),
        }
    }

    fn violation(&mut self, program: &Program, what: &str) {
        let text = format!("{}: {what}", program.name);
        println!("{text}");
        self.found.violations.push(text);
    }

    fn run_uploaded(&mut self, id: &str, programs: &[&Program], first: usize) {
        let args = |method: &str| json!({"id": id, "method": method});
        let (end, baseline) = self.call(DRIVER, "run", args("run"), 1_000);
        assert!(
            matches!(&end, End::Value(it) if it == "value"),
            "{end}: nothing was to be done"
        );
        for (index, program) in programs.iter().enumerate() {
            let name = format!("p{index}");
            let (end, gas) = self.call(DRIVER, "run", args(&name), 1_000);
            let overrun = gas.saturating_sub(baseline + CAP_TGAS * TGAS);
            self.found.overruns.push((overrun, program.name.clone()));
            match end {
                End::Value(Value::String(code)) if !DEFECTS.contains(&code.as_str()) => {
                    self.found.count(code);
                }
                end => self.violation(program, &format!("{end}")),
            }
            if (first + index).is_multiple_of(OUTSIDE_STEP) {
                self.run_outside(id, program, &name);
            }
        }
    }

    fn run_outside(&mut self, id: &str, program: &Program, method: &str) {
        match self.call(id, method, Value::Null, OUTSIDE_TGAS).0 {
            End::Code(code) if !DEFECTS.contains(&code.as_str()) => {
                self.found.count(format!("outside {code}"));
            }
            End::Value(_) => self.found.count("outside value".to_owned()),
            End::OutOfGas => self.found.count("outside plain exhaustion".to_owned()),
            end => self.violation(program, &format!("outside: {end}")),
        }
    }
}

fn method((index, program): (usize, &&Program)) -> String {
    format!("export function p{index}(args) {{\n{}\n}}\n", program.body)
}

fn source(methods: &[String]) -> String {
    format!(
        "import {{ near, storage, call, contract }} from 'conclave'\nexport function run() {{}}\n{}",
        methods.concat()
    )
}

/// Programs that go into one source: many, or one that may be refused.
fn packs<'a>(programs: &[&'a Program]) -> Vec<(usize, Vec<&'a Program>)> {
    let mut packs: Vec<(usize, Vec<&Program>)> = Vec::new();
    for (index, program) in programs.iter().enumerate() {
        let goes_on = |(_, pack): &&mut (usize, Vec<&Program>)| {
            pack.len() < PACKED && !program.may_be_refused && !pack[0].may_be_refused
        };
        match packs.last_mut().filter(goes_on) {
            Some((_, pack)) => pack.push(program),
            None => packs.push((index, vec![program])),
        }
    }
    packs
}

fn chosen(programs: &[Program]) -> Vec<&Program> {
    match std::env::var(CHOICE) {
        Ok(all) if all == "all" => programs.iter().collect(),
        Ok(part) => {
            let named = programs.iter().filter(|it| it.name.contains(&part));
            named.collect()
        }
        Err(_) => {
            let all = programs.len();
            let even = (0..QUICK).map(|it| &programs[it * all / QUICK]);
            let worst = WORST.iter().map(|name| {
                let found = programs.iter().find(|it| it.name == *name);
                found.unwrap_or_else(|| panic!("no program {name}"))
            });
            even.chain(worst).collect()
        }
    }
}

fn run(programs: &[&Program]) -> Found {
    let packs = packs(programs);
    let next = AtomicUsize::new(0);
    let found = Mutex::new(Found::default());
    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                let mut world = Arena::new();
                while let Some((first, pack)) = packs.get(next.fetch_add(1, Ordering::Relaxed)) {
                    world.run_pack(pack, *first);
                }
                found.lock().expect("no panic").join(world.found);
            });
        }
    });
    found.into_inner().expect("no panic")
}

#[test]
fn no_hostile_program_traps_or_passes_its_cap_by_much() {
    let corpus = hostile::programs();
    let programs = chosen(&corpus);
    let mut found = run(&programs);
    found.overruns.sort_by(|left, right| right.cmp(left));
    println!("{} programs: {:#?}", programs.len(), found.ends);
    for (overrun, name) in found.overruns.iter().take(20) {
        println!("{:>9} Ggas over: {name}", overrun / 1_000_000_000);
    }
    let far = found
        .overruns
        .iter()
        .filter(|it| it.0 > OVERRUN_TGAS_MAX * TGAS);
    let far = far.map(|(gas, name)| format!("{name}: {gas} gas beyond its cap"));
    found.violations.extend(far);
    let all = found.violations.len();
    assert!(all == 0, "{all}:\n{}", found.violations.join("\n"));
    if std::env::var(CHOICE).is_err() {
        assert!(programs.len() >= 2_000);
        for (end, at_least) in ENDS {
            let count = found.ends.get(end).copied().unwrap_or_default();
            assert!(count >= at_least, "{end}: {count} of at least {at_least}");
        }
    }
}

/// How many programs of the even choice end so at least: a corpus that does nothing proves nothing.
const ENDS: [(&str, usize); 6] = [
    ("value", 300),
    ("E_THROW", 100),
    ("E_LIMIT", 100),
    ("E_GAS", 100),
    ("outside E_GAS", 10),
    ("refused E_TOO_DEEP", 10),
];
