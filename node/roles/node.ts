import { randomBytes } from 'node:crypto'
import { NodeError } from '../../core/errors.ts'
import { bytesToHash, type Hash } from '../../core/hex.ts'
import { systemClock } from '../../core/ports/systemClock.ts'
import { buildGenesis } from '../../genesis/buildGenesis.ts'
import { rulesOf, systemConfigOf } from '../../genesis/spec.ts'
import { createSoloL1 } from '../../l1/soloL1.ts'
import { openChain } from '../../state/chain.ts'
import { createEthereumjsEngine } from '../../state/engines/ethereumjs/engine.ts'
import { nextBaseFee } from '../../state/fees.ts'
import type { Heads } from '../../state/heads.ts'
import { freeSpace } from '../../state/store/freeSpace.ts'
import { databaseBytes, openDatabase } from '../data/database.ts'
import { removeDataDir, removePid, removeUrl, writePid, writeUrl } from '../data/dir.ts'
import { warnOpenFiles } from '../data/openFiles.ts'
import { startSpaceWatch } from '../data/space.ts'
import { createMetrics } from '../metrics/registry.ts'
import { precompilesOf } from '../precompiles.ts'
import { prepareRpcThread } from '../threads/rpcThread.ts'
import { readVersion } from '../version.ts'
import { startProducer } from './chain.ts'
import type { NodeOptions } from './options.ts'
import { chainStatus, collectGauges, type Disk } from './report.ts'

/** A running node. */
export type RunningNode = {
  readonly httpUrl: string
  /** Where health and metrics are: the same, or the server of `--metrics.port`. */
  readonly monitorUrl: string
  readonly genesisHash: Hash
  readonly heads: () => Heads
  /** Base fee of the next block, in wei per gas. */
  readonly baseFee: () => bigint
  /**
   * Resolves to the number of the newest block once the signal has aborted and everything is on disk and closed.
   * Rejects with the cause when the node had to stop by itself; it is closed then too.
   */
  readonly closed: Promise<bigint>
}

const spaceIntervalMs = 10_000
const mebibyte = 1_048_576

/**
 * The composition root: opens the data folder, the chain and block production in this thread and the RPC server in
 * another, and resolves once the port answers. Throws NodeErrors with cause and fix; everything is closed then.
 */
export async function startNode(options: NodeOptions): Promise<RunningNode> {
  const { spec, dir, log, http } = options
  const rpcThread = prepareRpcThread(log)
  const stop = new AbortController()
  const signal = AbortSignal.any([options.signal, stop.signal])
  const undo: (() => Promise<void> | void)[] = [() => removeDataDir(dir)]
  const closeAll = async (): Promise<void> => {
    await rpcThread.close()
    for (const step of undo.reverse()) await step()
  }
  try {
    await checkSpace(options)
    warnOpenFiles(log)
    const kv = await openDatabase(dir, { cacheMiB: options.cacheMiB })
    undo.push(() => kv.close())
    writePid(dir)
    undo.push(() => removePid(dir))
    removeUrl(dir)
    const rules = rulesOf(spec)
    const genesis = buildGenesis(spec)
    const chain = await openChain({ kv, genesis, rules }).catch((error: unknown) => {
      throw options.role === 'solo' ? nameSoloFlags(error) : error
    })
    if (chain.recovery !== undefined) {
      const { head, dropped, findings } = chain.recovery
      log.warn(
        { head: head.number, dropped, findings: findings.length },
        'incomplete blocks at the end of the chain removed',
      )
    }
    const engine = await createEthereumjsEngine({
      rules,
      precompiles: precompilesOf(spec),
      blockHash: chain.reader.hashByNumber,
    })
    let disk: Disk | undefined
    let countedRestarts = 0
    const metrics = createMetrics('chain', (own) => {
      collectGauges(own, chain, producer, disk)
      own.add('openledger_rpc_thread_restarts_total', rpcThread.restarts() - countedRestarts)
      countedRestarts = rpcThread.restarts()
    })
    const producer = startProducer({
      ...options,
      chain,
      engine,
      l1: createSoloL1(systemConfigOf(spec)),
      clock: systemClock,
      signal,
      metrics,
    })
    undo.push(async () => {
      stop.abort()
      await producer.closed.catch(() => {})
    })
    const listening = await rpcThread.open({
      reader: { chainDir: dir.chain, spec },
      http,
      isSolo: options.role === 'solo',
      devKeys: options.devKeys,
      clientVersion: readVersion().client,
      instanceId: bytesToHash(randomBytes(32)),
      logStyle: options.logStyle,
      backend: producer.backend,
      control: {
        status: async () =>
          chainStatus(options, chain, producer, {
            freeDiskBytes: disk?.free,
            rpcRestarts: rpcThread.restarts(),
          }),
        metrics: metrics.snapshot,
      },
    })
    const httpUrl = `http://${urlHost(http.host)}:${listening.port}`
    const { metricsPort } = listening
    const monitorUrl = metricsPort === undefined ? httpUrl : `http://${urlHost(http.metricsHost)}:${metricsPort}`
    undo.push(() => removeUrl(dir))
    writeUrl(dir, monitorUrl)
    const watch = startSpaceWatch({
      path: dir.path,
      minimumBytes: options.minFreeDiskMiB * mebibyte,
      intervalMs: spaceIntervalMs,
      clock: systemClock,
      signal,
      onReading: async (free, level) => {
        if (level === 'warn' && disk?.level !== 'warn')
          log.warn({ freeMiB: Math.floor(free / mebibyte) }, 'little disk space left')
        disk = { free, level, database: await databaseBytes(dir) }
        if (level === 'low') stop.abort(diskLow(dir.path, free, options.minFreeDiskMiB))
      },
    })
    const closed = untilStopped([producer.closed, watch.then(() => producer.closed)], closeAll).then(() => {
      if (stop.signal.reason instanceof NodeError) throw stop.signal.reason
      return chain.heads().unsafe.number
    })
    return {
      httpUrl,
      monitorUrl,
      genesisHash: genesis.hash,
      heads: chain.heads,
      baseFee: () => nextBaseFee(chain.header()),
      closed,
    }
  } catch (error) {
    stop.abort()
    await closeAll()
    throw error
  }
}

/** Waits for the first of these to end, in whatever way, then closes everything. */
async function untilStopped(ends: readonly Promise<void>[], closeAll: () => Promise<void>): Promise<void> {
  try {
    await Promise.race(ends)
  } finally {
    await closeAll()
  }
}

/** The address to give to clients on this machine. */
function urlHost(host: string): string {
  if (host === '0.0.0.0' || host === '::') return '127.0.0.1'
  return host.includes(':') ? `[${host}]` : host
}

async function checkSpace({ dir, minFreeDiskMiB }: NodeOptions): Promise<void> {
  const { freeBytes } = await freeSpace(dir.path)
  if (freeBytes < minFreeDiskMiB * mebibyte) throw diskLow(dir.path, freeBytes, minFreeDiskMiB)
}

function diskLow(path: string, free: number, minimumMiB: number): NodeError {
  return new NodeError({
    code: 'disk_low',
    severity: 'fatal',
    message: `the disk of ${path} has ${Math.floor(free / mebibyte)} MiB free, the minimum is ${minimumMiB} MiB`,
    fix: 'free some space, or lower --datadir.minfreedisk; everything confirmed so far is kept',
  })
}

/** The accounts are part of a solo chain's genesis: another number of them is another chain. */
function nameSoloFlags(error: unknown): unknown {
  if (!(error instanceof NodeError) || error.code !== 'wrong_chain') return error
  const fix = 'give the --accounts and --mnemonic the folder was made with, or choose another --data-dir'
  return new NodeError({ code: error.code, severity: 'fatal', message: error.message, fix }, { cause: error })
}
