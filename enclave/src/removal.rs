//! What goes: a subcontract that its owner removes, and the records that it leaves.

use crate::commit::{Deposit, Payer, Refund};
use crate::execution::{Execution, Mode};
use crate::platform::Platform;
use crate::request;
use crate::serve::answer;
use crate::views::existing;
use conclave_abi::error::{ErrorCode, Failure};
use conclave_abi::request::{Collect, Collected, Named};

/// How many records one `collect` removes unless told, and at most.
const RECORDS: (u32, u32) = (100, 1_000);

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
    let mut journal = execution.journal.borrow_mut();
    journal.remove_subcontract(&id);
    if payload.balance_yocto > 0 {
        journal.set_balance(&id, 0);
    }
    drop(journal);
    execution.commit(Deposit {
        from: caller,
        amount_yocto,
        left_yocto: amount_yocto,
        payer: Payer::DepositOrEnclave,
        refund: Some(Refund {
            to: payload.owner,
            balance_yocto: payload.balance_yocto,
            paid_yocto: payload.paid_yocto,
        }),
        uploaded: None,
    })?;
    answer(execution.platform(), &());
    Ok(())
}

/// `collect`
pub(crate) fn collect<P: Platform>(platform: P) -> Result<(), Failure> {
    let form = "{\"id\": \"label@account\", \"limit\"?: number}";
    let Collect { id, limit } = request::read(&platform.input(), form)?;
    request::check_id(&id)?;
    let (from, amount_yocto) = (platform.predecessor(), platform.attached_deposit());
    let limit = limit.unwrap_or(RECORDS.0).clamp(1, RECORDS.1) as usize;
    let execution = Execution::new(platform, Mode::Change);
    let collected = execution.state.collect(&id, limit)?;
    let answered = Collected {
        records: collected.records as u64,
        is_left: collected.is_left,
    };
    execution.write(&collected.batch);
    if amount_yocto > 0 {
        execution.platform().transfer(&from, amount_yocto);
    }
    answer(execution.platform(), &answered);
    Ok(())
}
