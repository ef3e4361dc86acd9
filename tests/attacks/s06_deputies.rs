//! S06: a subcontract that is made to act for somebody who never asked it to.

use crate::defence::defended_by;
use crate::scene::{EVIL, VICTIM, line, put, seen, stage};
use conclave_tests::World;
use conclave_tests::attack::refused;
use serde_json::{Value, json};

/// A victim at which everybody has 10, by who calls.
const BANK_CODE: &str = "export const init = () => storage.set('alice.near', 10)
export function send(to) {
  const from = near.caller()
  const balance = storage.get(from) ?? 0
  if (balance === 0) throw new Error('nothing there')
  storage.set(from, 0)
  storage.set(to, balance)
}
";

/// Alice calls the attacker's harmless game, and the game sends her money as if it were her.
#[test]
fn s06_a_callee_sees_who_called_it_and_not_who_signed() {
    defended_by(&[line(
        "enclave/src/after.rs",
        "caller: Some(self.current_id()),",
        "caller: self.frames.borrow().current().caller.clone(),",
    )])
    .against(|world: &mut dyn World| {
        let game = "export function play() {
  after(victim, 'send', 'mallory.near', { on: 'always' })
  return soft(() => call(victim, 'send', 'mallory.near'))
}";
        stage(world, BANK_CODE, game);
        let ended = world.call("alice.near", EVIL, "play", Value::Null);
        assert_eq!(ended.value(), json!("E_THROW"));
        assert_eq!(seen(world, VICTIM, "alice.near"), json!(10));
        assert_eq!(seen(world, VICTIM, "mallory.near"), Value::Null);
    });
}

/// The attacker sends one deposit to its accomplice, and the shop believes that it got it too.
#[test]
fn s06_a_deposit_of_the_request_is_not_the_deposit_of_every_call() {
    defended_by(&[line(
        "enclave/src/host.rs",
        "self.frames.borrow().current().deposit_yocto",
        "self.platform().attached_deposit()",
    )])
    .against(|world: &mut dyn World| {
        stage(
            world,
            "export function buy() {
  if (near.deposit() < 10n) throw new Error('pay first')
  storage.set('sold', (storage.get('sold') ?? 0) + 1)
}",
            "export const rob = () => [soft(() => call(victim, 'buy')), soft(() => call(victim, 'buy', null, { deposit: 10n })), soft(() => call(victim, 'buy'))]",
        );
        let request = json!({"id": EVIL, "method": "rob"}).to_string();
        let ended = world.send("mallory.near", "call", request.as_bytes(), 10u128.pow(24));
        assert_eq!(ended.value(), json!(["E_THROW", null, "E_THROW"]));
        assert_eq!(seen(world, VICTIM, "sold"), json!(1));
    });
}

/// Mallory calls `init` once more and is the victim's owner.
#[test]
fn s06_init_makes_nobody_the_owner_again() {
    defended_by(&[line(
        "enclave/src/frame.rs",
        "(\"init\", Way::Call) => \"init runs once, by the upload\",",
        "",
    )])
    .against(|world: &mut dyn World| {
        stage(
            world,
            "export const init = () => storage.set('owner', near.caller())",
            "export const rob = () => soft(() => call(victim, 'init'))
export const later = () => after(victim, 'init')
export const reply = () => after(victim, 'seen', 'owner', { reply: 'init' })",
        );
        refused(world, "E_PRIVATE_METHOD", "init", |world| {
            world.call("mallory.near", VICTIM, "init", Value::Null)
        });
        let told = world.call("mallory.near", EVIL, "rob", Value::Null);
        assert_eq!(told.value(), json!("E_PRIVATE_METHOD"));
        for way in ["later", "reply"] {
            refused(world, "E_PRIVATE_METHOD", "init", |world| {
                world.call("mallory.near", EVIL, way, Value::Null)
            });
        }
        assert_eq!(seen(world, VICTIM, "owner"), json!("alice.near"));
    });
}

/// Mallory uploads code under a name of Alice's: whoever trusts `*@alice.near` trusts it.
#[test]
fn s06_nobody_uploads_under_anothers_name() {
    defended_by(&[line(
        "enclave/src/serve.rs",
        "if owner != name.account() {",
        "if false {",
    )])
    .against(|world: &mut dyn World| {
        let victim = format!(
            "{BANK_CODE}export function burn() {{
  if (!near.caller().endsWith('@alice.near')) throw new Error('not of us')
  storage.set('alice.near', 0)
}}"
        );
        put(world, VICTIM, &victim);
        let source = "import { call } from 'conclave'\nexport const rob = () => call('victim@alice.near', 'burn')";
        let request = json!({"id": "teller@alice.near", "source": source}).to_string();
        refused(world, "E_NOT_ALLOWED", "only alice.near", |world| {
            world.send("mallory.near", "upload", request.as_bytes(), 5 * 10u128.pow(24))
        });
        refused(world, "E_UNKNOWN_SUBCONTRACT", "teller", |world| {
            world.call("mallory.near", "teller@alice.near", "rob", Value::Null)
        });
        assert_eq!(seen(world, VICTIM, "alice.near"), json!(10));
    });
}
