import { type Address, bigintToFixed, bytesToHash, concatBytes, type Hash, hexToBytes } from '../../../core/hex.ts'
import { keccakHash } from '../../../core/keccak.ts'
import type { SystemConfig } from '../../../core/rules.ts'
import type { RawL1Log } from '../../../l1/extract/raw.ts'

/** A log before its place in the block is known. */
export type LogDraft = Omit<RawL1Log, 'logIndex'>

const text = new TextEncoder()
const depositTopic = keccakHash(text.encode('TransactionDeposited(address,address,uint256,bytes)'))
const configTopic = keccakHash(text.encode('ConfigUpdate(uint256,uint8,bytes)'))

export type PortalDeposit = {
  readonly from: Address
  readonly to: Address | undefined
  readonly mint?: bigint
  readonly value?: bigint
  readonly gas?: bigint
  readonly data?: Uint8Array
}

/** What the Portal emits for a deposit. */
export function depositLog(portal: Address, deposit: PortalDeposit): LogDraft {
  const { from, to, mint = 0n, value = 0n, gas = 100_000n, data = new Uint8Array(0) } = deposit
  const isCreation = Uint8Array.of(to === undefined ? 1 : 0)
  const opaque = concatBytes(word(mint), word(value), bigintToFixed(gas, 8), isCreation, data)
  const topics = [depositTopic, addressWord(from), addressWord(to ?? (`0x${'00'.repeat(20)}` as Address)), asHash(0n)]
  return { address: portal, topics, data: dynamic(opaque) }
}

/** What SystemConfig emits for an update of this type with this content. */
export function configLog(systemConfig: Address, type: bigint, content: Uint8Array): LogDraft {
  return { address: systemConfig, topics: [configTopic, asHash(0n), asHash(type)], data: dynamic(content) }
}

/** The updates that make these changes of the configuration. */
export function configLogs(
  systemConfig: Address,
  changes: Partial<SystemConfig> & { readonly unsafeSigner?: Address },
): readonly LogDraft[] {
  const { batcherHash, daFeeScalar, gasLimit, unsafeSigner, eip1559Denominator, eip1559Elasticity } = changes
  const logs: LogDraft[] = []
  const add = (type: bigint, ...words: readonly Uint8Array[]) =>
    logs.push(configLog(systemConfig, type, concatBytes(...words)))
  if (batcherHash !== undefined) add(0n, hexToBytes(batcherHash))
  if (daFeeScalar !== undefined) add(1n, word(0n), word((1n << 248n) | (BigInt(daFeeScalar) << 32n)))
  if (gasLimit !== undefined) add(2n, word(gasLimit))
  if (unsafeSigner !== undefined) add(3n, hexToBytes(addressWord(unsafeSigner)))
  if (eip1559Denominator !== undefined && eip1559Elasticity !== undefined) {
    add(4n, word((BigInt(eip1559Denominator) << 32n) | BigInt(eip1559Elasticity)))
  }
  return logs
}

/** An address as SystemConfig names the batcher: left-padded to 32 bytes. */
export function addressWord(address: Address): Hash {
  return `0x${address.slice(2).padStart(64, '0')}` as Hash
}

/** ABI encoding of one `bytes` argument. */
function dynamic(content: Uint8Array): Uint8Array {
  const padding = new Uint8Array((32 - (content.length % 32)) % 32)
  return concatBytes(word(32n), word(BigInt(content.length)), content, padding)
}

function word(value: bigint): Uint8Array {
  return bigintToFixed(value, 32)
}

function asHash(value: bigint): Hash {
  return bytesToHash(word(value))
}
