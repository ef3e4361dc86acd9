//! Attacks S07 to S09 and S30 on methods that wait: forged callbacks, answers that are no answers, and
//! more calls than NEAR takes. In NEAR's VM.

use conclave_localnet::FunctionCall;
use conclave_tests::outside::{Outside, call, deploy};
use conclave_tests::vm::{artefact, failure};
use conclave_tests::{ENCLAVE, Vm, World};
use serde_json::{Value, json};
use wasmparser::{ExternalKind, Parser, Payload};

/// Exports that anybody may call; all others are the enclave's own.
const PUBLIC: [&str; 20] = [
    "abort",
    "call",
    "collect",
    "compile",
    "expire",
    "flow",
    "flows",
    "ft_on_transfer",
    "new",
    "proof",
    "remove",
    "retry",
    "state_root",
    "storage_bill",
    "subcontract",
    "subcontracts",
    "tables",
    "upload",
    "view",
    "wizer.initialize",
];

const ASKER: &str = r"
    import { near, storage } from 'conclave'
    const OUT = 'instrument.near'
    export async function ask({ method, bytes, raw, args }) {
      storage.set('before', 1)
      const input = bytes ? new Uint8Array(bytes) : args
      try {
        const value = await near.call(OUT, method, input, { raw, gas: '20 Tgas' })
        return { value: value === undefined ? 'undefined' : value }
      } catch (error) {
        return { code: error.code, name: error.name, before: storage.get('before') }
      }
    }
    export async function many({ n, awaited }) {
      const codes = {}
      for (let i = 0; i < n; i++) {
        try {
          if (awaited) near.call(OUT, 'add', { by: 1 }, { gas: '1 Tgas' })
          else near.send(OUT, 'add', { by: 1 }, { gas: '1 Tgas' })
        } catch (error) { codes[error.code] = (codes[error.code] ?? 0) + 1 }
      }
      return codes
    }
    export async function wait() { const { token, promise } = near.yield(); near.log(token); return promise }
    export async function enclave() { return near.call('conclave.near', 'resume', {}) }
    export const resume = ({ token }) => near.resume(token, 'stolen')
";

struct Attack {
    vm: Vm,
}

impl Attack {
    fn new() -> Self {
        let mut vm = Vm::new();
        deploy(vm.chain(), "instrument.near", Outside::Instrument);
        vm.upload("asker@alice.near", ASKER, None).value();
        vm.upload("thief@mallory.near", ASKER, None).value();
        Self { vm }
    }

    fn ask(&mut self, args: Value) -> Value {
        self.vm
            .call("bob.near", "asker@alice.near", "ask", args)
            .value()
    }

    fn check(&mut self, method: &str, bytes: &[u8], code: &str) {
        let got = self.ask(json!({"method": method, "bytes": bytes}));
        let expect = json!({"code": code, "name": "CallError", "before": 1});
        assert_eq!(got, expect, "{method} {:?}", String::from_utf8_lossy(bytes));
    }
}

#[test]
fn s07_the_enclaves_own_exports_panic_for_outsiders() {
    let mut attack = Attack::new();
    let wasm = artefact("enclave.wasm");
    let mut exports = Vec::new();
    for payload in Parser::new(0).parse_all(&wasm) {
        if let Payload::ExportSection(section) = payload.expect("the contract parses") {
            for export in section {
                let export = export.expect("an export");
                if export.kind == ExternalKind::Func {
                    exports.push(export.name.to_owned());
                }
            }
        }
    }
    exports.retain(|name| !PUBLIC.contains(&name.as_str()));
    exports.sort();
    // One of the compiler's own takes parameters: NEAR does not call it.
    let at = exports.iter().position(|name| name == "memcmp");
    let method = exports.remove(at.expect("the compiler's own"));
    let outcome = call(
        attack.vm.chain(),
        "mallory.near",
        ENCLAVE,
        FunctionCall::json(&method, &json!({})),
    );
    let error = format!("{:?}", outcome.failure().expect("it is refused"));
    assert!(error.contains("MethodInvalidSignature"), "{error}");
    assert_eq!(
        exports,
        ["fail", "resume", "return_tokens", "settle", "spawn"]
    );
    let token = "0".repeat(24);
    for export in exports {
        let input = json!({"id": "asker@alice.near", "flow": token, "wait": 0, "yocto": "1"});
        let direct = attack
            .vm
            .send("mallory.near", &export, input.to_string().as_bytes(), 0);
        assert_eq!(direct.failure().code, "E_NOT_ALLOWED", "{export}");
        let forged = json!({"account": ENCLAVE, "method": export, "args": input, "gas_tgas": 100});
        let outcome = call(
            attack.vm.chain(),
            "mallory.near",
            "instrument.near",
            FunctionCall::json("call_back", &forged),
        );
        let error = outcome.failure().expect("it is refused");
        assert_eq!(failure(error).code, "E_NOT_ALLOWED", "{export}");
    }
}

#[test]
fn s07_a_subcontract_does_not_make_the_enclave_call_itself() {
    let mut attack = Attack::new();
    let ended = attack
        .vm
        .call("bob.near", "asker@alice.near", "enclave", json!(null));
    assert_eq!(ended.failure().code, "E_BAD_ID");
}

#[test]
fn s08_a_stranger_does_not_resume() {
    let mut attack = Attack::new();
    let wait = json!({"id": "asker@alice.near", "method": "wait", "args": null}).to_string();
    let outcome = attack.vm.transact("bob.near", "call", wait.as_bytes(), 0);
    let logs = outcome.logs();
    let token = logs[0].split_once(": ").expect("a token").1.to_owned();
    let args = json!({ "token": token });
    let stolen = attack
        .vm
        .call("mallory.near", "thief@mallory.near", "resume", args.clone());
    assert_eq!(stolen.failure().code, "E_NOT_ALLOWED");
    let told = attack
        .vm
        .call("bob.near", "asker@alice.near", "resume", args.clone());
    assert_eq!(told.value(), json!(true));
    let again = attack
        .vm
        .call("bob.near", "asker@alice.near", "resume", args);
    assert_eq!(again.value(), json!(false));
}

#[test]
fn s09_hostile_answers_are_errors_that_the_method_catches() {
    let mut attack = Attack::new();
    for bytes in [
        &b"{"[..],
        b"nul",
        b"[1,]",
        b"{\"a\":1,\"a\":2}",
        b"\xff\xfe",
        b"\"\xc3\x28\"",
        b"\"\\ud800\"",
        b"1 2",
        b"\0",
        b"NaN",
    ] {
        attack.check("echo", bytes, "E_OUTSIDE");
    }
    let deep = "[".repeat(3_000) + &"]".repeat(3_000);
    attack.check("echo", deep.as_bytes(), "E_TOO_DEEP");
    let huge = attack.ask(json!({"method": "bytes", "args": {"n": 200_000, "byte": 48}}));
    assert_eq!(huge["code"], "E_TOO_LARGE");
    for method in ["fail", "refuse", "burn", "no_such_method"] {
        attack.check(method, b"{}", "E_OUTSIDE");
    }
    let nothing = attack.ask(json!({"method": "nothing"}));
    assert_eq!(nothing, json!({"value": "undefined"}));
    let raw = attack.ask(json!({"method": "echo", "bytes": [255, 0, 1], "raw": true}));
    assert_eq!(raw, json!({"value": "/wAB"}));
    let long =
        attack.ask(json!({"method": "bytes", "args": {"n": 100_000, "byte": 49}, "raw": true}));
    assert_eq!(long["value"].as_str().map(str::len), Some(133_336));
}

#[test]
fn s30_more_calls_than_a_frame_may_make_are_refused_to_it_alone() {
    let mut attack = Attack::new();
    for awaited in [true, false] {
        let args = json!({"n": 200, "awaited": awaited});
        let ended = attack.vm.call("bob.near", "asker@alice.near", "many", args);
        assert_eq!(ended.value(), json!({"E_TOO_LARGE": 72}));
    }
    let count = call(
        attack.vm.chain(),
        "bob.near",
        "instrument.near",
        FunctionCall::json("get", &json!({})),
    );
    assert_eq!(count.json(), Some(json!(256)));
}
