//! NEP-141 tokens of several subcontracts, natively: the token is played by the test, with one balance
//! for the whole enclave, and receipts come in the test's order. After each step the books are compared
//! with what the token has.

use conclave_enclave::Action;
use conclave_enclave::platform::Received;
use conclave_tests::ENCLAVE;
use conclave_tests::flow_world::{CallId, FlowWorld, answer};
use serde_json::{Value, json};
use std::collections::BTreeMap;

const NEAR: u128 = 10u128.pow(24);
const TOKEN: &str = "wool.near";
const BRIDGE: &str = "bridge@alice.near";
const EVIL: &str = "evil@mallory.near";
const WAITER: &str = "waiter@alice.near";
const SUBCONTRACTS: [&str; 3] = [BRIDGE, EVIL, WAITER];

/// What everybody runs.
const HOLDER: &str = r"
    import { near, storage } from 'conclave'
    const wool = 'wool.near'
    export const fill = () => near.keep()
    export function ft_on_transfer({ msg }) {
      storage.set('seen', near.tokens(wool))
      if (msg?.throw) throw new Error('not wanted')
      if (msg?.send) near.send(wool, 'ft_transfer', { receiver_id: 'bob.near', amount: msg.send }, { deposit: 1n })
      return msg?.big ? BigInt(msg.big) : msg?.unused
    }
    export const seen = () => storage.get('seen')
    const input = args => args?.bytes ? Uint8Array.from([...args.bytes].map(one => one.charCodeAt(0))) : args?.big ? { receiver_id: 'bob.near', amount: BigInt(args.big) } : args
    const actions = list => list.map(({ call, args, deposit, transfer }) =>
      transfer ? { transfer: BigInt(transfer) } : { call, args: input(args), deposit: BigInt(deposit ?? 1) })
    export async function batch({ token = wool, list }) {
      try {
        const value = await near.batch(token, actions(list))
        return { value: value ?? null, held: near.tokens(wool) }
      } catch (error) {
        return { code: error.code, held: near.tokens(wool) }
      }
    }
    export function send({ args, method = 'ft_transfer' }) { near.send(wool, method, args, { deposit: 1n }) }
    export function sendAndFall({ args }) {
      try {
        near.atomic(() => { near.send(wool, 'ft_transfer', args, { deposit: 1n }); throw new Error('no') })
      } catch {}
      return near.tokens(wool)
    }
    export async function locked({ args, fall }) {
      return near.withLock([['w', 'a']], async () => {
        storage.set('a', 1)
        await near.call(wool, 'ft_transfer', args, { deposit: 1n })
        await near.call('good.near', 'ask')
        if (fall) throw new Error('no more')
        return near.tokens(wool)
      })
    }
    export async function twice({ args }) {
      const all = [0, 1].map(() => near.call(wool, 'ft_transfer', args, { deposit: 1n }))
      return (await Promise.allSettled(all)).map(one => one.status)
    }
";

/// What waits when tokens come.
const PATIENT: &str = r"
    import { near } from 'conclave'
    const wool = 'wool.near'
    export const fill = () => near.keep()
    export async function ft_on_transfer({ msg }) {
      const before = near.tokens(wool)
      if (msg.two) await Promise.any([near.call('good.near', 'ask'), near.yield().promise])
      else await near.call('good.near', 'ask')
      if (msg.spend) await near.call(wool, 'ft_transfer', { receiver_id: 'bob.near', amount: msg.spend }, { deposit: 1n })
      if (msg.throw) throw new Error('not wanted')
      near.log(`${before} ${near.tokens(wool)}`)
      return msg.unused
    }
";

/// The token: balances, of which the enclave has one.
#[derive(Debug, Default, Clone)]
struct Wool(BTreeMap<String, u128>);

impl Wool {
    fn moves(&mut self, from: &str, to: &str, amount: u128) -> Option<()> {
        let has = self.0.entry(from.to_owned()).or_default();
        *has = has.checked_sub(amount)?;
        *self.0.entry(to.to_owned()).or_default() += amount;
        Some(())
    }

    /// Executes actions of the enclave, all or none.
    fn execute(&mut self, actions: &[Action]) -> Received {
        let (before, mut last) = (self.clone(), Received::Bytes(Vec::new()));
        for action in actions {
            let Action::Call {
                method,
                input,
                deposit_yocto,
                ..
            } = action
            else {
                continue;
            };
            match self.call(method, input, *deposit_yocto) {
                Some(result) => last = result,
                None => {
                    *self = before;
                    return Received::Failed;
                }
            }
        }
        last
    }

    fn call(&mut self, method: &str, input: &[u8], deposit: u128) -> Option<Received> {
        let args: Value = serde_json::from_slice(input).ok()?;
        let to = args["receiver_id"].as_str().unwrap_or_default();
        let amount = args["amount"].as_str().and_then(|text| text.parse().ok());
        match method {
            "ft_transfer" if deposit == 1 && to != "stranger.near" => {
                self.moves(ENCLAVE, to, amount?)?;
                Some(Received::Bytes(Vec::new()))
            }
            "ft_transfer_call" if deposit == 1 && to != "stranger.near" => {
                let amount = amount?;
                self.moves(ENCLAVE, to, amount)?;
                // As NEP-141 has it: what the receiver has not used comes back, if it still has it.
                let (unused, result) = match to {
                    "half.near" => (
                        amount / 2,
                        answer(&json!((amount - amount / 2).to_string())),
                    ),
                    "none.near" => (amount, answer(&json!("0"))),
                    "garbage.near" => (0, Received::Bytes(b"{".to_vec())),
                    // The last receipt failed, and the tokens are gone.
                    "late.near" => (0, Received::Failed),
                    _ => (0, answer(&json!(amount.to_string()))),
                };
                self.moves(to, ENCLAVE, unused)?;
                Some(result)
            }
            "near_deposit" => {
                *self.0.entry(ENCLAVE.to_owned()).or_default() += deposit;
                Some(Received::Bytes(Vec::new()))
            }
            "withdraw" if deposit == 1 => {
                self.moves(ENCLAVE, "ether", amount?)?;
                Some(Received::Bytes(Vec::new()))
            }
            "ft_balance_of" => Some(answer(&json!("0"))),
            "storage_deposit" => Some(Received::Bytes(Vec::new())),
            _ => None,
        }
    }
}

struct Scene {
    world: FlowWorld,
    wool: Wool,
}

impl Scene {
    fn new() -> Self {
        let mut world = FlowWorld::new();
        for (id, source) in [(BRIDGE, HOLDER), (EVIL, HOLDER), (WAITER, PATIENT)] {
            world.upload(id, source);
        }
        let wool = Wool([("alice.near".to_owned(), 10_000)].into());
        let mut scene = Self { world, wool };
        for id in SUBCONTRACTS {
            let fill = json!({"id": id, "method": "fill"}).to_string();
            let call = scene.world.enter("bob.near", "call", fill.as_bytes(), NEAR);
            scene.end(call).expect("filled");
        }
        scene
    }

    fn step(&mut self, receipt: usize) {
        let wool = &mut self.wool;
        self.world
            .step(receipt, &mut |account, actions| match account {
                TOKEN => wool.execute(actions),
                "good.near" => answer(&json!(3)),
                _ => Received::Failed,
            });
    }

    fn end(&mut self, call: CallId) -> Result<Value, String> {
        while let Some(first) = self.world.ready().first().copied() {
            self.step(first);
        }
        let ended = self.world.ended(call).expect("an end");
        self.assert_backed();
        ended.map_err(|failure| failure.expect("the enclave's").code.clone())
    }

    /// Checks that what subcontracts hold is there.
    #[track_caller]
    fn assert_backed(&mut self) {
        let held: u128 = SUBCONTRACTS.iter().map(|id| self.held(id)).sum();
        let has = self.wool.0.get(ENCLAVE).copied().unwrap_or(0);
        assert!(held <= has, "{held} are held, and {has} are there");
        let is_known = held > 0;
        let sums = self.world.pairs().into_keys().filter(|key| key[0] == 0x17);
        assert!(sums.count() >= usize::from(is_known));
    }

    fn ask(&mut self, export: &str, who: &str, request: &Value) -> Result<Value, String> {
        let call = self
            .world
            .enter(who, export, request.to_string().as_bytes(), 0);
        let last = self.world.receipts() - 1;
        self.step(last);
        let ended = self.world.ended(call).expect("an end");
        ended.map_err(|failure| failure.expect("the enclave's").code.clone())
    }

    fn held(&mut self, id: &str) -> u128 {
        let told = self.ask("subcontract", "bob.near", &json!({"id": id}));
        let Ok(told) = told else {
            return 0;
        };
        let tokens = told["tokens"].as_array().cloned().unwrap_or_default();
        let wool = tokens.iter().find(|held| held["token"] == TOKEN);
        let amount = wool.and_then(|held| held["amount"].as_str());
        amount.unwrap_or("0").parse().expect("digits")
    }

    fn call(&mut self, id: &str, method: &str, args: Value) -> Result<Value, String> {
        let call = self.world.call("bob.near", id, method, &args);
        self.end(call)
    }

    /// One action on the token, or several.
    fn acts(&mut self, id: &str, list: Value) -> Value {
        self.call(id, "batch", json!({"list": list}))
            .expect("caught")
    }

    fn transfers(&mut self, id: &str, to: &str, amount: &str) -> Value {
        let args = json!({"receiver_id": to, "amount": amount});
        self.acts(id, json!([{"call": "ft_transfer", "args": args}]))
    }

    fn transfer_calls(&mut self, id: &str, to: &str, amount: &str) -> Value {
        let args = json!({"receiver_id": to, "amount": amount, "msg": ""});
        self.acts(id, json!([{"call": "ft_transfer_call", "args": args}]))
    }

    /// The token tells the enclave what came; the call is on its way.
    fn arrives(&mut self, id: &str, amount: u128, msg: Value) -> CallId {
        self.wool
            .moves("alice.near", ENCLAVE, amount)
            .expect("enough");
        self.tells(TOKEN, id, amount, msg)
    }

    fn tells(&mut self, token: &str, id: &str, amount: u128, msg: Value) -> CallId {
        let msg = json!({"id": id, "msg": msg}).to_string();
        let input = json!({"sender_id": "alice.near", "amount": amount.to_string(), "msg": msg});
        self.world
            .enter(token, "ft_on_transfer", input.to_string().as_bytes(), 0)
    }

    /// The token takes back what it is told, as NEP-141 has it; gives how many were used.
    fn resolves(&mut self, call: CallId, amount: u128) -> u128 {
        let told = self.end(call);
        let unused = match &told {
            Ok(Value::String(digits)) => digits.parse().expect("digits"),
            Ok(other) => panic!("a token reads digits, not {other}"),
            Err(_) => amount,
        };
        let unused = unused.min(amount);
        let back = unused.min(self.wool.0[ENCLAVE]);
        self.wool.moves(ENCLAVE, "alice.near", back).expect("there");
        self.assert_backed();
        amount - back
    }

    fn brings(&mut self, id: &str, amount: u128, msg: Value) -> u128 {
        let call = self.arrives(id, amount, msg);
        self.resolves(call, amount)
    }
}

fn caught(code: &str, held: u128) -> Value {
    json!({"code": code, "held": held.to_string()})
}

#[test]
fn what_came_to_one_can_not_be_sent_by_another() {
    let mut scene = Scene::new();
    assert_eq!(scene.brings(BRIDGE, 300, json!(null)), 300);
    assert_eq!(scene.call(BRIDGE, "seen", json!(null)), Ok(json!("300")));
    for method in ["ft_transfer", "ft_transfer_call"] {
        for amount in ["300", "1"] {
            let args = json!({"receiver_id": "mallory.near", "amount": amount, "msg": ""});
            let told = scene.acts(EVIL, json!([{"call": method, "args": args}]));
            assert_eq!(told, caught("E_FUNDS", 0));
            let sent = scene.call(EVIL, "send", json!({"method": method, "args": args}));
            assert_eq!(sent, Err("E_FUNDS".to_owned()));
        }
    }
    assert_eq!(
        scene.transfers(BRIDGE, "bob.near", "301"),
        caught("E_FUNDS", 300)
    );
    let sent = scene.transfers(BRIDGE, "bob.near", "100");
    assert_eq!(sent, json!({"value": null, "held": "200"}));
    assert_eq!(scene.wool.0["bob.near"], 100);
    assert_eq!(scene.held(BRIDGE), 200);
}

/// The token has moved what comes before the enclave is told: at that time nobody holds anything of it.
#[test]
fn what_is_on_its_way_in_can_not_be_sent_before_it_has_come() {
    let mut scene = Scene::new();
    let first = scene.arrives(BRIDGE, 300, json!(null));
    let args = json!({"list": [{"call": "ft_transfer", "args": {"receiver_id": "mallory.near", "amount": "300"}}]});
    let theft = scene.world.call("mallory.near", EVIL, "batch", &args);
    let last = scene.world.receipts() - 1;
    scene.step(last);
    assert_eq!(scene.resolves(first, 300), 300);
    assert_eq!(scene.end(theft), Ok(caught("E_FUNDS", 0)));
}

#[test]
fn nothing_else_that_might_move_tokens_leaves() {
    let mut scene = Scene::new();
    let withdraw = json!({"call": "withdraw", "args": {"amount": "1"}});
    // Nobody holds anything there yet: it is an account like any other.
    let told = scene.acts(EVIL, json!([{"call": "storage_unregister", "args": {}}]));
    assert_eq!(told, caught("E_OUTSIDE", 0));
    assert_eq!(scene.brings(BRIDGE, 300, json!(null)), 300);
    let transfer = |amount: &str| json!({"call": "ft_transfer", "args": {"receiver_id": "bob.near", "amount": amount}});
    let call = |amount: &str| json!({"call": "ft_transfer_call", "args": {"receiver_id": "none.near", "amount": amount, "msg": ""}});
    let balance = json!({"call": "ft_balance_of", "args": {}, "deposit": 0});
    let bytes = |text: &str| json!([{"call": "ft_transfer", "args": {"bytes": text}}]);
    for (list, code) in [
        (json!([withdraw]), "E_NOT_ALLOWED"),
        (json!([balance, withdraw]), "E_NOT_ALLOWED"),
        (
            json!([{"call": "near_withdraw", "args": {"amount": "1"}}]),
            "E_NOT_ALLOWED",
        ),
        (
            json!([{"call": "storage_unregister", "args": {"force": true}}]),
            "E_NOT_ALLOWED",
        ),
        (json!([transfer("1"), transfer("1")]), "E_NOT_ALLOWED"),
        // The answer would be that of another action.
        (json!([call("100"), balance]), "E_NOT_ALLOWED"),
        (json!([transfer("1"), {"transfer": "1"}]), "E_NOT_ALLOWED"),
        (
            bytes(r#"{"receiver_id":"bob.near","amount":"300","amount":"1"}"#),
            "E_BAD_VALUE",
        ),
        (
            bytes(r#"{"receiver_id":"bob.near","amount":"1"}"#),
            "E_BAD_VALUE",
        ),
        (json!([transfer("")]), "E_BAD_VALUE"),
        (json!([transfer("-1")]), "E_BAD_VALUE"),
        (json!([transfer("+1")]), "E_BAD_VALUE"),
        (json!([transfer("01")]), "E_BAD_VALUE"),
        (json!([transfer("0x1")]), "E_BAD_VALUE"),
        (
            json!([transfer("340282366920938463463374607431768211456")]),
            "E_BAD_VALUE",
        ),
        (
            json!([{"call": "ft_transfer", "args": {"receiver_id": "bob.near", "amount": 1}}]),
            "E_BAD_VALUE",
        ),
        (
            json!([{"call": "ft_transfer", "args": {"receiver_id": "bob.near"}}]),
            "E_BAD_VALUE",
        ),
        (
            json!([{"call": "ft_transfer", "args": null}]),
            "E_BAD_VALUE",
        ),
        (
            json!([{"call": "ft_transfer", "args": {"big": "-1"}}]),
            "E_BAD_VALUE",
        ),
    ] {
        assert_eq!(
            scene.acts(BRIDGE, list.clone()),
            caught(code, 300),
            "{list}"
        );
    }
    assert_eq!(scene.wool.0[ENCLAVE], 300);
    let free = scene.acts(EVIL, json!([balance]));
    assert_eq!(free, json!({"value": "0", "held": "0"}));
    let register = json!({"call": "storage_deposit", "args": {}});
    let told = scene.acts(BRIDGE, json!([register, transfer("1")]));
    assert_eq!(told, json!({"value": null, "held": "299"}));
    let told = scene.acts(
        BRIDGE,
        json!([{"call": "ft_transfer", "args": {"big": "2"}}]),
    );
    assert_eq!(told, json!({"value": null, "held": "297"}));
}

#[test]
fn what_a_failed_call_did_not_take_is_held_again_also_where_nobody_waits() {
    let mut scene = Scene::new();
    assert_eq!(scene.brings(BRIDGE, 300, json!(null)), 300);
    assert_eq!(
        scene.transfers(BRIDGE, "stranger.near", "300"),
        caught("E_OUTSIDE", 300)
    );
    let stranger = json!({"receiver_id": "stranger.near", "amount": "300"});
    let fell = scene.call(BRIDGE, "sendAndFall", json!({"args": stranger}));
    assert_eq!(fell, Ok(json!("300")));
    scene
        .call(BRIDGE, "send", json!({"args": stranger}))
        .expect("sent");
    assert_eq!(scene.held(BRIDGE), 300);
    // The flow is aborted while its tokens are on their way.
    let args = json!({"list": [{"call": "ft_transfer", "args": stranger}]});
    let call = scene.world.call("bob.near", BRIDGE, "batch", &args);
    let last = scene.world.receipts() - 1;
    scene.step(last);
    assert_eq!(scene.held(BRIDGE), 0);
    let flows = scene
        .ask("flows", "bob.near", &json!({"id": BRIDGE}))
        .expect("a list");
    let token = &flows["flows"][0]["flow"];
    scene
        .ask("abort", "bob.near", &json!({"id": BRIDGE, "flow": token}))
        .expect("aborted");
    assert_eq!(scene.end(call), Err("E_UNKNOWN_FLOW".to_owned()));
    assert_eq!(scene.held(BRIDGE), 300);
    let two = scene.call(
        BRIDGE,
        "twice",
        json!({"args": {"receiver_id": "stranger.near", "amount": "150"}}),
    );
    assert_eq!(two, Ok(json!(["rejected", "rejected"])));
    let two = scene.call(
        BRIDGE,
        "twice",
        json!({"args": {"receiver_id": "bob.near", "amount": "150"}}),
    );
    assert_eq!(two, Ok(json!(["fulfilled", "fulfilled"])));
    assert!(
        scene.world.pairs().into_keys().all(|key| key[0] != 0x17),
        "nothing is held"
    );
}

#[test]
fn of_a_transfer_call_that_is_held_again_which_the_token_says_was_not_used() {
    let mut scene = Scene::new();
    assert_eq!(scene.brings(BRIDGE, 1_000, json!(null)), 1_000);
    let mut held = 1_000;
    for (to, value, used) in [
        ("half.near", json!("50"), 50),
        ("none.near", json!("0"), 0),
        ("all.near", json!("100"), 100),
    ] {
        held -= used;
        let told = scene.transfer_calls(BRIDGE, to, "100");
        assert_eq!(
            told,
            json!({"value": value, "held": held.to_string()}),
            "{to}"
        );
    }
    // What can't be read, and what has failed, may have taken everything.
    for to in ["garbage.near", "late.near", "stranger.near"] {
        held -= 100;
        assert_eq!(
            scene.transfer_calls(BRIDGE, to, "100"),
            caught("E_OUTSIDE", held),
            "{to}"
        );
    }
}

#[test]
fn what_a_method_returns_goes_back_as_far_as_it_came_and_is_there() {
    let mut scene = Scene::new();
    assert_eq!(scene.brings(BRIDGE, 500, json!(null)), 500);
    let mut held = 500;
    for (msg, used) in [
        (json!({"unused": "40"}), 60),
        (json!({"unused": 40}), 60),
        (json!({"big": "40"}), 60),
        (json!({"unused": "100"}), 0),
        // More than came.
        (json!({"unused": "400"}), 0),
        (json!({"big": "340282366920938463463374607431768211455"}), 0),
        // Nothing that says how many.
        (json!({}), 100),
        (json!({"unused": null}), 100),
        (json!({"unused": ""}), 100),
        (json!({"unused": "all"}), 100),
        (json!({"unused": -1}), 100),
        (json!({"unused": 0.5}), 100),
        (json!({"big": "-1"}), 100),
        (json!({"unused": {"amount": "40"}}), 100),
        // It fails.
        (json!({"throw": true}), 0),
        (json!({"send": "700000"}), 0),
    ] {
        assert_eq!(scene.brings(BRIDGE, 100, msg.clone()), used, "{msg}");
        held += used;
        assert_eq!(scene.held(BRIDGE), held, "{msg}");
    }
    // Another has none of what it spent, so it goes back from nobody.
    assert_eq!(
        scene.brings(EVIL, 100, json!({"send": "100", "unused": "100"})),
        100
    );
    assert_eq!(
        scene.brings(EVIL, 100, json!({"send": "70", "unused": "100"})),
        70
    );
    assert_eq!((scene.held(EVIL), scene.held(BRIDGE)), (0, held));
    let told = scene.tells(TOKEN, "nobody@alice.near", 5, json!(null));
    assert_eq!(scene.end(told), Err("E_UNKNOWN_SUBCONTRACT".to_owned()));
}

#[test]
fn a_method_that_waits_gives_back_at_its_end_what_is_there_also_when_it_fails() {
    for two in [false, true] {
        let mut scene = Scene::new();
        assert_eq!(scene.brings(BRIDGE, 500, json!(null)), 500);
        let mut held = 0;
        for (msg, used) in [
            (json!({"two": two, "unused": "40"}), 60),
            (json!({"two": two}), 100),
            (json!({"two": two, "unused": "4000"}), 0),
            (json!({"two": two, "throw": true}), 0),
        ] {
            assert_eq!(scene.brings(WAITER, 100, msg.clone()), used, "{msg}");
            held += used;
            assert_eq!(scene.held(WAITER), held, "{msg}");
        }
        // It has spent everything, and fails or says it has not: what others hold stays.
        for msg in [json!({"throw": true}), json!({"unused": "100"})] {
            let mut msg = msg;
            (msg["two"], msg["spend"]) = (json!(two), json!("260"));
            assert_eq!(scene.brings(WAITER, 100, msg), 100);
            assert_eq!((scene.held(WAITER), scene.held(BRIDGE)), (0, 500));
            assert_eq!(scene.brings(WAITER, 160, json!({"two": two})), 160);
        }
        let msg = json!({"two": two, "throw": true, "spend": "230"});
        assert_eq!(scene.brings(WAITER, 100, msg), 70, "30 are left");
        assert_eq!((scene.held(WAITER), scene.held(BRIDGE)), (0, 500));
    }
}

#[test]
fn a_method_that_is_aborted_gives_back_what_came() {
    let mut scene = Scene::new();
    assert_eq!(scene.brings(BRIDGE, 500, json!(null)), 500);
    let call = scene.arrives(WAITER, 100, json!({}));
    let last = scene.world.receipts() - 1;
    scene.step(last);
    assert_eq!(scene.held(WAITER), 100);
    let refused = scene.ask("remove", "alice.near", &json!({"id": WAITER}));
    assert_eq!(refused, Err("E_NOT_ALLOWED".to_owned()));
    let flows = scene
        .ask("flows", "bob.near", &json!({"id": WAITER}))
        .expect("a list");
    let token = &flows["flows"][0]["flow"];
    scene
        .ask("abort", "alice.near", &json!({"id": WAITER, "flow": token}))
        .expect("aborted");
    assert_eq!(scene.resolves(call, 100), 0);
    assert_eq!((scene.held(WAITER), scene.held(BRIDGE)), (0, 500));
}

#[test]
fn only_the_enclave_itself_says_what_goes_back() {
    let mut scene = Scene::new();
    assert_eq!(scene.brings(BRIDGE, 500, json!(null)), 500);
    let forged = json!({"id": BRIDGE, "token": TOKEN, "amount": "500"});
    let told = scene.ask("return_tokens", "mallory.near", &forged);
    assert_eq!(told, Err("E_NOT_ALLOWED".to_owned()));
    let moved = json!({"token": TOKEN, "way": "ft_transfer", "amount": "500"});
    let forged = json!({"id": EVIL, "flow": "", "wait": 0, "tokens": moved});
    let told = scene.ask("resume", "mallory.near", &forged);
    assert_eq!(told, Err("E_NOT_ALLOWED".to_owned()));
    // A token that lies says so of itself alone.
    let lie = scene.tells("liar.near", EVIL, u128::MAX, json!(null));
    assert_eq!(scene.end(lie), Ok(json!("0")));
    let lie = scene.tells("liar.near", EVIL, u128::MAX, json!(null));
    assert_eq!(scene.end(lie), Ok(json!("0")));
    assert_eq!(
        scene.transfers(EVIL, "mallory.near", "500"),
        caught("E_FUNDS", 0)
    );
    for amount in ["", "x", "-1", "007", "1.0"] {
        let msg = json!({"id": EVIL}).to_string();
        let input = json!({"sender_id": "a.near", "amount": amount, "msg": msg});
        let told = scene.ask("ft_on_transfer", "liar.near", &input);
        assert_eq!(told, Err("E_BAD_REQUEST".to_owned()), "{amount}");
    }
}

#[test]
fn a_subcontract_that_holds_tokens_is_not_removed() {
    let mut scene = Scene::new();
    assert_eq!(scene.brings(EVIL, 300, json!(null)), 300);
    let remove = |scene: &mut Scene| scene.ask("remove", "mallory.near", &json!({"id": EVIL}));
    assert_eq!(remove(&mut scene), Err("E_NOT_ALLOWED".to_owned()));
    let args = json!({"args": {"receiver_id": "stranger.near", "amount": "300"}});
    let call = scene.world.call("bob.near", EVIL, "send", &args);
    let last = scene.world.receipts() - 1;
    scene.step(last);
    assert_eq!(scene.held(EVIL), 0, "they are on their way");
    assert_eq!(remove(&mut scene), Err("E_NOT_ALLOWED".to_owned()));
    scene.end(call).expect("sent");
    assert_eq!(scene.held(EVIL), 300);
    let sent = scene.transfers(EVIL, "mallory.near", "300");
    assert_eq!(sent, json!({"value": null, "held": "0"}));
    assert_eq!(remove(&mut scene), Ok(json!(null)));
}

#[test]
fn near_that_becomes_tokens_is_held_once_it_has() {
    let mut scene = Scene::new();
    let request = json!({"id": BRIDGE, "method": "batch", "args": {"list": [{"call": "near_deposit", "args": {}, "deposit": 1_000}]}});
    let wrap = |scene: &mut Scene| {
        let request = request.to_string();
        let deposit = 10u128.pow(24);
        let call = scene
            .world
            .enter("bob.near", "call", request.as_bytes(), deposit);
        scene.end(call).expect("caught")
    };
    assert_eq!(wrap(&mut scene), caught("E_NOT_ALLOWED", 0));
    assert_eq!(scene.brings(EVIL, 1, json!(null)), 1);
    assert_eq!(wrap(&mut scene), json!({"value": null, "held": "1000"}));
    let sent = scene.transfers(BRIDGE, "bob.near", "1000");
    assert_eq!(sent, json!({"value": null, "held": "0"}));
}

#[test]
fn in_a_section_tokens_leave_with_what_is_awaited() {
    let mut scene = Scene::new();
    assert_eq!(scene.brings(BRIDGE, 300, json!(null)), 300);
    let bob = json!({"receiver_id": "bob.near", "amount": "100"});
    let stranger = json!({"receiver_id": "stranger.near", "amount": "100"});
    let ended = scene.call(BRIDGE, "locked", json!({"args": bob}));
    assert_eq!(ended, Ok(json!("200")));
    let ended = scene.call(BRIDGE, "locked", json!({"args": bob, "fall": true}));
    assert_eq!(ended, Err("E_THROW".to_owned()));
    assert_eq!(
        (scene.held(BRIDGE), scene.wool.0["bob.near"]),
        (100, 200),
        "it had left"
    );
    let ended = scene.call(BRIDGE, "locked", json!({"args": stranger}));
    assert_eq!(ended, Err("E_OUTSIDE".to_owned()));
    assert_eq!(scene.held(BRIDGE), 100);
}
