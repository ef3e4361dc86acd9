//! Properties of ordinary objects that are read, set and defined at once are what the internal methods
//! make them: same values, order, attributes, errors and fuel (`engine/insertions/94-own-properties.toml`).
//!
//! Programs are made up from a seed, run once with the direct way and once without it, and compared. How
//! the names of an object lie is the same both ways, and is compared with a list
//! (`engine/insertions/46-name-tables.toml`).

mod metered;
mod property_programs;
mod twice;

use boa_engine::ast::shortcut::Shortcut;
use boa_engine::{Context, Source};
use property_programs::program;
use twice::{Numbers, check_made_up};

/// Made-up programs; more with `PROPERTY_PROGRAMS`.
const PROGRAMS: u64 = 4_000;

#[test]
fn made_up_programs_end_as_by_the_internal_methods() {
    check_made_up(
        program,
        ("PROPERTY_PROGRAMS", PROGRAMS),
        Shortcut::Properties,
    );
}

#[test]
fn what_is_done_to_all_names_is_counted() {
    // A definition never fails: it counts up to what was left, after which the host is asked.
    for (name, step, least) in [
        ("removal", "delete o['k' + i]; o['k' + i] = 1", 60_000),
        (
            "attributes",
            "Object.defineProperty(o, 'k0', { enumerable: i % 2 === 0 })",
            500,
        ),
        (
            "accessors",
            "Object.defineProperty(o, 'k' + i, { get() { } })",
            1_000,
        ),
    ] {
        let fuel = |names| {
            let source = format!(
                "const o = {{}}; for (let i = 0; i < {names}; i++) o['k' + i] = i; for (let i = 0; i < 10; i++) {{ {step} }}"
            );
            metered::run(&source, u64::MAX).fuel
        };
        let without = |names| {
            let source =
                format!("const o = {{}}; for (let i = 0; i < {names}; i++) o['k' + i] = i;");
            metered::run(&source, u64::MAX).fuel
        };
        let (few, many) = (fuel(20) - without(20), fuel(900) - without(900));
        println!("{name}: {few}, {many}");
        assert!(many > few + least, "{name}: {few}, {many}");
    }
}

/// What a name has: its value, and whether it is writable and enumerable.
type Property = (usize, bool, bool);

/// One step with an object, and what a list of its properties becomes by it.
fn step(numbers: &mut Numbers, names: usize, list: &mut Vec<(usize, Property)>) -> String {
    let name = numbers.below(names);
    let value = numbers.below(1_000);
    let at = list.iter().position(|(known, _)| *known == name);
    match numbers.below(10) {
        0..5 => {
            match at {
                Some(at) if list[at].1.1 => list[at].1.0 = value,
                Some(_) => {}
                None => list.push((name, (value, true, true))),
            }
            format!("o.n{name} = {value}")
        }
        5..8 => {
            if let Some(at) = at {
                list.remove(at);
            }
            format!("delete o.n{name}")
        }
        _ => {
            let property = (value, numbers.below(2) == 0, numbers.below(2) == 0);
            match at {
                Some(at) => list[at].1 = property,
                None => list.push((name, property)),
            }
            let (_, writable, enumerable) = property;
            format!(
                "Object.defineProperty(o, 'n{name}', {{ value: {value}, writable: {writable}, enumerable: {enumerable}, configurable: true }})"
            )
        }
    }
}

#[test]
fn names_stand_in_the_order_in_which_they_came() {
    let mut context = Context::default();
    for seed in 0..400 {
        let mut numbers = Numbers::new(seed);
        let names = [3, 8, 9, 12, 40][numbers.below(5)];
        let mut list = Vec::new();
        let mut source = String::from("(() => { const o = {};\n");
        for _ in 0..120 {
            source += &step(&mut numbers, names, &mut list);
            source += ";\n";
        }
        source += "return Reflect.ownKeys(o).map(k => { const d = Object.getOwnPropertyDescriptor(o, k); return [k, o[k], d.writable, d.enumerable].join() }).join(';') })()";
        let value = context.eval(Source::from_bytes(&source)).expect("a value");
        let got = value.to_string(&mut context).expect("a string");
        let expected: Vec<_> = list
            .iter()
            .map(|(name, (value, writable, enumerable))| {
                format!("n{name},{value},{writable},{enumerable}")
            })
            .collect();
        assert_eq!(got.to_std_string_lossy(), expected.join(";"), "{source}");
    }
}

#[test]
fn an_accessor_of_a_class_keeps_its_other_half() {
    let shown = "const shown = (object, home) => {
        object.half = 7;
        const { get, set, enumerable, configurable } = Object.getOwnPropertyDescriptor(home, 'half');
        return [object.half, get.name, set.name, enumerable, configurable].join();
    };";
    for (of, object, home) in [("", "new A", "A.prototype"), ("static", "A", "A")] {
        for name in ["half", "['ha' + 'lf']"] {
            let get = format!("{of} get {name}() {{ return this.v }}");
            let set = format!("{of} set {name}(v) {{ this.v = v }}");
            for halves in [format!("{get} {set}"), format!("{set} {get}")] {
                let class = format!("class A {{ {halves} }}");
                let source = format!("{{ {shown} {class} shown({object}, {home}) }}");
                let mut context = Context::default();
                let value = context.eval(Source::from_bytes(&source)).unwrap();
                let text = value.to_string(&mut context).unwrap();
                let text = text.to_std_string_lossy();
                assert_eq!(text, "7,get half,set half,false,true", "{class}");
            }
        }
    }
    let source = "class A { static get ['proto' + 'type']() {} }";
    let refused = Context::default().eval(Source::from_bytes(source));
    assert!(refused.is_err(), "a class's prototype can't be replaced");
}
