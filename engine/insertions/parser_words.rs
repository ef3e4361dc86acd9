//! Words of ASCII: what is part of one, and which may be reserved.

/// Letters with which reserved words begin, as bits from `a` on, by their length.
const FIRST_LETTERS: [u32; 11] = first_letters();

/// What the language reserves and no name may be, or that means something somewhere.
const RESERVED: [&str; 42] = [
    "async", "await", "break", "case", "catch", "class", "const", "continue", "debugger",
    "default", "delete", "do", "else", "enum", "export", "extends", "false", "finally", "for",
    "function", "if", "import", "in", "instanceof", "let", "new", "null", "of", "return", "super",
    "switch", "this", "throw", "true", "try", "typeof", "using", "var", "void", "while", "with",
    "yield",
];

const fn first_letters() -> [u32; 11] {
    let mut letters = [0; 11];
    let mut at = 0;
    while at < RESERVED.len() {
        let word = RESERVED[at].as_bytes();
        letters[word.len()] |= 1 << (word[0] - b'a');
        at += 1;
    }
    letters
}

/// Whether a character of ASCII may stand in a word.
pub(crate) fn is_part(ch: u32) -> bool {
    // Letters without their case, digits, `$` and `_`.
    (ch | 0x20).wrapping_sub(0x61) < 26 || ch.wrapping_sub(0x30) < 10 || ch == 0x24 || ch == 0x5F
}

/// Whether a word may be reserved, by its length and first letter: a name that may not is none.
pub(crate) fn may_be_reserved(word: &str) -> bool {
    let letters = FIRST_LETTERS.get(word.len()).copied().unwrap_or(0);
    let first = word.as_bytes().first().map_or(0, |first| first.wrapping_sub(b'a'));
    first < 26 && letters >> first & 1 == 1
}
