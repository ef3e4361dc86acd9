//! Every sample runs natively and in NEAR's VM, step by step, and both end alike.

use conclave_tests::story::{Scene, Story, samples};
use conclave_tests::{Ended, Native, Vm, World};

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
fn every_sample_is_run_here() {
    assert_eq!(samples(), ["amm", "auction", "escrow", "token"]);
}
