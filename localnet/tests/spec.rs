//! `docs/spec/localnet.md` against what a chain on disk holds.

mod contract;

use std::collections::BTreeSet;

use conclave_localnet::{Chain, ChainConfig, FunctionCall};
use contract::{Stage, pair};
use redb::{Database, ReadableDatabase, ReadableTable, TableDefinition, TableHandle};

const SPEC: &str = include_str!("../../docs/spec/localnet.md");

type Row = (Vec<u8>, Vec<u8>);

/// The first cells of the table rows in a section, without their quotes.
fn first_cells(section: &str) -> BTreeSet<String> {
    let body = SPEC
        .split("\n## ")
        .find(|part| part.starts_with(section))
        .expect("the section");
    let rows = body.lines().filter_map(|line| line.strip_prefix("| `"));
    rows.filter_map(|row| row.split('`').next())
        .map(str::to_owned)
        .collect()
}

/// A chain on disk with a bit of everything, closed.
fn busy_chain() -> (tempfile::TempDir, Database) {
    let folder = tempfile::tempdir().expect("a folder");
    let mut stage = Stage::on(Chain::open(folder.path(), ChainConfig::default()).expect("a chain"));
    stage.call("set", &pair(b"key", b"value"));
    let hash = stage.submit(FunctionCall::new("yield", ""));
    stage.settle(&hash);
    stage.chain.snapshot("one").expect("a snapshot");
    stage.submit(FunctionCall::new("chain_handed_on", "x"));
    for _ in 0..3 {
        stage.block();
    }
    drop(stage);
    let database = Database::open(folder.path().join("chain.redb")).expect("a database");
    (folder, database)
}

fn rows(database: &Database, table: &str) -> Vec<Row> {
    let reading = database.begin_read().expect("a reading");
    let table = reading
        .open_table(TableDefinition::<&[u8], &[u8]>::new(table))
        .expect("a table");
    let rows = table.iter().expect("rows").map(|row| row.expect("a row"));
    rows.map(|(key, value)| (key.value().to_vec(), value.value().to_vec()))
        .collect()
}

#[test]
fn the_tables_are_those_of_the_spec() {
    let (_folder, database) = busy_chain();
    let reading = database.begin_read().expect("a reading");
    let tables = reading.list_tables().expect("a list");
    let stored: BTreeSet<_> = tables.map(|table| table.name().to_owned()).collect();
    assert_eq!(stored, first_cells("3. Tables"));
}

#[test]
fn every_trie_key_begins_as_the_spec_says() {
    let (_folder, database) = busy_chain();
    let allowed = first_cells("4. Trie keys");
    let state = rows(&database, "state");
    let seen: BTreeSet<_> = state
        .iter()
        .map(|(key, _)| format!("{:02x}", key[0]))
        .collect();
    assert!(seen.is_subset(&allowed), "{seen:?} beyond {allowed:?}");
    // Accounts, code, keys, a postponed callback, the contract's data, a yield.
    let expected = [
        "00", "01", "02", "04", "05", "06", "09", "0a", "0b", "0c", "14",
    ];
    assert_eq!(seen, expected.map(str::to_owned).into());
}

#[test]
fn every_record_begins_with_its_version_and_blocks_read_field_by_field() {
    let (_folder, database) = busy_chain();
    for table in [
        "blocks",
        "heights",
        "transactions",
        "outcomes",
        "transactions_by_account",
        "queue",
    ] {
        let rows = rows(&database, table);
        assert!(!rows.is_empty(), "{table}");
        assert!(rows.iter().all(|(_, value)| value[0] == 1), "{table}");
    }
    for (key, value) in rows(&database, "blocks") {
        assert_eq!(
            value[1..9].iter().rev().copied().collect::<Vec<_>>(),
            key,
            "height"
        );
        // version, height, hash, previous, time, seed, gas price, supply.
        let mut rest = &value[1 + 8 + 32 + 32 + 8 + 32 + 16 + 16..];
        for _ in ["transactions", "receipts"] {
            let (count, hashes) = rest.split_at(4);
            let count = u32::from_le_bytes(count.try_into().expect("four bytes")) as usize;
            rest = &hashes[32 * count..];
        }
        assert_eq!(rest, b"", "nothing follows");
    }
}

#[test]
fn rows_by_account_are_keyed_as_the_spec_says() {
    let (_folder, database) = busy_chain();
    let alice = b"alice.near\0";
    let rows = rows(&database, "transactions_by_account");
    let of_alice: Vec<_> = rows
        .iter()
        .filter(|(key, _)| key.starts_with(alice))
        .collect();
    assert!(of_alice.len() >= 4);
    for (key, value) in of_alice {
        assert_eq!((key.len(), value.len()), (alice.len() + 8 + 4, 1 + 32));
    }
}
