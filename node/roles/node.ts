import { randomBytes } from 'node:crypto'
import { NodeError } from '../../core/errors.ts'
import { bytesToHash, type Hash } from '../../core/hex.ts'
import { systemClock } from '../../core/ports/systemClock.ts'
import { nextBaseFee } from '../../state/fees.ts'
import type { Heads } from '../../state/heads.ts'
import { freeSpace } from '../../state/store/freeSpace.ts'
import { databaseBytes, openDatabase } from '../data/database.ts'
import { removeDataDir, removePid, removeUrl, writePid, writeUrl } from '../data/dir.ts'
import { warnOpenFiles } from '../data/openFiles.ts'
import { startSpaceWatch } from '../data/space.ts'
import { createMetrics } from '../metrics/registry.ts'
import { prepareRpcThread } from '../threads/rpcThread.ts'
import { readVersion } from '../version.ts'
import { openCore } from './core.ts'
import type { NodeOptions } from './options.ts'
import { chainStatus, collectGauges, type Disk } from './report.ts'
import type { Role } from './role.ts'

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
 * The composition root: opens the data folder and the chain, starts the node's role in this thread and the RPC server in
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
    const { genesis, ...core } = await openCore(kv, spec, log).catch((error: unknown) => {
      throw options.role === 'solo' ? nameSoloFlags(error) : error
    })
    const { chain } = core
    let disk: Disk | undefined
    let countedRestarts = 0
    const metrics = createMetrics('chain', (own) => {
      if (role !== undefined) collectGauges(own, chain, role, disk)
      own.add('openledger_rpc_thread_restarts_total', rpcThread.restarts() - countedRestarts)
      countedRestarts = rpcThread.restarts()
    })
    let role: Role | undefined
    const started = await options.start({
      ...core,
      spec,
      dir,
      log,
      metrics,
      signal,
      clock: systemClock,
      random: Math.random,
    })
    role = started
    // It may end before anybody waits for that.
    started.closed.catch(() => {})
    undo.push(async () => {
      stop.abort()
      await started.closed.catch(() => {})
    })
    const listening = await rpcThread.open({
      reader: { chainDir: dir.chain, spec },
      http,
      isSolo: options.role === 'solo',
      forward: options.forward,
      devKeys: options.devKeys,
      clientVersion: readVersion().client,
      instanceId: bytesToHash(randomBytes(32)),
      logStyle: options.logStyle,
      backend: started.backend,
      control: {
        status: async () =>
          chainStatus(options, chain, started, {
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
    const closed = untilStopped([started.closed, watch.then(() => started.closed)], closeAll).then(() => {
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
