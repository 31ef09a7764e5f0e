import type { Libp2p, Connection as LibraryConnection } from '@libp2p/interface'
import type { PeerId } from '../../core/ports/net.ts'
import type { Connection, ConnectionState, TransportHandlers } from '../transport.ts'
import { ipIn } from './addresses.ts'

/** Who is connected, by the connection that is used to reach them. */
export type Contacts = {
  all(): readonly Connection[]
  connection(peer: PeerId): LibraryConnection | undefined
  told(peer: PeerId): Pick<ConnectionState, 'agent' | 'latencyMs'>
  disconnect(peer: PeerId): void
}

/** Characters of a peer's name of its software that are kept. */
const maxAgentLength = 64

/** Tells the handlers of peers that come and go, once each. */
export function createContacts(
  node: Pick<Libp2p, 'addEventListener' | 'getConnections'>,
  handlers: Pick<TransportHandlers, 'connected' | 'disconnected'>,
): Contacts {
  const present = new Map<PeerId, { readonly contact: Connection; agent: string | undefined }>()

  function openTo(peer: PeerId): readonly LibraryConnection[] {
    return node.getConnections().filter(({ remotePeer, status }) => status === 'open' && remotePeer.toString() === peer)
  }

  node.addEventListener('peer:connect', ({ detail }) => {
    const peer = detail.toString()
    const connection = openTo(peer)[0]
    if (connection === undefined || present.has(peer)) return
    const { remoteAddr, direction } = connection
    const contact = { peer, address: remoteAddr.toString(), ip: ipIn(remoteAddr), direction }
    present.set(peer, { contact, agent: undefined })
    handlers.connected(contact)
  })
  node.addEventListener('peer:disconnect', ({ detail }) => {
    if (present.delete(detail.toString())) handlers.disconnected(detail.toString())
  })
  node.addEventListener('peer:identify', ({ detail }) => {
    const entry = present.get(detail.peerId.toString())
    if (entry !== undefined) entry.agent = printable(detail.agentVersion)
  })

  return {
    all: () => [...present.values()].map(({ contact }) => contact),
    connection: (peer) => (present.has(peer) ? openTo(peer)[0] : undefined),
    told: (peer) => ({
      agent: present.get(peer)?.agent,
      latencyMs: openTo(peer).find(({ rtt }) => rtt !== undefined)?.rtt,
    }),
    disconnect(peer) {
      for (const connection of openTo(peer)) connection.abort(new Error('disconnected'))
    },
  }
}

function printable(text: string | undefined): string | undefined {
  return text?.slice(0, maxAgentLength).replace(/[^ -~]/g, '?')
}
