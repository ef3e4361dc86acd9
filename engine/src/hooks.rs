//! What the engine asks its embedder: whether a frame may go on, and what a limit says.

use crate::failure::throw;
use crate::port::{Gas, Host};
use crate::realm::{RECURSION_MAX, Session};
use boa_engine::builtins::promise::OperationType;
use boa_engine::context::HostHooks;
use boa_engine::realm::Realm;
use boa_engine::vm::meter::{Limit, out_of_fuel};
use boa_engine::{Context, JsError, JsNativeError, JsObject, JsResult, JsString};
use conclave_abi::error::{ErrorCode, Failure};
use std::cell::RefCell;
use std::rc::Rc;

/// Fuel between two looks at the gas. Reason: a look costs about 0.6 Ggas, 512 units about 120;
/// both are estimates.
const FUEL_SLICE: u32 = 512;
/// Gas that a unit of fuel may take which a builtin asks for before its work: the most that was
/// measured (tests/tests/overruns.rs).
const GAS_AHEAD_PER_FUEL: u64 = 600_000_000;
/// Largest buffer, in bytes. Reason: the contract's memory has 128 MiB at most.
const BUFFER_BYTES_MAX: u64 = 1 << 20;

/// Gas of a collection for each byte that is in use. Reason: at least what was measured, which is 4 M for
/// arrays and 10 M for small objects.
#[cfg(target_arch = "wasm32")]
const COLLECTION_GAS_PER_BYTE: u64 = 10_000_000;

thread_local! {
    /// The host of the execution, while there is one.
    static HOST: RefCell<Option<Rc<dyn Host>>> = const { RefCell::new(None) };
}

/// Says for whom collections are made from now on; gives for whom they were made.
pub(crate) fn collect_for(host: Option<Rc<dyn Host>>) -> Option<Rc<dyn Host>> {
    boa_gc::set_collection_guard(host.is_some().then_some(may_collect));
    HOST.replace(host)
}

/// The host of the execution, while there is one.
pub(crate) fn host() -> Option<Rc<dyn Host>> {
    HOST.with_borrow(Clone::clone)
}

/// Whether the frame has the gas for a collection, which can't be interrupted.
fn may_collect() -> bool {
    #[cfg(target_arch = "wasm32")]
    let gas = Gas(crate::heap::taken() as u64 * COLLECTION_GAS_PER_BYTE);
    #[cfg(not(target_arch = "wasm32"))]
    let gas = Gas(0);
    HOST.with_borrow(|host| host.as_ref().is_none_or(|host| host.afford(gas).is_ok()))
}

/// Ends a frame that holds too much memory.
fn check_memory() -> Result<(), Failure> {
    #[cfg(target_arch = "wasm32")]
    {
        if crate::heap::is_scarce() {
            boa_gc::force_collect();
        }
        if crate::heap::is_scarce() {
            let message = format!(
                "more than {} bytes of memory are in use",
                crate::heap::TAKEN_BYTES_MAX
            );
            return Err(Failure::new(ErrorCode::Limit, message));
        }
    }
    Ok(())
}

/// What the engine asks its embedder.
pub(crate) struct Hooks;

impl HostHooks for Hooks {
    /// Ends the frame when its gas or the memory is used up. Nothing is bounded while the realm is
    /// made: there is no session then.
    fn fuel_used(&self, fuel: u64, context: &mut Context) -> JsResult<u32> {
        let Some(session) = context.get_data::<Session>().cloned() else {
            return Ok(u32::MAX);
        };
        let host = session.host();
        // More than a slice is what a builtin is about to do: it can't be interrupted.
        let ahead = Gas(fuel
            .saturating_sub(u64::from(FUEL_SLICE))
            .saturating_mul(GAS_AHEAD_PER_FUEL));
        let spent = host
            .afford(ahead)
            .and_then(|()| host.spend(fuel))
            .and_then(|()| check_memory());
        match spent {
            Ok(()) => Ok(FUEL_SLICE),
            Err(failure) => {
                session.halt_with(failure);
                Err(out_of_fuel())
            }
        }
    }

    fn limit_reached(&self, limit: Limit, context: &mut Context) -> JsError {
        let message = match limit {
            Limit::Recursion => format!("more than {RECURSION_MAX} functions call each other"),
            Limit::Nesting => "functions call each other through builtins, or data is nested, \
                 too deep for the VM's stack of 262144 bytes"
                .to_owned(),
            other => other.text().to_owned(),
        };
        throw(context, Failure::new(ErrorCode::Limit, message))
    }

    fn ensure_can_compile_strings(
        &self,
        _: Realm,
        _: &[JsString],
        _: &JsString,
        _: bool,
        _: &mut Context,
    ) -> JsResult<()> {
        Err(JsNativeError::typ()
            .with_message("code can't be made from strings in a subcontract")
            .into())
    }

    fn promise_rejection_tracker(
        &self,
        _: &JsObject<boa_engine::builtins::promise::Promise>,
        _: OperationType,
        _: &mut Context,
    ) {
    }

    fn local_timezone_offset_seconds(&self, _: i64) -> i32 {
        0
    }

    fn max_buffer_size(&self, _: &mut Context) -> u64 {
        BUFFER_BYTES_MAX
    }
}
