//! Walks over JS source without parsing it: finds the module's own statements, bounds nesting.
//!
//! In: source text. Out: where top-level `import` and `export` stand, or the place where the
//! text nests deeper than the parser's stack can bear (`tokens.rs`). It decides nothing about
//! meaning: what it finds is checked against the parser's tree (`program.rs`), so a wrong guess
//! here makes an upload fail and never makes code run differently.

use crate::tokens::{Kind, Token, Tokens};

/// A top-level statement of the module grammar: what of it has no place in a function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cut {
    /// Byte at which the statement begins.
    pub(crate) start: usize,
    /// Byte after its last, or after the word `export` before a declaration.
    pub(crate) end: usize,
}

/// Why a text can't be scanned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ScanError {
    /// Brackets nest deeper than [`crate::nesting::NESTING_MAX`].
    Nesting {
        /// Where the first bracket too many stands, in bytes.
        at: usize,
    },
    /// Brackets and operators together pass [`crate::nesting::WEIGHT_MAX`].
    Weight {
        /// Where they pass it, in bytes.
        at: usize,
    },
    /// A string does not end on its line.
    Unclosed {
        /// Where it begins, in bytes.
        at: usize,
    },
    /// A form that a subcontract can't use.
    Form {
        /// Where it begins, in bytes.
        at: usize,
        /// What to do instead.
        advice: &'static str,
    },
}

/// Finds the cuts of a module.
pub(crate) fn scan(source: &str) -> Result<Vec<Cut>, ScanError> {
    let mut scanner = Scanner {
        tokens: Tokens::new(source.as_bytes()),
        cuts: Vec::new(),
    };
    let mut was_dot = false;
    while let Some(token) = scanner.tokens.next_token()? {
        let is_word = token.kind == Kind::Word && !was_dot;
        let text = scanner.tokens.text(token);
        was_dot = matches!(text, b"." | b"?.");
        match text {
            b"import" if is_word => scanner.import(token)?,
            b"export" if is_word && scanner.tokens.is_top_level() => scanner.cut_export(token)?,
            _ => {}
        }
    }
    Ok(scanner.cuts)
}

struct Scanner<'a> {
    tokens: Tokens<'a>,
    cuts: Vec<Cut>,
}

impl Scanner<'_> {
    /// Cuts `import … 'conclave'` at the top level, and refuses `import.meta` anywhere.
    fn import(&mut self, import: Token) -> Result<(), ScanError> {
        self.tokens.skip_blank();
        match self.tokens.peek(0) {
            b'.' => Err(ScanError::Form {
                at: import.start,
                advice: "a subcontract has no `import.meta`",
            }),
            _ if self.tokens.is_top_level() => self.cut_import(import),
            _ => Ok(()),
        }
    }

    /// Cuts `import … 'conclave'`; leaves `import(…)` alone.
    fn cut_import(&mut self, import: Token) -> Result<(), ScanError> {
        loop {
            let Some(token) = self.tokens.next_token()? else {
                return Ok(());
            };
            match (token.kind, self.tokens.text(token)) {
                (_, b"(") => return Ok(()),
                (Kind::Literal, _) => break,
                _ => {}
            }
        }
        self.cut_from(import);
        Ok(())
    }

    /// Cuts the word `export` before a declaration, or the whole of `export { … }`.
    fn cut_export(&mut self, export: Token) -> Result<(), ScanError> {
        let end = self.tokens.at;
        self.tokens.skip_blank();
        let refused = |advice| {
            Err(ScanError::Form {
                at: export.start,
                advice,
            })
        };
        match self.tokens.peek(0) {
            b'*' => refused("a subcontract can't export another module's names"),
            b'{' => {
                while self
                    .tokens
                    .next_token()?
                    .is_some_and(|token| self.tokens.text(token) != b"}")
                {}
                self.tokens.skip_blank();
                if self.tokens.starts_with(b"from") {
                    return refused("a subcontract can't export another module's names");
                }
                self.cut_from(export);
                Ok(())
            }
            _ if self.tokens.starts_with(b"default") => refused(
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

    fn cut_from(&mut self, first: Token) {
        self.cuts.push(Cut {
            start: first.start,
            end: self.tokens.at,
        });
        self.tokens.expects_operand = true;
        self.tokens.end_statement();
    }
}

#[cfg(test)]
mod tests {
    use super::{ScanError, scan};
    use crate::nesting::{NESTING_MAX, WEIGHT_MAX};

    fn check(source: &str, expect: &[&str]) {
        let cuts = scan(source).unwrap_or_else(|error| panic!("{source}: {error:?}"));
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
            "const r = /export {/; const q = 4 / 2 / 1; let b = a.import /2",
            &[],
        );
        check("1./2; x = /export/g; y = 1.5/2", &[]);
        check("const p = import('x'); a.import.meta", &[]);
    }

    #[test]
    fn what_can_be_read_in_two_ways_or_no_subcontract_has_is_refused() {
        for source in [
            "if (a) /export/.test(b)",
            "function g() {} /import/.test(c)",
            "x = {}/((1))/1",
            "for await (x of y) /'/",
            "let x\n/'/",
            "break a\n/'/",
            "of / (1) / 1",
            "a <!--b",
            "/*\n*/ --> c",
            "#!/usr/bin/env node",
            "import.meta",
            "f(import /**/ .meta)",
        ] {
            let found = scan(source);
            assert!(
                matches!(found, Err(ScanError::Form { .. })),
                "{source} {found:?}"
            );
        }
    }

    #[test]
    fn nesting_is_bounded_however_it_is_written() {
        for (open, close) in [
            ("(", ")"),
            ("[", "]"),
            ("{", "}"),
            ("`${", "}`"),
            ("f(a,", ")"),
        ] {
            let nested = |depth| format!("{}1{}", open.repeat(depth), close.repeat(depth));
            assert!(scan(&nested(NESTING_MAX - 4)).is_ok(), "{open}");
            let found = scan(&nested(NESTING_MAX + 1));
            assert!(found.is_err(), "{open}");
        }
    }

    #[test]
    fn chains_are_bounded_however_they_are_written() {
        for link in [
            "1+",
            "a.",
            "!",
            "typeof ",
            "typeof\u{a0}",
            "if(1)",
            "if(1);else ",
            "if(1){}else ",
            "if(1){}/**/else ",
            "a=>",
            "a?b:",
            "new ",
            "class extends ",
            "a\nin ",
            "f(1,2)+",
            "f({a:1})+",
            "f(()=>{;})+",
            "{}+",
            "1,",
            "a\\u{62}+",
            "``",
            "[1,2]+",
        ] {
            for before in ["", "// \r", "// \u{2028}", "x = "] {
                let text = before.to_owned() + &link.repeat(WEIGHT_MAX * 2);
                let found = scan(&text);
                assert!(
                    matches!(found, Err(ScanError::Weight { .. })),
                    "{before}{link} {found:?}"
                );
            }
        }
        for link in [
            "(1)", "(1,2)", "({})", "(()=>{})", "['a;']", "``", "(\n)", ".b\n",
        ] {
            let found = scan(&("f".to_owned() + &link.repeat(WEIGHT_MAX * 2)));
            assert!(
                matches!(found, Err(ScanError::Weight { .. })),
                "{link} {found:?}"
            );
        }
    }

    #[test]
    fn chains_inside_brackets_add_up() {
        let level = format!("[{}", "!".repeat(50));
        assert!(matches!(
            scan(&level.repeat(10)),
            Err(ScanError::Weight { .. })
        ));
    }

    #[test]
    fn long_sources_of_short_statements_pass() {
        for line in [
            "a.b.c()\n",
            "  a.b.c()\n",
            "x = x + 1; ",
            "function f(a, b) { return a + b }\n",
            "export const f = x => { return { a: x } }\n",
            "if (a) { b() } else { c() }\n",
            "const { a, b } = f(c)\n",
            "switch (a) { case 1: b(); default: c() }\n",
            "class A { constructor(a) { this.a = a } get b() { return 1 } }\n",
            "x = `a${b}c`\n",
        ] {
            check(
                &format!(
                    "(() => {{\n{}}})()",
                    line.replace("export ", "").repeat(3_000)
                ),
                &[],
            );
            assert!(scan(&line.repeat(3_000)).is_ok(), "{line}");
        }
        check(&format!("x = [{}]", "1, ".repeat(5_000)), &[]);
        check(&format!("x = {{{}}}", "a: {b: 1}, ".repeat(5_000)), &[]);
        check(
            &format!("switch (x) {{ {} }}", "case 1:\n".repeat(5_000)),
            &[],
        );
    }
}
