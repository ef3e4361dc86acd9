//! Records that the enclave stores: bytes as docs/spec/state.md states them.

use crate::bill;
use conclave_abi::error::{ErrorCode, Failure};

/// Version of [`EnclaveRecord`].
const VERSION: u8 = 2;
/// Version of [`AccountPayload`].
const PAYLOAD_VERSION: u8 = 4;

/// What the enclave stores about itself, in the root record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct EnclaveRecord {
    /// The account that administers it.
    pub(crate) owner: String,
    /// What the enclave owes others: the balances of all subcontracts, and what was paid for
    /// storage that is there; in yoctoNEAR.
    pub(crate) held_yocto: u128,
    /// For how many bytes of each subcontract the enclave pays where no deposit came.
    pub(crate) allowance_bytes: u64,
}

impl EnclaveRecord {
    /// The record's bytes: version, held yocto, allowance bytes, owner.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let mut out = vec![VERSION];
        out.extend_from_slice(&self.held_yocto.to_be_bytes());
        out.extend_from_slice(&self.allowance_bytes.to_be_bytes());
        out.extend_from_slice(self.owner.as_bytes());
        out
    }

    /// Reads what [`EnclaveRecord::to_bytes`] wrote.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Result<Self, Failure> {
        Self::parse(bytes).ok_or_else(|| corrupt("the enclave's own record"))
    }

    fn parse(bytes: &[u8]) -> Option<Self> {
        let (version, rest) = bytes.split_first_chunk::<1>()?;
        let (held_yocto, rest) = rest.split_first_chunk::<16>()?;
        let (allowance_bytes, owner) = rest.split_first_chunk::<8>()?;
        (*version == [VERSION]).then_some(())?;
        Some(Self {
            owner: core::str::from_utf8(owner).ok()?.to_owned(),
            held_yocto: u128::from_be_bytes(*held_yocto),
            allowance_bytes: u64::from_be_bytes(*allowance_bytes),
        })
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
    /// Bytes that its owner paid for its code.
    pub(crate) billed_code_bytes: u32,
    /// Bytes that are billed for its storage, to whomever.
    pub(crate) billed_bytes: u64,
    /// Those of them that the enclave pays.
    pub(crate) enclave_bytes: u64,
    /// The subcontract's own money, in yoctoNEAR.
    pub(crate) balance_yocto: u128,
    /// How many of its methods wait and hold locks on its keys.
    pub(crate) locks: u32,
}

impl AccountPayload {
    /// Bytes that the owner paid for the subcontract itself: account record and code.
    pub(crate) fn own_bytes(&self, id: &str) -> u64 {
        bill::of_account(id, &self.owner) + u64::from(self.billed_code_bytes)
    }

    /// The record's bytes: version, code hash, code bytes, billed code bytes, billed bytes, enclave
    /// bytes, balance yocto, locks, owner.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let mut out = vec![PAYLOAD_VERSION];
        out.extend_from_slice(&self.code_hash);
        out.extend_from_slice(&self.code_bytes.to_be_bytes());
        out.extend_from_slice(&self.billed_code_bytes.to_be_bytes());
        out.extend_from_slice(&self.billed_bytes.to_be_bytes());
        out.extend_from_slice(&self.enclave_bytes.to_be_bytes());
        out.extend_from_slice(&self.balance_yocto.to_be_bytes());
        out.extend_from_slice(&self.locks.to_be_bytes());
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
        let (billed_code_bytes, rest) = rest.split_first_chunk::<4>()?;
        let (billed_bytes, rest) = rest.split_first_chunk::<8>()?;
        let (enclave_bytes, rest) = rest.split_first_chunk::<8>()?;
        let (balance_yocto, rest) = rest.split_first_chunk::<16>()?;
        let (locks, owner) = rest.split_first_chunk::<4>()?;
        (*version == [PAYLOAD_VERSION]).then_some(())?;
        Some(Self {
            owner: core::str::from_utf8(owner).ok()?.to_owned(),
            code_hash: *code_hash,
            code_bytes: u32::from_be_bytes(*code_bytes),
            billed_code_bytes: u32::from_be_bytes(*billed_code_bytes),
            billed_bytes: u64::from_be_bytes(*billed_bytes),
            enclave_bytes: u64::from_be_bytes(*enclave_bytes),
            balance_yocto: u128::from_be_bytes(*balance_yocto),
            locks: u32::from_be_bytes(*locks),
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

#[cfg(test)]
pub(crate) mod tests {
    use super::{AccountPayload, EnclaveRecord};
    use crate::state::{KEY_BYTES_MAX, storage_key};
    use sha2::{Digest, Sha256};
    use std::path::Path;

    /// Lines of a golden block of docs/spec/state.md.
    pub(crate) fn block(fence: &str) -> Vec<String> {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/spec/state.md");
        let document = std::fs::read_to_string(path).expect("the document is there");
        let fence = format!("```golden {fence}");
        let mut lines = document.lines().skip_while(|line| *line != fence);
        assert!(lines.next().is_some(), "no block {fence}");
        lines
            .take_while(|line| *line != "```")
            .map(str::to_owned)
            .collect()
    }

    /// Bytes as the document writes them: `.` joins parts, `61*250` is a byte 250 times.
    fn bytes(text: &str) -> Vec<u8> {
        let part = |part: &str| match part.split_once('*') {
            Some((byte, times)) => hex::decode(byte)
                .expect("digits")
                .repeat(times.parse().expect("a count")),
            None => hex::decode(part).expect("digits"),
        };
        text.split('.').flat_map(part).collect()
    }

    fn payload() -> AccountPayload {
        AccountPayload {
            owner: "alice.near".to_owned(),
            code_hash: [7; 32],
            code_bytes: 2_048,
            billed_code_bytes: 5_000,
            billed_bytes: 1 << 40,
            enclave_bytes: 1 << 39,
            balance_yocto: 1 << 91,
            locks: 3,
        }
    }

    #[test]
    fn the_document_shows_account_payloads_in_both_directions() {
        let lines = block("account payload");
        assert_eq!(lines.len(), 3);
        for line in lines {
            let [
                record,
                hash,
                code_bytes,
                billed_code,
                billed,
                of_enclave,
                balance,
                locks,
                owner,
            ] = line.split(' ').collect::<Vec<_>>()[..]
            else {
                panic!("nine fields: {line}");
            };
            let payload = AccountPayload {
                owner: owner.to_owned(),
                code_hash: bytes(hash).try_into().expect("32 bytes"),
                code_bytes: code_bytes.parse().expect("a u32"),
                billed_code_bytes: billed_code.parse().expect("a u32"),
                billed_bytes: billed.parse().expect("a u64"),
                enclave_bytes: of_enclave.parse().expect("a u64"),
                balance_yocto: balance.parse().expect("a u128"),
                locks: locks.parse().expect("a u32"),
            };
            assert_eq!(payload.to_bytes(), bytes(record), "{line}");
            assert_eq!(AccountPayload::from_bytes(&bytes(record)), Ok(payload));
        }
    }

    #[test]
    fn the_document_shows_the_enclaves_record_in_both_directions() {
        let lines = block("enclave record");
        assert_eq!(lines.len(), 2);
        for line in lines {
            let [record, held, allowance, owner] = line.split(' ').collect::<Vec<_>>()[..] else {
                panic!("four fields: {line}");
            };
            let enclave = EnclaveRecord {
                owner: owner.to_owned(),
                held_yocto: held.parse().expect("a u128"),
                allowance_bytes: allowance.parse().expect("a u64"),
            };
            assert_eq!(enclave.to_bytes(), bytes(record), "{line}");
            assert_eq!(EnclaveRecord::from_bytes(&bytes(record)), Ok(enclave));
            assert!(EnclaveRecord::from_bytes(&bytes(record)[..24]).is_err());
        }
    }

    #[test]
    fn the_document_shows_the_keys_of_a_subcontract() {
        let lines = block("keys storage");
        assert_eq!(lines.len(), 4);
        for line in lines {
            let (key, name) = line.split_once(' ').expect("key and name");
            let name: String = serde_json::from_str(name).expect("a JSON string");
            assert_eq!(storage_key(&name), Ok(bytes(key)), "{line}");
        }
    }

    #[test]
    fn the_documents_programs_hold_the_hash_of_their_source() {
        let lines = block("program one-export");
        let source: String = serde_json::from_str(&lines[0]).expect("a JSON string");
        let digest: [u8; 32] = Sha256::digest(source).into();
        assert_eq!(bytes(&lines[1])[1..33], digest);
    }

    #[test]
    fn a_cut_payload_is_corrupt_and_never_panics() {
        let whole = payload().to_bytes();
        for end in 0..whole.len() - "alice.near".len() {
            let failure = AccountPayload::from_bytes(&whole[..end]).expect_err("cut off");
            assert_eq!(failure.code, "E_CORRUPT");
        }
    }

    #[test]
    fn another_version_or_an_owner_that_is_no_text_is_corrupt() {
        for version in (0..=255).filter(|version| *version != 4) {
            let mut bytes = payload().to_bytes();
            bytes[0] = version;
            assert!(AccountPayload::from_bytes(&bytes).is_err(), "{version}");
        }
        let mut bytes = payload().to_bytes();
        bytes.push(0xff);
        assert!(AccountPayload::from_bytes(&bytes).is_err());
    }

    #[test]
    fn the_longest_name_fits_and_a_longer_one_is_refused() {
        assert!(storage_key(&"k".repeat(KEY_BYTES_MAX)).is_ok());
        let failure = storage_key(&"k".repeat(KEY_BYTES_MAX + 1));
        assert_eq!(failure.expect_err("too long").code, "E_TOO_LARGE");
    }
}
