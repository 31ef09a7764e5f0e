import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import type { Worker } from 'node:worker_threads'
import { devMnemonic } from '../../genesis/devAccounts.ts'
import { createDataDir } from '../../node/data/dir.ts'
import { type Logger, silentLogger } from '../../node/log/logger.ts'
import { type RunningNode, startNode } from '../../node/roles/node.ts'
import { startSolo } from '../../node/roles/solo.ts'
import { soloSpec } from '../../node/roles/spec.ts'
import { devLimits } from '../../rpc/limits.ts'
import { devPoolLimits } from '../../sequencer/mempool/limits.ts'
import { defaultSequencerConfig } from '../../sequencer/sequencer.ts'
import { rpc } from './rpcCall.ts'

const folder = mkdtempSync(join(tmpdir(), 'ol-rpc-thread-test-'))
const threads: Worker[] = []
const logged: string[] = []
const log: Logger = { ...silentLogger, error: (_, text) => void logged.push(text) }
const remember = (worker: Worker): void => void threads.push(worker)
let stop = new AbortController()
let node: RunningNode

/** A real node in this process, so that the test can end its rpc thread; a block every 20 ms. */
beforeEach(async () => {
  process.on('worker', remember)
  stop = new AbortController()
  logged.length = 0
  const { spec } = soloSpec(devMnemonic, 1)
  node = await startNode({
    role: 'solo',
    spec,
    devKeys: [],
    dir: createDataDir(folder),
    cacheMiB: 8,
    minFreeDiskMiB: 0,
    http: {
      host: '127.0.0.1',
      port: 0,
      namespaces: ['eth', 'hardhat'],
      corsOrigins: [],
      hosts: [],
      metricsHost: '127.0.0.1',
      metricsPort: undefined,
      limits: { ...devLimits, callWorkers: 1 },
      trustProxy: false,
    },
    start: async (role) =>
      startSolo(role, {
        poolLimits: devPoolLimits,
        mode: { demand: false, automine: false, intervalMs: 20 },
        config: { ...defaultSequencerConfig, heartbeatMs: 0 },
        print: undefined,
      }),
    maxHeadAgeSec: undefined,
    log,
    logStyle: { level: 'silent', format: 'json' },
    signal: stop.signal,
  })
})

afterEach(async () => {
  process.off('worker', remember)
  stop.abort()
  await node.closed.catch(() => {})
  rmSync(folder, { recursive: true, force: true })
})

test('an rpc thread that dies is replaced on the same port, and blocks go on meanwhile', async () => {
  const before = node.heads().unsafe.number
  const instanceId = async () => (await rpc<{ instanceId: string }>(node.httpUrl, 'hardhat_metadata')).instanceId
  const instance = await instanceId()
  await threads.at(-1)?.terminate()
  await assert.rejects(rpc(node.httpUrl, 'eth_blockNumber'), TypeError)
  await until(() => node.heads().unsafe.number > before + 2n)
  await until(answers)
  assert.equal((await fetch(`${node.httpUrl}/health/ready`)).status, 200)
  assert.equal(await instanceId(), instance, 'the same chain')
  const answered = BigInt(await rpc<string>(node.httpUrl, 'eth_blockNumber'))
  await until(async () => BigInt(await rpc<string>(node.httpUrl, 'eth_blockNumber')) > answered)
  assert.deepEqual(logged, ['the rpc thread ended and is started again; the chain goes on'])
  stop.abort()
  await node.closed
})

test('an rpc thread that dies again and again never stops the chain, and answers as soon as it can', async () => {
  let ends = 0
  const end = (worker: Worker): void => {
    if (++ends <= 2) void worker.terminate()
  }
  let isClosed = false
  node.closed.then(
    () => (isClosed = true),
    () => (isClosed = true),
  )
  process.on('worker', end)
  try {
    const before = node.heads().unsafe.number
    await threads.at(-1)?.terminate()
    await until(answers)
    assert.equal(
      logged.filter((text) => text === 'the rpc thread ended and is started again; the chain goes on').length,
      3,
    )
    assert.equal(isClosed, false)
    assert.ok(node.heads().unsafe.number > before + 5n)
    const ready = await fetch(`${node.httpUrl}/health/ready`)
    const report = (await ready.json()) as { status: { rpcRestarts: number } }
    assert.deepEqual([ready.status, report.status.rpcRestarts], [200, 3])
    const text = await (await fetch(`${node.httpUrl}/metrics`)).text()
    assert.match(text, /^openledger_rpc_thread_restarts_total 3$/m)
  } finally {
    process.off('worker', end)
  }
})

function answers(): Promise<boolean> {
  return rpc(node.httpUrl, 'eth_blockNumber').then(
    () => true,
    () => false,
  )
}

async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 20_000
  while (!(await isSo())) {
    assert.ok(performance.now() < deadline, 'in time')
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
