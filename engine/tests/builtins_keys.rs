//! Names of properties: found whichever way the string was made that names them.

use boa_engine::{Context, Source, js_string};
use std::collections::HashMap;

/// Texts of all lengths that hashing and comparing distinguish, some of which differ in one place.
fn texts() -> Vec<String> {
    let mut texts = vec![String::new()];
    for length in 1..20 {
        for place in [0, length / 2, length - 1] {
            for character in ["b", "\u{e9}", "\u{3b1}", "0"] {
                let mut parts = vec!["a"; length];
                parts[place] = character;
                texts.push(parts.concat());
            }
        }
    }
    texts.extend(
        [
            "0",
            "01",
            "10",
            "4294967294",
            "4294967295",
            "-1",
            "1e3",
            "9x",
        ]
        .map(str::to_owned),
    );
    texts.sort();
    texts.dedup();
    texts
}

#[test]
fn a_name_is_found_whichever_way_its_string_was_made() {
    let mut context = Context::default();
    let source = "(texts => {
        const ways = [
            text => text,
            text => [...text].join(''),
            text => ('xy\u{3b1}' + text + 'z').slice(3, -1),
            text => String.fromCharCode(...[...text].map(c => c.charCodeAt(0))),
            text => { let out = ''; for (const c of text) out += c; return out },
        ];
        const wrong = [];
        // A whole number: `+text` is one of floating point, which becomes a text again to be a name.
        const number = text => String(text | 0) === text ? text | 0 : text;
        for (const put of ways) {
            const object = {}, map = new Map();
            texts.forEach((text, index) => { object[put(text)] = index; map.set(put(text), index) });
            if (Object.keys(object).length !== texts.length || map.size !== texts.length) wrong.push(String(put));
            for (const get of ways) texts.forEach((text, index) => {
                if (object[get(text)] !== index || map.get(get(text)) !== index) wrong.push(text);
                if (!(get(text) in object) || Reflect.get(object, get(text)) !== index) wrong.push(text);
                const read = JSON.parse(JSON.stringify({ [get(text)]: index }));
                if (read[number(text)] !== index || object[number(text)] !== index) wrong.push(text);
                if (object[String(+text) === text ? +text : text] !== index) wrong.push(text);
                if (!(number(text) in object)) wrong.push(text);
                if (get(text) + 'x' in object && !texts.includes(text + 'x')) wrong.push(text);
            });
        }
        return wrong.join();
    })(TEXTS)";
    let list = format!("{:?}", texts());
    let value = context.eval(Source::from_bytes(&source.replace("TEXTS", &list)));
    let text = value
        .expect("a program")
        .to_string(&mut context)
        .expect("a string");
    assert_eq!(text.to_std_string_lossy(), "");
}

/// A name that is a text in one place and a number in another: the engine keeps numbers apart.
#[test]
fn an_index_is_found_by_its_number_and_by_its_text() {
    let mut context = Context::default();
    for index in ["0", "1", "9", "10", "2147483646"] {
        for program in [
            "const o = {}; o['#'] = 1; o[#] === 1 && # in o",
            "const o = {}; o[#] = 1; o['#'] === 1 && '#' in o",
            "JSON.parse('{\"#\":1}')[#] === 1",
            "Object.keys({ b: 1, '#': 2 }).join() === '#,b'",
            "const a = []; a['#'] = 1; a[#] === 1 && a.length === # + 1",
            "Reflect.has({ '#': 1 }, #) && delete { '#': 1 }[#]",
        ] {
            let source = format!("{{ {} }}", program.replace('#', index));
            let value = context
                .eval(Source::from_bytes(&source))
                .expect("a program");
            assert_eq!(value.as_boolean(), Some(true), "{source}");
        }
    }
}

#[test]
fn texts_of_bytes_and_of_wide_units_are_the_same_key() {
    let mut map = HashMap::new();
    for text in texts() {
        let wide: Vec<u16> = text.encode_utf16().collect();
        map.insert(js_string!(text.as_str()), text.clone());
        assert_eq!(map.get(&js_string!(&wide[..])), Some(&text));
    }
    assert_eq!(map.len(), texts().len());
}
