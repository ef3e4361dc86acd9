//! The chain on disk: reopened, killed in the middle of a block, brought back.

mod contract;

use std::io::{BufRead, BufReader, Lines};
use std::path::Path;
use std::process::{Child, ChildStderr, Command, Stdio};

use conclave_localnet::{Balance, Chain, ChainConfig, FunctionCall};
use contract::{Stage, id, pair};

/// Each block of the killed process writes so many keys,
const KEYS: u8 = 9;

/// each with its height as often as this: enough for the writing to take time.
const VALUE_HEIGHTS: usize = 8_000;

/// So many kills must fall between the beginning and the end of a block,
const INSIDE: u32 = 8;

/// out of at most so many.
const ROUNDS_MAX: u64 = 400;

/// Tells the test binary to be the process that is killed.
const VICTIM: &str = "LOCALNET_VICTIM_FOLDER";

fn open(folder: &Path) -> Chain {
    Chain::open(folder, ChainConfig::default()).expect("a chain")
}

fn stage(chain: Chain) -> Stage {
    let (probe, owner) = (
        id("probe.near"),
        conclave_localnet::dev_signer(&id("probe.near")),
    );
    let alice = conclave_localnet::dev_signer(&id("alice.near"));
    Stage {
        chain,
        probe,
        owner,
        alice,
    }
}

#[test]
fn a_reopened_chain_goes_on_where_it_stopped() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut first = Stage::on(open(folder.path()));
    let outcome = first.call("set", &pair(b"key", b"value"));
    let head = first.chain.head().clone();
    drop(first);
    let mut second = stage(open(folder.path()));
    assert_eq!(*second.chain.head(), head);
    assert_eq!(
        second.chain.transaction(&outcome.hash()).expect("a read"),
        Some(outcome)
    );
    assert_eq!(second.call("get", b"key").value(), Some(&b"value"[..]));
    let other = ChainConfig {
        protocol_version: 85,
        ..ChainConfig::default()
    };
    drop(second);
    let refused = Chain::open(folder.path(), other).err().expect("a refusal");
    assert_eq!(refused.code(), "E_GENESIS_OTHER");
}

#[test]
fn receipts_on_their_way_survive_a_reopening() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut first = Stage::on(open(folder.path()));
    let hash = first.submit(FunctionCall::new("chain", "hello"));
    first.block();
    first.block();
    drop(first);
    let mut second = stage(open(folder.path()));
    assert_eq!(second.settle(&hash).value(), Some(&b"1hello"[..]));
}

#[test]
fn a_snapshot_brings_everything_back_and_outlives_the_process() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut first = Stage::on(open(folder.path()));
    first.call("set", &pair(b"key", b"old"));
    let head = first.chain.head().clone();
    first.chain.snapshot("before").expect("a snapshot");
    let later = first.call("set", &pair(b"key", b"new"));
    drop(first);
    let mut second = stage(open(folder.path()));
    assert_eq!(second.chain.snapshots().expect("a list"), vec!["before"]);
    second.chain.restore("before").expect("a restoration");
    assert_eq!(*second.chain.head(), head);
    assert_eq!(
        second.chain.transaction(&later.hash()).expect("a read"),
        None
    );
    assert_eq!(second.call("get", b"key").value(), Some(&b"old"[..]));
    let absent = second.chain.restore("after").expect_err("a refusal");
    assert_eq!(absent.code(), "E_SNAPSHOT_UNKNOWN");
}

/// Not a test of its own: the process that `a_killed_chain…` kills. It writes the
/// height of each block into the block, and says when it begins one and when it has made it.
#[test]
fn victim() {
    let Ok(folder) = std::env::var(VICTIM) else {
        return;
    };
    let mut stage = stage(open(Path::new(&folder)));
    loop {
        let height = stage.chain.head().height + 2;
        let value = height.to_le_bytes().repeat(VALUE_HEIGHTS);
        let calls = (0..KEYS).map(|key| FunctionCall::new("set", pair(&[key], &value)));
        for call in calls {
            stage.submit(call);
        }
        stage.chain.produce_block().expect("a block");
        eprintln!("begin");
        let block = stage.chain.produce_block().expect("a block");
        eprintln!("block {}", block.height);
    }
}

struct Victim {
    child: Child,
    said: Lines<BufReader<ChildStderr>>,
}

impl Victim {
    fn start(folder: &Path) -> Self {
        let mut child = Command::new(std::env::current_exe().expect("this binary"))
            .args(["victim", "--exact", "--nocapture"])
            .env(VICTIM, folder)
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("a process");
        let stderr = child.stderr.take().expect("a pipe");
        Self {
            child,
            said: BufReader::new(stderr).lines(),
        }
    }

    /// Waits until a block of at least this height was made.
    fn await_block(&mut self, least: u64) -> u64 {
        for line in &mut self.said {
            if let Some(height) = told(&line.expect("a line")).filter(|height| *height >= least) {
                return height;
            }
        }
        panic!("the process ended by itself");
    }

    /// Kills it; gives the last block it told of meanwhile, and whether it had begun another.
    fn kill(mut self) -> (Option<u64>, bool) {
        self.child.kill().expect("SIGKILL");
        self.child.wait().expect("its end");
        let rest: Vec<String> = self.said.map_while(Result::ok).collect();
        let last = rest.iter().rev().find_map(|line| told(line));
        (last, rest.last().is_some_and(|line| line == "begin"))
    }
}

fn told(line: &str) -> Option<u64> {
    line.strip_prefix("block ")?.parse().ok()
}

fn check_whole(chain: &Chain, told: u64) {
    let head = chain.head();
    assert!(
        head.height >= told,
        "block {told} was told of, the head is {}",
        head.height
    );
    assert_eq!(chain.tokens_held().expect("a sum"), head.total_supply);
    let rows = chain.state(&id("probe.near"), b"");
    assert_eq!(rows.len(), usize::from(KEYS));
    // All keys were written in one block: they agree, and with the head.
    let values: Vec<_> = rows.into_iter().map(|(_, value)| value).collect();
    assert!(values.iter().all(|value| *value == values[0]));
    let height = u64::from_le_bytes(values[0][..8].try_into().expect("eight bytes"));
    assert_eq!(values[0], height.to_le_bytes().repeat(VALUE_HEIGHTS));
    assert!(
        head.height == height || head.height == height + 1,
        "{head:?} {height}"
    );
}

#[test]
fn a_killed_chain_reopens_at_its_last_whole_block_and_goes_on() {
    let folder = tempfile::tempdir().expect("a folder");
    drop(Stage::on(open(folder.path())));
    let (mut least, mut inside) = (0, 0);
    for round in 0..ROUNDS_MAX {
        let mut victim = Victim::start(folder.path());
        let told = victim.await_block(least + 4 + round % 3);
        // Killed at another point each time.
        for _ in 0..(round % 12) * 30_000 {
            std::hint::spin_loop();
        }
        let (later, was_inside) = victim.kill();
        let chain = open(folder.path());
        check_whole(&chain, later.unwrap_or(told));
        least = chain.head().height;
        inside += u32::from(was_inside);
        if inside == INSIDE {
            break;
        }
    }
    assert_eq!(inside, INSIDE, "kills in the middle of a block");
    let mut stage = stage(open(folder.path()));
    assert!(stage.call("set", &pair(b"key", b"value")).is_success());
    assert!(stage.balance("alice.near") < Balance::from_near(1000));
}
