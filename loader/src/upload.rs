//! The behaviour of the loader: one upload at a time, from its plan to its deployment.
//!
//! In: requests and a [`Platform`]. Out: records in storage, a [`Deployment`]. It guards that what is
//! deployed is what was announced: each chunk names the whole's hash and fills one place, and the whole is
//! hashed before it goes. Each function either does what it says or changes nothing.

use conclave_abi::loader::{
    BeginRequest, CHUNKS_MAX, ChunkMessage, DeployRequest, PLAN_KEY, Plan, Status, UploadStatus,
    chunk_key, decode_chunk_record, encode_chunk_record, hex,
};

use crate::error::LoaderError;
use crate::platform::{Deployment, Platform};

/// The version of the interface that `status` names.
pub const LOADER_VERSION: u32 = 1;

/// The method that clears an upload; the deploying receipt begins with it.
pub const CLEAR_METHOD: &str = "abort";

/// Gas for clearing, whatever the size: loading the loader, reading the plan.
const CLEAR_GAS_BASE: u64 = 5_000_000_000_000;
/// Gas for clearing each chunk: `storage_remove_base` is 53 G, trie nodes are 2.3 G each.
const CLEAR_GAS_PER_CHUNK: u64 = 300_000_000_000;
/// Gas for clearing each byte: `storage_remove_ret_value_byte` is 11.5 M.
const CLEAR_GAS_PER_BYTE: u64 = 15_000_000;

/// Begins an upload, or goes on with the same one.
///
/// # Errors
/// `E_LOADER_CALLER`, `E_LOADER_PLAN`; `E_LOADER_BUSY` while another upload is under way.
///
/// # Cost
/// One storage read; one write of 41 bytes if the upload is new.
pub fn begin(platform: &mut dyn Platform, request: BeginRequest) -> Result<(), LoaderError> {
    only_own_calls(platform)?;
    let plan = Plan::from(request);
    plan.check().map_err(LoaderError::Plan)?;
    match plan_under_way(platform)? {
        Some(under_way) if under_way == plan => Ok(()),
        Some(under_way) => Err(LoaderError::Busy {
            under_way: hex(&under_way.sha256),
        }),
        None => {
            platform.write(&PLAN_KEY, &plan.encode());
            Ok(())
        }
    }
}

/// Stores one chunk in its place; a chunk that is there already is replaced.
///
/// # Errors
/// `E_LOADER_CALLER`, `E_LOADER_MESSAGE`, `E_LOADER_IDLE`, `E_LOADER_MIXTURE`, `E_LOADER_PLACE`.
///
/// # Cost
/// One storage read, one write of the chunk's bytes and one more.
pub fn put(platform: &mut dyn Platform, message: &[u8]) -> Result<(), LoaderError> {
    only_own_calls(platform)?;
    let message = ChunkMessage::decode(message).map_err(LoaderError::Message)?;
    let plan = plan_under_way(platform)?.ok_or(LoaderError::Idle)?;
    if message.sha256 != plan.sha256 {
        return Err(LoaderError::Mixture {
            got: hex(&message.sha256),
            want: hex(&plan.sha256),
        });
    }
    let index = plan
        .index_of(message.offset, message.chunk.len())
        .map_err(LoaderError::Place)?;
    platform.write(&chunk_key(index), &encode_chunk_record(message.chunk));
    Ok(())
}

/// Tells which chunks are there.
///
/// # Errors
/// `E_LOADER_RECORD` only.
///
/// # Cost
/// One storage read, one look for each chunk.
pub fn status(platform: &dyn Platform) -> Result<Status, LoaderError> {
    let upload = plan_under_way(platform)?.map(|plan| {
        let (present, missing) =
            (0..plan.chunk_count()).partition(|index| platform.has(&chunk_key(*index)));
        UploadStatus {
            sha256: plan.sha256,
            bytes: plan.bytes,
            chunk_bytes: plan.chunk_bytes,
            present,
            missing,
        }
    });
    Ok(Status {
        loader: LOADER_VERSION,
        upload,
    })
}

/// Deploys the whole in a receipt that also clears the chunks and calls the new code.
///
/// # Errors
/// `E_LOADER_CALLER`, `E_LOADER_IDLE`, `E_LOADER_INCOMPLETE`, `E_LOADER_HASH`, `E_LOADER_RECORD`.
///
/// # Atomicity
/// The receipt happens whole or not at all: if the new code's call fails, the loader and all chunks are
/// still there, and `deploy` can be called again.
///
/// # Cost
/// For each byte of the contract about 55 Mgas here and 65 Mgas in the receipt.
pub fn deploy(platform: &mut dyn Platform, request: &DeployRequest) -> Result<(), LoaderError> {
    only_own_calls(platform)?;
    let plan = plan_under_way(platform)?.ok_or(LoaderError::Idle)?;
    let code = assembled(platform, &plan)?;
    let got = platform.sha256(&code);
    if got != plan.sha256 {
        return Err(LoaderError::Hash {
            got: hex(&got),
            want: hex(&plan.sha256),
        });
    }
    platform.deploy(Deployment {
        clear_method: CLEAR_METHOD,
        clear_gas: clear_gas(&plan),
        code: &code,
        then: request.then.as_ref(),
    });
    Ok(())
}

/// Forgets the upload under way and frees its storage; without one it does nothing.
///
/// It also clears an upload whose plan can't be read: then it removes every place that could be there.
///
/// # Errors
/// `E_LOADER_CALLER`.
///
/// # Cost
/// One storage read; one removal for each place and for the plan.
pub fn abort(platform: &mut dyn Platform) -> Result<(), LoaderError> {
    only_own_calls(platform)?;
    let places = match plan_under_way(platform) {
        Ok(None) => return Ok(()),
        Ok(Some(plan)) => plan.chunk_count(),
        Err(_) => CHUNKS_MAX,
    };
    for index in 0..places {
        platform.remove(&chunk_key(index));
    }
    platform.remove(&PLAN_KEY);
    Ok(())
}

fn only_own_calls(platform: &dyn Platform) -> Result<(), LoaderError> {
    if platform.is_own_call() {
        Ok(())
    } else {
        Err(LoaderError::Caller)
    }
}

fn plan_under_way(platform: &dyn Platform) -> Result<Option<Plan>, LoaderError> {
    let record = platform.read(&PLAN_KEY);
    record
        .map(|record| Plan::decode(&record).map_err(LoaderError::Record))
        .transpose()
}

fn assembled(platform: &dyn Platform, plan: &Plan) -> Result<Vec<u8>, LoaderError> {
    let missing: Vec<u32> = (0..plan.chunk_count())
        .filter(|index| !platform.has(&chunk_key(*index)))
        .collect();
    if !missing.is_empty() {
        return Err(LoaderError::Incomplete { missing });
    }
    let mut code = Vec::with_capacity(plan.bytes as usize);
    for index in 0..plan.chunk_count() {
        let record = platform.read(&chunk_key(index)).unwrap_or_default();
        code.extend_from_slice(decode_chunk_record(&record).map_err(LoaderError::Record)?);
    }
    Ok(code)
}

fn clear_gas(plan: &Plan) -> u64 {
    CLEAR_GAS_BASE
        + CLEAR_GAS_PER_CHUNK * u64::from(plan.chunk_count())
        + CLEAR_GAS_PER_BYTE * u64::from(plan.bytes)
}
