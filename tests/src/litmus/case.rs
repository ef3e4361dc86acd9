//! The cases of the litmus: how each of a, b, c calls the next, and which of a to d fails where.

use serde_json::{Value, json};

/// The subcontracts, in the order in which they call each other; each of another owner.
pub const IDS: [&str; 4] = ["a@alice.near", "b@bob.near", "c@carol.near", "d@dave.near"];

/// What a has b and d write before anything else: as long as the mark, and not the mark.
#[must_use]
pub fn prepared(mark: &str) -> String {
    mark.replace('*', "-")
}

/// How a node reaches the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edge {
    /// `call`; a failure goes on to the caller's caller.
    Call,
    /// `call` in a `try`; the caller goes on.
    Caught,
    /// `view`.
    View,
    /// `after` as it is unless told: a failure fails the planner.
    After,
    /// `after` with `on: 'always'` and a reply: a failure is undone alone.
    Always,
}

impl Edge {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Call,
        Self::Caught,
        Self::View,
        Self::After,
        Self::Always,
    ];

    /// The word in a plan and in the table.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Call => "call",
            Self::Caught => "caught",
            Self::View => "view",
            Self::After => "after",
            Self::Always => "always",
        }
    }
}

/// Where a node fails: when it has done its first or its second half.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Half {
    /// What it does before it calls the next.
    Before,
    /// What it does after that.
    After,
}

impl Half {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Before, Self::After];

    /// The word in a plan and in the table, and the key that this half writes.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Before => "before",
            Self::After => "after",
        }
    }
}

/// Who fails, where and how; nodes are numbers from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fails {
    /// Nobody does.
    Nobody,
    /// A node throws at the end of a half.
    Throws(usize, Half),
    /// A node loops at the end of its first half until the cap of its call is used up.
    Burns(usize),
}

impl Fails {
    fn all() -> impl Iterator<Item = Self> {
        let throws = (0..IDS.len()).flat_map(|node| Half::ALL.map(|half| Self::Throws(node, half)));
        [Self::Nobody]
            .into_iter()
            .chain(throws)
            .chain([Self::Burns(2), Self::Burns(3)])
    }

    /// The words in a plan and in the table.
    #[must_use]
    pub fn words(self) -> String {
        match self {
            Self::Nobody => String::new(),
            Self::Throws(node, half) => format!("{} throws {}", &IDS[node][..1], half.word()),
            Self::Burns(node) => format!("{} burns before", &IDS[node][..1]),
        }
    }

    /// The node.
    fn node(self) -> Option<usize> {
        match self {
            Self::Nobody => None,
            Self::Throws(node, _) | Self::Burns(node) => Some(node),
        }
    }
}

/// One row of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Case {
    /// How a reaches b, b reaches c, c reaches d.
    pub edges: [Edge; 3],
    /// Who fails.
    pub fails: Fails,
    /// Whether a node that is refused a change in a view fails; else it catches each refusal.
    pub dies: bool,
}

impl Case {
    /// The cases in which a reaches b in this way.
    ///
    /// Where a refusal is not caught, the callee of the first view never comes to the next failure,
    /// so that cases in which it or a later node fails are left out.
    #[must_use]
    pub fn all_of(first: Edge) -> Vec<Self> {
        let edges = Edge::ALL.map(|second| Edge::ALL.map(|third| [first, second, third]));
        let cases = edges.into_iter().flatten().flat_map(|edges| {
            let view = edges.iter().position(|edge| *edge == Edge::View);
            Fails::all().flat_map(move |fails| {
                let dies = view.is_some_and(|view| fails.node().is_none_or(|node| node <= view));
                let case = |dies| Self { edges, fails, dies };
                [Some(case(false)), dies.then(|| case(true))]
            })
        });
        cases.flatten().collect()
    }

    /// What a is told to do. The mark is what every write of this case writes.
    #[must_use]
    pub fn plan(&self, mark: &str) -> Value {
        json!({
            "mark": mark,
            "prepared": prepared(mark),
            "edges": self.edges.map(Edge::word),
            "fails": self.fails.words(),
            "dies": self.dies,
            "isView": false,
        })
    }

    /// The case in words, as in the table.
    #[must_use]
    pub fn words(&self) -> String {
        let [first, second, third] = self.edges.map(Edge::word);
        let dies = if self.dies { " dies" } else { "" };
        let way = format!("{first} {second} {third}{dies}");
        format!("{way:<25} {:<15}", self.fails.words())
    }
}
