//! The atomicity litmus beyond the enclave: a calls b, waits for the outside, calls b again, and fails at
//! each point; what stayed of it, in NEAR's VM, in words. The table is `litmus/outside.txt`.

use conclave_localnet::{Balance, Gas, TransactionOutcome, dev_signer};
use conclave_tests::outside::{Outside, deploy};
use conclave_tests::vm::{account, failure};
use conclave_tests::{ENCLAVE, Vm, World, golden};
use near_primitives::action::{Action, FunctionCallAction};
use serde_json::{Value, json};

const A: &str = r"
    import { near, storage, contract } from 'conclave'
    const OUT = 'instrument.near'
    export function reset() { for (const key of storage.keys()) storage.remove(key) }
    export const keys = () => storage.keys().join(' ')
    const leave = (edge, fails) => {
      if (edge === 'yield') {
        const { token, promise } = near.yield({ timeoutBlocks: 20 })
        near.log('token ' + token)
        return promise
      }
      const method = { 'outside fails': 'fail', 'outside burns': 'burn', 'outside keeps': 'keep_and_fail' }[fails] ?? 'add'
      const deposit = { 'outside keeps': 5n, 'outside refuses': 5n }[fails] ?? 0n
      return near.call(OUT, fails === 'outside refuses' ? 'refuse' : method, { by: 1 }, { gas: '10 Tgas', deposit })
    }
    const note = when => {
      storage.set(when, (storage.get(when) ?? 0) + 1)
      contract('b@alice.near').note({ when })
      near.transfer('carol.near', 1000n)
      near.log(when)
    }
    const work = async ({ edge, fails, catches }) => {
      note('before')
      if (fails === 'a throws before') throw new Error('before')
      try {
        await leave(edge, fails)
      } catch (error) {
        if (!catches) throw error
        storage.set('caught', error.code)
      }
      if (fails === 'a burns after') for (;;);
      note('after')
      if (fails === 'a throws after') throw new Error('after')
      return 'done'
    }
    const ways = {
      outside: work,
      yield: work,
      locked: args => near.withLock([['w', 'before'], ['w', 'after']], () => work(args)),
      optimistic: args => near.optimistic(() => work(args)),
    }
    export async function run(args) { return ways[args.edge](args) }
    export const touch = () => storage.set('before', 2)
    export const tell = ({ token }) => near.resume(token, 1)
    export const fill = () => near.keep()
";

const B: &str = r"
    import { storage } from 'conclave'
    export const note = ({ when }) => storage.set(when, 1)
    export const keys = () => storage.keys().join(' ')
    export function reset() { for (const key of storage.keys()) storage.remove(key) }
";

const HEADING: &str = "\
What stays of a method of a that writes, calls b, transfers, logs; waits for the outside; and writes,
calls b, transfers, logs again: without locks, under locks, optimistically, and for a promise that
others settle.

a, b           keys that are there at the end: `before` and `after` the wait, `caught` by a
sent           transfers of 1000 yoctoNEAR that reached carol
money          by how much the subcontract's balance has changed, transfers left out
ended          what the caller got: the value, or `!` and the code
flows          flows that are left

edge       fails                catches a                    b              sent money ended         flows
";

struct Litmus {
    vm: Vm,
}

impl Litmus {
    fn new() -> Self {
        let mut vm = Vm::new();
        deploy(vm.chain(), "instrument.near", Outside::Instrument);
        vm.upload("a@alice.near", A, None).value();
        vm.upload("b@alice.near", B, None).value();
        let fill = json!({"id": "a@alice.near", "method": "fill"}).to_string();
        vm.send("alice.near", "call", fill.as_bytes(), 1_000_000)
            .value();
        Self { vm }
    }

    fn balance(&self) -> i128 {
        let asked = json!({"id": "a@alice.near"}).to_string();
        let found = self.vm.ask("subcontract", asked.as_bytes()).value();
        let balance = found["balance_yocto"].as_str().map(str::parse);
        balance.expect("a balance").expect("digits")
    }

    fn keys(&self, id: &str) -> String {
        let keys = self.vm.view(id, "keys", json!(null)).value();
        let keys = keys.as_str().map(str::to_owned).unwrap_or_default();
        if keys.is_empty() {
            "-".to_owned()
        } else {
            keys
        }
    }

    /// Sends the call, lets a few blocks pass, does what happens meanwhile, and runs it to its end.
    fn run(&mut self, args: &Value, meanwhile: &str) -> TransactionOutcome {
        let request = json!({"id": "a@alice.near", "method": "run", "args": args}).to_string();
        let call = Action::FunctionCall(Box::new(FunctionCallAction {
            method_name: "call".to_owned(),
            args: request.into_bytes(),
            gas: Gas::from_teragas(1_000),
            deposit: Balance::ZERO,
        }));
        let chain = self.vm.chain();
        let signer = dev_signer(&account("bob.near"));
        let sent = chain.sign(&signer, &account(ENCLAVE), vec![call]);
        let hash = chain.submit(sent.expect("signed")).expect("taken");
        chain.advance_blocks(2).expect("blocks");
        let begun = chain
            .transaction(&hash)
            .expect("a chain")
            .expect("it began");
        let logs: Vec<_> = begun.logs().into_iter().map(str::to_owned).collect();
        self.meanwhile(meanwhile, &logs);
        self.vm.chain().run(&hash).expect("it ends")
    }

    fn meanwhile(&mut self, what: &str, logs: &[String]) {
        let token = logs.iter().find_map(|line| line.split_once("token "));
        let token = token.map(|(_, token)| token.to_owned()).unwrap_or_default();
        match what {
            "told" if !token.is_empty() => {
                let args = json!({ "token": token });
                let told = self.vm.call("dave.near", "a@alice.near", "tell", args);
                assert_eq!(told.value(), json!(true));
            }
            "expired" => {
                self.vm.chain().advance_blocks(20).expect("blocks");
                let request = json!({ "token": token }).to_string();
                let over = self.vm.send("dave.near", "expire", request.as_bytes(), 0);
                assert_eq!(over.value(), json!(true));
            }
            "written" => {
                let _ = self
                    .vm
                    .call("dave.near", "a@alice.near", "touch", json!(null));
            }
            _ => {}
        }
    }

    fn row(&mut self, edge: &str, fails: &str, catches: bool) -> String {
        for id in ["a@alice.near", "b@alice.near"] {
            self.vm.call("bob.near", id, "reset", json!(null)).value();
        }
        let carol = self.vm.balance("carol.near");
        let balance = self.balance();
        let meanwhile = match (edge, fails) {
            (_, "another writes") => "written",
            ("yield", "nobody settles it") => "expired",
            ("yield", _) => "told",
            _ => "",
        };
        let args = json!({"edge": edge, "fails": fails, "catches": catches});
        let outcome = self.run(&args, meanwhile);
        let ended = match outcome.failure() {
            Some(error) => format!("!{}", failure(error).code),
            None => outcome
                .json()
                .map_or(String::new(), |value| value.to_string()),
        };
        let sent = (self.vm.balance("carol.near").as_yoctonear() - carol.as_yoctonear()) / 1000;
        let money = self.balance() - balance + 1000 * sent as i128;
        let asked = json!({"id": "a@alice.near"}).to_string();
        let flows = self.vm.ask("flows", asked.as_bytes()).value();
        let flows = flows["flows"].as_array().map_or(0, Vec::len);
        let (a, b) = (self.keys("a@alice.near"), self.keys("b@alice.near"));
        let catches = if catches { "yes" } else { "-" };
        format!(
            "{edge:<10} {fails:<20} {catches:<7} {a:<20} {b:<14} {sent:<4} {money:<5} {ended:<13} {flows}\n"
        )
    }
}

#[test]
fn what_stays_where_a_waits_for_the_outside() {
    let mut litmus = Litmus::new();
    let mut table = HEADING.to_owned();
    let own = ["", "a throws before", "a throws after", "a burns after"];
    let others = [
        "outside fails",
        "outside burns",
        "outside refuses",
        "outside keeps",
    ];
    for edge in ["outside", "locked", "optimistic", "yield"] {
        for fails in own {
            table += &litmus.row(edge, fails, false);
        }
        for catches in [false, true] {
            match edge {
                "yield" => table += &litmus.row(edge, "nobody settles it", catches),
                _ => others
                    .iter()
                    .for_each(|fails| table += &litmus.row(edge, fails, catches)),
            }
        }
        if edge != "yield" {
            for catches in [false, true] {
                table += &litmus.row(edge, "another writes", catches);
            }
        }
    }
    golden::check_lines("litmus/outside.txt", &table);
}
