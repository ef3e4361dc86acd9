//! The enclave's methods that wait, as its users see them: calls that may wait, lists, and what can be
//! done about a flow.
//!
//! A transaction whose method waits is not done: it comes out as far as it went, with its flow.

use conclave_abi::request::{AskFlows, Expire, FlowState, Flows, OfFlow};
use conclave_localnet::{Signer, TransactionOutcome};
use near_primitives::views::FinalExecutionStatus;
use serde::Serialize;
use serde_json::value::RawValue;

use crate::enclave::{Attached, Call, Done, Enclave, done};
use crate::failure::Failed;
use crate::timeline::{Step, steps};

/// How far a call has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// To its end: there is a value.
    Done,
    /// Its method waits.
    Waits,
    /// Its method waits, and does not go on by itself.
    Parked,
}

/// What a call has come to whose method may wait.
#[derive(Debug, Clone, Serialize)]
pub struct Called {
    /// How far it has come.
    pub status: Status,
    /// The transaction; its value is `null` until it is done.
    #[serde(flatten)]
    pub done: Done<Box<RawValue>>,
    /// Its receipts, and the method that waits.
    #[serde(skip)]
    pub course: Course,
}

/// A transaction's receipts in order, and the method that still waits in it.
#[derive(Debug, Clone, Serialize)]
pub struct Course {
    /// The receipts.
    pub receipts: Vec<Step>,
    /// The method that waits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flow: Option<FlowState>,
}

impl Course {
    /// Whether a method waited in it.
    #[must_use]
    pub fn has_flow(&self) -> bool {
        self.receipts.iter().any(|step| step.flow.is_some())
    }
}

impl Enclave<'_> {
    /// Calls a method that may wait, in a transaction.
    ///
    /// # Errors
    /// [`Failed`], as the receipt says; it names the flow where its method was parked.
    pub fn call_and_wait(
        &mut self,
        signer: &Signer,
        call: &Call,
        attached: Attached,
    ) -> Result<Called, Failed> {
        let outcome = self.send(signer, "call", call, attached)?;
        self.called(&outcome)
    }

    /// Lets a parked method try again to go on.
    ///
    /// # Errors
    /// As [`Enclave::call_and_wait`].
    pub fn retry(
        &mut self,
        signer: &Signer,
        request: &OfFlow,
        attached: Attached,
    ) -> Result<Called, Failed> {
        let outcome = self.send(signer, "retry", request, attached)?;
        self.called(&outcome)
    }

    /// Gives a waiting method up.
    ///
    /// # Errors
    /// [`Failed`], as the receipt says.
    pub fn abort(
        &mut self,
        signer: &Signer,
        request: &OfFlow,
        attached: Attached,
    ) -> Result<Done<Box<RawValue>>, Failed> {
        done(&self.transact(signer, "abort", request, attached)?)
    }

    /// Ends a promise whose time is over. Says whether anything still waited for it.
    ///
    /// # Errors
    /// [`Failed`], as the receipt says.
    pub fn expire(
        &mut self,
        signer: &Signer,
        request: &Expire,
        attached: Attached,
    ) -> Result<Done<bool>, Failed> {
        done(&self.transact(signer, "expire", request, attached)?)
    }

    /// A method that waits.
    ///
    /// # Errors
    /// [`Failed`], when there is none of this name.
    pub fn flow(&self, request: &OfFlow) -> Result<FlowState, Failed> {
        Ok(self.ask("flow", request)?.value)
    }

    /// The methods of a subcontract that wait, in the order of their flows, from `from` on, at most
    /// `limit`.
    ///
    /// # Errors
    /// [`Failed`], when there is no such subcontract.
    pub fn flows(&self, id: &str, from: &str, limit: usize) -> Result<Vec<FlowState>, Failed> {
        let mut found = Vec::new();
        let mut next = Some(from.to_owned());
        while let Some(from) = next.filter(|_| found.len() < limit) {
            let request = AskFlows {
                id: id.to_owned(),
                from,
                limit: None,
            };
            let page: Flows = self.ask("flows", &request)?.value;
            found.extend(page.flows);
            next = page.next;
        }
        found.truncate(limit);
        Ok(found)
    }

    /// What a transaction did until now, and the method of it that still waits.
    ///
    /// # Errors
    /// [`Failed`], when the chain can't be read.
    pub fn course(&mut self, outcome: &TransactionOutcome) -> Result<Course, Failed> {
        let account = self.account().clone();
        let receipts = steps(self.chain(), &account, outcome)?;
        let part = receipts.iter().find_map(|step| step.flow.as_ref());
        let request = part.map(|part| OfFlow {
            id: part.id.clone(),
            flow: part.flow.clone(),
        });
        // One that has ended is not there any more.
        let flow = request.and_then(|request| self.flow(&request).ok());
        Ok(Course { receipts, flow })
    }

    fn called(&mut self, outcome: &TransactionOutcome) -> Result<Called, Failed> {
        let course = self.course(outcome)?;
        if let Some(error) = outcome.failure() {
            return Err(Failed::of_transaction(outcome, error).of_flow(course.flow.as_ref()));
        }
        Ok(Called {
            status: match &course.flow {
                Some(flow) if flow.parked.is_some() => Status::Parked,
                Some(_) => Status::Waits,
                None if outcome.status == FinalExecutionStatus::Started => Status::Waits,
                None => Status::Done,
            },
            done: done(outcome)?,
            course,
        })
    }
}
