//! What the nodes of a tree do: as `node.js` carries it out, and how it is made up.

use crate::dice::Dice;
use serde_json::{Value, json};

/// The subcontracts of a tree. The last one's methods don't wait.
pub(super) const IDS: [&str; 4] = [
    "a@alice.near",
    "b@bob.near",
    "c@carol.near",
    "plain@dave.near",
];
/// Keys that nodes lock.
const KEYS: [&str; 2] = ["k0", "k1"];
/// What is awaited: accounts outside that answer, fail, fail and keep what came, answer late, or do
/// this or that; and promises that others settle.
const HOWS: [&str; 8] = [
    "good", "good", "bad", "thief", "slow", "slow", "any", "yield",
];
/// Deposits of calls, in yoctoNEAR: beyond what confirms.
const DEPOSITS: [u64; 4] = [0, 0, 1_000, 5_000_000];
/// What comes with nodes: enough to pay for what is stored while they wait.
const OF_NODES: [u128; 3] = [0, 0, 10u128.pow(24)];
/// Most nodes between the root and a leaf.
const DEPTH_MAX: usize = 4;
const NODES_MAX: usize = 14;

/// Something that a node awaits from outside.
#[derive(Debug, Clone)]
struct Ask {
    k: usize,
    how: &'static str,
    yocto: u64,
    blocks: u64,
    is_soft: bool,
    is_in_section: bool,
}

/// Where a node throws.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Falls {
    Never,
    First,
    Last,
}

#[derive(Debug, Clone)]
struct Scope {
    /// Numbers of the nodes that it spawns, and whether its body awaits each.
    children: Vec<(usize, bool)>,
    asks: Vec<Ask>,
    has_race: bool,
    cancels: bool,
    falls: bool,
    is_soft: bool,
    /// The key that is locked around it.
    key: Option<&'static str>,
}

/// A section around something awaited.
#[derive(Debug, Clone)]
struct Lock {
    key: &'static str,
    asks: Vec<Ask>,
    is_soft: bool,
}

#[derive(Debug, Clone)]
pub(super) struct Node {
    pub(super) id: &'static str,
    pub(super) parent: Option<usize>,
    /// What comes with its call, in yoctoNEAR.
    pub(super) yocto: u128,
    /// Whether it keeps that.
    pub(super) keeps: bool,
    /// Whether it was spawned in a section: its parent's lines come when that ends.
    pub(super) is_in_section: bool,
    pub(super) falls: Falls,
    /// Whether it goes on when it is told that it is cancelled.
    survives: bool,
    before: Vec<Ask>,
    scopes: Vec<Scope>,
    lock: Option<Lock>,
    after: Vec<Ask>,
}

impl Node {
    /// Whether its method can wait.
    pub(super) fn may_wait(&self) -> bool {
        self.id != IDS[3]
    }

    /// Whether it has sections of its own.
    pub(super) fn has_sections(&self) -> bool {
        self.lock.is_some() || self.scopes.iter().any(|scope| scope.key.is_some())
    }
}

/// The nodes of a tree by their numbers, the root first.
pub(super) fn tree(dice: &mut Dice) -> Vec<Node> {
    let mut made = Made {
        dice,
        nodes: Vec::new(),
        asks: 0,
    };
    made.node(None, 1, false);
    made.nodes
}

struct Made<'a> {
    dice: &'a mut Dice,
    nodes: Vec<Node>,
    asks: usize,
}

impl Made<'_> {
    /// Makes a node with everything below it; gives its number.
    fn node(&mut self, parent: Option<(usize, bool)>, depth: usize, is_in_section: bool) -> usize {
        let is_leaf = depth == DEPTH_MAX || self.nodes.len() >= NODES_MAX;
        let may_be_plain = parent.is_some() && (is_leaf || self.dice.percent(15));
        let id = match may_be_plain && self.dice.percent(30) {
            true => IDS[3],
            false => self.dice.of(&IDS[..3]),
        };
        let yocto = match parent {
            Some((_, false)) => 0,
            _ => self.dice.of(&OF_NODES),
        };
        let keeps = self.dice.percent(60);
        let pays = yocto == 0 || keeps;
        let number = self.nodes.len();
        self.nodes.push(Node {
            id,
            parent: parent.map(|(parent, _)| parent),
            yocto,
            keeps: yocto > 0 && keeps,
            is_in_section,
            falls: match self.dice.below(100) {
                0..4 => Falls::First,
                4..10 => Falls::Last,
                _ => Falls::Never,
            },
            survives: self.dice.percent(20),
            before: Vec::new(),
            scopes: Vec::new(),
            lock: None,
            after: Vec::new(),
        });
        if id == IDS[3] {
            return number;
        }
        let before = self.asks(2, pays, false);
        let scopes = match is_leaf {
            true => Vec::new(),
            false => self.scopes(number, pays, depth),
        };
        let lock = self.lock(pays);
        let after = self.asks(1, pays, false);
        self.nodes[number].before = before;
        self.nodes[number].scopes = scopes;
        self.nodes[number].lock = lock;
        self.nodes[number].after = after;
        number
    }

    fn scopes(&mut self, number: usize, pays: bool, depth: usize) -> Vec<Scope> {
        let count = match self.dice.below(100) {
            0..15 if depth > 1 => 0,
            0..85 => 1,
            _ => 2,
        };
        (0..count)
            .map(|_| self.scope(number, pays, depth))
            .collect()
    }

    fn scope(&mut self, number: usize, pays: bool, depth: usize) -> Scope {
        let key = self.dice.percent(8).then(|| self.dice.of(&KEYS));
        let is_in_section = key.is_some() || self.nodes[number].is_in_section;
        let count = 1 + self.dice.below(4);
        let children = (0..count).map(|_| {
            let child = self.node(Some((number, pays)), depth + 1, is_in_section);
            (child, self.dice.percent(30))
        });
        let children = children.collect();
        Scope {
            children,
            asks: self.asks(2, pays, key.is_some()),
            has_race: self.dice.percent(20),
            cancels: self.dice.percent(20),
            falls: self.dice.percent(6),
            is_soft: self.dice.percent(60),
            key,
        }
    }

    fn lock(&mut self, pays: bool) -> Option<Lock> {
        if !self.dice.percent(20) {
            return None;
        }
        Some(Lock {
            key: self.dice.of(&KEYS),
            asks: self.asks(2, pays, true),
            is_soft: self.dice.percent(70),
        })
    }

    fn asks(&mut self, most: u64, pays: bool, is_in_section: bool) -> Vec<Ask> {
        let count = self.dice.below(most + 1);
        (0..count).map(|_| self.ask(pays, is_in_section)).collect()
    }

    fn ask(&mut self, pays: bool, is_in_section: bool) -> Ask {
        self.asks += 1;
        let how = self.dice.of(&HOWS);
        let yocto = self.dice.of(&DEPOSITS);
        Ask {
            k: self.asks,
            how,
            yocto: if pays { yocto } else { 0 },
            blocks: self.dice.of(&[5, 60, 300]),
            is_soft: self.dice.percent(88),
            is_in_section,
        }
    }
}

/// The arguments of a node, with those of all below it.
pub(super) fn args(nodes: &[Node], number: usize) -> Value {
    let node = &nodes[number];
    let falls = match node.falls {
        Falls::Never => "never",
        Falls::First => "first",
        Falls::Last => "last",
    };
    let scopes: Vec<Value> = node
        .scopes
        .iter()
        .map(|scope| scope_args(nodes, scope))
        .collect();
    let lock = node
        .lock
        .as_ref()
        .map(|lock| json!({"key": lock.key, "asks": asks_args(&lock.asks), "soft": lock.is_soft}));
    json!({
        "n": number,
        "keeps": node.keeps,
        "falls": falls,
        "survives": node.survives,
        "before": asks_args(&node.before),
        "scopes": scopes,
        "lock": lock,
        "after": asks_args(&node.after),
    })
}

fn scope_args(nodes: &[Node], scope: &Scope) -> Value {
    let child = |(number, awaits): &(usize, bool)| {
        let Node { id, yocto, .. } = &nodes[*number];
        let yocto = yocto.to_string();
        json!({"id": id, "args": args(nodes, *number), "yocto": yocto, "awaits": awaits})
    };
    let children: Vec<Value> = scope.children.iter().map(child).collect();
    json!({
        "children": children,
        "asks": asks_args(&scope.asks),
        "race": scope.has_race,
        "cancels": scope.cancels,
        "falls": scope.falls,
        "soft": scope.is_soft,
        "key": scope.key,
    })
}

fn asks_args(asks: &[Ask]) -> Value {
    let ask = |ask: &Ask| {
        let Ask {
            k,
            how,
            yocto,
            blocks,
            is_soft,
            is_in_section,
        } = ask;
        json!({
            "k": k, "how": how, "yocto": yocto, "blocks": blocks, "soft": is_soft,
            "hidden": is_in_section,
        })
    };
    asks.iter().map(ask).collect()
}
