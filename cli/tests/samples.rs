//! Every sample's scenario runs in the NEAR VM, and its README tells what it costs.
//!
//! `UPDATE_EXPECT=1` writes the measured figures into the READMEs.

#![allow(missing_docs, clippy::unwrap_used)]

mod support;

use conclave_cli::deploy;
use conclave_cli::enclave::Enclave;
use conclave_cli::scenario::step::Step;
use conclave_cli::scenario::{Ran, Scenario, ScenarioError};
use conclave_cli::units::gas_text;
use support::{account, artefacts, chain, request, root};

/// Runs a scenario on an enclave of its own.
fn run(scenario: &Scenario) -> Result<Vec<Ran>, ScenarioError> {
    let artefacts = artefacts();
    let mut chain = chain(&artefacts);
    let account = account();
    let request = request(&account, &artefacts);
    let plan = deploy::plan(&chain, &request).unwrap();
    deploy::execute(&mut chain, &request, &plan, &mut |_| {}).unwrap();
    scenario.run(&mut Enclave::new(&mut chain, account))
}

fn scenario(sample: &str) -> Scenario {
    let path = root().join("samples").join(sample).join("scenario.json");
    Scenario::read(&path).unwrap()
}

/// What costs a user something: not where a call only begins, nor what was there before.
const COSTS: [&str; 4] = ["upload", "call", "view", "send"];

/// The first success of each kind, as rows of a README.
fn costs(ran: &[Ran]) -> Vec<(String, u64)> {
    let mut rows: Vec<(String, u64)> = Vec::new();
    let costs = ran.iter().filter(|step| COSTS.contains(&step.kind));
    for step in costs.filter(|step| step.failed.is_none()) {
        let name = format!("{} `{}`", step.kind, step.what);
        if !rows.iter().any(|(known, _)| *known == name) {
            rows.push((name, step.gas));
        }
    }
    rows
}

fn check(sample: &str) {
    let ran = run(&scenario(sample)).unwrap_or_else(|error| panic!("{sample}: {error}"));
    let rows = costs(&ran);
    for (name, gas) in &rows {
        println!("{sample}: {name}: {}", gas_text(*gas));
    }
    let path = root().join("samples").join(sample).join("README.md");
    let text = std::fs::read_to_string(&path).unwrap();
    let (head, rest) = text
        .split_once(&format!("<!-- costs:{sample} -->\n"))
        .unwrap();
    let (table, tail) = rest
        .split_once(&format!("<!-- /costs:{sample} -->"))
        .unwrap();
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        let lines = rows
            .iter()
            .map(|(name, gas)| format!("| {name} | {} |\n", gas_text(*gas)));
        let table = format!("| step | gas |\n|---|---:|\n{}", lines.collect::<String>());
        let text = format!("{head}<!-- costs:{sample} -->\n{table}<!-- /costs:{sample} -->{tail}");
        std::fs::write(&path, text).unwrap();
        return;
    }
    for (name, gas) in rows {
        let told = told(table, &name).unwrap_or_else(|| panic!("{sample}: no row for {name}"));
        let is_near = told.abs_diff(gas) <= gas / 4;
        assert!(
            is_near,
            "{sample}: {name} costs {}: run with UPDATE_EXPECT=1",
            gas_text(gas)
        );
    }
}

/// The gas that a README tells for a step, in units of gas.
fn told(table: &str, name: &str) -> Option<u64> {
    let row = table
        .lines()
        .find_map(|line| line.strip_prefix(&format!("| {name} | ")))?;
    let gas = conclave_cli::units::parse_gas(row.trim_end_matches(" |")).ok()?;
    Some(gas.as_gas())
}

#[test]
fn token_does_what_its_scenario_says() {
    check("token");
}

#[test]
fn amm_does_what_its_scenario_says() {
    check("amm");
}

#[test]
fn escrow_does_what_its_scenario_says() {
    check("escrow");
}

#[test]
fn auction_does_what_its_scenario_says() {
    check("auction");
}

#[test]
fn bridge_does_what_its_scenario_says() {
    check("bridge");
}

#[test]
fn oracle_does_what_its_scenario_says() {
    check("oracle");
}

#[test]
fn lockable_pool_does_what_its_scenario_says() {
    check("lockable-pool");
}

#[test]
fn a_scenario_that_expects_something_else_fails() {
    let wrong_value = |it: &mut Scenario| it.steps[2].expect = Some("1000001".into());
    let wrong_code = |it: &mut Scenario| it.steps[7].fails = Some("E_VIEW".to_owned());
    let no_failure = |it: &mut Scenario| it.steps[3].fails = Some("E_THROW".to_owned());
    let changes = [
        (2, wrong_value as fn(&mut Scenario)),
        (7, wrong_code),
        (3, no_failure),
    ];
    for (at, change) in changes {
        let mut scenario = scenario("token");
        change(&mut scenario);
        scenario.steps.truncate(at + 1);
        match run(&scenario) {
            Err(ScenarioError::Differs { step, .. }) => assert_eq!(step, at),
            other => panic!("step {at}: {other:?}"),
        }
    }
}

#[test]
fn a_misspelt_field_of_a_scenario_is_an_error() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("scenario.json");
    let text = r#"{"about":"","accounts":[],"steps":[{"view":{"id":"a@b.near","method":"m"},"expects":1}]}"#;
    std::fs::write(&path, text).unwrap();
    assert!(matches!(
        Scenario::read(&path),
        Err(ScenarioError::File { .. })
    ));
}

#[test]
fn a_call_that_waits_or_never_began_has_not_ended() {
    let mut waiting = scenario("oracle");
    let begin = waiting.steps.iter().position(|step| step.begin.is_some());
    let end = waiting.steps.iter().position(|step| step.end.is_some());
    let (begin, end) = (begin.unwrap(), end.unwrap());
    let mut at_once = waiting.steps[end].clone();
    at_once.end.clone_from(&waiting.steps[begin].begin);
    waiting.steps.truncate(begin + 1);
    waiting.steps.push(at_once.clone());
    match run(&waiting) {
        Err(ScenarioError::Differs { step, got, .. }) => {
            assert_eq!(step, begin + 1);
            assert!(got.contains("E_TX_NOT_DONE"), "{got}");
        }
        other => panic!("{other:?}"),
    }
    at_once.end = Some("nothing".to_owned());
    waiting.steps[begin + 1] = at_once;
    assert!(matches!(run(&waiting), Err(ScenarioError::Form { .. })));
}

#[test]
fn a_step_does_exactly_one_thing() {
    let step = |text: &str| serde_json::from_str::<Step>(text).unwrap();
    assert!(step(r#"{"advance": 1}"#).deed().is_some());
    for text in [
        "{}",
        r#"{"advance": 1, "end": "x"}"#,
        r#"{"begin": "x"}"#,
        r#"{"begin": "x", "advance": 1}"#,
    ] {
        assert!(step(text).deed().is_none(), "{text}");
    }
}
