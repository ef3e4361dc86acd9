//! Frames, money, gas and planned calls with a scripted guest: no JS runs.

use super::{Execution, Mode};
use crate::bill::YOCTO_PER_BYTE;
use crate::frame::{FrameRequest, Way};
use crate::platform::memory::{Effects, Memory, Pairs, Surroundings};
use crate::record::AccountPayload;
use conclave_abi::error::{ErrorCode, Failure};
use conclave_abi::key;
use conclave_abi::value::Value;
use conclave_engine::port::{
    AfterRequest, CallRequest, CallWay, Gas, Guest, Host, On, Run, Settlement, Subject,
};
use conclave_engine::{Compiled, Program};
use std::cell::RefCell;
use std::rc::Rc;

const A: &str = "a@x.near";
const B: &str = "b@x.near";

/// What every outermost frame gets.
const DEPOSIT: u128 = 10u128.pow(24);

fn to(id: &str, method: &str) -> CallRequest {
    CallRequest {
        id: id.to_owned(),
        method: method.to_owned(),
        args: Value::Null,
        gas: None,
        deposit_yocto: 0,
        way: CallWay::Call,
    }
}

/// Runs methods by name, against the execution itself.
struct Scripted<'a>(&'a Execution<Memory>);

impl Guest for Scripted<'_> {
    fn run(&mut self, run: Run<'_>) -> Result<Value, Failure> {
        let Self(host) = *self;
        host.storage_set("entered", &Value::String(run.method.to_owned()))?;
        match run.method {
            "fail" => Err(Failure::new(ErrorCode::Throw, "no")),
            "call" => host.call(self, to(B, "return")),
            "call_failing" => host.call(self, to(B, "fail")),
            "catch" => {
                let caught = host.call(self, to(B, "fail")).expect_err("it fails");
                assert_eq!(caught.path, [A, B]);
                host.storage_set("after", &Value::String(host.own_id()))?;
                host.log(&host.caller().unwrap_or_default())?;
                Ok(Value::Null)
            }
            "back" => host.call(self, to(A, "return")),
            "call_back" => host.call(self, to(B, "back")),
            "capped" => {
                let gas = Some(Gas(5_000_000_000_000));
                let call = CallRequest {
                    gas,
                    ..to(B, "burn")
                };
                let failure = host.call(self, call).expect_err("too little gas");
                assert!(failure.is(ErrorCode::Gas), "{failure:?}");
                host.spend(1)?;
                Ok(Value::Null)
            }
            "capped_writes" => {
                let gas = Some(Gas(5_000_000_000_000));
                let call = CallRequest {
                    gas,
                    ..to(B, "write_much")
                };
                let failure = host.call(self, call).expect_err("too little gas");
                assert!(failure.is(ErrorCode::Gas), "{failure:?}");
                Ok(Value::Null)
            }
            "write_much" => {
                host.savepoint();
                let mut keys = (0..99).map(|index| index.to_string());
                assert!(keys.any(|key| host.storage_set(&key, &Value::Null).is_err()));
                host.settle(Settlement::Undo);
                assert!(host.spend(1).is_err(), "a dead frame stays dead");
                Ok(Value::Null)
            }
            "burn" => {
                assert!(host.spend(1_000_000).is_err());
                assert!(host.storage_has(Subject::Own, "entered").is_err());
                Ok(Value::Null)
            }
            "pay" => {
                let call = CallRequest {
                    deposit_yocto: 30,
                    ..to(B, "keep_ten")
                };
                host.call(self, call)?;
                host.savepoint();
                host.keep(None)?;
                host.transfer("bob.near", 5)?;
                host.settle(Settlement::Undo);
                host.transfer("bob.near", 5)?;
                let failure = host.transfer("bob.near", DEPOSIT).expect_err("too little");
                assert!(failure.is(ErrorCode::Funds));
                Ok(Value::Null)
            }
            "keep_ten" => {
                assert_eq!((host.deposit(), host.balance()?), (30, 30));
                host.keep(Some(10))?;
                Ok(Value::Null)
            }
            "plan" => {
                for (method, on) in [("return", On::Always), ("fail", On::Error)] {
                    let call = to(B, method);
                    let reply = Some("told".to_owned());
                    host.after(AfterRequest { call, on, reply })?;
                }
                host.log("planned")?;
                Ok(Value::Null)
            }
            "told" => {
                assert_eq!(host.caller().as_deref(), Some(A));
                let Value::Object(fields) = run.args else {
                    panic!("an object");
                };
                host.log(&format!("{:?}", fields[2].1))?;
                Ok(Value::Null)
            }
            "plan_failing" => {
                let call = to(B, "fail");
                let (on, reply) = (On::Success, None);
                host.after(AfterRequest { call, on, reply })?;
                Ok(Value::Null)
            }
            "plan_burning" | "plan_broken" => {
                let method = run.method.trim_start_matches("plan_");
                let (call, on) = (to(B, method), On::Always);
                let reply = None;
                host.after(AfterRequest { call, on, reply })?;
                Ok(Value::Null)
            }
            "burning" => host.spend(u64::MAX).map(|()| Value::Null),
            "broken" => Err(Failure::new(ErrorCode::Corrupt, "broken")),
            "look" => {
                let call = CallRequest {
                    way: CallWay::View,
                    ..to(B, "return")
                };
                host.call(self, call)
            }
            _ => Ok(Value::String(host.caller().unwrap_or_default())),
        }
    }

    fn compile(
        &mut self,
        _: &str,
        source: &str,
        hash: [u8; 32],
    ) -> Result<(Program, Compiled), Failure> {
        let program = Program::new(source, hash)?;
        let compiled = Compiled::new(&program, &[]);
        Ok((program, compiled))
    }

    fn parse(&mut self, _: &str, _: &Program) -> Result<(), Failure> {
        Ok(())
    }
}

fn execution() -> Execution<Memory> {
    let execution = Execution::new(
        Memory {
            pairs: Pairs::default(),
            surroundings: Surroundings {
                predecessor: "x.near".to_owned(),
                signer: "x.near".to_owned(),
                deposit: 0,
                balance: 0,
                block_height: 1,
                block_timestamp_ns: 1,
            },
            input: Vec::new(),
            results: Vec::new(),
            effects: Rc::new(RefCell::new(Effects::default())),
        },
        Mode::Change,
    );
    for id in [A, B] {
        let payload = AccountPayload {
            owner: "x.near".to_owned(),
            code_hash: [0; 32],
            code_bytes: 0,
            billed_code_bytes: 0,
            billed_bytes: 0,
            enclave_bytes: 0,
            balance_yocto: 0,
            locks: 0,
        };
        let mut journal = execution.journal.borrow_mut();
        journal.set_account(id, payload.to_bytes());
        let program = Program::new("", [0; 32]).expect("an empty source");
        let program = Rc::new(Compiled::new(&program, &[]));
        let mut programs = execution.programs.borrow_mut();
        programs.insert(id.to_owned(), program);
    }
    execution
}

fn run(execution: &Execution<Memory>, method: &str) -> Result<Value, Failure> {
    let request = FrameRequest {
        id: A.to_owned(),
        caller: Some("x.near".to_owned()),
        deposit_yocto: DEPOSIT,
        method: method.to_owned(),
        args: Value::Null,
        way: Way::Call,
        call_way: CallWay::Call,
        gas: None,
    };
    execution.run_frame(&mut Scripted(execution), request)
}

/// Names written to a subcontract's storage.
fn written(execution: &Execution<Memory>, id: &str) -> Vec<String> {
    let journal = execution.journal.borrow();
    let values = &journal.of_subcontract(id).expect("a program").values;
    let names = values.keys().filter_map(|key| key::storage_name(key));
    names.map(str::to_owned).collect()
}

#[test]
fn a_callee_sees_its_caller_and_writes_under_its_own_id() {
    let execution = execution();
    assert_eq!(run(&execution, "call"), Ok(Value::String(A.to_owned())));
    assert_eq!(written(&execution, A), ["entered"]);
    assert_eq!(written(&execution, B), ["entered"]);
}

#[test]
fn a_caught_failure_leaves_the_callers_frame_and_writes() {
    let execution = execution();
    run(&execution, "catch").expect("caught");
    assert_eq!(written(&execution, A), ["after", "entered"]);
    assert!(written(&execution, B).is_empty());
    let logs = execution.journal.take().commit().logs;
    assert_eq!(logs, ["a@x.near: x.near"]);
}

#[test]
fn an_uncaught_failure_undoes_both_frames_and_names_the_path() {
    let execution = execution();
    let failure = run(&execution, "call_failing").expect_err("uncaught");
    assert_eq!(failure.path, [A, B]);
    assert!(written(&execution, A).is_empty() && written(&execution, B).is_empty());
    assert!(execution.frames.borrow().path().is_empty());
}

#[test]
fn a_frame_that_runs_is_not_entered_again() {
    let execution = execution();
    let failure = run(&execution, "call_back").expect_err("reentry");
    assert!(failure.is(ErrorCode::Reentry));
    assert_eq!(failure.path, [A, B, A]);
}

#[test]
fn a_capped_frame_dies_alone_and_stays_dead() {
    let execution = execution();
    run(&execution, "capped").expect("caught");
    assert!(written(&execution, B).is_empty());
}

#[test]
fn what_a_callee_does_not_keep_goes_back_and_a_savepoint_undoes_money() {
    let execution = execution();
    run(&execution, "pay").expect("paid");
    let journal = execution.journal.borrow();
    assert_eq!(
        (journal.balance(A), journal.balance(B)),
        (Some(20), Some(10))
    );
    assert_eq!(journal.used().transfers, 1);
    let billed = [A, B].map(|id| journal.billed(id).bytes.unsigned_abs());
    let storage = u128::from(billed.iter().sum::<u64>()) * YOCTO_PER_BYTE;
    assert!(billed.iter().all(|bytes| *bytes > 0));
    assert_eq!(execution.left_yocto.get(), DEPOSIT - 35 - storage);
}

#[test]
fn planned_calls_run_in_order_when_the_method_has_returned() {
    let execution = execution();
    run(&execution, "plan").expect("both outcomes are taken");
    let logs = execution.journal.take().commit().logs;
    assert_eq!(
        logs,
        [
            "a@x.near: planned",
            "a@x.near: Bool(true)",
            "a@x.near: Bool(false)"
        ]
    );
}

#[test]
fn a_planned_call_whose_failure_is_not_taken_fails_its_planner() {
    let execution = execution();
    let failure = run(&execution, "plan_failing").expect_err("not taken");
    assert_eq!(failure.path, [A, B]);
    assert!(written(&execution, A).is_empty() && written(&execution, B).is_empty());
}

/// A planned call burnt all gas, and `on` took its failure: the planner, whose gas it was, went on
/// past its deadline. Its gas is looked at after each planned call now.
#[test]
fn a_planner_whose_planned_call_burnt_its_gas_has_failed() {
    let failure = run(&execution(), "plan_burning").expect_err("its own gas");
    assert!(failure.is(ErrorCode::Gas), "{failure:?}");
    assert_eq!(failure.path, [A]);
}

/// A planned call met state that can't be read, and `on` took that as any failure. What is broken
/// goes on to the receipt's end now, as it does past a `catch`.
#[test]
fn broken_state_is_not_taken_by_a_planner() {
    let failure = run(&execution(), "plan_broken").expect_err("broken");
    assert!(failure.is(ErrorCode::Corrupt), "{failure:?}");
}

#[test]
fn a_view_frame_can_not_write() {
    let failure = run(&execution(), "look").expect_err("it writes");
    assert!(failure.is(ErrorCode::View));
}

#[test]
fn undoing_effects_does_not_bring_a_dead_frame_back() {
    run(&execution(), "capped_writes").expect("caught");
}
