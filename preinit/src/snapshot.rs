//! Running the initialiser in wasmtime and taking the snapshot with Wizer.
//!
//! In: a module's bytes. Out: the initialised module's bytes. It guards that a snapshot depends on the
//! module alone: no host function answers, no clock, randomness or file is offered.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use wasmtime::{Engine, ExternType, Instance, Linker, Module, Store, Val, bail};
use wasmtime_wizer::{InstanceState, SnapshotVal, Wizer};

/// Why a module could not be initialised.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SnapshotError {
    /// Wizer can't work with the module: invalid, or with parts that a snapshot can't hold.
    #[error("the module can't be instrumented: {0:#}")]
    Instrument(wasmtime::Error),
    /// The module doesn't compile or link.
    #[error("the module can't be instantiated: {0:#}")]
    Instantiate(wasmtime::Error),
    /// The module lacks the initialiser, or it isn't a function without parameters and results.
    #[error("no function `{name}` without parameters and results: {source:#}")]
    Missing {
        /// The initialiser's name.
        name: String,
        /// Wasmtime's own words.
        source: wasmtime::Error,
    },
    /// The initialiser trapped.
    #[error("`{name}` trapped: {source:#}")]
    Trapped {
        /// The initialiser's name.
        name: String,
        /// Wasmtime's own words.
        source: wasmtime::Error,
    },
    /// The snapshot could not be written back.
    #[error("the snapshot failed: {0:#}")]
    Snapshot(wasmtime::Error),
    /// Taking the snapshot waited for something, which nothing here can make ready.
    #[error("the snapshot waited")]
    Waited,
}

/// The module as its initialiser leaves it, without the export `initialiser`.
///
/// # Errors
/// [`SnapshotError`] when the module is invalid, lacks the initialiser, traps in it or calls a host function.
pub(crate) fn initialised(
    module: &[u8],
    initialiser: &str,
    dead_stack_bytes: usize,
) -> Result<Vec<u8>, SnapshotError> {
    let mut wizer = Wizer::new();
    wizer.init_func(initialiser).keep_init_func(false);
    let (context, instrumented) = wizer
        .instrument(module)
        .map_err(SnapshotError::Instrument)?;
    let mut state =
        State::instantiate(&instrumented, dead_stack_bytes).map_err(SnapshotError::Instantiate)?;
    state.initialise(initialiser)?;
    finish(wizer.snapshot(context, &mut state))?.map_err(SnapshotError::Snapshot)
}

/// A running module, whose globals and memory Wizer reads.
struct State {
    store: Store<()>,
    instance: Instance,
    /// Bytes at the beginning of the memory that are dead once the initialiser has returned.
    dead_stack_bytes: usize,
}

impl State {
    fn instantiate(module: &[u8], dead_stack_bytes: usize) -> wasmtime::Result<Self> {
        let engine = Engine::default();
        let module = Module::new(&engine, module)?;
        let mut store = Store::new(&engine, ());
        let instance = trapping_imports(&engine, &module)?.instantiate(&mut store, &module)?;
        Ok(Self {
            store,
            instance,
            dead_stack_bytes,
        })
    }

    fn initialise(&mut self, name: &str) -> Result<(), SnapshotError> {
        let name = name.to_owned();
        match self
            .instance
            .get_typed_func::<(), ()>(&mut self.store, &name)
        {
            Err(source) => Err(SnapshotError::Missing { name, source }),
            Ok(function) => function
                .call(&mut self.store, ())
                .map_err(|source| SnapshotError::Trapped { name, source }),
        }
    }
}

impl InstanceState for State {
    async fn global_get(&mut self, name: &str, _: wasmtime_wizer::ValType) -> SnapshotVal {
        let global = self.instance.get_global(&mut self.store, name);
        match global
            .expect("invariant: wizer exported the global")
            .get(&mut self.store)
        {
            Val::I32(value) => SnapshotVal::I32(value),
            Val::I64(value) => SnapshotVal::I64(value),
            Val::F32(bits) => SnapshotVal::F32(bits),
            Val::F64(bits) => SnapshotVal::F64(bits),
            Val::V128(value) => SnapshotVal::V128(value.as_u128()),
            other => unreachable!("wizer refuses mutable globals such as {other:?}"),
        }
    }

    async fn memory_contents(&mut self, name: &str, contents: impl FnOnce(&[u8]) + Send) {
        let memory = self.instance.get_memory(&mut self.store, name);
        let memory = memory.expect("invariant: wizer exported the memory");
        let dead = self.dead_stack_bytes.min(memory.data_size(&self.store));
        memory.data_mut(&mut self.store)[..dead].fill(0);
        contents(memory.data(&self.store));
    }
}

/// Every function that the module imports, made to end the run and to say which it was.
fn trapping_imports(engine: &Engine, module: &Module) -> wasmtime::Result<Linker<()>> {
    let mut linker = Linker::new(engine);
    for import in module.imports() {
        let (space, name) = (import.module().to_owned(), import.name().to_owned());
        let ExternType::Func(kind) = import.ty() else {
            bail!("the module imports {space}.{name}, which is no function");
        };
        linker.func_new(&space.clone(), &name.clone(), kind, move |_, _, _| {
            bail!("the initialiser called the host function {space}.{name}: there is no chain yet")
        })?;
    }
    Ok(linker)
}

/// Drives a future that nothing can wake: it is ready at once, or never.
fn finish<T>(future: impl Future<Output = T>) -> Result<T, SnapshotError> {
    let mut context = Context::from_waker(Waker::noop());
    match pin!(future).as_mut().poll(&mut context) {
        Poll::Ready(value) => Ok(value),
        Poll::Pending => Err(SnapshotError::Waited),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Writes 7 to address 16 in the initialiser; `get` reads it.
    const WRITES: &str = r#"(module
        (import "env" "input" (func $input (param i64)))
        (memory (export "memory") 1)
        (func (export "wizer.initialize") (i32.store (i32.const 16) (i32.const 7)))
        (func (export "get") (result i32) (i32.load (i32.const 16))))"#;

    fn parse(text: &str) -> Vec<u8> {
        wat::parse_str(text).unwrap()
    }

    #[test]
    fn what_is_left_on_the_dead_stack_is_not_kept() {
        let kept = initialised(&parse(WRITES), "wizer.initialize", 16).unwrap();
        let dropped = initialised(&parse(WRITES), "wizer.initialize", 20).unwrap();
        assert!(dropped.len() < kept.len());
    }

    fn message(text: &str) -> String {
        initialised(&parse(text), "wizer.initialize", 0)
            .unwrap_err()
            .to_string()
    }

    #[test]
    fn the_memory_that_the_initialiser_wrote_is_there_at_the_start() {
        let output = initialised(&parse(WRITES), "wizer.initialize", 0).unwrap();
        let engine = Engine::default();
        let module = Module::new(&engine, &output).unwrap();
        assert!(module.get_export("wizer.initialize").is_none());
        let mut store = Store::new(&engine, ());
        let linker = trapping_imports(&engine, &module).unwrap();
        let instance = linker.instantiate(&mut store, &module).unwrap();
        let get = instance
            .get_typed_func::<(), i32>(&mut store, "get")
            .unwrap();
        assert_eq!(get.call(&mut store, ()).unwrap(), 7);
    }

    #[test]
    fn the_same_module_gives_the_same_bytes() {
        let first = initialised(&parse(WRITES), "wizer.initialize", 0).unwrap();
        for _ in 0..5 {
            assert_eq!(
                initialised(&parse(WRITES), "wizer.initialize", 0).unwrap(),
                first
            );
        }
    }

    #[test]
    fn an_initialiser_that_calls_the_host_is_refused_by_the_functions_name() {
        let text = r#"(module
            (import "env" "input" (func $input (param i64)))
            (memory (export "memory") 1)
            (func (export "wizer.initialize") (call $input (i64.const 0))))"#;
        assert!(message(text).contains("env.input"), "{}", message(text));
    }

    #[test]
    fn a_module_without_the_initialiser_is_refused() {
        let text = r#"(module (memory (export "memory") 1))"#;
        assert!(
            message(text).contains("wizer.initialize"),
            "{}",
            message(text)
        );
    }
}
