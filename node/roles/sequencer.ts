import type { Sign } from '../../core/ports/sign.ts'
import type { ChainChange } from '../../l1/follow.ts'
import type { BatcherConfig } from '../../sequencer/batcher/types.ts'
import type { PoolLimits } from '../../sequencer/mempool/limits.ts'
import type { ProposerConfig } from '../../sequencer/proposer/proposer.ts'
import type { SequencerConfig } from '../../sequencer/sequencer.ts'
import { backpressure } from '../../sequencer/throttle.ts'
import type { ConnectL1 } from './connectL1.ts'
import { openFollowing } from './following.ts'
import { openSenders, type Posting, startPosting } from './posting.ts'
import { type Producer, startProducer } from './producer.ts'
import type { Role, RoleContext } from './role.ts'
import { standstill } from './solo.ts'
import { together } from './together.ts'

export type SequencerRoleOptions = {
  readonly l1: ConnectL1
  readonly poolLimits: PoolLimits
  readonly config: SequencerConfig
  /** Who posts batches and proposes outputs; undefined: not this node. */
  readonly batcher: { readonly sign: Sign; readonly config: BatcherConfig } | undefined
  readonly proposer: { readonly sign: Sign; readonly config: ProposerConfig } | undefined
}

/** A node that makes blocks on origins of L1, learns from L1 what of them is safe, posts them and proposes outputs. */
export async function startSequencerRole(outer: RoleContext, options: SequencerRoleOptions): Promise<Role> {
  const { rules, spec, log } = outer
  const stop = new AbortController()
  const context = { ...outer, signal: AbortSignal.any([outer.signal, stop.signal]) }
  // Derivation may change the chain before block production begins, and waits for its turn afterwards.
  let producer: Producer | undefined
  let posting: Posting | undefined
  const following = await openFollowing(context, options.l1, {
    exclusive: (task) => (producer === undefined ? task() : producer.exclusive(task)),
    changed: (change: ChainChange) => producer?.changed(change),
  })
  const { follower, state } = following
  try {
    const senders = await openSenders(context, following, options)
    const started = startProducer({
      ...context,
      l1: follower.l1,
      poolLimits: options.poolLimits,
      mode: { demand: true, automine: false, intervalMs: 0 },
      config: options.config,
      follow: state,
      pressure: () => {
        const { l1Head, tip } = follower.status()
        return backpressure({
          safeOrigin: follower.tip().safe.origin.number,
          l1Head: l1Head?.number ?? tip.number,
          window: rules.sequencingWindow,
          backlogBytes: posting?.backlogBytes() ?? 0,
        })
      },
    })
    producer = started
    const sending = following.compared.then(async (isCompared) => {
      if (!isCompared) return
      posting = startPosting(context, following, senders, options)
      await together(posting.closed, stop)
    })
    const { batcher, proposer } = options
    log.info({ chain: spec.name, batcher: batcher?.sign.address, proposer: proposer?.sign.address }, 'sequencing')
    return {
      backend: started.backend,
      trouble: () => standstill(started.trouble()),
      l1: following.health,
      posting: () => posting?.complaints() ?? [],
      collect: (metrics) => {
        started.collect(metrics)
        following.collect(metrics)
        posting?.collect(metrics)
      },
      closed: together([started.closed, following.run(), sending], stop),
    }
  } catch (error) {
    stop.abort()
    await following.close()
    throw error
  }
}
