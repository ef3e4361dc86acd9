//! Whether a flow's lines are what its script says: all of it where the flow came to its end, its
//! beginning where it did not, and each section whole or not at all.

use super::ledger::Line;
use super::script::{Care, Far, Section, Step};

/// How far a walk came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// Through all steps.
    Through,
    /// To where the flow stopped.
    Stopped,
    /// To where it began anew, and then through all steps.
    Anew,
}

/// Lines yet to be walked along.
pub(super) struct Walk<'a> {
    lines: std::slice::Iter<'a, Line>,
    id: &'a str,
}

impl<'a> Walk<'a> {
    /// Walks along all lines of a flow of a subcontract.
    pub(super) fn along(lines: &'a [Line], id: &'a str, steps: &[Step]) -> Result<Way, String> {
        let mut walk = Self {
            lines: lines.iter(),
            id,
        };
        let way = walk.steps(steps)?;
        match walk.lines.next() {
            None => Ok(way),
            Some(line) => Err(format!("{line:?} is none of its script's, after {way:?}")),
        }
    }

    fn steps(&mut self, steps: &[Step]) -> Result<Way, String> {
        for step in steps {
            let way = self.step(step)?;
            if way != Way::Through {
                return Ok(way);
            }
        }
        Ok(Way::Through)
    }

    /// The first word of the next line.
    fn next(&self) -> Option<&'a str> {
        self.lines
            .as_slice()
            .first()?
            .words
            .first()
            .map(String::as_str)
    }

    fn step(&mut self, step: &Step) -> Result<Way, String> {
        if self.next().is_none() {
            return Ok(Way::Stopped);
        }
        match step {
            Step::Move(from, to, amount, soft) => {
                if *soft && self.next() == Some("soft") {
                    return self.one(&["soft"]);
                }
                self.put(self.id, from, -amount)?;
                self.put(self.id, to, *amount)
            }
            Step::Far(from, amount, far, care) => self.far(from, *amount, far, *care),
            Step::Put(key, amount) => self.put(self.id, key, *amount),
            Step::Wait(_, _, soft) | Step::Yield(_, _, soft) => match soft {
                true => self.one(&["told", "failed"]),
                false => self.one(&["told"]),
            },
            Step::All(waits) => {
                let told = self.lines.as_slice()[0].words.get(1);
                let told = told.map_or(0, String::len);
                let way = self.one(&["all"])?;
                match told == waits.len() {
                    true => Ok(way),
                    false => Err(format!("{told} ends of {} calls", waits.len())),
                }
            }
            Step::Left(..) => self.one(&["left"]),
            Step::Open(_) => self.one(&["open"]),
            Step::Send(..) => self.one(&["sent"]),
            Step::Pay(..) => self.one(&["paid", "soft"]),
            Step::Gift(_) => self.one(&["gift", "soft"]),
            Step::Section(section) => self.section(section),
            Step::Fall => Ok(Way::Stopped),
            Step::Anew(steps) => {
                self.one(&["anew"])?;
                Ok(match self.steps(steps)? {
                    Way::Through => Way::Anew,
                    way => way,
                })
            }
        }
    }

    fn one(&mut self, words: &[&str]) -> Result<Way, String> {
        let line = self.lines.next().ok_or("a line is missing")?;
        match words.contains(&line.words[0].as_str()) {
            true => Ok(Way::Through),
            false => Err(format!("{line:?}, expected one of {words:?}")),
        }
    }

    fn put(&mut self, id: &str, key: &str, amount: i64) -> Result<Way, String> {
        let line = self.lines.next().ok_or("a line is missing")?;
        let [put, name, old, new] = line.words.as_slice() else {
            return Err(format!("{line:?}, expected a put of {key}"));
        };
        let number = |text: &String| text.parse::<i64>().map_err(|error| error.to_string());
        let is_it = (put.as_str(), name.as_str(), line.id.as_str()) == ("put", key, id);
        match is_it && number(new)? - number(old)? == amount {
            true => Ok(Way::Through),
            false => Err(format!("{line:?}, expected {amount} put to {key} of {id}")),
        }
    }

    fn far(&mut self, from: &str, amount: i64, far: &Far, care: Care) -> Result<Way, String> {
        if care == Care::Soft && self.next() == Some("soft") {
            return self.one(&["soft"]);
        }
        self.put(self.id, from, -amount)?;
        if care == Care::Back && self.next() == Some("back") {
            self.one(&["back"])?;
            return self.put(self.id, from, amount);
        }
        let mut next = Some(far);
        while let Some(far) = next {
            self.put(far.id, far.key, far.amount)?;
            if far.falls {
                return Err(format!("{far:?} fell, and something of it stayed"));
            }
            next = far.then.as_deref();
        }
        Ok(Way::Through)
    }

    fn section(&mut self, section: &Section) -> Result<Way, String> {
        if self.next() == Some("caught") {
            let code = self.lines.as_slice()[0].words[1].clone();
            if code == "E_CONFLICT" && section.is_closed() {
                return Err("a conflict in a section that keeps others from its keys".to_owned());
            }
            self.one(&["caught"])?;
            return Ok(match section.catches {
                true => Way::Through,
                false => Way::Stopped,
            });
        }
        let receipt = self.lines.as_slice()[0].receipt;
        self.one(&["begin"])?;
        if self.steps(&section.steps)? != Way::Through {
            return Err("a part of a section stayed".to_owned());
        }
        let end = self.lines.as_slice().first().map(|line| line.receipt);
        self.one(&["end"])?;
        match end == Some(receipt) {
            true => Ok(Way::Through),
            false => Err("a section was done in two receipts".to_owned()),
        }
    }
}
