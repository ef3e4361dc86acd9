//! The table of what a subcontract may reach in the realm.
//!
//! In: nothing. Out: two texts for `harden`, which is the only one to read them; they are not in
//! the built contract. Guards invariant 6: an engine that brings something new brings it past a
//! person's eyes, since a test fails until it stands here, and the contract has it not.

/// Evaluates to the objects of the realm that no property leads to, by name.
pub(crate) const HIDDEN: &str = "(() => {
const of = Object.getPrototypeOf
return {
'Object.prototype': Object.prototype,
'Function.prototype': Function.prototype,
'Iterator.prototype': Iterator.prototype,
ArrayIterator: of([].values()),
StringIterator: of(''[Symbol.iterator]()),
MapIterator: of(new Map().values()),
SetIterator: of(new Set().values()),
RegExpStringIterator: of(''.matchAll(/./g)),
IteratorHelper: of([].values().map(x => x)),
ConcatIterator: of(Iterator.concat([])),
WrapForValidIterator: of(Iterator.from({ next() {} })),
TypedArray: of(Int8Array),
GeneratorFunction: of(function* () {}).constructor,
AsyncFunction: of(async () => {}).constructor,
AsyncGeneratorFunction: of(async function* () {}).constructor,
AsyncIterator: of(of((async function* () {}).prototype)),
ThrowTypeError: Object.getOwnPropertyDescriptor((function () { 'use strict'; return arguments })(), 'callee').get,
}
})()";

/// An object's path, and its own properties. Each has a mark for its kind: none for a function,
/// `*` another object, `=` no object, `@` an accessor. Of a path, `^` is the prototype, `get` and
/// `set` an accessor's functions. `length` and `name` of functions are permitted unsaid.
pub(crate) const PERMITS: &str = "\
: globalThis* Infinity= NaN= undefined= Function Object Math* JSON* Array Proxy ArrayBuffer
 BigInt Boolean Date DataView Map isFinite isNaN parseInt parseFloat Number Set String RegExp
 Int8Array Uint8Array Uint8ClampedArray Int16Array Uint16Array Int32Array Uint32Array
 BigInt64Array BigUint64Array Float32Array Float64Array Symbol Error RangeError ReferenceError
 TypeError SyntaxError EvalError URIError AggregateError Reflect* Promise encodeURI
 encodeURIComponent decodeURI decodeURIComponent WeakMap WeakSet Iterator console*
Object.prototype: __proto__@ hasOwnProperty propertyIsEnumerable toString toLocaleString valueOf
 isPrototypeOf __defineGetter__ __defineSetter__ __lookupGetter__ __lookupSetter__ constructor
Function.prototype: apply bind call toString caller@ arguments@ constructor @@hasInstance
Iterator.prototype: map filter take drop flatMap reduce toArray forEach some every find
 constructor@ @@iterator @@toStringTag@
ArrayIterator: next @@toStringTag=
StringIterator: next @@toStringTag=
MapIterator: next @@toStringTag=
SetIterator: next @@toStringTag=
RegExpStringIterator: next @@toStringTag=
IteratorHelper: next return @@toStringTag=
ConcatIterator: next return @@toStringTag=
WrapForValidIterator: next return
TypedArray: from of prototype* @@species@
GeneratorFunction: prototype*
AsyncFunction: prototype*
AsyncGeneratorFunction: prototype*
AsyncIterator: @@asyncIterator
Function: prototype
Object: create setPrototypeOf getPrototypeOf defineProperty defineProperties assign is keys
 values entries seal isSealed freeze isFrozen preventExtensions isExtensible
 getOwnPropertyDescriptor getOwnPropertyDescriptors getOwnPropertyNames getOwnPropertySymbols
 hasOwn fromEntries groupBy prototype*
Math: E= LN10= LN2= LOG10E= LOG2E= PI= SQRT1_2= SQRT2= abs acos acosh asin asinh atan atanh
 atan2 cbrt ceil clz32 cos cosh exp expm1 floor fround hypot imul log log1p log10 log2 max min
 pow random round sign sin sinh sqrt tan tanh trunc @@toStringTag=
JSON: parse stringify rawJSON isRawJSON @@toStringTag=
Array: from isArray of prototype* @@species@
Proxy: revocable
ArrayBuffer: isView prototype* @@species@
BigInt: asIntN asUintN prototype*
Boolean: prototype*
Date: now parse UTC prototype*
DataView: prototype*
Map: groupBy prototype* @@species@
Number: EPSILON= MAX_SAFE_INTEGER= MIN_SAFE_INTEGER= MAX_VALUE= MIN_VALUE= NEGATIVE_INFINITY=
 POSITIVE_INFINITY= NaN= parseInt parseFloat isFinite isNaN isSafeInteger isInteger prototype*
Set: prototype* @@species@
String: raw fromCharCode fromCodePoint prototype*
RegExp: escape prototype* @@species@
Int8Array: BYTES_PER_ELEMENT= prototype* @@species@
Uint8Array: BYTES_PER_ELEMENT= prototype* @@species@
Uint8ClampedArray: BYTES_PER_ELEMENT= prototype* @@species@
Int16Array: BYTES_PER_ELEMENT= prototype* @@species@
Uint16Array: BYTES_PER_ELEMENT= prototype* @@species@
Int32Array: BYTES_PER_ELEMENT= prototype* @@species@
Uint32Array: BYTES_PER_ELEMENT= prototype* @@species@
BigInt64Array: BYTES_PER_ELEMENT= prototype* @@species@
BigUint64Array: BYTES_PER_ELEMENT= prototype* @@species@
Float32Array: BYTES_PER_ELEMENT= prototype* @@species@
Float64Array: BYTES_PER_ELEMENT= prototype* @@species@
Symbol: for keyFor asyncIterator= hasInstance= isConcatSpreadable= iterator= match= matchAll=
 replace= search= species= split= toPrimitive= toStringTag= unscopables= dispose= asyncDispose=
 prototype*
Error: prototype*
RangeError: prototype*
ReferenceError: prototype*
TypeError: prototype*
SyntaxError: prototype*
EvalError: prototype*
URIError: prototype*
AggregateError: prototype*
Reflect: apply construct defineProperty deleteProperty get getOwnPropertyDescriptor
 getPrototypeOf has isExtensible ownKeys preventExtensions set setPrototypeOf @@toStringTag=
Promise: all allSettled any race reject resolve try withResolvers prototype* @@species@
WeakMap: prototype*
WeakSet: prototype*
Iterator: from concat prototype*
console: log info warn error debug
TypedArray.prototype: buffer@ byteLength@ byteOffset@ length@ at copyWithin entries every fill
 filter find findIndex findLast findLastIndex forEach includes indexOf join keys lastIndexOf map
 reduce reduceRight reverse set slice some sort subarray toLocaleString toReversed toSorted with
 toString values constructor @@iterator @@toStringTag@
GeneratorFunction.prototype: prototype* constructor @@toStringTag=
AsyncFunction.prototype: constructor @@toStringTag=
AsyncGeneratorFunction.prototype: prototype* constructor @@toStringTag=
Array.prototype: length= at concat copyWithin entries every fill filter find findIndex findLast
 findLastIndex flat flatMap forEach includes indexOf join keys lastIndexOf map pop push reduce
 reduceRight reverse shift slice some sort splice toLocaleString toReversed toSorted toSpliced
 unshift with toString values constructor @@iterator @@unscopables*
ArrayBuffer.prototype: byteLength@ resizable@ maxByteLength@ resize slice constructor
 @@toStringTag=
BigInt.prototype: toString toLocaleString valueOf constructor @@toStringTag=
Boolean.prototype: toString valueOf constructor
Date.prototype: getDate getDay getFullYear getHours getMilliseconds getMinutes getMonth
 getSeconds getTime getTimezoneOffset getUTCDate getUTCDay getUTCFullYear getUTCHours
 getUTCMilliseconds getUTCMinutes getUTCMonth getUTCSeconds getYear setDate setFullYear setHours
 setMilliseconds setMinutes setMonth setSeconds setTime setUTCDate setUTCFullYear setUTCHours
 setUTCMilliseconds setUTCMinutes setUTCMonth setUTCSeconds setYear toDateString toISOString
 toJSON toLocaleDateString toLocaleString toLocaleTimeString toString toTimeString valueOf
 toGMTString toUTCString constructor @@toPrimitive
DataView.prototype: buffer@ byteLength@ byteOffset@ getBigInt64 getBigUint64 getFloat32
 getFloat64 getInt8 getInt16 getInt32 getUint8 getUint16 getUint32 setBigInt64 setBigUint64
 setFloat32 setFloat64 setInt8 setInt16 setInt32 setUint8 setUint16 setUint32 constructor
 @@toStringTag=
Map.prototype: entries clear delete forEach get has keys set values getOrInsert
 getOrInsertComputed size@ constructor @@iterator @@toStringTag=
Number.prototype: toExponential toFixed toLocaleString toPrecision toString valueOf constructor
Set.prototype: add clear delete entries forEach has difference intersection isDisjointFrom
 isSubsetOf isSupersetOf symmetricDifference union keys size@ values constructor @@iterator
 @@toStringTag=
String.prototype: length= trimStart trimEnd charAt charCodeAt codePointAt toString concat repeat
 slice startsWith endsWith includes indexOf isWellFormed lastIndexOf localeCompare match
 normalize padEnd padStart trim toLowerCase toUpperCase toWellFormed toLocaleLowerCase
 toLocaleUpperCase substring split valueOf matchAll replace replaceAll search at constructor
 @@iterator
RegExp.prototype: lastIndex= test exec toString hasIndices@ global@ ignoreCase@ multiline@
 dotAll@ unicode@ unicodeSets@ sticky@ flags@ source@ constructor @@match @@matchAll @@replace
 @@search @@split
Int8Array.prototype: BYTES_PER_ELEMENT= constructor
Uint8Array.prototype: BYTES_PER_ELEMENT= constructor
Uint8ClampedArray.prototype: BYTES_PER_ELEMENT= constructor
Int16Array.prototype: BYTES_PER_ELEMENT= constructor
Uint16Array.prototype: BYTES_PER_ELEMENT= constructor
Int32Array.prototype: BYTES_PER_ELEMENT= constructor
Uint32Array.prototype: BYTES_PER_ELEMENT= constructor
BigInt64Array.prototype: BYTES_PER_ELEMENT= constructor
BigUint64Array.prototype: BYTES_PER_ELEMENT= constructor
Float32Array.prototype: BYTES_PER_ELEMENT= constructor
Float64Array.prototype: BYTES_PER_ELEMENT= constructor
Symbol.prototype: toString valueOf description@ constructor @@toStringTag= @@toPrimitive
Error.prototype: name= message= toString stack@ constructor
RangeError.prototype: name= message= constructor
ReferenceError.prototype: name= message= constructor
TypeError.prototype: name= message= constructor
SyntaxError.prototype: name= message= constructor
EvalError.prototype: name= message= constructor
URIError.prototype: name= message= constructor
AggregateError.prototype: name= message= constructor
Promise.prototype: then catch finally constructor @@toStringTag=
WeakMap.prototype: delete get has set getOrInsert getOrInsertComputed constructor @@toStringTag=
WeakSet.prototype: add delete has constructor @@toStringTag=
GeneratorFunction.prototype.prototype: next return throw constructor* @@toStringTag=
AsyncGeneratorFunction.prototype.prototype: next return throw constructor* @@toStringTag=
Array.prototype.@@unscopables: at= copyWithin= entries= fill= find= findIndex= findLast=
 findLastIndex= flat= flatMap= includes= keys= toReversed= toSorted= toSpliced= values=";
