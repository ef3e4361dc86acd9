//! `docs/spec/loader.md` against the code: its example, its limits, its codes.
#![allow(
    clippy::unwrap_used,
    reason = "a test ends where something unexpected happens"
)]

use std::collections::BTreeMap;

use conclave_abi::loader::{
    CHUNK_BYTES_MAX, CHUNKS_MAX, CONTRACT_BYTES_MAX, ChunkMessage, PLAN_KEY, Plan, chunk_key,
    chunk_messages, decode_chunk_record, encode_chunk_record,
};
use conclave_loader::error::LoaderError;
use sha2::{Digest, Sha256};

const SPEC: &str = include_str!("../../docs/spec/loader.md");
const CODE: &[u8] = b"a contract of thirty-one bytes.";

/// The lines of the block marked `golden`.
fn golden() -> BTreeMap<&'static str, Vec<u8>> {
    let (_, block) = SPEC.split_once("```golden\n").unwrap();
    let (block, _) = block.split_once("```").unwrap();
    let lines = block.lines().map(|line| line.split_once(": ").unwrap());
    lines.map(|(name, hex)| (name, unhex(hex))).collect()
}

fn unhex(text: &str) -> Vec<u8> {
    let pairs = text.as_bytes().chunks(2);
    pairs
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect()
}

#[test]
fn the_example_is_what_the_code_writes_and_reads() {
    let plan = Plan {
        sha256: Sha256::digest(CODE).into(),
        bytes: 31,
        chunk_bytes: 10,
    };
    let message = chunk_messages(&plan, CODE).last().unwrap();
    let written = BTreeMap::from([
        ("plan key", PLAN_KEY.to_vec()),
        ("plan record", plan.encode().to_vec()),
        ("last chunk key", chunk_key(3).to_vec()),
        ("last chunk record", encode_chunk_record(&CODE[30..])),
        ("last chunk message", message),
    ]);
    let golden = golden();
    assert_eq!(written, golden);
    assert_eq!(Plan::decode(&golden["plan record"]), Ok(plan.clone()));
    assert_eq!(
        decode_chunk_record(&golden["last chunk record"]),
        Ok(&CODE[30..])
    );
    let message = ChunkMessage {
        sha256: plan.sha256,
        offset: 30,
        chunk: &CODE[30..],
    };
    assert_eq!(
        ChunkMessage::decode(&golden["last chunk message"]),
        Ok(message)
    );
}

#[test]
fn the_limits_are_those_of_the_code() {
    for row in [
        format!(
            "| length of the whole | 1 to {} |",
            grouped(CONTRACT_BYTES_MAX)
        ),
        format!("| chunk size | 1 to {} |", grouped(CHUNK_BYTES_MAX)),
        format!("| chunks | at most {CHUNKS_MAX} |"),
    ] {
        assert!(SPEC.contains(&row), "no row {row}");
    }
}

#[test]
fn the_codes_are_those_of_the_code_and_each_has_a_page() {
    let rows = SPEC.lines().filter_map(|line| line.strip_prefix("| `E_"));
    let codes: Vec<_> = rows
        .map(|row| format!("E_{}", row.split('`').next().unwrap()))
        .collect();
    assert_eq!(codes, LoaderError::CODES);
    for code in codes {
        let page = format!("{}/../docs/errors/{code}.md", env!("CARGO_MANIFEST_DIR"));
        let text = std::fs::read_to_string(&page).unwrap();
        assert!(text.starts_with(&format!("# {code}\n")), "{page}");
    }
}

/// A number with commas, as the document writes it.
fn grouped(number: u32) -> String {
    let digits = number.to_string();
    let groups = digits.as_bytes().rchunks(3).rev();
    let groups: Vec<_> = groups
        .map(|group| std::str::from_utf8(group).unwrap())
        .collect();
    groups.join(",")
}
