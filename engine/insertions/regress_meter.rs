//! Counts what a match does, so that an embedder can end it.
//!
//! A backtracking match can take time in proportion to any power of its input's length, or worse.
//! It asks its meter now and then whether it may go on; a match that may not finds nothing.

use core::fmt::Debug;

/// Steps between two questions to a meter.
const SLICE: usize = 512;

/// Says whether a match may go on.
pub trait Meter: Debug {
    /// Counts steps; `remembered` is how many places the match has to come back to.
    /// A match goes on after `true`, and has ended when this gives `false`.
    fn step(&self, steps: usize, remembered: usize) -> bool;
}

/// Lets every match go on.
#[derive(Debug)]
pub(crate) struct Unlimited;

impl Meter for Unlimited {
    fn step(&self, _: usize, _: usize) -> bool {
        true
    }
}

/// Counts the steps of one match.
#[derive(Debug)]
pub(crate) struct Steps<'a> {
    meter: &'a dyn Meter,
    /// Steps since the meter was asked last.
    taken: usize,
    /// Whether the match has to end.
    pub(crate) ended: bool,
}

impl<'a> Steps<'a> {
    pub(crate) fn new(meter: &'a dyn Meter) -> Self {
        Self {
            meter,
            taken: 0,
            ended: false,
        }
    }

    /// Counts steps; whether the match has to end.
    #[inline(always)]
    pub(crate) fn take(&mut self, steps: usize, remembered: usize) -> bool {
        self.taken += steps;
        if self.taken >= SLICE || self.ended {
            self.ask(remembered)
        } else {
            false
        }
    }

    /// Asks the meter; whether the match has to end.
    #[inline(never)]
    pub(crate) fn ask(&mut self, remembered: usize) -> bool {
        let taken = core::mem::take(&mut self.taken);
        self.ended = self.ended || !self.meter.step(taken, remembered);
        self.ended
    }
}
