import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Address } from '../../../core/hex.ts'
import { silentLogger } from '../../../node/log/logger.ts'
import { type Claims, createDisputes } from '../../../node/roles/dispute.ts'
import { txCodeOf } from '../../../node/roles/gossipTx.ts'
import { createSigners } from '../../../node/roles/signers.ts'
import type { SafeDispute } from '../../../rpc/backend.ts'

test('a dispute is told when it begins, when another takes its place, and when it is over', () => {
  const told: (SafeDispute | undefined)[] = []
  const disputes = createDisputes(silentLogger, (dispute) => told.push(dispute))
  const output = { index: 3n, l2BlockNumber: 40n }
  const stake = { l2BlockNumber: 41n, stake: 700n }
  const none: Claims = { outputs: [], stake: undefined }
  const steps: readonly Claims[] = [
    none,
    { outputs: [output], stake: undefined },
    { outputs: [output, { index: 4n, l2BlockNumber: 50n }], stake },
    { outputs: [], stake },
    none,
  ]
  for (const claims of steps) disputes.update(claims)
  assert.deepEqual(told, [{ kind: 'output', ...output }, { kind: 'stake', ...stake }, undefined])
  assert.equal(disputes.now(), undefined)
})

test('the signer before counts for ten minutes after L1 has named another', () => {
  const [first, second] = [`0x${'01'.repeat(20)}`, `0x${'02'.repeat(20)}`] as [Address, Address]
  let [newest, nowMs] = [first, 0]
  const signers = createSigners(
    () => newest,
    () => nowMs,
  )
  assert.deepEqual(signers(), [first])
  newest = second
  assert.deepEqual(signers(), [second, first])
  nowMs = 599_999
  assert.deepEqual(signers(), [second, first])
  nowMs = 600_000
  assert.deepEqual(signers(), [second])
})

test('only a transaction that no state could accept is held against who sent it', () => {
  assert.equal(txCodeOf(undefined), 'accepted')
  assert.equal(txCodeOf({ reject: 'already_known' }), 'known')
  for (const reject of ['nonce_too_low', 'insufficient_funds', 'pool_full', 'underpriced'] as const) {
    assert.equal(txCodeOf({ reject }), 'not_now')
  }
  for (const reject of ['chain_id_mismatch', 'intrinsic_gas', 'invalid_signature'] as const) {
    assert.equal(txCodeOf({ reject }), 'invalid')
  }
})
