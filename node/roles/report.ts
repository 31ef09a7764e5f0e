import { systemClock } from '../../core/ports/systemClock.ts'
import type { Chain } from '../../state/chain.ts'
import type { SpaceLevel } from '../data/space.ts'
import { networkHealth, syncHealth } from '../health/network.ts'
import type { ChainStatus } from '../health/ready.ts'
import type { Metrics } from '../metrics/registry.ts'
import type { NodeOptions } from './options.ts'
import type { Role } from './role.ts'

/** The last reading of the disk, in bytes. */
export type Disk = { readonly free: number; readonly level: SpaceLevel; readonly database: number }

/** What health checks are told of the chain. */
export async function chainStatus(
  { spec, role: name, maxHeadAgeSec, minFreeDiskMiB }: NodeOptions,
  chain: Chain,
  role: Role,
  { freeDiskBytes, rpcRestarts }: Pick<ChainStatus, 'freeDiskBytes' | 'rpcRestarts'>,
): Promise<ChainStatus> {
  const syncing = await role.backend.syncing()
  const { unsafe, safe, finalized } = chain.heads()
  const l1 = role.l1()
  return {
    chain: spec.name,
    chainId: Number(spec.chainId),
    role: name,
    head: Number(unsafe.number),
    headHash: unsafe.hash,
    safe: Number(safe.number),
    finalized: Number(finalized.number),
    headAgeSec: headAgeSec(chain),
    uptimeSec: process.uptime(),
    maxHeadAgeSec,
    freeDiskBytes,
    minFreeDiskBytes: minFreeDiskMiB * 1_048_576,
    rpcRestarts,
    stopped: role.trouble(),
    ...(l1 && { l1 }),
    ...(role.network && { network: networkHealth(role.network()) }),
    ...(syncing && { sync: syncHealth(syncing) }),
    ...(role.posting && { posting: role.posting() }),
  }
}

/** Sets the gauges that are read rather than counted. */
export function collectGauges(metrics: Metrics<'chain'>, chain: Chain, role: Role, disk: Disk | undefined): void {
  const heads = chain.heads()
  for (const head of ['unsafe', 'safe', 'finalized'] as const) {
    metrics.set('openledger_head_block_number', Number(heads[head].number), { head })
  }
  metrics.set('openledger_head_age_seconds', headAgeSec(chain))
  role.collect(metrics)
  if (disk === undefined) return
  metrics.set('openledger_disk_free_bytes', disk.free)
  metrics.set('openledger_database_bytes', disk.database)
}

function headAgeSec(chain: Chain): number {
  return systemClock.nowMs() / 1000 - Number(chain.header().timestamp)
}
