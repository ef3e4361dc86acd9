//! The enclave on a chain whose process is killed: reopened, it has whole states only, and the root
//! that its records have.

use conclave_nested_trie::{Store, Trie};
use conclave_tests::{Vm, World};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

/// Tells the test binary to be the process that is killed.
const VICTIM: &str = "CONCLAVE_VICTIM_FOLDER";
const KILLS: u64 = 6;
const IDS: [&str; 2] = ["left@alice.near", "right@bob.near"];

/// Each call moves some of the other's amount here, and writes keys on several pages.
const SOURCE: &str = "\
import { near, storage, call } from 'conclave'
export const init = () => { storage.set('amount', 1000) }
export const give = amount => { storage.set('amount', storage.get('amount') - amount) }
export const take = ({ from, round }) => {
  call(from, 'give', round % 5)
  storage.set('amount', storage.get('amount') + round % 5)
  for (let i = 0; i < 40; i++) storage.set('page/' + (round * 7 + i * 31) % 400, round)
}
";

/// Not a test of its own: the process that is killed. It says when a request has ended.
#[test]
fn victim() {
    let Ok(folder) = std::env::var(VICTIM) else {
        return;
    };
    let mut vm = Vm::in_folder(Path::new(&folder));
    for round in 0_usize.. {
        let (to, from) = (IDS[round % 2], IDS[(round + 1) % 2]);
        let args = json!({"from": from, "round": round});
        vm.call("mallory.near", to, "take", args).value();
        eprintln!("ended {round}");
    }
}

struct Pairs(BTreeMap<Vec<u8>, Vec<u8>>);

impl Store for &Pairs {
    fn read(&self, key: &[u8]) -> Option<Vec<u8>> {
        self.0.get(key).cloned()
    }
}

fn bytes_billed(vm: &Vm, account: &str) -> i64 {
    let request = json!({"account": account}).to_string();
    let bill = vm.ask("storage_bill", request.as_bytes()).value();
    assert_eq!(bill["next"], Value::Null);
    bill["bytes"].as_i64().expect("a number")
}

fn check_whole(vm: &Vm) {
    let amount = |id: &str| {
        let pairs = Pairs(vm.pairs().into_iter().collect());
        let value = Trie::open(&pairs)
            .get(id, b"\x01amount")
            .expect("a sound trie");
        let value = conclave_abi::value::Value::from_bytes(&value.expect("an amount"));
        match value {
            Ok(conclave_abi::value::Value::Number(amount)) => amount,
            other => panic!("no amount: {other:?}"),
        }
    };
    assert!(
        (amount(IDS[0]) + amount(IDS[1]) - 2_000.0).abs() < 0.5,
        "both or neither"
    );
    let pairs = Pairs(vm.pairs().into_iter().collect());
    let root = Trie::open(&pairs).root().expect("a sound trie");
    let shown = vm.ask("state_root", b"").value();
    assert_eq!(shown["root"], hex::encode(root));
    let payers = [
        "alice.near",
        "bob.near",
        "mallory.near",
        "conclave.near",
        IDS[0],
        IDS[1],
    ];
    let billed: i64 = payers.iter().map(|payer| bytes_billed(vm, payer)).sum();
    assert_eq!(u64::try_from(billed), Ok(vm.storage_usage("conclave.near")));
}

#[test]
fn a_killed_enclave_has_whole_states_only() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut vm = Vm::in_folder(folder.path());
    for id in IDS {
        vm.upload(id, SOURCE, Some(Value::Null)).value();
    }
    drop(vm);
    for round in 0..KILLS {
        let mut child = Command::new(std::env::current_exe().expect("this binary"))
            .args(["victim", "--exact", "--nocapture"])
            .env(VICTIM, folder.path())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("a process");
        let stderr = child.stderr.take().expect("a pipe");
        let ended = BufReader::new(stderr).lines().map_while(Result::ok);
        let ended = ended.filter(|line| line.starts_with("ended"));
        assert_eq!(ended.take(3).count(), 3, "it works before it is killed");
        // Killed at another point of a request each time.
        for _ in 0..round * 3_000_000 {
            std::hint::spin_loop();
        }
        child.kill().expect("SIGKILL");
        child.wait().expect("its end");
        check_whole(&Vm::in_folder(folder.path()));
    }
}
