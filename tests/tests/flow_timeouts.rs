//! Promises that nobody settles, on the local chain: NEAR ends its wait after 200 blocks, and a method
//! that waits longer is not told. In NEAR's VM, with blocks that pass.

use conclave_abi::error::Failure;
use conclave_localnet::{Balance, Gas, TransactionOutcome, dev_signer};
use conclave_tests::vm::{account, workspace};
use conclave_tests::{ENCLAVE, Vm, World};
use near_primitives::action::{Action, FunctionCallAction};
use near_primitives::hash::CryptoHash;
use serde_json::{Value, json};

/// Blocks after which NEAR ends a wait. Source: NEAR protocol, `yield_timeout_length_in_blocks`.
const NEAR_BLOCKS: u64 = 200;
/// Blocks that a call takes to begin, and a callback to be executed.
const WAY_BLOCKS: u64 = 3;

const ASKER: &str = "
import { near, storage } from 'conclave'
export async function ask({ blocks }) {
  const { token, promise } = near.yield({ timeoutBlocks: blocks })
  storage.set('token', token)
  try {
    return { told: await promise }
  } catch (error) {
    return { code: error.code, name: error.name }
  } finally {
    near.log('over')
  }
}
export const token = () => storage.get('token')
export const tell = ({ token, value }) => near.resume(token, value)
";
const ID: &str = "asker@alice.near";

struct Scene {
    vm: Vm,
    id: &'static str,
}

impl Scene {
    fn asker() -> Self {
        let mut vm = Vm::new();
        vm.upload(ID, ASKER, None).value();
        Self { vm, id: ID }
    }

    /// Sends a call of carol's, and lets it begin.
    fn begin(&mut self, method: &str, args: &Value) -> CryptoHash {
        let request = json!({"id": self.id, "method": method, "args": args});
        let call = Action::FunctionCall(Box::new(FunctionCallAction {
            method_name: "call".to_owned(),
            args: request.to_string().into_bytes(),
            gas: Gas::from_teragas(300),
            deposit: Balance::ZERO,
        }));
        let (chain, carol) = (self.vm.chain(), dev_signer(&account("carol.near")));
        let signed = chain.sign(&carol, &account(ENCLAVE), vec![call]);
        let hash = chain.submit(signed.expect("signed")).expect("taken");
        self.pass(WAY_BLOCKS);
        assert!(!self.outcome(&hash).receipts.is_empty(), "it has begun");
        hash
    }

    fn pass(&mut self, blocks: u64) {
        self.vm.chain().advance_blocks(blocks).expect("blocks");
    }

    fn outcome(&mut self, hash: &CryptoHash) -> TransactionOutcome {
        let outcome = self.vm.chain().transaction(hash);
        outcome.expect("a chain").expect("it was taken")
    }

    /// The token of the promise that was made last.
    fn token(&mut self) -> Value {
        self.vm.view(self.id, "token", Value::Null).value()
    }

    /// What comes of saying that its time is over.
    fn expire(&mut self) -> Result<Value, Failure> {
        let request = json!({"token": self.token()}).to_string();
        let ended = self.vm.send("dave.near", "expire", request.as_bytes(), 0);
        ended.result
    }

    fn check_waits(&mut self, hash: &CryptoHash) {
        let outcome = self.outcome(hash);
        assert_eq!(outcome.value(), None);
        assert!(outcome.failure().is_none(), "{:?}", outcome.failure());
        assert!(outcome.logs().is_empty(), "the method was not told");
        assert_eq!(self.flows(), 1);
    }

    /// Blocks from the receipt in which the call began to that in which it ended.
    fn blocks(&mut self, hash: &CryptoHash) -> u64 {
        let receipts = self.outcome(hash).receipts;
        let own = receipts
            .iter()
            .filter(|it| it.outcome.executor_id == ENCLAVE);
        let heights: Vec<u64> = own.map(|it| it.block_height).collect();
        heights.last().expect("an end") - heights.first().expect("a beginning")
    }

    fn flows(&self) -> usize {
        let asked = json!({"id": self.id}).to_string();
        let flows = self.vm.ask("flows", asked.as_bytes()).value();
        flows["flows"].as_array().expect("a list").len()
    }

    /// Nothing waits, and nothing lies in storage for a promise.
    fn check_end(&mut self) {
        assert_eq!(self.flows(), 0);
        let pairs = self.vm.pairs();
        assert!(!pairs.iter().any(|(key, _)| key[0] == 0x15));
    }
}

#[test]
fn near_ends_a_wait_and_the_method_is_told_at_its_await() {
    let mut scene = Scene::asker();
    let asked = scene.begin("ask", &json!({}));
    scene.pass(NEAR_BLOCKS - 2 * WAY_BLOCKS);
    scene.check_waits(&asked);
    scene.pass(4 * WAY_BLOCKS);
    let outcome = scene.outcome(&asked);
    let told = outcome.json().expect("a value");
    assert_eq!(
        (&told["code"], &told["name"]),
        (&json!("E_TIMEOUT"), &json!("CallError"))
    );
    assert_eq!(outcome.logs().len(), 1, "finally ran");
    let blocks = scene.blocks(&asked);
    assert!(
        (NEAR_BLOCKS..=NEAR_BLOCKS + WAY_BLOCKS).contains(&blocks),
        "{blocks}"
    );
    scene.check_end();
}

#[test]
fn a_method_that_waits_longer_than_near_is_not_told_before() {
    let mut scene = Scene::asker();
    let asked = scene.begin("ask", &json!({"blocks": 450}));
    for _ in 0..2 {
        scene.pass(NEAR_BLOCKS + WAY_BLOCKS);
        scene.check_waits(&asked);
        let refused = scene.expire();
        assert_eq!(refused.expect_err("too early").code, "E_NOT_ALLOWED");
    }
    // NEAR ends its third wait, and nobody has said before that the time was over.
    scene.pass(NEAR_BLOCKS - 6 * WAY_BLOCKS);
    scene.check_waits(&asked);
    scene.pass(8 * WAY_BLOCKS);
    let told = scene.outcome(&asked).json().expect("a value");
    assert_eq!(told["code"], "E_TIMEOUT");
    let blocks = scene.blocks(&asked);
    let expect = 3 * NEAR_BLOCKS..=3 * (NEAR_BLOCKS + WAY_BLOCKS);
    assert!(expect.contains(&blocks), "{blocks}");
    scene.check_end();
}

#[test]
fn the_time_of_a_long_wait_is_over_when_somebody_says_so() {
    let mut scene = Scene::asker();
    let asked = scene.begin("ask", &json!({"blocks": 450}));
    scene.pass(450);
    scene.check_waits(&asked);
    assert_eq!(scene.expire(), Ok(json!(true)));
    scene.pass(WAY_BLOCKS);
    let told = scene.outcome(&asked).json().expect("a value");
    assert_eq!(told["code"], "E_TIMEOUT");
    scene.check_end();
}

#[test]
fn a_long_wait_ends_with_a_value_after_near_has_ended_its_own_twice() {
    let mut scene = Scene::asker();
    let asked = scene.begin("ask", &json!({"blocks": 450}));
    scene.pass(2 * NEAR_BLOCKS + 4 * WAY_BLOCKS);
    let args = json!({"token": scene.token(), "value": "late"});
    let told = scene.vm.call("dave.near", ID, "tell", args).value();
    assert_eq!(told, json!(true));
    scene.pass(WAY_BLOCKS);
    let ended = scene.outcome(&asked).json();
    assert_eq!(ended, Some(json!({"told": "late"})));
    scene.check_end();
}

#[test]
fn a_question_that_nobody_answers_or_ends_gets_what_its_asker_wanted_otherwise() {
    let path = workspace().join("samples/oracle/contract.js");
    let source = std::fs::read_to_string(path).expect("the sample");
    let mut vm = Vm::new();
    let id = "weather@alice.near";
    let init = json!({"owner": "alice.near", "answerer": "oracle.near"});
    vm.upload(id, &source, Some(init)).value();
    let mut scene = Scene { vm, id };
    let question = json!({"question": "snow in Oslo?", "otherwise": "unknown"});
    let asked = scene.begin("ask", &question);
    scene.pass(NEAR_BLOCKS - 2 * WAY_BLOCKS);
    scene.check_waits(&asked);
    scene.pass(4 * WAY_BLOCKS);
    assert_eq!(scene.outcome(&asked).json(), Some(json!("unknown")));
    let open = scene.vm.view(id, "questions", json!({"limit": 10})).value();
    assert_eq!(open, json!({"items": [], "next": null}));
    scene.check_end();
}
