import { assert } from '../../core/errors.ts'
import type { RollupSpec } from '../../genesis/spec.ts'
import { checkRollup } from '../../l1/checkRollup.ts'
import { type L1Client, openL1Client } from '../../l1/client/client.ts'
import { type Follower, type FollowWriter, openFollower } from '../../l1/follow.ts'
import { type Kzg, openKzg } from '../../l1/kzg/kzg.ts'
import type { SyncStatus } from '../../rpc/backend.ts'
import type { Metrics } from '../metrics/registry.ts'
import type { FollowState } from './backend.ts'
import type { RoleContext } from './role.ts'

/** Where L1 is. */
export type L1Urls = { readonly rpc: readonly string[]; readonly beacon: readonly string[] }

/** L1 as a role works with it. */
export type Following = {
  readonly rollup: RollupSpec
  readonly client: L1Client
  readonly kzg: Kzg
  readonly follower: Follower
  /** For RPC. */
  readonly state: FollowState
  /** Sets the gauges of L1. */
  collect(metrics: Metrics<'chain'>): void
  /** Follows L1 until the signal aborts; rejects when derivation cannot go on. Closes what was opened. */
  run(): Promise<void>
  /** In place of `run`. */
  close(): Promise<void>
}

/** How often L1 is asked for news: a fraction of the time between its blocks. */
const pollMs = 1_000
/** Further behind than this the node says that it is syncing. */
const syncedBlocks = 8n

/**
 * Connects to L1, compares the chain spec with the contracts there, and opens derivation where it was left. Throws
 * NodeErrors: `l1_wrong_chain`, `rollup_missing`, `rollup_mismatch`, those of the client and of derivation.
 */
export async function openFollowing(context: RoleContext, urls: L1Urls, writer: FollowWriter): Promise<Following> {
  const { spec, rules, chain, engine, clock, log, signal } = context
  const { rollup } = spec.l1
  assert(rollup !== undefined, 'the chain has contracts on L1')
  const kzg = openKzg()
  try {
    const client = await openL1Client({
      rpcUrls: urls.rpc,
      beaconUrls: urls.beacon,
      spec: spec.l1,
      kzg,
      clock,
      log,
      signal,
    })
    await checkRollup(client.wallet, spec)
    const follower = await openFollower({ source: client.source, chain, engine, rules, spec, clock, log, writer })
    const startingBlock = chain.heads().safe.number
    return {
      rollup,
      client,
      kzg,
      follower,
      state: { status: follower.status, syncing: () => syncing(follower, startingBlock) },
      collect: (metrics) => collect(metrics, follower),
      run: async () => {
        try {
          await follower.run(signal, pollMs)
        } finally {
          await kzg.close()
        }
      },
      close: kzg.close,
    }
  } catch (error) {
    await kzg.close()
    throw error
  }
}

/** eth_syncing counts L2 blocks; how many are to come is known only for what is stored already. */
function syncing(follower: Follower, startingBlock: bigint): SyncStatus | undefined {
  const { l1Head, behind, safe } = follower.status()
  if (l1Head !== undefined && behind <= syncedBlocks) return undefined
  return {
    startingBlock,
    currentBlock: safe.number,
    highestBlock: safe.number,
    stage: l1Head === undefined ? 'connecting to L1' : `deriving, ${behind} L1 blocks to go`,
  }
}

function collect(metrics: Metrics<'chain'>, follower: Follower): void {
  const { l1Head, tip, l1Finalized, behind, trouble } = follower.status()
  const set = (block: string, number: bigint) => metrics.set('openledger_l1_block_number', Number(number), { block })
  if (l1Head !== undefined) set('head', l1Head.number)
  set('derived', tip.number)
  if (l1Finalized !== undefined) set('finalized', l1Finalized.number)
  metrics.set('openledger_l1_behind_blocks', Number(behind))
  metrics.set('openledger_l1_stalled', trouble === undefined ? 0 : 1)
}

/** Why derivation does not go on, in words. */
export function followTrouble(follower: Follower): string | undefined {
  const { trouble } = follower.status()
  return trouble === undefined ? undefined : `blocks cannot be derived from L1 (${trouble})`
}
