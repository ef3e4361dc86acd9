//! Who takes part in the attacks of S01 to S13: a victim and a villain.
//!
//! In: their code. Out: both uploaded as anyone would, and what is found out about them afterwards.

use crate::defence::Line;
use conclave_tests::World;
use serde_json::{Value, json};

/// The subcontract that is attacked.
pub(crate) const BANK: &str = "bank@alice.near";
/// The subcontract that attacks.
pub(crate) const THIEF: &str = "thief@mallory.near";

/// What each code begins with. `soft` gives the code of an error instead of throwing it; `seen`
/// tells what is stored.
const HEAD: &str = "\
import { near, storage, call, view, after, contract, CallError } from 'conclave'
const bank = 'bank@alice.near', thief = 'thief@mallory.near'
const soft = f => { try { return f() } catch (error) { return error.code ?? error.name } }
export const seen = key => storage.get(key) ?? null
";

/// A defence of one line.
pub(crate) const fn line(file: &'static str, text: &'static str, without: &'static str) -> Line {
    Line {
        file,
        text,
        without,
    }
}

/// Uploads code under an id, behind [`HEAD`]; calls its `init` where it has one.
pub(crate) fn put(world: &mut dyn World, id: &str, code: &str) {
    let init = code.contains("export const init").then_some(Value::Null);
    let source = format!("{HEAD}{code}");
    world.upload(id, &source, init).value();
}

/// Uploads both.
pub(crate) fn stage(world: &mut dyn World, bank: &str, thief: &str) {
    put(world, BANK, bank);
    put(world, THIEF, thief);
}

/// What a method gives in a transaction of Mallory's.
#[track_caller]
pub(crate) fn asked(world: &mut dyn World, id: &str, method: &str, args: Value) -> Value {
    world.call("mallory.near", id, method, args).value()
}

/// What a subcontract has stored under a key.
#[track_caller]
pub(crate) fn seen(world: &dyn World, id: &str, key: &str) -> Value {
    world.view(id, "seen", json!(key)).value()
}
