//! Steps as a picture: one line for each receipt, a rail beside those of a method that waits.
//!
//! A rail begins where the method does, passes by the receipts that answer it, has a branch where the
//! method goes on, and ends where it does, or hangs open where it still waits.

use conclave_abi::request::{FlowState, OfFlow, WaitState};
use conclave_localnet::Balance;

use super::{FlowPart, Kind, Part, Step};
use crate::trace::frame_node;
use crate::tree::{Line, Node, align, lines};
use crate::units::{balance_text, gas_text};

/// The steps of one flow among those that are shown.
struct Rail {
    flow: String,
    first: usize,
    last: usize,
    /// The last step in which its method ran.
    ran: usize,
    /// Whether its method has not come to its end.
    is_open: bool,
}

/// Draws steps; with the flow that waits, what it waits for. Refunds of gas are one line.
#[must_use]
pub fn draw(steps: &[Step], waiting: Option<&FlowState>) -> String {
    let executed = steps.iter().filter(|step| step.block.is_some());
    let (refunds, shown): (Vec<_>, Vec<_>) =
        executed.partition(|step| step.kind == Kind::GasRefund);
    let rails = rails(&shown, waiting);
    let margins = Margins::of(&shown);
    let mut drawn: Vec<Line> = Vec::new();
    for (place, step) in shown.iter().enumerate() {
        let head = margins.of_step(step) + &heads(&rails, place, step);
        let tail = margins.blank() + &tails(&rails, place);
        drawn.extend(lines(&node(step, &rails, place), &head, &tail));
    }
    let tail = margins.blank() + &tails(&rails, shown.len());
    if !refunds.is_empty() {
        drawn.extend(lines(&refunds_node(&refunds), &tail, &tail));
    }
    let still = match waiting {
        Some(flow) => flow_texts(flow),
        None => steps.iter().filter_map(waiting_text).collect(),
    };
    drawn.extend(still.into_iter().map(|text| Line {
        text: format!("{}{text}", tail.replace('│', "┆")),
        figures: Vec::new(),
    }));
    align(&drawn)
}

/// What a flow waits for, or why it does not go on.
#[must_use]
pub fn flow_texts(flow: &FlowState) -> Vec<String> {
    let waits = flow.waits.iter().map(wait_text);
    let parked = flow.parked.as_ref();
    let parked = parked.map(|why| format!("parked: {}: {}", why.code, why.message));
    waits.chain(locks_text(flow)).chain(parked).collect()
}

/// Which keys a method locks.
fn locks_text(flow: &FlowState) -> Option<String> {
    let until = flow.until?;
    let locks = flow.locks.iter().map(|(mode, key)| match mode.as_str() {
        "w" => format!("{key} (alone)"),
        _ => format!("{key} (to read)"),
    });
    let locks: Vec<_> = locks.collect();
    let locks = locks.join(", ");
    Some(format!(
        "locks {locks}; from block {until} on anybody may abort it"
    ))
}

/// What a method waits for.
#[must_use]
pub fn wait_text(wait: &WaitState) -> String {
    let since = wait.since;
    let cancelled = if wait.is_cancelled { ", cancelled" } else { "" };
    if let Some(child) = &wait.child {
        let OfFlow { id, flow } = child;
        return format!("waits since block {since} for {id}, spawned as flow {flow}{cancelled}");
    }
    let text = match (&wait.token, wait.deadline, wait.promises) {
        (Some(token), Some(deadline), _) => {
            format!("waits since block {since} for near.resume of {token}, until block {deadline}")
        }
        (_, _, 1) => format!("waits since block {since} for an answer from outside"),
        (_, _, count) => format!("waits since block {since} for {count} answers from outside"),
    };
    text + cancelled
}

fn rails(shown: &[&Step], waiting: Option<&FlowState>) -> Vec<Rail> {
    let mut rails: Vec<Rail> = Vec::new();
    for (place, step) in shown.iter().enumerate() {
        let Some(FlowPart { flow, part, .. }) = &step.flow else {
            continue;
        };
        let ran = *part != Part::Answers && step.status == "ok";
        match rails.iter_mut().find(|rail| rail.flow == *flow) {
            Some(rail) => {
                rail.last = place;
                rail.ran = if ran { place } else { rail.ran };
            }
            None => rails.push(Rail {
                flow: flow.clone(),
                first: place,
                last: place,
                ran: place,
                is_open: waiting.is_some_and(|waiting| waiting.flow == *flow),
            }),
        }
    }
    rails
}

/// The rails beside the line of a step.
fn heads(rails: &[Rail], place: usize, step: &Step) -> String {
    let of = step.flow.as_ref().map(|part| part.flow.as_str());
    let marks = rails.iter().map(|rail| match rail {
        Rail { first, last, .. } if place < *first || (place > *last && !rail.is_open) => "  ",
        Rail {
            first,
            last,
            is_open: false,
            ..
        } if first == last => "─ ",
        Rail { first, .. } if place == *first => "┌ ",
        Rail {
            last,
            is_open: false,
            ..
        } if place == *last => "└ ",
        Rail { flow, .. } if of == Some(flow.as_str()) => "├ ",
        Rail { .. } => "│ ",
    });
    marks.collect()
}

/// The rails below the line of a step.
fn tails(rails: &[Rail], place: usize) -> String {
    let goes_on = |rail: &Rail| place >= rail.first && (place < rail.last || rail.is_open);
    let marks = rails
        .iter()
        .map(|rail| if goes_on(rail) { "│ " } else { "  " });
    marks.collect()
}

fn node(step: &Step, rails: &[Rail], place: usize) -> Node {
    Node {
        label: label(step, rails, place),
        figures: vec![gas_text(step.gas), String::new(), step.status.clone()],
        children: step.frames.iter().map(frame_node).collect(),
    }
}

fn label(step: &Step, rails: &[Rail], place: usize) -> String {
    let Some(FlowPart { id, flow, part }) = &step.flow else {
        return sent_text(step);
    };
    let rail = rails.iter().find(|rail| rail.flow == *flow);
    let is_end = rail.is_some_and(|rail| rail.ran == place && !rail.is_open);
    match part {
        Part::Begins => format!("{id} begins, and waits"),
        Part::GoesOn if step.status != "ok" => format!("{id} does not wait for this any more"),
        Part::GoesOn if is_end => format!("{id} goes on to its end"),
        Part::GoesOn => format!("{id} goes on"),
        Part::Answers if step.status != "ok" => "the answer is a failure".to_owned(),
        Part::Answers => "its caller is answered".to_owned(),
        Part::Aborts => format!("{id} is given up"),
    }
}

/// What a receipt is that belongs to no flow.
fn sent_text(step: &Step) -> String {
    let yocto = yocto(step);
    let near = balance_text(Balance::from_yoctonear(yocto));
    let methods = step.methods.join(", ");
    match (step.kind, methods.is_empty(), yocto) {
        (Kind::Refund | Kind::GasRefund, ..) => format!("refund of {near}"),
        (_, true, 0) => "actions without a call".to_owned(),
        (_, true, _) => format!("gets {near}"),
        (_, false, 0) => methods,
        (_, false, _) => format!("{methods}, with {near}"),
    }
}

/// The line of all refunds of gas.
fn refunds_node(refunds: &[&Step]) -> Node {
    let near = balance_text(Balance::from_yoctonear(
        refunds.iter().map(|step| yocto(step)).sum(),
    ));
    Node {
        label: match refunds.len() {
            1 => format!("unused gas came back, {near} in 1 receipt"),
            count => format!("unused gas came back, {near} in {count} receipts"),
        },
        figures: vec![gas_text(refunds.iter().map(|step| step.gas).sum())],
        children: Vec::new(),
    }
}

/// What is told of a receipt that waits.
fn waiting_text(step: &Step) -> Option<String> {
    let methods = step.methods.join(", ");
    let is_waiting = step.block.is_none();
    is_waiting.then(|| format!("{methods} of {} waits", step.executor))
}

fn yocto(step: &Step) -> u128 {
    step.yocto.parse().unwrap_or(0)
}

/// What stands before the rails: the block and the account.
struct Margins {
    block_width: usize,
    account_width: usize,
}

impl Margins {
    fn of(shown: &[&Step]) -> Self {
        let blocks = shown.iter().map(|step| block_text(step).len());
        let accounts = shown.iter().map(|step| step.executor.len());
        Self {
            block_width: blocks.max().unwrap_or(0),
            account_width: accounts.max().unwrap_or(0),
        }
    }

    fn of_step(&self, step: &Step) -> String {
        let (block_width, account_width) = (self.block_width, self.account_width);
        format!(
            "{:>block_width$}  {:account_width$}  ",
            block_text(step),
            step.executor
        )
    }

    fn blank(&self) -> String {
        " ".repeat(self.block_width + self.account_width + 4)
    }
}

fn block_text(step: &Step) -> String {
    let block = step.block;
    block.map_or(String::new(), |block| format!("block {block}"))
}

#[cfg(test)]
mod tests {
    use super::{Kind, draw};
    use crate::timeline::{FlowPart, Part, Step};
    use conclave_abi::error::{ErrorCode, Failure};
    use conclave_abi::request::{FlowState, OfFlow, WaitState};

    fn step(block: u64, executor: &str, of: &str, methods: &[&str]) -> Step {
        Step {
            receipt: String::new(),
            kind: Kind::Actions,
            block: Some(block),
            executor: executor.to_owned(),
            predecessor: "e.near".to_owned(),
            methods: methods.iter().map(|it| (*it).to_owned()).collect(),
            yocto: "0".to_owned(),
            status: "ok".to_owned(),
            gas: 0,
            logs: Vec::new(),
            frames: Vec::new(),
            flow: (!of.is_empty()).then(|| FlowPart {
                id: format!("{of}@a"),
                flow: of.to_owned(),
                part: if methods == ["call"] {
                    Part::Begins
                } else {
                    Part::GoesOn
                },
            }),
        }
    }

    fn steps() -> Vec<Step> {
        let refund = Step {
            kind: Kind::Refund,
            predecessor: "system".to_owned(),
            yocto: "5".to_owned(),
            ..step(11, "e.near", "", &[])
        };
        vec![
            step(9, "e.near", "p", &["call"]),
            step(10, "out", "", &["add"]),
            step(10, "e.near", "q", &["call"]),
            refund,
            step(11, "e.near", "p", &["resume"]),
            step(12, "e.near", "q", &["resume"]),
        ]
    }

    fn waiting() -> FlowState {
        FlowState {
            id: "p@a".to_owned(),
            flow: "p".to_owned(),
            method: "m".to_owned(),
            caller: "b".to_owned(),
            height: 9,
            waits: Vec::new(),
            bytes: 0,
            payers: Vec::new(),
            left_yocto: "0".to_owned(),
            locks: Vec::new(),
            until: None,
            parked: None,
        }
    }

    fn check(waiting: Option<&FlowState>, expect: &[&str]) {
        let drawn = draw(&steps(), waiting);
        let lines = drawn
            .lines()
            .map(|line| line.split("  0.000").next().unwrap_or(line));
        let lines: Vec<_> = lines.map(str::trim_end).collect();
        assert_eq!(lines, expect, "{drawn}");
    }

    #[test]
    fn each_method_that_waits_has_a_rail_from_its_beginning_to_its_end() {
        check(
            None,
            &[
                " block 9  e.near  ┌   p@a begins, and waits",
                "block 10  out     │   add",
                "block 10  e.near  │ ┌ q@a begins, and waits",
                "block 11  e.near  │ │ refund of 5 yocto",
                "block 11  e.near  └ │ p@a goes on to its end",
                "block 12  e.near    └ q@a goes on to its end",
            ],
        );
    }

    #[test]
    fn a_method_that_waits_or_is_parked_has_an_open_rail() {
        let outside = |promises| WaitState {
            wait: 0,
            since: 11,
            promises,
            child: None,
            is_cancelled: false,
            token: None,
            deadline: None,
        };
        let spawned = WaitState {
            child: Some(OfFlow {
                id: "r@b".to_owned(),
                flow: "ab".to_owned(),
            }),
            is_cancelled: true,
            ..outside(1)
        };
        let parked = FlowState {
            waits: vec![outside(1), outside(2), spawned],
            locks: vec![
                ("w".to_owned(), "pool".to_owned()),
                ("r".to_owned(), "fee".to_owned()),
            ],
            until: Some(211),
            parked: Some(Failure::new(ErrorCode::Diverged, "other")),
            ..waiting()
        };
        check(
            Some(&parked),
            &[
                " block 9  e.near  ┌   p@a begins, and waits",
                "block 10  out     │   add",
                "block 10  e.near  │ ┌ q@a begins, and waits",
                "block 11  e.near  │ │ refund of 5 yocto",
                "block 11  e.near  ├ │ p@a goes on",
                "block 12  e.near  │ └ q@a goes on to its end",
                "                  ┆   waits since block 11 for an answer from outside",
                "                  ┆   waits since block 11 for 2 answers from outside",
                "                  ┆   waits since block 11 for r@b, spawned as flow ab, cancelled",
                "                  ┆   locks pool (alone), fee (to read); from block 211 on anybody may abort it",
                "                  ┆   parked: E_DIVERGED: other",
            ],
        );
    }
}
