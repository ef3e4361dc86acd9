//! Damaged, cut and made-up compiled code: refused, never a panic, never more memory or time than the
//! bytes can ask for.

mod compiled_programs;

use boa_engine::vm::image::{self, Origin, ReadError, WriteError};
use boa_engine::{Context, Script, Source};
use compiled_programs::BODIES;
use std::rc::Rc;

/// Bytes of made-up images.
const MADE_UP_BYTES: usize = 400;
/// How many images are made up.
const MADE_UP: u32 = 20_000;

/// Numbers that look random, the same ones every time.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self, below: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).expect("31 bits") % below
    }

    fn byte(&mut self) -> u8 {
        u8::try_from(self.next(256)).expect("a byte")
    }
}

fn origin(text: Option<&str>) -> Origin {
    let text = text.map(str::to_owned);
    Origin {
        path: None,
        source: Rc::new(move || text.clone()),
    }
}

/// The image of a script.
fn image_of(source: &str) -> Result<Vec<u8>, WriteError> {
    let mut context = Context::default();
    let script = Script::parse(Source::from_bytes(source), None, &mut context).expect("a script");
    let code = script.codeblock(&mut context).expect("code");
    image::write(&code)
}

/// A function of many kinds of code.
fn all_bodies() -> String {
    let mut text = "(function(){'use strict';const near={},storage={};".to_owned();
    for (index, (_, body)) in BODIES.iter().enumerate() {
        text += &format!("function f{index}(args){{\nconst f = 1;{body}\n}}\n");
    }
    text + "})"
}

fn sample() -> Vec<u8> {
    image_of(&all_bodies()).expect("an image")
}

fn check(bytes: &[u8]) -> Result<usize, ReadError> {
    image::check(bytes.to_vec().into())
}

#[test]
fn all_functions_of_a_sound_image_are_decoded() {
    let functions = check(&sample()).expect("a sound image");
    assert!(functions > BODIES.len(), "{functions}");
}

#[test]
fn an_image_that_was_read_is_written_as_it_was() {
    let bytes = sample();
    let mut context = Context::default();
    let script = image::read(bytes.clone().into(), origin(None), &mut context).expect("an image");
    let code = script.codeblock(&mut context).expect("code");
    assert!(image::write(&code).expect("an image") == bytes);
}

#[test]
fn a_cut_image_is_refused() {
    let bytes = sample();
    for length in (0..bytes.len()).filter(|length| length % 7 == 0 || *length < 300) {
        assert!(check(&bytes[..length]).is_err(), "cut at {length}");
    }
}

#[test]
fn a_flipped_bit_of_an_image_makes_no_panic() {
    let bytes = sample();
    let mut numbers = Numbers(7);
    for at in 0..bytes.len() {
        let mut damaged = bytes.clone();
        damaged[at] ^= 1 << numbers.next(8);
        // Decoding all of it each time would take half a minute.
        if numbers.next(4) == 0 {
            let _ = check(&damaged);
        }
    }
}

#[test]
fn bytes_that_were_made_up_make_no_panic() {
    let mut numbers = Numbers(11);
    let sound =
        image_of("(function(){ return [1n, `a`, x => class { #p = x }] })").expect("an image");
    let mut accepted = 0;
    for round in 0..MADE_UP {
        let mut bytes: Vec<u8> = if round % 2 == 0 {
            let length = numbers.next(MADE_UP_BYTES);
            let small = |numbers: &mut Numbers| numbers.byte() & numbers.byte() & numbers.byte();
            (0..length).map(|_| small(&mut numbers)).collect()
        } else {
            sound.clone()
        };
        for _ in 0..numbers.next(6) {
            let end = bytes.len().max(1);
            let (from, to) = (numbers.next(end), numbers.next(end));
            match (numbers.next(4), bytes.get(from).copied()) {
                (0, Some(byte)) => bytes.insert(to, byte),
                (1, Some(_)) => drop(bytes.remove(from)),
                (_, Some(_)) => bytes[from] = numbers.byte(),
                (_, None) => {}
            }
        }
        if let Some(version) = bytes.first_mut() {
            *version = 2;
        }
        accepted += u32::from(check(&bytes).is_ok());
    }
    assert!(
        accepted > 1_000,
        "only {accepted} came through: nothing deep was tried"
    );
}

#[test]
fn counts_that_the_bytes_can_not_hold_are_refused_before_anything_is_made() {
    let huge = [0xff, 0xff, 0xff, 0xff, 0x0f];
    let mut bytes = vec![2];
    bytes.extend_from_slice(&huge);
    let most = u32::MAX;
    assert_eq!(check(&bytes), Err(ReadError::Count { got: most, most: 0 }));
    assert_eq!(check(&[1]), Err(ReadError::Version { got: 1 }));
    assert_eq!(check(&[]), Err(ReadError::Ended));
    // A number has one form.
    assert_eq!(check(&[2, 0x80, 0]), Err(ReadError::Number));
    assert_eq!(
        check(&[2, 0xff, 0xff, 0xff, 0xff, 0x1f]),
        Err(ReadError::Number)
    );
}

/// A body is decoded when its function is entered. That it can't be must not look like an error of
/// the code that entered it: no code may go on behind it.
#[test]
fn a_function_whose_body_is_damaged_ends_the_code_that_enters_it() {
    let source =
        "(function(){ function inner(){ return 1 } try { return inner() } catch { return 2 } })";
    let bytes = image_of(source).expect("an image");
    let mut ended = 0;
    for at in 0..bytes.len() {
        let mut damaged = bytes.clone();
        // No `this` mode has this number.
        damaged[at] = 3;
        let mut context = Context::default();
        let Ok(script) = image::read(damaged.clone().into(), origin(None), &mut context) else {
            continue;
        };
        if check(&damaged) != Err(ReadError::Meaning { got: 3 }) {
            continue;
        }
        // What a function object shows of its code is read when it is made.
        let function = match script.evaluate(&mut context) {
            Ok(function) => function.as_function().expect("a function"),
            Err(error) => {
                assert!(error.as_engine().is_some(), "{error}");
                continue;
            }
        };
        let undefined = boa_engine::JsValue::undefined();
        if let Err(error) = function.call(&undefined, &[], &mut context) {
            assert!(error.as_engine().is_some(), "{error}");
            ended += 1;
        }
    }
    assert!(ended >= 2, "{ended}: the outer body and the inner one");
}

#[test]
fn without_its_source_a_function_is_shown_as_native_code() {
    let source = "(function(){ return String(function named(){ }) })";
    let bytes = image_of(source).expect("an image");
    let shown = |text| {
        let mut context = Context::default();
        let script = image::read(bytes.clone().into(), origin(text), &mut context);
        let function = script
            .expect("an image")
            .evaluate(&mut context)
            .expect("a function");
        let function = function.as_function().expect("a function");
        let undefined = boa_engine::JsValue::undefined();
        let shown = function
            .call(&undefined, &[], &mut context)
            .expect("a string");
        shown.as_string().expect("a string").to_std_string_lossy()
    };
    assert_eq!(shown(Some(source)), "function named(){ }");
    assert_eq!(shown(None), "function named() { [native code] }");
    assert_eq!(
        shown(Some("(function")),
        "function named() { [native code] }"
    );
}

#[test]
fn code_that_depends_on_its_realm_has_no_image() {
    for (source, error) in [
        ("var a = 1", WriteError::GlobalDeclaration),
        ("function f() {}", WriteError::GlobalDeclaration),
        (
            "let a = 1; (function(){ return a })",
            WriteError::GlobalDeclaration,
        ),
    ] {
        assert_eq!(image_of(source), Err(error), "{source}");
    }
    let mut context = Context::default();
    let source = Source::from_bytes("let a = 1");
    context.eval(source).expect("a declaration");
    let source = Source::from_bytes("(function(){ return a })");
    let script = Script::parse(source, None, &mut context).expect("a script");
    let code = script.codeblock(&mut context).expect("code");
    assert_eq!(image::write(&code), Err(WriteError::GlobalBinding));
}
