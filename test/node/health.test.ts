import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type ChainStatus, readiness } from '../../node/health/ready.ts'

const good: ChainStatus = {
  rpcRestarts: 0,
  chain: 'devnet',
  chainId: 31337,
  role: 'sequencer',
  head: 7,
  headHash: '0x00',
  headAgeSec: 1e6,
  uptimeSec: 1e6,
  maxHeadAgeSec: undefined,
  freeDiskBytes: 1 << 30,
  minFreeDiskBytes: 1 << 20,
  stopped: undefined,
}

test('an on-demand chain is ready however old its head is', () => {
  assert.deepEqual(readiness(good), { ready: true, reasons: [], status: good })
})

test('a chain that was stopped for long has the usual time for its next block', () => {
  assert.equal(readiness({ ...good, maxHeadAgeSec: 120, uptimeSec: 100 }).ready, true)
})

for (const [code, status] of [
  ['chain_busy', undefined],
  ['chain_stopped', { ...good, stopped: 'the disk is full' }],
  ['head_old', { ...good, maxHeadAgeSec: 120 }],
  ['disk_low', { ...good, freeDiskBytes: 1 }],
] as const) {
  test(`not ready: ${code}, with cause and fix`, () => {
    const { ready, reasons } = readiness(status)
    assert.equal(ready, false)
    assert.deepEqual(
      reasons.map((reason) => reason.code),
      [code],
    )
    assert.ok(reasons.every(({ message, fix }) => message !== '' && fix !== ''))
  })
}
