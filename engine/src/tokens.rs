//! Tokens of JS source, and how deep the text nests at each: what the scan walks over.
//!
//! In: source text. Out: tokens, or the place where the text passes a bound. Weighs every path
//! through the syntax tree from above: a bracket or an operator may be counted where it does not
//! nest, and none that nests goes uncounted. Where a text can be read in two ways (a `/` after `}`),
//! it is refused, so that the parser can't see code in what is skipped here.

use crate::lexis::{begins_token, blank, is_plain, is_prefix_word, is_word, line, line_end};
use crate::nesting::{Mark, Nesting};
use crate::scan::ScanError;

/// Weight of `=>`, in operators. Source: measured (docs/adr/0004).
const ARROW: usize = 3;
/// Weight of `extends`, in operators. Source: as above.
const EXTENDS: usize = 3;
/// Most alternatives of one regular expression. Reason: its parser recurses for each.
const ALTERNATIVES_MAX: usize = 256;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Word,
    Literal,
    Operator,
    Open,
    Close,
    Separator,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Token {
    pub(crate) kind: Kind,
    pub(crate) start: usize,
    pub(crate) end: usize,
}

/// What the last token leaves open about the statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    No,
    /// It ends if a word follows that can't go on.
    AtWord,
    /// It ends unless `else` follows.
    Semicolon,
}

pub(crate) struct Tokens<'a> {
    bytes: &'a [u8],
    pub(crate) at: usize,
    nesting: Nesting,
    /// Whether a `/` that comes now begins a regular expression.
    pub(crate) expects_operand: bool,
    /// Whether a condition's `(` comes next.
    after_condition_word: bool,
    /// The token before.
    last: &'a [u8],
    /// Whether a line ended since then.
    is_new_line: bool,
    end: End,
}

impl<'a> Tokens<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self {
            bytes,
            at: 0,
            nesting: Nesting::default(),
            expects_operand: true,
            after_condition_word: false,
            last: b"",
            is_new_line: true,
            end: End::No,
        }
    }

    pub(crate) fn is_top_level(&self) -> bool {
        self.nesting.is_top_level()
    }

    pub(crate) fn text(&self, token: Token) -> &'a [u8] {
        &self.bytes[token.start..token.end]
    }

    pub(crate) fn starts_with(&self, text: &[u8]) -> bool {
        self.bytes[self.at..].starts_with(text)
    }

    pub(crate) fn peek(&self, ahead: usize) -> u8 {
        self.bytes.get(self.at + ahead).copied().unwrap_or(0)
    }

    /// The next token that is neither white space nor comment.
    pub(crate) fn next_token(&mut self) -> Result<Option<Token>, ScanError> {
        self.skip_blank();
        let start = self.at;
        if start >= self.bytes.len() {
            return Ok(None);
        }
        self.check_readable()?;
        let byte = self.peek(0);
        if self.end == End::Semicolon && !is_word(byte) {
            self.end_statement();
        }
        let kind = match byte {
            b'"' | b'\'' => self.string()?,
            b'`' => self.begin_template()?,
            b'/' if self.expects_operand => self.regular_expression()?,
            byte if is_word(byte) => self.word(start)?,
            byte => self.punctuator(byte)?,
        };
        let token = Token {
            kind,
            start,
            end: self.at,
        };
        self.last = self.text(token);
        self.is_new_line = false;
        Ok(Some(token))
    }

    /// Refuses what can be read in two ways.
    fn check_readable(&self) -> Result<(), ScanError> {
        let form = |advice| {
            Err(ScanError::Form {
                at: self.at,
                advice,
            })
        };
        // Nothing else begins what could be misread.
        if !matches!(self.peek(0), b'/' | b'<' | b'-' | b'#') {
            return Ok(());
        }
        let last = self.last;
        let is_after_condition = last == b")" && self.expects_operand;
        let is_unclear =
            last.ends_with(b"}") || is_after_condition || matches!(last, b"of" | b"async");
        let is_after_line = self.is_new_line && last.first().is_some_and(|byte| is_word(*byte));
        if self.peek(0) == b'/' && (is_unclear || is_after_line && !self.expects_operand) {
            return form("put a semicolon or parentheses around what stands before this `/`");
        }
        if self.starts_with(b"<!--") || self.is_new_line && self.starts_with(b"-->") {
            return form("write a blank inside `<!--` or `-->`, which begin a comment in scripts");
        }
        if self.at == 0 && self.starts_with(b"#!") {
            return form("remove the line that begins with `#!`");
        }
        Ok(())
    }

    /// Skips white space and comments.
    pub(crate) fn skip_blank(&mut self) {
        while !begins_token(self.peek(0)) {
            let rest = &self.bytes[self.at..];
            if rest.starts_with(b"//") {
                self.at += line(rest);
            } else if rest.starts_with(b"/*") {
                let end = rest[2..].windows(2).position(|two| matches!(two, b"*/"));
                let length = end.map_or(rest.len(), |end| end + 4);
                self.is_new_line |= line(&rest[..length]) < length;
                self.at += length;
            } else if line_end(rest) > 0 {
                self.at += line_end(rest);
                self.is_new_line = true;
            } else if blank(rest) > 0 {
                self.at += blank(rest);
            } else {
                break;
            }
        }
        if self.is_new_line && !self.expects_operand && self.end == End::No {
            self.end = End::AtWord;
        }
    }

    fn operand(&mut self) -> Kind {
        self.expects_operand = false;
        self.end = End::No;
        Kind::Literal
    }

    fn string(&mut self) -> Result<Kind, ScanError> {
        let (start, quote) = (self.at, self.peek(0));
        self.at += 1;
        while self.peek(0) != quote {
            if self.at >= self.bytes.len() || matches!(self.peek(0), b'\n' | b'\r') {
                return Err(ScanError::Unclosed { at: start });
            }
            let is_continued_line = self.bytes[self.at..].starts_with(b"\\\r\n");
            self.at += match self.peek(0) {
                b'\\' if is_continued_line => 3,
                b'\\' => 2,
                _ => 1,
            };
        }
        self.at += 1;
        Ok(self.operand())
    }

    fn begin_template(&mut self) -> Result<Kind, ScanError> {
        if !self.expects_operand {
            self.add(1)?;
        }
        self.at += 1;
        self.template()
    }

    /// The rest of a template, up to its end or to the next `${`.
    fn template(&mut self) -> Result<Kind, ScanError> {
        while self.at < self.bytes.len() {
            match (self.peek(0), self.peek(1)) {
                (b'`', _) => {
                    self.at += 1;
                    return Ok(self.operand());
                }
                (b'$', b'{') => {
                    self.at += 2;
                    self.push(Mark::Template)?;
                    return Ok(Kind::Open);
                }
                (b'\\', _) => self.at += 2,
                _ => self.at += 1,
            }
        }
        self.at = self.bytes.len();
        Ok(self.operand())
    }

    fn regular_expression(&mut self) -> Result<Kind, ScanError> {
        let (mut is_class, mut alternatives) = (false, 0);
        self.at += 1;
        while self.at < self.bytes.len() {
            match self.peek(0) {
                b'\\' => self.at += 1,
                b'[' => is_class = true,
                b']' => is_class = false,
                b'|' => alternatives += 1,
                b'/' if !is_class => break,
                b'\n' => break,
                _ => {}
            }
            self.at += 1;
        }
        self.at = (self.at + 1).min(self.bytes.len());
        if alternatives > ALTERNATIVES_MAX {
            return Err(ScanError::Weight { at: self.at });
        }
        Ok(self.operand())
    }

    fn word(&mut self, start: usize) -> Result<Kind, ScanError> {
        self.skip_word(start);
        let word = &self.bytes[start..self.at];
        let is_name = matches!(self.last, b"." | b"?.");
        let goes_on = matches!(word, b"in" | b"instanceof" | b"of");
        if self.end != End::No && word != b"else" && !goes_on || word == b"case" && !is_name {
            self.end_statement();
        }
        self.end = End::No;
        let is_awaited_loop = self.last == b"for" && word == b"await";
        let is_condition = matches!(word, b"if" | b"while" | b"for" | b"with" | b"switch");
        self.after_condition_word = !is_name && (is_condition || is_awaited_loop);
        self.expects_operand = !is_name && is_prefix_word(word);
        if self.expects_operand {
            self.add(match word {
                b"extends" => EXTENDS,
                b"new" => 2,
                _ => 1,
            })?;
        }
        Ok(Kind::Word)
    }

    /// A name, a keyword or a number; `\u{…}` and the point of a number belong to it.
    fn skip_word(&mut self, start: usize) {
        let mut may_have_point = self.bytes[start].is_ascii_digit();
        while self.at < self.bytes.len() {
            let rest = &self.bytes[self.at..];
            self.at += rest.iter().take_while(|byte| is_plain(**byte)).count();
            if self.starts_with(b"\\u{") {
                let rest = &self.bytes[self.at..];
                self.at += rest.iter().position(|byte| *byte == b'}').unwrap_or(0) + 1;
            } else if self.peek(0) == b'.' && may_have_point {
                may_have_point = false;
                self.at += 1;
            } else {
                let rest = &self.bytes[self.at..];
                let is_part = rest.first().is_some_and(|byte| is_word(*byte));
                if !is_part || blank(rest) + line_end(rest) > 0 {
                    return;
                }
                self.at += 1;
            }
        }
    }

    fn punctuator(&mut self, byte: u8) -> Result<Kind, ScanError> {
        let mark = self.mark(byte);
        self.at += 1;
        match byte {
            b'(' | b'[' | b'{' => {
                let is_postfix = !self.expects_operand || self.last == b"}";
                if is_postfix {
                    self.add(1)?;
                }
                self.after_condition_word = false;
                self.push(mark)?;
                Ok(Kind::Open)
            }
            b')' | b']' | b'}' => self.close(byte),
            b';' => {
                self.end = End::Semicolon;
                self.expects_operand = true;
                Ok(Kind::Separator)
            }
            b',' => {
                self.end = End::No;
                self.expects_operand = true;
                self.nesting.comma(self.at)?;
                Ok(Kind::Separator)
            }
            _ => self.operator(byte),
        }
    }

    /// What an opening bracket is; a sequence where that is not certain.
    fn mark(&self, byte: u8) -> Mark {
        let in_list = self.nesting.is_in_list();
        let is_list = match (byte, self.last) {
            (b'(', _) if self.after_condition_word => return Mark::Condition,
            (_, b"}") => false,
            (b'(', _) => !self.expects_operand && !self.is_new_line,
            (b'[', b"of" | b"async") => false,
            (b'[', _) => self.expects_operand,
            (b'{', b"=" | b"(" | b"[" | b",") => true,
            (b'{', b"return") => !self.is_new_line,
            (b'{', b":") => in_list,
            _ => false,
        };
        if is_list { Mark::List } else { Mark::Sequence }
    }

    fn operator(&mut self, byte: u8) -> Result<Kind, ScanError> {
        self.end = End::No;
        let is_postfix =
            matches!(byte, b'+' | b'-') && self.peek(0) == byte && !self.expects_operand;
        if is_postfix {
            self.at += 1;
            return Ok(Kind::Operator);
        }
        let is_arrow = byte == b'=' && self.peek(0) == b'>';
        if is_arrow || byte == b'?' && self.peek(0) == b'.' {
            self.at += 1;
        } else {
            let is_doubled = matches!(byte, b'&' | b'|' | b'*' | b'?' | b'<' | b'>' | b'.');
            while is_doubled && self.peek(0) == byte {
                self.at += 1;
            }
            while matches!(byte, b'=' | b'!' | b'<' | b'>') && self.peek(0) == b'=' {
                self.at += 1;
            }
        }
        self.expects_operand = true;
        self.add(if is_arrow { ARROW } else { 1 })?;
        Ok(Kind::Operator)
    }

    fn close(&mut self, byte: u8) -> Result<Kind, ScanError> {
        let closed = self.nesting.close();
        self.end = End::No;
        match (closed, byte) {
            (Some(Mark::Template), b'}') => return self.template(),
            (Some(Mark::Condition), _) => self.expects_operand = true,
            (_, b'}') => {
                self.expects_operand = true;
                self.end = End::AtWord;
            }
            _ => self.expects_operand = false,
        }
        Ok(Kind::Close)
    }

    fn push(&mut self, mark: Mark) -> Result<(), ScanError> {
        self.expects_operand = true;
        self.end = End::No;
        self.nesting.open(mark, self.at)
    }

    /// A new statement begins here.
    pub(crate) fn end_statement(&mut self) {
        self.end = End::No;
        self.nesting.end_statement();
    }

    fn add(&mut self, weight: usize) -> Result<(), ScanError> {
        self.nesting.add(weight, self.at)
    }
}
