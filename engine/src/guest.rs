//! [`Guest`] on Boa: a fresh instance of the code for each frame, without parsing it twice.

use crate::compiled::Compiled;
use crate::copy;
use crate::failure::{self, Origin};
use crate::port::{Answer, Guest, Next, Run};
use crate::program::Program;
use crate::realm::{Instantiator, Session};
use boa_engine::builtins::promise::PromiseState;
use boa_engine::object::builtins::JsFunction;
use boa_engine::property::PropertyKey;
use boa_engine::vm::image::{self, ReadError, WriteError};
use boa_engine::vm::meter::Embedding;
use boa_engine::{Context, JsObject, JsResult, JsValue, Script};
use conclave_abi::error::{ErrorCode, Failure};
use conclave_abi::value::Value;
use std::path::Path;

/// What a frame may use of the VM's stack of 262,144 bytes, tried in the VM (docs/adr/0004): a callee
/// begins with all of it or not at all, so that a deep caller can't starve it.
const FRAME: Embedding = Embedding {
    nesting: 1_700,
    nesting_total: 3_800,
};
/// What lies on the VM's stack between a method that calls another subcontract and that one's own
/// first function.
const FRAME_NESTING: u32 = 32;

/// How js-stdlib/src/run.js says how a method ended.
mod ending {
    pub(super) const THREW: i32 = 0;
    pub(super) const RETURNED: i32 = 1;
}

/// A guest that runs code in a context.
pub(crate) struct BoaGuest<'a> {
    context: &'a mut Context,
}

impl<'a> BoaGuest<'a> {
    pub(crate) fn new(context: &'a mut Context) -> Self {
        Self { context }
    }

    /// The function that makes instances of a program; made ready once per execution.
    fn instantiator(&mut self, run: &Run<'_>) -> Result<Instantiator, Failure> {
        let session = Session::of(self.context);
        if let Some(known) = session.instantiator(&run.program.hash) {
            return Ok(known);
        }
        session.host().afford(run.program.load_gas())?;
        session.host().spend(run.program.load_fuel())?;
        let malformed = |said: String| {
            let message = format!("the compiled code of {} can't be run: {said}", run.id);
            Failure::new(ErrorCode::Corrupt, message)
        };
        let script = self
            .read(run.id, run.program)
            .map_err(|error| malformed(error.to_string()))?;
        self.kept(run.id, run.program.hash, &script)
            .ok_or_else(|| malformed("it is not a function".to_owned()))
    }

    /// Reads the function that makes instances from a program's image.
    fn read(&mut self, id: &str, program: &Compiled) -> Result<Script, ReadError> {
        let origin = image::Origin {
            path: Some(id.into()),
            source: Session::of(self.context).text_of(program.hash),
        };
        image::read(program.image(), origin, self.context)
    }

    /// Parses a source once: the program, and the function that makes its instances (docs/adr/0005).
    fn parsed(
        &mut self,
        id: &str,
        source: &str,
        hash: [u8; 32],
    ) -> Result<(Program, Script), Failure> {
        let templates = self.context.next_parser_identifier();
        let interner = self.context.interner_mut();
        let (program, tree) = Program::parsed(source, hash, templates, interner)?;
        let script = Script::of_tree(tree.script, tree.text, Path::new(id), self.context);
        Ok((program, script.map_err(not_possible)?))
    }

    /// Keeps the function that a script gives for the rest of the execution.
    fn kept(&mut self, id: &str, hash: [u8; 32], script: &Script) -> Option<Instantiator> {
        let instantiator = Instantiator {
            hash,
            path: id.to_owned(),
            function: script.evaluate(self.context).ok()?.as_function()?,
        };
        Session::of(self.context).keep_instantiator(instantiator.clone());
        Some(instantiator)
    }

    /// Runs the method, copies its result and settles what the frame has used.
    fn finish(&mut self, run: &Run<'_>) -> Result<Value, Failure> {
        let returned = self.enter(run)?;
        if let Some(failure) = Session::of(self.context).halt() {
            return Err(failure);
        }
        let (value, gas) = copy::measured_out_of_js(&returned, self.context)?;
        let host = Session::of(self.context).host();
        // To copy the result into its own realm costs the caller gas that the callee decides on.
        host.afford(gas)?;
        host.spend(self.context.take_fuel_used())?;
        Ok(value)
    }

    /// Runs the method and the jobs it left; gives what it returned.
    fn enter(&mut self, run: &Run<'_>) -> Result<JsValue, Failure> {
        let Some(place) = run.program.place_of(run.method) else {
            return Err(unknown_method(run));
        };
        let instantiator = self.instantiator(run)?;
        let args = copy::into_js(&run.args, self.context)
            .map_err(|error| failure::of_limit(self.context, &error))?;
        let session = Session::of(self.context);
        let parts = session.parts();
        let parameters = [
            instantiator.function.into(),
            parts.stdlib.clone().into(),
            place.into(),
            args,
        ];
        // `run` catches whatever the method throws: only limits of the engine come back as errors.
        let ended = parts
            .run
            .call(&JsValue::undefined(), &parameters, self.context);
        let ended = ended.map_err(|error| failure::of_limit(self.context, &error))?;
        let (how, what) = pair(&ended)?;
        let origin = Origin {
            path: &instantiator.path,
            id: run.id,
        };
        match how {
            ending::RETURNED => self.settle(&what, &origin),
            ending::THREW => Err(failure::of_thrown(self.context, &what, &origin)),
            _ => Err(unknown_method(run)),
        }
    }

    /// Runs the frame's jobs; a returned promise gives what it was settled with. Where it waits for
    /// the outside, what has come is handed to it, and what has not is left to another execution.
    fn settle(&mut self, returned: &JsValue, origin: &Origin<'_>) -> Result<JsValue, Failure> {
        loop {
            self.context
                .run_jobs()
                .map_err(|error| failure::of_limit(self.context, &error))?;
            let Some(promise) = returned.as_promise() else {
                return Ok(returned.clone());
            };
            match promise.state() {
                PromiseState::Fulfilled(value) => return Ok(value),
                PromiseState::Rejected(error) => {
                    return Err(failure::of_thrown(self.context, &error, origin));
                }
                PromiseState::Pending => {}
            }
            let session = Session::of(self.context);
            if let Some(failure) = session.halt() {
                return Err(failure);
            }
            match session.host().next()? {
                Next::Answer(answer) => self.deliver(answer)?,
                Next::Later => return Ok(JsValue::undefined()),
            }
        }
    }

    /// Settles a promise with what has come for it.
    fn deliver(&mut self, Answer { promise, outcome }: Answer) -> Result<(), Failure> {
        let Some(resolvers) = Session::of(self.context).answered(promise) else {
            let message = format!("an answer has come for promise {promise}, which nobody made");
            return Err(Failure::new(ErrorCode::Diverged, message));
        };
        let copied = outcome.map(|value| copy::into_js(&value, self.context));
        let settled = match copied {
            Ok(Ok(value)) => call_resolver(&resolvers.resolve, &value, self.context),
            Ok(Err(error)) => Err(error),
            Err(failure) => {
                let error = failure::throw_call(self.context, failure);
                let error = error.into_opaque(self.context);
                error.and_then(|error| call_resolver(&resolvers.reject, &error, self.context))
            }
        };
        settled.map_err(|error| failure::of_limit(self.context, &error))
    }
}

impl Guest for BoaGuest<'_> {
    fn run(&mut self, run: Run<'_>) -> Result<Value, Failure> {
        if !self.context.has_room_for(FRAME) {
            let message = "calls, and native code inside of them, nest too deep for one more frame";
            return Err(Failure::new(ErrorCode::Depth, message));
        }
        let session = Session::of(self.context);
        let jobs = &session.parts().jobs;
        let outer = session.begin_frame();
        jobs.open();
        let nesting = FRAME_NESTING;
        let result = self.context.embed(FRAME, |context| {
            let entered =
                context.nested(nesting, |context| Ok(BoaGuest::new(context).finish(&run)));
            entered.map_err(|error| failure::of_limit(context, &error))?
        });
        jobs.close();
        session.end_frame(outer);
        result
    }

    fn compile(
        &mut self,
        id: &str,
        source: &str,
        hash: [u8; 32],
    ) -> Result<(Program, Compiled), Failure> {
        let (program, script) = self.parsed(id, source, hash)?;
        let code = script.codeblock(self.context).map_err(|error| {
            let said = error.as_native().map(|error| error.message().to_owned());
            not_possible(&said.unwrap_or_default())
        })?;
        let image = image::write(&code).map_err(|error| {
            let code = match error {
                WriteError::Scope { .. } | WriteError::Length => ErrorCode::TooLarge,
                _ => ErrorCode::Corrupt,
            };
            Failure::new(code, error.to_string())
        })?;
        let compiled = Compiled::new(&program, &image);
        Ok((program, compiled))
    }

    #[cfg(not(target_arch = "wasm32"))]
    fn parse(&mut self, id: &str, program: &Program) -> Result<(), Failure> {
        let (_, script) = self.parsed(id, &program.source, program.hash)?;
        let kept = self.kept(id, program.hash, &script);
        kept.expect("invariant: the script is a function");
        Ok(())
    }
}

fn call_resolver(resolver: &JsFunction, value: &JsValue, context: &mut Context) -> JsResult<()> {
    let arguments = std::slice::from_ref(value);
    resolver
        .call(&JsValue::undefined(), arguments, context)
        .map(drop)
}

fn not_possible(said: &str) -> Failure {
    let message = format!("not possible in a subcontract: {said}");
    Failure::new(ErrorCode::Source, message)
}

fn unknown_method(run: &Run<'_>) -> Failure {
    let methods: Vec<_> = run.program.methods().collect();
    Failure::new(
        ErrorCode::UnknownMethod,
        format!(
            "{} has no method `{}`; it has {}",
            run.id,
            run.method,
            methods.join(", ")
        ),
    )
}

/// The two elements of the array in which `run` answers.
fn pair(ended: &JsValue) -> Result<(i32, JsValue), Failure> {
    let element = |object: &JsObject, index: u32| {
        let found = object.borrow().properties().get(&PropertyKey::from(index));
        found.and_then(|found| found.value().cloned())
    };
    let object = ended.as_object();
    let found = object
        .as_ref()
        .and_then(|object| Some((element(object, 0)?.as_i32()?, element(object, 1)?)));
    found.ok_or_else(|| {
        Failure::new(
            ErrorCode::Corrupt,
            "run.js gave no pair; this is a defect of the enclave",
        )
    })
}
