// The packages' declarations, checked by TypeScript alone: `cargo xtask verifier` makes them.

import { verifyProof, type Claim, type ClaimError } from '../../target/verifier/node/conclave_verifier.js'
import init, { verifyProof as inBrowser } from '../../target/verifier/browser/conclave_verifier.js'

const claim: Claim = { root: '00', id: 'token@alice.near', key: 'total', value: null, proof: '01000000' }

await init()
const nothing: void = verifyProof(claim)
inBrowser({ ...claim, value: '0101' })

try {
  verifyProof(claim)
} catch (error) {
  const code: 'E_PROOF' | 'E_BAD_REQUEST' = (error as ClaimError).code
}

// @ts-expect-error a value is told, or null
verifyProof({ root: '00', id: 'token@alice.near', key: 'total', proof: '01000000' })
// @ts-expect-error bytes are digits
verifyProof({ ...claim, root: new Uint8Array(32) })
