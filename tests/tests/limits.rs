//! The limits table of the built contract: held against `observations/limits.json`, and shown to
//! authors in `docs/limits.md`, which is made from the same file.

use conclave_tests::vm::workspace;
use conclave_tests::{golden, limits};
use serde_json::Value;

fn known() -> Value {
    let file = std::fs::read_to_string(golden::folder().join("limits.json"));
    file.map_or(Value::Null, |text| {
        serde_json::from_str(&text).expect("a golden file is JSON")
    })
}

#[test]
fn every_limit_is_where_it_was_and_fails_with_its_code() {
    let table = limits::measure(&known());
    let rows = table["rows"].as_array().expect("rows");
    let is_defect = |row: &&Value| {
        let code = row["code"].as_str().unwrap_or_default();
        row.get("defect").is_some() || ["E_CORRUPT", "E_INTERNAL"].contains(&code)
    };
    let defects: Vec<_> = rows.iter().filter(is_defect).collect();
    assert!(defects.is_empty(), "{defects:#?}");
    golden::check("limits", &table);
    let path = workspace().join("docs/limits.md");
    let page = limits::page(&known());
    if golden::is_updating() {
        std::fs::write(&path, &page).expect("a page that can be written");
    }
    let shown = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(shown, page, "docs/limits.md; UPDATE_EXPECT=1 writes it");
}
