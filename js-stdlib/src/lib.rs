//! What subcontracts import, as text: the JS that the engine evaluates once, at build time.
//!
//! Types for authors are beside it in `conclave.d.ts`.

/// A function from native functions to what `import … from 'conclave'` gives.
pub const CONCLAVE: &str = include_str!("conclave.js");

/// A function from native functions, and from what [`CONCLAVE`]'s gives, to what methods that wait use of
/// it.
pub const FLOWS: &str = include_str!("flows.js");

/// A function that makes an instance of a program, calls a method of it, and catches what that
/// throws.
pub const RUN: &str = include_str!("run.js");
