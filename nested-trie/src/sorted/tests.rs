//! The sorted map beside that of the standard library.

use super::{RUN_PLACES_MAX, SortedMap};
use alloc::collections::BTreeMap;
use alloc::vec::Vec;

/// Numbers that look random, the same in each run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (self.0 >> 33) as usize % bound
    }

    /// Short keys of few letters, so that many meet again and some begin others.
    fn key(&mut self, bytes_max: usize) -> Vec<u8> {
        let len = self.below(bytes_max + 1);
        (0..len).map(|_| b"abc"[self.below(3)]).collect()
    }
}

type Model = BTreeMap<Vec<u8>, usize>;

/// Holds a map against its model: pairs from both ends, and in a span.
fn check(map: &SortedMap<Vec<u8>, usize>, model: &Model, low: &[u8], high: &[u8]) {
    assert_eq!(map.len(), model.len());
    assert!(map.iter().eq(model.iter()));
    assert!(map.iter().rev().eq(model.iter().rev()));
    assert!(map.range(low, None).eq(model.range(low.to_vec()..)));
    if low <= high {
        let span = || model.range(low.to_vec()..high.to_vec());
        assert!(map.range(low, Some(high)).eq(span()));
        assert!(map.range(low, Some(high)).rev().eq(span().rev()));
    } else {
        assert_eq!(map.range(low, Some(high)).next(), None);
    }
    assert!(map.clone().into_iter().eq(model.clone()));
}

/// Does the same to a map and to its model; most steps insert while the map grows.
fn walk(seed: u64, steps: usize, bytes_max: usize, inserts_of_ten: usize) {
    let (mut map, mut model) = (SortedMap::new(), Model::new());
    let mut numbers = Numbers(seed);
    for step in 0..steps {
        let key = numbers.key(bytes_max);
        if numbers.below(10) < inserts_of_ten {
            assert_eq!(map.insert(key.clone(), step), model.insert(key, step));
        } else if numbers.below(2) == 0 {
            assert_eq!(map.remove(&key), model.remove(&key));
        } else {
            *map.or_default(key.clone()) += 1;
            *model.entry(key).or_default() += 1;
        }
        let asked = numbers.key(bytes_max);
        assert_eq!(map.get(&asked), model.get(&asked));
        assert_eq!(map.contains_key(&asked), model.contains_key(&asked));
        assert_eq!(map.get_mut(&asked), model.get_mut(&asked));
        if step % 64 == 0 || map.len() < 4 {
            check(&map, &model, &asked, &numbers.key(bytes_max));
        }
    }
}

#[test]
fn it_holds_what_the_standard_librarys_holds() {
    for seed in 0..20 {
        walk(seed, 400, 2, 5);
        walk(seed, 3_000, 9, 8);
        walk(seed, 1_000, 4, 3);
    }
}

#[test]
fn keys_in_order_fill_runs_and_those_against_it_halve_them() {
    let count = RUN_PLACES_MAX * 5;
    let key = |number: usize| (number as u32).to_be_bytes().to_vec();
    let up: SortedMap<_, _> = (0..count).map(|number| (key(number), number)).collect();
    let down: SortedMap<_, _> = (0..count)
        .rev()
        .map(|number| (key(number), number))
        .collect();
    assert_eq!(up, down);
    assert_eq!(up.order.runs.len(), 5);
    let longest = down.order.runs.iter().map(Vec::len).max();
    assert!(longest <= Some(RUN_PLACES_MAX) && down.order.runs.len() < 11);
    assert_eq!(
        up.values().copied().collect::<Vec<_>>(),
        (0..count).collect::<Vec<_>>()
    );
}

#[test]
fn a_removed_pair_leaves_its_place_to_the_next() {
    let mut map = SortedMap::new();
    for round in 0..1_000_u32 {
        map.insert(round.to_be_bytes(), round);
        map.remove(round.to_be_bytes());
    }
    assert!(map.is_empty() && map.order.runs.is_empty());
    assert_eq!(map.pairs.len(), 1);
}
