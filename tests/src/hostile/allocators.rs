//! Whatever makes something large: at its limits and far beyond.

use super::Program;

/// Sizes with their names: about each limit of the engine, and where numbers change their form.
const SIZES: &[(&str, &str)] = &[
    ("1e3", "1000"),
    ("2^16-1", "65535"),
    ("2^16", "65536"),
    ("2^16+1", "65537"),
    ("2^20-1", "1048575"),
    ("2^20", "1048576"),
    ("2^20+1", "1048577"),
    ("2^27", "134217728"),
    ("2^31", "2147483648"),
    ("2^32-1", "4294967295"),
    ("2^32", "4294967296"),
    ("2^53", "9007199254740992"),
    ("-1", "-1"),
    ("nan", "NaN"),
    ("infinity", "Infinity"),
];

/// Name and what makes something of the size `n`.
const ALLOCATORS: &[(&str, &str)] = &[
    ("repeat", "return 'ab'.repeat(n).length"),
    ("pad-start", "return ''.padStart(n, 'abc').length"),
    ("pad-end", "return ''.padEnd(n).length"),
    ("array", "return new Array(n).length"),
    ("array-fill", "return new Array(n).fill(0).length"),
    ("array-join", "return new Array(n).join('xy').length"),
    ("array-from", "return Array.from({ length: n }).length"),
    ("array-keys", "return [...new Array(n).keys()].length"),
    ("array-spread", "return [...new Array(n)].length"),
    (
        "array-concat",
        "const a = new Array(n); return a.concat(a, a).length",
    ),
    (
        "array-length",
        "const a = [1]; a.length = n; return a.reverse().length",
    ),
    (
        "array-last",
        "const a = []; a[n - 1] = 1; return a.indexOf(1)",
    ),
    (
        "array-unshift",
        "const a = []; a.length = n; return a.unshift(1)",
    ),
    (
        "array-splice",
        "return [].splice.call({ length: n }, 0).length",
    ),
    ("array-slice", "return [].slice.call({ length: n }).length"),
    (
        "array-like-map",
        "return [].map.call({ length: n }, x => x).length",
    ),
    (
        "array-like-index-of",
        "return [].indexOf.call({ length: n }, 1)",
    ),
    (
        "array-like-join",
        "return [].join.call({ length: n }).length",
    ),
    (
        "array-like-fill",
        "return [].fill.call({ length: n }, 1).length",
    ),
    (
        "array-like-sort",
        "return [].sort.call({ length: n }).length",
    ),
    (
        "array-like-reverse",
        "return [].reverse.call({ length: n }).length",
    ),
    (
        "array-to-sorted",
        "return [].toSorted.call({ length: n }).length",
    ),
    (
        "array-flat",
        "const a = new Array(1000).fill([1, 2]); return a.flat(n).length",
    ),
    ("apply", "return Math.max.apply(null, { length: n })"),
    (
        "construct",
        "return Reflect.construct(Array, { length: n }).length",
    ),
    (
        "spread-arguments",
        "return String.fromCharCode(...new Array(n)).length",
    ),
    (
        "push-loop",
        "const a = []; for (let i = 0; i < n; i++) a.push(i); return a.length",
    ),
    ("buffer", "return new ArrayBuffer(n).byteLength"),
    (
        "buffer-resizable",
        "const b = new ArrayBuffer(0, { maxByteLength: n }); b.resize(n); return b.byteLength",
    ),
    ("bytes", "return new Uint8Array(n).fill(7).length"),
    ("doubles", "return new Float64Array(n).length"),
    (
        "bytes-from-object",
        "return new Uint8Array({ length: n }).length",
    ),
    ("bytes-join", "return new Uint8Array(n).join().length"),
    (
        "append-loop",
        "let s = ''; for (let i = 0; i < n; i++) s += 'ab'; return s.length",
    ),
    (
        "append-double",
        "let s = 'x'; for (let i = 0; i < n && i < 60; i++) s += s; return s.length",
    ),
    (
        "append-template",
        "let s = 'x'; for (let i = 0; i < n; i++) s = `${s}${s}`; return s.length",
    ),
    (
        "string-concat",
        "let s = 'x'; for (let i = 0; i < n; i++) s = s.concat(s, s); return s.length",
    ),
    ("bigint-shift", "return (1n << BigInt(n)) > 0n"),
    ("bigint-unshift", "return (1n >> BigInt(n)) > 0n"),
    ("bigint-power", "return 2n ** BigInt(n) > 0n"),
    ("bigint-parse", "return BigInt('9'.repeat(n)) > 0n"),
    (
        "bigint-multiply",
        "let b = 3n; for (let i = 0; i < n; i++) b *= b; return b > 0n",
    ),
    ("bigint-text", "return (1n << BigInt(n)).toString().length"),
    ("bigint-as", "return BigInt.asUintN(n, -1n) > 0n"),
    (
        "map-growth",
        "const m = new Map(); for (let i = 0; i < n; i++) m.set(i, i); return m.size",
    ),
    (
        "set-growth",
        "const s = new Set(); for (let i = 0; i < n; i++) s.add('k' + i); return s.size",
    ),
    (
        "set-while-walked",
        "const s = new Set([0]); for (const x of s) { if (x > n) break; s.add(x + 1) } return s.size",
    ),
    (
        "object-growth",
        "const o = {}; for (let i = 0; i < n; i++) o['k' + i] = i; return Object.keys(o).length",
    ),
    (
        "object-of-indexes",
        "const o = {}; o[n] = 1; o[n - 1] = 1; return Object.keys(o).length",
    ),
    (
        "captures",
        "return new RegExp('(a)'.repeat(n)).exec('a'.repeat(n))?.length",
    ),
    (
        "regexp-quantifier",
        "return new RegExp(`(?:a{${n}}){2}`).test('aaa')",
    ),
    (
        "regexp-range",
        "return new RegExp(`a{1,${n}}b`).test('a'.repeat(50))",
    ),
    (
        "replace-all-growth",
        "return 'a'.repeat(n).replaceAll('a', 'bcd').length",
    ),
    (
        "replace-pattern-growth",
        "return 'a'.repeat(n).replace(/a/g, '$`$&').length",
    ),
    ("split", "return 'a,'.repeat(n).split(',').length"),
    ("split-units", "return 'ab'.repeat(n).split('').length"),
    ("match-all", "return 'a'.repeat(n).match(/a/g).length"),
    ("raw", "return String.raw({ raw: { length: n } }, 1).length"),
    (
        "stringify-indent",
        "return JSON.stringify([[[[[1]]]]], null, ' '.repeat(n)).length",
    ),
    (
        "stringify-long",
        "return JSON.stringify('\\u0001'.repeat(n)).length",
    ),
    (
        "parse-long",
        "return JSON.parse('[' + '1,'.repeat(n) + '1]').length",
    ),
    (
        "encode",
        "return encodeURIComponent('\\u20ac'.repeat(n)).length",
    ),
    ("escape", "return escape('\\u20ac'.repeat(n)).length"),
    (
        "normalise",
        "return '\\ufdfa'.repeat(n).normalize('NFKD').length",
    ),
    ("upper", "return '\\u0390'.repeat(n).toUpperCase().length"),
    ("code-points", "return [...'ab'.repeat(n)].length"),
    ("to-fixed", "return (1.5).toFixed(n)"),
    ("to-radix", "return (0.1).toString(n)"),
    ("date", "return new Date(n).toISOString()"),
    ("log", "return near.log('x'.repeat(n))"),
    ("storage-key", "return storage.set('k'.repeat(n), 1)"),
    ("storage-value", "return storage.set('k', 'v'.repeat(n))"),
    ("storage-limit", "return storage.keys({ limit: n }).length"),
    ("returned", "return 'r'.repeat(n)"),
    ("thrown", "throw new Error('t'.repeat(n))"),
    ("call-id", "return call('i'.repeat(n), 'm', null)"),
    (
        "call-args",
        "return call('b@alice.near', 'm', 'a'.repeat(n))",
    ),
    ("sha256", "return near.sha256(new Uint8Array(n)).length"),
    (
        "bind-chain",
        "let f = () => 1; for (let i = 0; i < n; i++) f = f.bind(null, i); return f()",
    ),
    (
        "jobs",
        "for (let i = 0; i < n; i++) Promise.resolve().then(() => i); return 1",
    ),
    (
        "symbols",
        "for (let i = 0; i < n; i++) Symbol.for('s' + i); return 1",
    ),
    (
        "closures",
        "const a = []; for (let i = 0; i < n; i++) a[i] = () => i; return a.length",
    ),
    (
        "errors",
        "const a = []; for (let i = 0; i < n; i++) a.push(new Error('e' + i)); return a.length",
    ),
];

/// The programs.
pub(super) fn programs(into: &mut Vec<Program>) {
    for (name, body) in ALLOCATORS {
        for (size_name, size) in SIZES {
            let body = format!("const n = {size}; {body}");
            into.push(Program::new(format!("large-{name}/{size_name}"), body));
        }
    }
}
