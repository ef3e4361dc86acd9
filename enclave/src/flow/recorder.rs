//! [`Recorder`]: the host of a method that may wait. What the method asks is written down; when it
//! runs again, it is told the same, and nothing is done twice.
//!
//! Frames further in ask the execution itself: what they give back is what the method was told.

use super::history::{Asked, Entry, Op, Outcome};
use super::record::{amount_of, amount_value};
use super::told::{action_bytes, of_pairs, pairs, range_bytes, text, texts, whose};
use crate::execution::Execution;
use crate::platform::Platform;
use conclave_abi::error::Failure;
use conclave_abi::value::{Value, safe_integer};
use conclave_engine::Program;
use conclave_engine::port::{
    AfterRequest, Anew, Answers, CallRequest, Gas, Guest, Host, KeyRange, Next, OutsideRequest,
    Page, SectionRequest, Settlement, Subject, YieldRequest,
};
use std::rc::Rc;

/// An execution whose outermost frame may wait.
pub(crate) struct Recorder<P: Platform>(pub(crate) Rc<Execution<P>>);

/// Does what was asked, in the execution.
type Live<'a, P, T> = &'a mut dyn FnMut(&Execution<P>) -> Result<T, Failure>;

impl<P: Platform + 'static> Recorder<P> {
    /// Tells what was told before, or does it and writes it down.
    fn told(
        &self,
        op: Op,
        arguments: &[&[u8]],
        live: &mut dyn FnMut(&Execution<P>) -> Outcome,
    ) -> Outcome {
        let execution = &*self.0;
        if !execution.is_flows_own() {
            return live(execution);
        }
        execution.check_alive()?;
        let asked = Asked::new(op, arguments);
        let before = match &mut *execution.flow.borrow_mut() {
            Some(flow) => flow.told_before(asked),
            None => Ok(None),
        };
        match before {
            Ok(Some(outcome)) => {
                execution.do_again(op, &outcome, live);
                return outcome;
            }
            Ok(None) => {}
            Err(failure) => return Err(execution.end_frame_with(failure)),
        }
        let outcome = live(execution);
        if let Some(flow) = &mut *execution.flow.borrow_mut() {
            flow.history.push(&Entry::Asked(asked, outcome.clone()));
        }
        outcome
    }

    /// The same where nothing is told.
    fn done(&self, op: Op, arguments: &[&[u8]], live: Live<'_, P, ()>) -> Result<(), Failure> {
        let told = self.told(op, arguments, &mut |execution| {
            live(execution).map(|()| None)
        });
        told.map(drop)
    }

    /// The same where it is said whether.
    fn whether(
        &self,
        op: Op,
        arguments: &[&[u8]],
        live: Live<'_, P, bool>,
    ) -> Result<bool, Failure> {
        let told = self.told(op, arguments, &mut |execution| {
            Ok(Some(Value::Bool(live(execution)?)))
        })?;
        Ok(told == Some(Value::Bool(true)))
    }

    /// The same where an amount is told.
    fn amount(
        &self,
        op: Op,
        arguments: &[&[u8]],
        live: Live<'_, P, u128>,
    ) -> Result<u128, Failure> {
        let told = self.told(op, arguments, &mut |execution| {
            Ok(Some(amount_value(live(execution)?)))
        })?;
        Ok(told.as_ref().and_then(amount_of).unwrap_or(0))
    }

    /// The same where a part of a list is told: its items, and behind them where it goes on.
    fn page(
        &self,
        op: Op,
        arguments: &[&[u8]],
        live: Live<'_, P, Page<Value>>,
    ) -> Result<Page<Value>, Failure> {
        let told = self.told(op, arguments, &mut |execution| {
            let Page { mut items, next } = live(execution)?;
            items.push(next.map_or(Value::Null, Value::String));
            Ok(Some(Value::Array(items)))
        })?;
        let Some(Value::Array(mut items)) = told else {
            return Ok(Page {
                items: Vec::new(),
                next: None,
            });
        };
        let next = match items.pop() {
            Some(Value::String(next)) => Some(next),
            _ => None,
        };
        Ok(Page { items, next })
    }
}

impl<P: Platform + 'static> Host for Recorder<P> {
    fn spend(&self, fuel: u64) -> Result<(), Failure> {
        self.0.spend(fuel)
    }

    fn afford(&self, gas: Gas) -> Result<(), Failure> {
        self.0.afford(gas)
    }

    fn path(&self) -> Vec<String> {
        self.0.path()
    }

    fn balance(&self) -> Result<u128, Failure> {
        self.amount(Op::Balance, &[], &mut |execution| execution.balance())
    }

    fn tokens(&self, token: &str) -> Result<u128, Failure> {
        self.amount(Op::Tokens, &[token.as_bytes()], &mut |of| of.tokens(token))
    }

    fn keep(&self, amount_yocto: Option<u128>) -> Result<u128, Failure> {
        let amount = amount_yocto.map(u128::to_be_bytes);
        let argument = amount.as_ref().map_or(&[][..], |bytes| bytes);
        self.amount(Op::Keep, &[argument], &mut |execution| {
            execution.keep(amount_yocto)
        })
    }

    fn transfer(&self, to: &str, amount_yocto: u128) -> Result<(), Failure> {
        let arguments: [&[u8]; 2] = [to.as_bytes(), &amount_yocto.to_be_bytes()];
        self.done(Op::Transfer, &arguments, &mut |execution| {
            execution.transfer(to, amount_yocto)
        })
    }

    fn after(&self, request: AfterRequest) -> Result<(), Failure> {
        let call = &request.call;
        let args = call.args.to_bytes();
        let arguments: [&[u8]; 3] = [call.id.as_bytes(), call.method.as_bytes(), &args];
        self.done(Op::After, &arguments, &mut |execution| {
            execution.after(request.clone())
        })
    }

    fn outside(&self, request: OutsideRequest) -> Result<u32, Failure> {
        let execution = &*self.0;
        if !execution.is_flows_own() {
            return execution.outside(request);
        }
        let actions: Vec<_> = request.actions.iter().map(action_bytes).collect();
        let arguments = actions.iter().map(Vec::as_slice);
        let arguments: Vec<_> = arguments.chain([request.account.as_bytes()]).collect();
        let op = match request.answer {
            Answers::None => Op::Send,
            Answers::Json | Answers::Bytes => Op::Outside,
        };
        self.done(op, &arguments, &mut |execution| {
            execution.plan_outside(request.clone()).map(drop)
        })?;
        Ok(execution.next_promise(request.answer))
    }

    fn yield_now(&self, request: YieldRequest) -> Result<(u32, String), Failure> {
        let execution = &*self.0;
        if !execution.is_flows_own() {
            return Err(execution.no_answer());
        }
        let resumers: Vec<_> = request.resumers.iter().map(String::as_bytes).collect();
        let told = self.told(Op::Yield, &resumers, &mut |execution| {
            Ok(Some(Value::String(execution.open_promise(&request)?)))
        })?;
        let number = execution.next_promise(Answers::Json);
        Ok((number, told.map(text).unwrap_or_default()))
    }

    fn resume(&self, token: &str, value: &Value) -> Result<bool, Failure> {
        let arguments: [&[u8]; 2] = [token.as_bytes(), &value.to_bytes()];
        self.whether(Op::Resume, &arguments, &mut |execution| {
            execution.resume_promise(token, value)
        })
    }

    fn begin_section(&self, request: SectionRequest) -> Result<(), Failure> {
        let locks = request.locks.iter();
        let keys: Vec<_> = locks.map(|(_, key)| key.as_bytes()).collect();
        self.done(Op::BeginSection, &keys, &mut |execution| {
            execution.open_section(&request)
        })?;
        self.0.section_begun();
        Ok(())
    }

    fn end_section(&self, settlement: Settlement) -> Result<(), Failure> {
        let stays = [u8::from(settlement == Settlement::Keep)];
        self.done(Op::EndSection, &[&stays], &mut |execution| {
            execution.close_section(settlement)
        })
    }

    fn checkpoint(&self) -> Result<Option<Value>, Failure> {
        self.0.checkpoint_of_flow()
    }

    fn begin_anew(&self, anew: Anew) -> Result<(), Failure> {
        self.0.plan_anew(anew)
    }

    fn next(&self) -> Result<Next, Failure> {
        let next = self.0.next_of_flow();
        next.map_err(|failure| self.0.end_frame_with(failure))
    }

    fn savepoint(&self) {
        self.0.savepoint();
    }

    fn settle(&self, settlement: Settlement) {
        self.0.settle(settlement);
    }

    fn caller(&self) -> Option<String> {
        self.0.caller()
    }

    fn signer(&self) -> Result<String, Failure> {
        let told = self.told(Op::Signer, &[], &mut |execution| {
            Ok(Some(Value::String(execution.signer()?)))
        })?;
        Ok(told.map(text).unwrap_or_default())
    }

    fn own_id(&self) -> String {
        self.0.own_id()
    }

    fn deposit(&self) -> u128 {
        self.0.deposit()
    }

    fn block_height(&self) -> u64 {
        self.0.block_seen().height
    }

    fn block_timestamp_ns(&self) -> u64 {
        self.0.block_seen().timestamp_ns
    }

    fn random_seed(&self) -> Result<Vec<u8>, Failure> {
        let told = self.told(Op::RandomSeed, &[], &mut |execution| {
            Ok(Some(Value::Bytes(execution.seed_of_flow()?)))
        })?;
        match told {
            Some(Value::Bytes(seed)) => Ok(seed),
            _ => Ok(Vec::new()),
        }
    }

    fn log(&self, text: &str) -> Result<(), Failure> {
        self.done(Op::Log, &[text.as_bytes()], &mut |execution| {
            execution.log(text)
        })
    }

    fn sha256(&self, bytes: &[u8]) -> Result<[u8; 32], Failure> {
        self.0.sha256(bytes)
    }

    fn grant(&self, peer: &str, grant: Value) -> Result<(), Failure> {
        let arguments: [&[u8]; 2] = [peer.as_bytes(), &grant.to_bytes()];
        self.done(Op::Grant, &arguments, &mut |execution| {
            execution.grant(peer, grant.clone())
        })
    }

    fn revoke(&self, peer: &str) -> Result<bool, Failure> {
        self.whether(Op::Revoke, &[peer.as_bytes()], &mut |execution| {
            execution.revoke(peer)
        })
    }

    fn grants(&self, from: &str, limit: u32) -> Result<Page<(String, Value)>, Failure> {
        let arguments: [&[u8]; 2] = [from.as_bytes(), &limit.to_be_bytes()];
        let page = self.page(Op::Grants, &arguments, &mut |execution| {
            let Page { items, next } = execution.grants(from, limit)?;
            let items = pairs(items);
            Ok(Page { items, next })
        })?;
        Ok(of_pairs(page))
    }

    fn storage_get(&self, subject: Subject<'_>, key: &str) -> Result<Option<Value>, Failure> {
        self.told(
            Op::Get,
            &[whose(&subject), key.as_bytes()],
            &mut |execution| execution.storage_get(subject, key),
        )
    }

    fn storage_set(&self, key: &str, value: &Value) -> Result<(), Failure> {
        let arguments: [&[u8]; 2] = [key.as_bytes(), &value.to_bytes()];
        self.done(Op::Set, &arguments, &mut |execution| {
            execution.storage_set(key, value)
        })
    }

    fn storage_remove(&self, key: &str) -> Result<bool, Failure> {
        self.whether(Op::Remove, &[key.as_bytes()], &mut |execution| {
            execution.storage_remove(key)
        })
    }

    fn storage_has(&self, subject: Subject<'_>, key: &str) -> Result<bool, Failure> {
        self.whether(
            Op::Has,
            &[whose(&subject), key.as_bytes()],
            &mut |execution| execution.storage_has(subject, key),
        )
    }

    fn storage_keys(
        &self,
        subject: Subject<'_>,
        range: &KeyRange,
    ) -> Result<Page<String>, Failure> {
        let arguments: [&[u8]; 2] = [whose(&subject), &range_bytes(range)];
        let page = self.page(Op::Keys, &arguments, &mut |execution| {
            let Page { items, next } = execution.storage_keys(subject, range)?;
            let items = texts(items);
            Ok(Page { items, next })
        })?;
        Ok(Page {
            items: page.items.into_iter().map(text).collect(),
            next: page.next,
        })
    }

    fn storage_entries(
        &self,
        subject: Subject<'_>,
        range: &KeyRange,
    ) -> Result<Page<(String, Value)>, Failure> {
        let arguments: [&[u8]; 2] = [whose(&subject), &range_bytes(range)];
        let page = self.page(Op::Entries, &arguments, &mut |execution| {
            let Page { items, next } = execution.storage_entries(subject, range)?;
            let items = pairs(items);
            Ok(Page { items, next })
        })?;
        Ok(of_pairs(page))
    }

    fn storage_count(&self, subject: Subject<'_>, prefix: &str) -> Result<u64, Failure> {
        let arguments: [&[u8]; 2] = [whose(&subject), prefix.as_bytes()];
        #[expect(clippy::cast_precision_loss, reason = "a count stays under 2^53")]
        let told = self.told(Op::Count, &arguments, &mut |execution| {
            let count = execution.storage_count(subject, prefix)?;
            Ok(Some(Value::Number(count as f64)))
        })?;
        match told {
            Some(Value::Number(count)) => Ok(safe_integer(count).unwrap_or(0)),
            _ => Ok(0),
        }
    }

    fn source(&self, hash: &[u8; 32]) -> Result<Program, Failure> {
        self.0.source(hash)
    }

    fn table(&self, record: usize) -> Result<&'static [u8], Failure> {
        self.0.table(record)
    }

    fn call(&self, guest: &mut dyn Guest, request: CallRequest) -> Result<Value, Failure> {
        let args = request.args.to_bytes();
        let arguments: [&[u8]; 3] = [request.id.as_bytes(), request.method.as_bytes(), &args];
        let told = self.told(Op::Call, &arguments, &mut |execution| {
            execution.call(guest, request.clone()).map(Some)
        })?;
        Ok(told.unwrap_or_default())
    }
}
