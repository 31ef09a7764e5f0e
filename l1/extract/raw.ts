import type { Address, Hash } from '../../core/hex.ts'
import type { L1Block } from '../../core/ports/l1.ts'

/** A log of an L1 transaction. `logIndex` counts within the block. */
export type RawL1Log = {
  readonly address: Address
  readonly topics: readonly Hash[]
  readonly data: Uint8Array
  readonly logIndex: bigint
}

/** An L1 transaction with what its receipt says. */
export type RawL1Tx = {
  readonly hash: Hash
  /** The recovered sender; undefined if nobody signed it, which development nodes let pass (impersonation). */
  readonly from: Address | undefined
  /** Absent: contract creation. */
  readonly to: Address | undefined
  readonly input: Uint8Array
  /** Of a blob transaction (type 3); otherwise empty. */
  readonly blobHashes: readonly Hash[]
  readonly isBlob: boolean
  readonly succeeded: boolean
  /** What it cost its sender: gas and blob gas, in wei. */
  readonly costWei: bigint
  readonly logs: readonly RawL1Log[]
}

/** An L1 block with all its transactions in order, checked against its hash. */
export type RawL1Block = {
  readonly block: L1Block
  readonly parentHash: Hash
  readonly txs: readonly RawL1Tx[]
}
