//! Attacks: hostile requests, each of which must end with a code, say why, and change nothing.

use crate::{Ended, Native, Vm, World};
use conclave_abi::error::Failure;

/// Runs an attack natively and in NEAR's VM, which must store the same in the end.
///
/// # Panics
/// When the worlds differ.
pub fn in_both_worlds(attack: impl Fn(&mut dyn World)) {
    let mut native = Native::new();
    attack(&mut native);
    let mut vm = Vm::new();
    attack(&mut vm);
    assert_eq!(native.pairs(), vm.pairs(), "both worlds store the same");
}

/// Sends what must be refused with a code and a message that holds `says`, and change nothing.
///
/// # Panics
/// When it is not.
#[track_caller]
pub fn refused(
    world: &mut dyn World,
    code: &str,
    says: &str,
    request: impl FnOnce(&mut dyn World) -> Ended,
) -> Failure {
    let before = world.pairs();
    let failure = match request(world).result {
        Ok(value) => panic!("expected {code}, got {value}"),
        Err(failure) => failure,
    };
    assert_eq!(failure.code, code, "{failure:?}");
    assert!(
        failure.message.contains(says),
        "{says:?} is not in {failure:?}"
    );
    assert!(world.pairs() == before, "{code} changed what is stored");
    failure
}
