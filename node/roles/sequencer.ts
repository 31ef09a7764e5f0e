import type { Sign } from '../../core/ports/sign.ts'
import type { FollowWriter } from '../../l1/follow.ts'
import type { BatcherConfig } from '../../sequencer/batcher/types.ts'
import type { PoolLimits } from '../../sequencer/mempool/limits.ts'
import type { ProposerConfig } from '../../sequencer/proposer/proposer.ts'
import type { SequencerConfig } from '../../sequencer/sequencer.ts'
import { backpressure } from '../../sequencer/throttle.ts'
import { createEvents } from './backend.ts'
import type { ConnectL1 } from './connectL1.ts'
import { openFollowing } from './following.ts'
import { offerTx } from './gossipTx.ts'
import { type NetworkOptions, openPeering, type Peering } from './peering.ts'
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
  readonly network: NetworkOptions
}

/** A node that makes blocks on origins of L1, learns from L1 what of them is safe, posts them and proposes outputs. */
export async function startSequencerRole(outer: RoleContext, options: SequencerRoleOptions): Promise<Role> {
  const { rules, spec, log } = outer
  const stop = new AbortController()
  const context = { ...outer, signal: AbortSignal.any([outer.signal, stop.signal]) }
  // Derivation may change the chain before block production begins, and waits for its turn afterwards.
  let producer: Producer | undefined
  let posting: Posting | undefined
  let peering: Peering | undefined
  const writer: FollowWriter = {
    exclusive: (task) => (producer === undefined ? task() : producer.exclusive(task)),
    changed: (change) => {
      producer?.changed(change)
      peering?.changed()
    },
  }
  const following = await openFollowing(context, options.l1, writer, {
    morePlaces: async (hash, isRight) => peering?.blob(hash, isRight),
    keepFrom: () => peering?.keepFrom() ?? 0n,
  })
  const { follower, state } = following
  try {
    const senders = await openSenders(context, following, options)
    const events = createEvents()
    // The pool comes with block production, which may gossip from its first block on.
    const joined = await openPeering(context, following, options.network, {
      writer,
      isSequencer: true,
      offer: (raw, sender) => (producer === undefined ? 'not_now' : offerTx(producer.mempool, raw, sender)),
      locals: () => [],
      disputed: (dispute) => events.send({ kind: 'disputed', dispute }),
    })
    peering = joined
    const started = startProducer({
      ...context,
      events,
      peers: joined.backend,
      sealed: (block) => {
        joined.sealed(block)
        joined.changed()
      },
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
      network: joined.status,
      collect: (metrics) => {
        started.collect(metrics)
        following.collect(metrics)
        posting?.collect(metrics)
        joined.collect(metrics)
      },
      closed: together([started.closed, following.run(), sending, joined.run()], stop),
    }
  } catch (error) {
    stop.abort()
    await following.close()
    throw error
  }
}
