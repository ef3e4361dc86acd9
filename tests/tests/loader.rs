//! The loader in NEAR's VM: what is cut, cut off, mixed up, broken or sent by a stranger.
//!
//! The whole is a small contract with 2 MB of padding, so that no transaction could carry it.
#![allow(
    clippy::unwrap_used,
    reason = "a test ends where something unexpected happens"
)]

use conclave_abi::loader::{
    BeginRequest, CHUNK_BYTES_MAX, CONTRACT_BYTES_MAX, ChunkMessage, DeployRequest, Plan, Status,
    ThenCall, chunk_messages,
};
use conclave_localnet::{AccountId, Chain, FunctionCall, Gas, TransactionOutcome, dev_signer};
use conclave_tests::vm::{account, artefact, empty_chain};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

const OWNER: &str = "conclave.near";
const STRANGER: &str = "mallory.near";
const CHUNK_BYTES: u32 = 700_000;
const PADDING_BYTES: usize = 2_000_000;

/// A contract with `hello`, which returns `true`, and `fail`, which traps.
const CONTRACT: &[u8] = &[
    0, b'a', b's', b'm', 1, 0, 0, 0, // magic, version
    1, 9, 2, 0x60, 0, 0, 0x60, 2, 0x7e, 0x7e, 0, // types: () and (i64, i64)
    2, 20, 1, 3, b'e', b'n', b'v', 12, b'v', b'a', b'l', b'u', b'e', b'_', b'r', b'e', b't', b'u',
    b'r', b'n', 0, 1, // import env.value_return
    3, 3, 2, 0, 0, // two functions
    5, 3, 1, 0, 1, // a memory of one page
    7, 16, 2, 5, b'h', b'e', b'l', b'l', b'o', 0, 1, 4, b'f', b'a', b'i', b'l', 0,
    2, // exports
    10, 14, 2, 8, 0, 0x42, 4, 0x42, 0, 0x10, 0, 0x0b, 3, 0, 0, 0x0b, // code
    11, 10, 1, 0, 0x41, 0, 0x0b, 4, b't', b'r', b'u', b'e', // data
];

/// The contract with a custom section behind it that no transaction could carry.
fn whole() -> Vec<u8> {
    let mut whole = CONTRACT.to_vec();
    let name = [1, b'p'];
    whole.push(0);
    let mut length = PADDING_BYTES + name.len();
    while length > 0x7f {
        whole.push((length & 0x7f) as u8 | 0x80);
        length >>= 7;
    }
    whole.push(length as u8);
    whole.extend_from_slice(&name);
    let noise = (0..PADDING_BYTES).map(|at| (at.wrapping_mul(2_654_435_761) >> 13) as u8);
    whole.extend(noise);
    whole
}

/// An account with the loader, and the whole that goes there.
struct Upload {
    chain: Chain,
    owner: AccountId,
    whole: Vec<u8>,
    plan: Plan,
}

impl Upload {
    fn new() -> Self {
        let mut chain = empty_chain(88);
        let owner = account(OWNER);
        let deployed = chain
            .deploy(&dev_signer(&owner), artefact("loader.wasm"))
            .unwrap();
        assert!(deployed.is_success(), "{:?}", deployed.failure());
        let whole = whole();
        let plan = Plan {
            sha256: Sha256::digest(&whole).into(),
            bytes: u32::try_from(whole.len()).unwrap(),
            chunk_bytes: CHUNK_BYTES,
        };
        Self {
            chain,
            owner,
            whole,
            plan,
        }
    }

    /// An upload of which everything is there.
    fn filled() -> Self {
        let mut upload = Self::new();
        upload.begin();
        for message in upload.messages() {
            check_success(&upload.send(OWNER, "put", message));
        }
        upload
    }

    fn send(&mut self, who: &str, method: &str, input: Vec<u8>) -> TransactionOutcome {
        let call = FunctionCall::new(method, input).gas(Gas::from_teragas(1_000));
        self.chain
            .call(&dev_signer(&account(who)), &self.owner, call)
            .unwrap()
    }

    fn begin(&mut self) {
        let request = serde_json::to_vec(&BeginRequest::from(&self.plan)).unwrap();
        check_success(&self.send(OWNER, "begin", request));
    }

    fn deploy(&mut self, method: &str) -> TransactionOutcome {
        let then = ThenCall {
            method: method.into(),
            args: json!({}),
        };
        let request = DeployRequest { then: Some(then) };
        self.send(OWNER, "deploy", serde_json::to_vec(&request).unwrap())
    }

    fn messages(&self) -> Vec<Vec<u8>> {
        chunk_messages(&self.plan, &self.whole).collect()
    }

    fn status(&self) -> Status {
        let outcome = self.chain.view(&self.owner, "status", b"").unwrap();
        serde_json::from_value(outcome.json().unwrap()).unwrap()
    }

    fn keys(&self) -> Vec<Vec<u8>> {
        let pairs = self.chain.state(&self.owner, b"");
        pairs.into_iter().map(|(key, _)| key).collect()
    }

    /// Checks that a call is refused with a code, and that it leaves storage as it was.
    fn check_refused(&mut self, who: &str, method: &str, input: Vec<u8>, code: &str) {
        let before = self.chain.state(&self.owner, b"");
        let outcome = self.send(who, method, input);
        assert_eq!(refusal(&outcome)["code"], code, "{:?}", outcome.failure());
        assert_eq!(self.chain.state(&self.owner, b""), before);
    }
}

fn check_success(outcome: &TransactionOutcome) {
    assert!(outcome.is_success(), "{:?}", outcome.failure());
}

/// The JSON object with which a call failed.
fn refusal(outcome: &TransactionOutcome) -> Value {
    let text = format!("{}", outcome.failure().expect("it should have failed"));
    let (begin, end) = (
        text.find('{').expect("JSON"),
        text.rfind('}').expect("JSON"),
    );
    let json = text[begin..=end].replace("\\\"", "\"");
    serde_json::from_str(&json).unwrap_or_else(|error| panic!("{error}: {json}"))
}

#[test]
fn a_contract_too_large_for_a_transaction_is_deployed_and_called() {
    let mut upload = Upload::filled();
    assert!(upload.whole.len() > 1_572_864);
    let outcome = upload.deploy("hello");
    check_success(&outcome);
    assert_eq!(outcome.json(), Some(json!(true)));
    assert_eq!(upload.chain.code(&upload.owner), Some(upload.whole.clone()));
    assert_eq!(upload.keys(), Vec::<Vec<u8>>::new());
    println!(
        "deploy of {} bytes burnt {}",
        upload.whole.len(),
        outcome.gas_burnt()
    );
}

#[test]
fn an_upload_that_was_cut_off_goes_on() {
    let mut upload = Upload::new();
    assert_eq!(
        upload.status(),
        Status {
            loader: 1,
            upload: None
        }
    );
    upload.begin();
    let messages = upload.messages();
    assert_eq!(messages.len(), 3);
    check_success(&upload.send(OWNER, "put", messages[2].clone()));
    let deploy = serde_json::to_vec(&DeployRequest::default()).unwrap();
    upload.check_refused(OWNER, "deploy", deploy, "E_LOADER_INCOMPLETE");

    upload.begin();
    let under_way = upload.status().upload.unwrap();
    assert_eq!(
        (under_way.present, under_way.missing),
        (vec![2], vec![0, 1])
    );
    check_success(&upload.send(OWNER, "put", messages[0].clone()));
    check_success(&upload.send(OWNER, "put", messages[1].clone()));
    check_success(&upload.deploy("hello"));
}

#[test]
fn a_failing_call_of_the_new_code_keeps_the_loader_and_every_chunk() {
    let mut upload = Upload::filled();
    let before = upload.chain.state(&upload.owner, b"");
    assert!(!upload.deploy("fail").is_success());
    assert_eq!(
        upload.chain.code(&upload.owner),
        Some(artefact("loader.wasm"))
    );
    assert_eq!(upload.chain.state(&upload.owner, b""), before);
    check_success(&upload.deploy("hello"));
    assert_eq!(upload.keys(), Vec::<Vec<u8>>::new());
}

#[test]
fn code_that_the_vm_refuses_is_not_deployed() {
    let mut upload = Upload::new();
    upload.whole[..4].copy_from_slice(b"nope");
    upload.plan.sha256 = Sha256::digest(&upload.whole).into();
    upload.begin();
    for message in upload.messages() {
        check_success(&upload.send(OWNER, "put", message));
    }
    assert!(!upload.deploy("hello").is_success());
    assert_eq!(
        upload.chain.code(&upload.owner),
        Some(artefact("loader.wasm"))
    );
    assert!(upload.status().upload.unwrap().missing.is_empty());
}

#[test]
fn a_mixture_is_refused() {
    let mut upload = Upload::new();
    upload.begin();
    let sha256 = upload.plan.sha256;
    let chunk = upload.whole[..700_000].to_vec();
    let message = |sha256, offset, chunk| {
        ChunkMessage {
            sha256,
            offset,
            chunk,
        }
        .encode()
    };
    for (input, code) in [
        (message([7; 32], 0, &chunk), "E_LOADER_MIXTURE"),
        (message(sha256, 350_000, &chunk), "E_LOADER_PLACE"),
        (message(sha256, 0, &chunk[..600_000]), "E_LOADER_PLACE"),
        (message(sha256, 2_100_000, &chunk), "E_LOADER_PLACE"),
        (b"short".to_vec(), "E_LOADER_MESSAGE"),
    ] {
        upload.check_refused(OWNER, "put", input, code);
    }
    let other = Plan {
        chunk_bytes: 800_000,
        ..upload.plan.clone()
    };
    let other = serde_json::to_vec(&BeginRequest::from(&other)).unwrap();
    upload.check_refused(OWNER, "begin", other, "E_LOADER_BUSY");
}

#[test]
fn a_wrong_hash_is_refused() {
    let mut upload = Upload::new();
    upload.plan.sha256[0] ^= 1;
    upload.begin();
    for message in upload.messages() {
        check_success(&upload.send(OWNER, "put", message));
    }
    let deploy = serde_json::to_vec(&DeployRequest::default()).unwrap();
    upload.check_refused(OWNER, "deploy", deploy, "E_LOADER_HASH");
    check_success(&upload.send(OWNER, "abort", Vec::new()));
    assert_eq!(upload.keys(), Vec::<Vec<u8>>::new());
}

#[test]
fn a_stranger_is_refused_everything_but_a_look() {
    let mut upload = Upload::filled();
    let begin = serde_json::to_vec(&BeginRequest::from(&upload.plan)).unwrap();
    let put = upload.messages().remove(0);
    for (method, input) in [
        ("begin", begin),
        ("put", put),
        ("deploy", b"{}".to_vec()),
        ("abort", Vec::new()),
    ] {
        upload.check_refused(STRANGER, method, input, "E_LOADER_CALLER");
    }
    check_success(&upload.send(STRANGER, "status", Vec::new()));
}

#[test]
fn a_plan_or_argument_that_can_not_be_is_refused() {
    let mut upload = Upload::new();
    let sha256 = "0".repeat(64);
    let plan = |bytes: u32, chunk_bytes: u32| {
        json!({ "sha256": sha256, "bytes": bytes, "chunk_bytes": chunk_bytes }).to_string()
    };
    for (input, code) in [
        (
            plan(CONTRACT_BYTES_MAX + 1, CHUNK_BYTES_MAX),
            "E_LOADER_PLAN",
        ),
        (plan(1_000, CHUNK_BYTES_MAX + 1), "E_LOADER_PLAN"),
        (plan(1_000, 1), "E_LOADER_PLAN"),
        (plan(0, 1), "E_LOADER_PLAN"),
        (
            json!({ "sha256": "0", "bytes": 1, "chunk_bytes": 1 }).to_string(),
            "E_LOADER_ARGUMENT",
        ),
        ("{".to_owned(), "E_LOADER_ARGUMENT"),
        (String::new(), "E_LOADER_ARGUMENT"),
    ] {
        upload.check_refused(OWNER, "begin", input.into_bytes(), code);
    }
    upload.check_refused(OWNER, "put", vec![0xff; 100], "E_LOADER_MESSAGE");
    upload.check_refused(OWNER, "deploy", vec![0xff, 0xfe], "E_LOADER_ARGUMENT");
    assert_eq!(upload.keys(), Vec::<Vec<u8>>::new());
}

#[test]
fn the_largest_contract_that_the_loader_takes_is_deployed() {
    let mut upload = Upload::new();
    upload.whole = CONTRACT.to_vec();
    let padding = CONTRACT_BYTES_MAX as usize - CONTRACT.len() - 5;
    let length = padding as u32;
    let leb = (0..4).map(|at| (length >> (7 * at) & 0x7f) as u8 | if at < 3 { 0x80 } else { 0 });
    upload.whole.push(0);
    upload.whole.extend(leb);
    upload.whole.extend([1, b'p']);
    upload.whole.resize(CONTRACT_BYTES_MAX as usize, 7);
    upload.plan = Plan {
        sha256: Sha256::digest(&upload.whole).into(),
        bytes: CONTRACT_BYTES_MAX,
        chunk_bytes: 1_300_000,
    };
    upload.begin();
    for message in upload.messages() {
        check_success(&upload.send(OWNER, "put", message));
    }
    let outcome = upload.deploy("hello");
    check_success(&outcome);
    println!(
        "deploy of {} bytes burnt {}",
        upload.whole.len(),
        outcome.gas_burnt()
    );
}
