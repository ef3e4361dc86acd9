//! Who may read whose storage: grants given and revoked, and asked for at each read of another's.
//!
//! In: the running frame's id and what it asks for. Out: whose keys are read, or a refusal that
//! says nothing of what is stored. Guards invariant 5 with `host.rs`: a grant lets the subcontract
//! that runs read, never one that it calls or is called by, and lets nobody write.

use crate::code::unknown;
use crate::execution::Execution;
use crate::grant::Grant;
use crate::platform::Platform;
use crate::request;
use crate::span::Span;
use conclave_abi::error::{ErrorCode, Failure};
use conclave_abi::key::Kind;
use conclave_abi::value::Value;
use conclave_engine::port::{KeyRange, Page, Subject};

/// Nanoseconds of a millisecond.
const NS_PER_MS: u64 = 1_000_000;

/// Keys that the running subcontract may read.
#[derive(Debug)]
pub(crate) struct Readable {
    /// Whose they are.
    pub(crate) id: String,
    pub(crate) span: Span,
}

impl<P: Platform> Execution<P> {
    /// A key of a storage, and all that begin so, if the subcontract that runs may read it.
    ///
    /// # Errors
    /// As [`Execution::readable`].
    pub(crate) fn readable_name(
        &self,
        subject: Subject<'_>,
        name: &str,
    ) -> Result<Readable, Failure> {
        self.readable(subject, Span::of_name(name)?, name)
    }

    /// Keys of a storage, if the subcontract that runs may read all that there could be.
    ///
    /// # Errors
    /// As [`Execution::readable`].
    pub(crate) fn readable_range(
        &self,
        subject: Subject<'_>,
        range: &KeyRange,
    ) -> Result<Readable, Failure> {
        self.check_gas()?;
        self.readable(subject, Span::of(Kind::Storage, range)?, &range.prefix)
    }

    /// # Errors
    /// `E_NOT_GRANTED`, `E_UNKNOWN_SUBCONTRACT`, `E_BAD_ID`, `E_TOO_LARGE`, `E_CORRUPT`.
    ///
    /// # Cost
    /// For another subcontract's storage, one storage read the first time.
    fn readable(&self, subject: Subject<'_>, span: Span, name: &str) -> Result<Readable, Failure> {
        let reader = self.current_id();
        let id = match subject {
            Subject::Of(owner) if owner != reader => {
                self.check_granted(owner, &reader, &span, name)?;
                owner.to_owned()
            }
            Subject::Own | Subject::Of(_) => reader,
        };
        Ok(Readable { id, span })
    }

    fn check_granted(
        &self,
        owner: &str,
        reader: &str,
        span: &Span,
        name: &str,
    ) -> Result<(), Failure> {
        request::check_id(owner)?;
        let journal = self.journal.borrow();
        let key = Kind::Grants.key(reader);
        if let Some(bytes) = self.state.value(&journal, owner, &key)? {
            let block_ms = self.platform().block_timestamp_ns() / NS_PER_MS;
            if Grant::stored(&bytes)?.covers(span, block_ms) {
                return Ok(());
            }
        }
        drop(journal);
        if self.payload(owner)?.is_none() {
            return Err(unknown(owner));
        }
        let message = format!(
            "{owner} does not let {reader} read all that is asked for under `{name}`; {owner} has \
             to call near.grant('{reader}', {{ read: [a prefix of it] }})"
        );
        Err(Failure::new(ErrorCode::NotGranted, message))
    }

    /// Replaces what the running subcontract lets another read.
    ///
    /// # Errors
    /// `E_BAD_ID`, `E_BAD_VALUE`, `E_TOO_LARGE`, `E_CORRUPT`.
    pub(crate) fn put_grant(&self, peer: &str, said: Value) -> Result<(), Failure> {
        request::check_id(peer)?;
        let grant = Grant::said(said)?.into_value();
        self.put(Kind::Grants.key(peer), Some(grant.to_bytes()))
    }

    /// Takes back what the running subcontract lets another read; says whether that was anything.
    ///
    /// # Errors
    /// `E_BAD_ID`, `E_CORRUPT`.
    pub(crate) fn remove_grant(&self, peer: &str) -> Result<bool, Failure> {
        request::check_id(peer)?;
        self.remove_value(Kind::Grants.key(peer))
    }

    /// Grants of the running subcontract with their peers: at least one, if there is one.
    ///
    /// # Errors
    /// `E_TOO_LARGE`, `E_GAS`, `E_CORRUPT`.
    pub(crate) fn page_of_grants(
        &self,
        from: &str,
        limit: u32,
    ) -> Result<Page<(String, Value)>, Failure> {
        let range = KeyRange {
            from: from.to_owned(),
            limit,
            ..KeyRange::default()
        };
        let span = Span::of(Kind::Grants, &range)?;
        let id = self.current_id();
        self.page_of_entries(&Readable { id, span }, limit)
    }
}
