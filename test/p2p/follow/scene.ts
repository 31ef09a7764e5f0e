import assert from 'node:assert/strict'
import { type Block, encodeBlock } from '../../../core/block.ts'
import type { Hash } from '../../../core/hex.ts'
import { hexToBytes } from '../../../core/hex.ts'
import type { Kv } from '../../../core/ports/kv.ts'
import type { BlockCode, GossipedBlock, Net, Offence, PeerId, ServedBlock } from '../../../core/ports/net.ts'
import type { Sign } from '../../../core/ports/sign.ts'
import type { Seal } from '../../../core/seal.ts'
import { sign as signDigest } from '../../../core/secp256k1.ts'
import { rulesOf } from '../../../genesis/spec.ts'
import { extractL1 } from '../../../l1/extract/extract.ts'
import {
  type ChainChange,
  createSerialWriter,
  type Follower,
  type FollowWriter,
  openFollower,
} from '../../../l1/follow.ts'
import type { OriginView } from '../../../l1/origins.ts'
import { precompilesOf } from '../../../node/precompiles.ts'
import type { Finding } from '../../../p2p/evidence/finding.ts'
import { type BlockFollower, type BlockFollowerOptions, createBlockFollower } from '../../../p2p/follow/follow.ts'
import { blockAt } from '../../../p2p/follow/serve.ts'
import { compressBlock } from '../../../p2p/wire/compress.ts'
import { sealBlock } from '../../../p2p/wire/sealBlock.ts'
import { type Chain, openChain } from '../../../state/chain.ts'
import { createEthereumjsEngine } from '../../../state/engines/ethereumjs/engine.ts'
import { createMemoryKv } from '../../../state/store/memoryKv.ts'
import { createFaults, type L1Faults, sourceOf } from '../../rollup/l1/ports.ts'
import type { TestNode } from '../../rollup/node.ts'
import { roles } from '../../rollup/spec.ts'
import type { World } from '../../rollup/world.ts'

/** A key that signs. */
export function signOf({ address, privateKey }: Pick<typeof roles.signer, 'address' | 'privateKey'>): Sign {
  return { address, sign: async (digest) => signDigest(hexToBytes(digest), privateKey) }
}

export const genuine = signOf(roles.signer)

/** How a peer answers a request for blocks. */
export type Peer = (from: bigint, count: number) => Promise<readonly ServedBlock[] | undefined>

/** A net of which the test decides everything. */
export type FakeNet = Pick<Net, 'blocks' | 'blame'> & {
  readonly peers: Map<PeerId, Peer>
  readonly blamed: { readonly peer: PeerId; readonly offence: Offence }[]
  readonly asked: { readonly peer: PeerId | undefined; readonly from: bigint; readonly count: number }[]
}

export function createFakeNet(): FakeNet {
  const peers = new Map<PeerId, Peer>()
  const blamed: FakeNet['blamed'] = []
  const asked: FakeNet['asked'] = []
  return {
    peers,
    blamed,
    asked,
    async blocks({ from, count, peer }) {
      asked.push({ peer, from, count })
      const blocks = peer === undefined ? undefined : await peers.get(peer)?.(from, count)
      return peer === undefined || blocks === undefined ? undefined : { peer, blocks }
    },
    blame: (peer, offence) => void blamed.push({ peer, offence }),
  }
}

/** A node that follows gossip and L1. */
export type FollowNode = {
  readonly kv: Kv
  readonly chain: Chain
  readonly l1: Follower
  readonly faults: L1Faults
  readonly blocks: BlockFollower
  readonly net: FakeNet
  readonly writer: FollowWriter
  readonly findings: Finding[]
  readonly changes: ChainChange[]
  readonly lines: string[]
  /** Resolves when the follower's loops have ended; rejects with what ended them. */
  readonly running: Promise<void>
  /** Follows L1 until there is nothing to do. */
  sync(): Promise<'idle' | 'stalled'>
  stop(): Promise<void>
}

export type FollowNodeOptions = Partial<Pick<BlockFollowerOptions, 'isSequencer' | 'catchUp' | 'imported'>> & {
  readonly kv?: Kv
  /** Puts something between the follower and its view of L1. */
  readonly origins?: (view: OriginView) => OriginView
}

export async function openFollowNode(world: World, options: FollowNodeOptions = {}): Promise<FollowNode> {
  const { l1, spec, genesis, clock } = world
  const { kv = createMemoryKv(), origins = (view) => view, ...rest } = options
  const rules = rulesOf(spec)
  const chain = await openChain({ kv, genesis, rules })
  const engine = await createEthereumjsEngine({
    rules,
    precompiles: precompilesOf(spec),
    blockHash: chain.reader.hashByNumber,
  })
  const rollup = spec.l1.rollup
  assert(rollup !== undefined)
  const stopping = new AbortController()
  const [changes, findings, lines]: [ChainChange[], Finding[], string[]] = [[], [], []]
  const line = (_: object, text: string) => void lines.push(text)
  const log = { info: line, warn: line }
  const writer = createSerialWriter((change) => {
    changes.push(change)
    blocks.poke()
  })
  const faults = createFaults()
  const source = sourceOf(l1, (raw) => extractL1(raw, rollup), faults)
  const random = () => 0.5
  const follower = await openFollower({ source, chain, engine, rules, spec, clock, log, writer, random })
  const net = createFakeNet()
  const blocks = createBlockFollower({
    ...{ chain, engine, rules, spec, writer, clock, random, log },
    isSequencer: false,
    ...rest,
    origins: origins(follower.origins),
    net: () => net as unknown as Net,
    signal: stopping.signal,
    report: (finding) => void findings.push(finding),
  })
  const running = blocks.run()
  running.catch(() => {})
  return {
    ...{ kv, chain, l1: follower, faults, blocks, net, writer, findings, changes, lines, running },
    async sync() {
      for (let steps = 0; steps < 10_000; steps++) {
        const result = await follower.step()
        blocks.poke()
        if (result === 'idle' || result === 'stalled') return result
      }
      throw new Error('the follower never comes to rest')
    },
    async stop() {
      stopping.abort()
      await running
      await chain.close()
    },
  }
}

/** The canonical block of a node at a height. */
export function blockOf({ chain }: Pick<TestNode, 'chain'>, number: bigint): Block {
  const hash = chain.reader.hashByNumber(number)
  const block = hash === undefined ? undefined : chain.block(hash)
  assert(block !== undefined, `block ${number} is there`)
  return block
}

/** A block as it is gossiped, sealed by this key. */
export async function gossiped(
  world: Pick<World, 'spec'>,
  block: Block,
  { peer = 'anna', sign = genuine, epoch = 0n }: { peer?: PeerId; sign?: Sign; epoch?: bigint } = {},
): Promise<GossipedBlock> {
  const { chainId } = world.spec
  const { seal } = await sealBlock({ chainId, epoch, block, sign })
  const raw = encodeBlock(block)
  return { ...openedOf(block), peer, seal, compressed: compressBlock(raw) }
}

function openedOf(block: Block) {
  const { number, parentHash } = block.header
  const senders = block.transactions.map(({ from }) => from)
  return { number, parentHash, hash: block.hash, raw: encodeBlock(block), senders }
}

/** Gossips these blocks of a node to another, in this order; what became of each. */
export async function gossip(
  world: World,
  from: Pick<TestNode, 'chain'>,
  to: Pick<FollowNode, 'blocks'>,
  numbers: readonly bigint[],
  peer: PeerId = 'anna',
): Promise<readonly BlockCode[]> {
  const codes: BlockCode[] = []
  for (const number of numbers) {
    codes.push(await to.blocks.block(await gossiped(world, blockOf(from, number), { peer })))
  }
  return codes
}

/** A peer with the chain of a node, all of it sealed, or as `seal` says. */
export function peerOf(
  world: Pick<World, 'spec'>,
  node: Pick<TestNode, 'chain'>,
  seal: (block: Block) => Promise<Seal | undefined> = async (block) => (await gossiped(world, block)).seal,
): Peer {
  return async (from, count) => {
    const served: ServedBlock[] = []
    for (let number = from; served.length < count; number++) {
      const hash = node.chain.reader.hashByNumber(number)
      if (hash === undefined) break
      const block = node.chain.block(hash)!
      served.push({ ...openedOf(block), seal: await seal(block) })
    }
    return served
  }
}

/** A peer that gives what it has stored, as real ones do. */
export function storedPeer({ chain, kv }: Pick<FollowNode, 'chain' | 'kv'>): Peer {
  return async (from, count) => {
    const served: ServedBlock[] = []
    for (let number = from; served.length < count; number++) {
      const stored = blockAt(kv, number)
      if (stored === undefined) break
      const block = chain.block(chain.reader.hashByNumber(number)!)!
      served.push({ ...openedOf(block), ...stored })
    }
    return served
  }
}

/** A peer has told where it is: at this node's head, or as given. */
export function tell(
  { genesis }: Pick<World, 'genesis'>,
  to: Pick<FollowNode, 'blocks'>,
  peer: PeerId,
  { chain }: Pick<TestNode, 'chain'>,
  unsafe = chain.heads().unsafe.number,
): void {
  const heads = chain.heads()
  to.blocks.status(peer, { genesis: genesis.hash, ...heads, unsafe: { number: unsafe, hash: heads.unsafe.hash } })
}

/** Time passes until this is true, at most so many seconds. */
export async function until(
  { clock }: Pick<World, 'clock'>,
  isTrue: () => boolean,
  what: string,
  seconds = 30,
): Promise<void> {
  for (let tick = 0; tick < seconds * 20; tick++) {
    if (isTrue()) return
    await clock.advance(50)
    await new Promise(setImmediate)
  }
  assert.fail(`not within ${seconds} s: ${what}`)
}

export function headOf({ chain }: Pick<FollowNode, 'chain'>): { readonly number: bigint; readonly hash: Hash } {
  return chain.heads().unsafe
}
