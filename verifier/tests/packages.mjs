// The built packages in Node: `cargo xtask verifier` makes them.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'

import { verifyProof as inNode } from '../../target/verifier/node/conclave_verifier.js'
import init, { verifyProof as inBrowser } from '../../target/verifier/browser/conclave_verifier.js'

const read = path => readFileSync(new URL(path, import.meta.url))

// No browser is here, which would fetch the module itself.
await init({ module_or_path: read('../../target/verifier/browser/conclave_verifier_bg.wasm') })

/** The claims of the document whose keys have names, which begin with `01`. */
function golden() {
  const document = read('../../docs/spec/state.md').toString()
  const claims = []
  for (const block of document.split('```golden proofs ').slice(1)) {
    const [root, ...lines] = block.split('```')[0].split('=>\n')[1].trim().split('\n')
    for (const line of lines) {
      const [id, hex, value, proof] = line.split(' ')
      if (!hex.startsWith('01')) continue
      const key = Buffer.from(hex.slice(2), 'hex').toString()
      claims.push({ root, id, key, value: value === 'absent' ? null : value, proof })
    }
  }
  return claims
}

for (const [place, verifyProof] of Object.entries({ inNode, inBrowser })) {
  test(`${place}: what the document proves is believed`, () => {
    const claims = golden()
    assert.ok(claims.length >= 5)
    for (const claim of claims) assert.equal(verifyProof(claim), undefined)
  })

  test(`${place}: a claim that is not shown is an error with a code`, () => {
    for (const claim of golden()) {
      const value = claim.value === null ? '0101' : null
      assert.throws(() => verifyProof({ ...claim, value }), { name: 'Error', code: 'E_PROOF' })
      assert.throws(() => verifyProof({ ...claim, root: '00'.repeat(32) }), {
        code: 'E_PROOF',
        message: 'the proof does not lead to this root'
      })
      assert.throws(() => verifyProof({ ...claim, value: undefined }), { code: 'E_BAD_REQUEST' })
    }
  })

  test(`${place}: after an error it goes on`, () => {
    const [claim] = golden()
    const fails = { get root() { throw new RangeError('mine') } }
    for (let round = 0; round < 100; round++) {
      assert.throws(() => verifyProof({ ...claim, id: 7 }), { code: 'E_BAD_REQUEST' })
      assert.throws(() => verifyProof(Object.setPrototypeOf(fails, claim)), { name: 'RangeError', message: 'mine' })
      verifyProof(claim)
    }
  })
}
