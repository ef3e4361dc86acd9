//! The realm: one Boa context, made once, hardened, kept in a snapshot.
//!
//! [`prepare`] makes it at build time, so that a call finds it ready (docs/adr/0002). What belongs
//! to one execution (host, clock, random numbers, programs already parsed) is a [`Session`].

use crate::bindings::{self, Natives};
use crate::guest::BoaGuest;
use crate::harden::harden;
use crate::hooks::{Hooks, collect_for};
use crate::jobs::FrameJobs;
use crate::late;
use crate::port::{Guest, Host};
use crate::random::Sequence;
use crate::tables;
use boa_engine::builtins::promise::ResolvingFunctions;
use boa_engine::context::ContextBuilder;
use boa_engine::context::time::{Clock, JsInstant};
use boa_engine::module::IdleModuleLoader;
use boa_engine::object::builtins::JsFunction;
use boa_engine::optimizer::OptimizerOptions;
use boa_engine::property::PropertyKey;
use boa_engine::vm::image::{Part, SourceLoader};
use boa_engine::{Context, JsNativeError, JsObject, JsResult, JsValue, Source, js_string};
use conclave_abi::error::Failure;
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::mem::ManuallyDrop;
use std::rc::Rc;

/// Most functions of one frame that call each other. Reason: they live in memory, not on the VM's
/// stack; a walk over nested data needs hundreds.
pub(crate) const RECURSION_MAX: usize = 1_000;
/// Most values on the engine's stack for one frame. Reason: arguments and registers of
/// [`RECURSION_MAX`] functions, 512 KiB.
const STACK_VALUES_MAX: usize = 65_536;
/// Most error objects of a frame whose failure is known. Reason: code that keeps more of them, and
/// throws an old one on, gives it the code of any other error.
const THROWN_MAX: usize = 64;

thread_local! {
    /// Never dropped: the engine's collector is a thread local too, and may be gone before.
    static REALM: ManuallyDrop<RefCell<Option<Prepared>>> =
        const { ManuallyDrop::new(RefCell::new(None)) };
}

/// A context with everything a call needs.
struct Prepared {
    context: Context,
    clock: Rc<BlockClock>,
    parts: Parts,
}

/// The realm's objects that the host uses.
#[derive(Clone)]
pub(crate) struct Parts {
    /// What `import … from 'conclave'` gives.
    pub(crate) stdlib: JsObject,
    /// Runs a method and catches what it throws (js-stdlib/src/run.js).
    pub(crate) run: JsFunction,
    /// `get stack` of `Error.prototype`, as it was before any subcontract ran.
    stack_getter: JsObject,
    /// The prototype of iterators over persistent collections.
    pub(crate) walk: JsObject,
    /// The prototype of what `near.of` gives.
    pub(crate) granted: JsObject,
    /// The compiled code of what is made when it is first used.
    pub(crate) late: Part,
    pub(crate) jobs: Rc<FrameJobs>,
}

/// A program that was made ready in this execution.
#[derive(Clone)]
pub(crate) struct Instantiator {
    pub(crate) hash: [u8; 32],
    /// The id under which that was done first; it stands in the engine's stack traces, also when
    /// another subcontract of the same source runs.
    pub(crate) path: String,
    /// Makes instances.
    pub(crate) function: JsFunction,
}

/// What belongs to one execution.
#[derive(Clone)]
pub(crate) struct Session(Rc<SessionState>);

struct SessionState {
    host: Rc<dyn Host>,
    clock: Rc<BlockClock>,
    parts: Parts,
    /// Programs that are ready in this execution.
    instantiators: RefCell<Vec<Instantiator>>,
    /// What of the module was made in this execution, because it was used.
    late: RefCell<Option<JsObject>>,
    /// Frames further in that began in this execution.
    frames: Cell<u64>,
    /// Frames that are open.
    depth: Cell<u32>,
    frame: RefCell<FrameState>,
}

/// What belongs to the frame that runs now.
#[derive(Default)]
pub(crate) struct FrameState {
    /// Which frame of the execution it is.
    number: u64,
    random: Option<Sequence>,
    /// Error objects that the host made for the frame, and the failures they stand for.
    thrown: VecDeque<(JsObject, Failure)>,
    /// The failure that ends the frame, once there is one: its code can't catch it.
    halt: Option<Failure>,
    /// What settles the frame's promises of results from outside, each with its number.
    waiting: Vec<(u32, ResolvingFunctions)>,
}

impl Session {
    /// The session of the running execution.
    pub(crate) fn of(context: &Context) -> Self {
        context
            .get_data::<Self>()
            .cloned()
            .expect("invariant: code runs only inside with_guest")
    }

    pub(crate) fn host(&self) -> Rc<dyn Host> {
        Rc::clone(&self.0.host)
    }

    pub(crate) fn parts(&self) -> &Parts {
        &self.0.parts
    }

    pub(crate) fn stack_getter(&self) -> JsObject {
        self.0.parts.stack_getter.clone()
    }

    /// Begins a frame; gives what [`Session::end_frame`] wants back.
    pub(crate) fn begin_frame(&self) -> FrameState {
        let depth = self.0.depth.replace(self.0.depth.get() + 1);
        // The outermost frame is always number 0: it may run again, and then draws the same numbers.
        let number = match depth {
            0 => 0,
            _ => self.0.frames.replace(self.0.frames.get() + 1) + 1,
        };
        self.0.frame.replace(FrameState {
            number,
            ..FrameState::default()
        })
    }

    /// Ends a frame: the outer one goes on with what was its own.
    pub(crate) fn end_frame(&self, outer: FrameState) {
        self.0.depth.set(self.0.depth.get() - 1);
        drop(self.0.frame.replace(outer));
    }

    pub(crate) fn remember_thrown(&self, error: JsObject, failure: Failure) {
        let thrown = &mut self.0.frame.borrow_mut().thrown;
        if thrown.len() == THROWN_MAX {
            thrown.pop_front();
        }
        thrown.push_back((error, failure));
    }

    /// The failure for which the host made this very error object.
    pub(crate) fn remembered(&self, error: &JsObject) -> Option<Failure> {
        let frame = self.0.frame.borrow();
        let mut known = frame.thrown.iter().rev();
        let (_, failure) = known.find(|(known, _)| JsObject::equals(known, error))?;
        Some(failure.clone())
    }

    /// Keeps what settles a promise until its answer comes.
    pub(crate) fn wait_for(&self, promise: u32, resolvers: ResolvingFunctions) {
        let waiting = &mut self.0.frame.borrow_mut().waiting;
        waiting.push((promise, resolvers));
    }

    /// What settles a promise whose answer has come; the time is that of the answer from now on.
    pub(crate) fn answered(&self, promise: u32) -> Option<ResolvingFunctions> {
        self.set_clock();
        let waiting = &mut self.0.frame.borrow_mut().waiting;
        let at = waiting.iter().position(|(number, _)| *number == promise)?;
        Some(waiting.swap_remove(at).1)
    }

    /// Sets the clock to the time that the host tells.
    fn set_clock(&self) {
        let now_ms = self.0.host.block_timestamp_ns() / 1_000_000;
        self.0.clock.0.set(now_ms);
    }

    /// Says what ends the frame; the first reason stays.
    pub(crate) fn halt_with(&self, failure: Failure) {
        self.0.frame.borrow_mut().halt.get_or_insert(failure);
    }

    pub(crate) fn halt(&self) -> Option<Failure> {
        self.0.frame.borrow().halt.clone()
    }

    pub(crate) fn instantiator(&self, hash: &[u8; 32]) -> Option<Instantiator> {
        let known = self.0.instantiators.borrow();
        known.iter().find(|known| known.hash == *hash).cloned()
    }

    pub(crate) fn late(&self) -> Option<JsObject> {
        self.0.late.borrow().clone()
    }

    pub(crate) fn keep_late(&self, made: JsObject) {
        *self.0.late.borrow_mut() = Some(made);
    }

    pub(crate) fn keep_instantiator(&self, instantiator: Instantiator) {
        self.0.instantiators.borrow_mut().push(instantiator);
    }

    /// Gives the text that was compiled for a program. Where it can't be read, the frame that asks for
    /// it fails.
    pub(crate) fn text_of(&self, hash: [u8; 32]) -> SourceLoader {
        let state = Rc::downgrade(&self.0);
        Rc::new(move || {
            let session = Self(state.upgrade()?);
            match session.0.host.source(&hash) {
                Ok(program) => Some(program.source),
                Err(failure) => {
                    session.halt_with(failure);
                    None
                }
            }
        })
    }

    /// The next number of `Math.random`, from a sequence of the frame's own.
    pub(crate) fn random_fraction(&self) -> Result<f64, Failure> {
        let mut frame = self.0.frame.borrow_mut();
        let mut sequence = match frame.random {
            Some(sequence) => sequence,
            None => Sequence::of_seed(&self.0.host.random_seed()?, frame.number),
        };
        let fraction = sequence.next_fraction();
        frame.random = Some(sequence);
        Ok(fraction)
    }
}

/// Makes the realm ready. Called by the contract's initialiser at build time, and by nothing else in
/// the contract: the code that makes a realm is then dropped from it, 60 KB (docs/adr/0008).
/// A later call does nothing.
///
/// # Panics
/// If the engine can't be made; that is seen at build time.
pub fn prepare() {
    tables::install();
    REALM.with(|realm| {
        realm
            .borrow_mut()
            .get_or_insert_with(|| Prepared::new().expect("invariant: the realm can be made"));
    });
}

/// Runs `body` with a guest whose code asks `host`.
///
/// # Panics
/// Before [`prepare`] was called.
///
/// # Atomicity
/// What the execution left in the engine is dropped at its end.
pub fn with_guest<T>(host: Rc<dyn Host>, body: impl FnOnce(&mut dyn Guest) -> T) -> T {
    REALM.with(|realm| {
        let mut realm = realm.borrow_mut();
        let realm = realm.as_mut().expect("invariant: prepare was called");
        let outer = collect_for(Some(Rc::clone(&host)));
        tables::forget();
        let session = Session(Rc::new(SessionState {
            host,
            clock: Rc::clone(&realm.clock),
            parts: realm.parts.clone(),
            instantiators: RefCell::default(),
            late: RefCell::default(),
            frames: Cell::new(0),
            depth: Cell::new(0),
            frame: RefCell::default(),
        }));
        session.set_clock();
        realm.context.insert_data(session);
        // What the making of the realm left over is no part of this execution's.
        realm.context.take_fuel_used();
        let result = body(&mut BoaGuest::new(&mut realm.context));
        realm.context.remove_data::<Session>();
        collect_for(outer);
        tables::forget();
        result
    })
}

impl Prepared {
    fn new() -> JsResult<Self> {
        let clock = Rc::new(BlockClock::default());
        let jobs = Rc::new(FrameJobs::default());
        let mut context = ContextBuilder::new()
            .clock(Rc::clone(&clock))
            .job_executor(Rc::clone(&jobs))
            .host_hooks(Rc::new(Hooks))
            .module_loader(Rc::new(IdleModuleLoader))
            .build()?;
        context.strict(true);
        // Folding constants would run code of the subcontract while it is parsed.
        context.set_optimizer_options(OptimizerOptions::empty());
        let limits = context.runtime_limits_mut();
        limits.set_recursion_limit(RECURSION_MAX);
        limits.set_stack_size_limit(STACK_VALUES_MAX);
        let stack_getter = stack_getter(&mut context)?;
        let stdlib = eval_function(&mut context, "conclave", conclave_js_stdlib::CONCLAVE)?;
        let Natives {
            object,
            walk,
            granted,
        } = bindings::natives(&mut context)?;
        let stdlib = stdlib.call(&JsValue::undefined(), &[object.into()], &mut context)?;
        let late = late::compiled(&mut context)?;
        let run = eval_function(&mut context, "run", conclave_js_stdlib::RUN)?;
        bindings::replace_random(&mut context)?;
        let stdlib = stdlib
            .as_object()
            .ok_or_else(|| JsNativeError::typ().with_message("the stdlib is no object"))?;
        let parts = [
            stdlib.clone(),
            run.clone().into(),
            walk.clone(),
            granted.clone(),
        ];
        harden(&parts, &mut context)?;
        boa_gc::force_collect();
        #[cfg(target_arch = "wasm32")]
        crate::heap::end_zeroing();
        Ok(Self {
            context,
            clock,
            parts: Parts {
                stdlib,
                run,
                stack_getter,
                walk,
                granted,
                late,
                jobs,
            },
        })
    }
}

fn stack_getter(context: &mut Context) -> JsResult<JsObject> {
    let prototype = context.intrinsics().constructors().error().prototype();
    let stack = prototype
        .borrow()
        .properties()
        .get(&PropertyKey::from(js_string!("stack")));
    stack
        .and_then(|stack| stack.get()?.as_object())
        .ok_or_else(|| {
            JsNativeError::typ()
                .with_message("Error.prototype has no stack")
                .into()
        })
}

/// Evaluates a file of the stdlib: one function expression.
fn eval_function(context: &mut Context, name: &str, text: &str) -> JsResult<JsFunction> {
    let path = std::path::Path::new(name);
    let text = without_comments(text);
    let value = context.eval(Source::from_bytes(&text).with_path(path))?;
    value
        .as_function()
        .ok_or_else(|| JsNativeError::typ().with_message("not a function").into())
}

/// The text without comments, each of which takes lines of its own there, and without indentation:
/// the engine keeps the text it was given, two bytes for each character, and the snapshot with it.
pub(crate) fn without_comments(text: &str) -> String {
    let lines = text.lines().map(str::trim_start);
    let code = lines.filter(|line| !line.starts_with("//") && !line.starts_with("/**"));
    code.collect::<Vec<_>>().join("\n")
}

/// The block's time: the same for the whole execution.
#[derive(Default)]
struct BlockClock(Cell<u64>);

impl Clock for BlockClock {
    fn now(&self) -> JsInstant {
        JsInstant::new(self.0.get() / 1_000, 0)
    }

    fn system_time_millis(&self) -> i64 {
        i64::try_from(self.0.get()).unwrap_or(i64::MAX)
    }
}
