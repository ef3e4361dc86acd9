//! S31: views that change something, or burn without end.

use crate::defence::defended_by;
use crate::scene::{EVIL, NEAR, VICTIM, asked, assert_conserved, line, money, put, send, stage};
use serde_json::{Value, json};

const HOST: &str = "enclave/src/host.rs";
const EXECUTION: &str = "enclave/src/execution.rs";

/// Everything that changes something.
const CHANGES: &str = "
const changes = [
  () => storage.set('a', 1), () => storage.remove('kept'), () => near.keep(), () => near.keep(0n),
  () => near.transfer('mallory.near', 0n), () => near.transfer('mallory.near', 1n), () => after(victim, 'note'),
]
export const take = () => { near.keep(); storage.set('kept', 1) }
export const change = () => changes.map(soft)
export const kept = () => [storage.keys(), String(near.balance())]";

/// The attacker is asked for a price in a view, and sells its caller out meanwhile: it writes, sends
/// and plans although the caller was promised that nothing changes.
#[test]
fn s31_a_view_frame_changes_nothing() {
    defended_by(
        const {
            &[line(
                HOST,
                "            CallWay::View => Err(in_view(what)),\n",
                "            CallWay::View => Ok(()),\n",
            )]
        },
    )
    .against(|world| {
        let victim = "
export const note = () => { storage.set('noted', 1) }
export const run = () => view(evil, 'change')
export const proxied = () => contract(evil, { view: true }).change()
export const noted = () => storage.keys()";
        stage(world, victim, CHANGES);
        send(world, (EVIL, "take"), Value::Null, NEAR).value();
        let funded = money(world, EVIL).to_string();
        let refused = json!(vec!["E_VIEW"; 7]);
        let before = world.pairs();
        assert_eq!(asked(world, VICTIM, "run", Value::Null), refused);
        assert_eq!(asked(world, VICTIM, "proxied", Value::Null), refused);
        assert_eq!(world.view(EVIL, "change", Value::Null).value(), refused);
        assert!(world.pairs() == before, "nothing was written");
        let kept = json!([["kept"], funded]);
        assert_eq!(asked(world, EVIL, "kept", Value::Null), kept);
        assert_eq!(asked(world, VICTIM, "noted", Value::Null), json!([]));
    });
}

/// The attacker, asked in a view, has an accomplice called that may write.
#[test]
fn s31_what_a_view_calls_is_a_view_too() {
    defended_by(const { &[line(
        EXECUTION,
        "            || caller == Some(CallWay::View);\n",
        "            ;\n",
    )] })
    .against(|world| {
        let victim = "export const run = () => view(evil, 'price')";
        let evil = "
export const price = () => [call('arm@mallory.near', 'change'), contract('arm@mallory.near').change(), call('arm@mallory.near', 'further')]";
        stage(world, victim, evil);
        let arm = format!("{CHANGES}\nexport const further = () => call('hand@mallory.near', 'change')");
        put(world, "arm@mallory.near", &arm);
        put(world, "hand@mallory.near", CHANGES);
        let before = world.pairs();
        let refused = json!(vec!["E_VIEW"; 7]);
        let told = asked(world, VICTIM, "run", Value::Null);
        assert_eq!(told, json!([refused, refused, refused]));
        assert!(world.pairs() == before, "nothing was written");
    });
}

/// The attacker moves its money away inside a view: what its caller has just seen is not there.
#[test]
fn s31_no_money_moves_in_a_view() {
    defended_by(const { &[line(
        EXECUTION,
        "        if is_view && request.deposit_yocto > 0 {\n",
        "        if false {\n",
    )] })
    .against(|world| {
        let victim = "
export const run = () => [view(evil, 'worth'), String(view(evil, 'balance'))]";
        let evil = "
export const take = () => { near.keep() }
export const balance = () => near.balance()
export const worth = () => [soft(() => call('purse@mallory.near', 'look', null, { deposit: near.balance() })), String(near.balance())]";
        stage(world, victim, evil);
        put(world, "purse@mallory.near", "export const look = () => 'looked'");
        send(world, (EVIL, "take"), Value::Null, NEAR).value();
        let near = NEAR.to_string();
        let told = asked(world, VICTIM, "run", Value::Null);
        assert_eq!(told, json!([["E_VIEW", near], near]));
        assert_eq!((money(world, EVIL), money(world, "purse@mallory.near")), (NEAR, 0));
        assert_conserved(world);
    });
}

/// The attacker's view burns a node's time without end; who asked gets no code that says why.
#[test]
fn s31_a_view_that_does_not_end_is_ended_with_a_code() {
    defended_by(const { &[line(
        "enclave/src/gas.rs",
        "            (None, Mode::View) => VIEW,\n",
        "            (None, Mode::View) => u64::MAX,\n",
    )] })
    .against(|world| {
        let evil = "
const loop = () => { for (let i = 0; i < 400000; i++); return 'ended' }
export const spin = () => loop()
export const caught = () => { for (let i = 0; i < 5; i++) try { loop() } catch { } finally { loop() } return 'ended' }
export const nested = () => soft(() => call('evil@mallory.near', 'spin'))";
        stage(world, "export const ask = () => view(evil, 'spin')", evil);
        for (id, method) in [(EVIL, "spin"), (EVIL, "caught"), (VICTIM, "ask")] {
            let failure = world.view(id, method, Value::Null).failure();
            assert_eq!(failure.code, "E_GAS", "{method}: {failure:?}");
        }
    });
}
