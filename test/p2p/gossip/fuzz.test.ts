import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runFuzz } from './fuzz.ts'

test('no bytes of a peer throw, decode to anything but themselves, or are left without a verdict', async (t) => {
  const { inputs, taken, verdicts } = await runFuzz(1_612, 1_500)
  t.diagnostic(`seed 1612, ${inputs} inputs, ${taken} taken`)
  assert.ok(taken > inputs / 20, 'inputs are near to valid ones')
  const reached = ['blocks accept', 'blocks reject block_bad_content', 'blocks reject block_other_content']
  reached.push('blocks ignore block_wrong_signer', 'txs accept', 'txs reject malformed', 'attestations accept')
  for (const verdict of reached) assert.ok((verdicts[verdict] ?? 0) > 0, verdict)
})
