//! The gas table of the built contract: what `cargo xtask bench` prints and the budgets bound.
//!
//! Gas of NEAR's VM alone, without the fees of transaction and receipt, so that a row depends on
//! the contract and the program and on nothing else. It is exact: two runs give the same.

use crate::performance::Parts;
use crate::vm::{Vm, workspace};
use anyhow::{Context, Result};
use conclave_localnet::{ReceiptOutcome, TransactionOutcome};
use serde_json::{Value, json};

/// Programs whose row leaves out what `noop` costs.
const BEYOND_NOOP: [&str; 7] = [
    "loop_10000",
    "closure_calls_1000",
    "class_calls_1000",
    "keyed_sets_1000",
    "array_pipeline_1000",
    "bigint_200",
    "string_append_20000",
];

/// Calls `transfer` of the token as often as it is told.
const CALLER: &str = r"import { call } from 'conclave'
export function run({ times }) { for (let i = 0; i < times; i++) call('token@alice.near', 'transfer') }";

/// Calls a method that does nothing as often as it is told.
const IDLE_CALLER: &str = r"import { call } from 'conclave'
export function run({ times }) { for (let i = 0; i < times; i++) call('idle@alice.near', 'nothing') }";

const IDLE: &str = "export function nothing() {}";

/// Calls by which the row of a nested call's own cost is divided.
const IDLE_CALLS: u64 = 10;

const WRITER: &str = r"import { storage } from 'conclave'
export function write() { storage.set('key', 1) }";

/// Parts of the large program: 50 KB in all.
const LARGE_PARTS: usize = 83;

/// Frames of the chain.
const CHAIN: usize = 16;

/// One row of the table.
#[derive(Debug, Clone)]
pub struct Row {
    /// Its name, by which others find it.
    pub name: String,
    /// What it costs, or why that could not be found out.
    pub gas: Result<u64, String>,
}

/// Deploys the built contract and measures every row.
///
/// # Errors
/// When a program of the table can't be read or uploaded.
pub fn measure() -> Result<Vec<Row>> {
    Ok(Bench::ready()?.run())
}

/// Where the gas of some calls goes: what each is, and its parts.
///
/// # Errors
/// When a program can't be read, uploaded or called.
pub fn parts() -> Result<Vec<(&'static str, Parts)>> {
    let mut bench = Bench::ready()?;
    let mut gas = |id: &str, method: &str, times: u64| {
        let gas = bench.gas(id, method, &json!({ "times": times }));
        gas.map_err(anyhow::Error::msg)
    };
    let transfer = (gas("caller@alice.near", "run", 5)? - gas("caller@alice.near", "run", 1)?) / 4;
    let nothing = (gas("idler@alice.near", "run", 5)? - gas("idler@alice.near", "run", 1)?) / 4;
    let calls = [
        ("does nothing", "idle@alice.near", "nothing", nothing),
        ("token transfer", "token@alice.near", "transfer", transfer),
        ("one storage write", "writer@alice.near", "write", nothing),
    ];
    let mut parts = Vec::new();
    for (name, id, method, again) in calls {
        let whole = bench.call(id, method, &Value::Null);
        let refused = bench.call(id, "unknown", &Value::Null);
        let refused = refused.receipts.first().context("no receipt")?;
        let whole = receipt(&whole).map_err(anyhow::Error::msg)?;
        parts.push((name, Parts::of(whole, refused, again)));
    }
    Ok(parts)
}

/// Gas of the VM in a receipt, under costs whose name begins so.
#[must_use]
pub fn vm_gas(receipt: &ReceiptOutcome, cost: &str) -> u64 {
    let costs = receipt.gas_profile().iter();
    let costs =
        costs.filter(|it| it.cost_category == "WASM_HOST_COST" && it.cost.starts_with(cost));
    costs.map(|cost| cost.gas_used.as_gas()).sum()
}

struct Bench {
    vm: Vm,
    rows: Vec<Row>,
}

impl Bench {
    /// The enclave with every program of the table.
    fn ready() -> Result<Self> {
        let mut bench = Self {
            vm: Vm::new(),
            rows: Vec::new(),
        };
        bench.upload("programs@alice.near", &program("programs.js")?)?;
        bench.upload("token@alice.near", &program("token.js")?)?;
        bench.upload("caller@alice.near", CALLER)?;
        bench.upload("writer@alice.near", WRITER)?;
        bench.upload("idle@alice.near", IDLE)?;
        bench.upload("idler@alice.near", IDLE_CALLER)?;
        bench.upload("large@alice.near", &large())?;
        for index in 0..CHAIN {
            bench.upload(&format!("link{index}@alice.near"), &link(index))?;
        }
        Ok(bench)
    }

    fn run(mut self) -> Vec<Row> {
        self.whole_calls();
        self.nested_call();
        let noop = self.gas("programs@alice.near", "noop", &Value::Null);
        for name in BEYOND_NOOP {
            let whole = self.gas("programs@alice.near", name, &Value::Null);
            let beyond = whole.and_then(|whole| Ok(whole - noop.clone()?));
            self.add(name, beyond);
        }
        self.rows
    }

    fn whole_calls(&mut self) {
        let noop = self.call("programs@alice.near", "noop", &Value::Null);
        let loading = receipt(&noop).map(|receipt| vm_gas(receipt, "CONTRACT_LOADING"));
        self.add("load_only", loading);
        let calls = [
            ("noop", "programs@alice.near", "noop", Value::Null),
            ("transfer", "token@alice.near", "transfer", Value::Null),
            (
                "nested_transfer_1",
                "caller@alice.near",
                "run",
                json!({"times": 1}),
            ),
            (
                "nested_transfer_5",
                "caller@alice.near",
                "run",
                json!({"times": 5}),
            ),
            ("nested_chain_16", "link0@alice.near", "run", Value::Null),
            ("storage_write", "writer@alice.near", "write", Value::Null),
            (
                "large_small_method",
                "large@alice.near",
                "small",
                Value::Null,
            ),
            (
                "large_all_functions",
                "large@alice.near",
                "all",
                Value::Null,
            ),
        ];
        for (name, id, method, args) in calls {
            let gas = self.gas(id, method, &args);
            self.add(name, gas);
        }
    }

    /// What one more nested call costs that does nothing: realm, frame and journal, no parsing.
    fn nested_call(&mut self) {
        let mut run = |times: u64| self.gas("idler@alice.near", "run", &json!({ "times": times }));
        let (one, many) = (run(1), run(1 + IDLE_CALLS));
        let own = many.and_then(|many| Ok((many - one?) / IDLE_CALLS));
        self.add("nested_call", own);
    }

    fn add(&mut self, name: &str, gas: Result<u64, String>) {
        self.rows.push(Row {
            name: name.to_owned(),
            gas,
        });
    }

    fn upload(&mut self, id: &str, source: &str) -> Result<()> {
        let request = json!({"id": id, "source": source}).to_string();
        let outcome = self.vm.transact(
            "alice.near",
            "upload",
            request.as_bytes(),
            5 * 10u128.pow(24),
        );
        anyhow::ensure!(
            outcome.is_success(),
            "{id} was not uploaded: {:?}",
            outcome.failure()
        );
        Ok(())
    }

    fn call(&mut self, id: &str, method: &str, args: &Value) -> TransactionOutcome {
        let request = json!({"id": id, "method": method, "args": args}).to_string();
        self.vm.transact("bob.near", "call", request.as_bytes(), 0)
    }

    /// Gas of the VM in a call, or why it failed.
    fn gas(&mut self, id: &str, method: &str, args: &Value) -> Result<u64, String> {
        let outcome = self.call(id, method, args);
        receipt(&outcome).map(|receipt| vm_gas(receipt, ""))
    }
}

/// The enclave's receipt, or why the transaction failed.
fn receipt(outcome: &TransactionOutcome) -> Result<&ReceiptOutcome, String> {
    match outcome.failure() {
        Some(error) => Err(format!("failed: {error}")),
        None => outcome
            .receipts
            .first()
            .ok_or_else(|| "no receipt".to_owned()),
    }
}

fn program(name: &str) -> Result<String> {
    let path = workspace().join("tests/programs").join(name);
    std::fs::read_to_string(&path).with_context(|| format!("can't read {}", path.display()))
}

/// A program of 50 KB of ordinary code: classes, closures, tables, messages. `small` enters one function,
/// `all` enters each of them.
fn large() -> String {
    let mut source = "import { near, storage } from 'conclave'\n".to_owned();
    for part in 0..LARGE_PARTS {
        let text = format!(
            r"
/** Keeps the amounts of part {part}, and says who may change them. */
const LIMITS{part} = {{ least: {part}n, most: 10n ** {digits}n, note: 'limits of part {part}' }}
class Account{part} {{
  #amounts = new Map()
  constructor(owner) {{ this.owner = owner; this.kind = 'part{part}' }}
  add(name, amount) {{
    if (amount < LIMITS{part}.least) throw new RangeError(`${{name}} adds too little to {part}: ${{amount}}`)
    this.#amounts.set(name, (this.#amounts.get(name) ?? 0n) + amount)
    return this
  }}
  sum() {{ return [...this.#amounts.values()].reduce((sum, amount) => sum + amount, 0n) }}
}}
",
            digits = part % 20 + 3,
        );
        source.push_str(&text);
    }
    source.push_str("export function small() { return new Account0('alice.near').owner }\n");
    source.push_str("export function all() { let sum = 0n");
    for part in 0..LARGE_PARTS {
        source.push_str(&format!(
            "\nsum += new Account{part}('bob.near').add('a', {part}n).sum()"
        ));
    }
    source.push_str("\nreturn sum }\n");
    source
}

fn link(index: usize) -> String {
    match index + 1 {
        CHAIN => "export function run() { return 0 }".to_owned(),
        next => format!(
            "import {{ call }} from 'conclave'\nexport function run() {{ return 1 + call('link{next}@alice.near', 'run') }}"
        ),
    }
}
