//! What the methods take, and the results that are made of it.
//!
//! JSON goes in, bytes come out. It knows no host functions, so that it is tested without a chain.

use serde::Deserialize;
use serde_json::value::RawValue;

/// Arguments of `bytes`.
#[derive(Debug, Deserialize)]
pub struct Bytes {
    /// How many.
    pub n: u32,
    /// Which.
    pub byte: u8,
}

/// Arguments of `deep`.
#[derive(Debug, Deserialize)]
pub struct Deep {
    /// How many arrays, each in the one before.
    pub n: u32,
}

/// Arguments of `add`.
#[derive(Debug, Deserialize)]
pub struct Add {
    /// How much.
    pub by: u64,
}

/// Arguments of `call_back` and `watch`.
#[derive(Debug, Deserialize)]
pub struct Call {
    /// Whose method.
    pub account: String,
    /// Which method.
    pub method: String,
    /// Its arguments, sent as they are written.
    pub args: Box<RawValue>,
    /// Gas that goes along, in Tgas.
    pub gas_tgas: u64,
}

/// Arguments of `forge`.
#[derive(Debug, Deserialize)]
pub struct Forgery {
    /// What the method is told, as it is written.
    pub answer: Box<RawValue>,
    /// Whose method.
    pub call: Call,
}

impl Bytes {
    /// Returns the bytes.
    #[must_use]
    pub fn result(&self) -> Vec<u8> {
        vec![self.byte; self.n as usize]
    }
}

impl Deep {
    /// Returns the arrays as JSON.
    #[must_use]
    pub fn result(&self) -> Vec<u8> {
        let half = self.n as usize;
        let mut text = vec![b'['; half];
        text.resize(2 * half, b']');
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_have_the_length_that_is_asked_for() {
        assert_eq!(Bytes { n: 3, byte: 255 }.result(), [255, 255, 255]);
        assert!(Bytes { n: 0, byte: 1 }.result().is_empty());
        assert_eq!(Deep { n: 3 }.result(), b"[[[]]]");
    }

    #[test]
    fn arguments_of_a_call_stay_as_they_are_written() {
        let text = r#"{"account":"a.near","method":"m","args":{"b":1, "a" : 1e400},"gas_tgas":5}"#;
        let call: Call = serde_json::from_str(text).unwrap();
        assert_eq!(call.args.get(), r#"{"b":1, "a" : 1e400}"#);
    }
}
