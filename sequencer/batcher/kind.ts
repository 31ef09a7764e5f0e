import { blobCapacity } from '../../l1/batch/blob.ts'
import { frameOverhead } from '../../l1/batch/frame.ts'
import type { L1Fees } from '../../l1/wallet.ts'
import { blobGas, type Load, type TxKind, transferGas } from '../sender/request.ts'

/** What one transaction may carry. */
export type Carrier = { readonly maxBlobs: number; readonly maxCalldataBytes: number }

/** Beside the frame a payload has one byte. */
const payloadOverhead = 1 + frameOverhead
const blobRoom = blobCapacity - payloadOverhead

/** Gas of a byte of calldata that is not zero (EIP-7623); compressed data has few zeros. */
const byteGas = 40n

/** The most channel bytes in one transaction of this kind. */
export function capacityOf(kind: TxKind, { maxBlobs, maxCalldataBytes }: Carrier): number {
  return kind === 'blobs' ? maxBlobs * blobRoom : maxCalldataBytes - payloadOverhead
}

/** The transaction that carries so many channel bytes, as many as fit. */
export function loadOfBytes(kind: TxKind, channelBytes: number, carrier: Carrier): Load {
  const bytes = Math.min(channelBytes, capacityOf(kind, carrier))
  if (kind === 'blobs') return { kind, gas: transferGas, blobs: Math.max(1, Math.ceil(bytes / blobRoom)), value: 0n }
  return { kind, gas: transferGas + byteGas * BigInt(bytes + payloadOverhead), blobs: 0, value: 0n }
}

/** What a load costs at the fees of now, in wei. */
export function costWei({ gas, blobs }: Load, { baseFee, tip, blobBaseFee }: L1Fees): bigint {
  return gas * (baseFee + tip) + BigInt(blobs) * blobGas * blobBaseFee
}

export type KindQuestion = {
  readonly channelBytes: number
  readonly fees: L1Fees
  /** Kinds that may be used; not empty. */
  readonly allowed: readonly TxKind[]
  /** The kind of the last transaction: the other one must be cheaper by `hysteresisPercent` of its price. */
  readonly last: TxKind | undefined
  readonly hysteresisPercent: number
  readonly carrier: Carrier
}

/** The kind of transaction that carries these bytes for less, per byte. */
export function cheaperKind({ channelBytes, fees, allowed, last, hysteresisPercent, carrier }: KindQuestion): TxKind {
  const price = (kind: TxKind) => {
    const bytes = BigInt(Math.min(channelBytes, capacityOf(kind, carrier)))
    return { kind, bytes, cost: costWei(loadOfBytes(kind, channelBytes, carrier), fees) }
  }
  const [a, b] = allowed.map(price)
  if (a === undefined || b === undefined) return allowed[0]!
  const isCheaper = a.cost * b.bytes < b.cost * a.bytes
  const [cheap, dear] = isCheaper ? [a, b] : [b, a]
  if (dear.kind !== last) return cheap.kind
  const percent = BigInt(100 + hysteresisPercent)
  return cheap.cost * dear.bytes * percent <= dear.cost * cheap.bytes * 100n ? cheap.kind : dear.kind
}
