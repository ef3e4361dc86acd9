//! The transactions of a deployment: signed by the account, sent to itself, remembered.

use conclave_abi::loader::{BeginRequest, ChunkMessage, DeployRequest, ThenCall};
use conclave_abi::request::New;
use conclave_localnet::{
    AccountId, Action, Balance, Chain, Gas, Signer, TransactionOutcome, dev_account, dev_signer,
};
use near_primitives::action::{DeployContractAction, FunctionCallAction, TransferAction};
use serde::Serialize;

use super::{Request, Sent, chunk_plan};
use crate::code::Code;
use crate::failure::Failed;

/// The most gas that a transaction can carry. Source: NEAR protocol, `max_total_prepaid_gas`.
const GAS_MAX: Gas = Gas::from_teragas(1_000);

/// Sends transactions from the account to itself, and remembers them.
pub(super) struct Sender<'a> {
    chain: &'a mut Chain,
    signer: Signer,
    account: AccountId,
    sent: Vec<Sent>,
    observe: &'a mut dyn FnMut(&Sent),
}

impl<'a> Sender<'a> {
    pub(super) fn new(
        chain: &'a mut Chain,
        account: &AccountId,
        observe: &'a mut dyn FnMut(&Sent),
    ) -> Self {
        Self {
            chain,
            signer: dev_signer(account),
            account: account.clone(),
            sent: Vec::new(),
            observe,
        }
    }

    pub(super) fn into_sent(self) -> Vec<Sent> {
        self.sent
    }

    /// Makes the account, or brings its balance up.
    pub(super) fn fund(&mut self, yocto: u128) -> Result<(), Failed> {
        let amount = Balance::from_yoctonear(yocto);
        if self.chain.account(&self.account).is_none() {
            self.chain.create_account(&self.account, amount)?;
        } else if yocto > 0 {
            let transfer = Action::Transfer(TransferAction { deposit: amount });
            let root = dev_signer(&dev_account());
            let outcome = self.chain.transact(&root, &self.account, vec![transfer])?;
            self.record("fund", None, 0, &outcome)?;
        }
        Ok(())
    }

    pub(super) fn direct(&mut self, request: &Request<'_>) -> Result<(), Failed> {
        let new = new_request(request);
        let actions = vec![
            deploy_action(request.code),
            call_action("new", new.to_string().into_bytes(), 300),
            call_action("tables", request.tables.to_vec(), 300),
        ];
        self.send("deploy", None, request.code.len(), actions)
    }

    /// The loader, free of an earlier upload, with this one begun.
    pub(super) fn begin(&mut self, request: &Request<'_>, chunk_bytes: u32) -> Result<(), Failed> {
        let plan = chunk_plan(request, chunk_bytes)?;
        let begin = encode(&BeginRequest::from(&plan))?;
        let actions = vec![
            deploy_action(request.loader),
            call_action("abort", Vec::new(), 200),
            call_action("begin", begin, 100),
        ];
        self.send("loader", None, request.loader.len(), actions)
    }

    pub(super) fn chunks(
        &mut self,
        request: &Request<'_>,
        chunk_bytes: u32,
        missing: &[u32],
    ) -> Result<(), Failed> {
        let plan = chunk_plan(request, chunk_bytes)?;
        for index in missing {
            let (offset, length) = plan.place(*index);
            let chunk = &request.code[offset as usize..(offset + length) as usize];
            let message = ChunkMessage {
                sha256: plan.sha256,
                offset,
                chunk,
            };
            let actions = vec![call_action("put", message.encode(), 300)];
            self.send("chunk", Some(*index), chunk.len(), actions)?;
        }
        Ok(())
    }

    pub(super) fn finish(&mut self, request: &Request<'_>) -> Result<(), Failed> {
        let then = ThenCall {
            method: "new".to_owned(),
            args: new_request(request),
        };
        let deploy = encode(&DeployRequest { then: Some(then) })?;
        let actions = vec![call_action("deploy", deploy, GAS_MAX.as_teragas())];
        self.send("deploy", None, 0, actions)
    }

    pub(super) fn tables(&mut self, request: &Request<'_>) -> Result<(), Failed> {
        let tables = request.tables.to_vec();
        let bytes = tables.len();
        self.send(
            "tables",
            None,
            bytes,
            vec![call_action("tables", tables, 300)],
        )
    }

    fn send(
        &mut self,
        step: &'static str,
        chunk: Option<u32>,
        bytes: usize,
        actions: Vec<Action>,
    ) -> Result<(), Failed> {
        let outcome = self.chain.transact(&self.signer, &self.account, actions)?;
        self.record(step, chunk, bytes as u64, &outcome)
    }

    fn record(
        &mut self,
        step: &'static str,
        chunk: Option<u32>,
        bytes: u64,
        outcome: &TransactionOutcome,
    ) -> Result<(), Failed> {
        if let Some(error) = outcome.failure() {
            return Err(Failed::of_transaction(outcome, error));
        }
        let sent = Sent {
            step,
            chunk,
            bytes,
            transaction: outcome.hash().to_string(),
            gas: outcome.gas_burnt().as_gas(),
        };
        (self.observe)(&sent);
        self.sent.push(sent);
        Ok(())
    }
}

fn deploy_action(code: &[u8]) -> Action {
    Action::DeployContract(DeployContractAction {
        code: code.to_vec(),
    })
}

fn call_action(method: &str, args: Vec<u8>, teragas: u64) -> Action {
    Action::FunctionCall(Box::new(FunctionCallAction {
        method_name: method.to_owned(),
        args,
        gas: Gas::from_teragas(teragas),
        deposit: Balance::ZERO,
    }))
}

fn encode(request: &impl Serialize) -> Result<Vec<u8>, Failed> {
    serde_json::to_vec(request).map_err(|error| Failed::own(Code::Internal, error.to_string()))
}

/// What `new` is told.
fn new_request(request: &Request<'_>) -> serde_json::Value {
    let new = New {
        owner: request.owner.to_string(),
        allowance_bytes: request.allowance_bytes,
    };
    serde_json::to_value(new).expect("invariant: plain data")
}
