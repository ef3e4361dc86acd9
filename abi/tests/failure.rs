//! The JSON in which a failure leaves the enclave.

use conclave_abi::error::{ErrorCode, FAILURE_BYTES_MAX, Failure, Said};

fn failure(text: &str, frames: usize) -> Failure {
    Failure::from(Said {
        code: ErrorCode::Throw.as_str().to_owned(),
        name: text.to_owned(),
        message: text.to_owned(),
        path: vec![text.to_owned(); frames],
        stack: text.to_owned(),
    })
}

fn read(json: &str) -> Failure {
    serde_json::from_str(json).unwrap_or_else(|error| panic!("{json}: {error}"))
}

#[test]
fn a_failure_of_ordinary_size_is_written_whole() {
    let path = format!("{}@{}", "a".repeat(64), "b".repeat(64));
    let mut whole = failure(&path, 25);
    whole.message = "m".repeat(2_048);
    whole.stack = "s".repeat(2_048);
    assert_eq!(read(&whole.to_json()), whole);
}

/// Symptom: a call with a field name of 1 MB failed without a code. Mechanism: NEAR takes no
/// panic of more than 16,384 bytes. Fix: texts are cut until the JSON fits.
#[test]
fn a_failure_of_any_size_fits_what_near_takes_and_keeps_its_code() {
    for text in ["x", "\0", "é", "😀", "\"", "a\u{2028}"] {
        for (times, frames) in [(1_000_000, 0), (2_049, 24), (500, 1_000), (5_000, 1)] {
            let json = failure(&text.repeat(times), frames).to_json();
            assert!(
                json.len() <= FAILURE_BYTES_MAX,
                "{text:?} {times} {frames}: {}",
                json.len()
            );
            let read = read(&json);
            assert!(read.is(ErrorCode::Throw));
            assert!(
                read.message.ends_with('…')
                    && read
                        .message
                        .starts_with(text.chars().next().unwrap_or_default()),
                "{}",
                read.message
            );
            assert!(read.path.len() <= frames);
        }
    }
}

#[test]
fn only_what_is_known_is_written() {
    let failure = Failure::new(ErrorCode::Taken, "there");
    assert_eq!(failure.to_json(), r#"{"code":"E_TAKEN","message":"there"}"#);
}

#[test]
fn codes_are_distinct_and_well_formed() {
    let codes: std::collections::BTreeSet<_> =
        ErrorCode::ALL.iter().map(|code| code.as_str()).collect();
    assert_eq!(codes.len(), ErrorCode::ALL.len());
    assert!(
        codes
            .iter()
            .all(|code| code.starts_with("E_") && *code == code.to_uppercase())
    );
}
