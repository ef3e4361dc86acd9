//! A NEP-141 token that a test plays, and an enclave whose subcontracts hold some of it, natively.
//!
//! The token has one balance for the whole enclave, as on the chain; receipts come in the test's order.
//! After each call the books are compared with what the token has.

use crate::flow_world::{CallId, FlowWorld, answer};
use crate::native::ENCLAVE;
use conclave_enclave::Action;
use conclave_enclave::platform::Received;
use serde_json::{Value, json};
use std::collections::BTreeMap;

const NEAR: u128 = 10u128.pow(24);
/// The token's account.
pub const TOKEN: &str = "wool.near";
/// One that holds tokens.
pub const BRIDGE: &str = "bridge@alice.near";
/// One that would like to.
pub const EVIL: &str = "evil@mallory.near";
/// One that waits when tokens come.
pub const WAITER: &str = "waiter@alice.near";
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
pub struct Wool(pub BTreeMap<String, u128>);

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

/// The enclave with its subcontracts, and the token.
pub struct Scene {
    /// The enclave.
    pub world: FlowWorld,
    /// The token.
    pub wool: Wool,
    /// What comes with each call of the token, in yoctoNEAR.
    pub deposit: u128,
}

impl Scene {
    /// Three subcontracts, which hold nothing.
    ///
    /// # Panics
    /// When one is refused.
    #[must_use]
    pub fn new() -> Self {
        let mut world = FlowWorld::new();
        for (id, source) in [(BRIDGE, HOLDER), (EVIL, HOLDER), (WAITER, PATIENT)] {
            world.upload(id, source);
        }
        let wool = Wool([("alice.near".to_owned(), 10_000)].into());
        let mut scene = Self {
            world,
            wool,
            deposit: 0,
        };
        for id in SUBCONTRACTS {
            let fill = json!({"id": id, "method": "fill"}).to_string();
            let call = scene.world.enter("bob.near", "call", fill.as_bytes(), NEAR);
            scene.end(call).expect("filled");
        }
        scene
    }

    /// Runs one receipt.
    pub fn step(&mut self, receipt: usize) {
        let wool = &mut self.wool;
        self.world
            .step(receipt, &mut |account, actions| match account {
                TOKEN => wool.execute(actions),
                "good.near" => answer(&json!(3)),
                _ => Received::Failed,
            });
    }

    /// Lets everything happen, and gives how a call ended.
    ///
    /// # Errors
    /// The code of its failure.
    ///
    /// # Panics
    /// When it does not end, or more is held than is there.
    pub fn end(&mut self, call: CallId) -> Result<Value, String> {
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

    /// Sends a request that is answered at once.
    ///
    /// # Errors
    /// The code of its failure.
    ///
    /// # Panics
    /// When it is not.
    pub fn ask(&mut self, export: &str, who: &str, request: &Value) -> Result<Value, String> {
        let call = self
            .world
            .enter(who, export, request.to_string().as_bytes(), 0);
        let last = self.world.receipts() - 1;
        self.step(last);
        let ended = self.world.ended(call).expect("an end");
        ended.map_err(|failure| failure.expect("the enclave's").code.clone())
    }

    /// What a subcontract holds.
    ///
    /// # Panics
    /// When that is no amount.
    pub fn held(&mut self, id: &str) -> u128 {
        let told = self.ask("subcontract", "bob.near", &json!({"id": id}));
        let Ok(told) = told else {
            return 0;
        };
        let tokens = told["tokens"].as_array().cloned().unwrap_or_default();
        let wool = tokens.iter().find(|held| held["token"] == TOKEN);
        let amount = wool.and_then(|held| held["amount"].as_str());
        amount.unwrap_or("0").parse().expect("digits")
    }

    /// Calls a method and lets everything happen.
    ///
    /// # Errors
    /// As [`Scene::end`].
    pub fn call(&mut self, id: &str, method: &str, args: Value) -> Result<Value, String> {
        let call = self.world.call("bob.near", id, method, &args);
        self.end(call)
    }

    /// One action on the token, or several.
    ///
    /// # Panics
    /// When what fails is not caught.
    pub fn acts(&mut self, id: &str, list: Value) -> Value {
        self.call(id, "batch", json!({"list": list}))
            .expect("caught")
    }

    /// A subcontract sends tokens.
    pub fn transfers(&mut self, id: &str, to: &str, amount: &str) -> Value {
        let args = json!({"receiver_id": to, "amount": amount});
        self.acts(id, json!([{"call": "ft_transfer", "args": args}]))
    }

    /// The same with a call.
    pub fn transfer_calls(&mut self, id: &str, to: &str, amount: &str) -> Value {
        let args = json!({"receiver_id": to, "amount": amount, "msg": ""});
        self.acts(id, json!([{"call": "ft_transfer_call", "args": args}]))
    }

    /// The token tells the enclave what came; the call is on its way.
    ///
    /// # Panics
    /// When alice has less.
    pub fn arrives(&mut self, id: &str, amount: u128, msg: Value) -> CallId {
        self.wool
            .moves("alice.near", ENCLAVE, amount)
            .expect("enough");
        self.tells(TOKEN, id, amount, msg)
    }

    /// An account tells the enclave that tokens came.
    pub fn tells(&mut self, token: &str, id: &str, amount: u128, msg: Value) -> CallId {
        let msg = json!({"id": id, "msg": msg}).to_string();
        let input = json!({"sender_id": "alice.near", "amount": amount.to_string(), "msg": msg});
        self.world.enter(
            token,
            "ft_on_transfer",
            input.to_string().as_bytes(),
            self.deposit,
        )
    }

    /// The token takes back what it is told, as NEP-141 has it; gives how many were used.
    ///
    /// # Panics
    /// When it is told no digits.
    pub fn resolves(&mut self, call: CallId, amount: u128) -> u128 {
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

    /// Alice sends tokens to a subcontract; gives how many were used.
    pub fn brings(&mut self, id: &str, amount: u128, msg: Value) -> u128 {
        let call = self.arrives(id, amount, msg);
        self.resolves(call, amount)
    }
}

impl Default for Scene {
    fn default() -> Self {
        Self::new()
    }
}
