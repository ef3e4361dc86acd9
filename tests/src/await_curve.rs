//! The cost curve over awaits: what a method takes that waits for the outside again and again.
//!
//! In: the built contract beside the instrument of `tests/outside`. Out: gas that the enclave's own
//! receipts burn, all of them together, with and without `near.checkpoint` after each await. Unlike the
//! gas table it holds NEAR's fees for executing a receipt and for what it sends: a flow is many
//! receipts, and each pays them. What the other contract burns is not in it.

pub mod report;

use crate::ENCLAVE;
use crate::outside::{Outside, deploy};
use crate::vm::Vm;
use anyhow::{Result, ensure};
use conclave_localnet::TransactionOutcome;
use serde_json::{Value, json};

/// How often the measured methods wait. Reason: a checkpoint begins to pay among the first two.
pub const AWAITS: [u64; 6] = [1, 2, 5, 10, 20, 50];

/// The measured program: awaits a call and stores what it said, again and again.
const ASKER: &str = r"import { near, storage } from 'conclave'
const ask = () => near.call('instrument.near', 'add', { by: 1 }, { gas: '3 Tgas' })
export async function whole({ awaits }) {
  for (let at = 0; at < awaits; at++) {
    const count = await ask()
    storage.set('count', count)
  }
}
export async function anew({ awaits }) {
  for (let at = near.checkpoint() ?? 0; at < awaits; at++) {
    const count = await ask()
    storage.set('count', count)
    near.checkpoint(at + 1)
  }
}";

const ID: &str = "asker@alice.near";

/// The curve.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Curve {
    /// Gas of the first receipt of a method that waits once: up to its await.
    pub first: u64,
    /// Gas of its other receipt: from the answer to the method's end.
    pub step: u64,
    /// What was measured, in the order of [`AWAITS`].
    pub points: Vec<Point>,
}

/// What a method takes that waits so often.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Point {
    /// How often.
    pub awaits: u64,
    /// Gas where it keeps its history.
    pub whole: u64,
    /// Gas where it begins anew after each await, by `near.checkpoint`.
    pub anew: u64,
}

impl Curve {
    /// The sum of a method's steps: the first receipt, and for each await what a method takes to go on
    /// whose only await it is. Such a step has no history before it and sends no further call.
    #[must_use]
    pub fn sum_of_steps(&self, awaits: u64) -> u64 {
        self.first + awaits * self.step
    }

    /// How many awaits a method has, among those measured, when beginning anew takes less; none where
    /// it never does.
    #[must_use]
    pub fn pays_from(&self) -> Option<u64> {
        let mut points = self.points.iter();
        let point = points.find(|point| point.anew < point.whole);
        point.map(|point| point.awaits)
    }
}

/// Deploys the built contract and measures the curve.
///
/// # Errors
/// When the program can't be uploaded, a call of it fails, or has not as many receipts as it should.
pub fn measure() -> Result<Curve> {
    let mut flows = Flows::ready()?;
    // The key that the methods write is there from now on, for all of them alike.
    flows.receipts("whole", 1)?;
    let alone = flows.receipts("whole", 1)?;
    let mut points = Vec::new();
    for awaits in AWAITS {
        points.push(Point {
            awaits,
            whole: flows.receipts("whole", awaits)?.iter().sum(),
            anew: flows.receipts("anew", awaits)?.iter().sum(),
        });
    }
    Ok(Curve {
        first: alone[0],
        step: alone[1],
        points,
    })
}

/// The enclave with the program, beside the contract that it calls.
struct Flows(Vm);

impl Flows {
    fn ready() -> Result<Self> {
        let mut vm = Vm::new();
        deploy(vm.chain(), "instrument.near", Outside::Instrument);
        let request = json!({"id": ID, "source": ASKER});
        let uploaded = transact(
            &mut vm,
            ("alice.near", "upload"),
            &request,
            5 * 10u128.pow(24),
        );
        uploaded.map(|_| Self(vm))
    }

    /// Gas of the enclave's receipts when a method waits so often, in their order.
    fn receipts(&mut self, method: &str, awaits: u64) -> Result<Vec<u64>> {
        let request = json!({"id": ID, "method": method, "args": {"awaits": awaits}});
        let outcome = transact(&mut self.0, ("bob.near", "call"), &request, 0)?;
        let receipts = outcome.receipts.iter().map(|receipt| &receipt.outcome);
        let own = receipts.filter(|outcome| outcome.executor_id == ENCLAVE);
        let own: Vec<u64> = own.map(|outcome| outcome.gas_burnt.as_gas()).collect();
        let count = own.len() as u64;
        ensure!(
            count == awaits + 1,
            "{method} of {awaits} awaits had {count} receipts in the enclave"
        );
        Ok(own)
    }
}

/// Sends a request, which must succeed.
fn transact(
    vm: &mut Vm,
    (who, export): (&str, &str),
    request: &Value,
    deposit_yocto: u128,
) -> Result<TransactionOutcome> {
    let input = request.to_string();
    let outcome = vm.transact(who, export, input.as_bytes(), deposit_yocto);
    let failure = outcome.failure().map(ToString::to_string);
    ensure!(failure.is_none(), "{request} failed: {failure:?}");
    Ok(outcome)
}
