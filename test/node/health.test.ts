import assert from 'node:assert/strict'
import { test } from 'node:test'
import { zeroAddress } from '../../core/hex.ts'
import { type NetworkHealth, networkHealth, syncHealth } from '../../node/health/network.ts'
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

const network: NetworkHealth = { peers: 0, attested: undefined, dispute: undefined, evidence: 0 }
const sync = syncHealth({
  startingBlock: 100n,
  currentBlock: 150n,
  highestBlock: 300n,
  stage: 'blocks from peers',
  blocksPerSec: 10,
  etaSec: 15,
})

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
  ['syncing', { ...good, sync }],
  ['safe_disputed', { ...good, network: { ...network, dispute: 'output 3 differs' } }],
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

test('catching up is told with its part and the time that is left, in words', () => {
  assert.equal(sync.percent, 25)
  assert.match(readiness({ ...good, sync }).reasons[0]?.message ?? '', /: 25 %, block 150 of 300, about 15 s left$/)
  // A few blocks behind are the usual distance to peers.
  assert.equal(readiness({ ...good, sync: { ...sync, current: 293 } }).ready, true)
  const unknown = { startingBlock: 5n, currentBlock: 5n, highestBlock: 5n, stage: 'connecting to L1' }
  assert.equal(syncHealth(unknown).percent, undefined)
  assert.equal(syncHealth({ ...unknown, currentBlock: 299n, highestBlock: 300n }).percent, 99)
})

test('without peers a warning comes where nothing else brings blocks', () => {
  const codes = (status: ChainStatus) => readiness(status).warnings.map(({ code }) => code)
  const replica = { ...good, role: 'replica', network }
  assert.deepEqual(codes(replica), [])
  assert.deepEqual(codes({ ...replica, l1: { ...l1, stalled: { code: 'l1_unreachable', forSec: 1 } } }), ['no_peers'])
  assert.deepEqual(codes({ ...replica, l1: { ...l1, head: undefined } }), ['no_peers'])
  assert.deepEqual(codes({ ...replica, l1: { ...l1, head: undefined }, network: { ...network, peers: 1 } }), [])
  assert.deepEqual(codes({ ...good, l1: { ...l1, head: undefined }, network }), [], 'a sequencer makes the blocks')
})

test('evidence is a warning, whatever else there is to warn of', () => {
  const posting = [{ code: 'batcher_held_up', message: 'm', fix: 'f' }] as const
  const { ready, warnings } = readiness({ ...good, posting, network: { ...network, evidence: 2 } })
  assert.equal(ready, true)
  assert.deepEqual(
    warnings.map(({ code }) => code),
    ['batcher_held_up', 'evidence'],
  )
  assert.match(warnings[1]?.message ?? '', /^2 bundles .* are kept$/)
})

test('what the status says of the network is JSON', () => {
  const health = networkHealth({
    peers: 3,
    evidence: 1,
    attested: 40n,
    dispute: { kind: 'stake', l2BlockNumber: 41n, stake: 9n },
  })
  assert.deepEqual(JSON.parse(JSON.stringify(health)), {
    peers: 3,
    evidence: 1,
    attested: 40,
    dispute: 'validators with two thirds of the stake attest another root of block 41 than this node derived',
  })
})
