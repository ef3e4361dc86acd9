//! `String.prototype.normalize`: tables that are read when a string is normalised (docs/adr/0073).

use boa_engine::{Context, Source};
use icu_normalizer::provider::Baked;
use icu_normalizer::{ComposingNormalizer, DecomposingNormalizer};

/// Every character, each behind one that composes with nothing.
fn all_characters() -> String {
    (1..=char::MAX as u32)
        .filter_map(char::from_u32)
        .flat_map(|character| ['x', character])
        .collect()
}

#[test]
fn tables_that_are_read_say_what_the_published_constants_say() {
    let text = all_characters();
    let read = DecomposingNormalizer::try_new_nfd_unstable(&Baked).unwrap();
    let nfd = DecomposingNormalizer::new_nfd().normalize(&text);
    assert!(read.as_borrowed().normalize(&text) == nfd, "NFD");
    let read = DecomposingNormalizer::try_new_nfkd_unstable(&Baked).unwrap();
    let nfkd = DecomposingNormalizer::new_nfkd().normalize(&text);
    assert!(read.as_borrowed().normalize(&text) == nfkd, "NFKD");
    for text in [text.as_str(), &nfd, &nfkd] {
        let read = ComposingNormalizer::try_new_nfc_unstable(&Baked).unwrap();
        let nfc = ComposingNormalizer::new_nfc().normalize(text);
        assert!(read.as_borrowed().normalize(text) == nfc, "NFC");
        let read = ComposingNormalizer::try_new_nfkc_unstable(&Baked).unwrap();
        let nfkc = ComposingNormalizer::new_nfkc().normalize(text);
        assert!(read.as_borrowed().normalize(text) == nfkc, "NFKC");
    }
}

#[test]
fn a_string_is_normalised_to_each_form() {
    let mut context = Context::default();
    let forms = "['NFC', 'NFD', 'NFKC', 'NFKD'].map(form => '\u{1e9b}\u{323} \u{ac01}'.normalize(form)).join()";
    let value = context.eval(Source::from_bytes(forms)).unwrap();
    let text = value.to_string(&mut context).unwrap();
    assert_eq!(
        text.to_std_string_lossy(),
        "\u{1e9b}\u{323} \u{ac01},\u{17f}\u{323}\u{307} \u{1100}\u{1161}\u{11a8},\u{1e69} \u{ac01},s\u{323}\u{307} \u{1100}\u{1161}\u{11a8}"
    );
}
