import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MessageChannel } from 'node:worker_threads'
import { createMonitor } from '../../node/health/monitor.ts'
import type { ChainStatus } from '../../node/health/ready.ts'
import { createMetrics } from '../../node/metrics/registry.ts'
import { type ControlClient, connectControl, serveControl } from '../../node/threads/control.ts'

const good: ChainStatus = {
  chain: 'devnet',
  chainId: 31337,
  role: 'solo',
  head: 7,
  headHash: '0x00',
  headAgeSec: 1,
  uptimeSec: 1,
  maxHeadAgeSec: undefined,
  freeDiskBytes: undefined,
  minFreeDiskBytes: 0,
  stopped: undefined,
}

/** A chain thread that has been executing for `silentMs` and said `last` before. */
function busyFor(silentMs: number, last: ChainStatus | undefined = good): ControlClient {
  return {
    silentMs: () => silentMs,
    lastStatus: () => last,
    status: async () => undefined,
    metrics: async () => undefined,
  }
}

async function probe(control: ControlClient): Promise<readonly [live: boolean, ready: boolean]> {
  const { live, ready } = createMonitor(
    control,
    createMetrics('rpc', () => {}),
  )
  return [(await live()).ok, (await ready()).ok]
}

test('a heavy block changes neither health check; a chain thread that hangs fails both, ready first', async () => {
  assert.deepEqual(await probe(busyFor(12_000)), [true, true])
  assert.deepEqual(await probe(busyFor(20_000)), [true, false])
  assert.deepEqual(await probe(busyFor(30_000)), [false, false])
})

test('while the chain thread executes, readiness is what it said last', async () => {
  assert.deepEqual(await probe(busyFor(2000, { ...good, stopped: 'the disk is full' })), [true, false])
  assert.deepEqual(await probe({ ...busyFor(2000), lastStatus: () => undefined }), [true, false])
})

test('silence counts from the oldest question without any answer, and ends with an answer', async () => {
  const { port1, port2 } = new MessageChannel()
  let now = 0
  const control = connectControl(port2, 3_600_000, () => now)
  try {
    now = 40_000
    assert.equal(control.silentMs(), 40_000, 'it was asked at the start')
    assert.equal(await control.status(1), undefined)
    assert.equal(control.silentMs(), 40_000, 'asking again is no sign of life')
    serveControl(port1, { status: async () => good, metrics: async () => [] })
    assert.deepEqual(await control.status(10_000), good)
    assert.equal(control.silentMs(), 0)
    assert.deepEqual(control.lastStatus(), good)
  } finally {
    port1.close()
  }
})

test('the chain thread is asked for signs of life when nobody probes', async () => {
  const { port1, port2 } = new MessageChannel()
  const thrice = Promise.withResolvers<void>()
  let asked = 0
  const status = async () => {
    if (++asked === 3) thrice.resolve()
    return good
  }
  serveControl(port1, { status, metrics: async () => [] })
  connectControl(port2, 5)
  const timer = setTimeout(() => thrice.reject(new Error(`asked ${asked} times`)), 5000)
  try {
    await thrice.promise
  } finally {
    clearTimeout(timer)
    port1.close()
  }
})
