//! The rows: which programs run with which keys on which worlds.

use anyhow::{Result, ensure};

use crate::costs::{Costs, Prices};
use crate::input;
use crate::world::{Naming, SAMPLES, World, neighbouring_keys, spread_keys, stored_key};

/// Keys of the small contract whose 1, 3 and 10 keys are read and written.
pub const SMALL: u64 = 10;

/// Keys of the contract that is scanned.
pub const SCANNED: u64 = 1_000;

/// Sizes of contracts in the rows that name one.
pub const SIZES: [u64; 5] = [10, 100, 1_000, 10_000, 100_000];

/// One more size, for the whole curve: it takes a minute.
pub const SIZE_LARGEST: u64 = 1_000_000;

/// What a program does with the keys that it is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Program {
    /// Reads each of so many keys and writes a changed value.
    ReadWrite(u64),
    /// Writes a new key behind each of so many.
    New(u64),
    /// Reads so many neighbouring pairs.
    Scan(u64),
}

/// The rows that name no size: keys of the contract, name, program.
const PLAIN: [(u64, &str, Program); 6] = [
    (SMALL, "trie_rw_1", Program::ReadWrite(1)),
    (SMALL, "trie_rw_3", Program::ReadWrite(3)),
    (SMALL, "trie_rw_10", Program::ReadWrite(10)),
    (SCANNED, "trie_scan_100", Program::Scan(100)),
    (SCANNED, "trie_new_1", Program::New(1)),
    (SCANNED, "trie_new_10", Program::New(10)),
];

/// The mean cost of a program, and how far its choices of keys differ.
#[derive(Debug, Clone)]
pub struct Cost {
    /// Mean gas by cost.
    pub mean: Costs,
    /// Gas of the cheapest choice.
    pub least: u64,
    /// Gas of the dearest choice.
    pub most: u64,
}

impl Cost {
    /// Returns the mean gas.
    #[must_use]
    pub fn gas(&self) -> u64 {
        self.mean.total()
    }

    fn of(all: &[Costs]) -> Self {
        let totals = || all.iter().map(Costs::total);
        Self {
            mean: Costs::mean(all),
            least: totals().min().unwrap_or(0),
            most: totals().max().unwrap_or(0),
        }
    }
}

/// A program in the trie and on plain keys.
#[derive(Debug, Clone)]
pub struct Row {
    /// Its name, by which others find it.
    pub name: String,
    /// In the trie.
    pub trie: Cost,
    /// On plain keys: what the trie is held against.
    pub flat: Cost,
    /// On plain keys behind the subcontract's id.
    pub flat_with_id: Cost,
}

/// Measures all rows of contracts of these sizes, in ascending order of sizes.
///
/// # Errors
/// When a call fails, or the trie and plain keys give different values.
pub fn rows(code: &[u8], sizes: &[u64]) -> Result<Vec<Row>> {
    let mut plain = Vec::new();
    let mut curve = Vec::new();
    for size in sizes {
        let mut worlds = Worlds::new(code, *size)?;
        for (of, name, program) in PLAIN {
            if of == *size {
                plain.push(worlds.row(name, program)?);
            }
        }
        let name = format!("trie_rw_1_of_{size}");
        curve.push(worlds.row(&name, Program::ReadWrite(1))?);
    }
    plain.append(&mut curve);
    Ok(plain)
}

/// Returns NEAR's prices on the chains that rows are measured on.
///
/// # Errors
/// When there can be no chain.
pub fn prices(code: &[u8]) -> Result<Prices> {
    let world = World::empty(code)?;
    Ok(Prices::of(world.chain().runtime_config()))
}

/// The same contract with the same keys, stored in each way.
struct Worlds {
    size: u64,
    trie: World,
    flat: World,
    flat_with_id: World,
}

impl Worlds {
    fn new(code: &[u8], size: u64) -> Result<Self> {
        Ok(Self {
            size,
            trie: World::new(code, size, Naming::Trie)?,
            flat: World::new(code, size, Naming::Flat)?,
            flat_with_id: World::new(code, size, Naming::FlatWithId)?,
        })
    }

    fn row(&mut self, name: &str, program: Program) -> Result<Row> {
        let exports = match program {
            Program::ReadWrite(_) => ["trie_rw", "flat_rw"],
            Program::New(_) => ["trie_new", "flat_new"],
            Program::Scan(_) => ["trie_scan", "flat_scan"],
        };
        let (mut trie, mut flat, mut flat_with_id) = (Vec::new(), Vec::new(), Vec::new());
        for sample in 0..SAMPLES {
            let keys = keys(self.size, program, sample);
            let input = |naming| {
                let keys: Vec<_> = keys.iter().map(|key| stored_key(key, naming)).collect();
                input::encode(&keys)
            };
            let ours = self
                .trie
                .call_beyond_noop(exports[0], &input(Naming::Trie))?;
            let theirs = self
                .flat
                .call_beyond_noop(exports[1], &input(Naming::Flat))?;
            ensure!(ours.sum == theirs.sum, "{name}: the trie gave other values");
            let naming = Naming::FlatWithId;
            let with_id = self
                .flat_with_id
                .call_beyond_noop(exports[1], &input(naming))?;
            ensure!(
                ours.sum == with_id.sum,
                "{name}: the trie gave other values"
            );
            trie.push(ours.costs);
            flat.push(theirs.costs);
            flat_with_id.push(with_id.costs);
        }
        Ok(Row {
            name: name.to_owned(),
            trie: Cost::of(&trie),
            flat: Cost::of(&flat),
            flat_with_id: Cost::of(&flat_with_id),
        })
    }
}

fn keys(size: u64, program: Program, sample: u64) -> Vec<Vec<u8>> {
    match program {
        Program::ReadWrite(count) | Program::New(count) => spread_keys(size, count, sample),
        Program::Scan(count) => neighbouring_keys(size, count, sample),
    }
}

/// Bytes whose hash is measured.
pub const HASHED_BYTES: [usize; 8] = [32, 64, 128, 256, 512, 1_024, 2_048, 4_096];

/// What the hash of so many bytes costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HashRow {
    /// Bytes that are hashed.
    pub bytes: usize,
    /// Gas of the host's function, the digest fetched.
    pub host: u64,
    /// Gas of the crate `sha2` in the contract as it is built.
    pub wasm: u64,
    /// Gas of the crate `sha2` at optimisation level 3.
    pub wasm_level_3: u64,
}

/// Measures sha256 in the contract, and in the one whose `sha2` is at level 3.
///
/// # Errors
/// When a call fails, or two ways give different hashes.
pub fn hash_rows(code: &[u8], code_level_3: &[u8]) -> Result<Vec<HashRow>> {
    let (mut world, mut level_3) = (World::empty(code)?, World::empty(code_level_3)?);
    let mut row = |bytes| {
        let input = vec![0xa5; bytes];
        let host = world.call_beyond_noop("sha256_host", &input)?;
        let wasm = world.call_beyond_noop("sha256_wasm", &input)?;
        let fast = level_3.call_beyond_noop("sha256_wasm", &input)?;
        ensure!(host.sum == wasm.sum && wasm.sum == fast.sum, "not one hash");
        Ok(HashRow {
            bytes,
            host: host.costs.total(),
            wasm: wasm.costs.total(),
            wasm_level_3: fast.costs.total(),
        })
    };
    HASHED_BYTES.into_iter().map(&mut row).collect()
}
