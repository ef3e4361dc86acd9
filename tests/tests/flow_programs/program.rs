//! Made-up programs: a seed and a class in, the source of a subcontract out.

use super::numbers::Numbers;
use super::statements::{Deposits, Maker};
use super::tree::{Node, text};

const PRELUDE: &str = include_str!("prelude.js");
const BRANCH: &str = include_str!("branch.js");

/// What a program is like.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Class {
    /// Functions that are under way at once.
    pub(crate) branches: usize,
    /// Calls to the outside that each of them makes: at least, and at most.
    pub(crate) calls: (usize, usize),
    /// Statements of each, at most.
    pub(crate) statements: usize,
    /// What may come with a call.
    pub(crate) deposits: Deposits,
}

/// Which receipt is next where several could be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    /// That which was sent first.
    First,
    /// Any; the same ones for a seed.
    Any(u64),
}

/// A program.
#[derive(Debug, Clone)]
pub(crate) struct Program {
    /// The statements of its functions.
    pub(crate) bodies: Vec<Vec<Node>>,
    /// Calls to the outside that each of them makes.
    pub(crate) calls: usize,
    /// Whether the method fails with what a function of it threw.
    pub(crate) falls: bool,
    /// Whether the enclave pays for storage.
    pub(crate) is_paid: bool,
    /// In which order the outside answers.
    pub(crate) order: Order,
    /// What may come with a call.
    pub(crate) deposits: Deposits,
}

impl Program {
    /// The one for a seed.
    pub(crate) fn new(class: Class, numbers: &mut Numbers) -> Self {
        let Class {
            branches,
            calls: (least, most),
            statements,
            deposits,
        } = class;
        let bodies = (0..branches).map(|_| {
            let statements = 1 + numbers.below(statements);
            Maker::new(deposits, numbers).body(statements, 0)
        });
        let bodies = bodies.collect();
        Self {
            bodies,
            calls: least + numbers.below(most - least + 1),
            falls: branches == 1 && deposits == Deposits::Confirming && numbers.below(2) == 0,
            deposits,
            is_paid: numbers.below(2) == 0,
            order: match numbers.below(3) {
                0 | 1 => Order::First,
                _ => Order::Any(numbers.below(1 << 20) as u64),
            },
        }
    }

    /// Whether parts of it are under way at once, in an order of their own.
    pub(crate) fn is_concurrent(&self) -> bool {
        self.bodies.len() > 1
    }

    /// Its JS.
    pub(crate) fn source(&self) -> String {
        let branch = |(index, body): (usize, &Vec<Node>)| {
            let named = BRANCH.replace("$NAME", &format!("branch{index}"));
            named.replace("$BODY", text(body).trim_end())
        };
        let branches: String = self.bodies.iter().enumerate().map(branch).collect();
        let calls = self.calls;
        let run = match self.bodies.len() {
            1 => format!("branch0('', {calls}, leave, falls)"),
            many => {
                let all =
                    (0..many).map(|index| format!("branch{index}('b{index}/', {calls}, leave)"));
                let all: Vec<_> = all.collect();
                format!("Promise.all([{}])", all.join(", "))
            }
        };
        let kept = match self.deposits {
            Deposits::Confirming => "",
            Deposits::Any => "storage.set('end', end)",
        };
        let run = format!(
            "export async function run({{ real, falls }}) {{
              const leave = real ? really : inside
              const end = await {run}
              {kept}
              return end
            }}"
        );
        [PRELUDE, &branches, &run].concat()
    }
}
