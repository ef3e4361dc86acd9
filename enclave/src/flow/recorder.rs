//! The host of a method that may wait: what [`Recorder`] writes down, question by question.
//!
//! Frames further in ask the execution itself: what they give back is what the method was told.

use super::asked::Recorder;
use super::history::Op;
use super::told::{action_bytes, of_pairs, pairs, range_bytes, text, texts, whose};
use crate::platform::Platform;
use conclave_abi::error::Failure;
use conclave_abi::value::{Value, safe_integer};
use conclave_engine::Program;
use conclave_engine::port::{
    AfterRequest, Anew, Answers, CallRequest, Gas, Guest, Host, KeyRange, Next, OutsideRequest,
    Page, SectionRequest, Settlement, Subject, YieldRequest,
};

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
        Ok(match request.answer {
            Answers::None => 0,
            Answers::Json | Answers::Bytes => execution.promise_of_call(),
        })
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
        let number = execution.next_promise();
        Ok((number, told.map(text).unwrap_or_default()))
    }

    fn resume(&self, token: &str, value: &Value) -> Result<bool, Failure> {
        let arguments: [&[u8]; 2] = [token.as_bytes(), &value.to_bytes()];
        self.whether(Op::Resume, &arguments, &mut |execution| {
            execution.resume_promise(token, value)
        })
    }

    fn spawn(&self, request: CallRequest) -> Result<u32, Failure> {
        let execution = &*self.0;
        if !execution.is_flows_own() {
            return Err(execution.no_answer());
        }
        let args = request.args.to_bytes();
        let arguments: [&[u8]; 3] = [request.id.as_bytes(), request.method.as_bytes(), &args];
        self.done(Op::Spawn, &arguments, &mut |execution| {
            execution.plan_child(request.clone())
        })?;
        Ok(execution.promise_of_call())
    }

    fn cancel(&self, promise: u32) -> Result<(), Failure> {
        if !self.0.is_flows_own() {
            return Err(self.0.no_answer());
        }
        let number = promise.to_be_bytes();
        self.done(Op::Cancel, &[&number], &mut |execution| {
            execution.plan_cancel(promise);
            Ok(())
        })
    }

    fn is_cancelled(&self) -> bool {
        let execution = &*self.0;
        let flow = execution.flow.borrow();
        execution.is_flows_own() && flow.as_ref().is_some_and(|flow| flow.is_cancelled)
    }

    fn begin_section(&self, request: SectionRequest) -> Result<(), Failure> {
        if !self.0.is_flows_own() {
            return Err(self.0.no_answer());
        }
        let locks = request.locks.iter();
        let keys: Vec<_> = locks.map(|(_, key)| key.as_bytes()).collect();
        self.done(Op::BeginSection, &keys, &mut |execution| {
            execution.open_section(&request)
        })?;
        self.0.section_begun();
        Ok(())
    }

    fn end_section(&self, settlement: Settlement) -> Result<(), Failure> {
        if !self.0.is_flows_own() {
            return Err(self.0.no_answer());
        }
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
