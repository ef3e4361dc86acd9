//! Compiled code does what the source does: same values, errors, stacks, fuel and storage.

#[allow(unreachable_pub)]
#[path = "../../tests/src/hostile/mod.rs"]
mod hostile;

mod compiled_programs;
mod hostile_world;

use compiled_programs::{ASYNC_BODIES, BODIES};
use conclave_abi::value::Value;
use conclave_engine::{BUILD, Compiled, CompiledError};
use hostile_world::{FUEL, Way, compiled, run_by, run_program};
use std::path::{Path, PathBuf};

/// Room for native recursion of an unoptimised build.
const STACK_BYTES: usize = 32 << 20;
/// Fuel that no program here uses up.
const PLENTY: u64 = 1 << 40;
/// Hostile programs of one thread. Reason: each leaves something in the thread's realm.
const RANGE_LENGTH: usize = 48;

/// Runs in a thread whose stack is large enough.
fn roomy<T: Send + 'static>(body: impl FnOnce() -> T + Send + 'static) -> T {
    let thread = std::thread::Builder::new().stack_size(STACK_BYTES);
    let running = thread.spawn(body).expect("a thread");
    match running.join() {
        Ok(value) => value,
        Err(panic) => std::panic::resume_unwind(panic),
    }
}

fn check(name: &str, source: &str, calls: &[(&str, Value)], fuel: u64) -> Option<Vec<String>> {
    // What earlier runs left in the realm's inline caches changes the fuel by a little.
    let _ = run_by(Way::Parsed, source, calls, fuel);
    let parsed = run_by(Way::Parsed, source, calls, fuel);
    let loaded = run_by(Way::Compiled, source, calls, fuel);
    assert_eq!(loaded, parsed, "{name}: {source}");
    parsed.ok()
}

/// The same in realms in which nothing ran before.
fn check_fresh(name: &str, source: &str, calls: &[(&str, Value)]) {
    let run = |way| {
        let calls: Vec<(String, Value)> = calls
            .iter()
            .map(|(method, args)| ((*method).to_owned(), args.clone()))
            .collect();
        let source = source.to_owned();
        roomy(move || {
            let calls: Vec<_> = calls
                .iter()
                .map(|(method, args)| (method.as_str(), args.clone()))
                .collect();
            run_by(way, &source, &calls, PLENTY).expect("a program")
        })
    };
    assert_eq!(run(Way::Compiled), run(Way::Parsed), "{name}: {source}");
}

fn method(kind: &str, body: &str) -> String {
    format!("import {{ near, storage }} from 'conclave'\nexport {kind} f(args) {{\n{body}\n}}\n")
}

#[test]
fn every_kind_of_code_does_what_its_source_does() {
    let bodies = BODIES.iter().map(|body| ("function", body));
    let async_bodies = ASYNC_BODIES.iter().map(|body| ("async function", body));
    for (kind, (name, body)) in bodies.chain(async_bodies) {
        let calls = [("f", Value::Null), ("f", Value::Null)];
        check_fresh(name, &method(kind, body), &calls);
    }
}

#[test]
fn a_source_is_shown_as_it_was_written() {
    roomy(|| {
        let source = "export function f() { return String(g) }\nconst g = (a,  b) => 'ä😀'/**/+a\n";
        let ended = check("own source", source, &[("f", Value::Null)], PLENTY);
        let shown = ended.expect("a source").join("");
        assert!(shown.contains("(a,  b) => 'ä😀'/**/+a"), "{shown}");
    });
}

#[test]
fn an_error_of_compiled_code_tells_line_and_column() {
    roomy(|| {
        let source = "export function f() {\n  return g()\n}\nconst g = () => {\n     null.x }\n";
        let ended = check("places", source, &[("f", Value::Null)], PLENTY);
        let ended = ended.expect("a source").join("");
        assert!(ended.contains("at g (a@alice.near:5:11)"), "{ended}");
        assert!(ended.contains("at f (a@alice.near:2:11)"), "{ended}");
    });
}

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn sources() -> Vec<(String, String)> {
    let mut found = Vec::new();
    for folder in ["samples", "tests/programs"] {
        let entries = std::fs::read_dir(repository().join(folder)).expect("a folder");
        for entry in entries {
            let path = entry.expect("an entry").path();
            let files = if path.is_dir() {
                vec![path.join("contract.js"), path.join("jar.js")]
            } else {
                vec![path]
            };
            for file in files
                .iter()
                .filter(|file| file.extension().is_some_and(|e| e == "js"))
            {
                // What leaves the enclave needs one; tests/tests/samples.rs runs it there.
                let stays = |source: &String| !source.contains("async function");
                if let Some(source) = std::fs::read_to_string(file).ok().filter(stays) {
                    found.push((file.display().to_string(), source));
                }
            }
        }
    }
    found.sort();
    found
}

/// Arguments that fit this method or that.
fn arguments() -> Vec<Value> {
    let text = |text: &str| Value::String(text.to_owned());
    let object = |fields: &[(&str, Value)]| {
        let field = |(name, value): &(&str, Value)| ((*name).to_owned(), value.clone());
        Value::Object(fields.iter().map(field).collect())
    };
    let two = Value::Array(vec![text("x@alice.near"), text("y@alice.near")]);
    vec![
        Value::Undefined,
        object(&[]),
        object(&[
            ("name", text("T")),
            ("symbol", text("T")),
            ("decimals", Value::Number(18.0)),
            ("total_supply", text("1000")),
            ("owner_id", text("bob.near")),
            ("receiver_id", text("carol.near")),
            ("account_id", text("bob.near")),
            ("amount", text("5")),
            ("tokens", two.clone()),
            ("fee_basis_points", Value::Number(30.0)),
            ("banned", two),
            ("token", text("x@alice.near")),
            ("buyer", text("bob.near")),
            ("seller", text("carol.near")),
            ("arbiter", text("dan.near")),
            ("sender_id", text("bob.near")),
            ("seed", Value::Number(7.0)),
            ("steps", Value::Number(40.0)),
            ("limit", Value::Number(4.0)),
            ("from", text("")),
            ("below", text("9")),
        ]),
    ]
}

#[test]
fn samples_and_test_programs_do_what_their_sources_do() {
    let sources = sources();
    assert!(sources.len() >= 7, "{}", sources.len());
    for (name, source) in sources {
        let hash = [0; 32];
        let program = conclave_engine::Program::new(&source, hash).expect("a program");
        let mut calls = Vec::new();
        for args in arguments().into_iter().rev() {
            let mut methods: Vec<_> = program.methods().collect();
            methods.sort_by_key(|method| *method != "init");
            calls.extend(methods.into_iter().map(|method| (method, args.clone())));
        }
        check_fresh(&name, &source, &calls);
    }
}

#[test]
fn hostile_programs_end_as_their_sources_do() {
    let programs = hostile::programs();
    let mut run = 0;
    for chosen in programs.chunks(RANGE_LENGTH) {
        let chosen = chosen.to_vec();
        run += roomy(move || {
            let calls = [("run", Value::Null)];
            let check = |program: &hostile::Program| {
                check(&program.name, &program.source(), &calls, FUEL).is_some()
            };
            chosen.iter().filter(|program| check(program)).count()
        });
    }
    println!("{run} of {} programs were compiled", programs.len());
    assert!(run >= 2_000, "{run} programs were compiled");
}

#[test]
fn the_same_source_gives_the_same_bytes_in_any_realm_and_at_any_time() {
    let (_, source) = sources().swap_remove(0);
    let bytes = |source: &str| {
        let bytes = || compiled(source).expect("a program").1.to_bytes();
        let (first, second) = (bytes(), bytes());
        assert!(first == second, "the same realm");
        first
    };
    let other = source.clone();
    let first = roomy(move || bytes(&source));
    let second = roomy(move || {
        for (_, body) in BODIES {
            let _ = compiled(&method("function", body));
        }
        bytes(&other)
    });
    let differ = first.iter().zip(&second).enumerate();
    let differ: Vec<_> = differ.filter(|(_, (a, b))| a != b).collect();
    assert!(
        first == second,
        "{} and {}: {differ:?}",
        first.len(),
        second.len()
    );
}

/// Tagged templates are told apart by numbers. Two programs that are loaded into one realm, or one of
/// them parsed there, must not see each other's.
#[test]
fn templates_of_two_programs_are_two() {
    roomy(|| {
        let source = |text: &str| {
            format!("const tag = s => s[0]\nexport function f() {{ return tag`{text}` }}\n")
        };
        for text in ["one", "two", "six"] {
            for way in [Way::Compiled, Way::Parsed] {
                let program = compiled(&source(text)).expect("a program");
                let calls = [("f", Value::Null)];
                let ended = run_program(way, &program, &calls, PLENTY).expect("a program");
                assert!(ended[0].contains(text), "{ended:?}");
            }
        }
    });
}

#[test]
fn compiled_code_is_not_much_longer_than_its_source() {
    roomy(|| {
        for (name, source) in sources() {
            let bytes = compiled(&source).expect("a program").1.to_bytes();
            let name = name.rsplit("/../").next().unwrap_or_default();
            println!(
                "{name}: {} bytes of source, {} compiled",
                source.len(),
                bytes.len()
            );
            assert!(bytes.len() < source.len() * 2, "{name}: {}", bytes.len());
        }
    });
}

#[test]
fn bytes_of_another_build_are_stale_and_cut_ones_malformed() {
    roomy(|| {
        let source = "export const reentrant = ['f'], sponsored = ['g']\n\
                  export function f() {}\nexport function g() {}\n";
        let (program, compiled) = compiled(source).expect("a program");
        let bytes = compiled.to_bytes();
        let read = |bytes: &[u8]| Compiled::from_bytes(program.hash, bytes.to_vec(), 0);
        assert_eq!(read(&bytes), Ok(compiled.clone()));
        assert_eq!(compiled.methods().collect::<Vec<_>>(), ["f", "g"]);
        assert!(compiled.is_reentrant("f") && !compiled.is_reentrant("g"));
        assert!(compiled.is_sponsored("g") && !compiled.is_sponsored("f"));
        // Version, build, three lists of one or two names of a byte each.
        let image_at = 1 + BUILD.len() + (4 + 2 * 5) + 2 * (4 + 5);
        for at in 0..image_at {
            let mut other = bytes.clone();
            other[at] ^= 1;
            match read(&other) {
                Err(CompiledError::Stale) => assert!(at <= BUILD.len(), "{at}"),
                Err(CompiledError::Malformed) => assert!(at > BUILD.len(), "{at}"),
                // A letter of a name, or a length that the image's first bytes make good.
                Ok(other) => assert!(other != compiled && at > BUILD.len(), "{at}"),
            }
            assert_eq!(
                read(&bytes[..at]),
                Err(CompiledError::Malformed),
                "cut at {at}"
            );
        }
    });
}
