//! NEP-141 tokens of several subcontracts, natively: who can send them, what comes back, and what a
//! method gives back that got some.

use conclave_tests::ENCLAVE;
use conclave_tests::wool::{BRIDGE, EVIL, Scene, TOKEN, WAITER};
use serde_json::{Value, json};

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
