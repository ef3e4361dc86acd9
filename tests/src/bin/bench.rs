//! The gas table of the built contract: `cargo xtask bench`.
//!
//! Gas of NEAR's VM alone, without the fees of transaction and receipt, so that a row depends on
//! the contract and the program and on nothing else. It is exact: two runs print the same.

use anyhow::{Context, Result};
use clap::Parser;
use conclave_localnet::{ReceiptOutcome, TransactionOutcome};
use conclave_tests::Vm;
use conclave_tests::vm::{artefact, workspace};
use serde_json::{Value, json};

/// Prints what calls cost, in gas of NEAR's VM.
#[derive(Parser)]
#[command(name = "bench", about)]
struct Options {
    /// Print one JSON object on stdout.
    #[arg(long)]
    json: bool,
}

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

const WRITER: &str = r"import { storage } from 'conclave'
export function write() { storage.set('key', 1) }";

/// Frames of the chain.
const CHAIN: usize = 16;

struct Row {
    name: String,
    gas: Result<u64, String>,
}

struct Bench {
    vm: Vm,
    rows: Vec<Row>,
}

fn main() -> Result<()> {
    let options = Options::parse();
    let rows = Bench {
        vm: Vm::new(),
        rows: Vec::new(),
    }
    .run()?;
    if options.json {
        let known = rows
            .iter()
            .filter_map(|row| Some(json!({"name": row.name, "gas": row.gas.as_ref().ok()?})));
        let failed = rows
            .iter()
            .filter_map(|row| Some(json!({"name": row.name, "error": row.gas.as_ref().err()?})));
        let (known, failed): (Vec<_>, Vec<_>) = (known.collect(), failed.collect());
        let bytes = artefact("enclave.wasm").len();
        println!(
            "{}",
            json!({"protocol": 88, "contract_bytes": bytes, "rows": known, "failed": failed})
        );
        return Ok(());
    }
    for row in &rows {
        match &row.gas {
            #[expect(clippy::cast_precision_loss, reason = "shown with three digits")]
            Ok(gas) => println!("{:22} {:>10.3} Tgas", row.name, *gas as f64 / 1e12),
            Err(why) => println!("{:22} {why}", row.name),
        }
    }
    Ok(())
}

impl Bench {
    fn run(mut self) -> Result<Vec<Row>> {
        let programs = program("programs.js")?;
        self.upload("programs@alice.near", &programs)?;
        self.upload("token@alice.near", &program("token.js")?)?;
        self.upload("caller@alice.near", CALLER)?;
        self.upload("writer@alice.near", WRITER)?;
        for index in 0..CHAIN {
            self.upload(&format!("link{index}@alice.near"), &link(index))?;
        }
        self.whole_calls();
        let noop = self.gas("programs@alice.near", "noop", &Value::Null);
        for name in BEYOND_NOOP {
            let whole = self.gas("programs@alice.near", name, &Value::Null);
            let beyond = whole.and_then(|whole| Ok(whole - noop.clone()?));
            self.add(name, beyond);
        }
        Ok(self.rows)
    }

    fn whole_calls(&mut self) {
        let noop = self.call("programs@alice.near", "noop", &Value::Null);
        let loading = receipt(&noop).map(|receipt| gas_of(receipt, "CONTRACT_LOADING"));
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
        ];
        for (name, id, method, args) in calls {
            let gas = self.gas(id, method, &args);
            self.add(name, gas);
        }
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
        receipt(&outcome).map(|receipt| gas_of(receipt, ""))
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

/// Gas of the VM under costs whose name begins so.
fn gas_of(receipt: &ReceiptOutcome, name: &str) -> u64 {
    let costs = receipt.gas_profile().iter();
    let costs =
        costs.filter(|cost| cost.cost_category == "WASM_HOST_COST" && cost.cost.starts_with(name));
    costs.map(|cost| cost.gas_used.as_gas()).sum()
}

fn program(name: &str) -> Result<String> {
    let path = workspace().join("tests/programs").join(name);
    std::fs::read_to_string(&path).with_context(|| format!("can't read {}", path.display()))
}

fn link(index: usize) -> String {
    match index + 1 {
        CHAIN => "export function run() { return 0 }".to_owned(),
        next => format!(
            "import {{ call }} from 'conclave'\nexport function run() {{ return 1 + call('link{next}@alice.near', 'run') }}"
        ),
    }
}
