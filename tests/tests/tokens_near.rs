//! What subcontracts hold of a real NEP-141 token, in NEAR's VM: `samples/outside/token`, which knows the
//! enclave's account and no subcontract.

use conclave_localnet::{Balance, FunctionCall, Gas, TransactionOutcome};
use conclave_tests::outside::{call, deploy_token, register, tokens};
use conclave_tests::{ENCLAVE, Vm, World};
use serde_json::{Value, json};

const TOKEN: &str = "wool.near";
const BRIDGE: &str = "bridge@alice.near";
const EVIL: &str = "evil@mallory.near";
const WAITER: &str = "waiter@alice.near";
const NEAR: u128 = 10u128.pow(24);

const HOLDER: &str = r"
    import { near } from 'conclave'
    const wool = 'wool.near'
    export const fill = () => near.keep()
    export function ft_on_transfer({ msg }) { return msg?.big ? BigInt(msg.big) : msg?.unused }
    export async function move({ method = 'ft_transfer', args, deposit = 1 }) {
      try {
        const value = await near.call(wool, method, args, { deposit: BigInt(deposit), gas: '60 Tgas' })
        return { value: value ?? null, held: near.tokens(wool) }
      } catch (error) {
        return { code: error.code, held: near.tokens(wool) }
      }
    }
";

const PATIENT: &str = r"
    import { near } from 'conclave'
    const wool = 'wool.near'
    const options = { deposit: 1n, gas: '10 Tgas' }
    export const fill = () => near.keep()
    export async function ft_on_transfer({ msg: { two, spend, unused, large, fall, burn } }) {
      const asked = near.call(wool, 'ft_total_supply', {}, { gas: '10 Tgas' })
      if (two) await Promise.any([asked, near.yield().promise])
      else await asked
      if (spend) await near.call(wool, 'ft_transfer', { receiver_id: 'mallory.near', amount: spend }, options)
      if (fall) throw new Error('not wanted')
      while (burn) burn++
      return large ? '\u0001'.repeat(large) : unused
    }
";

struct Scene(Vm);

impl Scene {
    fn new() -> Self {
        let mut vm = Vm::new();
        deploy_token(vm.chain(), TOKEN, "carol.near", 1_000_000);
        for id in [ENCLAVE, "mallory.near", "dave.near"] {
            register(vm.chain(), TOKEN, id);
        }
        for (id, source) in [(BRIDGE, HOLDER), (EVIL, HOLDER), (WAITER, PATIENT)] {
            vm.upload(id, source, None).value();
            let fill = json!({"id": id, "method": "fill"}).to_string();
            vm.send("alice.near", "call", fill.as_bytes(), NEAR).value();
        }
        Self(vm)
    }

    fn held(&self, id: &str) -> u128 {
        let told = self
            .0
            .ask("subcontract", json!({"id": id}).to_string().as_bytes());
        let told = told.value();
        let amount = told["tokens"][0]["amount"].as_str().unwrap_or("0");
        amount.parse().expect("digits")
    }

    /// Checks that the token has for the enclave what its subcontracts hold, and so much that is nobody's.
    #[track_caller]
    fn assert_backed(&mut self, of_nobody: u128) {
        let held: u128 = [BRIDGE, EVIL, WAITER].iter().map(|id| self.held(id)).sum();
        assert_eq!(tokens(self.0.chain(), TOKEN, ENCLAVE), held + of_nobody);
    }

    /// Carol sends tokens; gives how many were used.
    fn brings(&mut self, id: &str, amount: u128, msg: Value) -> u128 {
        let outcome = self.sends(id, amount, msg);
        let used = outcome
            .json()
            .unwrap_or_else(|| panic!("{:?}", outcome.failure()));
        used.as_str()
            .and_then(|used| used.parse().ok())
            .expect("digits")
    }

    fn sends(&mut self, id: &str, amount: u128, msg: Value) -> TransactionOutcome {
        let msg = json!({"id": id, "msg": msg}).to_string();
        let args = json!({"receiver_id": ENCLAVE, "amount": amount.to_string(), "msg": msg});
        let wanted = FunctionCall::json("ft_transfer_call", &args)
            .deposit(Balance::from_yoctonear(1))
            .gas(Gas::from_teragas(1_000));
        call(self.0.chain(), "carol.near", TOKEN, wanted)
    }

    fn moves(&mut self, id: &str, method: &str, to: &str, amount: &str) -> Value {
        let args = json!({"receiver_id": to, "amount": amount, "msg": ""});
        let args = json!({"method": method, "args": args});
        self.0.call("bob.near", id, "move", args).value()
    }
}

#[test]
fn another_subcontract_can_not_send_what_the_bridge_holds() {
    let mut scene = Scene::new();
    assert_eq!(scene.brings(BRIDGE, 300, json!(null)), 300);
    for method in ["ft_transfer", "ft_transfer_call"] {
        let stolen = scene.moves(EVIL, method, "mallory.near", "300");
        assert_eq!(stolen, json!({"code": "E_FUNDS", "held": "0"}));
    }
    let args = json!({"method": "storage_unregister", "args": {"force": true}});
    let told = scene.0.call("bob.near", EVIL, "move", args).value();
    assert_eq!(told, json!({"code": "E_NOT_ALLOWED", "held": "0"}));
    assert_eq!(tokens(scene.0.chain(), TOKEN, "mallory.near"), 0);
    let sent = scene.moves(BRIDGE, "ft_transfer", "dave.near", "100");
    assert_eq!(sent, json!({"value": null, "held": "200"}));
    let refused = scene.moves(BRIDGE, "ft_transfer", "stranger.near", "100");
    assert_eq!(refused, json!({"code": "E_OUTSIDE", "held": "200"}));
    // Dave has no contract that would use them.
    let unused = scene.moves(BRIDGE, "ft_transfer_call", "dave.near", "100");
    assert_eq!(unused, json!({"value": "0", "held": "200"}));
    assert_eq!(tokens(scene.0.chain(), TOKEN, "dave.near"), 100);
    scene.assert_backed(0);
    // What can't have been told from tokens that are gone is nobody's.
    let lost = scene.moves(BRIDGE, "ft_transfer_call", "stranger.near", "50");
    assert_eq!(lost, json!({"code": "E_OUTSIDE", "held": "150"}));
    scene.assert_backed(50);
    let id = json!({"id": BRIDGE}).to_string();
    let refused = scene
        .0
        .send("alice.near", "remove", id.as_bytes(), 0)
        .failure();
    assert_eq!(refused.code, "E_NOT_ALLOWED");
    assert!(refused.message.contains(TOKEN), "{}", refused.message);
}

#[test]
fn what_was_not_used_goes_back_and_never_more() {
    let mut scene = Scene::new();
    let mut held = 0;
    for (msg, used) in [
        (json!(null), 100),
        (json!({"unused": "40"}), 60),
        (json!({"unused": 40}), 60),
        (json!({"big": "40"}), 60),
        (json!({"unused": "250"}), 0),
    ] {
        assert_eq!(scene.brings(BRIDGE, 100, msg.clone()), used, "{msg}");
        held += used;
        assert_eq!(scene.held(BRIDGE), held, "{msg}");
        scene.assert_backed(0);
    }
    assert_eq!(scene.brings("nobody@alice.near", 100, json!(null)), 0);
    scene.assert_backed(0);
}

#[test]
fn a_method_that_waits_gives_back_what_is_there_however_it_ends() {
    let mut scene = Scene::new();
    assert_eq!(scene.brings(BRIDGE, 1_000, json!(null)), 1_000);
    let mut held = 0;
    for two in [false, true] {
        for (mut msg, used, spent) in [
            (json!({"unused": "40"}), 60, 0),
            (json!({"unused": "40", "spend": "100"}), 60, 100),
            (json!({"unused": "400"}), 0, 0),
            (json!({"fall": true}), 0, 0),
            // The token takes a result of any size for no digits, and would give everything back.
            (json!({"large": 10_000}), 100, 0),
            (json!({"burn": 1}), 0, 0),
        ] {
            msg["two"] = json!(two);
            assert_eq!(scene.brings(WAITER, 100, msg.clone()), used, "{msg}");
            held = held + used - spent;
            assert_eq!(scene.held(WAITER), held, "{msg}");
            scene.assert_backed(0);
        }
    }
    // It has spent what came and what it had, and then it fails.
    let all = (held + 100).to_string();
    assert_eq!(
        scene.brings(WAITER, 100, json!({"spend": all, "fall": true})),
        100
    );
    assert_eq!((scene.held(WAITER), scene.held(BRIDGE)), (0, 1_000));
    scene.assert_backed(0);
}

/// NEAR takes a result of 4 MiB; reading it is the token's and the enclave's gas.
#[test]
fn the_largest_result_of_a_method_that_waits_leaves_the_books_right() {
    let mut scene = Scene::new();
    assert_eq!(scene.brings(BRIDGE, 1_000, json!(null)), 1_000);
    let mut taken = 0;
    for two in [false, true] {
        for large in [100_000, 699_050, 699_051, 2_000_000] {
            let outcome = scene.sends(WAITER, 100, json!({"two": two, "large": large}));
            assert!(outcome.is_success(), "{large}: {:?}", outcome.failure());
            taken += u32::from(outcome.json() == Some(json!("100")));
            scene.assert_backed(0);
        }
    }
    assert_eq!(taken, 2, "results that NEAR took came to their end");
}
