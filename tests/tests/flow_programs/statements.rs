//! What the body of a made-up async function consists of. Most of it waits somewhere.
//!
//! Knows only names that `branch.js` and `prelude.js` declare. Where several promises are under way at
//! once, only those of calls are, and what follows each has no effect, or the same number of turns to
//! wait: then their order is no accident.

use super::grammar::{BODIES, KEYS, LEAVES, LINES, NAMES, PAIRS, PLAIN, VALUES, WAITING};
use super::numbers::Numbers;
use super::tree::Node;

/// How deep statements lie in each other.
const DEPTH_MAX: usize = 3;

/// What may come with a call to the outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Deposits {
    /// One yoctoNEAR: the answer comes with all others that are waited for.
    Confirming,
    /// More, too: then it comes alone.
    Any,
}

/// Makes statements.
pub(crate) struct Maker<'n> {
    numbers: &'n mut Numbers,
    deposits: Deposits,
    names: usize,
}

impl<'n> Maker<'n> {
    pub(crate) fn new(deposits: Deposits, numbers: &'n mut Numbers) -> Self {
        Self {
            numbers,
            deposits,
            names: 0,
        }
    }

    /// So many statements.
    pub(crate) fn body(&mut self, statements: usize, depth: usize) -> Vec<Node> {
        (0..statements).map(|_| self.statement(depth)).collect()
    }

    fn statement(&mut self, depth: usize) -> Node {
        let is_deep = depth >= DEPTH_MAX;
        match self.numbers.below(20) {
            0..=4 if !is_deep => {
                let (head, end) = BODIES[self.numbers.below(BODIES.len())];
                let body = self.some(depth + 1);
                self.block(&[head], vec![body], end)
            }
            5..=7 if !is_deep => {
                let (first, second, end) = PAIRS[self.numbers.below(PAIRS.len())];
                let bodies = vec![self.some(depth + 1), self.some(depth + 1)];
                self.block(&[first, second], bodies, end)
            }
            8 if depth > 0 => {
                let line = self.numbers.of(&LEAVES);
                Node::Line(self.filled(line))
            }
            _ => self.line(),
        }
    }

    fn some(&mut self, depth: usize) -> Vec<Node> {
        let statements = 1 + self.numbers.below(3);
        self.body(statements, depth)
    }

    /// Most lines that can throw are tried, so that a program comes to its end.
    fn line(&mut self) -> Node {
        let line = self.numbers.of(&LINES);
        let line = self.filled(line);
        match self.numbers.below(3) {
            0 => Node::Line(line),
            _ => Node::Line(format!("try {{ {line} }} catch (e) {{ note(why(e)) }}")),
        }
    }

    fn block(&mut self, heads: &[&str], bodies: Vec<Vec<Node>>, end: &str) -> Node {
        self.names += 1;
        let name = self.names.to_string();
        let heads: Vec<_> = heads
            .iter()
            .map(|head| self.filled(&head.replace('#', &name)))
            .collect();
        let end = self.filled(&end.replace('#', &name));
        Node::Block(heads.into_iter().zip(bodies).collect(), end)
    }

    /// A text with its letters replaced.
    fn filled(&mut self, text: &str) -> String {
        self.filled_at(text, 0)
    }

    fn filled_at(&mut self, text: &str, depth: usize) -> String {
        // `#inner` and `${` are JS.
        let mut out = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('$') {
            out += before;
            let letter = after.chars().next().unwrap_or_default();
            let made = match letter {
                'A' => self.waiting(depth),
                'P' => self.plain(depth),
                'N' => self.numbers.of(&NAMES).to_owned(),
                'D' => self.deposit().to_owned(),
                'K' => self.numbers.of(&KEYS).to_owned(),
                _ => {
                    out.push('$');
                    rest = after;
                    continue;
                }
            };
            out += &made;
            rest = &after[1..];
        }
        out + rest
    }

    fn deposit(&mut self) -> &'static str {
        match self.deposits {
            Deposits::Confirming => "1n",
            Deposits::Any => self.numbers.of(&["1n", "2n", "5n"]),
        }
    }

    fn plain(&mut self, depth: usize) -> String {
        if depth > 2 || self.numbers.below(5) < 3 {
            return match self.numbers.below(2) {
                0 => self.numbers.of(&NAMES).to_owned(),
                _ => format!("({})", self.numbers.of(&VALUES)),
            };
        }
        let text = self.numbers.of(&PLAIN);
        format!("({})", self.filled_at(text, depth + 1))
    }

    fn waiting(&mut self, depth: usize) -> String {
        if depth > 1 {
            let plain = self.plain(depth);
            return format!("(await ask({plain}))");
        }
        let text = self.numbers.of(&WAITING);
        format!("({})", self.filled_at(text, depth + 1))
    }
}
