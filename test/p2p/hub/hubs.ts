import { type Block, encodeBlock } from '../../../core/block.ts'
import { headerHash } from '../../../core/header.ts'
import { bytesToBigint, type Hash, hexToBytes, zeroHash } from '../../../core/hex.ts'
import { createManualClock, type ManualClock } from '../../../core/ports/manualClock.ts'
import type { GossipedBlock, Net, NetListener, NetView, PeerId, PeerStatus } from '../../../core/ports/net.ts'
import type { Sign } from '../../../core/ports/sign.ts'
import { privateKeyToAddress, sign } from '../../../core/secp256k1.ts'
import type { TxEnvelope } from '../../../core/tx.ts'
import { createHub, type HubOptions } from '../../../p2p/hub/hub.ts'
import type { Connection, Transport, TransportHandlers } from '../../../p2p/transport.ts'
import { sealBlock } from '../../../p2p/wire/sealBlock.ts'
import { encodeStatus } from '../../../p2p/wire/status.ts'
import { createRandom } from '../../core/random.ts'
import { makeHeader } from '../../sequencer/fixtures.ts'
import { createVirtualNet, type VirtualNet } from '../virtualNet.ts'

export const chainId = 31337n
export const genesis = `0x${'11'.repeat(32)}` as Hash
const key = new Uint8Array(32).fill(7)
export const signer: Sign = {
  address: privateKeyToAddress(key),
  sign: async (digest) => sign(hexToBytes(digest), key),
}

/** What a hub told its listener. */
export type Heard = {
  readonly blocks: GossipedBlock[]
  readonly txs: Uint8Array[]
  readonly statuses: { readonly peer: PeerId; readonly status: PeerStatus }[]
  readonly gone: PeerId[]
  readonly logs: { readonly level: string; readonly text: string; readonly fields: object }[]
}
export type TestHub = { readonly net: Net; readonly heard: Heard }

/** A peer without a hub: it does what the test says. */
export type RawPeer = { readonly transport: Transport; readonly connected: Connection[]; readonly lost: PeerId[] }

export type HubWorld = {
  readonly clock: ManualClock
  readonly net: VirtualNet
  start(name: string, options?: Partial<HubOptions>): Promise<TestHub>
  startRaw(name: string, handlers?: Partial<TransportHandlers>, ip?: string): Promise<RawPeer>
  /** Lets time pass until a promise is settled, at most ten minutes. */
  settle<T>(promise: Promise<T>): Promise<T>
  close(): Promise<void>
}

/** Hubs and raw peers on a virtual network, from a seed. Time begins at a second that blocks of `chainOf` are of. */
export function createHubWorld(seed = 1): HubWorld {
  const clock = createManualClock(startMs)
  const next = createRandom(seed)
  const random = () => Number(bytesToBigint(next().subarray(0, 6))) / 2 ** 48
  const net = createVirtualNet({ clock, random })
  const nets: Net[] = []
  return {
    clock,
    net,
    async start(name, options = {}) {
      const heard: Heard = { blocks: [], txs: [], statuses: [], gone: [], logs: [] }
      const write = (level: string) => (fields: object, text: string) => void heard.logs.push({ level, text, fields })
      const hub = await createHub({
        startTransport: net.join(name),
        listener: listenerOf(heard),
        view: viewAt(0n),
        reads: { blockAt: () => undefined, blob: () => undefined },
        chainId,
        genesis,
        rules: { maxBlockBytes: 2_097_152, maxTxBytes: 131_072 },
        attestationDomain: undefined,
        persistent: [],
        bootnodes: [],
        allow: [],
        deny: [],
        clock,
        random,
        log: { info: write('info'), warn: write('warn'), debug: write('debug') },
        signal: new AbortController().signal,
        ...options,
      })
      nets.push(hub)
      return { net: hub, heard }
    },
    async startRaw(name, handlers = {}, ip) {
      const connected: Connection[] = []
      const lost: PeerId[] = []
      const transport = await net.join(
        name,
        ip,
      )({
        admits: () => true,
        connected: (connection) => void connected.push(connection),
        disconnected: (peer) => void lost.push(peer),
        message: async () => 'accept',
        request: async (_, protocol) => (protocol === 'status' ? encodeStatus(statusAt(0n)) : undefined),
        score: () => 0,
        ...handlers,
      })
      return { transport, connected, lost }
    },
    async settle(promise) {
      const state = { isPending: true }
      const done = () => {
        state.isPending = false
      }
      promise.then(done, done)
      for (let ms = 0; state.isPending && ms < 600_000; ms += 10) await clock.advance(10)
      if (state.isPending) throw new Error('not settled within ten minutes')
      return await promise
    },
    close: async () => void (await Promise.all(nets.map((one) => one.close()))),
  }
}

export function listenerOf(heard: Heard): NetListener {
  return {
    async block(block) {
      heard.blocks.push(block)
      return 'imported'
    },
    async tx(raw) {
      heard.txs.push(raw)
      return 'accepted'
    },
    attestation: async () => 'counted',
    status: (peer, status) => void heard.statuses.push({ peer, status }),
    gone: (peer) => void heard.gone.push(peer),
  }
}

const startMs = 1_700_000_000_000

export function statusAt(number: bigint, change: Partial<PeerStatus> = {}): PeerStatus {
  const ref = { number: 0n, hash: genesis }
  return { genesis, unsafe: { number, hash: zeroHash }, safe: ref, finalized: ref, ...change }
}

export function viewAt(number: bigint): NetView {
  return { status: statusAt(number), signers: [signer.address], validators: [] }
}

/** A chain of well-formed blocks, numbers from 1. */
export function chainOf(length: number, transactions: readonly TxEnvelope[] = []): Block[] {
  const blocks: Block[] = []
  let parentHash = genesis
  for (let number = 1n; number <= length; number++) {
    const header = makeHeader({ number, parentHash, timestamp: BigInt(startMs / 1_000) })
    parentHash = headerHash(header)
    blocks.push({ header, hash: parentHash, transactions })
  }
  return blocks
}

/** Reads of a chain of `chainOf`. */
export function readsOf(blocks: readonly Block[]): HubOptions['reads'] {
  return {
    blockAt(number) {
      const block = blocks[Number(number) - 1]
      return block === undefined ? undefined : { raw: encodeBlock(block), seal: undefined }
    },
    blob: () => undefined,
  }
}

/** The gossiped form of a block, sealed by `signer`. */
export async function messageOf(block: Block): Promise<Uint8Array> {
  return (await sealBlock({ chainId, epoch: 0n, block, sign: signer })).message
}
