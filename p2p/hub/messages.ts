import type { Clock } from '../../core/ports/clock.ts'
import type { PeerId, Topic } from '../../core/ports/net.ts'
import type { Gate } from '../gossip/gate.ts'
import type { NetLimits, Rate } from '../limits.ts'
import type { Bans } from '../peers/bans.ts'
import { createRates } from '../peers/rates.ts'
import type { Verdict } from '../verdict.ts'
import type { Conduct } from './conduct.ts'
import type { Peers } from './peers.ts'

/** What becomes of a gossiped message: first who sends it and how much, then the gate. */
export function createMessages({
  peers,
  bans,
  conduct,
  gate,
  limits,
  clock,
}: {
  readonly peers: Peers
  readonly bans: Pick<Bans, 'isBanned'>
  readonly conduct: Conduct
  readonly gate: Gate
  readonly limits: NetLimits
  readonly clock: Pick<Clock, 'nowMs'>
}): (peer: PeerId, topic: Topic, data: Uint8Array) => Promise<Verdict> {
  const ratesOf = (topic: Topic) => {
    const each = limits.gossip[topic]
    const { floodFactor, maxRemembered: maxPeers, maxPeers: sharers, gossipTotalFactor } = limits
    return createRates({ each, total: times(each, gossipTotalFactor[topic]), sharers, floodFactor, maxPeers, clock })
  }
  const rates = { blocks: ratesOf('blocks'), txs: ratesOf('txs'), attestations: ratesOf('attestations') }

  async function judge(id: PeerId, topic: Topic, data: Uint8Array): Promise<Verdict> {
    const take = rates[topic].take(id)
    if (take === 'flood') conduct.blame(id, 'flood')
    if (take !== 'ok') return 'ignore'
    const verdict = await gate.message(id, topic, data)
    if (verdict === 'accept') conduct.credit(id, limits.acceptCredit)
    return verdict
  }

  return async (id, topic, data) => {
    const peer = peers.get(id)
    if (peer === undefined || bans.isBanned(id)) return 'ignore'
    const verdict = await judge(id, topic, data)
    peer.messages[verdict]++
    return verdict
  }
}

function times({ perSec, burst }: Rate, factor: number): Rate {
  return { perSec: perSec * factor, burst: burst * factor }
}
