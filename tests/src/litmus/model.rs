//! What must happen, by `docs/calls.md`: a world that is copied whole when a call begins, and put
//! back when the call fails.
//!
//! A case goes in, what is left goes out. None of the enclave's code runs here.

use super::case::{Case, Edge, Fails, Half, IDS, prepared};

/// What comes with the call from outside, in yoctoNEAR.
pub const DEPOSIT: u128 = 10_000;
/// Who sends it.
pub const SENDER: &str = "mallory.near";
/// Who gets every node's transfers.
pub const PAID: &str = "carol.near";
/// What a node keeps, where it says so.
const KEPT: [Option<u128>; 4] = [Some(1_000), None, Some(1_990), None];
/// What a node passes on.
const PASSED: [u128; 3] = [4_000, 2_000, 700];

/// What a node transfers in a half: a power of 2 of its own.
#[must_use]
pub fn transferred(node: usize, half: Half) -> u128 {
    match half {
        Half::Before => 1 << (2 * node),
        Half::After => 2 << (2 * node),
    }
}

/// What is stored of a node.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Stored {
    /// What the two halves wrote last.
    pub marks: [String; 2],
    /// In yoctoNEAR.
    pub balance: u128,
}

/// Why a call failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stop {
    /// The code.
    pub code: &'static str,
    /// What a node threw; nothing where the enclave refused.
    pub message: Option<String>,
    /// Nodes from the outermost to the one that failed.
    pub path: Vec<usize>,
}

impl Stop {
    /// Code and path.
    #[must_use]
    pub fn words(&self) -> String {
        let path: String = self.path.iter().map(|node| &IDS[*node][..1]).collect();
        format!("!{} {path}", self.code)
    }
}

/// What a frame was given and has not spent.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Purse {
    node: usize,
    left: u128,
    says_what_it_keeps: bool,
}

/// The world.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Model {
    /// What is stored of each node.
    pub nodes: [Stored; 4],
    /// Log lines of the last case.
    pub logs: Vec<String>,
    /// Transfers of the last case.
    pub transfers: Vec<(String, u128)>,
    purses: Vec<Purse>,
}

/// What all nodes of a case know.
struct Plan<'a> {
    case: &'a Case,
    mark: &'a str,
}

/// One call.
#[derive(Clone, Copy)]
struct Call {
    node: usize,
    deposit: u128,
    is_view: bool,
}

impl Model {
    /// Runs a case.
    ///
    /// # Errors
    /// Why a failed; then nothing changed.
    pub fn run(&mut self, case: &Case, mark: &str) -> Result<String, Stop> {
        (self.logs, self.transfers) = (Vec::new(), Vec::new());
        let outermost = Call {
            node: 0,
            deposit: DEPOSIT,
            is_view: false,
        };
        self.call(&Plan { case, mark }, outermost)
    }

    fn call(&mut self, plan: &Plan<'_>, call: Call) -> Result<String, Stop> {
        let copy = self.clone();
        let result = self.frame(plan, call);
        if result.is_err() {
            *self = copy;
        }
        result
    }

    fn frame(&mut self, plan: &Plan<'_>, call: Call) -> Result<String, Stop> {
        if !self.purses.is_empty() {
            self.draw(call.deposit);
        }
        self.purses.push(Purse {
            node: call.node,
            left: call.deposit,
            says_what_it_keeps: false,
        });
        let value = self.step(plan, call)?;
        self.planned(plan, call)?;
        let purse = self.purses.pop().expect("the frame's own");
        match self.purses.last() {
            None if purse.left > 0 => self.transfers.push((SENDER.to_owned(), purse.left)),
            Some(caller) if purse.says_what_it_keeps => {
                self.nodes[caller.node].balance += purse.left;
            }
            _ => self.nodes[call.node].balance += purse.left,
        }
        Ok(value)
    }

    /// The node's method.
    fn step(&mut self, plan: &Plan<'_>, call: Call) -> Result<String, Stop> {
        if call.node == 0 {
            for node in [1, 3] {
                self.nodes[node].marks = [prepared(plan.mark), prepared(plan.mark)];
            }
        }
        let mut refused = self.half(plan, call, Half::Before)?;
        let told = match plan.case.edges.get(call.node) {
            None => String::new(),
            Some(Edge::Call | Edge::View) => self.call(plan, next(plan, call))?,
            Some(Edge::Caught) => {
                let result = self.call(plan, next(plan, call));
                result.unwrap_or_else(|stop| stop.words())
            }
            Some(Edge::After | Edge::Always) => {
                refused += self.change(plan, call, |_| {})?;
                String::new()
            }
        };
        refused += self.half(plan, call, Half::After)?;
        let refusals = "~".repeat(refused);
        Ok(format!("{}{refusals}({told})", &IDS[call.node][..1]))
    }

    /// The calls that the node planned, when its method has returned.
    fn planned(&mut self, plan: &Plan<'_>, call: Call) -> Result<(), Stop> {
        match plan.case.edges.get(call.node) {
            Some(Edge::After) if !call.is_view => self.call(plan, next(plan, call)).map(|_| ()),
            Some(Edge::Always) if !call.is_view => {
                let result = self.call(plan, next(plan, call));
                let told = result.unwrap_or_else(|stop| stop.words());
                self.logs.push(format!("{}: told {told}", IDS[call.node]));
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// A half of the node's own effects. Gives how many a view refused.
    fn half(&mut self, plan: &Plan<'_>, call: Call, half: Half) -> Result<usize, Stop> {
        let node = call.node;
        let mut refused = self.change(plan, call, |it| {
            it.nodes[node].marks[half as usize] = plan.mark.to_owned();
        })?;
        if let (Half::Before, Some(kept)) = (half, KEPT[node]) {
            refused += self.change(plan, call, |it| {
                let purse = it.purse();
                purse.says_what_it_keeps = true;
                purse.left = purse.left.checked_sub(kept).expect("enough to keep");
                it.nodes[node].balance += kept;
            })?;
        }
        refused += self.change(plan, call, |it| {
            it.draw(transferred(node, half));
            it.transfers
                .push((PAID.to_owned(), transferred(node, half)));
        })?;
        let balance = self.purse().left + self.nodes[node].balance;
        let line = format!("{}: {} {balance}", IDS[node], half.word());
        self.logs.push(line);
        match plan.case.fails {
            Fails::Throws(who, at) if (who, at) == (node, half) => {
                Err(self.stop("E_THROW", Some(plan.case.fails.words())))
            }
            Fails::Burns(who) if who == node => Err(self.stop("E_GAS", None)),
            _ => Ok(refused),
        }
    }

    /// What a view refuses; the refusal is caught or ends the node.
    fn change(
        &mut self,
        plan: &Plan<'_>,
        call: Call,
        body: impl FnOnce(&mut Self),
    ) -> Result<usize, Stop> {
        match (call.is_view, plan.case.dies) {
            (true, true) => Err(self.stop("E_VIEW", None)),
            (true, false) => Ok(1),
            (false, _) => {
                body(self);
                Ok(0)
            }
        }
    }

    fn purse(&mut self) -> &mut Purse {
        self.purses.last_mut().expect("a frame runs")
    }

    /// Takes from the purse of the frame that runs, then from its node's balance.
    fn draw(&mut self, amount: u128) {
        let purse = self.purse();
        let (node, of_purse) = (purse.node, purse.left.min(amount));
        purse.left -= of_purse;
        let balance = &mut self.nodes[node].balance;
        *balance = balance.checked_sub(amount - of_purse).expect("enough");
    }

    fn stop(&self, code: &'static str, message: Option<String>) -> Stop {
        let path = self.purses.iter().map(|purse| purse.node).collect();
        Stop {
            code,
            message,
            path,
        }
    }
}

/// The call that a node makes or plans.
fn next(plan: &Plan<'_>, call: Call) -> Call {
    let is_view = call.is_view || plan.case.edges[call.node] == Edge::View;
    Call {
        node: call.node + 1,
        deposit: if is_view { 0 } else { PASSED[call.node] },
        is_view,
    }
}
