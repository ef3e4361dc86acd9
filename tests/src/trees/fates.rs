//! What becomes of each node of a tree, as its lines and the calls that left tell it; and what has to
//! become of it: who is cancelled is told so at what it awaits then, and at nothing else.

use super::shape::Node;
use std::collections::BTreeMap;

/// How far a node's call came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// Nobody has spawned it.
    None,
    /// It was spawned in the receipt that runs.
    Planned,
    /// It was cancelled in the receipt in which it was spawned.
    TakenBack,
    /// It is on its way; whether it is wanted.
    Sent(bool),
    /// It was not wanted when it came.
    Refused,
    Begun,
}

/// Something that a node awaits from outside.
#[derive(Debug, Clone, Copy)]
struct Asked {
    is_cancelled: bool,
    /// Whether people settle it.
    is_open: bool,
    /// Whether its lines come later, so that what happens meanwhile is not known.
    is_in_section: bool,
}

#[derive(Debug, Clone)]
struct Fate {
    stage: Stage,
    asks: BTreeMap<usize, Asked>,
    /// Whether its open scope has been cancelled.
    is_scope_cancelled: bool,
    /// Whether its parent is to be told that its call is cancelled, because the parent is.
    is_wait_cancelled: bool,
    /// Whether its parent has been told how its call ended.
    is_answered: bool,
    was_cancelled: bool,
    /// Whether it has been told that it is cancelled.
    is_told: bool,
    is_aborted: bool,
    /// Calls that it made in `finally`.
    fins: usize,
    /// When and how its call ended.
    end: Option<(usize, Result<usize, String>)>,
}

/// The fates of all nodes.
pub(super) struct Fates {
    pub(super) nodes: Vec<Node>,
    fates: Vec<Fate>,
    /// How often each key was locked in a section that stayed, by subcontract and key.
    pub(super) locked: BTreeMap<(String, String), i64>,
    /// What subcontracts got and gave, in yoctoNEAR.
    pub(super) got: BTreeMap<&'static str, i128>,
    /// What the root kept of its caller's, in yoctoNEAR.
    pub(super) root_kept: u128,
}

impl Fates {
    pub(super) fn new(nodes: Vec<Node>) -> Self {
        let fate = Fate {
            stage: Stage::None,
            asks: BTreeMap::new(),
            is_scope_cancelled: false,
            is_wait_cancelled: false,
            is_answered: false,
            was_cancelled: false,
            is_told: false,
            is_aborted: false,
            fins: 0,
            end: None,
        };
        let mut fates = vec![fate; nodes.len()];
        fates[0].stage = Stage::Begun;
        Self {
            nodes,
            fates,
            locked: BTreeMap::new(),
            got: BTreeMap::new(),
            root_kept: 0,
        }
    }

    /// A line of a node.
    pub(super) fn line(&mut self, line: &str) -> Result<(), String> {
        let (id, text) = line.split_once(": ").ok_or("a line without an id")?;
        let words: Vec<&str> = text.split(' ').collect();
        let n = number(words[0])?;
        let (is_begun, is_aborted) = (self.is_begun(n), self.fates[n].is_aborted);
        if !is_begun || is_aborted || self.fates[n].end.is_some() {
            return Err(format!("{line}, of a node that does not run"));
        }
        match words[1..] {
            ["kept"] => self.keeps(n),
            ["opens", k, hidden] => {
                self.asked(n, number(k)?, hidden == "true")?;
                let asked = self.fates[n].asks.values_mut();
                asked
                    .last()
                    .into_iter()
                    .for_each(|asked| asked.is_open = true);
            }
            ["got", k, code] => self.told(n, number(k)?, code)?,
            ["scope"] => self.fates[n].is_scope_cancelled = false,
            ["spawned", c] => self.planned(number(c)?)?,
            ["end", c, _] => self.told_end(number(c)?)?,
            ["lost", c, code] => self.told_loss(n, number(c)?, code)?,
            ["fails"] => self.fail_scope(n),
            ["cancel"] => self.cancel_scope(n),
            ["locked", key] => {
                *self
                    .locked
                    .entry((id.to_owned(), key.to_owned()))
                    .or_default() += 1
            }
            ["finally", is_aborted] => self.ends(n, is_aborted == "true")?,
            _ => {}
        }
        Ok(())
    }

    fn is_begun(&self, n: usize) -> bool {
        self.fates[n].stage == Stage::Begun
    }

    /// Nodes that it spawned and whose ends it has not been told.
    fn open_children(&self, n: usize) -> Vec<usize> {
        let is_open = |c: &usize| {
            let (node, fate) = (&self.nodes[*c], &self.fates[*c]);
            node.parent == Some(n) && !fate.is_answered && fate.stage != Stage::None
        };
        (0..self.nodes.len()).filter(is_open).collect()
    }

    fn keeps(&mut self, n: usize) {
        let Node {
            id, parent, yocto, ..
        } = self.nodes[n];
        *self.got.entry(id).or_default() += yocto.cast_signed();
        match parent {
            Some(parent) => {
                let from = self.nodes[parent].id;
                *self.got.entry(from).or_default() -= yocto.cast_signed();
            }
            None => self.root_kept = yocto,
        }
    }

    /// A node awaits something from outside.
    pub(super) fn asked(&mut self, n: usize, k: usize, is_in_section: bool) -> Result<(), String> {
        if !self.is_begun(n) || self.fates[n].is_aborted {
            return Err(format!("node {n} asks {k} and does not run"));
        }
        let asked = Asked {
            is_cancelled: false,
            is_open: false,
            is_in_section: is_in_section || self.nodes[n].is_in_section,
        };
        match self.fates[n].asks.insert(k, asked) {
            None => Ok(()),
            Some(_) => Err(format!("node {n} asks {k} twice")),
        }
    }

    fn told(&mut self, n: usize, k: usize, code: &str) -> Result<(), String> {
        let fate = &mut self.fates[n];
        let Some(asked) = fate.asks.get_mut(&k) else {
            return match code {
                "E_FUNDS" => Ok(()),
                _ => Err(format!(
                    "node {n} is told {code} of {k}, which has not left"
                )),
            };
        };
        let is_told = code == "E_CANCELLED";
        let is_right = match asked.is_in_section {
            true => !is_told || fate.was_cancelled || self.nodes[n].is_in_section,
            false => is_told == asked.is_cancelled,
        };
        fate.is_told |= is_told;
        fate.asks.remove(&k);
        match is_right {
            true => Ok(()),
            false => Err(format!("node {n} is told {code} of {k}")),
        }
    }

    fn planned(&mut self, c: usize) -> Result<(), String> {
        if self.nodes[c].is_in_section {
            return Ok(());
        }
        match self.fates[c].stage {
            Stage::None => self.fates[c].stage = Stage::Planned,
            stage => return Err(format!("node {c} is spawned, and was {stage:?}")),
        }
        Ok(())
    }

    /// The call of a node is on its way.
    pub(super) fn sent(&mut self, c: usize) -> Result<(), String> {
        let before = match self.nodes[c].is_in_section {
            true => Stage::None,
            false => Stage::Planned,
        };
        let stage = self.fates[c].stage;
        self.fates[c].stage = Stage::Sent(true);
        match stage == before {
            true => Ok(()),
            false => Err(format!("node {c} is sent, and was {stage:?}")),
        }
    }

    /// The call of a node comes.
    pub(super) fn comes(&mut self, c: usize) {
        self.fates[c].stage = match self.fates[c].stage {
            Stage::Sent(false) => Stage::Refused,
            _ => Stage::Begun,
        };
    }

    fn told_end(&mut self, c: usize) -> Result<(), String> {
        let fate = &mut self.fates[c];
        fate.is_answered = true;
        let is_right = matches!(&fate.end, Some((_, Ok(_)))) && !fate.is_wait_cancelled;
        match is_right || self.nodes[c].is_in_section {
            true => Ok(()),
            false => Err(format!("node {c} is told to have ended: {fate:?}")),
        }
    }

    fn told_loss(&mut self, n: usize, c: usize, code: &str) -> Result<(), String> {
        let fate = &mut self.fates[c];
        fate.is_answered = true;
        let expect = match &fate.end {
            _ if fate.is_wait_cancelled || fate.stage == Stage::TakenBack => "E_CANCELLED",
            Some((_, Err(code))) if code.is_empty() => "E_OUTSIDE",
            Some((_, Err(code))) => code,
            _ => "nothing",
        };
        if code != expect && !self.nodes[c].is_in_section {
            return Err(format!("node {c} is told to be lost by {code}: {fate:?}"));
        }
        self.fates[n].is_told |= self.fates[c].is_wait_cancelled;
        self.fail_scope(n);
        Ok(())
    }

    fn fail_scope(&mut self, n: usize) {
        if !self.fates[n].is_scope_cancelled {
            self.cancel_scope(n);
        }
    }

    /// A node cancels what it spawned.
    fn cancel_scope(&mut self, n: usize) {
        self.fates[n].is_scope_cancelled = true;
        for c in self.open_children(n) {
            self.cancel(c);
        }
    }

    fn cancel(&mut self, c: usize) {
        let is_in_section = self.nodes[c].is_in_section;
        match &mut self.fates[c].stage {
            _ if is_in_section => {}
            stage @ Stage::Planned => *stage = Stage::TakenBack,
            Stage::Sent(is_wanted) => *is_wanted = false,
            Stage::Begun => self.cancel_flow(c),
            Stage::None | Stage::TakenBack | Stage::Refused => {}
        }
    }

    /// A node that has begun is cancelled, and what it spawned.
    fn cancel_flow(&mut self, n: usize) {
        let fate = &mut self.fates[n];
        if fate.is_aborted {
            return;
        }
        fate.was_cancelled = true;
        fate.asks
            .values_mut()
            .for_each(|asked| asked.is_cancelled = true);
        for c in self.open_children(n) {
            let fate = &mut self.fates[c];
            if !std::mem::replace(&mut fate.is_wait_cancelled, true) {
                self.cancel(c);
            }
        }
    }

    /// Somebody has aborted a node.
    pub(super) fn aborted(&mut self, n: usize) {
        self.fates[n].is_aborted = true;
        self.cancel_scope(n);
    }

    /// `finally` runs.
    fn ends(&mut self, n: usize, is_aborted: bool) -> Result<(), String> {
        let (node, fate) = (&self.nodes[n], &self.fates[n]);
        // What was told in a section that was undone is not known.
        let is_known = !node.has_sections() && !node.is_in_section;
        match is_known && is_aborted != fate.is_told {
            true => Err(format!("node {n} sees `aborted` {is_aborted}: {fate:?}")),
            false => Ok(()),
        }
    }

    /// A node calls the outside in `finally`.
    pub(super) fn fin(&mut self, n: usize) -> Result<(), String> {
        self.fates[n].fins += 1;
        match self.is_begun(n) && self.fates[n].fins == 1 {
            true => Ok(()),
            false => Err(format!("`finally` of node {n} runs: {:?}", self.fates[n])),
        }
    }

    /// A node's call has ended.
    pub(super) fn ended(
        &mut self,
        n: usize,
        step: usize,
        end: Result<usize, String>,
    ) -> Result<(), String> {
        let fate = &mut self.fates[n];
        let is_refused = end == Err("E_CANCELLED".to_owned());
        if self.nodes[n].is_in_section && is_refused && fate.fins == 0 {
            fate.stage = Stage::Refused;
        }
        if fate.stage == Stage::Refused && !is_refused {
            return Err(format!("node {n} was not wanted, and ended with {end:?}"));
        }
        if end.as_ref().is_ok_and(|value| *value != n) {
            return Err(format!("node {n} returned {end:?}"));
        }
        fate.end = Some((step, end));
        Ok(())
    }

    /// Whether a node's call has ended.
    pub(super) fn has_ended(&self, n: usize) -> bool {
        self.fates[n].end.is_some()
    }

    /// Whether it may be that a node awaits what people settle.
    pub(super) fn may_wait_long(&self, n: usize) -> bool {
        let is_unknown = self.nodes[n].has_sections() || self.nodes[n].is_in_section;
        let mut asks = self.fates[n].asks.values();
        is_unknown || asks.any(|asked| asked.is_open && !asked.is_cancelled)
    }

    /// What has been planned in a receipt has left with it.
    pub(super) fn check_receipt(&self) -> Result<(), String> {
        let mut stages = self.fates.iter().map(|fate| fate.stage);
        match stages.position(|stage| stage == Stage::Planned) {
            Some(n) => Err(format!("node {n} was spawned, and did not leave")),
            None => Ok(()),
        }
    }

    /// Each node has one of three ends, after all that it spawned.
    pub(super) fn check_end(&self, note: &mut dyn FnMut(&str)) -> Result<(), String> {
        for (n, fate) in self.fates.iter().enumerate() {
            let wrong = |what: &str| Err(format!("node {n} {what}: {fate:?}"));
            let how = match (fate.stage, &fate.end) {
                (Stage::None, _) => "never spawned",
                (Stage::TakenBack, _) => "taken back",
                (Stage::Refused, _) => "refused",
                (Stage::Begun, Some((_, Ok(_)))) => "returned",
                (Stage::Begun, Some((_, Err(_)))) if fate.is_aborted => "aborted",
                (Stage::Begun, Some((_, Err(code)))) if code == "E_CANCELLED" => "cancelled",
                (Stage::Begun, Some((_, Err(_)))) => "failed",
                (Stage::Planned | Stage::Sent(_) | Stage::Begun, _) => return wrong("has no end"),
            };
            note(&format!("node {how}"));
            let runs = fate.stage == Stage::Begun && self.nodes[n].may_wait();
            if !fate.is_aborted && fate.fins != usize::from(runs) {
                return wrong("ran `finally` so often");
            }
            if let Some(parent) = self.nodes[n].parent
                && let Some((end, _)) = &fate.end
                && let (Some((parents, _)), false) =
                    (&self.fates[parent].end, self.fates[parent].is_aborted)
                && parents <= end
            {
                return wrong("ended after its parent");
            }
        }
        Ok(())
    }
}

fn number(text: &str) -> Result<usize, String> {
    text.parse().map_err(|_| format!("{text} is no number"))
}
