//! BigInts: no operation makes one that is too large, and each is counted by its size.

mod metered;

use metered::{Outcome, assert_costs, assert_throws, assert_value, run};

const LIMIT: &str = "RangeError: a BigInt is larger than 65,536 bits";

/// The largest BigInt and a half of its bits.
const LARGE: &str =
    "let max = (1n << 65535n) - 1n + (1n << 65535n), half = (1n << 32768n) - 1n, one = 1n;";

#[test]
fn a_bigint_reaches_its_limit_and_no_further() {
    for (source, fits) in [
        ("max + 0n", true),
        ("max + one", false),
        ("-max - one", false),
        ("++max", false),
        ("max++", false),
        ("max * one", true),
        ("max * 2n", false),
        ("half * half", true),
        ("half * half * half", false),
        ("1n << 65535n", true),
        ("1n << 65536n", false),
        ("1n << 2147483647n", false),
        ("1n << 100000000000n", false),
        ("1n >> -65536n", false),
        ("1n >> -2147483648n", false),
        ("max >> 2147483647n", true),
        ("max >> 100000000000n", true),
        ("0n << 1000000000n", true),
        ("2n ** 65535n", true),
        ("2n ** 65536n", false),
        ("7n ** 20000n", true),
        ("7n ** 30000n", false),
        ("half ** 3n", false),
        ("2n ** 1000000000000n", false),
        ("10n ** (10n ** 30n)", false),
        ("1n ** 100000n", true),
        ("0n ** 100000n", true),
        ("max / 3n", true),
        ("max % 3n", true),
        ("max & half", true),
        ("max | half", true),
        ("max ^ half", true),
        ("~max", true),
        ("BigInt('9'.repeat(19000))", true),
        ("BigInt('9'.repeat(20000))", false),
        ("BigInt('9'.repeat(1000000))", false),
        ("BigInt('0'.repeat(100000) + '5')", true),
        ("BigInt('0x' + 'f'.repeat(16384))", true),
        ("BigInt('0x1' + '0'.repeat(16384))", false),
        ("BigInt('0b' + '1'.repeat(65536))", true),
        ("BigInt('0b' + '1'.repeat(70000))", false),
        ("BigInt('0o' + '7'.repeat(30000))", false),
        ("1n == '9'.repeat(30000)", false),
        ("1n < '9'.repeat(30000)", false),
        ("BigInt.asUintN(65536, -1n)", true),
        ("BigInt.asUintN(65537, -1n)", false),
        ("BigInt.asUintN(2 ** 53 - 1, -1n)", false),
        ("BigInt.asUintN(2 ** 53 - 1, max)", true),
        ("BigInt.asIntN(2 ** 53 - 1, -1n)", true),
        ("BigInt.asIntN(2 ** 40, max)", true),
    ] {
        let source = format!("{LARGE} {source}; 1");
        match fits {
            true => assert_value(&source, "1"),
            false => assert_throws(&source, LIMIT),
        }
    }
}

#[test]
fn operations_are_counted_by_their_size() {
    for (source, fuel) in [
        ("half * half", 60_000),
        ("max / half", 100_000),
        ("max % half", 100_000),
        ("7n ** 20000n", 60_000),
        ("max + 1n - 1n, 1", 100),
        ("String(max)", 200_000),
        ("max.toString()", 200_000),
        ("max.toString(36)", 200_000),
        ("`${max}`", 200_000),
        ("({})[max]", 200_000),
        ("BigInt(text)", 200_000),
        ("1n == text", 200_000),
        ("1n < text", 200_000),
    ] {
        let before = format!("{LARGE} let text = '9'.repeat(19000);");
        let source = format!("{before};; try {{ {source} }} catch {{}}");
        assert_costs(&source, fuel);
    }
}

#[test]
fn results_are_what_they_should_be() {
    for (source, expected) in [
        (
            "123456789012345678901234567890n * 987654321098765432109876543210n",
            "121932631137021795226185032733622923332237463801111263526900",
        ),
        ("-7n / 2n", "-3"),
        ("-7n % 2n", "-1"),
        ("2n ** 100n", "1267650600228229401496703205376"),
        ("-5n >> 1n", "-3"),
        ("5n << 3n", "40"),
        ("5n >> -3n", "40"),
        ("-1n & 255n", "255"),
        ("5n | -8n", "-3"),
        ("5n ^ 3n", "6"),
        ("~5n", "-6"),
        ("let x = 5n; x++; ++x; x--; -x", "-6"),
        ("BigInt('  -0012  ')", "-12"),
        ("BigInt('0xfF') + BigInt('0b11') + BigInt('0o17')", "273"),
        ("BigInt('')", "0"),
        ("BigInt.asUintN(64, -1n)", "18446744073709551615"),
        ("BigInt.asUintN(0, 5n)", "0"),
        ("BigInt.asIntN(0, 5n)", "0"),
        ("BigInt.asIntN(8, 255n)", "-1"),
        ("BigInt.asIntN(8, 127n)", "127"),
        ("BigInt.asIntN(8, 128n)", "-128"),
        ("(255n).toString(16)", "ff"),
        ("1n == '1'", "true"),
        ("1n < '2'", "true"),
        ("'x' < 1n", "false"),
    ] {
        assert_value(source, expected);
    }
    assert_throws("1n / 0n", "RangeError: BigInt division by zero");
    assert_throws("2n ** -1n", "RangeError");
    assert_throws(
        "BigInt('1x')",
        "SyntaxError: cannot convert string '1x' to bigint",
    );
    assert_throws("BigInt.asUintN(-1, 1n)", "RangeError");
}

#[test]
fn an_operation_that_can_not_be_paid_is_not_begun() {
    let source = format!("{LARGE} for (;;) half * half");
    assert_eq!(run(&source, 1_000_000).outcome, Outcome::OutOfFuel);
}

#[test]
fn operators_take_two_of_a_kind() {
    let mixed = "TypeError: cannot mix BigInt and other types, use explicit conversions";
    for operator in ["-", "*", "/", "%", "**", "&", "|", "^", "<<", ">>", ">>>"] {
        assert_throws(&format!("1n {operator} 1"), mixed);
        assert_throws(&format!("'1' {operator} 1n"), mixed);
    }
    assert_throws("1n / 0n", "RangeError: BigInt division by zero");
    assert_throws("1n % BigInt('0')", "RangeError: BigInt division by zero");
    let unsigned = "TypeError: BigInts have no unsigned right shift, use >> instead";
    assert_throws("1n >>> 0n", unsigned);
    for (source, expected) in [
        (
            "[7n - 2n, 7n * 2n, -7n / 2n, -7n % 2n, 7n ** 2n].join()",
            "5,14,-3,-1,49",
        ),
        (
            "[6n & 3n, 6n | 3n, 6n ^ 3n, 6n << 2n, -6n >> 1n].join()",
            "2,7,5,24,-3",
        ),
        (
            "[Object(7n) - 2n, [7] - '2', true * '0x10', null / 2, '-7' % 2].join()",
            "5,5,16,0,-1",
        ),
        (
            "[2.5 & 7, -1.5 | 0, 4294967296.5 ^ 1, 1.5 << 33, -9.5 >> 1, -1.5 >>> 28].join()",
            "2,-1,1,2,-5,15",
        ),
        (
            "Object.is('-4' % 2, -0) && Object.is(-4.5 % 1.5, -0) && Number.isNaN('1' ** Infinity)",
            "true",
        ),
    ] {
        assert_value(source, expected);
    }
}
