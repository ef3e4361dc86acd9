//! Brings the enclave onto the chain: in one transaction if it fits, else in chunks through the
//! loader, from wherever an earlier attempt was cut off.
//!
//! The Wasm and the account's present state go in; [`plan`] says what will be sent and what it
//! costs, [`execute`] sends it. The account deploys to itself and signs everything. The wire
//! format is `conclave_abi::loader`.

use conclave_abi::key;
use conclave_abi::loader::{CHUNK_BYTES_MAX, Plan, PlanError, Status, UploadStatus};
use conclave_localnet::{AccountId, Balance, Chain};
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::code::Code;
use crate::failure::Failed;
use crate::price::Prices;
use crate::units::serialize_yocto;

mod sender;

use sender::Sender;

/// The most bytes in a chunk unless told: as few transactions as NEAR's 1,572,864 bytes allow.
pub const CHUNK_BYTES_DEFAULT: u32 = CHUNK_BYTES_MAX;

/// What surrounds a contract in its transaction: signer, key, nonce, hash, signature, `new`.
const ENVELOPE_BYTES: u64 = 1_024;

/// What the account gets beyond its storage, for gas and for its first subcontracts.
const SPARE: Balance = Balance::from_near(5);

/// What the account needs beyond its storage to carry the gas of a deployment.
const RESERVE: Balance = Balance::from_near(1);

/// What is to be deployed, and where.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// The enclave's account, which signs.
    pub account: &'a AccountId,
    /// The enclave's Wasm.
    pub code: &'a [u8],
    /// The loader's Wasm.
    pub loader: &'a [u8],
    /// Unicode's tables of the enclave's build, which it stores.
    pub tables: &'a [u8],
    /// Who administers the enclave.
    pub owner: &'a AccountId,
    /// For how many bytes of each subcontract the enclave pays where no deposit came; what the
    /// contract says unless told.
    pub allowance_bytes: Option<u64>,
    /// The most bytes in one chunk.
    pub chunk_bytes: u32,
}

/// What will be sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "way", rename_all = "snake_case")]
pub enum Way {
    /// Nothing: this very contract is there.
    Nothing,
    /// One transaction.
    Direct,
    /// Chunks through the loader.
    Chunks {
        /// Bytes of every chunk but the last.
        chunk_bytes: u32,
        /// How many there are.
        chunks: u32,
        /// Which of them still have to be sent.
        missing: Vec<u32>,
        /// Whether an earlier attempt is continued.
        is_resumed: bool,
    },
}

/// What a deployment will do and cost.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DeployPlan {
    /// The enclave's account.
    pub account: String,
    /// The SHA-256 of the contract.
    pub sha256: String,
    /// Its bytes.
    pub bytes: u64,
    /// What will be sent.
    #[serde(flatten)]
    pub way: Way,
    /// Bytes of tables that will be sent; none where the account has them.
    pub tables_bytes: u64,
    /// How many transactions that takes.
    pub transactions: u32,
    /// The gas it will burn, estimated.
    pub gas: u64,
    /// The yoctoNEAR that this gas costs.
    #[serde(serialize_with = "serialize_yocto")]
    pub gas_price_total: u128,
    /// The yoctoNEAR that must lie on the account for its storage afterwards.
    #[serde(serialize_with = "serialize_yocto")]
    pub stake: u128,
    /// The same at the highest point, while chunks are stored.
    #[serde(serialize_with = "serialize_yocto")]
    pub stake_peak: u128,
    /// What the account has, in yoctoNEAR.
    #[serde(serialize_with = "serialize_yocto")]
    pub balance: u128,
    /// What it lacks, in yoctoNEAR; the development account sends it.
    #[serde(serialize_with = "serialize_yocto")]
    pub funding: u128,
}

/// One transaction of a deployment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Sent {
    /// What it was: `fund`, `loader`, `chunk`, `deploy`, `tables`.
    pub step: &'static str,
    /// The chunk's index.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub chunk: Option<u32>,
    /// The bytes of contract, or of tables, that it carried.
    pub bytes: u64,
    /// Its hash.
    pub transaction: String,
    /// The gas that it burnt.
    pub gas: u64,
}

/// Looks at the account and says what a deployment will do and cost. Sends nothing.
///
/// # Errors
/// [`Failed`], when the contract can't be deployed there: too large, or the account holds another.
pub fn plan(chain: &Chain, request: &Request<'_>) -> Result<DeployPlan, Failed> {
    let way = way(chain, request)?;
    let prices = Prices::new(chain.runtime_config(), request.loader.len() as u64);
    let bytes = request.code.len() as u64;
    let tables_bytes = match has_tables(chain, request) {
        true => 0,
        false => request.tables.len() as u64,
    };
    let stake = prices.stake(bytes) + prices.tables_stake(request.tables.len() as u64);
    let (gas, stake_peak, transactions) = match &way {
        Way::Nothing => (0, stake, 0),
        Way::Direct => (prices.direct_gas(bytes), stake, 1),
        Way::Chunks {
            chunk_bytes,
            chunks,
            missing,
            is_resumed,
        } => {
            let sent = missing.iter().map(|index| {
                let begin = u64::from(*index) * u64::from(*chunk_bytes);
                prices.put_gas(u64::from(*chunk_bytes).min(bytes - begin))
            });
            let begin = if *is_resumed { 0 } else { prices.begin_gas() };
            let deploy = prices.deploy_gas(bytes, u64::from(*chunks));
            let loading = prices.stake(request.loader.len() as u64)
                + prices.chunks_stake(bytes, u64::from(*chunks));
            let count = u32::try_from(missing.len()).unwrap_or(u32::MAX);
            let gas = begin + sent.sum::<u64>() + deploy;
            (gas, stake.max(loading), count + 1 + u32::from(!is_resumed))
        }
    };
    let (gas, transactions) = match (&way, tables_bytes) {
        (_, 0) => (gas, transactions),
        (Way::Direct, of) => (gas + prices.tables_gas(of, bytes), transactions),
        (_, of) => (gas + prices.tables_gas(of, bytes), transactions + 1),
    };
    let account = chain.account(request.account);
    let balance = account.map_or(0, |it| it.amount().as_yoctonear());
    let is_short = balance < stake_peak + RESERVE.as_yoctonear();
    let gas_price = chain.head().gas_price.as_yoctonear();
    Ok(DeployPlan {
        account: request.account.to_string(),
        sha256: hex::encode(sha256(request.code)),
        bytes,
        tables_bytes,
        transactions,
        gas,
        gas_price_total: gas_price * u128::from(gas),
        stake,
        stake_peak,
        balance,
        funding: if transactions > 0 && is_short {
            stake_peak + SPARE.as_yoctonear() - balance
        } else {
            0
        },
        way,
    })
}

/// Sends what the plan says. After each transaction `observe` is told.
///
/// # Errors
/// [`Failed`], when a transaction fails. What was stored stays: [`plan`] continues from there.
pub fn execute(
    chain: &mut Chain,
    request: &Request<'_>,
    plan: &DeployPlan,
    observe: &mut dyn FnMut(&Sent),
) -> Result<Vec<Sent>, Failed> {
    let mut sender = Sender::new(chain, request.account, observe);
    if plan.transactions > 0 {
        sender.fund(plan.funding)?;
    }
    match &plan.way {
        Way::Nothing => {}
        Way::Direct => sender.direct(request)?,
        Way::Chunks {
            chunk_bytes,
            missing,
            is_resumed,
            ..
        } => {
            if !is_resumed {
                sender.begin(request, *chunk_bytes)?;
            }
            sender.chunks(request, *chunk_bytes, missing)?;
            sender.finish(request)?;
        }
    }
    if plan.tables_bytes > 0 && plan.way != Way::Direct {
        sender.tables(request)?;
    }
    let sent = sender.into_sent();
    match chain.code(request.account) {
        Some(code) if code == request.code => Ok(sent),
        _ => Err(Failed::own(
            Code::Deploy,
            "the account does not hold the contract that was sent",
        )),
    }
}

/// The upload that the account's loader has under way, if it holds a loader.
#[must_use]
pub fn loader_status(chain: &Chain, account: &AccountId) -> Option<Status> {
    let viewed = chain.view(account, "status", b"{}").ok()?;
    serde_json::from_slice(&viewed.result).ok()
}

fn way(chain: &Chain, request: &Request<'_>) -> Result<Way, Failed> {
    let present = chain.code(request.account).filter(|code| !code.is_empty());
    if present.as_deref() == Some(request.code) {
        return Ok(Way::Nothing);
    }
    let status = loader_status(chain, request.account);
    let is_loader = status.is_some();
    if present.is_some() && !is_loader {
        return Err(other_contract(request.account));
    }
    let limits = &chain.runtime_config().wasm_config.limit_config;
    let bytes = request.code.len() as u64 + request.tables.len() as u64;
    let fits = bytes + ENVELOPE_BYTES <= limits.max_transaction_size;
    if fits && !is_loader {
        return Ok(Way::Direct);
    }
    let plan = even_plan(request)?;
    Ok(match status.and_then(|it| it.upload) {
        Some(upload) if upload.sha256 == plan.sha256 => resumed(upload),
        _ => Way::Chunks {
            chunk_bytes: plan.chunk_bytes,
            chunks: plan.chunk_count(),
            missing: (0..plan.chunk_count()).collect(),
            is_resumed: false,
        },
    })
}

/// Whether the account holds these very tables: each record has 17 bytes before them
/// (docs/spec/state.md, "Tables").
fn has_tables(chain: &Chain, request: &Request<'_>) -> bool {
    const HEAD_BYTES: usize = 17;
    let mut rest = request.tables;
    for (_, record) in chain.state(request.account, &[key::TABLES]) {
        let bytes = record.get(HEAD_BYTES..);
        match bytes.and_then(|bytes| rest.strip_prefix(bytes)) {
            Some(behind) => rest = behind,
            None => return false,
        }
    }
    rest.is_empty()
}

fn resumed(upload: UploadStatus) -> Way {
    let chunks = upload.present.len() + upload.missing.len();
    Way::Chunks {
        chunk_bytes: upload.chunk_bytes,
        chunks: u32::try_from(chunks).unwrap_or(u32::MAX),
        missing: upload.missing,
        is_resumed: true,
    }
}

/// The plan with chunks of one size, the largest that is allowed and leaves no small rest.
fn even_plan(request: &Request<'_>) -> Result<Plan, Failed> {
    let widest = chunk_plan(request, request.chunk_bytes)?;
    chunk_plan(request, widest.bytes.div_ceil(widest.chunk_count()))
}

fn chunk_plan(request: &Request<'_>, chunk_bytes: u32) -> Result<Plan, Failed> {
    let plan = Plan {
        sha256: sha256(request.code),
        bytes: u32::try_from(request.code.len()).unwrap_or(u32::MAX),
        chunk_bytes,
    };
    let refused = |error: PlanError| Failed::own(Code::DeployPlan, error.to_string());
    plan.check().map_err(refused)?;
    Ok(plan)
}

fn other_contract(account: &AccountId) -> Failed {
    let message = format!("{account} holds another contract");
    Failed::own(Code::ContractPresent, message)
        .hint("name another account with --enclave, or begin a new chain with --home; replacing an enclave is not there yet")
}

fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}
