//! Worlds in which methods wait for the outside, for attacks on them: natively, where the test plays
//! the instrument of `tests/outside`, and in NEAR's VM, where it is deployed.
//!
//! In: requests, also such that come behind a forged answer. Out: how each ended, or that it waits.

use conclave_enclave::Action;
use conclave_enclave::platform::Received;
use conclave_localnet::{Balance, Gas, dev_signer};
use conclave_tests::flow_world::{CallId, FlowWorld, answer};
use conclave_tests::outside::{Outside, deploy};
use conclave_tests::vm::{account, failure};
use conclave_tests::{ENCLAVE, Vm, World};
use near_primitives::action::{Action as NearAction, FunctionCallAction};
use near_primitives::hash::CryptoHash;
use serde_json::{Value, json};

/// The contract outside: Mallory's, and what the victims call.
pub(crate) const OUT: &str = "instrument.near";
/// The subcontract that is attacked.
pub(crate) const VICTIM: &str = "victim@alice.near";
/// The hostile subcontract.
pub(crate) const EVIL: &str = "evil@mallory.near";
/// Gas that Mallory sends along with what it forges, in Tgas.
const FORGED_TGAS: u64 = 150;
/// Blocks in which everything happens that does not wait.
const BLOCKS: u64 = 12;

/// How a request ended: its value, or a code; none while its method waits.
pub(crate) type Ended = Option<Result<Value, String>>;

/// A request that was sent.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sent(usize);

/// A world in which methods wait.
pub(crate) trait Waiting {
    /// Uploads code.
    fn put(&mut self, id: &str, code: &str);
    /// Sends a request, and lets everything happen that does not wait.
    fn send(&mut self, who: &str, export: &str, input: &Value) -> Sent;
    /// The same from the instrument, behind an answer of Mallory's making.
    fn forge(&mut self, export: &str, input: &Value, told: &Value) -> Sent;
    /// How a request has ended.
    fn ended(&mut self, sent: Sent) -> Ended;
    /// Everything that the enclave stores.
    fn pairs(&mut self) -> Vec<(Vec<u8>, Vec<u8>)>;
}

/// Calls a method.
pub(crate) fn call(
    world: &mut dyn Waiting,
    who: &str,
    (id, method): (&str, &str),
    args: Value,
) -> Sent {
    let request = json!({"id": id, "method": method, "args": args});
    world.send(who, "call", &request)
}

/// Calls a method that does not wait, or does not wait long.
#[track_caller]
pub(crate) fn told(
    world: &mut dyn Waiting,
    who: &str,
    method: (&str, &str),
    args: Value,
) -> Result<Value, String> {
    let sent = call(world, who, method, args);
    world.ended(sent).expect("it does not wait")
}

/// The flow that waits in the victim: its token, and the token of what it waits for, if it has one.
#[track_caller]
pub(crate) fn waiting(world: &mut dyn Waiting) -> (Value, Value) {
    let sent = world.send("carol.near", "flows", &json!({"id": VICTIM}));
    let flows = world.ended(sent).expect("an end").expect("a list");
    assert_eq!(flows["flows"].as_array().map(Vec::len), Some(1), "{flows}");
    let flow = &flows["flows"][0];
    (flow["flow"].clone(), flow["waits"][0]["token"].clone())
}

/// Checks that nothing waits in the victim.
#[track_caller]
pub(crate) fn nothing_waits(world: &mut dyn Waiting) {
    let sent = world.send("carol.near", "flows", &json!({"id": VICTIM}));
    assert_eq!(world.ended(sent), Some(Ok(json!({"flows": []}))));
}

/// The world on this machine.
pub(crate) struct Natively {
    world: FlowWorld,
    sent: Vec<CallId>,
}

impl Natively {
    pub(crate) fn new() -> Self {
        Self {
            world: FlowWorld::new(),
            sent: Vec::new(),
        }
    }

    fn settled(&mut self, call: CallId) -> Sent {
        while let Some(first) = self.world.ready().first().copied() {
            self.world
                .step(first, &mut |_, actions| instrument(actions));
        }
        self.sent.push(call);
        Sent(self.sent.len() - 1)
    }
}

/// What the instrument answers.
fn instrument(actions: &[Action]) -> Received {
    let [Action::Call { method, input, .. }] = actions else {
        return Received::Failed;
    };
    match method.as_str() {
        "echo" => Received::Bytes(input.clone()),
        "bytes" => {
            let args: Value = serde_json::from_slice(input).expect("JSON");
            let part = |name: &str| args[name].as_u64().expect("a number");
            let byte = u8::try_from(part("byte")).expect("a byte");
            Received::Bytes(vec![byte; usize::try_from(part("n")).expect("a size")])
        }
        _ => Received::Failed,
    }
}

impl Waiting for Natively {
    fn put(&mut self, id: &str, code: &str) {
        self.world.upload(id, code);
    }

    fn send(&mut self, who: &str, export: &str, input: &Value) -> Sent {
        let call = self
            .world
            .enter(who, export, input.to_string().as_bytes(), 0);
        self.settled(call)
    }

    fn forge(&mut self, export: &str, input: &Value, told: &Value) -> Sent {
        let input = input.to_string();
        let call = self
            .world
            .forge(OUT, export, input.as_bytes(), answer(told));
        self.settled(call)
    }

    fn ended(&mut self, Sent(at): Sent) -> Ended {
        let ended = self.world.ended(self.sent[at])?;
        Some(ended.map_err(|failure| failure.expect("the enclave's").code.clone()))
    }

    fn pairs(&mut self) -> Vec<(Vec<u8>, Vec<u8>)> {
        self.world.pairs().into_iter().collect()
    }
}

/// The world in NEAR's VM.
pub(crate) struct InVm {
    vm: Vm,
    sent: Vec<CryptoHash>,
}

impl InVm {
    pub(crate) fn new() -> Self {
        let mut vm = Vm::new();
        deploy(vm.chain(), OUT, Outside::Instrument);
        Self {
            vm,
            sent: Vec::new(),
        }
    }

    fn submit(&mut self, who: &str, to: &str, method: &str, input: &Value) -> Sent {
        let call = NearAction::FunctionCall(Box::new(FunctionCallAction {
            method_name: method.to_owned(),
            args: input.to_string().into_bytes(),
            gas: Gas::from_teragas(1_000),
            deposit: Balance::ZERO,
        }));
        let chain = self.vm.chain();
        let signed = chain.sign(&dev_signer(&account(who)), &account(to), vec![call]);
        let hash = chain.submit(signed.expect("signed")).expect("taken");
        chain.advance_blocks(BLOCKS).expect("blocks");
        self.sent.push(hash);
        Sent(self.sent.len() - 1)
    }
}

impl Waiting for InVm {
    fn put(&mut self, id: &str, code: &str) {
        self.vm.upload(id, code, None).value();
    }

    fn send(&mut self, who: &str, export: &str, input: &Value) -> Sent {
        self.submit(who, ENCLAVE, export, input)
    }

    fn forge(&mut self, export: &str, input: &Value, told: &Value) -> Sent {
        let call =
            json!({"account": ENCLAVE, "method": export, "args": input, "gas_tgas": FORGED_TGAS});
        let forgery = json!({"answer": told, "call": call});
        self.submit("mallory.near", OUT, "forge", &forgery)
    }

    fn ended(&mut self, Sent(at): Sent) -> Ended {
        let outcome = self.vm.chain().transaction(&self.sent[at]);
        let outcome = outcome.expect("a chain").expect("it was taken");
        match outcome.failure() {
            Some(error) => Some(Err(failure(error).code.clone())),
            None => Some(Ok(outcome
                .json()
                .or_else(|| outcome.value().map(|_| Value::Null))?)),
        }
    }

    fn pairs(&mut self) -> Vec<(Vec<u8>, Vec<u8>)> {
        World::pairs(&self.vm)
    }
}
