//! How deep a place in a source lies: brackets and operators on the path to it from above.
//!
//! In: brackets that open and close, operators, commas, ends of statements. Out: the place at
//! which a bound is passed. Counts from above: what does not nest may be counted, what nests is.

use crate::scan::ScanError;

/// Deepest nesting of brackets. Reason: the parser recurses for each (docs/adr/0004).
pub(crate) const NESTING_MAX: usize = 32;
/// Most weight of one path through the syntax tree: a bracket weighs [`BRACKET`], an operator or
/// a prefix keyword 1. Reason: the VM's stack bears about 700 (docs/adr/0004).
pub(crate) const WEIGHT_MAX: usize = 300;
/// Weight of a bracket, in operators. Source: measured (docs/adr/0004).
const BRACKET: usize = 9;

/// What a bracket is, as far as it matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mark {
    /// Items side by side: arguments, elements, properties. A comma ends one.
    List,
    /// Anything else: a comma is an operator.
    Sequence,
    /// The `(` of a condition.
    Condition,
    /// `${`
    Template,
}

#[derive(Debug, Clone, Copy)]
struct Bracket {
    mark: Mark,
    /// Weight before it.
    before: usize,
    commas: usize,
}

/// The place at which the scan is.
#[derive(Debug, Default)]
pub(crate) struct Nesting {
    open: Vec<Bracket>,
    weight: usize,
    /// Commas at the top level since the statement began.
    commas: usize,
}

impl Nesting {
    pub(crate) fn is_top_level(&self) -> bool {
        self.open.is_empty()
    }

    pub(crate) fn is_in_list(&self) -> bool {
        self.open.last().is_some_and(|open| open.mark == Mark::List)
    }

    /// Opens a bracket that ends at `at`.
    pub(crate) fn open(&mut self, mark: Mark, at: usize) -> Result<(), ScanError> {
        if self.open.len() == NESTING_MAX {
            return Err(ScanError::Nesting { at });
        }
        self.open.push(Bracket {
            mark,
            before: self.weight,
            commas: 0,
        });
        self.add(BRACKET, at)
    }

    /// Closes the innermost bracket, and says what it was.
    pub(crate) fn close(&mut self) -> Option<Mark> {
        let closed = self.open.pop();
        self.weight = closed.map_or(0, |bracket| bracket.before);
        closed.map(|bracket| bracket.mark)
    }

    pub(crate) fn comma(&mut self, at: usize) -> Result<(), ScanError> {
        self.weight = self.base();
        let commas = match self.open.last_mut() {
            Some(open) if open.mark == Mark::List => 0,
            Some(open) => {
                open.commas += 1;
                open.commas
            }
            None => {
                self.commas += 1;
                self.commas
            }
        };
        self.add(commas, at)
    }

    /// A new statement begins.
    pub(crate) fn end_statement(&mut self) {
        self.weight = self.base();
        match self.open.last_mut() {
            Some(open) => open.commas = 0,
            None => self.commas = 0,
        }
    }

    pub(crate) fn add(&mut self, weight: usize, at: usize) -> Result<(), ScanError> {
        self.weight += weight;
        if self.weight > WEIGHT_MAX {
            Err(ScanError::Weight { at })
        } else {
            Ok(())
        }
    }

    /// Weight at which a statement or an item inside the innermost bracket begins.
    fn base(&self) -> usize {
        self.open.last().map_or(0, |open| open.before + BRACKET)
    }
}
