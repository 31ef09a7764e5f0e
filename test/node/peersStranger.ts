import assert from 'node:assert/strict'
import { type Block, decodeBlock } from '../../core/block.ts'
import { type Header, headerHash } from '../../core/header.ts'
import { concatBytes, type Hash } from '../../core/hex.ts'
import { topics } from '../../core/ports/net.ts'
import { signerOf } from '../../node/keys/signer.ts'
import { hostTransport } from '../../p2p/host/host.ts'
import { createIdentity } from '../../p2p/host/identity.ts'
import type { Transport } from '../../p2p/transport.ts'
import { packBlocks } from '../../p2p/wire/blocks.ts'
import { inflateBlock } from '../../p2p/wire/compress.ts'
import { decodeEnvelope, type Envelope } from '../../p2p/wire/envelope.ts'
import { sealBlock } from '../../p2p/wire/sealBlock.ts'
import { encodeStatus } from '../../p2p/wire/status.ts'
import { until } from './rollupProcesses.ts'

/** A libp2p host in this process that knows the protocol, passes nothing on, and says what it is told to. */
export type Stranger = {
  readonly id: string
  readonly transport: Transport
  /** Blocks that others gossiped to it, by hash. */
  readonly blocks: ReadonlyMap<Hash, Uint8Array>
  say(message: Uint8Array): void
}

type Place = { readonly address: string; readonly peerId: string }

/** Starts a stranger and connects it with all of these. */
export async function startStranger(
  { chainId, genesis }: { readonly chainId: bigint; readonly genesis: Hash },
  places: readonly Place[],
  /** What it says its chain begins with, when it is asked. */
  claimed = genesis,
): Promise<Stranger> {
  const blocks = new Map<Hash, Uint8Array>()
  const first = { number: 0n, hash: genesis }
  const answers = {
    status: encodeStatus({ genesis: claimed, unsafe: first, safe: first, finalized: first }),
    blocks: packBlocks([]),
    blob: undefined,
  }
  const start = hostTransport({
    ...{ privateKey: createIdentity(), chainId, genesis, agent: 'stranger', maxPeers: 60 },
    ...{ listen: [], announce: [], bootnodes: [], mdns: false, dht: false },
  })
  const transport = await start({
    admits: () => true,
    connected: () => {},
    disconnected: () => {},
    request: async (_, protocol) => answers[protocol],
    score: () => 0,
    async message(_, topic, data) {
      const envelope = topic === 'blocks' ? decodeEnvelope(data) : undefined
      if (envelope !== undefined) blocks.set(envelope.hash, data)
      return 'ignore'
    },
  })
  const stranger: Stranger = {
    id: transport.self,
    transport,
    blocks,
    say: (message) => transport.publish('blocks', message),
  }
  try {
    for (const { address } of places) await transport.dial(address)
    if (claimed !== genesis) return stranger
    await until('they listen to the stranger', async () =>
      places.every(({ peerId }) => transport.state(peerId).topics.length === topics.length) ? true : undefined,
    )
    return stranger
  } catch (error) {
    await transport.close()
    throw error
  }
}

/** The block in a message. */
export function blockIn(message: Uint8Array): Block {
  const block = decodeBlock(inflateBlock(envelopeIn(message).compressed, 2 << 20)!)
  assert.ok('header' in block)
  return block
}

function envelopeIn(message: Uint8Array): Envelope {
  const envelope = decodeEnvelope(message)
  assert.ok(envelope !== undefined)
  return envelope
}

/** The same block with another header, sealed again. */
export async function altered(
  message: Uint8Array,
  change: Partial<Header>,
  { key, chainId }: { readonly key: Uint8Array; readonly chainId: bigint },
): Promise<{ readonly hash: Hash; readonly message: Uint8Array }> {
  const { header: before, transactions } = blockIn(message)
  const header = { ...before, ...change }
  const block = { header, hash: headerHash(header), transactions }
  const sealed = await sealBlock({ chainId, epoch: 0n, block, sign: signerOf(key) })
  return { hash: block.hash, message: sealed.message }
}

/** More bytes than a block can have, behind the head of a real message. */
export function oversized(message: Uint8Array): Uint8Array {
  return concatBytes(message, new Uint8Array(3 << 20))
}
