//! The exports, one function each, without NEAR: a request's bytes in, effects on a platform out.

use crate::bill::YOCTO_PER_BYTE;
use crate::bills;
use crate::charge::{attach, unpaid};
use crate::execution::{Execution, Mode};
use crate::flow::{self, Arrival, Flow};
use crate::frame::{FrameRequest, Way};
use crate::platform::Platform;
use crate::record::{AccountPayload, EnclaveRecord, corrupt};
use crate::removal;
use crate::request;
use crate::tables;
use crate::views;
use conclave_abi::error::{ErrorCode, Failure};
use conclave_abi::id::{SubcontractId, is_account};
use conclave_abi::request::{
    Addressed, Call, CompiledAgain, Named, New, Received, Upload, Uploaded,
};
use conclave_abi::value::Value;
use conclave_engine::port::{CallWay, Guest};
use conclave_engine::with_guest;
use serde::Serialize;
use std::rc::Rc;

/// For how many bytes of each subcontract the enclave pays unless `new` says otherwise: 1 NEAR.
const ALLOWANCE_BYTES: u64 = 100_000;

/// What the contract exports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Export {
    /// `new {owner}`
    New,
    /// `upload {id, source, init?}`
    Upload,
    /// `call {id, method, args, trace?}`
    Call,
    /// `view {id, method, args}`
    View,
    /// `compile {id}`
    Compile,
    /// `spawn {id, method, args, caller, parent, flow}`, for the enclave itself
    Spawn,
    /// `resume {id, flow, wait}`, for the enclave itself
    Resume,
    /// `fail`, a failure, for the enclave itself
    Fail,
    /// `settle {id, flow}`, for the enclave itself
    Settle,
    /// `return_tokens {id, token, amount}`, for the enclave itself
    ReturnTokens,
    /// `expire {token}`
    Expire,
    /// `retry {id, flow}`
    Retry,
    /// `abort {id, flow}`
    Abort,
    /// `flow {id, flow}`, a view
    Flow,
    /// `flows {id, from?, limit?}`, a view
    Flows,
    /// `ft_on_transfer {sender_id, amount, msg}`, for NEP-141 tokens
    FtOnTransfer,
    /// `tables`, the bytes themselves
    Tables,
    /// `remove {id}`
    Remove,
    /// `collect {id, limit?}`
    Collect,
    /// `storage_bill {account, from?, limit?}`, a view
    StorageBill,
    /// `subcontract {id}`, a view
    Subcontract,
    /// `subcontracts {from?, limit?}`, a view
    Subcontracts,
    /// `state_root {}`, a view
    StateRoot,
    /// `proof {id, key}`, a view
    Proof,
}

/// Serves one request on a platform.
///
/// # Errors
/// A coded [`Failure`]. The caller must fail the receipt then: some writes may have been made.
///
/// # Atomicity
/// With the receipt failed, nothing of a failed request stays.
pub fn serve<P: Platform + 'static>(export: Export, platform: P) -> Result<(), Failure> {
    match export {
        Export::New => new(platform),
        Export::Upload => upload(platform),
        Export::Call => call(platform, Mode::Change),
        Export::View => call(platform, Mode::View),
        Export::Compile => compile(platform),
        Export::Spawn => flow::spawn(platform),
        Export::Resume => flow::resume(platform),
        Export::Fail => flow::fail(platform),
        Export::Settle => flow::settle(platform),
        Export::ReturnTokens => flow::return_tokens(platform),
        Export::Expire => flow::expire(platform),
        Export::Retry => flow::retry(platform),
        Export::Abort => flow::abort(platform),
        Export::Flow => flow::flow(platform),
        Export::Flows => flow::flows(platform),
        Export::FtOnTransfer => ft_on_transfer(platform),
        Export::Tables => tables::store(platform),
        Export::Remove => removal::remove(platform),
        Export::Collect => removal::collect(platform),
        Export::StorageBill => bills::storage_bill(platform),
        Export::Subcontract => views::subcontract(platform),
        Export::Subcontracts => views::subcontracts(platform),
        Export::StateRoot => views::state_root(platform),
        Export::Proof => views::proof(platform),
    }
}

pub(crate) fn answer<P: Platform>(platform: &P, result: &impl Serialize) {
    let bytes = serde_json::to_vec(result).expect("invariant: results are plain data");
    platform.return_value(&bytes);
}

fn new<P: Platform>(platform: P) -> Result<(), Failure> {
    let form = "{\"owner\": account, \"allowance_bytes\"?: number}";
    let New {
        owner,
        allowance_bytes,
    } = request::read(&platform.input(), form)?;
    if !is_account(&owner) {
        return Err(Failure::new(
            ErrorCode::BadRequest,
            format!("`{owner}` is not a NEAR account id"),
        ));
    }
    let execution = Execution::new(platform, Mode::Change);
    if execution.state.enclave()?.is_some() {
        return Err(Failure::new(
            ErrorCode::AlreadyInitialised,
            "new was called before; nothing changed",
        ));
    }
    execution.found(&EnclaveRecord {
        owner,
        held_yocto: 0,
        allowance_bytes: allowance_bytes.unwrap_or(ALLOWANCE_BYTES),
    })?;
    answer(execution.platform(), &());
    Ok(())
}

/// Refuses work before `new` was called.
pub(crate) fn check_initialised<P: Platform>(execution: &Execution<P>) -> Result<(), Failure> {
    if execution.state.enclave()?.is_some() {
        return Ok(());
    }
    Err(Failure::new(
        ErrorCode::NotInitialised,
        "the enclave is not ready; its account must call new first",
    ))
}

fn upload<P: Platform + 'static>(platform: P) -> Result<(), Failure> {
    let form =
        "{\"id\": \"label@account\", \"source\": ES module, \"init\"?: {\"method\"?, \"args\"}}";
    let upload: Upload = request::read(&platform.input(), form)?;
    let name = request::id(&upload.id)?;
    let (owner, amount_yocto) = (platform.predecessor(), platform.attached_deposit());
    let execution = Rc::new(Execution::new(platform, Mode::Change));
    check_initialised(&execution)?;
    check_upload(&execution, &name, &owner)?;
    let id = upload.id.clone();
    let host = Rc::<Execution<P>>::clone(&execution);
    with_guest(host, |guest| {
        install(&execution, guest, upload, (&owner, amount_yocto))
    })?;
    commit_upload(&execution, &id, owner)
}

/// Whether an account may upload a subcontract, and its place is free.
///
/// # Errors
/// `E_NOT_ALLOWED`, `E_TAKEN`, `E_CORRUPT`.
pub(crate) fn check_upload<P: Platform>(
    execution: &Execution<P>,
    name: &SubcontractId,
    owner: &str,
) -> Result<(), Failure> {
    let id = name.as_str();
    if owner != name.account() {
        let message = format!("only {} may upload {id}, not {owner}", name.account());
        return Err(Failure::new(ErrorCode::NotAllowed, message));
    }
    if execution.state.account(id)?.is_some() {
        return Err(Failure::new(
            ErrorCode::Taken,
            format!("{id} is there already; remove it first"),
        ));
    }
    Ok(())
}

/// Puts a new subcontract into the journal, and runs its `init`.
///
/// # Errors
/// Why its source is refused, or how its `init` failed.
pub(crate) fn install<P: Platform>(
    execution: &Execution<P>,
    guest: &mut dyn Guest,
    upload: Upload,
    (owner, amount_yocto): (&str, u128),
) -> Result<(), Failure> {
    let Upload { id, source, init } = upload;
    let code = execution.code_of(guest, &id, &source)?;
    let payload = AccountPayload {
        owner: owner.to_owned(),
        code_hash: code.compiled.hash,
        code_bytes: u32::try_from(source.len()).expect("invariant: a source is bounded"),
        billed_code_bytes: code.billed_bytes,
        billed_bytes: 0,
        enclave_bytes: 0,
        balance_yocto: 0,
        locks: 0,
    };
    let mut journal = execution.journal.borrow_mut();
    journal.set_account(&id, payload.to_bytes());
    drop(journal);
    let Some(init) = init else {
        execution.left_yocto.set(amount_yocto);
        return Ok(());
    };
    let request = FrameRequest {
        id,
        caller: Some(owner.to_owned()),
        deposit_yocto: amount_yocto,
        method: init.method,
        args: init.args,
        way: Way::Upload,
        call_way: CallWay::Call,
        gas: None,
    };
    execution.run_frame(guest, request).map(drop)
}

/// Commits an upload, paid by what its `init` left of the deposit.
///
/// # Errors
/// `E_DEPOSIT`, `E_CORRUPT`.
pub(crate) fn commit_upload<P: Platform>(
    execution: &Execution<P>,
    id: &str,
    from: String,
) -> Result<(), Failure> {
    let unreadable = || corrupt(&format!("the account record of {id}"));
    let payload = execution.payload(id)?.ok_or_else(unreadable)?;
    let bytes = payload.own_bytes(id);
    execution.journal.borrow_mut().bill(id, bytes as i64, false);
    let (price, left) = (
        u128::from(bytes) * YOCTO_PER_BYTE,
        execution.left_yocto.get(),
    );
    if price > left {
        let missing = price - left;
        let attached = execution.platform().attached_deposit();
        return Err(unpaid(id, bytes, missing, &attach(attached + missing)));
    }
    execution.left_yocto.set(left - price);
    let storage_bytes = execution.journal.borrow().billed(id).bytes;
    execution.commit(from)?;
    let uploaded = Uploaded {
        id: id.to_owned(),
        code_hash: hex::encode(payload.code_hash),
        code_bytes: u64::from(payload.code_bytes),
        storage_bytes: storage_bytes.unsigned_abs(),
    };
    answer(execution.platform(), &uploaded);
    Ok(())
}

/// `compile`
fn compile<P: Platform + 'static>(platform: P) -> Result<(), Failure> {
    let Named { id } = request::read(&platform.input(), "{\"id\": \"label@account\"}")?;
    request::check_id(&id)?;
    let execution = Rc::new(Execution::new(platform, Mode::Change));
    let (_, payload) = views::existing(&execution, &id)?;
    execution
        .left_yocto
        .set(execution.platform().attached_deposit());
    let host = Rc::<Execution<P>>::clone(&execution);
    let was_stale = with_guest(host, |guest| {
        execution.compile_again(guest, &id, payload.code_hash)
    })?;
    execution.commit(execution.platform().predecessor())?;
    answer(execution.platform(), &CompiledAgain { was_stale });
    Ok(())
}

/// `ft_on_transfer`: what a NEP-141 token calls when somebody sends tokens to the enclave with a
/// message, which says for which subcontract they are.
fn ft_on_transfer<P: Platform + 'static>(platform: P) -> Result<(), Failure> {
    let form = "{\"sender_id\": account, \"amount\": text, \"msg\": text}";
    let Received {
        sender_id,
        amount,
        msg,
    } = request::read(&platform.input(), form)?;
    let count = flow::amount_of(&amount).ok_or_else(|| flow::bad_amount(&amount))?;
    let arrival = Arrival {
        token: platform.predecessor(),
        amount: count,
        unused: 0,
    };
    let form = "a msg like {\"id\": \"label@account\", \"msg\": any JSON}";
    let Addressed { id, msg } = request::read(msg.as_bytes(), form)?;
    let args = [
        ("sender_id", Value::String(sender_id)),
        ("amount", Value::String(amount)),
        ("msg", msg),
    ];
    let args = args.map(|(name, value)| (name.to_owned(), value));
    let call = Call {
        id,
        method: "ft_on_transfer".to_owned(),
        args: Value::Object(args.into()),
        trace: false,
    };
    run_call(platform, call, Mode::Change, Some(arrival))
}

/// `call` and `view`
fn call<P: Platform + 'static>(platform: P, mode: Mode) -> Result<(), Failure> {
    let form = "{\"id\": \"label@account\", \"method\": name, \"args\": any JSON}";
    let call = request::read(&platform.input(), form)?;
    run_call(platform, call, mode, None)
}

/// Calls a method. In a change and in a view it is the same but for who asks, what came with it, and
/// what may change.
fn run_call<P: Platform + 'static>(
    platform: P,
    call: Call,
    mode: Mode,
    arrival: Option<Arrival>,
) -> Result<(), Failure> {
    let Call {
        id,
        method,
        args,
        trace,
    } = call;
    // NEAR refuses both questions in a view, and nobody could answer them.
    let (caller, deposit_yocto) = match mode {
        Mode::Change => (Some(platform.predecessor()), platform.attached_deposit()),
        Mode::View => (None, 0),
    };
    let from = caller.clone().unwrap_or_default();
    let execution = Rc::new(Execution::new(platform, mode));
    *execution.arrival.borrow_mut() = arrival;
    if trace {
        execution.trace();
    }
    let host = match mode {
        Mode::Change => flow::host_of(&execution, &id, || {
            Flow::new(args.clone(), trace, execution.block_now())
        }),
        Mode::View => Rc::<Execution<P>>::clone(&execution),
    };
    let request = FrameRequest {
        id: id.clone(),
        caller,
        deposit_yocto,
        method,
        args,
        way: Way::Call,
        call_way: CallWay::Call,
        gas: None,
    };
    let result = execution.enter(host, request)?;
    execution.finish_call(&id, from, &result)
}
