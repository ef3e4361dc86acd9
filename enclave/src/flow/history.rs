//! The history of a flow: what its method asked the host for and was told, and what came for its
//! promises, in order. Bytes of docs/spec/state.md, "Flows".
//!
//! In: entries as they happen. Out: the same again, when the method runs once more from its
//! beginning. Knows neither JS nor the chain.

use crate::record::corrupt;
use conclave_abi::error::{Failure, Said};
use conclave_abi::value::Value;
use conclave_engine::port::Answer;

/// What a method was told: a value, nothing, or why not.
pub(crate) type Outcome = Result<Option<Value>, Failure>;

/// What a method asks the host for and what is therefore written down. The number is stored, and
/// never reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Op {
    Get = 1,
    Set = 2,
    Remove = 3,
    Has = 4,
    Keys = 5,
    Entries = 6,
    Count = 7,
    Log = 8,
    Balance = 9,
    Keep = 10,
    Transfer = 11,
    After = 12,
    Signer = 13,
    RandomSeed = 14,
    Grant = 15,
    Revoke = 16,
    Grants = 17,
    Call = 18,
    Outside = 19,
    Yield = 20,
    Resume = 21,
    BeginSection = 22,
    EndSection = 23,
    Send = 24,
    Spawn = 25,
    Cancel = 26,
    Tokens = 27,
}

/// What each [`Op`] is called, in the order of their numbers.
const NAMES: [&str; 27] = [
    "storage.get",
    "storage.set",
    "storage.remove",
    "storage.has",
    "storage.keys",
    "storage.entries",
    "storage.count",
    "near.log",
    "near.balance",
    "near.keep",
    "near.transfer",
    "after",
    "near.signer",
    "near.randomSeed",
    "near.grant",
    "near.revoke",
    "near.grants",
    "a call",
    "near.call",
    "near.yield",
    "near.resume",
    "the beginning of a section",
    "the end of a section",
    "near.send",
    "spawn",
    "cancel",
    "near.tokens",
];

fn name(op: u8) -> &'static str {
    let named = NAMES.get(usize::from(op).wrapping_sub(1));
    named.copied().unwrap_or("something unknown")
}

/// A question to the host: what, and with which arguments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Asked {
    pub(crate) op: u8,
    /// Tells arguments apart.
    pub(crate) mark: u32,
}

impl Asked {
    /// A question with arguments.
    pub(crate) fn new(op: Op, arguments: &[&[u8]]) -> Self {
        let mut mark = 2_166_136_261_u32;
        for argument in arguments {
            let bytes = argument.iter().copied().chain([0xff]);
            mark = bytes.fold(mark, |mark, byte| {
                (mark ^ u32::from(byte)).wrapping_mul(16_777_619)
            });
        }
        Self { op: op as u8, mark }
    }

    /// What authors call it.
    pub(crate) fn name(self) -> &'static str {
        name(self.op)
    }
}

/// The block that a method sees.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Block {
    pub(crate) height: u64,
    pub(crate) timestamp_ns: u64,
}

/// One thing that happened.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Entry {
    /// The method asked, and was told.
    Asked(Asked, Outcome),
    /// Something came for one of its promises.
    Answer(Answer),
    /// What it waited for with this promise is cancelled.
    Cancelled(u32),
    /// The method went on in another block.
    Block(Block),
}

mod kind {
    pub(super) const ASKED: u8 = 1;
    pub(super) const ANSWER: u8 = 2;
    pub(super) const BLOCK: u8 = 3;
    pub(super) const CANCELLED: u8 = 4;
    pub(super) const NOTHING: u8 = 0;
    pub(super) const VALUE: u8 = 1;
    pub(super) const FAILURE: u8 = 2;
}

/// Entries, and how far a method that runs again has come.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct History {
    bytes: Vec<u8>,
    at: usize,
    /// Entries before that place.
    passed: u32,
}

impl History {
    /// A history to be gone through again.
    pub(crate) fn of(bytes: Vec<u8>) -> Self {
        Self {
            bytes,
            at: 0,
            passed: 0,
        }
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// How many entries were gone through or written.
    pub(crate) fn passed(&self) -> u32 {
        self.passed
    }

    /// The next entry of those that were there at the beginning.
    ///
    /// # Errors
    /// `E_CORRUPT`.
    pub(crate) fn next(&mut self) -> Result<Option<Entry>, Failure> {
        let Some(rest) = self.bytes.get(self.at..).filter(|rest| !rest.is_empty()) else {
            return Ok(None);
        };
        let mut reader = rest;
        let entry = read(&mut reader).ok_or_else(|| corrupt("the history of a flow"))?;
        self.at = self.bytes.len() - reader.len();
        self.passed += 1;
        Ok(Some(entry))
    }

    /// Writes an entry behind all others, as gone through.
    pub(crate) fn push(&mut self, entry: &Entry) {
        let out = &mut self.bytes;
        match entry {
            Entry::Asked(Asked { op, mark }, outcome) => {
                out.extend_from_slice(&[kind::ASKED, *op]);
                out.extend_from_slice(&mark.to_be_bytes());
                put_outcome(out, outcome);
            }
            Entry::Answer(Answer { promise, outcome }) => {
                out.push(kind::ANSWER);
                out.extend_from_slice(&promise.to_be_bytes());
                put_outcome(out, &outcome.clone().map(Some));
            }
            Entry::Cancelled(promise) => {
                out.push(kind::CANCELLED);
                out.extend_from_slice(&promise.to_be_bytes());
            }
            Entry::Block(block) => {
                out.push(kind::BLOCK);
                out.extend_from_slice(&block.height.to_be_bytes());
                out.extend_from_slice(&block.timestamp_ns.to_be_bytes());
            }
        }
        self.at = self.bytes.len();
        self.passed += 1;
    }
}

fn put_outcome(out: &mut Vec<u8>, outcome: &Outcome) {
    let (kind, value) = match outcome {
        Ok(None) => return out.push(kind::NOTHING),
        Ok(Some(value)) => (kind::VALUE, value.to_bytes()),
        Err(failure) => (kind::FAILURE, failure_value(failure).to_bytes()),
    };
    out.push(kind);
    out.extend_from_slice(&(value.len() as u32).to_be_bytes());
    out.extend_from_slice(&value);
}

/// A failure as a value: its texts, and its path behind them.
pub(crate) fn failure_value(failure: &Failure) -> Value {
    let own = [
        &failure.code,
        &failure.name,
        &failure.message,
        &failure.stack,
    ];
    let texts = own.into_iter().chain(&failure.path).cloned();
    Value::Array(texts.map(Value::String).collect())
}

/// Reads what [`failure_value`] made.
pub(crate) fn failure_of(value: Value) -> Option<Failure> {
    let Value::Array(items) = value else {
        return None;
    };
    let mut texts = items.into_iter().map(|item| match item {
        Value::String(text) => Some(text),
        _ => None,
    });
    let mut text = || texts.next()?;
    let (code, name, message, stack) = (text()?, text()?, text()?, text()?);
    Some(Failure::from(Said {
        code,
        name,
        message,
        stack,
        path: texts.collect::<Option<_>>()?,
    }))
}

fn read(rest: &mut &[u8]) -> Option<Entry> {
    Some(match take::<1>(rest)? {
        [kind::ASKED] => {
            let [op] = take::<1>(rest)?;
            let mark = u32::from_be_bytes(take(rest)?);
            Entry::Asked(Asked { op, mark }, read_outcome(rest)?)
        }
        [kind::ANSWER] => {
            let promise = u32::from_be_bytes(take(rest)?);
            let outcome = match read_outcome(rest)? {
                Ok(value) => Ok(value?),
                Err(failure) => Err(failure),
            };
            Entry::Answer(Answer { promise, outcome })
        }
        [kind::CANCELLED] => Entry::Cancelled(u32::from_be_bytes(take(rest)?)),
        [kind::BLOCK] => Entry::Block(Block {
            height: u64::from_be_bytes(take(rest)?),
            timestamp_ns: u64::from_be_bytes(take(rest)?),
        }),
        _ => return None,
    })
}

fn read_outcome(rest: &mut &[u8]) -> Option<Outcome> {
    let [kind] = take::<1>(rest)?;
    if kind == kind::NOTHING {
        return Some(Ok(None));
    }
    let length = u32::from_be_bytes(take(rest)?) as usize;
    let (bytes, after) = rest.split_at_checked(length)?;
    *rest = after;
    let value = Value::from_record(bytes).ok()?;
    match kind {
        kind::VALUE => Some(Ok(Some(value))),
        kind::FAILURE => Some(Err(failure_of(value)?)),
        _ => None,
    }
}

fn take<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (bytes, after) = rest.split_first_chunk::<N>()?;
    *rest = after;
    Some(*bytes)
}

#[cfg(test)]
mod tests {
    use super::{Asked, Block, Entry, History, Op};
    use conclave_abi::error::{ErrorCode, Failure};
    use conclave_abi::value::Value;
    use conclave_engine::port::Answer;

    fn entries() -> Vec<Entry> {
        let mut failure = Failure::new(ErrorCode::Funds, "too little");
        failure.path = vec!["a@x.near".to_owned()];
        vec![
            Entry::Asked(Asked::new(Op::Get, &[b"k"]), Ok(Some(Value::Bool(true)))),
            Entry::Asked(Asked::new(Op::Set, &[b"k", b"v"]), Ok(None)),
            Entry::Asked(Asked::new(Op::Transfer, &[b"bob.near"]), Err(failure)),
            Entry::Block(Block {
                height: 7,
                timestamp_ns: 8,
            }),
            Entry::Answer(Answer {
                promise: 3,
                outcome: Ok(Value::String("x".to_owned())),
            }),
            Entry::Cancelled(4),
        ]
    }

    #[test]
    fn what_was_written_is_read_again_in_order() {
        let mut history = History::default();
        entries().iter().for_each(|entry| history.push(entry));
        assert_eq!(history.next(), Ok(None), "what is written is gone through");
        let mut again = History::of(history.bytes().to_vec());
        for entry in entries() {
            assert_eq!(again.next(), Ok(Some(entry)));
        }
        assert_eq!((again.next(), again.passed()), (Ok(None), 6));
    }

    #[test]
    fn a_cut_history_is_corrupt_and_never_panics() {
        let mut history = History::default();
        entries().iter().for_each(|entry| history.push(entry));
        let whole = history.bytes();
        for end in 0..whole.len() {
            let mut cut = History::of(whole[..end].to_vec());
            while let Ok(Some(_)) = cut.next() {}
        }
    }

    #[test]
    fn arguments_are_told_apart_also_where_they_join_alike() {
        let mark = |arguments: &[&[u8]]| Asked::new(Op::Set, arguments).mark;
        assert_ne!(mark(&[b"ab", b"c"]), mark(&[b"a", b"bc"]));
        assert_ne!(mark(&[b"a"]), mark(&[b"a", b""]));
    }
}
