//! Locks on keys of a subcontract's storage, which methods hold while they wait in a section.
//!
//! Guards: a key that is locked for writing is used by one method alone. The account record says how
//! many hold locks, so that where nobody does a write looks at no table.

use super::record::SectionRecord;
use crate::execution::Execution;
use crate::platform::Platform;
use crate::record::{AccountPayload, corrupt};
use conclave_abi::error::{ErrorCode, Failure};
use conclave_abi::key;
use conclave_abi::value::Value;
use conclave_engine::port::LockMode;
use conclave_nested_trie::{sealed, unsealed};

/// First byte of the host keys of tables of locks; the subcontract's id follows.
const LOCKS: u8 = 0x16;

/// Who holds which locks on keys of one subcontract.
#[derive(Debug, Clone, Default, PartialEq)]
struct LockTable(Vec<Holder>);

#[derive(Debug, Clone, PartialEq)]
struct Holder {
    flow: String,
    section: SectionRecord,
}

impl<P: Platform> Execution<P> {
    /// Refuses to use a key on which another method holds a lock.
    ///
    /// # Errors
    /// `E_LOCKED`, `E_CORRUPT`.
    ///
    /// # Cost
    /// Nothing where nobody holds a lock on a key of the subcontract; else a storage read.
    pub(crate) fn check_lock(&self, id: &str, key: &[u8], mode: LockMode) -> Result<(), Failure> {
        if self.lock_free.borrow().iter().any(|free| free == id) {
            return Ok(());
        }
        if self.payload(id)?.is_none_or(|payload| payload.locks == 0) {
            self.lock_free.borrow_mut().push(id.to_owned());
            return Ok(());
        }
        let own = self.flow.borrow();
        let own = own.as_ref().and_then(|flow| flow.token.as_deref());
        for Holder { flow, section } in self.lock_table(id)?.0 {
            let mut locks = section.locks.iter();
            let is_held = locks.any(|(held, locked)| {
                let excludes = mode == LockMode::Write || *held == LockMode::Write;
                excludes && locked == key
            });
            if is_held && own != Some(flow.as_str()) {
                let name = key::storage_name(key).unwrap_or_default();
                let until = section.until;
                let message = format!(
                    "the key `{name}` of {id} is locked by flow {flow} until block {until}; try \
                     again, or abort the flow then"
                );
                return Err(Failure::new(ErrorCode::Locked, message));
            }
        }
        Ok(())
    }

    pub(super) fn lock(&self, id: &str, flow: &str, section: SectionRecord) -> Result<(), Failure> {
        let mut table = self.lock_table(id)?;
        table.0.push(Holder {
            flow: flow.to_owned(),
            section,
        });
        self.put_lock_table(id, &table)
    }

    /// Frees what a flow has locked.
    pub(super) fn unlock(&self, id: &str, flow: &str) -> Result<(), Failure> {
        let mut table = self.lock_table(id)?;
        table.0.retain(|holder| holder.flow != flow);
        self.put_lock_table(id, &table)
    }

    fn lock_table(&self, id: &str) -> Result<LockTable, Failure> {
        let unreadable = || corrupt("a table of locks");
        let host_key = [&[LOCKS], id.as_bytes()].concat();
        let Some(record) = self.record(&host_key) else {
            return Ok(LockTable::default());
        };
        let body = unsealed(&host_key, &record).map_err(|_| unreadable())?;
        LockTable::parse(body).ok_or_else(unreadable)
    }

    /// Stores the table of locks, and how many there are with the subcontract itself.
    fn put_lock_table(&self, id: &str, table: &LockTable) -> Result<(), Failure> {
        let host_key = [&[LOCKS], id.as_bytes()].concat();
        let record = (!table.0.is_empty()).then(|| sealed(&host_key, &table.to_bytes()));
        let payload = self.payload(id)?;
        let payload = AccountPayload {
            locks: table.0.len() as u32,
            ..payload.ok_or_else(|| corrupt(&format!("the account record of {id}")))?
        };
        let mut journal = self.journal.borrow_mut();
        journal.set_record(host_key, record);
        journal.set_account(id, payload.to_bytes());
        drop(journal);
        self.lock_free.borrow_mut().retain(|free| free != id);
        Ok(())
    }
}

impl LockTable {
    fn to_bytes(&self) -> Vec<u8> {
        let holder = |holder: &Holder| {
            let flow = Value::String(holder.flow.clone());
            Value::Array(vec![flow, holder.section.to_value()])
        };
        Value::Array(self.0.iter().map(holder).collect()).to_bytes()
    }

    fn parse(bytes: &[u8]) -> Option<Self> {
        let Value::Array(holders) = Value::from_bytes(bytes).ok()? else {
            return None;
        };
        let holders = holders.iter().map(|holder| {
            let Value::Array(items) = holder else {
                return None;
            };
            let [Value::String(flow), section] = items.as_slice() else {
                return None;
            };
            Some(Holder {
                flow: flow.clone(),
                section: SectionRecord::parse(section)?,
            })
        });
        holders.collect::<Option<_>>().map(Self)
    }
}
