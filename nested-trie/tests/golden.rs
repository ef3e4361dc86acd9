//! The golden vectors of `docs/spec/state.md`, in both directions: what is done gives the host keys
//! and records that the document shows, and what it shows reads back as what was done.
//!
//! A block whose fence says `golden state <name>` has steps, a line `=>`, then host keys and
//! records. Blocks of other kinds (`golden account …`, `golden value …`) belong to the crates that
//! write those bytes; [`blocks`] finds them the same way.

mod memory;

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use conclave_nested_trie::{Changes, Direction, KeyRange, NewValue, Trie, verify};
use memory::Memory;

/// Keys and values.
type Values = BTreeMap<Vec<u8>, Vec<u8>>;

/// What the steps of a block leave.
#[derive(Debug, Default, PartialEq)]
struct State {
    payload: Vec<u8>,
    /// Id → payload and pairs.
    subcontracts: BTreeMap<String, (Vec<u8>, Values)>,
}

fn path() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/spec/state.md")
}

fn document() -> String {
    std::fs::read_to_string(path()).expect("docs/spec/state.md is there")
}

/// Returns name and lines of each golden block of a kind.
fn blocks(document: &str, kind: &str) -> Vec<(String, Vec<String>)> {
    let fence = format!("```golden {kind} ");
    let mut found = Vec::new();
    let mut lines = document.lines();
    while let Some(line) = lines.next() {
        if let Some(name) = line.strip_prefix(&fence) {
            let block = lines
                .by_ref()
                .take_while(|line| *line != "```")
                .map(str::to_owned);
            found.push((
                name.to_owned(),
                block.filter(|line| !line.is_empty()).collect(),
            ));
        }
    }
    found
}

/// Reads bytes: parts of hexadecimal digits joined by `.`; `61*250` is a byte 250 times, `-` nothing.
fn bytes(text: &str) -> Vec<u8> {
    let parts =
        text.split('.')
            .filter(|part| *part != "-")
            .map(|part| match part.split_once('*') {
                Some((byte, times)) => hex::decode(byte)
                    .expect("hexadecimal")
                    .repeat(times.parse().expect("a count")),
                None => hex::decode(part).expect("hexadecimal"),
            });
    parts.collect::<Vec<_>>().concat()
}

/// Writes bytes as [`bytes`] reads them, so that a failure shows what to put into the document.
fn text(bytes: &[u8]) -> String {
    let runs = bytes.chunk_by(|left, right| left == right);
    let mut text = String::new();
    for run in runs {
        if run.len() > 8 {
            text += &format!(".{:02x}*{}.", run[0], run.len());
        } else {
            text += &hex::encode(run);
        }
    }
    if text.is_empty() {
        "-".to_owned()
    } else {
        text.trim_matches('.').replace("..", ".")
    }
}

/// Does one step line to the changes and the expected state.
fn step(line: &str, changes: &mut Changes, state: &mut State) {
    let known = |state: &mut State, id: &str| {
        let of = state.subcontracts.get_mut(id);
        of.map(|(_, values)| std::mem::take(values))
    };
    match line.split_whitespace().collect::<Vec<_>>().as_slice() {
        ["enclave", payload] => {
            changes.payload = Some(bytes(payload));
            state.payload = bytes(payload);
        }
        ["account", id, payload] => {
            changes.put_account(id, bytes(payload));
            let values = known(state, id).unwrap_or_default();
            let account = (bytes(payload), values);
            state.subcontracts.insert((*id).to_owned(), account);
        }
        ["set", id, key, value] => {
            changes.set(id, bytes(key), bytes(value));
            let of = state.subcontracts.get_mut(*id).expect("an account first");
            of.1.insert(bytes(key), bytes(value));
        }
        ["note", id, key, value, note] => {
            let (bytes_of, note) = (bytes(value), bytes(note));
            let value = NewValue {
                bytes: bytes_of.clone(),
                note,
            };
            changes.put(id, bytes(key), value);
            let of = state.subcontracts.get_mut(*id).expect("an account first");
            of.1.insert(bytes(key), bytes_of);
        }
        ["unset", id, key] => {
            changes.unset(id, bytes(key));
            let of = state.subcontracts.get_mut(*id).expect("an account first");
            of.1.remove(&bytes(key));
        }
        ["remove", id] => {
            changes.remove(id);
            state.subcontracts.remove(*id);
        }
        other => panic!("not a step: {other:?}"),
    }
}

/// Does the steps of a block, each as an execution of its own.
fn done(steps: &[String]) -> (Memory, State) {
    let (mut memory, mut state) = (Memory::default(), State::default());
    for line in steps {
        let mut changes = Changes::new();
        step(line, &mut changes, &mut state);
        memory.commit(changes);
    }
    (memory, state)
}

/// Reads everything that a store holds through the trie.
fn read_back(memory: &Memory) -> State {
    let trie = Trie::open(memory);
    let all = KeyRange {
        from: b"",
        to: None,
        direction: Direction::Up,
    };
    let mut state = State {
        payload: trie.payload().expect("sound").unwrap_or_default(),
        ..State::default()
    };
    for id in trie.subcontracts("", usize::MAX).expect("sound").items {
        let mut values = BTreeMap::new();
        trie.scan(&id, &all, &mut |entry| {
            values.insert(entry.key().to_vec(), entry.value()?);
            Ok(ControlFlow::Continue(()))
        })
        .expect("sound");
        let account = trie.account(&id).expect("sound").expect("listed");
        state.subcontracts.insert(id, (account.payload, values));
    }
    state
}

/// Splits the lines of a block at `=>`.
fn split(lines: &[String]) -> (&[String], &[String]) {
    let arrow = lines.iter().position(|line| line == "=>").expect("=>");
    (&lines[..arrow], &lines[arrow + 1..])
}

/// Compares what a block shows with what it should show, which replaces it where `UPDATE_EXPECT` is set.
fn compare(block: &str, shown: &[String], expected: &[String]) {
    if shown == expected {
        return;
    }
    let whole = format!("block {block} should show\n{}", expected.join("\n"));
    assert!(std::env::var_os("UPDATE_EXPECT").is_some(), "{whole}");
    let document = document();
    let start = document
        .find(&format!("```golden {block}\n"))
        .expect("a block");
    let arrow = start + document[start..].find("=>\n").expect("=>") + 3;
    let end = arrow + document[arrow..].find("```").expect("an end");
    let mut text = document[..arrow].to_owned();
    expected
        .iter()
        .for_each(|line| text += &format!("{line}\n"));
    std::fs::write(path(), text + &document[end..]).expect("the document can be written");
}

#[test]
fn the_document_shows_what_is_written_and_reads_back_as_what_was_done() {
    let blocks = blocks(&document(), "state");
    assert!(blocks.len() >= 5, "{} blocks", blocks.len());
    for (name, lines) in blocks {
        let (steps, shown) = split(&lines);
        let (memory, state) = done(steps);
        let pairs = memory.pairs.iter();
        let written: Vec<String> = pairs
            .map(|(key, record)| format!("{} {}", text(key), text(record)))
            .collect();
        compare(&format!("state {name}"), shown, &written);
        let pair = |line: &String| {
            let (key, record) = line.split_once(' ').expect("host key and record");
            (bytes(key), bytes(record))
        };
        let mut read = Memory::default();
        read.pairs = written.iter().map(pair).collect();
        assert_eq!(read_back(&read), state, "block {name}");
    }
}

#[test]
fn the_document_shows_roots_and_proofs_that_verify() {
    let document = document();
    let blocks = blocks(&document, "proofs");
    assert_eq!(blocks.len(), 3);
    for (name, lines) in blocks {
        let (steps, shown) = split(&lines);
        let (memory, state) = done(steps);
        let root = Trie::open(&memory).root().expect("sound");
        let mut expected = vec![text(&root)];
        assert!(shown.len() > 5, "{} lines in {name}", shown.len());
        for line in &shown[1..] {
            let mut asked = line.split(' ');
            let (id, key) = asked.next().zip(asked.next()).expect("an id and a key");
            let of = state.subcontracts.get(id);
            let value = of.and_then(|(_, values)| values.get(&bytes(key)));
            let proved = Trie::open(&memory).prove(id, &bytes(key));
            let proof = proved.expect("sound").proof;
            let told = value.map_or("absent".to_owned(), |value| text(value));
            expected.push(format!("{id} {key} {told} {}", text(&proof)));
            let value = value.map(Vec::as_slice);
            assert_eq!(verify(&root, id, &bytes(key), value, &proof), Ok(()));
        }
        compare(&format!("proofs {name}"), shown, &expected);
    }
}

#[test]
fn the_document_has_a_place_for_what_other_crates_write() {
    let document = document();
    for heading in [
        "## The enclave's payload",
        "## Account payload",
        "## Value record",
    ] {
        let count = document.lines().filter(|line| *line == heading).count();
        assert_eq!(count, 1, "{heading}");
    }
}
