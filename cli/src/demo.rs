//! The story that `conclave demo` tells: a token pair, a pool, a swap, and a swap that fails.
//!
//! The built contracts go in; what the chain answered comes out, for a person, for `--json` and
//! for the tests. Every claim is checked here, so that a story that is not true is not told.

use conclave_abi::request::TraceFrame;
use conclave_localnet::{AccountId, Balance, Chain, dev_signer};
use serde_json::json;

use crate::artefacts::Artefacts;
use crate::code::Code;
use crate::deploy::{self, DeployPlan, Request, Sent, Way};
use crate::enclave::{Attached, Call, Enclave, Init, Upload, parse_json};
use crate::failure::Failed;
use crate::home;

mod told;

pub use told::{Holding, Proof, Summary, Swap, Told};

const TOKEN: &str = include_str!("../../samples/token/contract.js");
const AMM: &str = include_str!("../../samples/amm/contract.js");

const ALICE: &str = "alice.near";
const BOB: &str = "bob.near";
const USD: &str = "usd@alice.near";
const GOLD: &str = "gold@alice.near";
const POOL: &str = "amm@alice.near";

/// The story as far as it has been told.
pub struct Demo {
    chain: Chain,
    account: AccountId,
    plan: DeployPlan,
    deploy_gas: u64,
    sent: Vec<Told>,
}

impl Demo {
    /// Starts a chain in memory and plans the deployment.
    ///
    /// # Errors
    /// [`Failed`], when the chain can't be started or the contract can't be deployed.
    pub fn start(artefacts: &Artefacts) -> Result<Self, Failed> {
        let mut config = home::config();
        config.compiled_contracts = Some(artefacts.enclave_path.with_file_name("compiled"));
        let chain = Chain::in_memory(config)?;
        let account = account("conclave.near")?;
        let plan = deploy::plan(&chain, &request(&account, artefacts))?;
        Ok(Self {
            chain,
            account,
            plan,
            deploy_gas: 0,
            sent: Vec::new(),
        })
    }

    /// The chain on which it happens.
    #[must_use]
    pub fn chain(&self) -> &Chain {
        &self.chain
    }

    /// What the deployment will do and cost.
    #[must_use]
    pub fn plan(&self) -> &DeployPlan {
        &self.plan
    }

    /// The transactions until now.
    #[must_use]
    pub fn sent(&self) -> &[Told] {
        &self.sent
    }

    /// Deploys the enclave.
    ///
    /// # Errors
    /// [`Failed`], when a transaction fails.
    pub fn deploy(
        &mut self,
        artefacts: &Artefacts,
        observe: &mut dyn FnMut(&Sent),
    ) -> Result<(), Failed> {
        let request = request(&self.account, artefacts);
        let sent = deploy::execute(&mut self.chain, &request, &self.plan, observe)?;
        self.deploy_gas = sent.iter().map(|sent| sent.gas).sum();
        self.sent.extend(sent.into_iter().map(|sent| Told {
            what: match sent.chunk {
                Some(index) => format!("{} {index}", sent.step),
                None => sent.step.to_owned(),
            },
            transaction: sent.transaction,
            gas: sent.gas,
        }));
        Ok(())
    }

    /// Uploads two tokens and the pool.
    ///
    /// # Errors
    /// [`Failed`], as the receipts say.
    pub fn upload(&mut self) -> Result<(), Failed> {
        let token = |name, symbol, decimals, supply| json!({ "name": name, "symbol": symbol, "decimals": decimals, "total_supply": supply, "owner_id": ALICE });
        self.upload_one(USD, TOKEN, &token("Dollar", "USD", 2, "10000000"))?;
        self.upload_one(GOLD, TOKEN, &token("Gold", "AU", 3, "1000000"))?;
        let pool = json!({ "tokens": [USD, GOLD], "fee_basis_points": 30 });
        self.upload_one(POOL, AMM, &pool)
    }

    /// Brings both tokens into the pool, and some to Bob.
    ///
    /// # Errors
    /// [`Failed`], as the receipts say.
    pub fn fill_pool(&mut self) -> Result<(), Failed> {
        let deposit =
            |amount| json!({ "receiver_id": POOL, "amount": amount, "msg": { "deposit": true } });
        self.call(ALICE, USD, "ft_transfer_call", &deposit("2000000"))?;
        self.call(ALICE, GOLD, "ft_transfer_call", &deposit("400000"))?;
        self.call(ALICE, POOL, "add_liquidity", &json!({ "min_shares": "1" }))?;
        let gift = json!({ "receiver_id": BOB, "amount": "50000" });
        self.call(ALICE, USD, "ft_transfer", &gift)
    }

    /// Swaps, traced, and checks who has what.
    ///
    /// # Errors
    /// [`Failed`], as the receipt says, or when the claims of the story do not hold.
    pub fn swap(&mut self) -> Result<Swap, Failed> {
        let before = self.holdings()?;
        let args = json!({ "receiver_id": POOL, "amount": "10000", "msg": { "swap": { "min_out": "1984" } } });
        let call = request_of(USD, "ft_transfer_call", &args, true)?;
        let done = self
            .enclave()
            .call(&dev_signer(&account(BOB)?), &call, Attached::default())?;
        let trace = done
            .trace
            .ok_or_else(|| untrue("the swap was not traced"))?;
        claim(
            ids(&trace) == [USD, POOL, GOLD],
            "the swap passes through three subcontracts",
        )?;
        let after = self.holdings()?;
        let bob = |holdings: &[Holding]| {
            let of_bob = holdings.iter().filter(|it| it.holder == BOB);
            of_bob.map(|it| it.amount.clone()).collect::<Vec<_>>()
        };
        claim(bob(&before) == ["50000", "0"], "Bob begins with dollars")?;
        claim(bob(&after) == ["40000", "1984"], "Bob ends with gold")?;
        Ok(Swap {
            transaction: done.transaction,
            gas: done.gas,
            value: parse_value(done.value.get()),
            trace,
            before,
            after,
        })
    }

    /// Swaps so that the innermost call fails, and proves that nothing of it stayed.
    ///
    /// # Errors
    /// [`Failed`], when the swap does not fail as it should, or left something behind.
    pub fn failing_swap(&mut self) -> Result<Proof, Failed> {
        let before = self.holdings()?;
        let state_before = self.enclave().state_digest();
        let pairs_before = self.chain.state(&self.account, b"");
        // The pool is told to pay itself: its own checks pass, the last token refuses.
        let msg = json!({ "swap": { "min_out": "1", "receiver_id": POOL } });
        let args = json!({ "receiver_id": POOL, "amount": "10000", "msg": msg });
        let call = request_of(USD, "ft_transfer_call", &args, false)?;
        let bob = dev_signer(&account(BOB)?);
        let failed = match self.enclave().call(&bob, &call, Attached::default()) {
            Ok(_) => return Err(untrue("the second swap fails")),
            Err(failed) => failed,
        };
        claim(
            failed.details.path == [USD, POOL, GOLD],
            "the innermost call is the one that fails",
        )?;
        let is_unchanged = self.chain.state(&self.account, b"") == pairs_before;
        claim(is_unchanged, "nothing of the failed swap stays")?;
        let after = self.holdings()?;
        claim(before == after, "nobody's balance changes")?;
        Ok(Proof {
            transaction: failed.details.transaction.clone().unwrap_or_default(),
            gas: failed.details.gas.unwrap_or(0),
            code: failed.code,
            message: failed.message,
            path: failed.details.path.clone(),
            state_before,
            state_after: self.enclave().state_digest(),
            is_unchanged,
            before,
            after,
        })
    }

    /// Everything that was told.
    #[must_use]
    pub fn summary(self, artefacts: &Artefacts, swap: Swap, failure: Proof) -> Summary {
        Summary {
            protocol: self.chain.config().protocol_version,
            contract_bytes: artefacts.enclave.len() as u64,
            contract_sha256: self.plan.sha256,
            loader_bytes: artefacts.loader.len() as u64,
            chunks: match self.plan.way {
                Way::Chunks { chunks, .. } => chunks,
                Way::Direct | Way::Nothing => 0,
            },
            deploy_gas_planned: self.plan.gas,
            deploy_gas: self.deploy_gas,
            transactions: self.sent,
            swap,
            failure,
        }
    }

    fn enclave(&mut self) -> Enclave<'_> {
        Enclave::new(&mut self.chain, self.account.clone())
    }

    fn upload_one(
        &mut self,
        id: &str,
        source: &str,
        init: &serde_json::Value,
    ) -> Result<(), Failed> {
        let upload = Upload {
            id: id.to_owned(),
            source: source.to_owned(),
            init: Some(Init {
                method: "init".to_owned(),
                args: parse_json(&init.to_string(), "init")?,
            }),
        };
        let attached = Attached {
            deposit: Balance::from_near(5),
            ..Attached::default()
        };
        let alice = dev_signer(&account(ALICE)?);
        let done = self.enclave().upload(&alice, &upload, attached)?;
        self.tell(format!("upload {id}"), done.transaction, done.gas);
        Ok(())
    }

    fn call(
        &mut self,
        signer: &str,
        id: &str,
        method: &str,
        args: &serde_json::Value,
    ) -> Result<(), Failed> {
        let call = request_of(id, method, args, false)?;
        let signer = dev_signer(&account(signer)?);
        let done = self.enclave().call(&signer, &call, Attached::default())?;
        self.tell(format!("{id} {method}"), done.transaction, done.gas);
        Ok(())
    }

    fn tell(&mut self, what: String, transaction: String, gas: u64) {
        self.sent.push(Told {
            what,
            transaction,
            gas,
        });
    }

    /// What Bob and the pool have of both tokens.
    fn holdings(&mut self) -> Result<Vec<Holding>, Failed> {
        let mut holdings = Vec::new();
        for (holder, token) in [(BOB, USD), (BOB, GOLD), (POOL, USD), (POOL, GOLD)] {
            let args = json!({ "account_id": holder });
            let call = request_of(token, "ft_balance_of", &args, false)?;
            let viewed = self.enclave().view(&call)?;
            holdings.push(Holding {
                holder: holder.to_owned(),
                token: token.to_owned(),
                amount: viewed.value.get().trim_matches('"').to_owned(),
            });
        }
        Ok(holdings)
    }
}

fn request<'a>(account: &'a AccountId, artefacts: &'a Artefacts) -> Request<'a> {
    Request {
        account,
        code: &artefacts.enclave,
        loader: &artefacts.loader,
        tables: &artefacts.tables,
        owner: account,
        allowance_bytes: None,
        chunk_bytes: deploy::CHUNK_BYTES_DEFAULT,
    }
}

fn request_of(
    id: &str,
    method: &str,
    args: &serde_json::Value,
    trace: bool,
) -> Result<Call, Failed> {
    Ok(Call {
        id: id.to_owned(),
        method: method.to_owned(),
        args: parse_json(&args.to_string(), "the argument")?,
        trace,
    })
}

fn parse_value(text: &str) -> serde_json::Value {
    serde_json::from_str(text).unwrap_or_default()
}

/// The ids of a chain of frames, outermost first.
fn ids(frame: &TraceFrame) -> Vec<&str> {
    let below = frame.children.iter().flat_map(ids);
    std::iter::once(frame.id.as_str()).chain(below).collect()
}

fn account(id: &str) -> Result<AccountId, Failed> {
    id.parse()
        .map_err(|error| Failed::own(Code::Internal, format!("{id}: {error}")))
}

fn claim(holds: bool, what: &str) -> Result<(), Failed> {
    if holds { Ok(()) } else { Err(untrue(what)) }
}

fn untrue(what: &str) -> Failed {
    let message = format!("the demo's claim does not hold: {what}");
    Failed::own(Code::Demo, message)
}
