//! The order of an array's elements, by comparisons that may run code of the program.
//!
//! In: how many there are, and which of two comes first. Out: their places, sorted; what is equal stays in
//! its order. What is in order already is found as a run, and neighbouring runs are merged until there is
//! one. A comparison that throws is the last; comparisons that contradict each other give some order.

use std::cmp::Ordering;

use crate::JsResult;

/// Compares the elements at two places.
type Compare<'a> = &'a mut dyn FnMut(u32, u32) -> JsResult<Ordering>;

/// Places of elements in the order that they are sorted into.
pub(super) fn order(len: usize, compare: Compare<'_>) -> JsResult<Vec<u32>> {
    let mut order: Vec<u32> = (0..len as u32).collect();
    let mut ends = runs(&mut order, compare)?;
    while ends.len() > 1 {
        let mut merged = Vec::with_capacity(len);
        let mut start = 0;
        let mut merged_ends = Vec::with_capacity(ends.len().div_ceil(2));
        for pair in ends.chunks(2) {
            let end = pair[pair.len() - 1];
            merge(&order[start..pair[0]], &order[pair[0]..end], &mut merged, compare)?;
            merged_ends.push(end);
            start = end;
        }
        (order, ends) = (merged, merged_ends);
    }
    Ok(order)
}

/// Where runs end, of which each is in order then: one that falls is turned around.
fn runs(order: &mut [u32], compare: Compare<'_>) -> JsResult<Vec<usize>> {
    let mut ends = Vec::new();
    let mut start = 0;
    while start < order.len() {
        let mut end = start + 1;
        let mut is_falling = false;
        while end < order.len() {
            let falls = compare(order[end], order[end - 1])?.is_lt();
            if end == start + 1 {
                is_falling = falls;
            } else if falls != is_falling {
                break;
            }
            end += 1;
        }
        if is_falling {
            order[start..end].reverse();
        }
        ends.push(end);
        start = end;
    }
    Ok(ends)
}

/// Appends two runs, merged: of two that are equal, the left one's first.
fn merge(
    mut left: &[u32],
    mut right: &[u32],
    merged: &mut Vec<u32>,
    compare: Compare<'_>,
) -> JsResult<()> {
    while let ([first, rest @ ..], [other, others @ ..]) = (left, right) {
        if compare(*other, *first)?.is_lt() {
            merged.push(*other);
            right = others;
        } else {
            merged.push(*first);
            left = rest;
        }
    }
    merged.extend_from_slice(left);
    merged.extend_from_slice(right);
    Ok(())
}
