import type { KadDHT } from '@libp2p/kad-dht'
import { assert } from '../../core/errors.ts'
import { createRates } from '../peers/rates.ts'

// The library keeps for a day whatever strangers say that they provide, without a limit, and answers as much as it is
// asked. Of the table only peers are wanted.

type Message = { readonly type: string; readonly key?: Uint8Array }
type PeerName = { toString(): string }

/** What is used of the library beyond its declared interface; its version is pinned, and tests look at each of them. */
type Inner = { readonly rpc: { handleMessage(peer: PeerName, message: Message): Promise<unknown> } }

/** What is answered: which peers are near a key, and that this one is there. */
const served: ReadonlySet<string> = new Set(['FIND_NODE', 'PING'])

/** A node that fills its table asks a few dozen times. */
const limits = { each: { perSec: 4, burst: 100 }, total: { perSec: 50, burst: 500 }, floodFactor: 4, maxPeers: 1_024 }

/** Keys are hashes, or ids of peers. */
const maxKeyBytes = 256

/** Refuses what others want this node to keep, long keys, and what comes too often: its stream is reset. */
export function boundTable(table: KadDHT): KadDHT {
  const { rpc } = table as unknown as Inner
  assert(typeof rpc?.handleMessage === 'function', 'the table has the part that is bounded')
  const handle = rpc.handleMessage.bind(rpc)
  const rates = createRates({ ...limits, clock: { nowMs: () => Date.now() } })
  rpc.handleMessage = async (peer, message) => {
    const isShort = (message.key?.length ?? 0) <= maxKeyBytes
    if (!served.has(message.type) || !isShort || rates.take(peer.toString()) !== 'ok') throw new Error('refused')
    return await handle(peer, message)
  }
  return table
}
