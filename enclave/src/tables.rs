//! Unicode's tables: stored once by `tables`, read by whoever needs one (docs/adr/0073).
//!
//! In: bytes that anyone sends, and taken only with the hash that this build knows. Out: records
//! beside the trie. Guards that what a contract does never depends on whether they are there: an
//! execution that needs a record and has none ends, and nothing of it stays.

use crate::execution::{Execution, Mode};
use crate::gas;
use crate::platform::Platform;
use crate::serve::{answer, check_initialised};
use crate::state::unreadable;
use conclave_abi::error::{ErrorCode, Failure};
use conclave_abi::key;
use conclave_engine::tables::{COUNT, SHA256, place};
use conclave_nested_trie::{Corrupt, sealed, unsealed};

/// Bytes of the tables' hash that each record begins with: another build's are never taken for ours.
const BUILD_BYTES: usize = 8;

fn host_key(record: usize) -> Vec<u8> {
    vec![key::TABLES, u8::try_from(record).unwrap_or(u8::MAX)]
}

/// `tables`: stores the tables; what another build stored is replaced.
///
/// # Errors
/// `E_BAD_REQUEST` for any other bytes, `E_NOT_INITIALISED`.
pub(crate) fn store<P: Platform>(platform: P) -> Result<(), Failure> {
    let tables = platform.input();
    if tables.len() != place(COUNT - 1).end || platform.sha256(&tables) != SHA256 {
        let message = "the input is not this build's tables; pass the bytes of enclave.tables";
        return Err(Failure::new(ErrorCode::BadRequest, message));
    }
    let execution = Execution::new(platform, Mode::Change);
    check_initialised(&execution)?;
    execution
        .left_yocto
        .set(execution.platform().attached_deposit());
    for record in 0..COUNT {
        let body = [&SHA256[..BUILD_BYTES], &tables[place(record)]].concat();
        execution.put_table(record, Some(&body));
    }
    let mut beyond = COUNT;
    while execution.platform().read(&host_key(beyond)).is_some() {
        execution.put_table(beyond, None);
        beyond += 1;
    }
    execution.commit(execution.platform().predecessor())?;
    answer(execution.platform(), &());
    Ok(())
}

impl<P: Platform> Execution<P> {
    fn put_table(&self, record: usize, body: Option<&[u8]>) {
        let host_key = host_key(record);
        let sealed = body.map(|body| sealed(&host_key, body));
        self.journal.borrow_mut().set_record(host_key, sealed);
    }

    /// A record of the tables, charged. Whoever asks for one that can't be read ends the execution.
    ///
    /// # Errors
    /// `E_TABLES`, `E_CORRUPT`, `E_GAS`.
    pub(crate) fn read_table(&self, record: usize) -> Result<&'static [u8], Failure> {
        let (gas, fuel) = gas::of_table(place(record).len());
        self.fuel.set(self.fuel.get().saturating_add(fuel));
        self.check_gas_for(gas)?;
        self.stored_table(record).inspect_err(|failure| {
            self.stopped.replace(Some(failure.clone()));
        })
    }

    fn stored_table(&self, record: usize) -> Result<&'static [u8], Failure> {
        let host_key = host_key(record);
        let stored = self.platform().read(&host_key).ok_or_else(missing)?;
        let body = match unsealed(&host_key, &stored) {
            Ok(body) => body.split_first_chunk(),
            Err(fault) => return Err(unreadable(Corrupt { host_key, fault })),
        };
        let (build, bytes): (&[u8; BUILD_BYTES], _) = body.ok_or_else(missing)?;
        if *build != SHA256[..BUILD_BYTES] {
            return Err(missing());
        }
        // What an execution keeps to its end is never given back.
        let start = stored.len() - bytes.len();
        Ok(&stored.leak()[start..])
    }
}

fn missing() -> Failure {
    let message = "a pattern or `normalize` needs Unicode's tables of this build, and the enclave has \
         not got them; anyone may send it enclave.tables by calling tables once, and call again";
    Failure::new(ErrorCode::Tables, message)
}

#[cfg(test)]
#[path = "tables_tests.rs"]
mod tests;
