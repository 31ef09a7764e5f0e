import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { zeroAddress } from '../../core/hex.ts'
import { impersonate, impersonatedSender } from '../../core/impersonate.ts'
import { decodeTx } from '../../core/txDecode.ts'
import { encodeTx } from '../../core/txEncode.ts'
import { openEnvelope, recoverSender, signTx } from '../../core/txEnvelope.ts'
import { address, unsignedTx } from './arbitrary.ts'
import { check } from './random.ts'

test('an impersonated transaction opens with its sender, only where impersonation is allowed', (t) => {
  check(
    t,
    fc.property(unsignedTx, fc.oneof(address, fc.constant(zeroAddress)), (fields, sender) => {
      const { raw, hash, from, tx } = impersonate(fields, sender)
      assert.equal(from, sender)
      assert.deepEqual(openEnvelope(raw), { reject: 'invalid_signature' })
      assert.deepEqual(decodeTx(raw), { reject: 'invalid_signature' })
      const opened = openEnvelope(raw, { impersonation: true })
      assert.ok('from' in opened)
      assert.deepEqual([opened.from, opened.hash], [sender, hash])
      assert.deepEqual(encodeTx(opened.tx), encodeTx(tx))
      assert.equal(recoverSender(tx), undefined)
    }),
  )
})

test('where impersonation is allowed a signature still counts, and a malformed one does not', (t) => {
  const key = new Uint8Array(32).fill(3)
  check(
    t,
    fc.property(unsignedTx, (fields) => {
      const signed = signTx(fields, key)
      assert.equal(impersonatedSender(signed.tx), undefined)
      const opened = openEnvelope(signed.raw, { impersonation: true })
      assert.ok('from' in opened)
      assert.equal(opened.from, signed.from)
      for (const change of [{ s: 0n }, { s: 0n, r: 2n ** 160n, yParity: 0 }, { s: 0n, r: 1n, yParity: 1 }] as const) {
        const raw = encodeTx({ ...signed.tx, ...change })
        assert.deepEqual(openEnvelope(raw, { impersonation: true }), { reject: 'invalid_signature' })
      }
    }),
    { numRuns: 50 },
  )
})
