import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { NodeError } from '../../core/errors.ts'
import { devMnemonic } from '../../genesis/devAccounts.ts'
import { createDataDir } from '../../node/data/dir.ts'
import { silentLogger } from '../../node/log/logger.ts'
import { startNode } from '../../node/roles/node.ts'
import { startSolo } from '../../node/roles/solo.ts'
import { soloSpec } from '../../node/roles/spec.ts'
import { together } from '../../node/roles/together.ts'
import { devLimits } from '../../rpc/limits.ts'
import { devPoolLimits } from '../../sequencer/mempool/limits.ts'
import { defaultSequencerConfig } from '../../sequencer/sequencer.ts'

const folder = mkdtempSync(join(tmpdir(), 'ol-fatal-test-'))
after(() => rmSync(folder, { recursive: true, force: true }))

const fatal = new NodeError({ code: 'l1_reorg_below_finalized', severity: 'fatal', message: 'no way on' })

test('a role that ends while the port is still being opened stops the node with its reason', async () => {
  const stop = new AbortController()
  const { spec } = soloSpec(devMnemonic, 1)
  const dir = createDataDir(folder)
  const node = await startNode({
    role: 'solo',
    spec,
    devKeys: [],
    dir,
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
    start: async (context) => {
      const mode = { demand: false, automine: false, intervalMs: 0 }
      const config = { ...defaultSequencerConfig, heartbeatMs: 0 }
      const role = startSolo(context, { poolLimits: devPoolLimits, mode, config, print: undefined })
      return { ...role, closed: Promise.reject(fatal) }
    },
    maxHeadAgeSec: undefined,
    log: silentLogger,
    logStyle: { level: 'silent', format: 'json' },
    signal: stop.signal,
  })
  await assert.rejects(node.closed, fatal)
  assert.equal(existsSync(join(folder, 'openledger.pid')), false)
})

test('what runs together stops with the first that fails, and has ended when that is told', async () => {
  const stop = new AbortController()
  const ended: string[] = []
  const slow = async () => {
    await new Promise((resolve) => stop.signal.addEventListener('abort', resolve))
    await sleep(20)
    ended.push('slow')
    throw new Error('a consequence')
  }
  await assert.rejects(together([slow(), Promise.reject(fatal)], stop), fatal)
  assert.deepEqual(ended, ['slow'])
})

test('what runs together ends without a failure once all of it was stopped', async () => {
  const stop = new AbortController()
  const ends = together([sleep(5), sleep(1)], stop)
  await ends
  assert.equal(stop.signal.aborted, false)
})
