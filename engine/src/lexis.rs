//! Words and blanks of JS, byte by byte.
//!
//! In: bytes of a source. Out: what they begin. Knows no tokens.

/// Whether a byte is part of a word: a name, a keyword, a number. Bytes of characters beyond
/// ASCII are, unless the character is a blank.
pub(crate) fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$' | b'#' | b'\\') || byte >= 0x80
}

/// Whether a byte is part of a word whatever follows: most are.
pub(crate) fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$')
}

/// Whether a byte begins neither a blank nor a comment, for certain.
pub(crate) fn begins_token(byte: u8) -> bool {
    matches!(byte, b'!'..=0x7f) && byte != b'/'
}

/// Bytes before the first line terminator of a text, or all.
pub(crate) fn line(text: &[u8]) -> usize {
    let ends = |at: &usize| matches!(text[*at], b'\n' | b'\r' | 0xe2) && line_end(&text[*at..]) > 0;
    (0..text.len()).find(ends).unwrap_or(text.len())
}

/// Bytes of the line terminator with which a text begins, or 0.
pub(crate) fn line_end(rest: &[u8]) -> usize {
    match rest {
        [b'\n' | b'\r', ..] => 1,
        [0xe2, 0x80, 0xa8 | 0xa9, ..] => 3,
        _ => 0,
    }
}

/// Bytes of the white space with which a text begins, or 0. Source: ECMA-262, "White Space".
pub(crate) fn blank(rest: &[u8]) -> usize {
    match rest {
        [b' ' | b'\t' | 0x0b | 0x0c, ..] => 1,
        [0xc2, 0xa0, ..] => 2,
        [0xe1, 0x9a, 0x80, ..] | [0xe3, 0x80, 0x80, ..] | [0xef, 0xbb, 0xbf, ..] => 3,
        [0xe2, 0x80, 0x80..=0x8a | 0xaf, ..] | [0xe2, 0x81, 0x9f, ..] => 3,
        _ => 0,
    }
}

/// Words after which an operand follows, and which nest in the syntax tree.
pub(crate) fn is_prefix_word(word: &[u8]) -> bool {
    matches!(
        word,
        b"return"
            | b"typeof"
            | b"void"
            | b"delete"
            | b"new"
            | b"in"
            | b"of"
            | b"instanceof"
            | b"case"
            | b"do"
            | b"else"
            | b"throw"
            | b"yield"
            | b"await"
            | b"if"
            | b"while"
            | b"for"
            | b"with"
            | b"switch"
            | b"async"
            | b"class"
            | b"function"
            | b"extends"
            | b"break"
            | b"continue"
            | b"debugger"
            | b"default"
    )
}
