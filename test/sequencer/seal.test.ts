import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MessageChannel } from 'node:worker_threads'
import { createManualClock } from '../../core/ports/manualClock.ts'
import { seal } from '../../sequencer/production/seal.ts'
import type { BuiltBlock } from '../../state/build.ts'
import { hashOf, l1Block, startSec, systemConfig } from './fakeChain.ts'
import { makeHeader, rules } from './fixtures.ts'

test('between the two executions of a block the thread answers what others asked during the first', async () => {
  const { port1, port2 } = new MessageChannel()
  const timestamp = startSec + 1n
  const origin = l1Block(1n, startSec)
  const head = {
    header: makeHeader({ timestamp: startSec }),
    hash: hashOf(0n),
    origin,
    sequenceNumber: 0n,
    config: systemConfig,
  }
  const built: BuiltBlock = {
    block: {
      header: makeHeader({ number: 1n, timestamp, parentHash: head.hash }),
      hash: hashOf(1n),
      transactions: [],
    },
    receipts: [],
    diff: { accounts: new Map(), code: new Map() },
    nodes: new Map(),
    skipped: [],
  }
  const order: string[] = []
  port2.on('message', () => order.push('answered'))
  try {
    // A turn that the loop begins with its messages, as after a real build.
    await new Promise((resolve) => setTimeout(resolve, 1))
    await seal(
      {
        head: () => head,
        mempool: {
          best: () => ({ *[Symbol.iterator]() {}, skipSender: () => {}, exhausted: () => true }),
          onHead: () => {},
          remove: () => true,
          refused: () => {},
        },
        l1: { inputs: async () => ({ origin, deposits: [], config: systemConfig, sequenceNumber: 1n }) },
        clock: createManualClock(Number(startSec) * 1000),
        build: async () => {
          port1.postMessage('how are you')
          order.push('built')
          return built
        },
        verify: async () => {
          order.push('verified')
          return built
        },
        append: async () => {},
        baseFee: () => 1n,
        rules,
        buildMs: 1000,
      },
      { timestamp },
    )
  } finally {
    port1.close()
  }
  assert.deepEqual(order, ['built', 'answered', 'verified'])
})
