import { type Fields, openFields, takeAddress, takeHash, takeUint, takeUint64, takeUint256 } from '../../core/fields.ts'
import { bigintToBytes, type Hash, hexToBytes } from '../../core/hex.ts'
import type { L1Block } from '../../core/ports/l1.ts'
import { decodeRlp, encodeRlp, type RlpItem } from '../../core/rlp.ts'
import type { SystemConfig } from '../../core/rules.ts'
import type { DepositTx } from '../../core/tx.ts'
import { decodeTx } from '../../core/txDecode.ts'
import { encodeTx } from '../../core/txEncode.ts'
import type { BlockRef } from '../../state/heads.ts'
import type { L1Config } from '../config.ts'
import type { L1Ref } from '../source.ts'

/** The safe head with what its child needs of it: its time in seconds, its origin and its place in the origin's epoch. */
export type SafeRef = BlockRef & {
  readonly timestamp: bigint
  readonly origin: L1Ref
  readonly sequenceNumber: bigint
}

/**
 * The state of derivation after one L1 block: one entry of the database per block. The record of the genesis block's
 * origin has no deposits, `parentHash` zero, the configuration of the chain spec and genesis as its safe head.
 */
export type L1Record = {
  readonly block: L1Block
  readonly parentHash: Hash
  /** Of this L1 block alone, in order. */
  readonly deposits: readonly DepositTx[]
  /** In force from this L1 block on: for its own batches, and for L2 blocks whose origin it is. */
  readonly config: L1Config
  /** The safe head once all of this L1 block was folded. */
  readonly safe: SafeRef
}

/** RLP: [block, parentHash, deposits, config, safe]. */
export function encodeRecord({ block, parentHash, deposits, config, safe }: L1Record): Uint8Array {
  return encodeRlp([
    blockItem(block),
    hexToBytes(parentHash),
    deposits.map(encodeTx),
    configItem(config),
    [
      bigintToBytes(safe.number),
      hexToBytes(safe.hash),
      bigintToBytes(safe.timestamp),
      bigintToBytes(safe.origin.number),
      hexToBytes(safe.origin.hash),
      bigintToBytes(safe.sequenceNumber),
    ],
  ])
}

/** The record these bytes encode; undefined if they are none. */
export function decodeRecord(bytes: Uint8Array): L1Record | undefined {
  const item = decodeRlp(bytes)
  if (item === undefined || item instanceof Uint8Array || item.length !== 5) return undefined
  const [blockFields, configFields, safeFields] = [
    openFields(item[0], 7),
    openFields(item[3], 6),
    openFields(item[4], 6),
  ]
  const parent = openFields([item[1]!], 1)
  const record = {
    block: takeBlock(blockFields),
    parentHash: takeHash(parent),
    deposits: takeDeposits(item[2]!),
    config: takeConfig(configFields),
    safe: takeSafe(safeFields),
  }
  const { deposits } = record
  if (deposits === undefined || [blockFields, configFields, safeFields, parent].some(({ malformed }) => malformed)) {
    return undefined
  }
  return { ...record, deposits }
}

function blockItem(block: L1Block): RlpItem {
  return [
    bigintToBytes(block.number),
    hexToBytes(block.hash),
    bigintToBytes(block.timestamp),
    bigintToBytes(block.baseFee),
    bigintToBytes(block.blobBaseFee),
    hexToBytes(block.mixHash),
    hexToBytes(block.parentBeaconBlockRoot),
  ]
}

function takeBlock(fields: Fields): L1Block {
  return {
    number: takeUint64(fields),
    hash: takeHash(fields),
    timestamp: takeUint64(fields),
    baseFee: takeUint256(fields),
    blobBaseFee: takeUint256(fields),
    mixHash: takeHash(fields),
    parentBeaconBlockRoot: takeHash(fields),
  }
}

function configItem({ system, unsafeSigner }: L1Config): RlpItem {
  return [
    hexToBytes(system.batcherHash),
    bigintToBytes(system.gasLimit),
    bigintToBytes(BigInt(system.eip1559Denominator)),
    bigintToBytes(BigInt(system.eip1559Elasticity)),
    bigintToBytes(BigInt(system.daFeeScalar)),
    hexToBytes(unsafeSigner),
  ]
}

function takeConfig(fields: Fields): L1Config {
  const u32 = () => Number(takeUint(fields, 4))
  const system: SystemConfig = {
    batcherHash: takeHash(fields),
    gasLimit: takeUint64(fields),
    eip1559Denominator: u32(),
    eip1559Elasticity: u32(),
    daFeeScalar: u32(),
  }
  return { system, unsafeSigner: takeAddress(fields) }
}

function takeSafe(fields: Fields): SafeRef {
  return {
    number: takeUint64(fields),
    hash: takeHash(fields),
    timestamp: takeUint64(fields),
    origin: { number: takeUint64(fields), hash: takeHash(fields) },
    sequenceNumber: takeUint64(fields),
  }
}

function takeDeposits(item: RlpItem): readonly DepositTx[] | undefined {
  if (item instanceof Uint8Array) return undefined
  const deposits: DepositTx[] = []
  for (const raw of item) {
    const decoded = raw instanceof Uint8Array ? decodeTx(raw) : undefined
    if (decoded === undefined || 'reject' in decoded || decoded.tx.type !== 0x7e) return undefined
    deposits.push(decoded.tx)
  }
  return deposits
}
