//! What is left of each case, in words.

use super::case::{Case, Half, IDS};
use super::model::{DEPOSIT, PAID, SENDER, Stop, Stored, transferred};

/// What a reader has to know.
pub const HEADING: &str = "\
How a calls b, b calls c, c calls d; who fails where; what is left of each; how it ended.

call, caught   `call`, and the same in a `try`
view           `view`
after, always  `after`, and the same with on: 'always' and a reply
dies           a node that a view refuses a change fails; else it catches each refusal

First a has b and d write their keys. Then every node writes two keys and removes one, keeps some of
its deposit (a and c), transfers, logs; calls the next with a deposit, or plans it; writes two keys
and removes one, transfers, logs.

w t l          the writes, the transfer (a promise), the log line before the call; `.` if it is gone
W T L          the same after the call
r              the log line of the reply
number         by how much the balance has changed
back           what the sender of 10000 yoctoNEAR got back from the enclave
ended          a node's result: `~` for each refusal it caught, and in brackets its callee's result,
               or what it caught: `!`, code, path; alone it is what a failed with

";

/// What is left of a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Left {
    /// What a gave, or why it failed.
    pub result: Result<String, Stop>,
    /// What is stored of each node.
    pub nodes: [Stored; 4],
    /// Log lines.
    pub logs: Vec<String>,
    /// Transfers: to whom, how many yoctoNEAR.
    pub transfers: Vec<(String, u128)>,
}

impl Left {
    /// Checks that no money came or went: what came in is in the balances or was sent.
    ///
    /// # Panics
    /// When it is not.
    pub fn check_sum(&self, before: &[Stored; 4], place: &str) {
        let sum = |nodes: &[Stored; 4]| nodes.iter().map(|node| node.balance).sum::<u128>();
        let sent: u128 = self.transfers.iter().map(|(_, amount)| amount).sum();
        let came = if self.result.is_ok() { DEPOSIT } else { 0 };
        assert_eq!(
            sum(before) + came,
            sum(&self.nodes) + sent,
            "{place}: money"
        );
    }

    /// The row of a case, whose mark is given, after what was stored.
    ///
    /// # Panics
    /// When a part of a frame stayed.
    #[must_use]
    pub fn row(&self, case: &Case, mark: &str, before: &[Stored; 4]) -> String {
        let nodes = [0, 1, 2, 3].map(|node| self.of(node, mark, &before[node]));
        let back = self.transfers.iter().filter(|(to, _)| to == SENDER);
        let back: u128 = back.map(|(_, amount)| amount).sum();
        let ended = match &self.result {
            Ok(value) => value.clone(),
            Err(stop) => stop.words(),
        };
        let [a, b, c, d] = nodes;
        format!("{} {a} {b} {c} {d} {back:>5}  {ended}\n", case.words())
    }

    /// What is left of a node, and by how much its balance has changed.
    fn of(&self, node: usize, mark: &str, before: &Stored) -> String {
        let stored = &self.nodes[node];
        let mut text = String::new();
        for half in Half::ALL {
            let word = half.word();
            let letters = match half {
                Half::Before => ['w', 't', 'l'],
                Half::After => ['W', 'T', 'L'],
            };
            let transfer = (PAID.to_owned(), transferred(node, half));
            let stayed = [
                stored.marks[half as usize] == mark,
                self.transfers.contains(&transfer),
                self.has_line(node, word),
            ];
            let letters = letters.into_iter().zip(stayed);
            text.extend(letters.map(|(letter, stayed)| if stayed { letter } else { '.' }));
        }
        text.push(if self.has_line(node, "told") {
            'r'
        } else {
            '.'
        });
        assert!(WHOLE.contains(&text.as_str()), "{text} of {}", IDS[node]);
        let (now, then) = (stored.balance, before.balance);
        let sign = if now < then { "-" } else { "" };
        let change = format!("{sign}{}", now.abs_diff(then));
        format!("{text} {change:<5}")
    }

    fn has_line(&self, node: usize, word: &str) -> bool {
        let start = format!("{}: {word} ", IDS[node]);
        self.logs.iter().any(|line| line.starts_with(&start))
    }
}

/// What can be left of a node: all of it, also with a reply; of a view its log; or nothing.
pub const WHOLE: [&str; 4] = ["wtlWTL.", "wtlWTLr", "..l..L.", "......."];

/// The line of the columns' names.
#[must_use]
pub fn columns() -> String {
    let node = |name: &str| format!("{name:<13}");
    let [a, b, c, d] = ["a", "b", "c", "d"].map(node);
    format!(
        "{:<25} {:<15} {a} {b} {c} {d} {:>5}  ended\n",
        "ways", "fails", "back"
    )
}
