//! Gas: the clock, each frame's deadline, and what effects will cost when they are committed.
//!
//! In: fuel from the guest, the host's used gas. Out: `E_GAS`, which ends one frame and leaves
//! its caller what it needs to go on. Effects cost gas only at the commit, so the journal keeps an
//! estimate; a frame is over when the clock and that estimate have passed its deadline.

use crate::execution::{Execution, Mode};
use crate::outbox::Action;
use crate::platform::Platform;
use conclave_abi::error::{ErrorCode, Failure};
use conclave_engine::port::Gas;

const TGAS: u64 = 1_000_000_000_000;
/// Gas that a unit of fuel stands for where the host tells no gas: an estimate of the average.
pub(crate) const GAS_PER_FUEL: u64 = 250_000_000;
/// What the caller of a capped frame has left at least, to catch and go on.
pub(crate) const KEEP: u64 = 2 * TGAS;
/// What is left for the commit's fixed part and the result.
const RESERVE: u64 = 10 * TGAS;
/// What a view may burn. Reason: NEAR's nodes give a view 300 Tgas by default, loading included.
pub(crate) const VIEW: u64 = 250 * TGAS;

/// A written or removed key: a page of its own to write, packing it, and its share of the pages above.
/// Measured for ten new keys in as many pages: 340 G each, reading them before included
/// (`cargo xtask bench`, `trie_new_10`).
const KEY: u64 = 350_000_000_000;
/// A byte of a key, in its page and in the names of pages (71 M each at most).
const KEY_BYTE: u64 = 150_000_000;
/// A written byte: 31.0 M, and copying it.
const VALUE_BYTE: u64 = 35_000_000;
/// A replaced byte: 32.1 M.
const EVICTED_BYTE: u64 = 33_000_000;
/// A subcontract whose balance changes: its account record is read and written.
pub(crate) const BALANCE: u64 = 400_000_000_000;
/// A log line, and each byte of it: reading UTF-8 at 292 M and logging at 13 M.
const LOG: (u64, u64) = (7_000_000_000, 310_000_000);
/// Settling a promise of a method that waits. Source: NEAR protocol, `yield_resume`, and its payload.
pub(crate) const RESUMPTION: u64 = 2_000_000_000_000;
/// A transfer: receipt and action, to be sent and run.
const TRANSFER: u64 = 500_000_000_000;
/// A transfer that may create its account (an implicit one): 7.7 T more, and a key.
const TRANSFER_IMPLICIT: u64 = 8_500_000_000_000;
/// Bytes of the shortest implicit account: `0x` and 40 digits.
const IMPLICIT_BYTES_MIN: usize = 42;

/// A sha256, and each byte of it: NEAR's price, and reading the bytes.
const SHA256: (u64, u64) = (5_000_000_000, 29_000_000);

/// What a sha256 costs.
pub(crate) const fn of_sha256(bytes: usize) -> Gas {
    Gas(SHA256.0 + bytes as u64 * SHA256.1)
}

/// A record of Unicode's tables, and each byte of it: NEAR's price of reading it, its checksum, and
/// taking it apart.
const TABLE: (u64, u64) = (70_000_000_000, 14_000_000);

/// What a record of Unicode's tables costs: gas, and the same in fuel.
pub(crate) const fn of_table(bytes: usize) -> (Gas, u64) {
    let gas = TABLE.0 + bytes as u64 * TABLE.1;
    (Gas(gas), gas / GAS_PER_FUEL)
}

/// What a written or removed key will cost.
pub(crate) const fn of_write(key_bytes: usize, value_bytes: usize, evicted_bytes: usize) -> u64 {
    KEY + key_bytes as u64 * KEY_BYTE
        + value_bytes as u64 * VALUE_BYTE
        + evicted_bytes as u64 * EVICTED_BYTE
}

/// What a log line will cost.
pub(crate) const fn of_log(bytes: usize) -> u64 {
    LOG.0 + bytes as u64 * LOG.1
}

/// What a transfer will cost. A name without a dot that is long may be an implicit account.
pub(crate) fn of_transfer(to: &str) -> u64 {
    if to.len() >= IMPLICIT_BYTES_MIN && !to.contains('.') {
        TRANSFER_IMPLICIT
    } else {
        TRANSFER
    }
}

/// A call to the outside: its receipt, and each byte of its input, sent and run.
const OUTSIDE: (u64, u64) = (1_000_000_000_000, 5_000_000);

/// What actions on an account outside will cost, with what is attached to them.
pub(crate) fn of_outside(actions: &[Action]) -> u64 {
    let of = |action: &Action| match action {
        Action::Call { input, gas, .. } => (input.len() as u64 * OUTSIDE.1).saturating_add(*gas),
        Action::Transfer { .. } => TRANSFER,
    };
    let sum = actions.iter().map(of).fold(0, u64::saturating_add);
    sum.saturating_add(OUTSIDE.0)
}

impl<P: Platform> Execution<P> {
    /// Gas burnt so far; NEAR does not tell it in a view.
    pub(crate) fn clock(&self) -> u64 {
        if self.mode == Mode::Change && self.platform().has_clock() {
            self.platform().used_gas()
        } else {
            self.fuel.get().saturating_mul(GAS_PER_FUEL)
        }
    }

    /// The clock, and what the effects so far will cost.
    pub(crate) fn now(&self) -> u64 {
        let deferred = self.journal.borrow().deferred_gas();
        self.clock().saturating_add(deferred)
    }

    /// When a frame that begins now is over.
    pub(crate) fn deadline(&self, cap: Option<Gas>) -> u64 {
        let of_caller = match (self.frames.borrow().innermost(), self.mode) {
            (Some(caller), _) => caller.deadline,
            (None, Mode::Change) => self.platform().prepaid_gas().saturating_sub(RESERVE),
            (None, Mode::View) => VIEW,
        };
        match cap {
            Some(Gas(cap)) => {
                let own = self.now().saturating_add(cap);
                own.min(of_caller.saturating_sub(KEEP))
            }
            None => of_caller,
        }
    }

    /// What the frame that runs may burn yet.
    pub(crate) fn gas_left(&self) -> u64 {
        let frames = self.frames.borrow();
        let deadline = match frames.innermost() {
            Some(frame) => frame.deadline,
            None => self.platform().prepaid_gas().saturating_sub(RESERVE),
        };
        deadline.saturating_sub(self.now())
    }

    /// Refuses to begin a frame whose gas is used up already.
    pub(crate) fn check_deadline(&self, deadline: u64, id: &str) -> Result<(), Failure> {
        if self.now() < deadline {
            return Ok(());
        }
        let message = format!("there is too little gas to begin a frame of {id}");
        Err(Failure::new(ErrorCode::Gas, message))
    }

    /// Fails what a dead frame asks for, and everything in an execution that has to end.
    pub(crate) fn check_alive(&self) -> Result<(), Failure> {
        if let Some(failure) = &*self.stopped.borrow() {
            return Err(failure.clone());
        }
        let frames = self.frames.borrow();
        match frames.innermost().and_then(|frame| frame.dead.clone()) {
            Some(failure) => Err(failure),
            None => Ok(()),
        }
    }

    /// Ends the frame that runs now when its gas is used up. It stays dead.
    ///
    /// # Errors
    /// `E_GAS`.
    pub(crate) fn check_gas(&self) -> Result<(), Failure> {
        self.check_gas_for(Gas(0))
    }

    /// The same when so much more would use it up.
    ///
    /// # Errors
    /// `E_GAS`.
    pub(crate) fn check_gas_for(&self, gas: Gas) -> Result<(), Failure> {
        self.check_alive()?;
        self.afford_gas(gas).inspect_err(|failure| {
            self.frames.borrow_mut().current_mut().dead = Some(failure.clone());
        })
    }

    /// Whether the frame that runs now has so much gas left.
    ///
    /// # Errors
    /// `E_GAS`.
    pub(crate) fn afford_gas(&self, gas: Gas) -> Result<(), Failure> {
        let then = self.now().saturating_add(gas.0);
        let frames = self.frames.borrow();
        if frames
            .innermost()
            .is_none_or(|frame| then <= frame.deadline)
        {
            return Ok(());
        }
        let message = match frames.innermost_cap() {
            Some((id, Gas(cap))) => {
                let (tera, giga) = (cap / TGAS, cap % TGAS / 1_000_000_000);
                let point = if giga == 0 {
                    String::new()
                } else {
                    format!(".{giga:03}")
                };
                format!("{id} used up its {tera}{point} Tgas; give the call more, or do less in it")
            }
            None => "the gas of the whole request is used up; attach more, or do less".to_owned(),
        };
        Err(Failure::new(ErrorCode::Gas, message))
    }
}
