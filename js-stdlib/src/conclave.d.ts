/**
 * What a subcontract imports: `import { near, storage, contract, call } from 'conclave'`.
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

  /** An error thrown by a call, or by something the enclave refused. */
  export interface CallError extends Error {
    /** A stable code, e.g. `E_THROW`; each has a page in `docs/errors`. */
    readonly code: string
    /** Ids of the frames from the outermost to the one that failed. */
    readonly path: string[]
  }

  /** Where the code runs, and for whom. */
  export const near: {
    /** Who made this call: an account or a subcontract id; `null` in a view from outside. */
    caller(): string | null
    /** The account that signed the transaction. Throws `E_VIEW` in a view. */
    signer(): string
    /** The id of the subcontract that runs. */
    self(): string
    /** NEAR that came with this call, in yoctoNEAR. */
    deposit(): bigint
    /** Height of the block. */
    blockHeight(): number
    /** Time of the block, in nanoseconds since 1970. `Date.now()` is the same in milliseconds. */
    blockTimestamp(): bigint
    /** The block's random seed, 32 bytes; anyone can know it. Throws `E_VIEW` in a view. */
    randomSeed(): Uint8Array
    /** sha256 of a string's UTF-8 or of bytes. */
    sha256(data: string | Uint8Array): Uint8Array
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
    keys(range?: { prefix?: string; from?: string; limit?: number }): string[]
  }

  /**
   * Another subcontract: `contract('token@alice.near').ft_transfer({ receiver_id, amount })`.
   * Each method takes one value and returns what the callee returned.
   */
  export function contract(id: string): { readonly [method: string]: (args?: Data) => any }

  /** The same for a method whose name is computed, or is `then`. Throws a {@link CallError} when the callee fails. */
  export function call(id: string, method: string, args?: Data): any
}

/** The same as `near.log`. */
declare const console: {
  log(...parts: unknown[]): void
  info(...parts: unknown[]): void
  warn(...parts: unknown[]): void
  error(...parts: unknown[]): void
  debug(...parts: unknown[]): void
}
