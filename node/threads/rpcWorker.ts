import { parentPort } from 'node:worker_threads'
import { assert } from '../../core/errors.ts'
import type { Kv } from '../../core/ports/kv.ts'
import { type ChainSpec, rulesOf } from '../../genesis/spec.ts'
import { createL1Store } from '../../l1/store/records.ts'
import { readEvidence } from '../../p2p/evidence/store.ts'
import { connectBackend } from '../../rpc/backend/connect.ts'
import { startCallPool } from '../../rpc/calls/pool.ts'
import type { RollupReads } from '../../rpc/rollup.ts'
import { startRpc } from '../../rpc/start.ts'
import { createBlockReader } from '../../state/store/blockReader.ts'
import { openLevelKv } from '../../state/store/levelKv.ts'
import { createMonitor } from '../health/monitor.ts'
import { pulseMs } from '../health/silence.ts'
import { createLogger } from '../log/logger.ts'
import { watchLoopLag } from '../metrics/loopLag.ts'
import { createMetrics } from '../metrics/registry.ts'
import { connectControl } from './control.ts'
import { nameFlag } from './listenFailure.ts'
import { type FromRpc, failureToPlain, type OpenRpc, type ToRpc } from './messages.ts'

// The rpc thread: its code is loaded at once, its work begins with the `open` message.
assert(parentPort !== null, 'the rpc thread is a worker thread')
const parent = parentPort
let closeAll: () => Promise<void> = async () => {}

parent.on('message', (message: ToRpc) => {
  void (message.kind === 'open' ? open(message) : close())
})

async function open(options: OpenRpc): Promise<void> {
  try {
    closeAll = await serve(options)
  } catch (error) {
    post({ kind: 'failed', failure: failureToPlain(error) })
  }
}

async function close(): Promise<void> {
  await closeAll()
  parent.close()
}

/** Starts everything of this thread; the result closes it in reverse. */
async function serve(options: OpenRpc): Promise<() => Promise<void>> {
  const { reader: readerOptions, http, isSolo, forward, logStyle, backendPort, controlPort } = options
  const log = createLogger(logStyle)
  const kv = await openLevelKv(readerOptions.chainDir, { readOnly: true })
  const calls = startCallPool({
    module: new URL('./callRuntime.ts', import.meta.url).href,
    options: readerOptions,
    limits: http.limits,
    onError: (thrown) => log.warn({ err: thrown }, 'call worker failed'),
  })
  const rollup = rollupReads(readerOptions.spec, kv)
  const lag = watchLoopLag()
  const metrics = createMetrics('rpc', lag.collect)
  const closeRest = async (): Promise<void> => {
    lag.stop()
    await calls.close()
    await kv.close()
    backendPort.close()
    controlPort.close()
  }
  try {
    const rpc = await startRpc({
      host: http.host,
      port: http.port,
      rules: rulesOf(readerOptions.spec),
      clientVersion: options.clientVersion,
      instanceId: options.instanceId,
      backend: connectBackend(backendPort, options.parts),
      reader: createBlockReader(kv),
      calls,
      namespaces: http.namespaces,
      limits: http.limits,
      hosts: http.hosts,
      origins: http.corsOrigins,
      gzip: !isSolo,
      trustProxy: http.trustProxy,
      devKeys: new Map(options.devKeys),
      ...(forward && { forward }),
      ...(rollup && { rollup }),
      ...(http.admin && { admin: http.admin }),
      monitor: createMonitor(connectControl(controlPort, pulseMs), metrics),
      ...(http.metricsPort !== undefined && { monitorAt: { host: http.metricsHost, port: http.metricsPort } }),
      onAnswer: (method, ok, ms) => {
        metrics.add('openledger_rpc_requests_total', 1, { method, outcome: ok ? 'ok' : 'error' })
        metrics.observe('openledger_rpc_request_seconds', ms / 1000, { method })
      },
      onError: (thrown, where) => log.warn({ err: thrown, where }, 'rpc failure'),
    })
    post({ kind: 'listening', port: rpc.port, metricsPort: rpc.monitorPort, adminPort: rpc.adminPort })
    return async () => {
      await rpc.close()
      await closeRest()
    }
  } catch (error) {
    await closeRest()
    throw nameFlag(error, http)
  }
}

/** What is read of L1, on a chain that has one. */
function rollupReads(spec: ChainSpec, kv: Kv): RollupReads | undefined {
  const { rollup } = spec.l1
  if (rollup === undefined) return undefined
  const store = createL1Store(kv)
  return {
    spec,
    contracts: rollup,
    tip: store.newest,
    record: store.record,
    batches: (from, to, limit) => Array.fromAsync(store.batches({ from, to, limit })),
    evidence: readEvidence(kv),
  }
}

function post(message: FromRpc): void {
  parent.postMessage(message)
}
