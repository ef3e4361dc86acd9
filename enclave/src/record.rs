//! Records that the enclave stores: bytes as docs/spec/state.md states them.

use conclave_abi::error::{ErrorCode, Failure};

/// Version of [`EnclaveRecord`].
const VERSION: u8 = 1;
/// Version of [`AccountPayload`].
const PAYLOAD_VERSION: u8 = 1;

/// What the enclave stores about itself, in the root record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct EnclaveRecord {
    /// The account that administers it.
    pub(crate) owner: String,
    /// The sum of the balances of all subcontracts, in yoctoNEAR.
    pub(crate) total_yocto: u128,
}

impl EnclaveRecord {
    /// The record's bytes: version, sum of balances, owner.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let mut out = vec![VERSION];
        out.extend_from_slice(&self.total_yocto.to_be_bytes());
        out.extend_from_slice(self.owner.as_bytes());
        out
    }

    /// Reads what [`EnclaveRecord::to_bytes`] wrote.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Result<Self, Failure> {
        Self::parse(bytes).ok_or_else(|| corrupt("the enclave's own record"))
    }

    fn parse(bytes: &[u8]) -> Option<Self> {
        let (version, rest) = bytes.split_first_chunk::<1>()?;
        let (total_yocto, owner) = rest.split_first_chunk::<16>()?;
        (*version == [VERSION]).then_some(())?;
        Some(Self {
            owner: core::str::from_utf8(owner).ok()?.to_owned(),
            total_yocto: u128::from_be_bytes(*total_yocto),
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
    /// What the uploader paid for storage, given back when it is removed; in yoctoNEAR.
    pub(crate) paid_yocto: u128,
    /// The subcontract's own money, in yoctoNEAR.
    pub(crate) balance_yocto: u128,
}

impl AccountPayload {
    /// The record's bytes: version, code hash, code bytes, paid yocto, balance yocto, owner.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let mut out = vec![PAYLOAD_VERSION];
        out.extend_from_slice(&self.code_hash);
        out.extend_from_slice(&self.code_bytes.to_be_bytes());
        out.extend_from_slice(&self.paid_yocto.to_be_bytes());
        out.extend_from_slice(&self.balance_yocto.to_be_bytes());
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
        let (paid_yocto, rest) = rest.split_first_chunk::<16>()?;
        let (balance_yocto, owner) = rest.split_first_chunk::<16>()?;
        (*version == [PAYLOAD_VERSION]).then_some(())?;
        Some(Self {
            owner: core::str::from_utf8(owner).ok()?.to_owned(),
            code_hash: *code_hash,
            code_bytes: u32::from_be_bytes(*code_bytes),
            paid_yocto: u128::from_be_bytes(*paid_yocto),
            balance_yocto: u128::from_be_bytes(*balance_yocto),
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
mod tests {
    use super::{AccountPayload, EnclaveRecord};
    use crate::state::{KEY_BYTES_MAX, storage_key};
    use conclave_abi::key;
    use sha2::{Digest, Sha256};
    use std::path::Path;

    /// Lines of a golden block of docs/spec/state.md.
    fn block(fence: &str) -> Vec<String> {
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
            paid_yocto: 1 << 90,
            balance_yocto: 1 << 91,
        }
    }

    #[test]
    fn the_document_shows_account_payloads_in_both_directions() {
        let lines = block("account payload");
        assert_eq!(lines.len(), 3);
        for line in lines {
            let [record, hash, code_bytes, paid, balance, owner] =
                line.split(' ').collect::<Vec<_>>()[..]
            else {
                panic!("six fields: {line}");
            };
            let payload = AccountPayload {
                owner: owner.to_owned(),
                code_hash: bytes(hash).try_into().expect("32 bytes"),
                code_bytes: code_bytes.parse().expect("a u32"),
                paid_yocto: paid.parse().expect("a u128"),
                balance_yocto: balance.parse().expect("a u128"),
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
            let [record, total, owner] = line.split(' ').collect::<Vec<_>>()[..] else {
                panic!("three fields: {line}");
            };
            let enclave = EnclaveRecord {
                owner: owner.to_owned(),
                total_yocto: total.parse().expect("a u128"),
            };
            assert_eq!(enclave.to_bytes(), bytes(record), "{line}");
            assert_eq!(EnclaveRecord::from_bytes(&bytes(record)), Ok(enclave));
            assert!(EnclaveRecord::from_bytes(&bytes(record)[..16]).is_err());
        }
    }

    #[test]
    fn the_document_shows_the_keys_of_a_subcontract() {
        assert_eq!(key::program(), bytes(&block("keys program")[0]));
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
        assert_eq!(bytes(&lines[1])[3..35], digest);
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
        for version in (0..=255).filter(|version| *version != 1) {
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
