//! The record of a flow: what a method that waits needs to go on (docs/spec/state.md, "Flows").
//!
//! It lies in the trie of the subcontract whose method waits, under the flow's token: so the root
//! covers it, whoever pays for storage pays for it, and it is given back when it goes.

use super::history::{failure_of, failure_value};
use crate::frame::{FrameRequest, Way};
use crate::journal::Purse;
use crate::outbox::{Awaited, Child, Form};
use crate::platform::DataId;
use crate::record::corrupt;
use conclave_abi::error::Failure;
use conclave_abi::value::{Value, safe_integer};
use conclave_engine::port::{CallWay, LockMode};

/// Version of the record.
const VERSION: f64 = 1.0;

/// How results are read, in the order of their numbers.
const FORMS: [Form; 3] = [Form::Json, Form::Bytes, Form::Ended];

/// A method that waits.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct FlowRecord {
    /// sha256 of the source that it began with.
    pub(crate) code_hash: [u8; 32],
    pub(crate) method: String,
    pub(crate) args: Value,
    /// The account that called it.
    pub(crate) caller: String,
    /// What came with that call, in yoctoNEAR.
    pub(crate) deposit_yocto: u128,
    /// What is left of it.
    pub(crate) purse: Purse,
    /// Whether its frames are logged.
    pub(crate) is_traced: bool,
    /// The block in which it began.
    pub(crate) height: u64,
    pub(crate) timestamp_ns: u64,
    /// How many waits it has had.
    pub(crate) waits_made: u32,
    /// What it waits for.
    pub(crate) waits: Vec<Wait>,
    /// NEAR's name of the promise that ends when the method does, where several things are waited for.
    pub(crate) result: Option<DataId>,
    /// The section that is open, if one is.
    pub(crate) section: Option<SectionRecord>,
    /// What it said of itself when it began anew.
    pub(crate) checkpoint: Option<Value>,
    /// Why it does not go on, if something is wrong with it.
    pub(crate) parked: Option<Failure>,
    /// What it asked and was told.
    pub(crate) history: Vec<u8>,
    /// What has come for it and it has not been told, where it does not go on.
    pub(crate) come: Vec<u8>,
}

/// A section that is open while its method waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SectionRecord {
    /// Behind which entry of the history it begins.
    pub(crate) at: u32,
    /// The first block in which anybody may abort the method.
    pub(crate) until: u64,
    /// Keys of the subcontract that are locked.
    pub(crate) locks: Vec<(LockMode, Vec<u8>)>,
}

/// Promises of a method whose answers come together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Wait {
    pub(crate) number: u32,
    /// The block since which it waits, or since which NEAR waits once more.
    pub(crate) height: u64,
    pub(crate) promises: Vec<Awaited>,
    /// Whether the method is to be told that this is cancelled, whatever comes.
    pub(crate) is_cancelled: bool,
    /// The call that was spawned, where one is waited for; alone, then.
    pub(crate) child: Option<Child>,
    /// How the promise is settled by another execution; where not, answers from outside do.
    pub(crate) open: Option<Open>,
}

/// A promise that another execution settles.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Open {
    /// NEAR's name of it.
    pub(crate) data_id: DataId,
    /// The first block in which it is too late.
    pub(crate) deadline: u64,
    /// Whether it has been settled; the method has yet to be told.
    pub(crate) is_resumed: bool,
    /// Subcontracts that may settle it, beside its maker.
    pub(crate) resumers: Vec<String>,
}

impl FlowRecord {
    /// The method's frame.
    pub(super) fn frame(&self, id: &str) -> FrameRequest {
        FrameRequest {
            id: id.to_owned(),
            caller: Some(self.caller.clone()),
            deposit_yocto: self.deposit_yocto,
            method: self.method.clone(),
            args: self.args.clone(),
            way: Way::Call,
            call_way: CallWay::Call,
            gas: None,
        }
    }

    /// The record's bytes. Their number depends on neither the purse nor its state.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let waits = self.waits.iter().map(Wait::to_value).collect();
        let parked = self.parked.as_ref().map_or(Value::Null, failure_value);
        Value::Array(vec![
            Value::Number(VERSION),
            Value::Bytes(self.code_hash.to_vec()),
            Value::String(self.method.clone()),
            self.args.clone(),
            Value::String(self.caller.clone()),
            Value::Bytes(self.amounts()),
            Value::Bool(self.is_traced),
            number(u64::from(self.waits_made)),
            Value::Array(waits),
            Value::Bytes(self.result.map_or(Vec::new(), Vec::from)),
            self.section
                .as_ref()
                .map_or(Value::Null, SectionRecord::to_value),
            Value::Array(self.checkpoint.iter().cloned().collect()),
            parked,
            Value::Bytes(self.history.clone()),
            Value::Bytes(self.come.clone()),
        ])
        .to_bytes()
    }

    /// Numbers, each in so many bytes as its kind has.
    fn amounts(&self) -> Vec<u8> {
        let Purse {
            left_yocto,
            is_kept,
            kept_yocto,
        } = self.purse;
        let mut out = Vec::with_capacity(65);
        for amount in [self.deposit_yocto, left_yocto, kept_yocto] {
            out.extend_from_slice(&amount.to_be_bytes());
        }
        out.extend_from_slice(&self.height.to_be_bytes());
        out.extend_from_slice(&self.timestamp_ns.to_be_bytes());
        out.push(u8::from(is_kept));
        out
    }

    /// Reads what [`FlowRecord::to_bytes`] wrote.
    ///
    /// # Errors
    /// `E_CORRUPT`.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Result<Self, Failure> {
        Self::parse(bytes).ok_or_else(|| corrupt("the record of a flow"))
    }

    fn parse(bytes: &[u8]) -> Option<Self> {
        let Value::Array(fields) = Value::from_record(bytes).ok()? else {
            return None;
        };
        let fields: [Value; 15] = fields.try_into().ok()?;
        let [
            Value::Number(VERSION),
            Value::Bytes(code_hash),
            Value::String(method),
            args,
            Value::String(caller),
            Value::Bytes(amounts),
            Value::Bool(is_traced),
            waits_made,
            Value::Array(waits),
            Value::Bytes(result),
            section,
            Value::Array(checkpoint),
            parked,
            Value::Bytes(history),
            Value::Bytes(come),
        ] = fields
        else {
            return None;
        };
        let (yocto, rest) = amounts.split_first_chunk::<48>()?;
        let yocto = |at: usize| Some(u128::from_be_bytes(*yocto.get(at * 16..)?.first_chunk()?));
        let (height, rest) = rest.split_first_chunk::<8>()?;
        let (timestamp_ns, is_kept) = rest.split_first_chunk::<8>()?;
        Some(Self {
            code_hash: code_hash.try_into().ok()?,
            method,
            args,
            caller,
            deposit_yocto: yocto(0)?,
            purse: Purse {
                left_yocto: yocto(1)?,
                is_kept: *is_kept == [1],
                kept_yocto: yocto(2)?,
            },
            is_traced,
            height: u64::from_be_bytes(*height),
            timestamp_ns: u64::from_be_bytes(*timestamp_ns),
            waits_made: small(&waits_made)?,
            waits: waits.into_iter().map(Wait::parse).collect::<Option<_>>()?,
            result: match result.is_empty() {
                true => None,
                false => Some(result.try_into().ok()?),
            },
            section: match section {
                Value::Null => None,
                section => Some(SectionRecord::parse(&section)?),
            },
            checkpoint: checkpoint.into_iter().next(),
            parked: match parked {
                Value::Null => None,
                failure => Some(failure_of(failure)?),
            },
            history,
            come,
        })
    }
}

impl SectionRecord {
    /// Whether it holds any lock.
    pub(super) fn locks_keys(&self) -> bool {
        !self.locks.is_empty()
    }

    pub(super) fn to_value(&self) -> Value {
        let lock = |(mode, key): &(LockMode, Vec<u8>)| {
            let mark = [u8::from(*mode == LockMode::Write)];
            Value::Bytes([mark.as_slice(), key].concat())
        };
        let locks = self.locks.iter().map(lock).collect();
        let (at, until) = (number(u64::from(self.at)), number(self.until));
        Value::Array(vec![at, until, Value::Array(locks)])
    }

    pub(super) fn parse(value: &Value) -> Option<Self> {
        let Value::Array(items) = value else {
            return None;
        };
        let [at, until, Value::Array(locks)] = items.as_slice() else {
            return None;
        };
        let locks = locks.iter().map(|lock| match lock {
            Value::Bytes(lock) => match lock.split_first()? {
                (0, key) => Some((LockMode::Read, key.to_vec())),
                (_, key) => Some((LockMode::Write, key.to_vec())),
            },
            _ => None,
        });
        Some(Self {
            at: small(at)?,
            until: integer(until)?,
            locks: locks.collect::<Option<_>>()?,
        })
    }
}

impl Wait {
    fn to_value(&self) -> Value {
        let promise = |awaited: &Awaited| {
            let form = FORMS.iter().position(|form| *form == awaited.form);
            number(u64::from(awaited.number) * 4 + form.unwrap_or(0) as u64)
        };
        let child = self.child.iter().flat_map(|child| {
            let [id, flow] = [&child.id, &child.flow].map(|text| Value::String(text.clone()));
            [id, flow, Value::Bool(child.is_cancelled)]
        });
        let mut items = vec![
            number(u64::from(self.number)),
            Value::Bytes(self.height.to_be_bytes().to_vec()),
            Value::Array(self.promises.iter().map(promise).collect()),
            Value::Bool(self.is_cancelled),
            Value::Array(child.collect()),
        ];
        if let Some(open) = &self.open {
            items.push(Value::Bytes(open.data_id.to_vec()));
            items.push(number(open.deadline));
            items.push(Value::Bool(open.is_resumed));
            let resumers = open.resumers.iter().cloned().map(Value::String);
            items.push(Value::Array(resumers.collect()));
        }
        Value::Array(items)
    }

    fn parse(value: Value) -> Option<Self> {
        let Value::Array(items) = value else {
            return None;
        };
        let [
            of,
            Value::Bytes(height),
            Value::Array(promises),
            Value::Bool(is_cancelled),
            Value::Array(child),
            open @ ..,
        ] = items.as_slice()
        else {
            return None;
        };
        let promises = promises.iter().map(|promise| {
            let promise = integer(promise)?;
            let form = *FORMS.get((promise % 4) as usize)?;
            let number = u32::try_from(promise / 4).ok()?;
            Some(Awaited { number, form })
        });
        Some(Self {
            number: small(of)?,
            height: u64::from_be_bytes(height.as_slice().try_into().ok()?),
            promises: promises.collect::<Option<_>>()?,
            is_cancelled: *is_cancelled,
            child: match child.as_slice() {
                [] => None,
                [
                    Value::String(id),
                    Value::String(flow),
                    Value::Bool(is_cancelled),
                ] => Some(Child {
                    id: id.clone(),
                    flow: flow.clone(),
                    is_cancelled: *is_cancelled,
                }),
                _ => return None,
            },
            open: match open {
                [] => None,
                open => Some(Open::parse(open)?),
            },
        })
    }
}

impl Open {
    fn parse(items: &[Value]) -> Option<Self> {
        let [
            Value::Bytes(data_id),
            deadline,
            Value::Bool(is_resumed),
            Value::Array(resumers),
        ] = items
        else {
            return None;
        };
        let resumers = resumers.iter().map(|id| match id {
            Value::String(id) => Some(id.clone()),
            _ => None,
        });
        Some(Self {
            data_id: data_id.as_slice().try_into().ok()?,
            deadline: integer(deadline)?,
            is_resumed: *is_resumed,
            resumers: resumers.collect::<Option<_>>()?,
        })
    }
}

/// An amount as a value.
pub(super) fn amount_value(yocto: u128) -> Value {
    Value::Bytes(yocto.to_be_bytes().to_vec())
}

/// Reads what [`amount_value`] made.
pub(super) fn amount_of(value: &Value) -> Option<u128> {
    let Value::Bytes(bytes) = value else {
        return None;
    };
    Some(u128::from_be_bytes(bytes.as_slice().try_into().ok()?))
}

#[expect(clippy::cast_precision_loss, reason = "stays under 2^53")]
fn number(number: u64) -> Value {
    Value::Number(number as f64)
}

fn integer(value: &Value) -> Option<u64> {
    match value {
        Value::Number(number) => safe_integer(*number),
        _ => None,
    }
}

fn small(value: &Value) -> Option<u32> {
    u32::try_from(integer(value)?).ok()
}

#[cfg(test)]
#[path = "record_tests.rs"]
mod tests;
