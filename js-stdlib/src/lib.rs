//! What subcontracts import, as text: the JS that the engine evaluates once, at build time.
//!
//! Types for authors are beside it in `conclave.d.ts`.

/// A function from native functions to what `import … from 'conclave'` gives.
pub const CONCLAVE: &str = concat!(
    "(native =>\n",
    include_str!("conclave.js"),
    "(native, (native => {\n'use strict'\n",
    "const { get, set, remove, has, count, scan, name } = native\n",
    "const { freeze } = Object, { apply } = Reflect, { min } = Math\n",
    include_str!("collections/pages.js"),
    include_str!("collections/map.js"),
    include_str!("collections/sorted_map.js"),
    include_str!("collections/set.js"),
    include_str!("collections/vector.js"),
    "return { pages, PersistentMap, PersistentSortedMap, PersistentSet, PersistentVector }\n",
    "})(native)))",
);

/// A function that makes an instance of a program, calls a method of it, and catches what that
/// throws.
pub const RUN: &str = include_str!("run.js");
