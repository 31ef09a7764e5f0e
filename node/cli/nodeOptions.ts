import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import type { AdminOptions } from '../../rpc/admin.ts'
import { defaultLimits, devLimits, type RpcLimits } from '../../rpc/limits.ts'
import { defaultPoolLimits, devPoolLimits, type PoolLimits } from '../../sequencer/mempool/limits.ts'
import { withFlags } from '../config/npm.ts'
import { containerDefault } from '../config/resolve.ts'
import type { Config } from '../config/table.ts'
import type { DataDir } from '../data/dir.ts'
import { readJwtSecret } from '../keys/jwtSecret.ts'
import { chooseFormat, createLogger, type Logger, type LogStyle } from '../log/logger.ts'
import type { HttpOptions } from '../roles/options.ts'
import type { Context } from './verb.ts'

/** The logger of a node and how to make another one like it in another thread. */
export function logging(config: Config): { readonly log: Logger; readonly logStyle: LogStyle } {
  const format = chooseFormat(config['log.format'], config.json, process.stdout.isTTY === true)
  const level = config.quiet ? 'error' : config['log.level']
  const logStyle = { format, level } as const
  return { log: createLogger(logStyle), logStyle }
}

/** What a node adds to its URL when it listens on all addresses, and why; undefined when it does not. */
export function allAddressesNote({ config, sources }: Pick<Context, 'config' | 'sources'>): string | undefined {
  const host = config['http.addr']
  if (host !== '0.0.0.0' && host !== '::') return undefined
  const cause = sources['http.addr'] === containerDefault ? 'inside a container' : `by ${sources['http.addr']}`
  return `on all addresses: ${cause}; ${withFlags(process.env, '--http.addr 127.0.0.1')} to restrict`
}

/** Where to listen and what to offer there. With a data folder also to operators: on a socket there, and on a port if asked for. */
export function httpOptions(config: Config, isSolo: boolean, dir?: DataDir): HttpOptions {
  return {
    ...(dir && { admin: adminOptions(config, dir) }),
    host: config['http.addr'],
    port: config['http.port'],
    namespaces: config['http.api'],
    corsOrigins: config['http.corsdomain'],
    hosts: config['http.vhosts'],
    metricsHost: config['metrics.addr'],
    metricsPort: config['metrics.port'],
    limits: rpcLimits(config, isSolo),
    trustProxy: config['rpc.trustproxy'],
  }
}

function adminOptions(config: Config, dir: DataDir): AdminOptions {
  const port = config['admin.port']
  const file = config['admin.jwt-secret'] ?? join(dir.path, jwtSecretName)
  const tcp =
    port === undefined ? undefined : { host: config['admin.addr'], port, secret: readJwtSecret(file, { create: true }) }
  return { socket: dir.adminSocket, tcp }
}

/** The secret of the admin port, in a data folder. */
export const jwtSecretName = 'admin.jwt'

/** The pool's bounds: those of networks or of development chains, with what the settings say. */
export function poolLimits(config: Config, isSolo: boolean): PoolLimits {
  return {
    ...(isSolo ? devPoolLimits : defaultPoolLimits),
    accountSlots: config['txpool.accountslots'],
    globalSlots: config['txpool.globalslots'],
    accountQueue: config['txpool.accountqueue'],
    globalQueue: config['txpool.globalqueue'],
    lifetimeMs: Math.round(config['txpool.lifetime'] * 3_600_000),
    priceBumpPercent: BigInt(config['txpool.pricebump']),
  }
}

/** The server's bounds. One core is left to the chain thread. */
function rpcLimits(config: Config, isSolo: boolean): RpcLimits {
  const base = isSolo ? devLimits : defaultLimits
  const rate = config['rpc.ratelimit']
  return {
    ...base,
    callGas: BigInt(config['rpc.gascap']),
    callTimeoutMs: config['rpc.evmtimeout'] * 1000,
    callWorkers: Math.max(1, availableParallelism() - 1),
    txFeeCap: BigInt(Math.round(config['rpc.txfeecap'] * 1e9)) * 10n ** 9n,
    logRange: BigInt(config['rpc.rangelimit']),
    batchItems: config['rpc.batch-request-limit'],
    responseBytes: config['rpc.batch-response-max-size'],
    rateUnitsPerSec: rate,
    rateBurst: Math.max(4 * rate, base.rateBurst),
  }
}
