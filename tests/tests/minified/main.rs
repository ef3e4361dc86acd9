//! What `conclave upload` makes smaller does the same in the enclave as what was written.
//!
//! Sources in, each uploaded twice, as written and minified; what their methods return, log and throw has
//! to be the same. The enclave's own list of methods says what is exported.

#![allow(missing_docs, clippy::unwrap_used)]

#[path = "../../../engine/tests/made_up/mod.rs"]
mod made_up;
mod traps;
mod twice;

use conclave_cli::minify::{Keep, minify};
use conclave_tests::story::{Story, samples_inside};
use conclave_tests::{Ended, Native, World};
use serde_json::{Value, json};
use std::path::Path;
use twice::Numbers;

const WRITTEN: &str = "written@alice.near";
const MINIFIED: &str = "minified@alice.near";

/// How many made-up programs are compared.
const PROGRAMS: u64 = 300;

/// Functions of made-up programs show nothing of their text, and no variable is read before it is declared.
const SILENT: &str = "
const silent = Object.assign(x => x, { toString: () => 'silent' })
for (const f of [plain, strict, sloppy, arrow, adder, add5, gen, down, fails, show, P, Q, P.make, P.prototype.get,
  P.prototype.inc, Q.prototype.get, Q.prototype.z, point.m]) f.toString = silent.toString
function main() {
let a, b, c, d, e, f, g, h";

/// Native recursion of an unoptimised build.
const STACK_BYTES: usize = 256 << 20;

fn all(source: &str) -> String {
    let minified = minify(source, &Keep::All).unwrap_or_else(|error| panic!("{error}: {source}"));
    assert_eq!(
        minify(&minified, &Keep::All).unwrap(),
        minified,
        "twice: {source}"
    );
    minified
}

/// A world with a source in both forms.
fn both(source: &str) -> (Native, String) {
    let mut world = Native::new();
    let minified = all(source);
    world.upload(WRITTEN, source, None).value();
    let ended = world.upload(MINIFIED, &minified, None);
    assert!(ended.result.is_ok(), "{:?}: {minified}", ended.result);
    (world, minified)
}

fn methods(world: &Native, id: &str) -> Value {
    let found = world.ask("subcontract", json!({ "id": id }).to_string().as_bytes());
    found.value()["methods"].clone()
}

/// What a call came to, without the name of the subcontract and without places in its source.
fn told(ended: Ended) -> (Result<Value, String>, Vec<String>) {
    let result = ended.result.map_err(|failure| {
        let text = format!(
            "{} {} {}",
            failure.code.as_str(),
            failure.name,
            failure.message
        );
        text.replace(MINIFIED, WRITTEN)
    });
    let logs = ended.logs.iter();
    (
        result,
        logs.map(|log| log.replace(MINIFIED, WRITTEN)).collect(),
    )
}

/// Every method that takes nothing does the same in both forms.
fn check(source: &str) {
    let (mut world, minified) = both(source);
    let names = methods(&world, WRITTEN);
    assert_eq!(names, methods(&world, MINIFIED), "{source}");
    for name in names.as_array().unwrap() {
        let mut call = |id| told(world.call("bob.near", id, name.as_str().unwrap(), json!({})));
        let (written, small) = (call(WRITTEN), call(MINIFIED));
        assert_eq!(written, small, "{name}\n{source}\n{minified}");
    }
}

/// A program that can't tell its own text: places in it, what its functions look like.
fn silenced(script: &str) -> String {
    let script = script
        .replace("e.stack", "e.name")
        .replace("(x => x)", "silent")
        .replace("return () => z + y", "return silent")
        .replace("function main() {", SILENT);
    let names = ["a", "b", "c", "d", "e", "f", "g", "h"];
    names.iter().fold(script, |text, name| {
        text.replace(&format!("let {name}; try"), "try")
    })
}

fn with_room(body: impl FnOnce() + Send + 'static) {
    let thread = std::thread::Builder::new().stack_size(STACK_BYTES);
    thread.spawn(body).unwrap().join().unwrap();
}

#[test]
fn every_sample_ends_the_same_minified() {
    for sample in samples_inside() {
        let story = Story::of(&sample);
        let (mut written, mut small) = (Native::new(), Native::new());
        for scene in &story.scenes {
            let mut request = scene.request.clone();
            let mut input: Value = serde_json::from_str(&request.input).unwrap();
            if let Some(source) = input["source"].as_str() {
                let minified = all(source);
                println!("{sample}: {} -> {}", source.len(), minified.len());
                assert!(
                    minified.len() * 10 < source.len() * 8,
                    "{sample}: {minified}"
                );
                input["source"] = json!(minified);
                request.input = input.to_string();
            }
            let place = format!("{sample}, {}", request.what());
            let mut small = request.send(&mut small);
            assert_eq!(scene.objection(&small), None, "{place}");
            let mut written = scene.request.send(&mut written);
            // Hash and size of the code are the upload's.
            for ended in [&mut written, &mut small] {
                if let (Some(_), Ok(value)) = (&scene.step.upload, &mut ended.result) {
                    *value = value["id"].clone();
                }
            }
            assert_eq!(told(written), told(small), "{place}");
        }
    }
}

#[test]
fn the_programs_of_the_tests_do_the_same() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("programs");
    with_room(move || {
        for file in ["programs.js", "collections.js", "token.js"] {
            check(&std::fs::read_to_string(folder.join(file)).unwrap());
        }
    });
}

#[test]
fn made_up_programs_do_the_same() {
    with_room(|| {
        let mut ran = 0;
        for seed in 0..PROGRAMS {
            let script = made_up::program(&mut Numbers::new(seed));
            // Nothing ends a program here but itself.
            if script.contains("for (;;)") {
                continue;
            }
            let script = silenced(&script);
            check(&format!(
                "export function run() {{ return String({script}) }}"
            ));
            ran += 1;
        }
        assert!(ran > PROGRAMS / 2, "{ran}");
    });
}
