//! The contract's exports. The only place that panics: a failure ends the receipt here.
#![allow(unsafe_code, reason = "exported names are unsafe attributes")]

use crate::platform::near::{self, Near};
use crate::serve::{Export, serve};

fn run(export: Export) {
    if let Err(failure) = serve(export, Near) {
        near::fail(&failure.to_json());
    }
}

#[unsafe(no_mangle)]
extern "C" fn new() {
    run(Export::New);
}

#[unsafe(no_mangle)]
extern "C" fn upload() {
    run(Export::Upload);
}

#[unsafe(no_mangle)]
extern "C" fn call() {
    run(Export::Call);
}

#[unsafe(no_mangle)]
extern "C" fn view() {
    run(Export::View);
}

#[unsafe(no_mangle)]
extern "C" fn compile() {
    run(Export::Compile);
}

#[unsafe(no_mangle)]
extern "C" fn spawn() {
    run(Export::Spawn);
}

#[unsafe(no_mangle)]
extern "C" fn resume() {
    run(Export::Resume);
}

#[unsafe(no_mangle)]
extern "C" fn fail() {
    run(Export::Fail);
}

#[unsafe(no_mangle)]
extern "C" fn settle() {
    run(Export::Settle);
}

#[unsafe(no_mangle)]
extern "C" fn return_tokens() {
    run(Export::ReturnTokens);
}

#[unsafe(no_mangle)]
extern "C" fn expire() {
    run(Export::Expire);
}

#[unsafe(no_mangle)]
extern "C" fn retry() {
    run(Export::Retry);
}

#[unsafe(no_mangle)]
extern "C" fn abort() {
    run(Export::Abort);
}

#[unsafe(no_mangle)]
extern "C" fn flow() {
    run(Export::Flow);
}

#[unsafe(no_mangle)]
extern "C" fn flows() {
    run(Export::Flows);
}

#[unsafe(no_mangle)]
extern "C" fn ft_on_transfer() {
    run(Export::FtOnTransfer);
}

#[unsafe(no_mangle)]
extern "C" fn tables() {
    run(Export::Tables);
}

#[unsafe(no_mangle)]
extern "C" fn remove() {
    run(Export::Remove);
}

#[unsafe(no_mangle)]
extern "C" fn collect() {
    run(Export::Collect);
}

#[unsafe(no_mangle)]
extern "C" fn storage_bill() {
    run(Export::StorageBill);
}

#[unsafe(no_mangle)]
extern "C" fn subcontract() {
    run(Export::Subcontract);
}

#[unsafe(no_mangle)]
extern "C" fn subcontracts() {
    run(Export::Subcontracts);
}

#[unsafe(no_mangle)]
extern "C" fn state_root() {
    run(Export::StateRoot);
}

#[unsafe(no_mangle)]
extern "C" fn proof() {
    run(Export::Proof);
}

/// Run at build time by the pre-initialiser, which keeps the memory that it leaves.
#[unsafe(export_name = "wizer.initialize")]
extern "C" fn initialise() {
    conclave_engine::prepare();
}
