import assert from 'node:assert/strict'
import { test } from 'node:test'
import { zeroAddress } from '../../core/hex.ts'
import { type ChainStatus, type L1Health, readiness } from '../../node/health/ready.ts'
import { complaintsOf } from '../../node/roles/posting.ts'
import type { SenderTrouble } from '../../sequencer/sender/flight.ts'

const l1: L1Health = { head: 100, derived: 100, behind: 0, isBehind: false, ageSec: 20, stalled: undefined }
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
  safe: 5,
  finalized: 3,
  l1,
}

test('an on-demand chain is ready however old its head is', () => {
  assert.deepEqual(readiness(good), { ready: true, reasons: [], warnings: [], status: good })
})

test('a chain that was stopped for long has the usual time for its next block', () => {
  assert.equal(readiness({ ...good, maxHeadAgeSec: 120, uptimeSec: 100 }).ready, true)
})

test('an L1 that fails for a moment is no reason to send traffic elsewhere', () => {
  const status = { ...good, l1: { ...l1, stalled: { code: 'l1_unreachable', forSec: 14 } } }
  assert.equal(readiness(status).ready, true)
})

for (const [code, status] of [
  ['chain_busy', undefined],
  ['chain_stopped', { ...good, stopped: 'the disk is full' }],
  ['l1_unreachable', { ...good, l1: { ...l1, stalled: { code: 'l1_unreachable', forSec: 15 } } }],
  ['l1_unreachable', { ...good, l1: { ...l1, stalled: { code: 'l1_rate_limited', forSec: 15 } } }],
  ['l1_unreachable', { ...good, l1: { ...l1, head: undefined } }],
  ['l1_stalled', { ...good, l1: { ...l1, stalled: { code: 'blob_missing', forSec: 15 } } }],
  ['l1_stalled', { ...good, l1: { ...l1, stalled: { code: 'l1_disagree', forSec: 15 } } }],
  ['l1_behind', { ...good, l1: { ...l1, behind: 9, isBehind: true } }],
  ['l1_old', { ...good, l1: { ...l1, ageSec: 601 } }],
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

test('a batcher in trouble is told of in words, and takes no traffic away', () => {
  const address = zeroAddress
  const texts = { runway_low: 'refill it' }
  const say = (held: { trouble?: 'runway_low'; sent?: SenderTrouble; outage?: string }) =>
    complaintsOf('batcher', texts, {
      status: () => ({ trouble: held.trouble, sender: { address, trouble: held.sent } }),
      outage: () => held.outage,
    })
  assert.deepEqual(say({}), [])
  const messages: string[] = []
  for (const held of [
    { trouble: 'runway_low' },
    { sent: 'insufficient_funds' },
    { outage: 'l1_unreachable', trouble: 'runway_low' },
  ] as const) {
    const posting = say(held)
    const { ready, reasons, warnings, status } = readiness({ ...good, posting })
    assert.deepEqual(
      { ready, reasons, warnings, status },
      { ready: true, reasons: [], warnings: posting, status: good },
    )
    messages.push(posting[0]!.message)
  }
  assert.deepEqual(messages, [
    'the batcher is held up (runway_low): refill it',
    'the batcher is held up (insufficient_funds): the account on L1 has too little ETH: waiting until it is refilled',
    'the batcher is held up (l1_unreachable): nothing can be sent to L1 for now',
  ])
})
