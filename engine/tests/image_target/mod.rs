//! What any bytes are taken for: an image, or a sound image whose texts and positions were changed.
//!
//! [`target`] is all that a fuzzer needs; `engine/fuzz` calls it from `fuzz_target!`, with this folder
//! and `compiled_programs` named by `#[path]`. It panics where the decoder breaks a promise.
//!
//! Instructions are the engine's own or are not executed: what they do with registers and constants
//! is not checked (docs/adr/0066), so nobody may execute other ones. All else of an image may be
//! anything.

use crate::compiled_programs::BODIES;
use boa_engine::context::{ContextBuilder, HostHooks};
use boa_engine::vm::image::{self, Origin, Part, ReadError};
use boa_engine::vm::meter::out_of_fuel;
use boa_engine::{Context, JsResult, JsValue, Script, Source, js_string};
use std::cell::{Cell, RefCell};
use std::rc::Rc;

/// Fuel of a run. Reason: many runs a second.
const FUEL: u64 = 20_000;
/// Fuel after which the host is asked.
const SLICE: u32 = 1_000;
/// First bytes below this make an image of what follows.
const IMAGES: u8 = 128;
/// What an image begins with.
const VERSION: u8 = 2;

/// A sound image, and what of it may be changed and executed.
struct Sample {
    bytes: Vec<u8>,
    /// Places and bytes of strings, and of positions.
    texts: std::ops::Range<usize>,
    positions: std::ops::Range<usize>,
}

thread_local! {
    static SAMPLES: Vec<Sample> = BODIES.iter().filter_map(|(_, body)| sample(body)).collect();
    /// Where images are read that are not executed.
    static READER: RefCell<Context> = RefCell::new(Context::default());
}

/// Ends what runs on and on.
#[derive(Default)]
struct Bounded {
    used: Cell<u64>,
}

impl HostHooks for Bounded {
    fn fuel_used(&self, fuel: u64, _: &mut Context) -> JsResult<u32> {
        self.used.set(self.used.get() + fuel);
        if self.used.get() > FUEL {
            return Err(out_of_fuel());
        }
        Ok(SLICE)
    }
}

/// Images of the samples, for a fuzzer to begin with.
pub(crate) fn seeds() -> Vec<Vec<u8>> {
    SAMPLES.with(|samples| {
        let images = samples
            .iter()
            .map(|sample| [&[0], &sample.bytes[..]].concat());
        let changes = (0..samples.len()).map(|number| {
            let number = u8::try_from(number).expect("few samples");
            vec![IMAGES | number, 0, 0, 0]
        });
        images.chain(changes).collect()
    })
}

/// Holds the decoder to its promises on one input. Gives whether anything was decoded or executed.
pub(crate) fn target(bytes: &[u8]) -> bool {
    let Some((first, rest)) = bytes.split_first() else {
        return false;
    };
    if *first < IMAGES {
        return decode(rest).is_ok();
    }
    SAMPLES.with(|samples| {
        run(&changed(
            &samples[usize::from(first % IMAGES) % samples.len()],
            rest,
        ))
    })
}

/// Decodes all of an image. What was decoded is written, read and written again: the same bytes.
fn decode(bytes: &[u8]) -> Result<(), ReadError> {
    let functions = image::check(bytes.to_vec().into())?;
    assert!(functions <= bytes.len(), "{functions} functions");
    let written = written(bytes).expect("it was decoded before");
    assert_eq!(image::check(written.clone().into()), Ok(functions));
    let again = self::written(&written).expect("it was written");
    assert!(again == written, "written in two ways");
    Ok(())
}

/// Reads an image and writes what was read.
fn written(bytes: &[u8]) -> Result<Vec<u8>, ReadError> {
    READER.with_borrow_mut(|context| {
        let script = image::read(bytes.to_vec().into(), origin(), context)?;
        let code = script.codeblock(context).expect("it is there");
        Ok(image::write(&code).expect("what was read can be written"))
    })
}

/// Executes an image whose instructions are sound. Gives whether it could be read.
fn run(bytes: &[u8]) -> bool {
    let hooks = Rc::new(Bounded::default());
    let context = ContextBuilder::default().host_hooks(hooks).build();
    let context = &mut context.expect("a context");
    let Ok(script) = image::read(Part::from(bytes.to_vec()), origin(), context) else {
        return false;
    };
    let outcome = script.evaluate(context).and_then(|function| {
        let function = function.as_callable().expect("a function expression");
        let returned = function.call(&JsValue::undefined(), &[], context)?;
        returned.to_string(context)
    });
    if let Err(error) = outcome {
        show(&error, context);
    }
    true
}

/// Asks for all that is decoded for an error alone.
fn show(error: &boa_engine::JsError, context: &mut Context) {
    let _ = error.to_string();
    let Ok(value) = error.clone().into_opaque(context) else {
        return;
    };
    if let Some(object) = value.as_object() {
        let _ = object.get(js_string!("stack"), context);
    }
}

/// A sample with other texts and positions; each three bytes say where, and what is put there.
fn changed(sample: &Sample, changes: &[u8]) -> Vec<u8> {
    let mut bytes = sample.bytes.clone();
    let places = sample.texts.clone().chain(sample.positions.clone());
    let places: Vec<_> = places.collect();
    for change in changes.chunks_exact(3) {
        let place = usize::from(u16::from_be_bytes([change[0], change[1]]));
        bytes[places[place % places.len()]] ^= change[2];
    }
    bytes
}

fn sample(body: &str) -> Option<Sample> {
    let mut context = Context::default();
    let source = format!("(function f(args){{'use strict';\n{body}\n}})");
    let script = Script::parse(Source::from_bytes(&source), None, &mut context).ok()?;
    let bytes = image::write(&script.codeblock(&mut context).ok()?).ok()?;
    let mut at = 0;
    assert_eq!(bytes[at], VERSION);
    at += 1;
    let count = number(&bytes, &mut at);
    let texts_length = number(&bytes, &mut at);
    let code_length = number(&bytes, &mut at);
    let code = at + count * 4 + texts_length;
    Some(Sample {
        texts: at..code,
        positions: code + code_length..bytes.len(),
        bytes,
    })
}

/// A number as an image has it: seven bits a byte, the least first.
fn number(bytes: &[u8], at: &mut usize) -> usize {
    let mut number = 0;
    for shift in (0..).step_by(7) {
        let byte = usize::from(bytes[*at]);
        *at += 1;
        number |= (byte & 0x7f) << shift;
        if byte < 0x80 {
            break;
        }
    }
    number
}

fn origin() -> Origin {
    Origin {
        path: None,
        source: Rc::new(|| Some("(function f(args){ 'some other text' })".to_owned())),
    }
}
