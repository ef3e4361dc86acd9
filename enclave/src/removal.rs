//! What goes: a subcontract that its owner removes, and the records that it leaves.

use crate::bill::{self, Bill, ENCLAVE, ITSELF, YOCTO_PER_BYTE};
use crate::commit::Moved;
use crate::execution::{Execution, Mode};
use crate::gas;
use crate::platform::Platform;
use crate::request;
use crate::serve::answer;
use crate::views::existing;
use conclave_abi::error::{ErrorCode, Failure};
use conclave_abi::id::SubcontractId;
use conclave_abi::key::Kind;
use conclave_abi::request::{Collect, Collected, Named};
use conclave_nested_trie::{Freed, SortedMap};
use std::ops::ControlFlow;

/// How many records one `collect` removes unless told, and at most.
const RECORDS: (u32, u32) = (100, 1_000);

/// Gas for refunds after which one `collect` ends, and leaves the rest to the next.
const REFUNDS_GAS: u64 = 60_000_000_000_000;

/// `remove`
pub(crate) fn remove<P: Platform>(platform: P) -> Result<(), Failure> {
    let Named { id } = request::read(&platform.input(), "{\"id\": \"label@account\"}")?;
    request::check_id(&id)?;
    let (caller, amount_yocto) = (platform.predecessor(), platform.attached_deposit());
    let execution = Execution::new(platform, Mode::Change);
    let (_, payload) = existing(&execution, &id)?;
    if caller != payload.owner {
        let message = format!("only {} may remove {id}, not {caller}", payload.owner);
        return Err(Failure::new(ErrorCode::NotAllowed, message));
    }
    execution.refuse_while_in_use(&id)?;
    let mut journal = execution.journal.borrow_mut();
    journal.remove_subcontract(&id);
    if payload.balance_yocto > 0 {
        journal.set_balance(&id, 0);
    }
    drop(journal);
    execution.drop_code(&payload.code_hash)?;
    let of_account = u128::from(payload.own_bytes(&id)) * YOCTO_PER_BYTE;
    execution.repay(&caller, payload.balance_yocto + of_account)?;
    execution.left_yocto.set(amount_yocto);
    execution.moved.set(Moved {
        came: 0,
        went: of_account,
    });
    execution.commit(caller)?;
    // A fresh handle: what the commit wrote is not what this one read.
    let execution = Execution::new(execution.platform().clone(), Mode::Change);
    collect_some(&execution, &id, RECORDS.0)?;
    answer(execution.platform(), &());
    Ok(())
}

impl<P: Platform> Execution<P> {
    /// Refuses what would take from waiting methods what they go on with, and what would leave tokens
    /// outside to nobody.
    ///
    /// # Errors
    /// `E_NOT_ALLOWED`, `E_CORRUPT`.
    ///
    /// # Cost
    /// The pages on the way to the first flow and to where they end, however many wait.
    fn refuse_while_in_use(&self, id: &str) -> Result<(), Failure> {
        let mut first = None;
        let flows = Kind::Flows.key("");
        self.state.entries(id, &flows, &mut |key, _| {
            first = Some(key.to_vec());
            Ok(ControlFlow::Break(()))
        })?;
        let first = first.unwrap_or_default();
        if let Some(token) = Kind::Tokens.name(&first) {
            let message = format!(
                "{id} holds tokens of {token}, or some are on their way: send them out first; \
                 `subcontract` lists what it holds"
            );
            return Err(Failure::new(ErrorCode::NotAllowed, message));
        }
        let Some(token) = Kind::Flows.name(&first) else {
            return Ok(());
        };
        let count = self.state.count_stored(id, &flows)?;
        let message = format!(
            "{count} of its methods still wait in {id}, flow {token} among them: let them come to \
             their end, or abort them first"
        );
        Err(Failure::new(ErrorCode::NotAllowed, message))
    }
}

/// `collect`
pub(crate) fn collect<P: Platform>(platform: P) -> Result<(), Failure> {
    let form = "{\"id\": \"label@account\", \"limit\"?: number}";
    let Collect { id, limit } = request::read(&platform.input(), form)?;
    request::check_id(&id)?;
    let limit = limit.unwrap_or(RECORDS.0).clamp(1, RECORDS.1);
    let execution = Execution::new(platform, Mode::Change);
    execution
        .left_yocto
        .set(execution.platform().attached_deposit());
    let collected = collect_some(&execution, &id, limit)?;
    answer(execution.platform(), &collected);
    Ok(())
}

/// Removes some records of what was removed, and gives back what they had cost.
fn collect_some<P: Platform>(
    execution: &Execution<P>,
    id: &str,
    limit: u32,
) -> Result<Collected, Failure> {
    let name = SubcontractId::parse(id);
    let name = name.map_err(|error| Failure::new(ErrorCode::BadId, error.to_string()))?;
    let (mut refunds, mut gas) = (SortedMap::<String, u128>::new(), 0);
    let mut failed = Ok(());
    let mut visit = |entry: Freed| {
        let bytes = bill::of_entry(entry.key_bytes, entry.stat.value_bytes as usize);
        let bill = Bill::read(&entry.stat.note, bytes).unwrap_or_else(|failure| {
            failed = Err(failure);
            Bill::default()
        });
        for (payer, bytes) in bill.payers().filter(|(payer, _)| *payer != ENCLAVE) {
            let payer = if payer == ITSELF {
                name.account()
            } else {
                payer
            };
            let refund = refunds.or_default(payer.to_owned());
            if *refund == 0 {
                gas += gas::of_transfer(payer);
            }
            *refund += u128::from(bytes) * YOCTO_PER_BYTE;
        }
        if gas < REFUNDS_GAS {
            ControlFlow::Continue(())
        } else {
            ControlFlow::Break(())
        }
    };
    let collected = execution.state.collect(id, limit as usize, &mut visit)?;
    failed?;
    let mut moved = Moved::default();
    for (payer, amount_yocto) in refunds {
        moved.went += amount_yocto;
        execution.repay(&payer, amount_yocto)?;
    }
    execution.write(collected.batch.iter());
    execution.moved.set(moved);
    execution.commit(execution.platform().predecessor())?;
    Ok(Collected {
        records: collected.records as u64,
        is_left: collected.is_left,
    })
}
