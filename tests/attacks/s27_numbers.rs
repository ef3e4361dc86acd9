//! S27: numbers that look the same and are not, and the other way round.
//!
//! That a NaN has one form is the engine's doing already (it canonicalises what it boxes); the codec
//! says so once more. Each test looks at NaN too, but the lines here are those for -0 and for text.

use crate::defence::defended_by;
use crate::scene::{EVIL, asked, line, put, send, stage};
use serde_json::{Value, json};

/// Bits of a number, and NaNs of many bits.
const BITS: &str = "
const bits = n => { const v = new DataView(new ArrayBuffer(8)); v.setFloat64(0, n); return v.getBigUint64(0).toString(16) }
const number = text => { const v = new DataView(new ArrayBuffer(8)); v.setBigUint64(0, BigInt('0x' + text)); return v.getFloat64(0) }
const nans = ['7ff8000000000000', 'fff8000000000000', '7ff0000000000001', 'fff0000000000001', '7fffffffffffffff', 'ffffffffffffffff', '7ff8000000000abc', '7ffc000000000001', '7ffe000000000000'].map(number).concat([NaN, 0 / 0, -(0 / 0), Infinity - Infinity, Math.sqrt(-1)])
";

/// The attacker stores -0 where 0 is expected: what is read again is another number than what was
/// written, and a bound that was checked before does not hold after.
#[test]
fn s27_what_is_stored_is_the_very_number() {
    defended_by(const { &[line(
        "abi/src/value.rs",
        "    (f64::from(integer).to_bits() == number.to_bits()).then_some(integer)",
        "    (f64::from(integer) == number).then_some(integer)",
    )] })
    .against(|world| {
        let evil = format!(
            "{BITS}export function put() {{ storage.set('zero', [-0, 0, -1e-324]); storage.set('nans', nans); storage.set('date', new Date(NaN)); return storage.get('zero').map(bits) }}
export const look = () => [storage.get('zero').map(bits), [...new Set(storage.get('nans').map(bits))], bits(+storage.get('date'))]"
        );
        put(world, EVIL, &evil);
        let zero = json!(["8000000000000000", "0", "8000000000000000"]);
        assert_eq!(asked(world, EVIL, "put", Value::Null), zero);
        let nan = "7ff8000000000000";
        assert_eq!(asked(world, EVIL, "look", Value::Null), json!([zero, [nan], nan]));
    });
}

/// The attacker passes -0: its callee sees 0, and the two disagree about what was agreed.
#[test]
fn s27_what_crosses_a_call_is_the_very_number() {
    defended_by(const { &[line(
        "engine/src/copy.rs",
        "    if f64::from(integer).to_bits() == value.to_bits() {",
        "    if f64::from(integer) == value {",
    )] })
    .against(|world| {
        let victim = format!("{BITS}export const seen = all => all.map(bits)\nexport const back = n => n");
        let evil = format!(
            "{BITS}export const attack = () => [call(victim, 'seen', [-0, 0, 2 ** 31, -(2 ** 31), 2 ** 53, 5e-324]), [...new Set(call(victim, 'seen', nans))], bits(call(victim, 'back', -0)), 1 / call(victim, 'back', -0) < 0]"
        );
        stage(world, &victim, &evil);
        let told = asked(world, EVIL, "attack", Value::Null);
        let seen = ["8000000000000000", "0", "41e0000000000000", "c1e0000000000000", "4340000000000000", "1"];
        assert_eq!(told, json!([seen, ["7ff8000000000000"], "8000000000000000", true]));
    });
}

/// The attacker's result is read as another number outside: an exponent, a fraction or a sign that
/// no JavaScript would have written.
#[test]
fn s27_a_number_leaves_as_javascript_writes_it() {
    defended_by(const { &[line(
        "abi/src/json.rs",
        "    if number.abs() < PLAIN_MAX && number.trunc() == number {",
        "    if false {",
    )] })
    .against(|world| {
        let numbers = "[0, -0, 1, -1, 100, 4294967296, 9007199254740991, 9007199254740993, 1e15, 0.1, 1e21, 5e-324, NaN, -Infinity]";
        put(world, EVIL, &format!("export const all = () => {numbers}"));
        let ended = send(world, (EVIL, "all"), Value::Null, 0).value();
        let text = ended.to_string();
        let expected = "[0,0,1,-1,100,4294967296,9007199254740991,9007199254740992,1000000000000000,0.1,1e21,5e-324,null,null]";
        assert_eq!(text.replace("1e+21", "1e21"), expected);
    });
}
