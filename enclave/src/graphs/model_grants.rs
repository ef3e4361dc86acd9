//! What the model lets a subcontract read of another: every grant as it was given, looked through
//! from its first prefix to its last.

use super::model::Model;
use super::script::Grant;
use super::world::refused;
use conclave_abi::error::{ErrorCode, Failure};
use conclave_abi::key::Kind;
use conclave_abi::value::Value;
use conclave_engine::port::{Host, KeyRange, Page, Subject};

/// The record of a grant, by docs/spec/state.md.
pub(super) fn record(grant: &Grant) -> Vec<u8> {
    value(grant).to_bytes()
}

/// A grant as it is stored and shown.
fn value(grant: &Grant) -> Value {
    let form = Grant {
        prefixes: shown(&grant.prefixes),
        ..grant.clone()
    };
    form.said()
}

/// Whether a range asks for nothing that does not begin with a prefix.
fn is_inside(range: &KeyRange, prefix: &str) -> bool {
    let mut end = prefix.as_bytes().to_vec();
    let Some(last) = end.last_mut() else {
        return true;
    };
    *last += 1;
    let least = range.prefix.as_str().max(&range.from);
    let ends = || {
        range
            .to
            .as_ref()
            .is_some_and(|to| to.as_bytes() <= &end[..])
    };
    let is_empty = || !prefix.starts_with(&range.prefix);
    least.starts_with(prefix) && (range.prefix.starts_with(prefix) || ends() || is_empty())
}

impl Model<'_> {
    /// Whose storage is read.
    pub(super) fn readable(
        &self,
        subject: Subject<'_>,
        is_granted: &dyn Fn(&str) -> bool,
    ) -> Result<String, Failure> {
        let (reader, owner) = match subject {
            Subject::Own => return Ok(self.id()),
            Subject::Of(owner) => (self.id(), owner),
        };
        if owner == reader {
            return Ok(reader);
        }
        if super::BAD_IDS.contains(&owner) {
            return refused(ErrorCode::BadId);
        }
        let world = self.world.borrow();
        let Some(stored) = world.subcontracts.get(owner) else {
            return refused(ErrorCode::UnknownSubcontract);
        };
        let now_ms = self.block_timestamp_ns() / 1_000_000;
        let grant = stored.grants.get(&reader);
        let grant = grant.filter(|grant| grant.until_ms.is_none_or(|until| now_ms < until));
        match grant {
            Some(grant) if grant.prefixes.iter().any(|it| is_granted(it)) => Ok(owner.to_owned()),
            _ => refused(ErrorCode::NotGranted),
        }
    }

    pub(super) fn readable_range(
        &self,
        subject: Subject<'_>,
        range: &KeyRange,
    ) -> Result<String, Failure> {
        self.readable(subject, &|prefix| is_inside(range, prefix))
    }

    pub(super) fn readable_key(&self, subject: Subject<'_>, name: &str) -> Result<String, Failure> {
        self.readable(subject, &|prefix| name.starts_with(prefix))
    }

    pub(super) fn put(&self, peer: &str, said: &Value) -> Result<(), Failure> {
        check_id(peer)?;
        let grant = Grant::heard(peer, said);
        if grant.prefixes.is_empty() {
            return refused(ErrorCode::BadValue);
        }
        if grant.prefixes.len() > 16 || grant.prefixes.iter().any(|it| it.len() > 1_024) {
            return refused(ErrorCode::TooLarge);
        }
        self.note_written(Kind::Grants.key(peer));
        let mut world = self.world.borrow_mut();
        let grants = &mut world.of_mut(&self.id()).grants;
        grants.insert(peer.to_owned(), grant);
        Ok(())
    }

    pub(super) fn take_back(&self, peer: &str) -> Result<bool, Failure> {
        check_id(peer)?;
        let mut world = self.world.borrow_mut();
        let was_there = world.of_mut(&self.id()).grants.remove(peer).is_some();
        drop(world);
        if was_there {
            self.note_written(Kind::Grants.key(peer));
        }
        Ok(was_there)
    }

    pub(super) fn shown_grants(
        &self,
        from: &str,
        limit: u32,
    ) -> Result<Page<(String, Value)>, Failure> {
        if from.len() > 1_024 {
            return refused(ErrorCode::TooLarge);
        }
        let world = self.world.borrow();
        let mut later = world.of(&self.id()).grants.range(from.to_owned()..);
        let entry = |(peer, grant): (&String, &Grant)| (peer.clone(), value(grant));
        let items = later.by_ref().take(limit as usize).map(entry).collect();
        let next = later.next().map(|(peer, _)| peer.clone());
        Ok(Page { items, next })
    }
}

/// Prefixes in their order, without those that another one begins.
fn shown(prefixes: &[String]) -> Vec<String> {
    let mut shown: Vec<String> = Vec::new();
    for prefix in prefixes {
        let is_begun = |other: &String| other != prefix && prefix.starts_with(other.as_str());
        if !prefixes.iter().any(is_begun) && !shown.contains(prefix) {
            shown.push(prefix.clone());
        }
    }
    shown.sort();
    shown
}

fn check_id(id: &str) -> Result<(), Failure> {
    if super::BAD_IDS.contains(&id) {
        return refused(ErrorCode::BadId);
    }
    Ok(())
}
