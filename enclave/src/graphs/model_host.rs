//! The naive model as a [`Host`]: what each host function does to the world, in one or two lines.

use super::chain::{HEIGHT, SIGNER, is_rotten};
use super::model::{Model, check_names};
use super::world::refused;
use conclave_abi::error::{ErrorCode, Failure};
use conclave_abi::id::is_account;
use conclave_abi::key;
use conclave_abi::value::{BYTES_MAX, Value};
use conclave_engine::Program;
use conclave_engine::port::{
    AfterRequest, Anew, CallRequest, Gas, Guest, Host, KeyRange, Next, Order, OutsideRequest, Page,
    SectionRequest, Settlement, Subject, YieldRequest,
};
use std::rc::Rc;

/// Longest name in a storage.
const NAME_BYTES_MAX: usize = 1_024;
/// Most names of one listing.
const NAMES_MAX: usize = 1_000;
/// Bytes of values with which a page of entries ends.
const ENTRIES_BYTES_MAX: usize = 65_536;

impl Model<'_> {
    fn no_view(&self) -> Result<(), Failure> {
        let frames = self.frames.borrow();
        if frames.last().is_some_and(|frame| frame.call.is_view) {
            return refused(ErrorCode::View);
        }
        Ok(())
    }

    /// Refuses what would be more than the frame's share.
    fn check_share(&self, more: [usize; 4]) -> Result<(), Failure> {
        let frames = self.frames.borrow();
        let may = frames.last().expect("a frame is open").shared;
        let used = self.world.borrow().shared();
        if (0..4).any(|which| used[which] + more[which] > may[which]) {
            return refused(ErrorCode::TooLarge);
        }
        Ok(())
    }

    fn has(&self, id: &str, name: &str) -> bool {
        let world = self.world.borrow();
        world.of(id).values.contains_key(name)
    }

    pub(super) fn note_written(&self, key: Vec<u8>) {
        let place = (self.id(), key);
        self.world.borrow_mut().written.insert(place);
    }
}

fn check_name(name: &str) -> Result<(), Failure> {
    if name.len() > NAME_BYTES_MAX {
        return refused(ErrorCode::TooLarge);
    }
    Ok(())
}

impl Host for Model<'_> {
    fn spend(&self, fuel: u64) -> Result<(), Failure> {
        self.fuel.set(self.fuel.get().saturating_add(fuel));
        self.live()
    }

    fn afford(&self, gas: Gas) -> Result<(), Failure> {
        let frames = self.frames.borrow();
        let frame = frames.last().expect("a frame is open");
        if frame.is_dead || self.now().saturating_add(gas.0) > frame.deadline {
            return refused(ErrorCode::Gas);
        }
        Ok(())
    }

    fn path(&self) -> Vec<String> {
        self.ids()
    }

    fn balance(&self) -> Result<u128, Failure> {
        self.live()?;
        let world = self.world.borrow();
        let purse = world.purses.last().expect("a frame is open");
        Ok(world.of(&self.id()).balance_yocto + purse.left_yocto)
    }

    fn tokens(&self, _: &str) -> Result<u128, Failure> {
        self.live()?;
        Ok(0)
    }
    fn keep(&self, amount_yocto: Option<u128>) -> Result<u128, Failure> {
        self.live()?;
        self.no_view()?;
        self.world.borrow_mut().keep(&self.id(), amount_yocto)
    }

    fn transfer(&self, to: &str, amount_yocto: u128) -> Result<(), Failure> {
        self.live()?;
        self.no_view()?;
        if !is_account(to) {
            return refused(ErrorCode::BadId);
        }
        self.check_share([0, 0, 1, 0])?;
        let mut world = self.world.borrow_mut();
        world.take(&self.id(), amount_yocto)?;
        world.transfers.push((to.into(), amount_yocto));
        Ok(())
    }

    fn after(&self, request: AfterRequest) -> Result<(), Failure> {
        self.live()?;
        self.no_view()?;
        check_names(&request.call.id, &request.call.method, false)?;
        if let Some(reply) = &request.reply {
            check_names(&self.id(), reply, false)?;
        }
        self.check_share([0, 0, 0, 1])?;
        let mut world = self.world.borrow_mut();
        world.planned += 1;
        world.purse().planned.push(Rc::new(request));
        Ok(())
    }

    fn outside(&self, _: OutsideRequest) -> Result<u32, Failure> {
        refused(ErrorCode::Pending)
    }

    fn yield_now(&self, _: YieldRequest) -> Result<(u32, String), Failure> {
        refused(ErrorCode::Pending)
    }
    fn resume(&self, _: &str, _: &Value) -> Result<bool, Failure> {
        refused(ErrorCode::Pending)
    }
    fn spawn(&self, _: CallRequest) -> Result<u32, Failure> {
        refused(ErrorCode::Pending)
    }
    fn cancel(&self, _: u32) -> Result<(), Failure> {
        refused(ErrorCode::Pending)
    }
    fn is_cancelled(&self) -> bool {
        false
    }
    fn begin_section(&self, _: SectionRequest) -> Result<(), Failure> {
        refused(ErrorCode::Pending)
    }
    fn end_section(&self, _: Settlement) -> Result<(), Failure> {
        refused(ErrorCode::Pending)
    }
    fn checkpoint(&self) -> Result<Option<Value>, Failure> {
        refused(ErrorCode::Pending)
    }
    fn begin_anew(&self, _: Anew) -> Result<(), Failure> {
        refused(ErrorCode::Pending)
    }
    fn next(&self) -> Result<Next, Failure> {
        refused(ErrorCode::Pending)
    }

    fn savepoint(&self) {
        let world = self.world.borrow().clone();
        let mut frames = self.frames.borrow_mut();
        let frame = frames.last_mut().expect("a frame is open");
        frame.savepoints.push(world);
    }

    fn settle(&self, settlement: Settlement) {
        let mut frames = self.frames.borrow_mut();
        let frame = frames.last_mut().expect("a frame is open");
        match (frame.savepoints.pop(), settlement) {
            (Some(copy), Settlement::Undo) => {
                self.world.replace(copy);
            }
            (Some(_), Settlement::Keep) | (None, _) => {}
        }
    }

    fn caller(&self) -> Option<String> {
        let frames = self.frames.borrow();
        frames.last().expect("a frame is open").call.caller.clone()
    }

    fn signer(&self) -> Result<String, Failure> {
        self.outside()?;
        Ok(SIGNER.to_owned())
    }

    fn own_id(&self) -> String {
        self.id()
    }

    fn deposit(&self) -> u128 {
        let frames = self.frames.borrow();
        frames.last().expect("a frame is open").call.deposit_yocto
    }

    fn block_height(&self) -> u64 {
        HEIGHT
    }

    fn block_timestamp_ns(&self) -> u64 {
        1
    }

    fn random_seed(&self) -> Result<Vec<u8>, Failure> {
        self.outside()?;
        Ok(self.sha256(&HEIGHT.to_be_bytes())?.to_vec())
    }

    fn log(&self, text: &str) -> Result<(), Failure> {
        self.live()?;
        let line = format!("{}: {text}", self.id());
        self.check_share([1, line.len(), 0, 0])?;
        self.world.borrow_mut().logs.push(line.into());
        Ok(())
    }

    fn sha256(&self, bytes: &[u8]) -> Result<[u8; 32], Failure> {
        use sha2::{Digest, Sha256};
        Ok(Sha256::digest(bytes).into())
    }

    fn grant(&self, peer: &str, grant: Value) -> Result<(), Failure> {
        self.live()?;
        self.no_view()?;
        self.put(peer, &grant)
    }

    fn revoke(&self, peer: &str) -> Result<bool, Failure> {
        self.live()?;
        self.no_view()?;
        self.take_back(peer)
    }

    fn grants(&self, from: &str, limit: u32) -> Result<Page<(String, Value)>, Failure> {
        self.live()?;
        self.shown_grants(from, limit)
    }

    fn storage_get(&self, subject: Subject<'_>, name: &str) -> Result<Option<Value>, Failure> {
        self.live()?;
        check_name(name)?;
        let id = self.readable_key(subject, name)?;
        let world = self.world.borrow();
        let value = world.of(&id).values.get(name);
        if value.is_some_and(is_rotten) {
            return refused(ErrorCode::Corrupt);
        }
        Ok(value.cloned())
    }

    fn storage_set(&self, name: &str, value: &Value) -> Result<(), Failure> {
        self.live()?;
        self.no_view()?;
        check_name(name)?;
        if value.to_bytes().len() > BYTES_MAX {
            return refused(ErrorCode::TooLarge);
        }
        self.note_written(key::storage(name));
        let mut world = self.world.borrow_mut();
        let values = &mut world.of_mut(&self.id()).values;
        values.insert(name.to_owned(), value.clone());
        Ok(())
    }

    fn storage_remove(&self, name: &str) -> Result<bool, Failure> {
        self.live()?;
        self.no_view()?;
        check_name(name)?;
        let was_there = self.has(&self.id(), name);
        if was_there {
            self.note_written(key::storage(name));
            let mut world = self.world.borrow_mut();
            world.of_mut(&self.id()).values.remove(name);
        }
        Ok(was_there)
    }

    fn storage_has(&self, subject: Subject<'_>, name: &str) -> Result<bool, Failure> {
        self.live()?;
        check_name(name)?;
        Ok(self.has(&self.readable_key(subject, name)?, name))
    }

    fn storage_keys(
        &self,
        subject: Subject<'_>,
        range: &KeyRange,
    ) -> Result<Page<String>, Failure> {
        let Page { items, next } = self.listing(subject, range)?;
        let items = items.into_iter().map(|(name, _)| name).collect();
        Ok(Page { items, next })
    }

    fn storage_entries(
        &self,
        subject: Subject<'_>,
        range: &KeyRange,
    ) -> Result<Page<(String, Value)>, Failure> {
        let Page { items, mut next } = self.listing(subject, range)?;
        let (mut bytes, mut entries) = (0, Vec::<(String, Value)>::new());
        for (name, value) in items {
            if bytes >= ENTRIES_BYTES_MAX {
                next = match range.order {
                    Order::Ascending => Some(name),
                    Order::Descending => entries.last().map(|(name, _)| name.clone()),
                };
                break;
            }
            if is_rotten(&value) {
                return refused(ErrorCode::Corrupt);
            }
            bytes += value.to_bytes().len();
            entries.push((name, value));
        }
        let items = entries;
        Ok(Page { items, next })
    }

    fn storage_count(&self, subject: Subject<'_>, prefix: &str) -> Result<u64, Failure> {
        self.live()?;
        check_name(prefix)?;
        let id = self.readable_key(subject, prefix)?;
        let world = self.world.borrow();
        let names = world.of(&id).values.keys();
        Ok(names.filter(|name| name.starts_with(prefix)).count() as u64)
    }

    fn table(&self, record: usize) -> Result<&'static [u8], Failure> {
        Ok(&conclave_engine::tables::BYTES[conclave_engine::tables::place(record)])
    }

    fn source(&self, _: &[u8; 32]) -> Result<Program, Failure> {
        Ok((*self.chain.program).clone())
    }
    fn call(&self, guest: &mut dyn Guest, request: CallRequest) -> Result<Value, Failure> {
        self.live()?;
        self.run_nested(guest, request)
    }
}

impl Model<'_> {
    /// Names of a range with what lies under them, as many as one listing may have.
    fn listing(
        &self,
        subject: Subject<'_>,
        range: &KeyRange,
    ) -> Result<Page<(String, Value)>, Failure> {
        self.live()?;
        check_name(&range.prefix)?;
        check_name(&range.from)?;
        check_name(range.to.as_deref().unwrap_or_default())?;
        let id = self.readable_range(subject, range)?;
        let world = self.world.borrow();
        let wanted = |name: &&String| {
            name.starts_with(&range.prefix)
                && **name >= range.from
                && range.to.as_ref().is_none_or(|to| *name < to)
        };
        let own = world.of(&id);
        let mut names: Vec<&String> = own.values.keys().filter(wanted).collect();
        if range.order == Order::Descending {
            names.reverse();
        }
        let limit = NAMES_MAX.min(range.limit as usize).min(names.len());
        let (names, beyond) = names.split_at(limit);
        let next = beyond.first().copied().and_then(|first| match range.order {
            Order::Ascending => Some(first.clone()),
            Order::Descending => names.last().map(|last| (*last).clone()),
        });
        let entry = |name: &&String| ((*name).clone(), own.values[*name].clone());
        let items = names.iter().map(entry).collect();
        Ok(Page { items, next })
    }

    /// Refuses what nobody can answer in a view from outside.
    fn outside(&self) -> Result<(), Failure> {
        let is_dead = {
            let frames = self.frames.borrow();
            frames.last().expect("a frame is open").is_dead
        };
        match (is_dead, self.is_view) {
            (true, _) => refused(ErrorCode::Gas),
            (_, true) => refused(ErrorCode::View),
            _ => Ok(()),
        }
    }
}
