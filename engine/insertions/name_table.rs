//! The names of an object's properties, in the order in which they came.
//!
//! In: keys with the attributes of their slots. Out: where a key stands, and its slot. Up to
//! [`SCANNED`] names are looked through one by one, which takes less than to hash into a map, and
//! nothing has to be made for it; more have an index.

use hashbrown::HashTable;

use super::slot::{Slot, SlotAttributes};
use crate::property::PropertyKey;

/// Up to so many names there is no index.
const SCANNED: usize = 8;

/// One property.
#[derive(Debug, Clone)]
pub(crate) struct Named {
    pub(crate) key: PropertyKey,
    /// Where the value lies among the object's.
    index: u32,
    attributes: SlotAttributes,
    /// A part of the key's hash: other keys mostly differ in it.
    tag: u16,
}

impl Named {
    pub(crate) fn slot(&self) -> Slot {
        Slot { index: self.index, attributes: self.attributes }
    }
}

/// The internal representation of a property table.
#[derive(Default, Debug, Clone)]
pub(crate) struct PropertyTableInner {
    names: Vec<Named>,
    /// Where each name stands, if there were ever more than [`SCANNED`]; else nothing.
    index: HashTable<u32>,
}

impl PropertyTableInner {
    /// A table with room for so many names.
    pub(crate) fn with_capacity(capacity: usize) -> Self {
        Self { names: Vec::with_capacity(capacity), index: HashTable::new() }
    }

    /// How many names there are.
    pub(crate) fn len(&self) -> usize {
        self.names.len()
    }

    /// The property that came as the `place`-th.
    pub(crate) fn at(&self, place: usize) -> Option<&Named> {
        self.names.get(place)
    }

    /// Where a key stands, and its slot.
    pub(crate) fn find(&self, key: &PropertyKey) -> Option<(usize, Slot)> {
        let hash = key.hash32();
        let place = if self.index.is_empty() {
            let tag = hash as u16;
            self.names.iter().position(|named| named.tag == tag && named.key == *key)?
        } else {
            let is_it = |place: &u32| self.names[*place as usize].key == *key;
            *self.index.find(u64::from(hash), is_it)? as usize
        };
        Some((place, self.names[place].slot()))
    }

    /// All keys, strings before symbols.
    pub(crate) fn keys(&self) -> Vec<PropertyKey> {
        self.keys_cloned_n(self.names.len() as u32)
    }

    /// The first `n` keys, strings before symbols.
    pub(crate) fn keys_cloned_n(&self, n: u32) -> Vec<PropertyKey> {
        let first = &self.names[..self.names.len().min(n as usize)];
        let keys = first.iter().map(|named| &named.key);
        let strings = keys.clone().filter(|key| matches!(key, PropertyKey::String(_)));
        let symbols = keys.filter(|key| matches!(key, PropertyKey::Symbol(_)));
        strings.chain(symbols).cloned().collect()
    }

    /// A new table with the first `n` names, and room for one more.
    pub(crate) fn clone_count(&self, n: u32) -> Self {
        let n = self.names.len().min(n as usize);
        let mut names = Vec::with_capacity(n + 1);
        names.extend_from_slice(&self.names[..n]);
        let mut table = Self { names, index: HashTable::new() };
        table.make_index();
        table
    }

    /// Adds a name that isn't there.
    pub(crate) fn insert(&mut self, key: PropertyKey, attributes: SlotAttributes) {
        debug_assert!(self.find(&key).is_none());
        let slot = Slot::from_previous(self.names.last().map(Named::slot), attributes);
        let hash = key.hash32();
        let place = self.names.len() as u32;
        self.names.push(Named { key, index: slot.index, attributes, tag: hash as u16 });
        if self.index.is_empty() {
            self.make_index();
        } else {
            let names = &self.names;
            let rehash = |place: &u32| u64::from(names[*place as usize].key.hash32());
            self.index.insert_unique(u64::from(hash), place, rehash);
        }
    }

    /// Gives the property at a place other attributes of the same width, and the key's index nothing else.
    pub(crate) fn set_attributes(&mut self, place: usize, attributes: SlotAttributes) {
        self.names[place].attributes = attributes;
    }

    /// Takes a name out; those behind it stand one place before.
    pub(crate) fn remove(&mut self, place: usize) {
        let named = self.names.remove(place);
        let hash = u64::from(named.key.hash32());
        if let Ok(entry) = self.index.find_entry(hash, |at| *at as usize == place) {
            entry.remove();
        }
        if place != self.names.len() {
            for at in self.index.iter_mut().filter(|at| **at as usize > place) {
                *at -= 1;
            }
            self.renumber(place);
        }
    }

    /// Computes the slots anew of all properties from a place on.
    pub(crate) fn renumber(&mut self, from: usize) {
        let mut previous = from.checked_sub(1).map(|place| self.names[place].slot());
        for named in &mut self.names[from..] {
            let slot = Slot::from_previous(previous, named.attributes);
            named.index = slot.index;
            previous = Some(slot);
        }
    }

    fn make_index(&mut self) {
        if self.names.len() <= SCANNED {
            return;
        }
        let names = &self.names;
        let rehash = |place: &u32| u64::from(names[*place as usize].key.hash32());
        self.index = HashTable::with_capacity(names.len());
        for place in 0..names.len() as u32 {
            self.index.insert_unique(rehash(&place), place, rehash);
        }
    }
}
