//! Records that the enclave stores: bytes as docs/spec/state.md states them.

use conclave_abi::error::{ErrorCode, Failure};

/// Host key of the enclave's own record; the trie's keys begin with lower bytes.
pub(crate) const ENCLAVE_KEY: &[u8] = b"\x10enclave";
/// Version of [`EnclaveRecord`] and [`AccountPayload`].
const VERSION: u8 = 1;

/// What the enclave stores about itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct EnclaveRecord {
    /// The account that administers it.
    pub(crate) owner: String,
}

impl EnclaveRecord {
    /// The record's bytes: version, owner.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let mut out = vec![VERSION];
        out.extend_from_slice(self.owner.as_bytes());
        out
    }
}

/// What the enclave keeps in a subcontract's account record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AccountPayload {
    /// The account that may remove it.
    pub(crate) owner: String,
    /// sha256 of its source.
    pub(crate) code_hash: [u8; 32],
    /// Bytes of its source.
    pub(crate) code_bytes: u32,
    /// What the uploader paid for storage, given back when it is removed; in yoctoNEAR.
    pub(crate) paid_yocto: u128,
}

impl AccountPayload {
    /// The record's bytes: version, code hash, code bytes, paid yocto, owner.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let mut out = vec![VERSION];
        out.extend_from_slice(&self.code_hash);
        out.extend_from_slice(&self.code_bytes.to_be_bytes());
        out.extend_from_slice(&self.paid_yocto.to_be_bytes());
        out.extend_from_slice(self.owner.as_bytes());
        out
    }

    /// Reads what [`AccountPayload::to_bytes`] wrote.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Result<Self, Failure> {
        Self::parse(bytes).ok_or_else(|| corrupt("an account record"))
    }

    fn parse(bytes: &[u8]) -> Option<Self> {
        let (version, rest) = bytes.split_first_chunk::<1>()?;
        let (code_hash, rest) = rest.split_first_chunk::<32>()?;
        let (code_bytes, rest) = rest.split_first_chunk::<4>()?;
        let (paid_yocto, owner) = rest.split_first_chunk::<16>()?;
        (*version == [VERSION]).then_some(())?;
        Some(Self {
            owner: core::str::from_utf8(owner).ok()?.to_owned(),
            code_hash: *code_hash,
            code_bytes: u32::from_be_bytes(*code_bytes),
            paid_yocto: u128::from_be_bytes(*paid_yocto),
        })
    }
}

/// Stored bytes that can't be what the enclave wrote.
pub(crate) fn corrupt(what: &str) -> Failure {
    Failure::new(
        ErrorCode::Corrupt,
        format!("{what} can't be read; this is a defect of the enclave"),
    )
}
