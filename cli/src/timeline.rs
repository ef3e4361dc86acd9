//! What a transaction did in the order in which it happened: a step for each receipt, and to which
//! method that waits it belongs.
//!
//! A chain and an outcome go in; serialisable steps come out. A method that waits runs in several
//! receipts: the enclave's own calls to itself name its flow in their arguments, and the receipt that
//! made the first of them is where it began. It draws nothing.

pub mod drawing;

use std::collections::BTreeMap;

use conclave_abi::request::TraceFrame;
use conclave_localnet::{AccountId, Chain, CryptoHash, ReceiptOutcome, TransactionOutcome};
use near_primitives::views::{ActionView, ReceiptEnumView, ReceiptView};
use serde::{Deserialize, Serialize};

use crate::failure::Failed;
use crate::trace::{status_text, told};

/// Who sends what the chain gives back. Source: nearcore, `AccountId::is_system`.
const SYSTEM: &str = "system";

/// One receipt of a transaction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Step {
    /// The receipt's id.
    pub receipt: String,
    /// What it is for.
    pub kind: Kind,
    /// The block in which it was executed; none while it waits.
    pub block: Option<u64>,
    /// Who executes it.
    pub executor: String,
    /// Who sent it.
    pub predecessor: String,
    /// The methods that it calls.
    pub methods: Vec<String>,
    /// What it brings along, in yoctoNEAR.
    pub yocto: String,
    /// `ok`, what failed, or `waits`.
    pub status: String,
    /// The gas burnt by it alone.
    pub gas: u64,
    /// What it logged, without trace events.
    pub logs: Vec<String>,
    /// The frames that ran in it, where they were traced.
    pub frames: Vec<TraceFrame>,
    /// Its part in a method that waits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flow: Option<FlowPart>,
}

/// What a receipt is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Actions on an account, calls mostly.
    Actions,
    /// The chain gives back what came with actions that failed.
    Refund,
    /// The chain gives back what was paid for gas that was not burnt.
    GasRefund,
}

/// What a receipt does for a method that waits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FlowPart {
    /// The subcontract whose method waits.
    pub id: String,
    /// The flow's token.
    pub flow: String,
    /// What happens to it.
    pub part: Part,
}

/// What happens to a method that waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// It begins, and waits.
    Begins,
    /// What it waited for has come, or somebody lets it try again.
    GoesOn,
    /// Its caller gets its result.
    Answers,
    /// Somebody gives it up.
    Aborts,
}

/// A receipt with what is known of it.
struct Known<'a> {
    id: CryptoHash,
    parent: Option<CryptoHash>,
    sent: Option<ReceiptView>,
    executed: Option<&'a ReceiptOutcome>,
}

/// The arguments of the enclave's calls that name a flow.
#[derive(Deserialize)]
struct Named {
    id: String,
    flow: String,
}

/// The receipts of a transaction: those that were executed in their order, then those that wait.
///
/// # Errors
/// [`Failed`], when the chain can't be read.
pub fn steps(
    chain: &Chain,
    enclave: &AccountId,
    outcome: &TransactionOutcome,
) -> Result<Vec<Step>, Failed> {
    let known = receipts(chain, outcome)?;
    let mut flows: BTreeMap<CryptoHash, FlowPart> = BTreeMap::new();
    for receipt in &known {
        if let Some(part) = receipt.part(enclave) {
            flows.insert(receipt.id, part);
        }
    }
    for receipt in &known {
        let Some(parent) = receipt.parent else {
            continue;
        };
        let is_own = receipt.is_own(enclave);
        if let Some(part) = flows.get(&receipt.id).cloned() {
            let part = FlowPart {
                part: Part::Begins,
                ..part
            };
            flows.entry(parent).or_insert(part);
        } else if is_own && receipt.calls("fail") {
            let of_parent = flows.get(&parent).cloned();
            let part = of_parent.map(|part| FlowPart {
                part: Part::Answers,
                ..part
            });
            flows.extend(part.map(|part| (receipt.id, part)));
        }
    }
    let steps = known.iter();
    Ok(steps.map(|it| it.step(flows.remove(&it.id))).collect())
}

fn receipts<'a>(chain: &Chain, outcome: &'a TransactionOutcome) -> Result<Vec<Known<'a>>, Failed> {
    let parts = std::iter::once(&outcome.transaction_outcome).chain(&outcome.receipts);
    let pairs = parts.flat_map(|part| {
        let children = part.outcome.receipt_ids.iter();
        children.map(|id| (*id, part.id))
    });
    let parents: BTreeMap<_, _> = pairs.clone().collect();
    let is_executed = |id: &CryptoHash| outcome.receipts.iter().any(|part| part.id == *id);
    let waiting = pairs.map(|(id, _)| id).filter(|id| !is_executed(id));
    let executed = outcome.receipts.iter().map(|part| (part.id, Some(part)));
    let all = executed.chain(waiting.map(|id| (id, None)));
    all.map(|(id, executed)| {
        Ok(Known {
            id,
            parent: parents.get(&id).copied(),
            sent: chain.receipt(&id)?,
            executed,
        })
    })
    .collect()
}

impl Known<'_> {
    fn actions(&self) -> &[ActionView] {
        match self.sent.as_ref().map(|sent| &sent.receipt) {
            Some(ReceiptEnumView::Action { actions, .. }) => actions,
            _ => &[],
        }
    }

    fn methods(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.actions().iter().filter_map(|action| match action {
            ActionView::FunctionCall {
                method_name, args, ..
            } => Some((method_name.as_str(), args.as_slice())),
            _ => None,
        })
    }

    fn calls(&self, method: &str) -> bool {
        self.methods().any(|(called, _)| called == method)
    }

    /// Whether the enclave sends it to itself.
    fn is_own(&self, enclave: &AccountId) -> bool {
        let sent = self.sent.as_ref();
        sent.is_some_and(|it| it.predecessor_id == *enclave && it.receiver_id == *enclave)
    }

    /// What it does for the flow that its arguments name.
    fn part(&self, enclave: &AccountId) -> Option<FlowPart> {
        if self.sent.as_ref()?.receiver_id != *enclave {
            return None;
        }
        let (method, args) = self.methods().next()?;
        let part = match (method, self.is_own(enclave)) {
            ("resume", true) | ("retry", _) => Part::GoesOn,
            ("settle", true) => Part::Answers,
            ("abort", _) => Part::Aborts,
            _ => return None,
        };
        let Named { id, flow } = serde_json::from_slice(args).ok()?;
        (!flow.is_empty()).then_some(FlowPart { id, flow, part })
    }

    /// Refunds of gas are signed by whom they go to, other ones by the chain.
    fn kind(&self) -> Kind {
        let Some(sent) = &self.sent else {
            return Kind::Actions;
        };
        let is_refund = sent.predecessor_id == SYSTEM;
        match &sent.receipt {
            ReceiptEnumView::Action { signer_id, .. } if is_refund && signer_id == SYSTEM => {
                Kind::Refund
            }
            _ if is_refund => Kind::GasRefund,
            _ => Kind::Actions,
        }
    }

    fn yocto(&self) -> u128 {
        let amounts = self.actions().iter().map(|action| match action {
            ActionView::FunctionCall { deposit, .. } | ActionView::Transfer { deposit } => {
                deposit.as_yoctonear()
            }
            _ => 0,
        });
        amounts.sum()
    }

    fn step(&self, flow: Option<FlowPart>) -> Step {
        let outcome = self.executed.map(|part| &part.outcome);
        let (frames, logs) = outcome.map(|it| told(&it.logs)).unwrap_or_default();
        let sent = self.sent.as_ref();
        let executor = sent.map(|sent| &sent.receiver_id);
        let predecessor = sent.map(|sent| &sent.predecessor_id);
        let executor = executor.or(outcome.map(|it| &it.executor_id));
        let predecessor = predecessor.or(self.executed.map(|part| &part.predecessor_id));
        let name = |account: Option<&AccountId>| account.map_or(String::new(), ToString::to_string);
        Step {
            receipt: self.id.to_string(),
            kind: self.kind(),
            block: self.executed.map(|part| part.block_height),
            executor: name(executor),
            predecessor: name(predecessor),
            methods: self
                .methods()
                .map(|(method, _)| method.to_owned())
                .collect(),
            yocto: self.yocto().to_string(),
            status: outcome.map_or("waits".to_owned(), |it| status_text(&it.status)),
            gas: outcome.map_or(0, |it| it.gas_burnt.as_gas()),
            logs,
            frames,
            flow,
        }
    }
}
