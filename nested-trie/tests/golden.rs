//! The golden vectors of `docs/spec/state.md`, in both directions: what is done gives the host keys
//! and records that the document shows, and what it shows reads back as what was done.
//!
//! A block whose fence says `golden state <name>` has steps, a line `=>`, then host keys and
//! records. Blocks of other kinds (`golden account …`, `golden value …`) belong to the crates that
//! write those bytes; [`blocks`] finds them the same way.

mod memory;

use std::collections::BTreeMap;
use std::path::Path;

use conclave_nested_trie::{Changes, KeyQuery, Trie};
use memory::Memory;

/// What the steps of a block leave: id → payload and pairs.
type State = BTreeMap<String, (Vec<u8>, BTreeMap<Vec<u8>, Vec<u8>>)>;

fn document() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/spec/state.md");
    std::fs::read_to_string(path).expect("docs/spec/state.md is there")
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
    match line.split_whitespace().collect::<Vec<_>>().as_slice() {
        ["account", id, payload] => {
            changes.put_account(id, bytes(payload));
            state.entry((*id).to_owned()).or_default().0 = bytes(payload);
        }
        ["set", id, key, value] => {
            changes.set(id, bytes(key), bytes(value));
            state
                .get_mut(*id)
                .expect("an account first")
                .1
                .insert(bytes(key), bytes(value));
        }
        ["unset", id, key] => {
            changes.unset(id, bytes(key));
            state
                .get_mut(*id)
                .expect("an account first")
                .1
                .remove(&bytes(key));
        }
        ["remove", id] => {
            changes.remove(id);
            state.remove(*id);
        }
        other => panic!("not a step: {other:?}"),
    }
}

/// Reads everything that a store holds through the trie.
fn read_back(memory: &Memory) -> State {
    let trie = Trie::open(memory);
    let ids = trie.subcontracts("", usize::MAX).expect("sound").items;
    let read = |id: String| {
        let payload = trie.account(&id).expect("sound").expect("listed").payload;
        let query = KeyQuery {
            prefix: b"",
            from: b"",
            limit: usize::MAX,
        };
        let keys = trie.keys(&id, &query).expect("sound").items;
        let value = |key: Vec<u8>| {
            trie.get(&id, &key)
                .expect("sound")
                .map(|value| (key, value))
        };
        let values = keys
            .into_iter()
            .map(|key| value(key).expect("listed"))
            .collect();
        (id, (payload, values))
    };
    ids.into_iter().map(read).collect()
}

#[test]
fn the_document_shows_what_is_written_and_reads_back_as_what_was_done() {
    let document = document();
    let blocks = blocks(&document, "state");
    assert!(blocks.len() >= 4, "{} blocks", blocks.len());
    for (name, lines) in blocks {
        let (mut memory, mut state) = (Memory::default(), State::new());
        let (steps, stored) =
            lines.split_at(lines.iter().position(|line| line == "=>").expect("=>"));
        for step_line in steps {
            let mut changes = Changes::new();
            step(step_line, &mut changes, &mut state);
            let batch = Trie::open(&memory).update(changes).expect("sound");
            memory.apply(batch);
        }
        let written: Vec<String> = memory
            .pairs
            .iter()
            .map(|(key, record)| format!("{} {}", text(key), text(record)))
            .collect();
        let pair = |line: &String| {
            let (key, record) = line.split_once(' ').expect("host key and record");
            (bytes(key), bytes(record.trim()))
        };
        let shown: BTreeMap<Vec<u8>, Vec<u8>> = stored[1..].iter().map(pair).collect();
        assert!(
            shown == memory.pairs,
            "block {name} should show\n{}",
            written.join("\n")
        );
        let mut read = Memory::default();
        read.pairs = shown;
        assert_eq!(read_back(&read), state, "block {name}");
    }
}

#[test]
fn the_document_has_a_place_for_what_other_crates_write() {
    let document = document();
    for heading in ["## Account payload", "## Value record"] {
        assert_eq!(
            document.lines().filter(|line| *line == heading).count(),
            1,
            "{heading}"
        );
    }
}
