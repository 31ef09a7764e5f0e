import { toQuantity } from '../../core/json.ts'
import type { PeerInfo, PeerStatus } from '../../core/ports/net.ts'
import type { NetBackend } from '../backend.ts'
import type { RpcContext } from '../context.ts'
import { failureWithHint, type RpcFailure } from '../errors.ts'
import { type Answer, type Method, method } from '../method.ts'
import { bad, param } from '../params/param.ts'

/** Addresses and ids of peers are shorter. */
const maxPeerLength = 512

const peerText = param('STRING', (value) =>
  typeof value === 'string' && value.length <= maxPeerLength && /^[!-~]+$/.test(value)
    ? value
    : bad('multiaddr or peer id expected'),
)

type NetHandler<A extends readonly unknown[]> = (net: NetBackend, ...args: A) => Promise<Answer>

/** With the network, or the failure that there is none here. */
async function withNet<A extends readonly unknown[]>(
  { backend }: RpcContext,
  use: NetHandler<A>,
  ...args: A
): Promise<Answer | RpcFailure> {
  return backend.net === undefined ? noNet : await use(backend.net, ...args)
}

const noNet = failureWithHint(
  'unsupported',
  'this node takes no part in the network of nodes',
  'start it without --no-p2p, and with a chain that has contracts on L1',
)

/** geth's names; what is of devp2p there is of libp2p here. */
export const adminMethods: readonly Method[] = [
  method({
    name: 'admin_nodeInfo',
    summary: 'This node in the network: its id, the addresses that others can dial, and how many peers it has.',
    handle: (context) =>
      withNet(context, async (net) => {
        const { id, addresses, peers, banned } = await net.info()
        const { view, rules, clientVersion } = context
        const { number, hash } = view.heads().unsafe
        const chain = {
          network: Number(rules.chainId),
          genesis: view.find({ tag: 'earliest' })?.hash,
          head: hash,
          number: toQuantity(number),
        }
        return {
          id,
          name: clientVersion,
          listenAddr: addresses[0] ?? null,
          addresses,
          peers,
          banned,
          protocols: { openledger: chain },
        }
      }),
  }),
  method({
    name: 'admin_peers',
    summary:
      'The connected peers: addresses, scores (0 is neutral, a peer below -100 is banned), where they say they are.',
    handle: (context) => withNet(context, async (net) => (await net.peers()).map(peerJson)),
  }),
  method({
    name: 'admin_addPeer',
    summary: 'Connects with the peer at a multiaddr, and stays connected; false if it is not reached now.',
    params: [peerText],
    handle: (context, [address]) => withNet(context, (net) => net.addPeer(address)),
  }),
  method({
    name: 'admin_removePeer',
    summary: 'Forgets a peer, by its id or multiaddr, and disconnects it; false if it is not known.',
    params: [peerText],
    handle: (context, [peer]) => withNet(context, (net) => net.removePeer(peer.slice(peer.lastIndexOf('/') + 1))),
  }),
]

function peerJson(peer: PeerInfo): unknown {
  return {
    id: peer.id,
    name: peer.agent ?? null,
    network: {
      remoteAddress: peer.address,
      inbound: peer.direction === 'inbound',
      static: peer.isPersistent,
      connectedSince: new Date(peer.sinceMs).toISOString(),
      latencyMs: peer.latencyMs ?? null,
    },
    score: peer.score,
    topics: peer.topics,
    messages: peer.messages,
    protocols: { openledger: peer.status === undefined ? null : statusJson(peer.status) },
  }
}

function statusJson({ genesis, ...heads }: PeerStatus): unknown {
  const refs = Object.entries(heads).map(([label, { number, hash }]) => [label, { number: toQuantity(number), hash }])
  return { genesis, ...Object.fromEntries(refs) }
}
