//! What a method asks and is told, as bytes and values: how it is marked and written down.

use conclave_abi::error::{ErrorCode, Failure};
use conclave_abi::value::Value;
use conclave_engine::port::{Gas, KeyRange, Order, OutsideAction, Page, Subject};

/// Whose storage, as bytes.
pub(super) fn whose<'a>(subject: &Subject<'a>) -> &'a [u8] {
    match subject {
        Subject::Own => b"",
        Subject::Of(id) => id.as_bytes(),
    }
}

/// A range as one argument.
pub(super) fn range_bytes(range: &KeyRange) -> Vec<u8> {
    let KeyRange {
        prefix,
        from,
        to,
        limit,
        order,
    } = range;
    let order = [u8::from(*order == Order::Descending)];
    let limit = limit.to_be_bytes();
    let to = to.as_deref().unwrap_or_default().as_bytes();
    [prefix.as_bytes(), from.as_bytes(), to, &limit, &order].join(&0xff)
}

/// An action as one argument.
pub(super) fn action_bytes(action: &OutsideAction) -> Vec<u8> {
    match action {
        OutsideAction::Transfer { amount_yocto } => amount_yocto.to_be_bytes().to_vec(),
        OutsideAction::Call {
            method,
            args,
            deposit_yocto,
            gas,
        } => {
            let gas = gas.map_or(0, |Gas(gas)| gas).to_be_bytes();
            let args = args.to_bytes();
            let parts: [&[u8]; 4] = [method.as_bytes(), &args, &deposit_yocto.to_be_bytes(), &gas];
            parts.join(&0xff)
        }
    }
}

pub(super) fn texts(items: Vec<String>) -> Vec<Value> {
    items.into_iter().map(Value::String).collect()
}

pub(super) fn text(value: Value) -> String {
    match value {
        Value::String(text) => text,
        _ => String::new(),
    }
}

pub(super) fn pairs(items: Vec<(String, Value)>) -> Vec<Value> {
    let pair = |(name, value)| Value::Array(vec![Value::String(name), value]);
    items.into_iter().map(pair).collect()
}

pub(super) fn pair(value: Value) -> (String, Value) {
    let Value::Array(items) = value else {
        return Default::default();
    };
    let mut items = items.into_iter();
    let name = items.next().map(text).unwrap_or_default();
    (name, items.next().unwrap_or_default())
}

pub(super) fn of_pairs(page: Page<Value>) -> Page<(String, Value)> {
    Page {
        items: page.items.into_iter().map(pair).collect(),
        next: page.next,
    }
}

/// The failure of a method that can't wait.
pub(super) fn cannot_wait(why: &str) -> Failure {
    Failure::new(ErrorCode::Pending, why)
}
