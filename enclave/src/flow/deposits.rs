//! Deposits that left the enclave and may come back.
//!
//! NEAR sends back what a failed call took along, to the enclave's account, without a word to whom it
//! belongs; and a call may fail after it kept its deposit. So what the account has beyond what the
//! enclave owes is written down while deposits are on their way: what it has more when a call has
//! failed came back with it, and is credited (docs/adr/0083). NEAR executes the refund right before
//! the answer, which comes alone for such a call, so nothing else falls between them.
//!
//! Guards invariant 11: nothing is credited that is not there.

use crate::execution::Execution;
use crate::platform::Platform;
use crate::record::corrupt;
use conclave_abi::error::Failure;
use conclave_nested_trie::{sealed, unsealed};

/// The host key of the record.
const HOST_KEY: [u8; 1] = [0x14];

/// Largest deposit that is not followed, in yoctoNEAR. Reason: it confirms, and moves nothing.
pub(super) const CONFIRMATION_YOCTO: u128 = 1;

/// What is on its way.
#[derive(Debug, Clone, Copy, Default)]
struct OnTheWay {
    /// Deposits whose calls have not been answered.
    count: u64,
    /// What the account had beyond what was owed, when the first of them left.
    beyond_yocto: u128,
}

impl<P: Platform> Execution<P> {
    fn on_the_way(&self) -> Result<OnTheWay, Failure> {
        let unreadable = || corrupt("the deposits on their way");
        let Some(record) = self.record(&HOST_KEY) else {
            return Ok(OnTheWay::default());
        };
        let body = unsealed(&HOST_KEY, &record).map_err(|_| unreadable())?;
        let (count, beyond) = body.split_first_chunk::<8>().ok_or_else(unreadable)?;
        let beyond: [u8; 16] = beyond.try_into().map_err(|_| unreadable())?;
        Ok(OnTheWay {
            count: u64::from_be_bytes(*count),
            beyond_yocto: u128::from_be_bytes(beyond),
        })
    }

    fn put_on_the_way(
        &self,
        OnTheWay {
            count,
            beyond_yocto,
        }: OnTheWay,
    ) {
        let record = (count > 0).then(|| {
            let count = count.to_be_bytes();
            let parts: [&[u8]; 2] = [&count, &beyond_yocto.to_be_bytes()];
            sealed(&HOST_KEY, &parts.concat())
        });
        self.journal
            .borrow_mut()
            .set_record(HOST_KEY.to_vec(), record);
    }

    /// What the account had beyond what the enclave owed when this execution began.
    fn beyond(&self) -> Result<u128, Failure> {
        let owed = self
            .state
            .enclave()?
            .map_or(0, |enclave| enclave.held_yocto);
        let platform = self.platform();
        let had = platform
            .balance()
            .saturating_sub(platform.attached_deposit());
        Ok(had.saturating_sub(owed))
    }

    /// Takes note that so many deposits leave with this execution.
    pub(super) fn deposits_leave(&self, count: usize) -> Result<(), Failure> {
        if count == 0 {
            return Ok(());
        }
        let mut way = self.on_the_way()?;
        if way.count == 0 {
            // What came back and is the subcontract's again is owed, which the books on chain don't
            // say yet.
            let came_back = self.came_back_yocto.get();
            way.beyond_yocto = self.beyond()?.saturating_sub(came_back);
        }
        way.count += count as u64;
        self.put_on_the_way(way);
        Ok(())
    }

    /// Takes note that the call was answered which took so much along; where it failed and the
    /// deposit is back, it is the subcontract's again.
    pub(super) fn deposit_answered(
        &self,
        id: &str,
        yocto: u128,
        has_failed: bool,
    ) -> Result<(), Failure> {
        let mut way = self.on_the_way()?;
        let Some(count) = way.count.checked_sub(1) else {
            return Ok(());
        };
        way.count = count;
        if has_failed && self.beyond()? >= way.beyond_yocto.saturating_add(yocto) {
            self.repay(id, yocto)?;
            self.came_back_yocto.set(yocto);
        }
        self.put_on_the_way(way);
        Ok(())
    }
}
