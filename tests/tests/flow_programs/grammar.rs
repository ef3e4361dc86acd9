//! The parts of statements, in JS: `$N` stands for a variable, `$K` for a name in the storage, `$P` for an
//! expression that does not wait, `$A` for one that may and `$D` for a deposit; `#` in a block's texts for
//! its number.

/// Variables that every statement may use.
pub(super) const NAMES: [&str; 4] = ["a", "b", "c", "d"];
/// Names in the storage; few, so that they are met again.
pub(super) const KEYS: [&str; 6] = ["k1", "k2", "k3", "other", "é", "k1/deep"];

/// Values, but for what a variable holds.
pub(super) const VALUES: [&str; 20] = [
    "0",
    "1",
    "-2",
    "0.5",
    "1e21",
    "''",
    "'s'",
    "'é😀'",
    "null",
    "undefined",
    "true",
    "false",
    "[1, 2]",
    "[]",
    "{ x: 1, y: [2] }",
    "{ x: { x: 3 } }",
    "10n",
    "new Map([[1, a]])",
    "new Date(5)",
    "new Uint8Array([1, 2])",
];

/// Expressions that wait for nothing; `$P` stands for another one.
pub(super) const PLAIN: [&str; 16] = [
    "[$P, $P]",
    "{ x: $P, y: $P }",
    "`${told($P)}-${told($P)}`",
    "storage.get(K + '$K')",
    "storage.has(K + '$K')",
    "Object($P).x",
    "num($P) + num($P)",
    "num($P) * 2 % 7",
    "($P ?? $P)",
    "($P ? $P : $P)",
    "peek()",
    "count++",
    "join($P, $P)",
    "(() => { count += 2; return $P })()",
    "[...told($P)].length",
    "map.get(num($P) % 4)",
];

/// Expressions that wait; `$A` stands for another one that may.
pub(super) const WAITING: [&str; 36] = [
    "await ask($P)",
    "await ask($P)",
    "await ask($P)",
    "await ask($A)",
    "await $P",
    "await thenable($P)",
    "await next()",
    "await twice($P)",
    "await down(num($P) % 3)",
    "await new Box($P).get()",
    "await (await Box.of($P)).get()",
    "await new Box($P).both",
    "await new Heir($P).get()",
    "[await ask($P), $N, await ask($P)]",
    "[$N, await ask($P), $N]",
    "{ x: await ask($P), y: $N, [[...told(await ask($P))].slice(0, 3).join('')]: 1 }",
    "{ ...Object($N), ...Object(await ask($P)), z: $A }",
    "`${told(await ask($P))} of ${told($N)}`",
    "join($N, $A, $N)",
    "(await ask($P)) ?? ($A)",
    "(await ask($P)) ? $A : $A",
    "(await ask($P)) && ($A)",
    "Object($A).x",
    "num($N) + num($A)",
    "await ask($P).then(v => [v, $P])",
    "await ask($P).then(v => ask([v, $P]))",
    "await ask($P).catch(e => { note(why(e)); return $P })",
    "await ask($P).finally(() => { note($P) })",
    "await (async () => { $N = $P; return $A })()",
    "await (async v => { const got = await ask(v); count++; return [got, $A] })($P)",
    "await (async ({ x = $P, ...rest } = {}) => [x, rest])($A)",
    "await Promise.all([ask($P), $P, ask($P)])",
    "await Promise.all([ask($P), thenable($P), ask($P), ask($P)].map(one => one))",
    "settled(await Promise.allSettled([ask($P), ask($P), $P, ask($P)]))",
    "room(3) ? await Promise.any([ask($P), ask($P), ask($P)]) : $P",
    "room(2) ? await Promise.race([ask($P), ask($P)]) : $P",
];

/// Statements; those with braces stand alone.
pub(super) const LINES: [&str; 75] = [
    "$N = cut($A)",
    "$N = cut($A)",
    "$N = cut($A)",
    "$N = cut($P)",
    "note($A)",
    "note($A)",
    "[$N, b] = [b, $A].map(cut)",
    "{ const [x, y = $A, ...rest] = [].concat($A); note([x, y, rest]) }",
    "{ const { x, y: z = $A, ...rest } = Object($A); note([x, z, rest]) }",
    "$N = cut(told($N) + told($A))",
    "count += num($A) % 5",
    "count = count + num(await next())",
    "d = [].concat(d).slice(0, 3); d.push(cut($A))",
    "d = [].concat(d); d[num($A) % 3] = cut($A)",
    "$N = $N ?? cut($A)",
    "$N ||= cut($A)",
    "storage.set(K + '$K', cut($P))",
    "storage.set(K + '$K', cut($P))",
    "storage.set(K + '$K', cut($A))",
    "note(storage.get(K + '$K'))",
    "note(storage.remove(K + '$K'))",
    "storage.remove(K + '$K'); note(await ask($P)); storage.set(K + '$K', 'again')",
    "note([storage.has(K + '$K'), storage.count({ prefix: K })])",
    "note(storage.keys({ prefix: K + 'k' }))",
    "note(storage.keys({ prefix: K, limit: 2, reverse: true }))",
    "note(storage.entries({ prefix: K, from: K + 'k1', limit: 3 }))",
    "note(storage.entries({ prefix: K + '$K' }))",
    "for (const [key, value] of storage.entries({ prefix: K + 'k' })) storage.set(key, cut([value, await ask(key.length)]))",
    "log($P)",
    "log($A)",
    "log('at', asked, $P)",
    "now()",
    "now(); await null; now(); note(await ask($P)); now()",
    "note(near.balance() >= 0n)",
    "if (++logged < 12) after(OTHER, 'put', { k: K + 'late' + num($A) % 3, v: $N })",
    "note(near.keep(3n))",
    "near.transfer('carol.near', BigInt(1 + count % 5))",
    "note([near.caller(), near.signer(), near.self(), near.path(), near.deposit()])",
    "note(call(OTHER, 'put', { k: K + '$K', v: cut($P) }))",
    "note(call(OTHER, 'put', { k: K + '$K', v: cut($A) }))",
    "note(contract(OTHER).got({ k: K + '$K' }))",
    "try { note(call(OTHER, 'fall', { k: K + '$K', v: $N })) } catch (e) { note([e.name, e.code, e.message]) }",
    "call(OTHER, 'fall', { k: K + '$K', v: 1 })",
    "note(call(OTHER, 'waits', { k: K + '$K', v: $N }))",
    "note(view(OTHER, 'got', { k: K + '$K' }))",
    "note(call(OTHER, 'keeps', { k: K + '$K', v: $P }, { deposit: 7n }))",
    "note(call(OTHER, 'back', { k: K + '$K', v: $P }))",
    "note(near.of(OTHER).get(K + '$K'))",
    "{ const of = near.of(OTHER); note([of.has(K + '$K'), of.keys({ prefix: K + 'k' }), of.entries({ prefix: K + 'k', limit: 2 }), of.count({ prefix: K + 'k' })]) }",
    "near.grant(PEER, { read: [K + '$K', told($N)] })",
    "note([near.revoke(PEER), near.revoke('nobody@bob.near')])",
    "note(near.grants().items.filter(({ peer }) => peer === PEER))",
    "note([...near.sha256(told($A))].slice(0, 3))",
    "note(near.atomic(() => { storage.set(K + '$K', cut($P)); log('kept', $P); return call(OTHER, 'put', { k: K + '$K', v: $N }) }))",
    "try { near.atomic(() => { storage.set(K + '$K', 'undone'); call(OTHER, 'put', { k: K + '$K', v: 'undone' }); log('undone'); near.transfer('carol.near', 9n); throw new RangeError(told($N)) }) } catch (e) { note(why(e)) }",
    "try { near.atomic(() => { storage.remove(K + '$K'); try { near.atomic(() => { storage.set(K + '$K', 1); throw 1 }) } catch { note(storage.get(K + '$K')) } map.set(num($P) % 4, 'in') }) } catch (e) { note(why(e)) }",
    "near.atomic(() => { storage.set(K + '$K', 'undone too'); if (count % 2) throw new TypeError('atomic'); })",
    "map.set(num($A) % 4, cut($A))",
    "note([map.delete(num($P) % 4), map.size, [...map]])",
    "list.push(cut($A), $N)",
    "note([list.length && list.pop(), [...list]])",
    "{ const before = ask($P); before.catch(() => { }); note($A); $N = cut(await before) }",
    "{ const before = [ask($P), ask($P)]; for (const one of before) one.catch(() => { }); storage.set(K + '$K', $N); note(settled(await Promise.allSettled(before))) }",
    "ask($P).catch(() => { })",
    "if (room(3)) note(settled(await Promise.allSettled([1, 2, 3].map(async v => { const got = await ask([v, $P]); note(v); log('of', v); storage.set(K + '$K', cut(got)); return [v, storage.get(K + '$K')] }))))",
    "if (room(2)) note(settled(await Promise.allSettled(['p', 'q'].map(async v => { try { $N = cut(await ask(v)) } catch (e) { note(why(e)); throw v } finally { note(v); call(OTHER, 'put', { k: K + v, v: $N }) } }))))",
    "note(await [1, 2].reduce(async (before, v) => { const got = await before; return [got, await ask(v)].map(cut) }, $P))",
    "{ const order = []; if (room(3)) await Promise.all([3, 2, 1].map(v => ask(v).then(() => order.push(v), () => order.push(-v)))); note(order) }",
    "note(await new Promise((resolve, reject) => ask($P).then(resolve, reject)))",
    "{ const { promise, resolve } = Promise.withResolvers(); ask($P).then(v => resolve([v]), e => resolve(why(e))); note(await promise) }",
    "{ const steps = each(2); const first = await steps.next(); note([first, await steps.return($A), await steps.next()]) }",
    "note(settled(await Promise.allSettled([paid($P, $D), ask($P), paid($P, $D), paid($P, 1n)])))",
    "$N = cut(await paid($P, $D))",
    "paid($P, $D)",
    "note([typeof await ask($P), JSON.stringify(Object.keys(Object($N)))])",
];

/// Blocks of one body: its head and its end.
pub(super) const BODIES: [(&str, &str); 22] = [
    ("for (let i# = 0; i# < 3; i#++) {", "}"),
    (
        "for (let i# = 0; i# < 4; i#++) { if (i# === 1) continue",
        "if (i# > 1 && num(a) % 2) break }",
    ),
    ("let w# = 2; while (w#-- > 0) {", "}"),
    (
        "let w# = 0; do {",
        "} while (w#++ < num(await ask(w#)) % 3)",
    ),
    ("for (const v of [1, $P, 'z']) { note(v)", "}"),
    (
        "for (const v of [1, $P, 'z']) { if (told(v) === told(await ask(v))) continue",
        "if (num($N) % 3 === 0) break }",
    ),
    (
        "for (const [i, v] of [[0, $P], [1, $P]]) { note([i, v, $A])",
        "}",
    ),
    (
        "for (const k in { p: 1, q: 2 }) { storage.set(K + k, $N)",
        "}",
    ),
    ("for await (const v of each(2)) { note(v)", "}"),
    (
        "for await (const v of each(3)) {",
        "if (num(v) % 2) break }",
    ),
    (
        "for await (const v of [$P, ask($P), 3, ask($P)]) { note(v)",
        "}",
    ),
    (
        "outer#: for (const v of [1, 2]) { for (const w of [3, 4]) {",
        "if (num($N) % 2) continue outer#; note([v, w]) } }",
    ),
    ("if (num($A) % 2) {", "}"),
    (
        "{ const f# = async (v, w = $P) => {",
        "return [v, w] }; note(await f#($P)) }",
    ),
    (
        "{ async function g#() { const self = arguments.length; $N = self;",
        "} note(await g#($P, $P)); await g#() }",
    ),
    (
        "{ const o# = { v: $P, async m(w) {",
        "return [this.v, w] } }; note(await o#.m($A)) }",
    ),
    (
        "{ class C# { static s = 1; async m(w) {",
        "return C#.s++ + num(w) } } note([await new C#().m($P), await new C#().m($A)]) }",
    ),
    (
        "{ let inner# = 0; const f# = async () => { inner#++;",
        "inner#++; return inner# }; inner# += 10; note(await f#()); note(inner#) }",
    ),
    (
        "for (let turn# = 0; turn# < 2; turn#++) { const later = async () => { note([turn#, await ask(turn#)])",
        "}; await later() }",
    ),
    ("await (async () => {", "})().catch(e => note(why(e)))"),
    (
        "note(await (async () => {",
        "return 'end' })().then(v => [v, count], why))",
    ),
    (
        "if (room(1)) for (const k of storage.keys({ prefix: K + 'k' })) { note([k, await ask(k.length)])",
        "}",
    ),
];

/// Blocks of two: what stands before each, and at the end.
pub(super) const PAIRS: [(&str, &str, &str); 9] = [
    ("try {", "} catch (e) { note(why(e))", "}"),
    ("try {", "} catch (e) { note(why(e))", "}"),
    ("try {", "} catch {", "} finally { note($A) }"),
    ("try {", "} finally { note(count++)", "}"),
    (
        "note(await (async () => { try {",
        "return $A } finally { count++",
        "} })())",
    ),
    (
        "note(await (async () => { try { throw $P } catch (e) { note(e)",
        "return [e, $A] } finally {",
        "if (count % 3 === 0) return 'finally' } })())",
    ),
    ("if (num($N) % 2) {", "} else {", "}"),
    (
        "switch (num($A) % 3) { case 0:",
        "break; case 1:",
        "default: note('default') }",
    ),
    (
        "for (const v of [1, 2]) { try {",
        "if (num($N) % 2) continue } finally { note(v)",
        "} }",
    ),
];

/// What leaves a block, with what has to be around it.
pub(super) const LEAVES: [&str; 6] = [
    "if (num($N) % 3 === 0) throw new RangeError(told($N))",
    "if (num($N) % 4 === 0) throw $N",
    "if (num($A) % 5 === 0) return [$N, count]",
    "null.x",
    "throw new TypeError(told($A))",
    "return $A",
];
