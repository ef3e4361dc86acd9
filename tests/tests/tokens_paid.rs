//! What tokens outside have to do with NEAR: who pays for the books, and NEAR that becomes tokens. Natively.

use conclave_tests::wool::{BRIDGE, EVIL, Scene, TOKEN, WAITER};
use serde_json::{Value, json};

fn caught(code: &str, held: u128) -> Value {
    json!({"code": code, "held": held.to_string()})
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
fn the_entry_is_paid_back_once_nothing_is_held() {
    let mut scene = Scene::new();
    let bytes = |scene: &mut Scene| {
        let told = scene.ask("subcontract", "bob.near", &json!({"id": WAITER}));
        told.expect("it is there")["storage_bytes"].clone()
    };
    let before = bytes(&mut scene);
    scene.deposit = 10u128.pow(24);
    for msg in [
        json!({"spend": "100"}),
        json!({"spend": "60", "unused": "40"}),
        json!({"spend": "60", "throw": true}),
        json!({"unused": "100"}),
        json!({"throw": true, "two": true}),
    ] {
        let call = scene.arrives(WAITER, 100, msg.clone());
        scene.resolves(call, 100);
        assert_eq!(scene.held(WAITER), 0, "{msg}");
        assert_eq!(scene.world.accounts[TOKEN], 0, "{msg}");
        assert_eq!(bytes(&mut scene), before, "{msg}");
    }
    scene.brings(WAITER, 100, json!({}));
    assert!(scene.world.accounts[TOKEN] < 0, "who sent pays");
    assert_ne!(bytes(&mut scene), before);
}
