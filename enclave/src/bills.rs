//! `storage_bill`: what an account pays for storage, found by a look at every entry (docs/storage.md).

use crate::bill::{self, Bill, ITSELF, YOCTO_PER_BYTE};
use crate::execution::{Execution, Mode};
use crate::platform::Platform;
use crate::request;
use crate::serve::answer;
use crate::views::existing;
use conclave_abi::error::{ErrorCode, Failure};
use conclave_abi::id::{SubcontractId, is_account};
use conclave_abi::request::{AskBill, BillOf, StorageBill};
use std::ops::ControlFlow;

/// How many entries one answer looks at unless told, and at most. Reason: 10,000 took 132 Tgas of
/// the 300 that a view has.
const LOOKS: (u32, u32) = (10_000, 15_000);

/// How many looks it takes to open a subcontract: its account record is a host read.
const LOOKS_TO_OPEN: u32 = 20;

/// Between a subcontract's id and the key (in hex) at which the next answer goes on.
const CURSOR: char = '/';

/// A bill in the making.
struct Sum<'a> {
    account: &'a str,
    looks: u32,
    lines: Vec<BillOf>,
    bytes: i64,
}

/// `storage_bill`
pub(crate) fn storage_bill<P: Platform>(platform: P) -> Result<(), Failure> {
    let form = "{\"account\": account or label@account, \"from\"?: text, \"limit\"?: number}";
    let AskBill {
        account,
        from,
        limit,
    } = request::read(&platform.input(), form)?;
    if !is_account(&account) && SubcontractId::parse(&account).is_err() {
        let message = format!("`{account}` is neither a NEAR account id nor a subcontract");
        return Err(Failure::new(ErrorCode::BadId, message));
    }
    let limit = limit.unwrap_or(LOOKS.0).clamp(LOOKS_TO_OPEN, LOOKS.1);
    let execution = Execution::new(platform, Mode::View);
    let is_enclave = execution.platform().current() == account;
    let mut sum = Sum {
        account: &account,
        looks: limit,
        lines: Vec::new(),
        bytes: 0,
    };
    if is_enclave && from.is_empty() {
        sum.bytes = execution.platform().storage_usage() as i64;
    }
    let next = if is_enclave {
        sum.of_enclave(&execution, &from)?
    } else {
        sum.of_account(&execution, &from)?
    };
    let yocto = i128::from(sum.bytes) * YOCTO_PER_BYTE as i128;
    let found = StorageBill {
        bytes: sum.bytes,
        yocto: yocto.to_string(),
        subcontracts: sum.lines,
        next,
        account: account.clone(),
    };
    answer(execution.platform(), &found);
    Ok(())
}

impl Sum<'_> {
    /// What all storage is, less what others pay.
    fn of_enclave<P: Platform>(
        &mut self,
        execution: &Execution<P>,
        from: &str,
    ) -> Result<Option<String>, Failure> {
        let count = (self.looks / LOOKS_TO_OPEN) as usize;
        let (ids, next) = execution.state.subcontracts(from, count)?;
        for id in ids {
            let (_, payload) = existing(execution, &id)?;
            self.bytes -= (payload.billed_bytes - payload.enclave_bytes) as i64;
            if payload.enclave_bytes > 0 {
                self.lines.push(BillOf {
                    id,
                    bytes: payload.enclave_bytes,
                });
            }
        }
        Ok(next)
    }

    fn of_account<P: Platform>(
        &mut self,
        execution: &Execution<P>,
        from: &str,
    ) -> Result<Option<String>, Failure> {
        let bad = || Failure::new(ErrorCode::BadRequest, "`from` is not what `next` said");
        let (mut id, mut key) = match from.split_once(CURSOR) {
            Some((id, key)) => (id.to_owned(), hex::decode(key).map_err(|_| bad())?),
            None => (from.to_owned(), Vec::new()),
        };
        loop {
            let (ids, next) = execution.state.subcontracts(&id, 1)?;
            let Some(found) = ids.into_iter().next() else {
                return Ok(None);
            };
            if found != id {
                key.clear();
            }
            if self.looks < LOOKS_TO_OPEN {
                return Ok(Some(found));
            }
            self.looks -= LOOKS_TO_OPEN;
            if let Some(key) = self.of_subcontract(execution, &found, &key)? {
                return Ok(Some(format!("{found}{CURSOR}{}", hex::encode(key))));
            }
            let Some(next) = next else {
                return Ok(None);
            };
            (id, key) = (next, Vec::new());
        }
    }

    /// Adds what the account pays in a subcontract, from a key on; gives the key at which it ended.
    fn of_subcontract<P: Platform>(
        &mut self,
        execution: &Execution<P>,
        id: &str,
        from: &[u8],
    ) -> Result<Option<Vec<u8>>, Failure> {
        let (_, payload) = existing(execution, id)?;
        let mut sum = 0;
        if from.is_empty() && payload.owner == self.account {
            sum += payload.own_bytes(id);
        }
        let named = if id == self.account {
            ITSELF
        } else {
            self.account
        };
        let (mut looks, mut next) = (self.looks, None);
        execution.state.entries(id, from, &mut |key, stat| {
            if looks == 0 {
                next = Some(key.to_vec());
                return Ok(ControlFlow::Break(()));
            }
            looks -= 1;
            let bytes = bill::of_entry(key.len(), stat.value_bytes as usize);
            let bill = Bill::read(&stat.note, bytes)?;
            let his = bill.payers().filter(|(payer, _)| *payer == named);
            sum += his.map(|(_, bytes)| bytes).sum::<u64>();
            Ok(ControlFlow::Continue(()))
        })?;
        self.looks = looks;
        self.bytes += sum as i64;
        if sum > 0 {
            let id = id.to_owned();
            self.lines.push(BillOf { id, bytes: sum });
        }
        Ok(next)
    }
}
