//! Every sample runs: those that stay inside natively and in NEAR's VM, step by step, and both end
//! alike; those that leave the enclave in the VM alone, where the contracts of others are, and nothing
//! stays of their waiting.

use conclave_cli::enclave::Enclave;
use conclave_tests::story::{Scene, Story, samples, samples_inside, scenario};
use conclave_tests::vm::account;
use conclave_tests::{ENCLAVE, Ended, Native, Vm, World};
use serde_json::json;

/// Runs one step, which must do what its scenario says, and leave nothing behind where it fails.
fn step(world: &mut dyn World, scene: &Scene, place: &str) -> Ended {
    let before = world.pairs();
    let ended = scene.request.send(world);
    if let Some(why) = scene.objection(&ended) {
        panic!("{place}: {why}");
    }
    if scene.step.fails.is_some() || scene.request.signer.is_none() {
        assert!(before == world.pairs(), "{place}: changed something");
    }
    ended
}

fn check(sample: &str) {
    let story = Story::of(sample);
    let (mut native, mut vm) = (Native::new(), Vm::new());
    vm.ensure_accounts(&story.accounts);
    for (number, scene) in story.scenes.iter().enumerate() {
        let place = format!("{sample}, step {number}, {}", scene.request.what());
        let natively = step(&mut native, scene, &format!("natively: {place}"));
        let in_vm = step(&mut vm, scene, &format!("in the VM: {place}"));
        println!("{place}: {} gas", in_vm.gas);
        assert_eq!(natively.result, in_vm.result, "{place}");
        assert_eq!(natively.logs, in_vm.logs, "{place}");
        assert!(
            native.pairs() == vm.pairs(),
            "{place}: the worlds store different things"
        );
    }
}

/// First bytes of the host keys of answers that lie in storage and of locks (docs/spec/state.md).
const WAITING: [u8; 2] = [0x15, 0x16];

fn check_outside(sample: &str) {
    let scenario = scenario(sample);
    let mut vm = Vm::new();
    let ran = scenario.run(&mut Enclave::new(vm.chain(), account(ENCLAVE)));
    let ran = ran.unwrap_or_else(|error| panic!("{sample}: {error}"));
    for step in &ran {
        println!("{sample}, {} {}: {} gas", step.kind, step.what, step.gas);
    }
    let pairs = vm.pairs();
    let waiting = pairs.iter().filter(|(key, _)| WAITING.contains(&key[0]));
    assert_eq!(waiting.count(), 0, "{sample}: locks or answers are left");
    for uploaded in ran.iter().filter(|step| step.kind == "upload") {
        let asked = json!({ "id": uploaded.what }).to_string();
        let flows = vm.ask("flows", asked.as_bytes()).value();
        assert_eq!(flows, json!({"flows": []}), "{}", uploaded.what);
    }
}

#[test]
fn token_ends_alike_natively_and_in_the_vm() {
    check("token");
}

#[test]
fn amm_ends_alike_natively_and_in_the_vm() {
    check("amm");
}

#[test]
fn escrow_ends_alike_natively_and_in_the_vm() {
    check("escrow");
}

#[test]
fn auction_ends_alike_natively_and_in_the_vm() {
    check("auction");
}

#[test]
fn bridge_leaves_nothing_that_waits() {
    check_outside("bridge");
}

#[test]
fn oracle_leaves_nothing_that_waits() {
    check_outside("oracle");
}

#[test]
fn lockable_pool_leaves_nothing_that_waits() {
    check_outside("lockable-pool");
}

#[test]
fn every_sample_is_run_here() {
    assert_eq!(samples_inside(), ["amm", "auction", "escrow", "token"]);
    let all = [
        "amm",
        "auction",
        "bridge",
        "escrow",
        "lockable-pool",
        "oracle",
        "token",
    ];
    assert_eq!(samples(), all);
}
