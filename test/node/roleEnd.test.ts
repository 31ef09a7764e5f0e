import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { NodeError } from '../../core/errors.ts'
import { devMnemonic } from '../../genesis/devAccounts.ts'
import { createDataDir } from '../../node/data/dir.ts'
import { silentLogger } from '../../node/log/logger.ts'
import { startNode } from '../../node/roles/node.ts'
import { startSolo } from '../../node/roles/solo.ts'
import { soloSpec } from '../../node/roles/spec.ts'
import { devLimits } from '../../rpc/limits.ts'
import { devPoolLimits } from '../../sequencer/mempool/limits.ts'
import { defaultSequencerConfig } from '../../sequencer/sequencer.ts'

const folder = mkdtempSync(join(tmpdir(), 'ol-role-end-test-'))
after(() => rmSync(folder, { recursive: true, force: true }))

test('a role that cannot go on while the node still starts ends the node with its reason', {
  timeout: 30_000,
}, async () => {
  const reason = new NodeError({ code: 'l1_blob_schedule', severity: 'fatal', message: 'another schedule' })
  const node = await startNode({
    role: 'solo',
    spec: soloSpec(devMnemonic, 1).spec,
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
    start: async (context) => {
      const role = startSolo(context, {
        poolLimits: devPoolLimits,
        mode: { demand: true, automine: false, intervalMs: 0 },
        config: { ...defaultSequencerConfig, heartbeatMs: 0 },
        print: undefined,
      })
      return { ...role, closed: Promise.reject(reason) }
    },
    maxHeadAgeSec: undefined,
    log: silentLogger,
    logStyle: { level: 'silent', format: 'json' },
    signal: new AbortController().signal,
  })
  await assert.rejects(node.closed, reason)
})
