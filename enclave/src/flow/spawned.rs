//! What the enclave tells itself of calls that were spawned, as values: what is called, and how it ended.

use super::history::{failure_of, failure_value};
use conclave_abi::error::Failure;
use conclave_abi::value::Value;

/// The input of `spawn`: a value, so that the arguments are what they were (docs/spec/state.md, "Flows").
pub(super) struct Spawned {
    pub(super) id: String,
    pub(super) method: String,
    pub(super) args: Value,
    /// The subcontract that spawned it.
    pub(super) caller: String,
    /// The flow that did.
    pub(super) parent: String,
    /// The token under which it waits, if it does.
    pub(super) flow: String,
    pub(super) is_traced: bool,
}

impl Spawned {
    pub(super) fn into_value(self) -> Value {
        let text = Value::String;
        Value::Array(vec![
            text(self.id),
            text(self.method),
            self.args,
            text(self.caller),
            text(self.parent),
            text(self.flow),
            Value::Bool(self.is_traced),
        ])
    }

    pub(super) fn of_value(value: Value) -> Option<Self> {
        let Value::Array(fields) = value else {
            return None;
        };
        let fields: [Value; 7] = fields.try_into().ok()?;
        let [
            Value::String(id),
            Value::String(method),
            args,
            Value::String(caller),
            Value::String(parent),
            Value::String(flow),
            Value::Bool(is_traced),
        ] = fields
        else {
            return None;
        };
        Some(Self {
            id,
            method,
            args,
            caller,
            parent,
            flow,
            is_traced,
        })
    }
}

/// How a child ended, as it is told to its parent.
pub(super) fn ended(result: &Result<Value, Failure>) -> Value {
    Value::Array(match result {
        Ok(value) => vec![value.clone()],
        Err(failure) => vec![Value::Null, failure_value(failure)],
    })
}

/// Reads what [`ended`] made.
pub(super) fn read_ended(value: Value) -> Option<Result<Value, Failure>> {
    let Value::Array(told) = value else {
        return None;
    };
    let mut told = told.into_iter();
    let value = told.next()?;
    Some(match told.next() {
        None => Ok(value),
        Some(failure) => Err(failure_of(failure)?),
    })
}
