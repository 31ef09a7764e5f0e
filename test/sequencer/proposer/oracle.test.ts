import assert from 'node:assert/strict'
import { test } from 'node:test'
import { zeroAddress } from '../../../core/hex.ts'
import { createOracle } from '../../../sequencer/proposer/oracle.ts'

const isOutage = { name: 'NodeError', code: 'oracle_unreadable', severity: 'retry' }

for (const [what, output] of [
  ['nothing', undefined],
  ['no bytes', new Uint8Array(0)],
  ['too few bytes', new Uint8Array(3)],
] as const) {
  test(`an L1 node that answers with ${what} is an outage, no reason to stop`, async () => {
    const oracle = createOracle(zeroAddress, { call: async () => output })
    await assert.rejects(oracle.latest(), isOutage)
    await assert.rejects(oracle.proposer(), isOutage)
    await assert.rejects(oracle.bondOf(zeroAddress), isOutage)
  })
}

test('an L1 node that answers with bytes that are no output is an outage', async () => {
  const oracle = createOracle(zeroAddress, { call: async () => new Uint8Array(40).fill(0xff) })
  await assert.rejects(oracle.latest(), isOutage)
})
