// Asks somebody off the chain. The asker's own call ends with the answer, blocks later.
import { near, storage, PersistentMap } from 'conclave'

/** @typedef {{ question: any, otherwise: any, asker: string, until: number, token: string }} Asked */

const PATIENCE_BLOCKS = 100
const open = /** @type {PersistentMap<number, Asked>} */ (new PersistentMap('open'))

/** @param {{ owner: string, answerer: string }} args */
export function init({ owner, answerer }) {
  storage.set('owner', owner)
  storage.set('answerer', answerer)
}

/**
 * Says who answers from now on: an account, or a subcontract that for example counts votes.
 * @param {{ answerer: string }} args
 */
export function name_answerer({ answerer }) {
  if (near.caller() !== storage.get('owner')) throw new Error('only the owner names who answers')
  storage.set('answerer', answerer)
}

/**
 * Gives the answer, or `otherwise` where none came in time.
 * @param {{ question: any, otherwise?: any }} args
 */
export async function ask({ question, otherwise = null }) {
  const number = storage.get('asked') ?? 0
  const { token, promise } = near.yield({ timeoutBlocks: 2 * PATIENCE_BLOCKS })
  const until = near.blockHeight() + PATIENCE_BLOCKS
  storage.set('asked', number + 1)
  open.set(number, { question, otherwise, asker: near.caller(), until, token })
  try {
    return await promise
  } catch (error) {
    if (error.code !== 'E_TIMEOUT') throw error
    return otherwise // nobody ended it; no throw, which would undo the `finally`
  } finally {
    open.delete(number)
  }
}

/**
 * Answers a question; says whether somebody still waited for it.
 * @param {{ number: number, value: any }} args
 */
export function answer({ number, value }) {
  if (near.caller() !== storage.get('answerer')) throw new Error(`${near.caller()} does not answer here`)
  return settle(number, value)
}

/**
 * Ends a question that waited long enough, which anybody may; its asker gets what it wanted otherwise.
 * @param {{ number: number }} args
 */
export function expire({ number }) {
  const { until = 0, otherwise = null } = open.get(number) ?? {}
  if (near.blockHeight() < until) throw new Error(`question ${number} may be answered until block ${until}`)
  return settle(number, otherwise)
}

/**
 * What is asked and not answered, page by page.
 * @param {{ from?: number | null, limit: number }} args
 */
export function questions({ from, limit }) {
  const { items, next } = open.page({ from, limit })
  return { items: items.map(([number, { question, asker }]) => ({ number, question, asker })), next }
}

function settle(number, value) {
  const asked = open.get(number)
  if (asked === undefined) return false
  const is_open = near.resume(asked.token, value)
  if (!is_open) open.delete(number) // settled in this block already, or its asker gave up with `abort`
  return is_open
}
