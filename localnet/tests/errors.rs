//! Every code that the chain can give has its page.

use std::path::Path;

#[test]
fn every_code_has_a_page_that_names_it() {
    let source = include_str!("../src/errors.rs");
    let codes: Vec<_> = source
        .split('"')
        .filter(|word| word.starts_with("E_"))
        .collect();
    assert!(codes.len() > 10);
    let pages = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/errors");
    for code in codes {
        let page = std::fs::read_to_string(pages.join(format!("{code}.md")));
        let page = page.unwrap_or_else(|error| panic!("{code}: {error}"));
        assert!(page.starts_with(&format!("# {code}\n")), "{code}");
    }
}
