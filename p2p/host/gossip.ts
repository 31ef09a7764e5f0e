import { createHash } from 'node:crypto'
import { BlockList, isIP } from 'node:net'
import {
  type GossipSub,
  type GossipSubComponents,
  gossipsub,
  type Message,
  StrictNoSign,
  TopicValidatorResult,
} from '@libp2p/gossipsub'
import { createTopicScoreParams } from '@libp2p/gossipsub/score'
import type { PeerId as LibraryPeerId } from '@libp2p/interface'
import type { Topic } from '../../core/ports/net.ts'
import { maxMessageBytes, type TransportHandlers } from '../transport.ts'
import type { Verdict } from '../verdict.ts'
import { tameGossip } from './gossipBounds.ts'
import type { HostLimits } from './limits.ts'

/** The topics of a chain by the names they have on the wire. */
export type TopicNames = ReadonlyMap<string, Topic>

/** Bytes of a frame beside its messages: announcements of others, grafts. */
const controlBytes = 65_536
/** Bytes of the largest message that is sent: with what may come in the same frame, no frame is too long. */
export const maxSentBytes = maxMessageBytes - controlBytes

const verdicts: Readonly<Record<Verdict, TopicValidatorResult>> = {
  accept: TopicValidatorResult.Accept,
  ignore: TopicValidatorResult.Ignore,
  reject: TopicValidatorResult.Reject,
}

/**
 * Gossip of exactly these topics, unsigned, with ids that are hashes. The numbers are those of the OP Stack's nodes and
 * of Ethereum's, with limits on control messages that suit three topics.
 */
export function gossipService(
  topics: TopicNames,
  handlers: Pick<TransportHandlers, 'score'>,
  limits: HostLimits,
): (components: GossipSubComponents) => GossipSub {
  const create = gossipsub({
    D: 8,
    Dlo: 6,
    Dhi: 12,
    Dlazy: 6,
    heartbeatInterval: 500,
    seenTTL: 65_000,
    globalSignaturePolicy: StrictNoSign,
    fallbackToFloodsub: false,
    floodPublish: true,
    emitSelf: false,
    // Otherwise what found nobody would pass for sent, and could not be sent again for a minute.
    allowPublishToZeroTopicPeers: false,
    ignoreDuplicatePublishError: true,
    // The validator's promise decides whether a message is passed on.
    asyncValidation: false,
    doPX: false,
    allowedTopics: [...topics.keys()],
    maxInboundStreams: 2,
    maxOutboundStreams: 2,
    maxInboundDataLength: maxMessageBytes,
    maxOutboundBufferSize: limits.maxWaitingBytes,
    // Smaller messages are cheaper to send twice than to announce that they need not be sent.
    idontwantMinDataSize: 16_384,
    idontwantMaxMessages: 128,
    decodeRpcLimits: {
      maxSubscriptions: 16,
      maxMessages: 64,
      maxIhaveMessageIDs: 500,
      maxIwantMessageIDs: 500,
      maxIdontwantMessageIDs: 128,
      maxControlMessages: 64,
      maxPeerInfos: 16,
    },
    msgIdFn: ({ topic, data }) => messageId(topic, data),
    scoreParams: {
      topics: Object.fromEntries([...topics.keys()].map((name) => [name, topicScore])),
      topicScoreCap: 0,
      appSpecificScore: handlers.score,
      appSpecificWeight: 1,
      IPColocationFactorThreshold: 8,
      IPColocationFactorWeight: -5,
      IPColocationFactorWhitelist: localAddresses(),
      behaviourPenaltyWeight: -1,
      behaviourPenaltyThreshold: 6,
      behaviourPenaltyDecay: 0.9,
      decayInterval: 1_000,
      decayToZero: 0.1,
      retainScore: 60_000,
    },
    scoreThresholds: {
      gossipThreshold: -10,
      publishThreshold: -20,
      graylistThreshold: -40,
      // Peers are found by other means than hearsay.
      acceptPXThreshold: Number.MAX_SAFE_INTEGER,
      opportunisticGraftThreshold: 5,
    },
  })
  return (components) => tameGossip(create(components), { maxBytes: maxSentBytes })
}

/** Lets the handlers judge every message that arrives on the topics. */
export function validateGossip(
  gossip: Pick<GossipSub, 'topicValidators'>,
  topics: TopicNames,
  handlers: Pick<TransportHandlers, 'message'>,
): void {
  for (const [name, topic] of topics) {
    gossip.topicValidators.set(name, async (peer: LibraryPeerId, { data }: Message) => {
      return verdicts[await handlers.message(peer.toString(), topic, data)]
    })
  }
}

/** The first 20 bytes of SHA-256(length of the topic as u64 little-endian, topic, data). */
export function messageId(topic: string, data: Uint8Array): Uint8Array {
  const name = Buffer.from(topic)
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(name.length))
  return new Uint8Array(createHash('sha256').update(length).update(name).update(data).digest().subarray(0, 20))
}

/** Only what is invalid counts here: some twenty messages in a row, and a peer is not listened to for a while. */
const topicScore = createTopicScoreParams({
  topicWeight: 1,
  timeInMeshWeight: 0,
  firstMessageDeliveriesWeight: 0,
  meshMessageDeliveriesWeight: 0,
  meshFailurePenaltyWeight: 0,
  invalidMessageDeliveriesWeight: -0.1,
  invalidMessageDeliveriesDecay: 0.95,
})

/** Addresses that many honest peers may share: this machine's, and those of private networks. */
function localAddresses(): Set<string> {
  const blocks = new BlockList()
  blocks.addSubnet('127.0.0.0', 8, 'ipv4')
  blocks.addSubnet('10.0.0.0', 8, 'ipv4')
  blocks.addSubnet('172.16.0.0', 12, 'ipv4')
  blocks.addSubnet('192.168.0.0', 16, 'ipv4')
  blocks.addSubnet('169.254.0.0', 16, 'ipv4')
  blocks.addAddress('::1', 'ipv6')
  blocks.addSubnet('fc00::', 7, 'ipv6')
  blocks.addSubnet('fe80::', 10, 'ipv6')
  const addresses = new Set<string>()
  addresses.has = (ip) => isIP(ip) !== 0 && blocks.check(ip, isIP(ip) === 6 ? 'ipv6' : 'ipv4')
  return addresses
}
