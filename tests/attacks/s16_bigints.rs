//! S16: BigInts that grow without end.

use crate::defence::{Line, defended_by};
use crate::scene::{VICTIM, asked, line, send, stage};
use serde_json::json;

const METER: &str = "engine/insertions/bigint_meter.rs";

const VICTIM_CODE: &str = "
export function ask({ method, args, gas = '30 Tgas' }) {
  const told = soft(() => call(evil, method, args, { gas }))
  storage.set('work', 'done')
  return told
}";

/// Ways from `a`, which is 1, to 65,537 bits and more. The engine computes constants when it parses.
const TOO_LARGE: [&str; 9] = [
    "a << 65536n",
    "a << 2147483647n",
    "a >> -65536n",
    "(a + a) ** 65536n",
    "(a + 6n) ** 1000000n",
    "(a << 40000n) * (a << 40000n)",
    "(a << 65535n) + (a << 65535n)",
    "-(a << 65535n) - (a << 65535n)",
    "(() => { let n = a << 65535n; n <<= 1n; return n })()",
];

/// The attacker asks for a number of 2^31 bits: no memory is left, and the whole receipt is lost.
#[test]
fn s16_no_operation_makes_more_than_65536_bits() {
    const LINES: [Line; 2] = [
        line(
            METER,
            "if result > BIGINT_BITS_MAX {",
            "if result > u64::MAX / 2 {",
        ),
        line(METER, "if bits(&result) > BIGINT_BITS_MAX {", "if false {"),
    ];
    defended_by(&LINES).against(|world| {
        let ways: Vec<_> = TOO_LARGE.iter().map(|way| format!("a => {way}")).collect();
        let evil = format!(
            "const ways = [{}]\nexport const grow = way => ways[way](1n) > 0n\nexport const most = (_, a = 1n) => Number(((a << 65535n) + ((a << 65535n) - a)) >> 65528n)",
            ways.join(",\n")
        );
        stage(world, VICTIM_CODE, &evil);
        let most = json!({"method": "most", "gas": "300 Tgas"});
        assert_eq!(asked(world, VICTIM, "ask", most), json!(255));
        for (way, code) in TOO_LARGE.iter().enumerate() {
            let args = json!({"method": "grow", "args": way, "gas": "300 Tgas"});
            assert_eq!(asked(world, VICTIM, "ask", args), json!("E_LIMIT"), "{code}");
        }
    });
}

/// The attacker's cap counts instructions, and each of its instructions takes a hundred Tgas.
#[test]
fn s16_digits_of_a_large_number_are_paid_for() {
    const LINES: [Line; 1] = [line(
        METER,
        "self.charge(1 + words * words / STEPS_PER_FUEL)?;",
        "let _ = words;",
    )];
    defended_by(&LINES).against(|world| {
        let evil = "export function digits(times) { let length = 0; for (let i = 0; i < times; i++) length += (1n << 65535n).toString().length; return length }";
        stage(world, VICTIM_CODE, evil);
        let args = json!({"method": "digits", "args": 40});
        let ended = send(world, (VICTIM, "ask"), args, 0);
        assert!(ended.gas < 150_000_000_000_000, "{}", ended.gas);
        assert_eq!(ended.value(), json!("E_GAS"));
    });
}

/// The attacker has a product computed again and again that costs the square of its length.
#[test]
fn s16_products_of_large_numbers_are_paid_for() {
    const LINES: [Line; 1] = [line(
        METER,
        "        self.charge(1 + steps / STEPS_PER_FUEL)\n",
        "        self.charge(1 + 0 * steps)\n",
    )];
    defended_by(&LINES).against(|world| {
        let evil = "export function multiply(times) { const n = (1n << 32767n) + 1n; for (let i = 0; i < times; i++) n * n; return 'free' }";
        stage(world, VICTIM_CODE, evil);
        let args = json!({"method": "multiply", "args": 1000});
        let ended = send(world, (VICTIM, "ask"), args, 0);
        assert!(ended.gas < 150_000_000_000_000, "{}", ended.gas);
        assert_eq!(ended.value(), json!("E_GAS"));
    });
}

/// The attacker hands over a number as text: reading it takes the square of its length.
#[test]
fn s16_text_of_a_too_large_number_is_refused_before_it_is_read() {
    const LINES: [Line; 2] = [
        line(
            METER,
            "if digits as u64 * bits_of_ten / 10 > BIGINT_BITS_MAX + BIGINT_BITS_MAX / 32 {",
            "if false {",
        ),
        line(
            METER,
            "Some(value) if bits(&value) > BIGINT_BITS_MAX => {",
            "Some(_) if false => {",
        ),
    ];
    defended_by(&LINES).against(|world| {
        let evil = "const ways = [text => BigInt(text), text => 1n == text, text => 1n < text, text => BigInt('0x' + text), text => BigInt.asIntN(64, text)]
            export const read = ([way, length]) => typeof ways[way]('9'.repeat(length))";
        stage(world, VICTIM_CODE, evil);
        for way in 0..5 {
            let args = json!({"method": "read", "args": [way, 21_000], "gas": "300 Tgas"});
            assert_eq!(asked(world, VICTIM, "ask", args), json!("E_LIMIT"), "{way}");
        }
    });
}
