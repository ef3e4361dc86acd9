/**
 * What a subcontract imports: `import { near, storage, contract } from 'conclave'`.
 * The guide is `docs/calls.md`.
 *
 * Everything is synchronous. What a call, a write or a log did is undone when the frame that did
 * it fails, and with it everything that the frame called.
 */
declare module 'conclave' {
  /** What can be passed to another subcontract, stored, or returned: plain data, copied. */
  export type Data =
    | undefined
    | null
    | boolean
    | number
    | bigint
    | string
    | Uint8Array
    | Date
    | Data[]
    | Map<Data, Data>
    | Set<Data>
    | { [name: string]: Data }

  /**
   * YoctoNEAR from 0 to 2^128 - 1: a bigint, an integer number up to 2^53 - 1, or a string of
   * decimal digits. Anything else is a `TypeError` with `E_BAD_VALUE`.
   */
  export type Amount = bigint | number | string

  /**
   * Gas: `'5 Tgas'`, `'0.5 Tgas'`, `'300 Ggas'`, or units as a bigint or an integer number.
   * Anything else is a `TypeError` with `E_BAD_VALUE`.
   */
  export type Gas = `${number} Tgas` | `${number} Ggas` | bigint | number

  /** What `call` takes besides its arguments. Each option is read once. */
  export interface CallOptions {
    /** What the callee and all it calls may burn at most. A callee that used it up dies alone, with `E_GAS`. */
    readonly gas?: Gas
    /** Moves from the caller's money to the callee's, and comes back when the call fails. */
    readonly deposit?: Amount
  }

  /** What `view` takes besides its arguments. */
  export interface ViewOptions {
    /** What the callee and all it calls may burn at most. */
    readonly gas?: Gas
  }

  /** What `after` takes besides its arguments. */
  export interface AfterOptions extends CallOptions {
    /**
     * Which outcomes are taken; `'success'` unless told. A failure that is not taken fails the
     * frame that asked for the call; one that is taken undoes the later call alone.
     */
    readonly on?: 'success' | 'error' | 'always'
    /** A method of the asking subcontract that is told an outcome that `on` takes. */
    readonly reply?: string
  }

  /**
   * What a failed call throws. The callee's effects, and those of all it called, are undone.
   * A refusal of the caller's own arguments is a native `TypeError`, `RangeError` or `Error` with
   * `code` instead.
   */
  export class CallError extends Error {
    /** The callee's error name, e.g. `RangeError`; `CallError` when the enclave itself refused. */
    readonly name: string
    /** A stable code, e.g. `E_THROW`, `E_GAS`, `E_REENTRY`; each has a page in `docs/errors`. */
    readonly code: string
    /** Ids of the frames from the outermost to the one that failed. */
    readonly path: string[]
    /** The callee's JS stack, innermost first, with line and column; no line of the caller. */
    readonly stack: string
  }

  /** What a call to the outside takes besides its arguments. Each option is read once. */
  export interface OutsideOptions {
    /** Goes with the call; comes back to the subcontract if the call fails and did not keep it. */
    readonly deposit?: Amount
    /** What the call may burn: a tenth of what is left unless told, 5 Tgas at least, 30 at most. */
    readonly gas?: Gas
    /** The promise gives the result's bytes, whatever they are, and not JSON. */
    readonly raw?: boolean
  }

  /** One action on an account outside. */
  export type Action =
    | { readonly call: string; readonly args?: Data; readonly deposit?: Amount; readonly gas?: Gas }
    | { readonly transfer: Amount }

  /** A key of the own storage, and how a section uses it: `'w'` alone, `'r'` together with others. */
  export type Lock = readonly ['r' | 'w', string]

  /** As an `AbortSignal`, without events: a method is told where it awaits, by `E_CANCELLED`. */
  export type Signal = {
    readonly aborted: boolean
    readonly reason: CallError | undefined
    throwIfAborted(): void
  }

  /** What was begun together and ends together. */
  export type Scope = {
    /**
     * Calls a method of a subcontract in a receipt of its own, where it may wait; gives a promise of its
     * result. Without `gas` it gets a quarter of what is left, 70 Tgas at least and 120 at most. Throws
     * `E_PENDING` where the method can't wait, `E_FUNDS`, `E_GAS`, `E_BAD_ID`, `E_TOO_LARGE` for more
     * than 128 calls in a receipt, `E_CANCELLED` after a failure or `cancel`.
     */
    spawn(id: string, method: string, args?: Data, options?: CallOptions): Promise<any>
    /** Cancels all that was spawned and has not ended: what has not been sent is not. */
    cancel(): void
    /** Whether the scope was cancelled. */
    readonly signal: Signal
  }

  /** Where the code runs, and for whom. */
  export const near: {
    /** Who made this call: an account or a subcontract id; `null` in a view from outside. */
    caller(): string | null
    /** The account that signed the transaction. Throws `E_VIEW` in a view. */
    signer(): string
    /** The id of the subcontract that runs. */
    self(): string
    /** Ids of the running frames from the outermost to this one. */
    path(): string[]
    /** What came with this call, in yoctoNEAR. */
    deposit(): bigint
    /** What this frame may spend, in yoctoNEAR: the subcontract's balance and what is left of the deposit. */
    balance(): bigint
    /**
     * What this subcontract holds of a NEP-141 token outside, in the token's smallest unit: what came to its
     * `ft_on_transfer`, less what it sent and what is on its way.
     */
    tokens(token: string): bigint
    /**
     * Keeps so much of this call's deposit, or all that is left of it; gives how much that was.
     * Throws `E_FUNDS` when less is left, `E_VIEW` in a view.
     */
    keep(amount?: Amount): bigint
    /**
     * Sends NEAR to an account outside, once the execution commits; undone with the frame.
     * Throws `E_FUNDS`, `E_BAD_ID`, `E_TOO_LARGE` for too many, `E_VIEW` in a view.
     */
    transfer(account: string, amount: Amount): void
    /**
     * Calls a method of an account outside, and gives a promise of its result: the receipt ends at the
     * `await`, **what was done so far is committed**, and the method goes on when the answer has come.
     * Only in an `async` method that was called from outside the enclave. The promise throws a
     * `CallError` with `E_OUTSIDE`, `E_TOO_LARGE` or `E_TOO_DEEP`. Throws `E_BAD_ID` for what is no
     * account outside, `E_FUNDS`, `E_GAS`, `E_PENDING` where the method can't wait, `E_TOO_LARGE` for
     * more than 128 calls in a receipt, `E_VIEW`. A result without bytes is `undefined`.
     */
    call(account: string, method: string, args?: Data, options?: OutsideOptions): Promise<any>
    /** The same without an answer, once the execution commits; undone with the frame. */
    send(account: string, method: string, args?: Data, options?: OutsideOptions): void
    /** Several actions on one account, all of them or none; gives a promise of the last one's result. */
    batch(account: string, actions: readonly Action[], options?: { readonly raw?: boolean }): Promise<any>
    /**
     * A promise that another call settles with `near.resume`, within so many blocks: 200 unless told,
     * 10,000 at most. After that it throws `E_TIMEOUT`. Only this subcontract and those in `resumers`
     * may settle it.
     */
    yield(options?: { readonly timeoutBlocks?: number; readonly resumers?: readonly string[] }): {
      readonly token: string
      readonly promise: Promise<any>
    }
    /**
     * Settles the promise of a token with a copy of a value of at most 64 KiB, once the execution
     * commits; says whether it was still open. Throws `E_NOT_ALLOWED` for whom its maker does not let.
     */
    resume(token: string, value: Data): boolean
    /**
     * What the body does stays or goes as a whole, whatever it awaits meanwhile; others can't write
     * the locked keys until it ends (`E_LOCKED`), and after `timeoutBlocks` (200 unless told, 1,000 at
     * most) anybody may abort the method. Throws `E_LOCKED` when another one holds a lock, and
     * `E_CONFLICT` when what it read beyond its locks has changed. Does not nest.
     */
    withLock<T>(locks: readonly Lock[], body: () => Promise<T>, options?: { readonly timeoutBlocks?: number }): Promise<T>
    /** The same without locks: throws `E_CONFLICT` where it waits when what it read has changed. */
    optimistic<T>(body: () => Promise<T>): Promise<T>
    /** A method that runs in `withLock`; the locks may be given by a function of its parameter. */
    lockable<A, T>(locks: readonly Lock[] | ((args: A) => readonly Lock[]), method: (args: A) => T): (args: A) => Promise<Awaited<T>>
    /**
     * Gives what the body returns once all that it spawned has ended. The first failure cancels the
     * others, and is thrown.
     */
    scope<T>(body: (scope: Scope) => Promise<T>): Promise<T>
    /** Whether the method that runs was cancelled. */
    readonly signal: Signal
    /** What the method said when it began anew; `undefined` if it did not. */
    checkpoint(): any
    /**
     * Begins the method anew in this receipt, with the same arguments; `near.checkpoint()` then gives
     * the value. What it did stays. Throws `E_PENDING` while answers are still to come.
     */
    checkpoint(value: Data): never
    /** The same with other arguments, and without a value. */
    continueAsNew(args: Data): never
    /**
     * Runs a synchronous function and gives what it returned. If it throws, everything it did is
     * undone (writes, money, logs, later calls), and the same error goes on. Nests. A function
     * that returns a promise is undone, with a `TypeError`.
     */
    atomic<T>(body: () => T): T
    /** Height of the block. */
    blockHeight(): number
    /** Time of the block, in nanoseconds since 1970. `Date.now()` is the same in milliseconds. */
    blockTimestamp(): bigint
    /** The block's random seed, 32 bytes; anyone can know it. Throws `E_VIEW` in a view. */
    randomSeed(): Uint8Array
    /** sha256 of a string's UTF-8 or of bytes. */
    sha256(data: string | Uint8Array): Uint8Array
    /**
     * Lets another subcontract read the keys of this one's storage that begin with a prefix. What
     * it was allowed before is replaced. Undone with the frame, as a write is. Throws `E_BAD_ID`,
     * `E_BAD_VALUE`, `E_TOO_LARGE` for more than 16 prefixes or too long ones, `E_VIEW` in a view.
     */
    grant(peer: string, grant: Grant): void
    /** Ends a grant at once; says whether there was one. Throws `E_BAD_ID`, `E_VIEW` in a view. */
    revoke(peer: string): boolean
    /** This subcontract's own grants in the order of their peers, for views; those too that are over. */
    grants(range?: PageRange<string>): Page<Grant & { readonly peer: string }, string>
    /**
     * The storage of another subcontract, as far as it has granted it to the one that runs. To make
     * it reads nothing. One's own needs no grant.
     */
    of(id: string): GrantedStorage
    /** Writes a log line that begins with the subcontract's id. 99 lines and 12,288 bytes in an execution. */
    log(...parts: unknown[]): void
  }

  /** The subcontract's own storage. Keys are strings of at most 1,024 bytes of UTF-8. */
  export const storage: {
    /** The value under a key, or `undefined`. A copy: changing it changes nothing stored. */
    get(key: string): any
    /** Stores a copy of a value of at most 1 MiB. Throws `E_VIEW` in a view. */
    set(key: string, value: Data): void
    /** Removes a key; says whether it was there. Throws `E_VIEW` in a view. */
    remove(key: string): boolean
    /** Whether a key is there. */
    has(key: string): boolean
    /** Keys in the order of their bytes; 100 unless told, 1,000 at most. */
    keys(range?: KeyRange): string[]
    /** The same with their values, as pairs. */
    entries(range?: KeyRange): [key: string, value: any][]
    /** How many keys begin with a prefix. */
    count(range?: { readonly prefix?: string }): number
  }

  /** What a subcontract lets another one read. No other fields are allowed. */
  export interface Grant {
    /** Keys that begin with one of these: 1 to 16, of at most 1,024 bytes each; `''` is every key. */
    readonly read: string[]
    /** The first block time at which it is over: a Date, or milliseconds since 1970. Without it, the grant has no end. */
    readonly until?: number | Date
  }

  /**
   * Another subcontract's storage. All that is asked for must begin with a granted prefix; else
   * `E_NOT_GRANTED` is thrown, whether there are such keys or not. Also `E_BAD_ID`, `E_UNKNOWN_SUBCONTRACT`.
   */
  export interface GrantedStorage {
    /** The value under a key, or `undefined`. A copy: changing it changes nothing stored. */
    get(key: string): any
    /** Whether a key is there. */
    has(key: string): boolean
    /** Keys in the order of their bytes; 100 unless told, 1,000 at most. */
    keys(range?: KeyRange): string[]
    /** The same with their values, as pairs. */
    entries(range?: KeyRange): [key: string, value: any][]
    /** How many keys begin with a prefix. */
    count(range?: { readonly prefix?: string }): number
  }

  /** Which keys a storage lists. */
  export interface KeyRange {
    readonly prefix?: string
    /** The least key, itself included. */
    readonly from?: string
    /** Where the range ends; this key is not in it. */
    readonly to?: string
    readonly limit?: number
    /** The greatest key first; the range is the same. */
    readonly reverse?: boolean
  }

  /**
   * A key of a collection, at most about 1,000 bytes. Booleans come before bigints, those before
   * numbers, strings and bytes. `-0` is `0`. Anything else, NaN and infinities too, is a
   * `TypeError` with `E_BAD_VALUE`; a key that is too long a `RangeError` with `E_TOO_LARGE`.
   */
  export type Key = string | number | bigint | boolean | Uint8Array

  /** Which elements an iterator gives; it reads 100 at a time, when they are asked for. */
  export interface Range<K> {
    /** The least key, itself included. */
    readonly from?: K | null
    /** Where the range ends; this key is not in it. */
    readonly to?: K | null
    readonly limit?: number
    /** The greatest key first; the range is the same. */
    readonly reverse?: boolean
  }

  /** What `page` takes: `from` is the `next` of the page before. 100 unless told, 1,000 at most. */
  export interface PageRange<K> {
    readonly from?: K | null
    readonly limit?: number
  }

  /** A part of a collection, for views. There may be fewer items than asked for, and yet a `next`. */
  export interface Page<T, K> {
    readonly items: T[]
    /** With what the next page begins, or `null` where this one is the last. */
    readonly next: K | null
  }

  /**
   * A map that lies in the storage, an entry for each of its entries, in the order of its keys.
   * To make one reads nothing. Values are copies: a change of one is stored by `set` alone.
   */
  export class PersistentMap<K extends Key = Key, V = any> implements Iterable<[K, V]> {
    /** @param name 1 to 255 bytes; each collection of a subcontract has its own. */
    constructor(name: string)
    readonly size: number
    get(key: K): V | undefined
    set(key: K, value: V): this
    has(key: K): boolean
    delete(key: K): boolean
    /** Removes all entries, one by one: the more there are, the more it costs. */
    clear(): void
    keys(range?: Range<K>): IteratorObject<K>
    values(range?: Range<K>): IteratorObject<V>
    entries(range?: Range<K>): IteratorObject<[K, V]>
    [Symbol.iterator](): IteratorObject<[K, V]>
    forEach(visit: (value: V, key: K, map: this) => void, self?: unknown): void
    page(range?: PageRange<K>): Page<[K, V], K>
  }

  /** A {@link PersistentMap} that can be asked for what lies near a key. */
  export class PersistentSortedMap<K extends Key = Key, V = any> extends PersistentMap<K, V> {
    /** The entries of a range. */
    range(range?: Range<K>): IteratorObject<[K, V]>
    /** The entry of the least key. */
    first(): [K, V] | undefined
    /** The entry of the greatest key. */
    last(): [K, V] | undefined
    /** The entry of this key, or of the nearest one below. */
    floor(key: K): [K, V] | undefined
    /** The entry of this key, or of the nearest one above. */
    ceiling(key: K): [K, V] | undefined
  }

  /** A set that lies in the storage, an entry for each item, in the order of its items. */
  export class PersistentSet<K extends Key = Key> implements Iterable<K> {
    /** @param name 1 to 255 bytes; each collection of a subcontract has its own. */
    constructor(name: string)
    readonly size: number
    add(item: K): this
    has(item: K): boolean
    delete(item: K): boolean
    /** Removes all items, one by one: the more there are, the more it costs. */
    clear(): void
    keys(range?: Range<K>): IteratorObject<K>
    values(range?: Range<K>): IteratorObject<K>
    entries(range?: Range<K>): IteratorObject<[K, K]>
    [Symbol.iterator](): IteratorObject<K>
    forEach(visit: (item: K, same: K, set: this) => void, self?: unknown): void
    page(range?: PageRange<K>): Page<K, K>
  }

  /** A list that lies in the storage, an entry for each item, and one for its length. */
  export class PersistentVector<T = any> implements Iterable<T> {
    /** @param name 1 to 255 bytes; each collection of a subcontract has its own. */
    constructor(name: string)
    readonly length: number
    get(index: number): T | undefined
    /** The same, counted from the end where the index is negative. */
    at(index: number): T | undefined
    /** Replaces an item. An index that is not there is a `TypeError` with `E_BAD_VALUE`. */
    set(index: number, item: T): this
    /** Adds items at the end, all or none; gives the new length. */
    push(...items: T[]): number
    pop(): T | undefined
    /** Removes an item, puts the last one in its place, and gives what was removed. */
    swapRemove(index: number): T
    /** Removes all items, one by one: the more there are, the more it costs. */
    clear(): void
    values(range?: Range<number>): IteratorObject<T>
    entries(range?: Range<number>): IteratorObject<[number, T]>
    [Symbol.iterator](): IteratorObject<T>
    forEach(visit: (item: T, index: number, vector: this) => void, self?: unknown): void
    page(range?: PageRange<number>): Page<T, number>
  }

  /**
   * Another subcontract: `contract('token@alice.near').ft_transfer({ receiver_id }, { gas: '5 Tgas' })`.
   * Each method is a {@link call}; of `contract(id, { view: true })`, a {@link view}. `then` is no method.
   */
  export function contract(
    id: string,
    options?: { readonly view?: false },
  ): { readonly [method: string]: (args?: Data, options?: CallOptions) => any }
  export function contract(
    id: string,
    options: { readonly view: boolean },
  ): { readonly [method: string]: (args?: Data, options?: ViewOptions) => any }

  /**
   * Calls a method of another subcontract, synchronously, and gives a copy of what it returned.
   * Throws a {@link CallError} when it fails: then nothing of what it did stays.
   */
  export function call(id: string, method: string, args?: Data, options?: CallOptions): any

  /** The same for a frame that can change nothing, nor can anything it calls: `E_VIEW`. */
  export function view(id: string, method: string, args?: Data, options?: ViewOptions): any

  /**
   * Plans a call for when this frame has returned: in the same receipt, depth first, first in
   * first out. Undone when this frame is. Throws `E_BAD_ID`, `E_PRIVATE_METHOD`, `E_TOO_LARGE`, `E_VIEW`.
   */
  export function after(id: string, method: string, args?: Data, options?: AfterOptions): void
}

/** The same as `near.log`. */
declare const console: {
  log(...parts: unknown[]): void
  info(...parts: unknown[]): void
  warn(...parts: unknown[]): void
  error(...parts: unknown[]): void
  debug(...parts: unknown[]): void
}
