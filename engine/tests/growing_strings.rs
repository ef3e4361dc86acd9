//! Strings that share a buffer: each stays what it was, whatever is written behind it, and a text that
//! is built piece by piece costs in proportion to its length.

mod metered;

use boa_engine::{JsString, js_string};
use metered::{assert_ends, assert_throws, assert_value, run};

/// Numbers that look random and are the same in each run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 11).expect("64 bits") % bound
    }
}

/// A piece of a text: empty, narrow or wide.
fn piece(numbers: &mut Numbers) -> Vec<u16> {
    let length = [0, 1, 3, 40, 300][numbers.below(5)];
    let wide = numbers.below(12) == 0;
    let unit = |numbers: &mut Numbers| 32 + numbers.below(if wide { 3000 } else { 200 }) as u16;
    (0..length).map(|_| unit(numbers)).collect()
}

#[test]
fn every_string_stays_what_it_was() {
    let mut numbers = Numbers(0x9e37_79b9_7f4a_7c15);
    let mut shared = 0;
    for _ in 0..3_000 {
        let mut known: Vec<(JsString, Vec<u16>)> = vec![(js_string!(), Vec::new())];
        for _ in 0..60 {
            // Mostly the newest string is extended; sometimes an older one, by itself or by a part.
            let age = numbers.below(6).saturating_sub(3).min(known.len() - 1);
            let (first, model) = known[known.len() - 1 - age].clone();
            let mut strings = vec![first.clone()];
            let mut expected = model;
            for _ in 0..1 + numbers.below(3) {
                let more = match numbers.below(8) {
                    0 => known[numbers.below(known.len())].0.clone(),
                    1 => first.slice(first.len() / 2, first.len()),
                    _ => JsString::from(piece(&mut numbers).as_slice()),
                };
                expected.extend(more.to_vec());
                strings.push(more);
            }
            if expected.len() > 20_000 {
                break;
            }
            let more: usize = strings[1..].iter().map(JsString::len).sum();
            let in_place = first.append(&strings[1..], more);
            shared += usize::from(in_place.is_some());
            let string = in_place.unwrap_or_else(|| JsString::join(&strings));
            known.push((string, expected));
            if numbers.below(10) == 0 {
                known.remove(numbers.below(known.len()));
            }
            if known.is_empty() {
                break;
            }
        }
        for (string, model) in &known {
            assert_eq!(string.to_vec(), *model);
            assert_eq!(*string, JsString::from(model.as_slice()));
        }
    }
    assert!(shared > 20_000, "only {shared} were written in place");
}

#[test]
fn a_text_that_is_built_piece_by_piece_costs_what_its_length_does() {
    let source = |turns: usize| {
        format!("let s = ''; for (let i = 0; i < {turns}; i++) {{ s += 'x' }} s.length")
    };
    let (few, many) = (
        run(&source(2_000), u64::MAX),
        run(&source(40_000), u64::MAX),
    );
    assert!(many.fuel < few.fuel * 21, "{} and {}", few.fuel, many.fuel);
}

#[test]
fn wherever_a_text_lies_it_grows() {
    for source in [
        "let s = ''; for (let i = 0; i < 3000; i++) s += i % 10; s",
        "let o = {s: ''}; for (let i = 0; i < 3000; i++) o.s += i % 10; o.s",
        "let s = ''; const add = x => { s += x }; for (let i = 0; i < 3000; i++) add(i % 10); s",
        "let a = ['']; for (let i = 0; i < 3000; i++) a[0] += i % 10; a[0]",
        "let s = ''; for (let i = 0; i < 3000; i++) s = `${s}${i % 10}`; s",
        "let s = ''; for (let i = 0; i < 3000; i++) s = s.concat(i % 10); s",
    ] {
        assert_value(source, &"0123456789".repeat(300));
        let fuel = run(source, u64::MAX).fuel;
        assert!(fuel < 80_000, "{source}: {fuel}");
    }
}

#[test]
fn strings_that_grow_apart_do_not_see_each_other() {
    let source = "let s = 'x'.repeat(300) + 'y', a = s + 'a', b = s + 'b', c = a + 'c', d = a + '\\u0416'; \
                  [s, a, b, c, d].map(t => t.slice(299)).join()";
    assert_value(source, "xy,xya,xyb,xyac,xya\u{416}");
    assert_value(
        "let s = 'x'.repeat(300) + 'y'; s += s; s += s.slice(600); s.length + s.slice(599)",
        "604xxyxy",
    );
}

#[test]
fn a_string_that_grows_has_the_same_limit() {
    let limit = "RangeError: a string is longer than 1,048,576 code units";
    assert_throws("let s = 'x'.repeat(1000); for (;;) s += 'yyyyyyyy'", limit);
    assert_ends(
        "let a = []; for (let s = 'x'.repeat(1000);;) a.push(s += 'y')",
        50_000,
        600,
    );
}
