//! Reading requests: JSON in, a typed request or a coded failure out.

use conclave_abi::error::{ErrorCode, Failure};
use conclave_abi::id::SubcontractId;
use conclave_abi::json::TOO_DEEP;
use serde::de::DeserializeOwned;

/// Longest request, in bytes. Reason: parsing must stay within a call's gas.
const REQUEST_BYTES_MAX: usize = 1 << 20;

/// Reads the one JSON object that an export takes.
///
/// # Errors
/// `E_BAD_REQUEST` with line and column, `E_TOO_DEEP`, `E_TOO_LARGE`.
pub(crate) fn read<T: DeserializeOwned>(input: &[u8], form: &str) -> Result<T, Failure> {
    if input.len() > REQUEST_BYTES_MAX {
        let got = input.len();
        let message =
            format!("the request has {got} bytes, at most {REQUEST_BYTES_MAX} are allowed");
        return Err(Failure::new(ErrorCode::TooLarge, message));
    }
    if input.is_empty() {
        return Err(Failure::new(
            ErrorCode::BadRequest,
            format!("the input is empty; pass {form}"),
        ));
    }
    if input.trim_ascii_start().first() != Some(&b'{') {
        let message = format!("the request is not a JSON object; pass {form}");
        return Err(Failure::new(ErrorCode::BadRequest, message));
    }
    serde_json::from_slice(input).map_err(|error| {
        let message = error.to_string();
        let code = if message.starts_with(TOO_DEEP) {
            ErrorCode::TooDeep
        } else {
            ErrorCode::BadRequest
        };
        Failure::new(code, format!("{message}; pass {form}"))
    })
}

/// Checks the name of a subcontract.
///
/// # Errors
/// `E_BAD_ID`.
pub(crate) fn id(text: &str) -> Result<SubcontractId, Failure> {
    SubcontractId::parse(text).map_err(|error| Failure::new(ErrorCode::BadId, error.to_string()))
}

/// The same where only that matters. Not inlined: each copy is bytes that every call loads.
///
/// # Errors
/// `E_BAD_ID`.
#[inline(never)]
pub(crate) fn check_id(text: &str) -> Result<(), Failure> {
    id(text).map(drop)
}

#[cfg(test)]
mod tests {
    use super::read;
    use conclave_abi::request::{Call, Named};

    #[test]
    fn the_code_of_too_deep_comes_from_the_reader_and_not_from_a_name() {
        let named = read::<Named>(br#"{"nested deeper than 64": 1}"#, "an id");
        assert_eq!(named.expect_err("unknown field").code, "E_BAD_REQUEST");
        let deep = format!(r#"{{"id":"a@b.c","method":"m","args":{}"#, "[".repeat(100));
        let call = read::<Call>(deep.as_bytes(), "a call");
        assert_eq!(call.expect_err("too deep").code, "E_TOO_DEEP");
    }
}
