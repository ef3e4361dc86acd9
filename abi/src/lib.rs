//! Wire types shared by the contract, the local chain and the command line.
//!
//! Requests and results as JSON, values as bytes, names of subcontracts, codes of errors.
//! Nothing here touches a chain, a store or a JS engine.

pub mod element;
pub mod error;
pub mod id;
pub mod json;
pub mod key;
pub mod loader;
pub mod request;
pub mod tokens;
pub mod value;
