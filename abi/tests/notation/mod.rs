//! Reads the notation in which `docs/spec/values.md` writes values: JavaScript's, with
//! `map(k => v)`, `set(a)`, `bytes(00ff)` and `date(5)`.

use conclave_abi::value::Value;

/// Reads one value; panics on anything else, because the document is ours.
pub(crate) fn value(text: &str) -> Value {
    let mut notation = Notation { rest: text };
    let value = notation.value();
    assert_eq!(notation.rest.trim(), "", "{text:?} goes on after its value");
    value
}

struct Notation<'a> {
    rest: &'a str,
}

impl Notation<'_> {
    fn eat(&mut self, token: &str) -> bool {
        self.rest = self.rest.trim_start();
        let rest = self.rest.strip_prefix(token);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn word(&mut self) -> &str {
        self.rest = self.rest.trim_start();
        let is_end = |char: char| ",)]} ".contains(char);
        let (word, rest) = self
            .rest
            .split_at(self.rest.find(is_end).unwrap_or(self.rest.len()));
        self.rest = rest;
        word
    }

    fn list<T>(&mut self, end: &str, mut item: impl FnMut(&mut Self) -> T) -> Vec<T> {
        let mut items = Vec::new();
        while !self.eat(end) {
            items.push(item(self));
            self.eat(",");
        }
        items
    }

    fn text(&mut self) -> String {
        self.rest = self.rest.trim_start();
        let mut texts = serde_json::Deserializer::from_str(self.rest).into_iter::<String>();
        let text = texts.next().expect("a text").expect("a JSON string");
        self.rest = &self.rest[texts.byte_offset()..];
        text
    }

    fn within(&mut self) -> String {
        let word = self.word().to_owned();
        assert!(
            self.eat(")"),
            "a closing parenthesis before {:?}",
            self.rest
        );
        word
    }

    fn pair<K>(&mut self, key: impl Fn(&mut Self) -> K, between: &str) -> (K, Value) {
        let key = key(self);
        assert!(self.eat(between), "{between} before {:?}", self.rest);
        (key, self.value())
    }

    fn value(&mut self) -> Value {
        if self.eat("[") {
            return Value::Array(self.list("]", Self::value));
        }
        if self.eat("{") {
            return Value::Object(self.list("}", |it| it.pair(Self::text, ":")));
        }
        if self.eat("map(") {
            return Value::Map(self.list(")", |it| it.pair(Self::value, "=>")));
        }
        if self.eat("set(") {
            return Value::Set(self.list(")", Self::value));
        }
        if self.eat("bytes(") {
            return Value::Bytes(hex::decode(self.within()).expect("hexadecimal"));
        }
        if self.eat("date(") {
            return Value::Date(self.within().parse().expect("a number"));
        }
        if self.rest.starts_with('"') {
            return Value::String(self.text());
        }
        match self.word() {
            "undefined" => Value::Undefined,
            "null" => Value::Null,
            "false" => Value::Bool(false),
            "true" => Value::Bool(true),
            word => match word.strip_suffix('n') {
                Some(digits) => Value::BigInt(digits.parse().expect("digits before n")),
                None => Value::Number(word.parse().expect("a number")),
            },
        }
    }
}
