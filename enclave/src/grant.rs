//! What one subcontract lets another read: a value of one form, and whether it covers a question.
//!
//! In: what JS said, or what is stored. Out: the value that docs/spec/state.md states, in which
//! prefixes are sorted and none begins another, so that what is granted has one form. Knows neither
//! who asks nor what is stored under the keys.

use crate::record::corrupt;
use crate::span::Span;
use crate::state::storage_key;
use conclave_abi::error::{ErrorCode, Failure};
use conclave_abi::value::{Value, safe_integer};

/// Most prefixes of one grant. Reason: each is looked at in each granted read.
pub(crate) const PREFIXES_MAX: usize = 16;

/// What may be read, and how long.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Grant {
    /// Keys that begin with one of these; sorted, and none begins another.
    prefixes: Vec<String>,
    /// The first block time at which it is over, in milliseconds since 1970.
    until_ms: Option<u64>,
}

impl Grant {
    /// Reads `{ read: [prefix], until? }`.
    ///
    /// # Errors
    /// `E_BAD_VALUE` for anything else, lest a grant have no end by a slip of the pen, and where
    /// there is no prefix; `E_TOO_LARGE` for too many or one that can't begin a key.
    pub(crate) fn said(said: Value) -> Result<Self, Failure> {
        let mut grant = Self {
            prefixes: Vec::new(),
            until_ms: None,
        };
        let is_read = match said {
            Value::Object(fields) => fields
                .into_iter()
                .all(|(name, value)| grant.read(&name, value).is_some()),
            _ => false,
        };
        if !is_read || grant.prefixes.is_empty() {
            let message = "a grant is { read: [prefix, …], until?: Date or milliseconds }";
            return Err(Failure::new(ErrorCode::BadValue, message));
        }
        if grant.prefixes.len() > PREFIXES_MAX {
            let message = "a grant has at most 16 prefixes";
            return Err(Failure::new(ErrorCode::TooLarge, message));
        }
        for prefix in &grant.prefixes {
            storage_key(prefix)?;
        }
        grant.prefixes.sort_unstable();
        let begins = |later: &mut String, earlier: &mut String| later.starts_with(earlier.as_str());
        grant.prefixes.dedup_by(begins);
        Ok(grant)
    }

    /// Takes over one field of what is said, if it is one of a grant's.
    fn read(&mut self, name: &str, value: Value) -> Option<()> {
        match (name, value) {
            ("read", Value::Array(items)) => {
                for item in items {
                    let Value::String(prefix) = item else {
                        return None;
                    };
                    self.prefixes.push(prefix);
                }
            }
            ("until", Value::Number(time) | Value::Date(time)) => {
                self.until_ms = Some(safe_integer(time)?);
            }
            ("until", Value::Undefined) => {}
            _ => return None,
        }
        Some(())
    }

    /// The value that stands for it; without an end it has no `until`.
    pub(crate) fn into_value(self) -> Value {
        let prefixes = self.prefixes.into_iter().map(Value::String).collect();
        let mut fields = vec![("read".to_owned(), Value::Array(prefixes))];
        if let Some(until_ms) = self.until_ms {
            #[expect(clippy::cast_precision_loss, reason = "it was read from a number")]
            let until = until_ms as f64;
            fields.push(("until".to_owned(), Value::Number(until)));
        }
        Value::Object(fields)
    }

    /// Reads a stored grant.
    ///
    /// # Errors
    /// `E_CORRUPT` for any bytes but those of a grant's one value.
    pub(crate) fn stored(bytes: &[u8]) -> Result<Self, Failure> {
        let value = Value::from_bytes(bytes).ok();
        value
            .and_then(|value| Self::said(value).ok())
            .filter(|grant| grant.clone().into_value().to_bytes() == bytes)
            .ok_or_else(|| corrupt("a grant"))
    }

    /// Whether it covers a whole span at a block's time.
    pub(crate) fn covers(&self, span: &Span, block_ms: u64) -> bool {
        let is_over = self.until_ms.is_some_and(|until_ms| block_ms >= until_ms);
        !is_over && (self.prefixes.iter()).any(|prefix| span.is_within(prefix))
    }
}

#[cfg(test)]
#[path = "grant_tests.rs"]
mod tests;
