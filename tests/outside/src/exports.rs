//! The methods of the contract; what each does stands in the table of the crate.
#![allow(unsafe_code, reason = "an exported name is declared unsafe")]

use serde::de::DeserializeOwned;

use crate::near::{self, Seen};
use crate::request::{Add, Bytes, Call, Deep, Forgery};
use crate::{FAILS, MALFORMED, REFUSES};

#[unsafe(no_mangle)]
extern "C" fn echo() {
    near::value_return(&near::input());
}

#[unsafe(no_mangle)]
extern "C" fn bytes() {
    near::value_return(&arguments::<Bytes>().result());
}

#[unsafe(no_mangle)]
extern "C" fn deep() {
    near::value_return(&arguments::<Deep>().result());
}

#[unsafe(no_mangle)]
extern "C" fn nothing() {}

#[unsafe(no_mangle)]
extern "C" fn fail() {
    near::panic(FAILS);
}

#[unsafe(no_mangle)]
extern "C" fn refuse() {
    near::panic(REFUSES);
}

#[unsafe(no_mangle)]
extern "C" fn burn() {
    near::burn();
}

#[unsafe(no_mangle)]
extern "C" fn keep_and_fail() {
    near::call_self("fail", b"").answer();
}

#[unsafe(no_mangle)]
extern "C" fn add() {
    let count = near::counter().saturating_add(arguments::<Add>().by);
    near::set_counter(count);
    near::value_return(count.to_string().as_bytes());
}

#[unsafe(no_mangle)]
extern "C" fn get() {
    near::value_return(near::counter().to_string().as_bytes());
}

#[unsafe(no_mangle)]
extern "C" fn call_back() {
    near::call(&arguments::<Call>()).answer();
}

#[unsafe(no_mangle)]
extern "C" fn forge() {
    let Forgery { answer, call } = arguments();
    let answer = near::call_self("echo", answer.get().as_bytes());
    answer.then(&call).answer();
}

#[unsafe(no_mangle)]
extern "C" fn watch() {
    near::call(&arguments::<Call>()).then_self("seen").answer();
}

#[unsafe(no_mangle)]
extern "C" fn seen() {
    let answer: &[u8] = match near::seen() {
        Seen::None => b"\"none\"",
        Seen::Value => b"\"value\"",
        Seen::Failed => b"\"failed\"",
    };
    near::value_return(answer);
}

fn arguments<T: DeserializeOwned>() -> T {
    serde_json::from_slice(&near::input()).unwrap_or_else(|_| near::panic(MALFORMED))
}
