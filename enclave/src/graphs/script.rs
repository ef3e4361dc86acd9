//! What a random call graph is: subcontracts with stored values and money, a list of steps for
//! each of their methods, and the requests that come from outside one after the other.
//!
//! Plain data that knows neither the enclave nor the model; printed when the two differ.

use conclave_abi::value::Value;
use conclave_engine::port::{AfterRequest, CallRequest, KeyRange, Settlement};
use std::collections::BTreeMap;
use std::fmt;

/// A world, what its code does, and what is asked of it.
#[derive(Clone, PartialEq)]
pub(super) struct Graph {
    /// Subcontracts that are there at the beginning.
    pub(super) subcontracts: Vec<Subcontract>,
    /// The enclave's own money beyond its storage and what it owes, in yoctoNEAR.
    pub(super) own_yocto: u128,
    /// Subcontract → method → what it does.
    pub(super) scripts: BTreeMap<String, BTreeMap<String, Vec<Step>>>,
    /// What is asked from outside, in order.
    pub(super) requests: Vec<Request>,
    /// Most frames in which a script runs for one request; code of later ones throws.
    pub(super) frames_max: usize,
}

/// A subcontract before the first request.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Subcontract {
    pub(super) id: String,
    pub(super) balance_yocto: u128,
    /// Names in its storage, with the texts under them.
    pub(super) values: BTreeMap<String, String>,
    /// What others may read of it.
    pub(super) grants: Vec<Grant>,
}

/// What a subcontract lets another one read.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Grant {
    pub(super) peer: String,
    pub(super) prefixes: Vec<String>,
    pub(super) until_ms: Option<u64>,
}

impl Grant {
    /// How code says it: `{ read, until? }`.
    pub(super) fn said(&self) -> Value {
        let prefixes = self.prefixes.iter().cloned().map(Value::String);
        let mut fields = vec![("read".to_owned(), Value::Array(prefixes.collect()))];
        let until = self.until_ms.map(|until_ms| Value::Number(until_ms as f64));
        fields.extend(until.map(|until| ("until".to_owned(), until)));
        Value::Object(fields)
    }

    /// What was said so.
    pub(super) fn heard(peer: &str, said: &Value) -> Self {
        let Value::Object(fields) = said else {
            panic!("a graph says grants as objects");
        };
        let field = |wanted: &str| {
            let mut fields = fields.iter();
            fields.find_map(|(name, value)| (name == wanted).then_some(value))
        };
        let Some(Value::Array(prefixes)) = field("read") else {
            panic!("a graph says what may be read");
        };
        let prefix = |it: &Value| match it {
            Value::String(prefix) => prefix.clone(),
            _ => panic!("a graph says prefixes as strings"),
        };
        let until = |it: &Value| match it {
            Value::Number(until) => *until as u64,
            _ => panic!("a graph says times as numbers"),
        };
        Self {
            peer: peer.to_owned(),
            prefixes: prefixes.iter().map(prefix).collect(),
            until_ms: field("until").map(until),
        }
    }
}

/// One thing that a method does.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Step {
    pub(super) act: Act,
    /// Whether the method goes on when this fails.
    pub(super) is_caught: bool,
}

/// What is asked of a storage.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Read {
    Get(String),
    Has(String),
    Keys(KeyRange),
    Entries(KeyRange),
    Count(String),
}

/// What a step does.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Act {
    /// Sets a name to a text of so many bytes.
    Set(String, usize),
    Remove(String),
    /// Reads the own storage, or another subcontract's.
    Read(Option<String>, Read),
    Grant(Grant),
    Revoke(String),
    /// Lists own grants from a place on, so many at most.
    Grants(String, u32),
    /// So many lines of so many bytes.
    Log {
        bytes: usize,
        times: usize,
    },
    Transfer {
        to: String,
        amount_yocto: u128,
        times: usize,
    },
    Keep(Option<u128>),
    Balance,
    /// Who signed, and the seed: questions that a view from outside can't ask.
    Surroundings,
    /// Looks at the frame's own identity again.
    Identity,
    Spend(u64),
    Afford(u64),
    Throw,
    Call(CallRequest),
    After(AfterRequest, usize),
    /// Steps in a savepoint, which is undone when they fail, else ends as told.
    Atomic(Vec<Step>, Settlement),
    /// Steps that fail together.
    Block(Vec<Step>),
    /// Opens a savepoint without closing it.
    Open,
    /// Closes a savepoint, if one is open.
    Settle(Settlement),
}

/// One request from outside.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Request {
    Call {
        from: String,
        id: String,
        method: String,
        deposit_yocto: u128,
    },
    View {
        id: String,
        method: String,
        deposit_yocto: u128,
    },
    Upload {
        from: String,
        id: String,
        init: Option<String>,
        deposit_yocto: u128,
    },
    Remove {
        from: String,
        id: String,
        deposit_yocto: u128,
    },
}

impl Request {
    pub(super) fn deposit_mut(&mut self) -> &mut u128 {
        match self {
            Self::Call { deposit_yocto, .. }
            | Self::View { deposit_yocto, .. }
            | Self::Upload { deposit_yocto, .. }
            | Self::Remove { deposit_yocto, .. } => deposit_yocto,
        }
    }

    /// Who sends it, and the NEAR that comes with it.
    pub(super) fn sender(&self) -> (&str, u128) {
        match self {
            Self::View { deposit_yocto, .. } => ("nobody.near", *deposit_yocto),
            Self::Call {
                from,
                deposit_yocto,
                ..
            }
            | Self::Upload {
                from,
                deposit_yocto,
                ..
            }
            | Self::Remove {
                from,
                deposit_yocto,
                ..
            } => (from, *deposit_yocto),
        }
    }
}

impl fmt::Display for Graph {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "own money {}", self.own_yocto)?;
        for subcontract in &self.subcontracts {
            writeln!(f, "{subcontract:?}")?;
        }
        for (id, methods) in &self.scripts {
            for (method, steps) in methods.iter().filter(|(_, steps)| !steps.is_empty()) {
                writeln!(f, "{id} {method}:")?;
                write_steps(f, steps, 1)?;
            }
        }
        for request in &self.requests {
            writeln!(f, "{request:?}")?;
        }
        Ok(())
    }
}

fn write_steps(f: &mut fmt::Formatter<'_>, steps: &[Step], depth: usize) -> fmt::Result {
    for Step { act, is_caught } in steps {
        let caught = if *is_caught { "try " } else { "" };
        write!(f, "{}{caught}", "    ".repeat(depth))?;
        match act {
            Act::Atomic(body, end) => {
                writeln!(f, "atomic, then {end:?}")?;
                write_steps(f, body, depth + 1)?;
            }
            Act::Block(body) => {
                writeln!(f, "block")?;
                write_steps(f, body, depth + 1)?;
            }
            _ => writeln!(f, "{act:?}")?,
        }
    }
    Ok(())
}
