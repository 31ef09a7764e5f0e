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
      namespaces: ['eth'],
      corsOrigins: [],
      hosts: [],
      metricsHost: '127.0.0.1',
      metricsPort: undefined,
      limits: { ...devLimits, callWorkers: 1 },
      trustProxy: false,
    },
    poolLimits: devPoolLimits,
    mode: { demand: false, automine: false, intervalMs: 20 },
    config: { ...defaultSequencerConfig, heartbeatMs: 0 },
    maxHeadAgeSec: undefined,
    log,
    logStyle: { level: 'silent', format: 'json' },
    print: undefined,
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
  await threads.at(-1)?.terminate()
  await assert.rejects(rpc(node.httpUrl, 'eth_blockNumber'), TypeError)
  await until(() => node.heads().unsafe.number > before + 2n)
  await until(() =>
    rpc(node.httpUrl, 'eth_blockNumber').then(
      () => true,
      () => false,
    ),
  )
  assert.equal((await fetch(`${node.httpUrl}/health/ready`)).status, 200)
  const answered = BigInt(await rpc<string>(node.httpUrl, 'eth_blockNumber'))
  await until(async () => BigInt(await rpc<string>(node.httpUrl, 'eth_blockNumber')) > answered)
  assert.deepEqual(logged, ['the rpc thread ended and is started again; the chain goes on'])
  stop.abort()
  await node.closed
})

test('an rpc thread that dies again and again stops the node with the cause', async () => {
  process.on('worker', end)
  try {
    await threads.at(-1)?.terminate()
    await assert.rejects(node.closed, { code: 'rpc_thread', message: /ended more than 5 times within 10 minutes/ })
  } finally {
    process.off('worker', end)
  }
})

function end(worker: Worker): void {
  void worker.terminate()
}

async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 20_000
  while (!(await isSo())) {
    assert.ok(performance.now() < deadline, 'in time')
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
