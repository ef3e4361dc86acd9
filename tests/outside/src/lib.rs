//! The instrument: a contract of an outside account that answers as badly as a stranger's can.
//!
//! Tests deploy it beside the enclave. In: what follows, JSON but for `echo`. Out: one answer, chosen by
//! the caller. It knows nothing of the enclave, and holds no promise: who calls it must survive it.
//!
//! | method | arguments | what it does |
//! |---|---|---|
//! | `echo` | any bytes | returns them unchanged: whatever a hostile result may be |
//! | `bytes` | `{n, byte}` | returns `n` times `byte`; NEAR ends a result of more than 4 MiB |
//! | `deep` | `{n}` | returns `n` times `[`, then `n` times `]` |
//! | `nothing` | – | ends without a result |
//! | `fail` | – | panics with [`FAILS`] |
//! | `refuse` | – | panics with [`REFUSES`]; what came with the call goes back |
//! | `burn` | – | runs until its gas is gone |
//! | `keep_and_fail` | – | keeps what came with the call, and answers by a promise to its own `fail`: a failure that gave nothing back |
//! | `add` | `{by}` | adds to a counter and returns it |
//! | `get` | – | returns the counter, so how often `add` was called |
//! | `call_back` | a [`Call`] | calls that method with those arguments and answers by that promise: a forged callback |
//! | `forge` | `{answer, call}` | calls that method behind its own `echo` of the answer: a callback with a forged answer |
//! | `watch` | a [`Call`] | calls that method and answers by `seen`, its callback |
//! | `seen` | – | returns what became of the promise before it: `"value"`, `"failed"`, or `"none"` where there is none |
//!
//! `call_back` and `watch` send along what came with the call.
//! A text that can't be read as the arguments is [`MALFORMED`].

#[cfg(target_arch = "wasm32")]
mod exports;
#[cfg(target_arch = "wasm32")]
mod near;
pub mod request;

pub use request::Call;

/// With what `fail` panics.
pub const FAILS: &str = "the instrument fails as asked";
/// With what `refuse` panics.
pub const REFUSES: &str = "the instrument refuses what came with the call";
/// With what a method panics that can't read its arguments.
pub const MALFORMED: &str = "the instrument can't read its arguments";
