import { bigintToFixed, bytesToHash, emptyBytes, type Hash } from '../../../core/hex.ts'
import { keccakHash } from '../../../core/keccak.ts'
import type { DepositTx } from '../../../core/tx.ts'
import type { Batch } from '../../../l1/batch/batch.ts'
import type { DerivedBlock, Epoch, EpochAt } from '../../../l1/derive/epoch.ts'
import type { AppliedBlock } from '../../../l1/derive/fold.ts'
import type { L1Record, SafeRef } from '../../../l1/derive/record.ts'
import { spec } from './actor.ts'
import { origin, slotSec } from './fakeL1.ts'

/** Different for each number and salt. */
export function hashOf(number: bigint, salt = 0n): Hash {
  return keccakHash(bigintToFixed((salt << 64n) | number, 32))
}

export const config: L1Record['config'] = {
  system: { ...spec.systemConfig, gasLimit: 8_000_000n },
  unsafeSigner: spec.l1.rollup!.unsafeSigner,
}

/** An L1 block whose deposits take this gas together. */
export function epochOf(number: bigint, gas: readonly bigint[] = [], gasLimit = config.system.gasLimit): Epoch {
  const timestamp = origin.timestamp + (number - origin.number) * slotSec
  return {
    block: { ...origin, number, hash: hashOf(number), timestamp },
    deposits: gas.map((limit, index) => depositWith(number, index, limit)),
    config: { ...config, system: { ...config.system, gasLimit } },
  }
}

function depositWith(number: bigint, index: number, gas: bigint): DepositTx {
  const address = spec.l1.rollup!.open
  return {
    type: 0x7e,
    sourceHash: hashOf(number, BigInt(index + 1)),
    from: address,
    to: address,
    mint: 0n,
    value: 0n,
    gas,
    isSystemTx: false,
    data: emptyBytes,
  }
}

/** Empty L1 blocks, with some exceptions, up to a number. */
export function epochsTo(last: bigint, some: readonly Epoch[] = []): EpochAt {
  const special = new Map(some.map((epoch) => [epoch.block.number, epoch]))
  return (number) => (number < origin.number || number > last ? undefined : (special.get(number) ?? epochOf(number)))
}

/** A safe head with the origin of this number, at the origin's time. */
export function safeAt(number: bigint, sequenceNumber = 0n): SafeRef {
  const { block } = epochOf(number)
  return {
    number: 7n,
    hash: hashOf(7n, 99n),
    timestamp: block.timestamp,
    origin: { number, hash: block.hash },
    sequenceNumber,
  }
}

/** A good child of a safe head with the origin of this number, at its time. */
export function batchOn(safe: SafeRef, epochNumber: bigint, changes: Partial<Batch> = {}): Batch {
  const { block } = epochOf(epochNumber)
  const timestamp = later(block.timestamp, safe.timestamp)
  return { parentHash: safe.hash, epochNumber, epochHash: block.hash, timestamp, txs: [], ...changes }
}

/** The hash that `fakeApply` gives to a block: it depends on all that makes the block. */
export function fakeHash({ parent, inputs, timestamp, txs }: DerivedBlock): Hash {
  const { origin, deposits, config, sequenceNumber } = inputs
  const text = JSON.stringify([parent.hash, origin, deposits, config, sequenceNumber, timestamp, txs], (_, value) =>
    typeof value === 'bigint' ? value.toString() : value,
  )
  return keccakHash(new TextEncoder().encode(text))
}

/** Applies to nothing; keeps what it was given. */
export function createFakeApply(): {
  readonly apply: (block: DerivedBlock) => Promise<AppliedBlock>
  readonly blocks: DerivedBlock[]
} {
  const blocks: DerivedBlock[] = []
  return {
    blocks,
    async apply(block) {
      blocks.push(block)
      const hash = fakeHash(block)
      return { number: block.parent.number + 1n, hash, transactions: block.txs.length, feesWei: 3n, isWhole: true }
    },
  }
}

export const someHash = bytesToHash(new Uint8Array(32).fill(0xee))

function later(a: bigint, b: bigint): bigint {
  return a > b ? a : b
}
