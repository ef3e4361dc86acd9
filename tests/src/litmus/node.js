// The code of each of a, b, c and d. `plan` says what each does; who it is tells `near.self()`.
import { near, storage, call, view, after } from 'conclave'

const IDS = ['a@alice.near', 'b@bob.near', 'c@carol.near', 'd@dave.near']
const KEPT = [1000n, null, 1990n, null]
const PASSED = [4000n, 2000n, 700n]

const name = id => id.slice(0, 1)

export function begin(mark) {
  for (const word of ['before', 'after', 'taken']) storage.set(word, mark)
}

export function step(plan) {
  const me = IDS.indexOf(near.self())
  let refused = 0
  // Does what a view refuses. Where the plan says so, the refusal is caught.
  const change = body => {
    try {
      body()
    } catch (error) {
      if (error.code !== 'E_VIEW' || !plan.isView || plan.dies) throw error
      refused++
    }
  }
  const half = (word, transferred) => {
    change(() => {
      storage.set(word, plan.mark)
      // One key is made before and removed after, one the other way round.
      const [made, removed] = word === 'before' ? ['made', 'taken'] : ['taken', 'made']
      storage.set(made, plan.mark)
      storage.remove(removed)
    })
    if (word === 'before' && KEPT[me] !== null) change(() => near.keep(KEPT[me]))
    change(() => near.transfer('carol.near', transferred))
    near.log(`${word} ${near.balance()}`)
    if (plan.fails === `${name(near.self())} throws ${word}`) throw new Error(plan.fails)
    if (plan.fails === `${name(near.self())} burns ${word}`) for (;;);
  }
  // Undoing b and d must go back to what they wrote in this execution, not to what is on chain.
  if (me === 0) for (const it of [1, 3]) call(IDS[it], 'begin', plan.prepared)
  half('before', 4n ** BigInt(me))
  const told = me < 3 ? next(plan, me, change) : ''
  half('after', 2n * 4n ** BigInt(me))
  return `${name(near.self())}${'~'.repeat(refused)}(${told})`
}

function next(plan, me, change) {
  const edge = plan.edges[me]
  const isView = plan.isView || edge === 'view'
  const request = [IDS[me + 1], 'step', { ...plan, isView }]
  const options = isView ? {} : { deposit: PASSED[me] }
  if (plan.fails.startsWith(`${name(IDS[me + 1])} burns`)) options.gas = '15 Tgas'
  switch (edge) {
    case 'call':
      return call(...request, options)
    case 'caught':
      try {
        return call(...request, options)
      } catch (error) {
        return `!${error.code} ${error.path.map(name).join('')}`
      }
    case 'view':
      return view(...request, options)
    case 'after':
      change(() => after(...request, options))
      return ''
    case 'always':
      change(() => after(...request, { ...options, on: 'always', reply: 'told' }))
      return ''
  }
}

export function told({ ok, value, error }) {
  near.log(`told ${ok ? value : `!${error.code} ${error.path.map(name).join('')}`}`)
}
