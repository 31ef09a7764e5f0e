import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MessageChannel } from 'node:worker_threads'
import { createMonitor } from '../../node/health/monitor.ts'
import type { ChainStatus } from '../../node/health/ready.ts'
import { createMetrics } from '../../node/metrics/registry.ts'
import { type ControlClient, connectControl, serveControl } from '../../node/threads/control.ts'

const good: ChainStatus = {
  rpcRestarts: 0,
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
  safe: 0,
  finalized: 0,
}

/** A chain thread that has been executing for `silentMs` and said `last` before. */
function busyFor(silentMs: number, last: ChainStatus | undefined = good): ControlClient {
  return {
    silentMs: () => silentMs,
    lastStatus: () => last,
    statusAgeMs: () => silentMs,
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

test('however many ask, the chain thread is asked for news only, and for its metrics once a second', async () => {
  let [now, ageMs] = [0, 99]
  const asked: string[] = []
  const answers: (() => void)[] = []
  const control: ControlClient = {
    ...busyFor(0),
    statusAgeMs: () => ageMs,
    status: async () => {
      asked.push('status')
      return { ...good, stopped: 'the disk is full' }
    },
    metrics: async () => {
      asked.push('metrics')
      await new Promise<void>((resolve) => answers.push(resolve))
      return []
    },
  }
  const { ready, metrics } = createMonitor(
    control,
    createMetrics('rpc', () => {}),
    () => now,
  )
  const readAll = async () =>
    (await Promise.all(Array.from({ length: 20 }, async () => (await ready()).ok))).every(Boolean)
  assert.equal(await readAll(), true)
  assert.deepEqual(asked, [])
  ageMs = 100
  assert.equal((await ready()).ok, false, 'an old answer is no news')
  asked.length = 0
  const first = Array.from({ length: 20 }, () => metrics?.())
  now = 1900
  const late = metrics?.()
  answers.shift()?.()
  const texts = (await Promise.all([...first, late])).map((answer) => answer?.text)
  assert.equal(new Set(texts).size, 1)
  now += 999
  await metrics?.()
  assert.deepEqual(asked, ['metrics'])
  now += 1
  const next = metrics?.()
  answers.shift()?.()
  await next
  assert.deepEqual(asked, ['metrics', 'metrics'])
})

test('one question of a kind is under way at a time', async () => {
  const { port1, port2 } = new MessageChannel()
  let asked = 0
  const control = connectControl(port2, 3_600_000)
  try {
    const early = [control.status(10_000), control.status(10_000), control.status(1)]
    assert.equal(control.statusAgeMs(), Number.POSITIVE_INFINITY)
    assert.equal(await early[2], undefined)
    serveControl(port1, { status: async () => ({ ...good, head: ++asked }), metrics: async () => [] })
    assert.deepEqual(
      (await Promise.all(early)).map((answer) => answer?.head),
      [1, 1, undefined],
    )
    assert.ok(control.statusAgeMs() < 10_000)
    assert.equal((await control.status(10_000))?.head, 2)
  } finally {
    port1.close()
  }
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
