import { type Address, bigintToFixed, bytesToBigint, bytesToHash, concatBytes, type Hash, hexToBytes } from './hex.ts'
import { keccak256, keccakHash } from './keccak.ts'
import type { L1Block, L1Inputs } from './ports/l1.ts'
import { predeploys } from './predeploys.ts'
import type { DepositTx } from './tx.ts'

/** Sender of the L1 attributes deposit: no key exists for it. */
export const l1AttributesDepositor = '0xdeaddeaddeaddeaddeaddeaddeaddeaddead0001' as Address

/** Gas limit of the attributes deposit. */
export const l1AttributesGas = 1_000_000n

export const l1AttributesBytes = 178
const selector = Uint8Array.of(0x3d, 0xb6, 0xbe, 0x2b)

/** What a block's first transaction says of its L1 origin. */
export type L1Attributes = {
  readonly origin: Pick<L1Block, 'number' | 'hash' | 'timestamp' | 'baseFee' | 'blobBaseFee'>
  readonly sequenceNumber: bigint
  readonly batcherHash: Hash
  readonly daFeeScalar: number
}

/**
 * Call data of the attributes deposit: the OP Stack's Jovian form, packed, 178 bytes. The data-fee scalar of this
 * chain is in the blob-base-fee field; the scalars the chain does not use are 0.
 */
export function encodeL1Attributes({ origin, config, sequenceNumber }: Omit<L1Inputs, 'deposits'>): Uint8Array {
  return concatBytes(
    selector,
    new Uint8Array(4),
    bigintToFixed(BigInt(config.daFeeScalar), 4),
    bigintToFixed(sequenceNumber, 8),
    bigintToFixed(origin.timestamp, 8),
    bigintToFixed(origin.number, 8),
    bigintToFixed(origin.baseFee, 32),
    bigintToFixed(origin.blobBaseFee, 32),
    hexToBytes(origin.hash),
    hexToBytes(config.batcherHash),
    new Uint8Array(14),
  )
}

/** The reverse; undefined for another length or selector, or if an unused scalar is not 0. */
export function decodeL1Attributes(data: Uint8Array): L1Attributes | undefined {
  if (data.length !== l1AttributesBytes) return undefined
  if (!selector.every((byte, index) => data[index] === byte)) return undefined
  const unused = [data.subarray(4, 8), data.subarray(164)]
  if (unused.some((bytes) => bytes.some((byte) => byte !== 0))) return undefined
  const number = (start: number, length: number) => bytesToBigint(data.subarray(start, start + length))
  return {
    daFeeScalar: Number(number(8, 4)),
    sequenceNumber: number(12, 8),
    origin: {
      timestamp: number(20, 8),
      number: number(28, 8),
      baseFee: number(36, 32),
      blobBaseFee: number(68, 32),
      hash: bytesToHash(data.subarray(100, 132)),
    },
    batcherHash: bytesToHash(data.subarray(132, 164)),
  }
}

/** The deposit that opens every block. */
export function l1AttributesDeposit(inputs: Omit<L1Inputs, 'deposits'>): DepositTx {
  const { origin, sequenceNumber } = inputs
  return {
    type: 0x7e,
    sourceHash: depositSourceHash({ domain: 'attributes', l1BlockHash: origin.hash, sequenceNumber }),
    from: l1AttributesDepositor,
    to: predeploys.l1Block,
    mint: 0n,
    value: 0n,
    gas: l1AttributesGas,
    isSystemTx: false,
    data: encodeL1Attributes(inputs),
  }
}

/** Where a deposit comes from: a log of an L1 block, a block's attributes, or a named upgrade. */
export type DepositSource =
  | { readonly domain: 'user'; readonly l1BlockHash: Hash; readonly logIndex: bigint }
  | { readonly domain: 'attributes'; readonly l1BlockHash: Hash; readonly sequenceNumber: bigint }
  | { readonly domain: 'upgrade'; readonly intent: string }

/** The hash that makes every deposit unique (OP Stack deposits specification, source hash domains 0, 1 and 2). */
export function depositSourceHash(source: DepositSource): Hash {
  switch (source.domain) {
    case 'user':
      return domainHash(0n, concatBytes(hexToBytes(source.l1BlockHash), bigintToFixed(source.logIndex, 32)))
    case 'attributes':
      return domainHash(1n, concatBytes(hexToBytes(source.l1BlockHash), bigintToFixed(source.sequenceNumber, 32)))
    case 'upgrade':
      return domainHash(2n, new TextEncoder().encode(source.intent))
  }
}

function domainHash(domain: bigint, preimage: Uint8Array): Hash {
  return keccakHash(concatBytes(bigintToFixed(domain, 32), keccak256(preimage)))
}
