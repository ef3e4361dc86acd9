//! Names of subcontracts: `<label>@<account>`.
//!
//! `@` can't occur in a NEAR account id, so a subcontract is never taken for an account, and
//! only the account behind the `@` may upload under it.

use core::fmt;

/// Longest label, in bytes. Source: the design, "Names of subcontracts".
pub const LABEL_BYTES_MAX: usize = 64;
/// Shortest and longest NEAR account id, in bytes. Source: NEAR protocol, `AccountId`.
pub const ACCOUNT_BYTES: core::ops::RangeInclusive<usize> = 2..=64;

/// The checked name of a subcontract.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SubcontractId {
    text: String,
    at: usize,
}

/// Why a text is not the name of a subcontract.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// There is no `@`, or more than one.
    #[error("the id needs the form <label>@<account>, got `{got}`")]
    Form {
        /// The text given, cut to 160 bytes.
        got: String,
    },
    /// The label breaks the rule.
    #[error("the label `{got}` must be 1 to 64 of [a-z0-9], with single - _ . between them")]
    Label {
        /// The label given, cut to 160 bytes.
        got: String,
    },
    /// The account part is no NEAR account id.
    #[error("`{got}` is not a NEAR account id")]
    Account {
        /// The account given, cut to 160 bytes.
        got: String,
    },
}

impl SubcontractId {
    /// Checks a name.
    ///
    /// # Errors
    /// [`IdError`] says which part breaks which rule.
    pub fn parse(text: &str) -> Result<Self, IdError> {
        let mut parts = text.split('@');
        let (Some(label), Some(account), None) = (parts.next(), parts.next(), parts.next()) else {
            return Err(IdError::Form {
                got: shortened(text),
            });
        };
        if label.len() > LABEL_BYTES_MAX || !is_separated(label) {
            return Err(IdError::Label {
                got: shortened(label),
            });
        }
        if !is_account(account) {
            return Err(IdError::Account {
                got: shortened(account),
            });
        }
        Ok(Self {
            text: text.to_owned(),
            at: label.len(),
        })
    }

    /// The whole name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The part before the `@`.
    #[must_use]
    pub fn label(&self) -> &str {
        &self.text[..self.at]
    }

    /// The NEAR account behind the `@`.
    #[must_use]
    pub fn account(&self) -> &str {
        &self.text[self.at + 1..]
    }
}

impl fmt::Display for SubcontractId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Whether a text is a NEAR account id.
#[must_use]
pub fn is_account(text: &str) -> bool {
    ACCOUNT_BYTES.contains(&text.len()) && is_separated(text)
}

/// Lower-case letters and digits, with single separators between them.
fn is_separated(text: &str) -> bool {
    let mut was_separator = true;
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'0'..=b'9' => was_separator = false,
            b'-' | b'_' | b'.' if !was_separator => was_separator = true,
            _ => return false,
        }
    }
    !was_separator
}

/// Cuts hostile text so that an error stays small.
fn shortened(text: &str) -> String {
    const SHOWN_BYTES: usize = 160;
    if text.len() <= SHOWN_BYTES {
        return text.to_owned();
    }
    let end = (0..=SHOWN_BYTES)
        .rev()
        .find(|end| text.is_char_boundary(*end))
        .unwrap_or(0);
    format!("{}…", &text[..end])
}

#[cfg(test)]
mod tests {
    use super::SubcontractId;

    fn check(text: &str, is_ok: bool) {
        assert_eq!(SubcontractId::parse(text).is_ok(), is_ok, "{text:?}");
    }

    #[test]
    fn a_label_and_an_account_make_an_id() {
        let id = SubcontractId::parse("pool.dex@alice.near").expect("a good id");
        assert_eq!((id.label(), id.account()), ("pool.dex", "alice.near"));
    }

    #[test]
    fn names_that_break_the_rule_are_refused() {
        check("a@bob", true);
        check(&format!("{}@bob.near", "a".repeat(64)), true);
        check(&format!("{}@bob.near", "a".repeat(65)), false);
        for bad in [
            "", "@", "a@", "@bob", "a", "a@b@c", "A@bob", "a..b@bob", "-a@bob", "a-@bob",
            "a b@bob", "ä@bob", "a@b", "a@Bob", "a\0@bob", "a/b@bob",
        ] {
            check(bad, false);
        }
    }
}
