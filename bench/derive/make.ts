import { type Address, bigintToFixed, bytesToHash, emptyBytes, type Hash, zeroHash } from '../../core/hex.ts'
import { keccakHash } from '../../core/keccak.ts'
import type { Kv } from '../../core/ports/kv.ts'
import type { L1Block } from '../../core/ports/l1.ts'
import type { Sign } from '../../core/ports/sign.ts'
import { privateKeyToAddress } from '../../core/secp256k1.ts'
import { signTx } from '../../core/txEnvelope.ts'
import { buildGenesis } from '../../genesis/buildGenesis.ts'
import { loadSpec } from '../../genesis/loadSpec.ts'
import { type ChainSpec, rulesOf, withAccounts } from '../../genesis/spec.ts'
import type { Batch } from '../../l1/batch/batch.ts'
import { blobCapacity, encodeBlob } from '../../l1/batch/blob.ts'
import { encodeChannel } from '../../l1/batch/channel.ts'
import { channelToPayloads } from '../../l1/batch/payload.ts'
import type { L1BlockData } from '../../l1/source.ts'
import { precompilesOf } from '../../node/precompiles.ts'
import { sealOp } from '../../p2p/follow/seals.ts'
import { sealBlock } from '../../p2p/wire/sealBlock.ts'
import { buildBlock } from '../../state/build.ts'
import { openChain } from '../../state/chain.ts'
import { createEthereumjsEngine } from '../../state/engines/ethereumjs/engine.ts'
import { createMemoryKv } from '../../state/store/memoryKv.ts'
import { numbersBelow } from './random.ts'

/** A chain and the L1 that holds it: plain data, so that other processes can have it. */
export type Rollup = {
  readonly spec: ChainSpec
  readonly l1: readonly L1BlockData[]
  readonly blobs: ReadonlyMap<Hash, Uint8Array>
  readonly batches: readonly (readonly Batch[])[]
  readonly head: Hash
  readonly transfers: number
}

const batcher = '0x00000000000000000000000000000000000ba7c4' as Address
const inbox = '0xff00000000000000000000000000000000007a69' as Address
/** L2 blocks, a second apart, in an L1 block. */
const blocksPerL1 = 12
const accountCount = 1_000

/** Where the chain is kept, and who seals its blocks for peers. */
export type Sealing = { readonly kv: Kv; readonly sign: Sign }

/**
 * Builds blocks of transfers between 1,000 accounts, and the L1 blocks with their batches in blobs. In memory, and
 * without seals, unless `sealing` is given.
 */
export async function makeRollup(blockCount: number, transfersPerBlock: number, sealing?: Sealing): Promise<Rollup> {
  const keys = Array.from({ length: accountCount }, (_, index) => bigintToFixed(BigInt(index + 1), 32))
  const senders = keys.map(privateKeyToAddress)
  const template = specOf(withAccounts(loadSpec('devnet'), senders, 10n ** 24n), sealing?.sign.address ?? batcher)
  // Fuller blocks than the target would raise the base fee with each of them.
  const gasLimit = BigInt(Math.max(8_000_000, 8 * 22_000 * transfersPerBlock))
  const spec = { ...template, systemConfig: { ...template.systemConfig, gasLimit } }
  // Six blobs are nearly full then.
  const blocksPerChannel = Math.min(480, Math.ceil(4_800 / transfersPerBlock))
  const rules = rulesOf(spec)
  const chain = await openChain({ kv: sealing?.kv ?? createMemoryKv(), genesis: buildGenesis(spec), rules })
  const precompiles = precompilesOf(spec)
  const engine = await createEthereumjsEngine({ rules, precompiles, blockHash: chain.reader.hashByNumber })
  const random = numbersBelow(7)
  const nonces = keys.map(() => 0n)
  const blobs = new Map<Hash, Uint8Array>()
  const l1: L1BlockData[] = []
  const batches: Batch[][] = [[]]
  let origin = spec.l1.origin
  let sequenceNumber = 0n

  function mine(inbox: L1BlockData['inbox']): L1Block {
    const parent = l1.at(-1)?.block ?? spec.l1.origin
    const number = parent.number + 1n
    const hash = keccakHash(bigintToFixed(number, 32))
    const block = { ...parent, number, hash, timestamp: parent.timestamp + 12n }
    l1.push({ block, parentHash: parent.hash, deposits: [], updates: [], inbox })
    return block
  }

  function transfer() {
    const from = random(accountCount)
    return signTx(
      {
        type: 2,
        chainId: spec.chainId,
        nonce: nonces[from]!++,
        gas: 21_000n,
        to: senders[random(accountCount)]!,
        value: BigInt(random(1_000_000)) * 10n ** 12n,
        data: emptyBytes,
        maxFeePerGas: 2_000_000_000n,
        maxPriorityFeePerGas: 1_000_000n,
        accessList: [],
      },
      keys[from]!,
    )
  }

  for (let index = 0; index < blockCount; index++) {
    if (index % blocksPerL1 === 0) {
      const full = batches.at(-1)!
      const posts = full.length >= blocksPerChannel
      origin = mine(posts ? [post(full, blobs)] : [])
      sequenceNumber = 0n
      if (posts) batches.push([])
    } else sequenceNumber++
    const parent = chain.header()
    const built = await buildBlock({
      parent,
      state: chain.state(),
      readNode: chain.reader.readNode,
      inputs: { origin, deposits: [], config: spec.systemConfig, sequenceNumber },
      timestamp: origin.timestamp + BigInt(index % blocksPerL1),
      txs: Array.from({ length: transfersPerBlock }, transfer),
      engine,
      rules,
    })
    if (built.skipped.length > 0) throw new Error(`transfers were refused: ${built.skipped[0]!.reject.reject}`)
    const sealed = sealing && (await sealBlock({ ...sealing, chainId: spec.chainId, epoch: 0n, block: built.block }))
    await chain.append(built, {}, sealed && [sealOp(built.block.hash, sealed.seal)])
    batches.at(-1)!.push({
      parentHash: built.block.header.parentHash,
      epochNumber: origin.number,
      epochHash: origin.hash,
      timestamp: built.block.header.timestamp,
      txs: built.block.transactions.slice(1).map(({ raw }) => raw),
    })
  }
  mine([post(batches.at(-1)!, blobs)])
  const { hash: head } = chain.heads().unsafe
  return { spec, l1, blobs, batches, head, transfers: blockCount * transfersPerBlock }
}

function post(batches: readonly Batch[], blobs: Map<Hash, Uint8Array>): L1BlockData['inbox'][number] {
  const channelId = new Uint8Array(16)
  const contents = channelToPayloads(encodeChannel(batches), { channelId, maxBytes: blobCapacity })
  const hashes = contents.map((content) => {
    const blob = encodeBlob(content)
    const hash = keccakHash(blob)
    blobs.set(hash, blob)
    return hash
  })
  return { hash: keccakHash(contents[0]!), from: batcher, costWei: 0n, payload: { kind: 'blobs', hashes } }
}

function specOf(spec: ChainSpec, unsafeSigner: Address): ChainSpec {
  const rollup = {
    inbox,
    portal: batcher,
    outputOracle: batcher,
    validatorRegistry: batcher,
    systemConfig: batcher,
    standardBridge: batcher,
    open: batcher,
    multicall3: batcher,
    unsafeSigner,
    sidecars: 'eip4844',
    originDepth: 0n,
  } as const
  const batcherHash = bytesToHash(bigintToFixed(BigInt(batcher), 32))
  const systemConfig = { ...spec.systemConfig, batcherHash }
  const origin = { ...spec.l1.origin, hash: zeroHash }
  return { ...spec, systemConfig, l1: { ...spec.l1, origin, rollup } }
}
