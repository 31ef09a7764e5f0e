import { NodeError } from '../../../core/errors.ts'
import { type Address, bigintToFixed, concatBytes, emptyBytes, type Hash, hexToBytes } from '../../../core/hex.ts'
import { keccakHash } from '../../../core/keccak.ts'
import { depositSourceHash } from '../../../core/l1Attributes.ts'
import type { L1Block } from '../../../core/ports/l1.ts'
import type { DepositTx } from '../../../core/tx.ts'
import type { Batch } from '../../../l1/batch/batch.ts'
import { encodeBlob } from '../../../l1/batch/blob.ts'
import { encodeChannel } from '../../../l1/batch/channel.ts'
import { channelToPayloads } from '../../../l1/batch/payload.ts'
import type { ConfigUpdate, InboxTx, L1BlockData, L1Source } from '../../../l1/source.ts'

export const gwei = 10n ** 9n
export const batcher = `0x${'ba'.repeat(20)}` as Address
export const originTime = 1_700_000_000n
export const slotSec = 12n

/** The L1 block that the test chains begin at. */
export const origin: L1Block = l1Block(100n, originTime, keccakHash(Uint8Array.of(1)))

function l1Block(number: bigint, timestamp: bigint, hash: Hash): L1Block {
  return {
    number,
    hash,
    timestamp,
    baseFee: gwei,
    blobBaseFee: 1n,
    mixHash: keccakHash(hexToBytes(hash)),
    parentBeaconBlockRoot: keccakHash(concatBytes(hexToBytes(hash), Uint8Array.of(1))),
  }
}

export type DepositFields = Partial<Omit<DepositTx, 'type' | 'sourceHash'>>

/** What a mined block has beside its place. */
export type Content = {
  readonly deposits?: readonly DepositFields[]
  readonly updates?: readonly ConfigUpdate[]
  readonly inbox?: readonly InboxTx[]
  /** Makes siblings differ. */
  readonly salt?: string
}

export type Call = Exclude<keyof L1Source, 'isBlobOf'>

/** A list of L1 blocks that tests write as they like. */
export type FakeL1 = {
  readonly source: L1Source
  head(): L1Block
  mine(content?: Content): L1Block
  mineMany(count: number): void
  /** Takes the newest blocks away. */
  drop(count: number): void
  finalize(number: bigint): void
  /** L1 as it is now: what it gives puts L1 back there. */
  snapshot(): () => void
  /** Keeps blobs until they are asked for; `forget` loses them. */
  readonly blobs: Map<Hash, Uint8Array>
  /** While set, called before each answer: it may throw. */
  fault: ((call: Call, number: bigint | undefined) => void) | undefined
  /** What answers instead, for those calls that are in it. */
  override: Partial<L1Source>
  /** Answers given so far. */
  readonly calls: Record<Call, number>
  /** The head that is told, if not the newest. */
  toldHead: bigint | undefined
}

export function createFakeL1(): FakeL1 {
  const blocks: L1BlockData[] = []
  let final: bigint | undefined
  const newest = () => blocks.at(-1)?.block ?? origin
  const at = (number: bigint) => (number === origin.number ? origin : dataAt(number)?.block)
  const dataAt = (number: bigint) => blocks[Number(number - origin.number - 1n)]
  const told = () => {
    const { number, hash } = at(fake.toldHead ?? newest().number)!
    return { number, hash }
  }
  const answer = <T>(call: Call, number: bigint | undefined, value: () => T): Promise<T> => {
    fake.calls[call]++
    return Promise.resolve().then(() => {
      fake.fault?.(call, number)
      return value()
    })
  }
  const fake: FakeL1 = {
    calls: { head: 0, finalized: 0, hashAt: 0, block: 0, blobs: 0 },
    fault: undefined,
    override: {},
    toldHead: undefined,
    blobs: new Map(),
    head: newest,
    mine({ deposits = [], updates = [], inbox = [], salt = '' } = {}) {
      const parent = newest()
      const number = parent.number + 1n
      const text = new TextEncoder().encode(salt)
      const hash = keccakHash(concatBytes(hexToBytes(parent.hash), bigintToFixed(number, 8), text))
      const block = l1Block(number, parent.timestamp + slotSec, hash)
      const minted = deposits.map((fields, index) => depositOf(hash, BigInt(index), fields))
      blocks.push({ block, parentHash: parent.hash, deposits: minted, updates, inbox })
      return block
    },
    mineMany(count) {
      for (let index = 0; index < count; index++) fake.mine()
    },
    drop(count) {
      blocks.length -= count
    },
    finalize(number) {
      final = number
    },
    snapshot() {
      const [kept, keptFinal] = [[...blocks], final]
      return () => {
        blocks.splice(0, blocks.length, ...kept)
        final = keptFinal
      }
    },
    source: overridable(() => fake.override, {
      head: () => answer('head', undefined, told),
      finalized: () =>
        answer('finalized', undefined, () => {
          const block = final === undefined ? undefined : at(final)
          return block && { number: block.number, hash: block.hash }
        }),
      hashAt: (number) => answer('hashAt', number, () => (number > told().number ? undefined : at(number)?.hash)),
      block: (number) => answer('block', number, () => (number > told().number ? undefined : dataAt(number))),
      blobs: (block, hashes) =>
        answer('blobs', block.number, () => {
          const found = hashes.map((hash) => [hash, fake.blobs.get(hash)] as const)
          if (found.some(([, blob]) => blob === undefined)) throw outage('blob_missing')
          return new Map(found as [Hash, Uint8Array][])
        }),
    }),
  }
  return fake
}

function overridable(override: () => Partial<L1Source>, source: L1Source): L1Source {
  return {
    head: () => (override().head ?? source.head)(),
    finalized: () => (override().finalized ?? source.finalized)(),
    hashAt: (number) => (override().hashAt ?? source.hashAt)(number),
    block: (number) => (override().block ?? source.block)(number),
    blobs: (block, hashes) => (override().blobs ?? source.blobs)(block, hashes),
  }
}

export function outage(code: string): NodeError {
  return new NodeError({ code, severity: 'retry', message: `L1 fails: ${code}` })
}

function depositOf(l1BlockHash: Hash, logIndex: bigint, fields: DepositFields): DepositTx {
  return {
    type: 0x7e,
    sourceHash: depositSourceHash({ domain: 'user', l1BlockHash, logIndex }),
    from: `0x${'d0'.repeat(20)}` as Address,
    to: `0x${'d1'.repeat(20)}` as Address,
    mint: 0n,
    value: 0n,
    gas: 100_000n,
    isSystemTx: false,
    data: emptyBytes,
    ...fields,
  }
}

let posted = 0n

/** A transaction to the inbox with anything in it. */
export function calldataTx(data: Uint8Array, from: Address = batcher): InboxTx {
  return {
    hash: keccakHash(bigintToFixed(++posted, 32)),
    from,
    costWei: 1_000n + posted,
    payload: { kind: 'calldata', data },
  }
}

/** Batches in one channel, as calldata. */
export function batchTx(batches: readonly Batch[], from: Address = batcher): InboxTx {
  return calldataTx(payloadsOf(batches, 120_000)[0]!, from)
}

/** Batches in one channel, in blobs of little content, which L1 keeps. */
export function blobTx(l1: FakeL1, batches: readonly Batch[], maxBytes = 400): InboxTx {
  const hashes = payloadsOf(batches, maxBytes).map((content) => {
    const blob = encodeBlob(content)
    const hash = keccakHash(blob)
    l1.blobs.set(hash, blob)
    return hash
  })
  return { ...calldataTx(emptyBytes), payload: { kind: 'blobs', hashes } }
}

function payloadsOf(batches: readonly Batch[], maxBytes: number): Uint8Array[] {
  return channelToPayloads(encodeChannel(batches, 1), { channelId: new Uint8Array(16).fill(7), maxBytes })
}
