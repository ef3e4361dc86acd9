//! A byte of the stored state flips: whoever meets it says so and names the record; nobody is told
//! anything wrong.

mod alice;

use alice::ask;
use conclave_abi::error::Failure;
use conclave_enclave::Export;
use conclave_enclave::platform::memory::Pairs;
use serde_json::{Value, json};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

const ID: &str = "bank@alice.near";

/// 90 keys on several pages, and values beside them.
const SOURCE: &str = "\
import { storage } from 'conclave'
export const init = () => {
  for (let i = 0; i < 90; i++) storage.set('balance/' + i, i * 7)
  for (const name of ['long', 'longer']) storage.set(name, name.repeat(99))
}
export const look = () => [storage.entries({ prefix: 'balance/', limit: 200 }).items, storage.get('long'), storage.get('longer'), storage.count()]
export const show = () => String(show)
export const move = () => { storage.set('balance/7', storage.get('balance/7') + 1); storage.remove('balance/8') }
";

fn run(pairs: &Pairs, export: Export, input: &Value) -> Result<Vec<u8>, Failure> {
    ask(pairs, export, input).map(|effects| effects.result)
}

fn sound() -> BTreeMap<Vec<u8>, Vec<u8>> {
    let pairs = Pairs::default();
    let done = |export, input| run(&pairs, export, &input).expect("it works");
    done(Export::New, json!({"owner": "alice.near"}));
    done(
        Export::Upload,
        json!({"id": ID, "source": SOURCE, "init": {"args": null}}),
    );
    pairs.take()
}

/// Methods, of which one reads the source, and an upload, which counts who has it.
const WAYS: [&str; 4] = ["look", "move", "show", "upload"];

fn asked(pairs: &Pairs, method: &str) -> Result<Vec<u8>, Failure> {
    if method == "upload" {
        let input = json!({"id": "other@alice.near", "source": SOURCE});
        return run(pairs, Export::Upload, &input);
    }
    run(pairs, Export::Call, &json!({"id": ID, "method": method}))
}

#[test]
fn a_flipped_byte_is_named_or_not_met() {
    let sound = sound();
    assert!(sound.len() > 6, "several records: {}", sound.len());
    let right = WAYS.map(|way| asked(&Rc::new(RefCell::new(sound.clone())), way));
    let (mut named, mut tried) = (BTreeMap::<Vec<u8>, u32>::new(), 0);
    for (host_key, record) in &sound {
        // Each of the first bytes, then every eleventh.
        let places = (0..record.len()).filter(|at| *at < 24 || at % 11 == 0);
        for at in places {
            let mut pairs = sound.clone();
            pairs.get_mut(host_key).expect("it is there")[at] ^= 1 << (at % 8);
            for (method, right) in WAYS.iter().zip(&right) {
                let before = pairs.clone();
                let pairs = Rc::new(RefCell::new(before));
                tried += 1;
                match asked(&pairs, method) {
                    Err(failure) => {
                        assert_eq!(failure.code, "E_CORRUPT", "{failure:?}");
                        let name = hex::encode(host_key);
                        assert!(failure.message.contains(&name), "{name}: {failure:?}");
                        *named.entry(host_key.clone()).or_default() += 1;
                    }
                    told => assert_eq!(&told, right, "byte {at}"),
                }
            }
        }
    }
    assert!(tried > 400, "{tried} flips");
    assert_eq!(named.len(), sound.len(), "every record was met");
}
