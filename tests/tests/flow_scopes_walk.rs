//! Scopes at random: spawned calls with deposits, races, cancels, sections and aborts, with receipts in any
//! order. Each call ends, nothing is left over, and the books are what they were.

use conclave_enclave::platform::Received;
use conclave_enclave::platform::memory::Pairs;
use conclave_nested_trie::{Store, Trie};
use conclave_tests::dice::Dice;
use conclave_tests::flow_world::{CallId, FlowWorld, answer};
use serde_json::{Value, json};

const WALK: &str = include_str!("flow_scopes_walk/walk.js");
const IDS: [(&str, &str); 2] = [
    ("walk@alice.near", "alice.near"),
    ("walk@bob.near", "bob.near"),
];
const NEAR: u128 = 10u128.pow(24);
/// Steps after which a walk that goes on has gone astray.
const STEPS_MAX: u32 = 3_000;
/// What a call may fail with; that it did something else than before is not among it.
const ENDS: [&str; 6] = [
    "E_ABORTED",
    "E_LOCKED",
    "E_OUTSIDE",
    "E_THROW",
    "E_TIMEOUT",
    "E_UNKNOWN_FLOW",
];

struct Stored(Pairs);

impl Store for Stored {
    fn read(&self, key: &[u8]) -> Option<Vec<u8>> {
        self.0.borrow().get(key).cloned()
    }
}

/// What the enclave says that it owes others beyond balances and paid storage, and what its account has
/// beyond that, in yoctoNEAR.
fn books(world: &FlowWorld) -> (u128, u128) {
    let trie = Trie::open(Stored(world.stored()));
    let payload = trie.payload().expect("sound").expect("after `new`");
    let yocto = |of: &[u8], at: usize| u128::from_be_bytes(*of[at..].first_chunk().expect("long"));
    let bytes = |of: &[u8], at: usize| u64::from_be_bytes(*of[at..].first_chunk().expect("long"));
    let ids = trie.subcontracts("", 10).expect("sound").items;
    let owed = ids.iter().map(|id| {
        let account = trie.account(id).expect("sound").expect("listed").payload;
        let billed = bytes(&account, 41) - bytes(&account, 49);
        yocto(&account, 57) + u128::from(billed) * 10u128.pow(19)
    });
    let held = yocto(&payload, 1);
    (held - owed.sum::<u128>(), world.balance - held)
}

struct Walk {
    world: FlowWorld,
    dice: Dice,
}

impl Walk {
    fn new(seed: u64) -> Self {
        let dice = Dice::new(seed);
        let world = FlowWorld::new();
        let mut walk = Self { world, dice };
        for (id, _) in IDS {
            walk.world.upload(id, WALK);
            let fund = json!({"id": id, "method": "fund"});
            let call = walk.enter("carol.near", "call", &fund, NEAR);
            while walk.world.ended(call).is_none() {
                walk.step();
            }
        }
        walk
    }

    fn enter(&mut self, who: &str, export: &str, input: &Value, deposit: u128) -> CallId {
        let input = input.to_string();
        self.world.enter(who, export, input.as_bytes(), deposit)
    }

    /// Lets something happen; says whether anything could.
    fn step(&mut self) -> bool {
        let ready = self.world.ready();
        if ready.is_empty() {
            return false;
        }
        let at = self.dice.of(&ready);
        self.world.step(at, &mut |account, _| match account {
            "bad.near" => Received::Failed,
            _ => answer(&json!(1)),
        });
        true
    }

    fn flows(&mut self, id: &str) -> Vec<Value> {
        let call = self.enter("", "flows", &json!({"id": id}), 0);
        let last = *self.world.ready().last().expect("a view");
        self.world.step(last, &mut |_, _| Received::Failed);
        let told = self.world.ended(call).expect("an end").expect("a view");
        told["flows"].as_array().expect("a list").clone()
    }

    fn abort_one(&mut self) {
        let (id, owner) = self.dice.of(&IDS);
        let flows = self.flows(id);
        if !flows.is_empty() {
            let all: Vec<&Value> = flows.iter().collect();
            let flow = &self.dice.of(&all)["flow"];
            self.enter(owner, "abort", &json!({"id": id, "flow": flow}), 0);
        }
    }

    /// Goes on until nothing is left to happen.
    fn run(&mut self, with_aborts: bool) {
        for _ in 0..STEPS_MAX {
            if with_aborts && self.dice.below(25) == 0 {
                self.abort_one();
            }
            if self.step() {
                continue;
            }
            if self.world.open().is_empty() {
                return;
            }
            self.world.pass(50);
            for receipt in self.world.overdue() {
                self.world.time_out(receipt);
            }
        }
        panic!("it does not come to an end");
    }
}

#[test]
fn scopes_at_random_end_and_leave_nothing_but_what_was_there() {
    for seed in 0..80 {
        let mut walk = Walk::new(seed);
        let before = books(&walk.world);
        let mut calls = Vec::new();
        for n in 0..=walk.dice.below(3) {
            let args = json!({"seed": seed * 10 + n, "depth": 2});
            let call = json!({"id": IDS[0].0, "method": "run", "args": args});
            let deposit = walk.dice.of(&[0, NEAR]);
            calls.push(walk.enter("carol.near", "call", &call, deposit));
        }
        walk.run(seed % 3 == 0);
        for call in calls {
            if let Err(failure) = walk.world.ended(call).expect("an end") {
                let code = failure.expect("the enclave's").code.clone();
                assert!(ENDS.contains(&code.as_str()), "seed {seed}: {code}");
            }
        }
        for (id, _) in IDS {
            assert_eq!(walk.flows(id), Vec::<Value>::new(), "seed {seed}");
        }
        let passing = 0x14..0x17;
        let is_left = |key: Vec<u8>| passing.contains(&key[0]);
        let is_left = walk.world.pairs().into_keys().any(is_left);
        assert!(!is_left, "seed {seed}: a record is left");
        assert_eq!(books(&walk.world), before, "seed {seed}");
    }
}
