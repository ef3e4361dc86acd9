//! Walks over JS source without parsing it: finds the module's own statements, bounds nesting.
//!
//! In: source text. Out: where top-level `import` and `export` stand, or the place where the
//! text nests deeper than the parser's stack can bear. It decides nothing about meaning: what it
//! finds is checked against the parser's tree (`program.rs`), so a wrong guess here (it guesses
//! where a regular expression begins) makes an upload fail and never makes code run differently.

/// Deepest nesting of brackets. Reason: the parser recurses for each; measured in the NEAR VM
/// with a shadow stack of 4 MiB (docs/adr/0004).
pub(crate) const NESTING_MAX: usize = 48;
/// Longest run of operators and prefix keywords within one expression. Reason: as above; each
/// is a level of the syntax tree.
pub(crate) const CHAIN_MAX: usize = 256;

/// A top-level statement of the module grammar, to be cut out of the function form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cut {
    /// Byte at which the statement begins.
    pub(crate) start: usize,
    /// Byte after the last that is cut.
    pub(crate) end: usize,
}

/// Why a text can't be scanned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ScanError {
    /// Brackets nest deeper than [`NESTING_MAX`].
    Nesting {
        /// Where the first bracket too many stands, in bytes.
        at: usize,
    },
    /// An expression is longer than [`CHAIN_MAX`].
    Chain {
        /// Where it passes the bound, in bytes.
        at: usize,
    },
    /// A form of `import` or `export` that a subcontract can't use.
    Form {
        /// Where it begins, in bytes.
        at: usize,
        /// What to do instead.
        advice: &'static str,
    },
}

/// Finds the cuts of a module.
pub(crate) fn scan(source: &str) -> Result<Vec<Cut>, ScanError> {
    let mut scanner = Scanner::new(source.as_bytes());
    while let Some(token) = scanner.next_token()? {
        if scanner.open.is_empty() && token.kind == Kind::Word && !scanner.was_dot {
            match scanner.text(token) {
                b"import" => scanner.cut_import(token)?,
                b"export" => scanner.cut_export(token)?,
                _ => {}
            }
        }
        scanner.was_dot = scanner.text(token) == b".";
    }
    Ok(scanner.cuts)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Word,
    Literal,
    Operator,
    Open,
    Close,
    Separator,
}

#[derive(Debug, Clone, Copy)]
struct Token {
    kind: Kind,
    start: usize,
    end: usize,
}

struct Scanner<'a> {
    bytes: &'a [u8],
    at: usize,
    /// Open brackets: `(`, `[`, `{`, `$` for `${`, and `c` for the `(` of a condition.
    open: Vec<u8>,
    /// Whether a `/` that comes now begins a regular expression.
    expects_operand: bool,
    /// Whether a condition's `(` comes next.
    after_condition_word: bool,
    was_dot: bool,
    /// Operators since the expression began.
    chain: usize,
    cuts: Vec<Cut>,
}

impl<'a> Scanner<'a> {
    fn new(bytes: &'a [u8]) -> Self {
        Self {
            bytes,
            at: 0,
            open: Vec::new(),
            expects_operand: true,
            after_condition_word: false,
            was_dot: false,
            chain: 0,
            cuts: Vec::new(),
        }
    }

    fn text(&self, token: Token) -> &'a [u8] {
        &self.bytes[token.start..token.end]
    }

    fn peek(&self, ahead: usize) -> u8 {
        self.bytes.get(self.at + ahead).copied().unwrap_or(0)
    }

    /// The next token that is neither white space nor comment.
    fn next_token(&mut self) -> Result<Option<Token>, ScanError> {
        self.skip_blank();
        let start = self.at;
        if start >= self.bytes.len() {
            return Ok(None);
        }
        let kind = match self.peek(0) {
            b'"' | b'\'' => self.string(),
            b'`' => {
                self.at += 1;
                self.template()?
            }
            b'/' if self.expects_operand => self.regular_expression(),
            byte if is_word(byte) => self.word(start)?,
            byte => self.punctuator(byte)?,
        };
        Ok(Some(Token {
            kind,
            start,
            end: self.at,
        }))
    }

    /// Skips white space and comments. A new line after an operand ends the expression as far
    /// as its length is concerned.
    fn skip_blank(&mut self) {
        loop {
            match (self.peek(0), self.peek(1)) {
                (b'/', b'/') => self.skip_until(b"\n"),
                (b'/', b'*') => {
                    self.at += 2;
                    self.skip_until(b"*/");
                }
                (b'\n', _) => {
                    self.at += 1;
                    if !self.expects_operand && is_word(self.peek(0)) {
                        self.chain = 0;
                    }
                }
                (b' ' | b'\t' | b'\r' | 0x0b | 0x0c, _) => self.at += 1,
                _ => return,
            }
        }
    }

    fn skip_until(&mut self, end: &[u8]) {
        let rest = &self.bytes[self.at.min(self.bytes.len())..];
        let found = rest.windows(end.len()).position(|window| window == end);
        self.at += found.map_or(rest.len(), |place| place + end.len());
    }

    fn operand(&mut self) -> Kind {
        self.expects_operand = false;
        Kind::Literal
    }

    fn string(&mut self) -> Kind {
        let quote = self.peek(0);
        self.at += 1;
        while self.at < self.bytes.len() && self.peek(0) != quote {
            self.at += if self.peek(0) == b'\\' { 2 } else { 1 };
        }
        self.at = (self.at + 1).min(self.bytes.len());
        self.operand()
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
                    self.push(b'$')?;
                    return Ok(Kind::Open);
                }
                (b'\\', _) => self.at += 2,
                _ => self.at += 1,
            }
        }
        self.at = self.bytes.len();
        Ok(self.operand())
    }

    fn regular_expression(&mut self) -> Kind {
        let mut is_class = false;
        self.at += 1;
        while self.at < self.bytes.len() {
            match self.peek(0) {
                b'\\' => self.at += 1,
                b'[' => is_class = true,
                b']' => is_class = false,
                b'/' if !is_class => break,
                b'\n' => break,
                _ => {}
            }
            self.at += 1;
        }
        self.at = (self.at + 1).min(self.bytes.len());
        self.operand()
    }

    fn word(&mut self, start: usize) -> Result<Kind, ScanError> {
        while is_word(self.peek(0)) {
            self.at += 1;
        }
        let word = &self.bytes[start..self.at];
        let is_name = self.was_dot;
        self.after_condition_word = !is_name && matches!(word, b"if" | b"while" | b"for" | b"with");
        let is_prefix = !is_name && is_prefix_word(word);
        self.expects_operand = is_prefix;
        if is_prefix {
            self.link()?;
        }
        Ok(Kind::Word)
    }

    fn punctuator(&mut self, byte: u8) -> Result<Kind, ScanError> {
        self.at += 1;
        match byte {
            b'(' => {
                let mark = if self.after_condition_word {
                    b'c'
                } else {
                    b'('
                };
                self.after_condition_word = false;
                self.push(mark)?;
                Ok(Kind::Open)
            }
            b'[' | b'{' => {
                self.push(byte)?;
                Ok(Kind::Open)
            }
            b')' | b']' | b'}' => self.close(byte),
            b';' | b',' => {
                self.chain = 0;
                self.expects_operand = true;
                Ok(Kind::Separator)
            }
            _ => self.operator(byte),
        }
    }

    fn operator(&mut self, byte: u8) -> Result<Kind, ScanError> {
        let is_postfix =
            matches!(byte, b'+' | b'-') && self.peek(0) == byte && !self.expects_operand;
        if is_postfix {
            self.at += 1;
            return Ok(Kind::Operator);
        }
        self.expects_operand = true;
        self.link()?;
        Ok(Kind::Operator)
    }

    fn close(&mut self, byte: u8) -> Result<Kind, ScanError> {
        match (self.open.pop(), byte) {
            (Some(b'$'), b'}') => return self.template(),
            (Some(b'c'), _) => self.expects_operand = true,
            (_, b'}') => {
                self.expects_operand = true;
                if !self.is_continued() {
                    self.chain = 0;
                }
            }
            _ => self.expects_operand = false,
        }
        Ok(Kind::Close)
    }

    /// Whether what was closed goes on as the same statement: `} else`.
    fn is_continued(&self) -> bool {
        let rest = &self.bytes[self.at..];
        let blank = rest
            .iter()
            .take_while(|byte| byte.is_ascii_whitespace())
            .count();
        rest[blank..].starts_with(b"else")
    }

    fn push(&mut self, mark: u8) -> Result<(), ScanError> {
        if self.open.len() == NESTING_MAX {
            return Err(ScanError::Nesting { at: self.at });
        }
        self.open.push(mark);
        self.expects_operand = true;
        if mark == b'{' && !self.was_else_chain() {
            self.chain = 0;
        }
        Ok(())
    }

    /// `else {` and `else if (…) {` belong to the statement that goes on.
    fn was_else_chain(&self) -> bool {
        self.open.len() == 1 && self.chain > CHAIN_MAX
    }

    fn link(&mut self) -> Result<(), ScanError> {
        self.chain += 1;
        if self.chain > CHAIN_MAX {
            Err(ScanError::Chain { at: self.at })
        } else {
            Ok(())
        }
    }

    /// Cuts `import … 'conclave'`; leaves `import(…)` and `import.meta` alone.
    fn cut_import(&mut self, import: Token) -> Result<(), ScanError> {
        loop {
            let Some(token) = self.next_token()? else {
                return Ok(());
            };
            match (token.kind, self.text(token)) {
                (_, b"(" | b".") => return Ok(()),
                (Kind::Literal, _) => break,
                _ => {}
            }
        }
        self.cut_from(import)
    }

    /// Cuts the word `export` before a declaration, or the whole of `export { … }`.
    fn cut_export(&mut self, export: Token) -> Result<(), ScanError> {
        let end = self.at;
        self.skip_blank();
        let refused = |advice| {
            Err(ScanError::Form {
                at: export.start,
                advice,
            })
        };
        match self.peek(0) {
            b'*' => refused("a subcontract can't export another module's names"),
            b'{' => {
                while self
                    .next_token()?
                    .is_some_and(|token| self.bytes[token.start] != b'}')
                {}
                self.skip_blank();
                if self.bytes[self.at..].starts_with(b"from") {
                    return refused("a subcontract can't export another module's names");
                }
                self.cut_from(export)
            }
            _ if self.bytes[self.at..].starts_with(b"default") => refused(
                "give the method a name: `export function name() {}` instead of `export default`",
            ),
            _ => {
                self.cuts.push(Cut {
                    start: export.start,
                    end,
                });
                Ok(())
            }
        }
    }

    fn cut_from(&mut self, first: Token) -> Result<(), ScanError> {
        self.cuts.push(Cut {
            start: first.start,
            end: self.at,
        });
        self.expects_operand = true;
        self.chain = 0;
        Ok(())
    }
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$' | b'#' | b'\\') || byte >= 0x80
}

/// Words after which an operand follows, and which nest in the syntax tree.
fn is_prefix_word(word: &[u8]) -> bool {
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
            | b"async"
            | b"label"
    )
}

#[cfg(test)]
mod tests {
    use super::{CHAIN_MAX, NESTING_MAX, ScanError, scan};

    fn check(source: &str, expect: &[&str]) {
        let cuts = scan(source).expect("a source that can be scanned");
        let found: Vec<&str> = cuts.iter().map(|cut| &source[cut.start..cut.end]).collect();
        assert_eq!(found, expect, "{source}");
    }

    #[test]
    fn imports_and_exports_are_found() {
        check(
            "import { near } from 'conclave'; let a",
            &["import { near } from 'conclave'"],
        );
        check("export function f() { return 1 }", &["export"]);
        check(
            "const a = 1; export { a, a as b }",
            &["export { a, a as b }"],
        );
        check(
            "import 'conclave'\nexport const x = 1",
            &["import 'conclave'", "export"],
        );
    }

    #[test]
    fn what_only_looks_like_one_is_left_alone() {
        check("const a = {import: 1, export: 2}; a.import; a.export", &[]);
        check(
            "'export function f(){}'; `export ${'import'} x`; // export\n/* import 'x' */",
            &[],
        );
        check(
            "const r = /export {/; const q = 4 / 2 / 1; let b = a.import\n/2",
            &[],
        );
        check(
            "if (a) /export/.test(b)\nfunction g() {} /import/.test(c)",
            &[],
        );
        check("const p = import('x'); import.meta", &[]);
    }

    #[test]
    fn nesting_and_chains_are_bounded() {
        let nested = |depth| format!("{}1{}", "(".repeat(depth), ")".repeat(depth));
        assert!(scan(&nested(NESTING_MAX)).is_ok());
        assert!(matches!(
            scan(&nested(NESTING_MAX + 1)),
            Err(ScanError::Nesting { .. })
        ));
        for link in [
            "1+",
            "a.",
            "!",
            "typeof ",
            "if(1)",
            "a=>",
            "a?b:",
            "else if(1){}",
            "new ",
        ] {
            let text = link.repeat(CHAIN_MAX * 2);
            assert!(
                matches!(scan(&text), Err(ScanError::Chain { .. })),
                "{link}"
            );
        }
        assert!(scan(&"a.b.c()\n".repeat(5_000)).is_ok());
        assert!(scan(&"x = x + 1; ".repeat(5_000)).is_ok());
    }
}
