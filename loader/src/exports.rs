//! The methods of the contract: read the input, decide, answer or fail.
#![allow(unsafe_code, reason = "an exported name is declared unsafe")]

use serde_json::from_slice;

use crate::error::LoaderError;
use crate::near::{self, Near};
use crate::upload;

#[unsafe(no_mangle)]
extern "C" fn begin() {
    settle(argument().and_then(|request| upload::begin(&mut Near, request)));
}

#[unsafe(no_mangle)]
extern "C" fn put() {
    settle(upload::put(&mut Near, &near::input()));
}

#[unsafe(no_mangle)]
extern "C" fn status() {
    let status = settle(upload::status(&Near));
    match serde_json::to_string(&status) {
        Ok(text) => near::value_return(&text),
        Err(error) => near::panic(&error.to_string()),
    }
}

#[unsafe(no_mangle)]
extern "C" fn deploy() {
    settle(argument().and_then(|request| upload::deploy(&mut Near, &request)));
}

#[unsafe(no_mangle)]
extern "C" fn abort() {
    settle(upload::abort(&mut Near));
}

fn argument<T: serde::de::DeserializeOwned>() -> Result<T, LoaderError> {
    from_slice(&near::input()).map_err(|error| LoaderError::Argument(error.to_string()))
}

fn settle<T>(outcome: Result<T, LoaderError>) -> T {
    outcome.unwrap_or_else(|error| near::panic(&error.to_json()))
}
