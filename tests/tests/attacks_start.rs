//! `new` called twice, called wrongly, or not called at all.

use conclave_tests::attack::{in_both_worlds, refused};
use serde_json::{Value, json};

const ID: &str = "good@alice.near";

#[test]
fn new_runs_once_with_a_good_owner() {
    in_both_worlds(|world| {
        refused(world, "E_ALREADY_INITIALISED", "nothing changed", |world| {
            world.send("conclave.near", "new", br#"{"owner":"alice.near"}"#, 0)
        });
        for owner in ["", "A", "a..b", "x@y.near", "a"] {
            refused(
                world,
                "E_BAD_REQUEST",
                "is not a NEAR account id",
                |world| {
                    world.send(
                        "conclave.near",
                        "new",
                        json!({"owner": owner}).to_string().as_bytes(),
                        0,
                    )
                },
            );
        }
    });
}

#[test]
fn an_enclave_without_new_refuses_uploads_and_has_nothing_to_call() {
    use conclave_enclave::platform::memory::{Memory, Surroundings};
    use conclave_enclave::{Export, serve};
    conclave_engine::prepare();
    let fails = |export, input: Value| {
        let platform = Memory {
            pairs: std::rc::Rc::default(),
            surroundings: Surroundings {
                predecessor: "alice.near".to_owned(),
                signer: "alice.near".to_owned(),
                deposit: 10u128.pow(24),
                balance: 10u128.pow(27),
                block_height: 1,
                block_timestamp_ns: 1,
            },
            input: input.to_string().into_bytes(),
            results: Vec::new(),
            effects: std::rc::Rc::default(),
        };
        serve(export, platform).expect_err("a failure").code.clone()
    };
    assert_eq!(
        fails(Export::Upload, json!({"id": ID, "source": ""})),
        "E_NOT_INITIALISED"
    );
    for export in [Export::Call, Export::View] {
        assert_eq!(
            fails(export, json!({"id": ID, "method": "echo"})),
            "E_UNKNOWN_SUBCONTRACT"
        );
    }
    assert_eq!(
        fails(Export::Remove, json!({"id": ID})),
        "E_UNKNOWN_SUBCONTRACT"
    );
}
