//! Sorted maps under keys of bytes: one order for all of them, whatever they hold.
//!
//! In: pairs in any order, each key once. Out: the same in ascending order of the keys' bytes. A map of the
//! standard library is compiled anew for each pair of types, 4 KB that every call would pay for; here what
//! is compiled anew only reaches into a list, and the order knows no types.

use alloc::vec::Vec;
use core::cmp::Ordering;
use core::fmt;

/// Most places in one run. Reason: to insert one moves those behind it, which is a few hundred bytes then.
const RUN_PLACES_MAX: usize = 128;

/// A map from keys to values, in ascending order of the keys' bytes.
///
/// # Cost
/// To find a key takes as many comparisons as the logarithm of their number.
#[derive(Clone)]
pub struct SortedMap<K, V> {
    order: Order,
    /// The pairs; `None` where one was removed.
    pairs: Vec<Option<(K, V)>>,
}

/// Where pairs lie in their list, in the order of their keys: runs, none of them empty.
#[derive(Clone, Default)]
struct Order {
    runs: Vec<Vec<u32>>,
    len: usize,
    /// Places whose pair was removed.
    free: Vec<u32>,
}

/// A place in the order: a run, and a place in it. The end is the run after the last.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Rank {
    run: usize,
    at: usize,
}

/// Pairs of a map in ascending order, from either end.
pub struct Iter<'a, K, V> {
    map: &'a SortedMap<K, V>,
    front: Rank,
    back: Rank,
}

/// All pairs of a map in ascending order.
pub struct IntoIter<K, V> {
    places: alloc::vec::IntoIter<u32>,
    pairs: Vec<Option<(K, V)>>,
}

impl<K: AsRef<[u8]>, V> SortedMap<K, V> {
    /// Returns an empty map.
    pub const fn new() -> Self {
        Self {
            order: Order::new(),
            pairs: Vec::new(),
        }
    }

    /// Returns how many pairs there are.
    pub fn len(&self) -> usize {
        self.order.len
    }

    /// Tells whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns the value under a key.
    pub fn get(&self, key: impl AsRef<[u8]>) -> Option<&V> {
        let rank = self.find(key.as_ref()).ok()?;
        self.pair(rank).map(|(_, value)| value)
    }

    /// Returns the value under a key, to be changed.
    pub fn get_mut(&mut self, key: impl AsRef<[u8]>) -> Option<&mut V> {
        let rank = self.find(key.as_ref()).ok()?;
        self.value_mut(rank)
    }

    /// Tells whether there is a value under a key.
    pub fn contains_key(&self, key: impl AsRef<[u8]>) -> bool {
        self.find(key.as_ref()).is_ok()
    }

    /// Puts a value under a key, and returns the one that was there.
    pub fn insert(&mut self, key: K, value: V) -> Option<V> {
        match self.find(key.as_ref()) {
            Ok(rank) => {
                let before = self.value_mut(rank)?;
                Some(core::mem::replace(before, value))
            }
            Err(rank) => {
                self.put(rank, key, value);
                None
            }
        }
    }

    /// Removes the value under a key, and returns it.
    pub fn remove(&mut self, key: impl AsRef<[u8]>) -> Option<V> {
        let rank = self.find(key.as_ref()).ok()?;
        let place = self.order.remove(rank);
        let (_, value) = self.pairs.get_mut(place as usize)?.take()?;
        Some(value)
    }

    /// Returns the value under a key, which is the default one where there was none.
    pub fn or_default(&mut self, key: K) -> &mut V
    where
        V: Default,
    {
        let rank = match self.find(key.as_ref()) {
            Ok(rank) => rank,
            Err(rank) => self.put(rank, key, V::default()),
        };
        let value = self.value_mut(rank);
        value.expect("invariant: each place in the order has a pair")
    }

    /// Walks all pairs.
    pub fn iter(&self) -> Iter<'_, K, V> {
        let (front, back) = (Rank { run: 0, at: 0 }, self.order.end());
        let map = self;
        Iter { map, front, back }
    }

    /// Walks all keys.
    pub fn keys(&self) -> impl Iterator<Item = &K> {
        self.iter().map(|(key, _)| key)
    }

    /// Walks all values.
    pub fn values(&self) -> impl Iterator<Item = &V> {
        self.iter().map(|(_, value)| value)
    }

    /// Walks the pairs from a key on, and below another, if there is one.
    pub fn range(&self, low: &[u8], high: Option<&[u8]>) -> Iter<'_, K, V> {
        let place = |key: &[u8]| {
            self.order
                .upright(self.find(key).unwrap_or_else(|rank| rank))
        };
        Iter {
            map: self,
            front: place(low),
            back: high.map_or_else(|| self.order.end(), place),
        }
    }

    /// Where a key stands, or would.
    fn find(&self, key: &[u8]) -> Result<Rank, Rank> {
        self.order.find(&|place| {
            let pair = self.pairs.get(place as usize).and_then(Option::as_ref);
            pair.map_or(Ordering::Less, |(known, _)| known.as_ref().cmp(key))
        })
    }

    /// Puts a new pair where its key belongs; returns where it stands.
    fn put(&mut self, rank: Rank, key: K, value: V) -> Rank {
        let place = self.order.insert(rank, self.pairs.len());
        match self.pairs.get_mut(place) {
            Some(pair) => *pair = Some((key, value)),
            None => self.pairs.push(Some((key, value))),
        }
        self.order.split(rank)
    }

    fn pair(&self, rank: Rank) -> Option<&(K, V)> {
        let place = self.order.place(rank)?;
        self.pairs.get(place)?.as_ref()
    }

    fn value_mut(&mut self, rank: Rank) -> Option<&mut V> {
        let place = self.order.place(rank)?;
        let (_, value) = self.pairs.get_mut(place)?.as_mut()?;
        Some(value)
    }
}

impl Order {
    const fn new() -> Self {
        Self {
            runs: Vec::new(),
            len: 0,
            free: Vec::new(),
        }
    }

    /// Where stands what compares as equal, or would.
    #[inline(never)]
    fn find(&self, compare: &dyn Fn(u32) -> Ordering) -> Result<Rank, Rank> {
        // What is above everything belongs into the last run, which most maps have alone.
        let run = match self.runs.as_slice() {
            [] | [_] => 0,
            [before @ .., _] => before.partition_point(|run| {
                let last = run.last();
                last.is_some_and(|last| compare(*last).is_lt())
            }),
        };
        let places = self.runs.get(run).map_or(&[][..], Vec::as_slice);
        match places.binary_search_by(|place| compare(*place)) {
            Ok(at) => Ok(Rank { run, at }),
            Err(at) => Err(Rank { run, at }),
        }
    }

    /// Makes room in the order; returns which place of the list is for the pair.
    #[inline(never)]
    fn insert(&mut self, rank: Rank, pairs: usize) -> usize {
        let place = self.free.pop().unwrap_or(pairs as u32);
        self.len += 1;
        if let Some(run) = self.runs.get_mut(rank.run) {
            run.insert(rank.at, place);
        } else {
            self.runs.push(Vec::from([place]));
        }
        place as usize
    }

    /// Halves a run that became too long; returns where stands what stood at a rank.
    #[inline(never)]
    fn split(&mut self, rank: Rank) -> Rank {
        let run = self.runs.get_mut(rank.run);
        let Some(run) = run.filter(|run| run.len() > RUN_PLACES_MAX) else {
            return rank;
        };
        // Keys that come in ascending order leave full runs behind them.
        let half = if rank.at + 1 == run.len() {
            rank.at
        } else {
            run.len() / 2
        };
        let upper = run.split_off(half);
        self.runs.insert(rank.run + 1, upper);
        match rank.at.checked_sub(half) {
            Some(at) => Rank {
                run: rank.run + 1,
                at,
            },
            None => rank,
        }
    }

    #[inline(never)]
    fn remove(&mut self, rank: Rank) -> u32 {
        let run = &mut self.runs[rank.run];
        let place = run.remove(rank.at);
        if run.is_empty() {
            self.runs.remove(rank.run);
        }
        self.len -= 1;
        self.free.push(place);
        place
    }

    fn place(&self, rank: Rank) -> Option<usize> {
        let place = self.runs.get(rank.run)?.get(rank.at)?;
        Some(*place as usize)
    }

    fn end(&self) -> Rank {
        let run = self.runs.len();
        Rank { run, at: 0 }
    }

    /// The same place, which is the next run's first instead of a run's end.
    fn upright(&self, rank: Rank) -> Rank {
        match self.runs.get(rank.run) {
            Some(run) if rank.at < run.len() => rank,
            _ => Rank {
                run: (rank.run + 1).min(self.runs.len()),
                at: 0,
            },
        }
    }

    fn after(&self, rank: Rank) -> Rank {
        let Rank { run, at } = rank;
        self.upright(Rank { run, at: at + 1 })
    }

    fn before(&self, rank: Rank) -> Option<Rank> {
        let Rank { run, at } = rank;
        if let Some(at) = at.checked_sub(1) {
            return Some(Rank { run, at });
        }
        let run = run.checked_sub(1)?;
        let at = self.runs.get(run)?.len().checked_sub(1)?;
        Some(Rank { run, at })
    }
}

impl<K, V> Default for SortedMap<K, V> {
    fn default() -> Self {
        Self {
            order: Order::new(),
            pairs: Vec::new(),
        }
    }
}

impl<K: AsRef<[u8]> + fmt::Debug, V: fmt::Debug> fmt::Debug for SortedMap<K, V> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_map().entries(self.iter()).finish()
    }
}

impl<K: AsRef<[u8]> + PartialEq, V: PartialEq> PartialEq for SortedMap<K, V> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl<K: AsRef<[u8]> + Eq, V: Eq> Eq for SortedMap<K, V> {}

impl<K: AsRef<[u8]>, V> FromIterator<(K, V)> for SortedMap<K, V> {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(pairs: I) -> Self {
        let mut map = Self::new();
        for (key, value) in pairs {
            map.insert(key, value);
        }
        map
    }
}

impl<K, V> IntoIterator for SortedMap<K, V> {
    type Item = (K, V);
    type IntoIter = IntoIter<K, V>;

    fn into_iter(self) -> Self::IntoIter {
        IntoIter {
            places: self.order.runs.concat().into_iter(),
            pairs: self.pairs,
        }
    }
}

impl<'a, K: AsRef<[u8]>, V> IntoIterator for &'a SortedMap<K, V> {
    type Item = (&'a K, &'a V);
    type IntoIter = Iter<'a, K, V>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<K, V> Iterator for IntoIter<K, V> {
    type Item = (K, V);

    fn next(&mut self) -> Option<Self::Item> {
        let place = self.places.next()?;
        self.pairs.get_mut(place as usize)?.take()
    }
}

impl<'a, K: AsRef<[u8]>, V> Iterator for Iter<'a, K, V> {
    type Item = (&'a K, &'a V);

    fn next(&mut self) -> Option<Self::Item> {
        if self.front >= self.back {
            return None;
        }
        let (key, value) = self.map.pair(self.front)?;
        self.front = self.map.order.after(self.front);
        Some((key, value))
    }
}

impl<K: AsRef<[u8]>, V> DoubleEndedIterator for Iter<'_, K, V> {
    fn next_back(&mut self) -> Option<Self::Item> {
        if self.front >= self.back {
            return None;
        }
        self.back = self.map.order.before(self.back)?;
        let (key, value) = self.map.pair(self.back)?;
        Some((key, value))
    }
}

#[cfg(test)]
mod tests;
