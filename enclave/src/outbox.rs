//! What leaves the enclave: transfers, planned in the journal, sent after the writes.

/// A transfer that is planned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Transfer {
    /// An account id.
    pub(crate) to: String,
    /// In yoctoNEAR.
    pub(crate) amount_yocto: u128,
}
