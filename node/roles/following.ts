import { assert, NodeError } from '../../core/errors.ts'
import type { Clock } from '../../core/ports/clock.ts'
import type { RollupSpec } from '../../genesis/spec.ts'
import { checkRollup } from '../../l1/checkRollup.ts'
import { type Follower, type FollowOptions, type FollowWriter, openFollower } from '../../l1/follow.ts'
import type { SyncStatus } from '../../rpc/backend.ts'
import type { L1Health } from '../health/ready.ts'
import type { Metrics } from '../metrics/registry.ts'
import type { FollowState } from './backend.ts'
import type { ConnectL1, L1Link } from './connectL1.ts'
import type { RoleContext } from './role.ts'

/** L1 as a role works with it. */
export type Following = {
  readonly rollup: RollupSpec
  readonly link: L1Link
  readonly follower: Follower
  /**
   * Resolves to true once the chain spec was compared with the contracts on L1, to false if the signal aborted before L1
   * has answered; rejects if they differ.
   */
  readonly compared: Promise<boolean>
  /** For RPC. */
  readonly state: FollowState
  /** For health checks. */
  health(): L1Health
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
/** How often an L1 that does not answer at the start is asked again. */
const compareMs = 5_000

/**
 * Connects to L1, compares the chain spec with the contracts there, and opens derivation where it was left. While L1 does
 * not answer the node serves what it has, and compares as soon as it can. Throws NodeErrors: `l1_wrong_chain`,
 * `rollup_missing`, `rollup_mismatch`, those of the client and of derivation.
 */
export async function openFollowing(
  context: RoleContext,
  connect: ConnectL1,
  writer: FollowWriter,
  more?: Pick<FollowOptions, 'morePlaces' | 'keepFrom'>,
): Promise<Following> {
  const { spec, rules, chain, engine, clock, random, log, signal } = context
  const { rollup } = spec.l1
  assert(rollup !== undefined, 'the chain has contracts on L1')
  const link = await connect(context)
  try {
    const { compared } = await compareSoon(context, link)
    const follower = await openFollower({
      source: link.source,
      chain,
      engine,
      rules,
      spec,
      clock,
      log,
      writer,
      random,
      ...more,
    })
    const startingBlock = chain.heads().safe.number
    return {
      rollup,
      link,
      follower,
      compared,
      health: createHealth(follower, clock),
      state: { status: follower.status, syncing: () => syncing(follower, startingBlock) },
      collect: (metrics) => collect(metrics, follower),
      run: async () => {
        try {
          if (await compared) await follower.run(signal, pollMs)
        } finally {
          await link.kzg.close()
        }
      },
      close: link.kzg.close,
    }
  } catch (error) {
    await link.kzg.close()
    throw error
  }
}

/** The first comparison, or if L1 does not answer a promise of it. Throws if they differ. */
async function compareSoon(context: RoleContext, { wallet }: L1Link): Promise<Pick<Following, 'compared'>> {
  const { spec, clock, log, signal } = context

  async function isCompared(): Promise<boolean> {
    try {
      await checkRollup(wallet, spec)
      return true
    } catch (error) {
      if (!(error instanceof NodeError && error.severity === 'retry')) throw error
      return false
    }
  }
  async function later(): Promise<boolean> {
    log.warn({}, 'L1 does not answer: its contracts are compared with the chain spec as soon as it does')
    while (!signal.aborted) {
      await clock.sleep(compareMs, signal)
      if (!signal.aborted && (await isCompared())) return true
    }
    return false
  }
  const compared = (await isCompared()) ? Promise.resolve(true) : later()
  // Whoever waits for it hears of a difference; nobody may.
  compared.catch(() => {})
  return { compared }
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

/** What health checks are told of L1; how long a trouble lasts is measured by asking. */
function createHealth(follower: Follower, clock: Pick<Clock, 'nowMs'>): () => L1Health {
  let sinceMs: number | undefined
  return () => {
    const { l1Head, tip, behind, trouble } = follower.status()
    const nowMs = clock.nowMs()
    if (trouble === undefined) sinceMs = undefined
    else sinceMs ??= nowMs
    const forSec = (nowMs - (sinceMs ?? nowMs)) / 1_000
    return {
      head: l1Head === undefined ? undefined : Number(l1Head.number),
      derived: Number(tip.number),
      behind: Number(behind),
      isBehind: behind > syncedBlocks,
      ageSec: nowMs / 1_000 - Number(follower.tip().block.timestamp),
      stalled: trouble === undefined ? undefined : { code: trouble, forSec },
    }
  }
}
