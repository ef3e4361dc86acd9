//! S34: amounts that are read as others: negative, fractional, rounded, too large.

use crate::defence::{Line, defended_by};
use crate::scene::{EVIL, NEAR, VICTIM, asked, assert_conserved, line, money, put, send, stage};
use serde_json::{Value, json};

const AMOUNTS: &str = "engine/src/bindings/amounts.rs";
const VALUE: &str = "abi/src/value.rs";
const PURSE: &str = "purse@mallory.near";

/// Pays what it is told to whom it is told, in every way there is.
const VICTIM_CODE: &str = "
export const take = () => { near.keep() }
const ways = amount => [
  () => call('purse@mallory.near', 'take', null, { deposit: amount }), () => near.transfer('mallory.near', amount), () => near.keep(amount),
  () => after('purse@mallory.near', 'take', null, { deposit: amount }),
]
export const pay = amount => ways(amount).map(soft)
export const each = list => list.map(text => ways(odd[text]).map(soft))
const odd = { minus: -1, half: 0.5, tiny: 1e-300, large: 2 ** 53, larger: 2 ** 53 + 2, e21: 1e21, nan: NaN, infinity: Infinity, 'minus big': -1n, object: { valueOf: () => 1 }, array: [1], true: true, null: null, symbol: Symbol() }";

const TAKES: &str = "export const take = () => { near.keep() }";

/// The attacker is to pay -1, half a yocto or NaN: it pays nothing, or an amount that saturates.
#[test]
fn s34_an_amount_that_is_a_number_is_a_whole_one_that_is_exact() {
    defended_by(const { &[line(
        VALUE,
        "(0.0..=SAFE_MAX).contains(&number) && number.trunc().to_bits() == number.to_bits();",
        "!number.is_infinite() || SAFE_MAX > 0.0;",
    )] })
    .against(|world| {
        stage(world, VICTIM_CODE, "");
        put(world, PURSE, TAKES);
        send(world, (VICTIM, "take"), Value::Null, NEAR).value();
        let names = ["minus", "half", "tiny", "large", "larger", "e21", "nan", "infinity", "minus big", "object", "array", "true", "null", "symbol"];
        let told = asked(world, VICTIM, "each", json!(names));
        assert_eq!(told, json!(vec![vec!["E_BAD_VALUE"; 4]; names.len()]));
        assert_eq!((money(world, VICTIM), money(world, PURSE)), (NEAR, 0));
        assert_conserved(world);
    });
}

/// The attacker names a sum in JSON that no number holds: another one is paid than was signed for.
#[test]
fn s34_a_number_that_json_has_rounded_is_no_amount() {
    defended_by(
        const {
            &[line(
                VALUE,
                "const SAFE_MAX: f64 = 9_007_199_254_740_991.0;",
                "const SAFE_MAX: f64 = 18_446_744_073_709_549_568.0;",
            )]
        },
    )
    .against(|world| {
        stage(world, VICTIM_CODE, "");
        put(world, PURSE, TAKES);
        send(world, (VICTIM, "take"), Value::Null, NEAR).value();
        for amount in [
            "9007199254740993",
            "9007199254740992",
            "18446744073709551615",
            "1e18",
            "10000000000000000.5",
        ] {
            let request = format!(r#"{{"id": "{VICTIM}", "method": "pay", "args": {amount}}}"#);
            let told = world
                .send("mallory.near", "call", request.as_bytes(), 0)
                .value();
            assert_eq!(told, json!(vec!["E_BAD_VALUE"; 4]), "{amount}");
        }
        let request = format!(r#"{{"id": "{VICTIM}", "method": "pay", "args": 9007199254740991}}"#);
        let told = world
            .send("mallory.near", "call", request.as_bytes(), 0)
            .value();
        assert_eq!(told, json!([null, null, "E_FUNDS", null]));
        assert_eq!(money(world, PURSE), 2 * 9_007_199_254_740_991);
    });
}

/// The attacker writes an amount that is read in part, or as another one.
#[test]
fn s34_an_amount_that_is_text_is_digits_and_nothing_else() {
    defended_by(const { &[line(
        AMOUNTS,
        "    let is_digits = text.bytes().all(|byte| byte.is_ascii_digit());\n",
        "    let text = text.trim().trim_end_matches(|c: char| !c.is_ascii_digit());\n    let is_digits = true;\n",
    )] })
    .against(|world| {
        stage(world, VICTIM_CODE, "");
        put(world, PURSE, TAKES);
        send(world, (VICTIM, "take"), Value::Null, NEAR).value();
        for amount in ["+1", "1 ", " 1", "1n", "1e", "1 NEAR", "1\n", "1.", "", "-1", "0x10", "1_0", "\u{661}", "1e21", "340282366920938463463374607431768211456"] {
            let told = asked(world, VICTIM, "pay", json!(amount));
            assert_eq!(told, json!(vec!["E_BAD_VALUE"; 4]), "{amount:?}");
        }
        assert_eq!((money(world, VICTIM), money(world, PURSE)), (NEAR, 0));
    });
}

/// The attacker promises 2^128 and more, and pays what is left of it in 128 bits.
#[test]
fn s34_an_amount_of_more_than_128_bits_is_refused() {
    defended_by(const { &[line(
        AMOUNTS,
        "        Given::Big(number) => u128::try_from(number).ok(),\n",
        "        Given::Big(number) => Some(number.iter_u64_digits().next().map_or(0, u128::from)),\n",
    )] })
    .against(|world| {
        let victim = format!("{TAKES}
export const sold = () => storage.get('sold') ?? 0
export function buy(price) {{ if (near.deposit() < BigInt(price)) throw new Error('too little'); near.keep(); storage.set('sold', 1) }}");
        let evil = "
export const sums = [2n ** 128n, 2n ** 128n + 1n, 2n ** 256n + 5n, -1n, -(2n ** 128n)]
export const pay = () => sums.map(deposit => [soft(() => call(victim, 'take', null, { deposit })), soft(() => near.transfer('mallory.near', deposit)), soft(() => near.keep(deposit))])";
        stage(world, &victim, evil);
        send(world, (VICTIM, "take"), Value::Null, NEAR).value();
        let told = send(world, (EVIL, "pay"), Value::Null, 100).value();
        assert_eq!(told, json!(vec![vec!["E_BAD_VALUE"; 3]; 5]));
        assert_eq!((money(world, VICTIM), money(world, EVIL)), (NEAR, 0));
        assert_conserved(world);
    });
}

/// The attacker caps its helper with an amount of gas that overflows to almost nothing, or to all.
#[test]
fn s34_gas_that_does_not_fit_64_bits_is_refused() {
    const LINES: [Line; 2] = [
        line(
            AMOUNTS,
            "    u64::try_from(units).ok()\n",
            "    Some(units as u64)\n",
        ),
        line(
            AMOUNTS,
            "        Given::Big(number) => u64::try_from(number).ok(),\n",
            "        Given::Big(number) => Some(number.iter_u64_digits().next().unwrap_or(0)),\n",
        ),
    ];
    defended_by(&LINES).against(|world| {
        let victim = "export const run = gas => soft(() => call(evil, 'work', null, { gas }))
export const bounds = () => [2n ** 64n, 2n ** 64n + 10n ** 14n, -1n, -(10n ** 14n), 2 ** 53, 1.5, NaN].map(run)";
        let evil = "export const work = () => 'worked'";
        stage(world, victim, evil);
        for gas in ["18446744.073709551616 Tgas", "18446844.073709551616 Tgas", "18446744173.709551616 Ggas", "1e3 Tgas", "100Tgas", "-1 Tgas", "+100 Tgas", "0x64 Tgas"] {
            assert_eq!(asked(world, VICTIM, "run", json!(gas)), "E_BAD_VALUE", "{gas}");
        }
        let told = asked(world, VICTIM, "bounds", Value::Null);
        assert_eq!(told, json!(vec!["E_BAD_VALUE"; 7]));
        assert_eq!(asked(world, VICTIM, "run", json!("100 Tgas")), "worked");
    });
}
