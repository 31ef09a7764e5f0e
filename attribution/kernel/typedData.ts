import { domainTypeHash, hashWords, textHash, typedDigest } from '../../core/eip712.ts'
import { assert } from '../../core/errors.ts'
import { type Address, bigintToFixed, bytesToBigint, concatBytes, type Hash, hexToBytes } from '../../core/hex.ts'
import { keccakHash } from '../../core/keccak.ts'
import { hasValidRange, recoverAddress } from '../../core/secp256k1.ts'
import type { Signature } from '../../core/tx.ts'
import type { ReceiptLeaf } from './leaves.ts'

// What providers and payers sign: EIP-712 structures of Settlement's domain. Both have only members of one word, so
// that a structure's hash is keccak(type hash, words).

/** The contract that receipts and vouchers are for. */
export const settlementAddress = '0x0000000000000000000000000000000000000a03' as Address

/** The domain as wallets take it (`eth_signTypedData_v4`). */
export function typedDataDomain(chainId: bigint) {
  return { name: 'OpenLedger', version: '1', chainId, verifyingContract: settlementAddress } as const
}

/** The structures' members as wallets take them. */
export const typedDataTypes = {
  Receipt: [
    { name: 'channel', type: 'uint48' },
    { name: 'sequence', type: 'uint40' },
    { name: 'promptRoot', type: 'bytes32' },
    { name: 'outputRoot', type: 'bytes32' },
    { name: 'outputLength', type: 'uint32' },
    { name: 'tokensIn', type: 'uint32' },
    { name: 'tokensOut', type: 'uint32' },
    { name: 'price', type: 'uint96' },
    { name: 'cumulative', type: 'uint96' },
    { name: 'time', type: 'uint40' },
  ],
  Voucher: [
    { name: 'channel', type: 'uint48' },
    { name: 'sequence', type: 'uint40' },
    { name: 'cumulative', type: 'uint96' },
    { name: 'head', type: 'bytes32' },
  ],
} as const

/** What the provider signs once per request, when its output is final. */
export type Receipt = Pick<ReceiptLeaf, (typeof typedDataTypes.Receipt)[number]['name']>

/** What the payer signs: all receipts of the channel up to this sequence, and the wei they sum up to. */
export type Voucher = {
  readonly channel: bigint
  readonly sequence: bigint
  readonly cumulative: bigint
  readonly head: Hash
}

const receiptTypeHash = textHash(encodeType('Receipt'))
const voucherTypeHash = textHash(encodeType('Voucher'))
const nameHash = textHash('OpenLedger')
const versionHash = textHash('1')

/** Hashes that a digest takes, its domain being known, and the most bytes that one of them has: for gas. */
export const digestHashes = 2
export const maxStructBytes = 32 * (1 + typedDataTypes.Receipt.length)

/** The domain separator of a chain: computed once for many digests. */
export function domainSeparator(chainId: bigint): Hash {
  return hashWords(domainTypeHash, nameHash, versionHash, chainId, BigInt(settlementAddress))
}

/** The digest of a receipt, which is also its hash in the channel's chain of heads. */
export function receiptHash(domain: Hash, receipt: Receipt): Hash {
  return typedDigest(domain, hashWords(receiptTypeHash, ...typedDataTypes.Receipt.map(({ name }) => receipt[name])))
}

/** The digest of a voucher. */
export function voucherDigest(domain: Hash, voucher: Voucher): Hash {
  return typedDigest(domain, hashWords(voucherTypeHash, ...typedDataTypes.Voucher.map(({ name }) => voucher[name])))
}

/** The head of a new channel: keccak("openledger/channel", u64 chain id, u48 channel, payer). */
export function firstHead(chainId: bigint, channel: bigint, payer: Address): Hash {
  const domain = new TextEncoder().encode('openledger/channel')
  return keccakHash(concatBytes(domain, bigintToFixed(chainId, 8), bigintToFixed(channel, 6), hexToBytes(payer)))
}

/** The head after one more receipt: keccak(head before, receiptHash). */
export function nextHead(head: Hash, receipt: Hash): Hash {
  return keccakHash(concatBytes(hexToBytes(head), hexToBytes(receipt)))
}

/** EIP-2098: r, then s with yParity as its highest bit; 64 bytes. s has to be low. */
export function packSignature(signature: Signature): Uint8Array {
  assert(hasValidRange(signature), 'a signature in range, with low s')
  const { r, s, yParity } = signature
  return concatBytes(bigintToFixed(r, 32), bigintToFixed((BigInt(yParity) << 255n) | s, 32))
}

/** A packed signature; undefined for another size, r or s out of range, high s. */
export function unpackSignature(bytes: Uint8Array): Signature | undefined {
  if (bytes.length !== 64) return undefined
  const tail = bytesToBigint(bytes.subarray(32))
  const yParity = tail >> 255n === 1n ? 1 : 0
  const signature: Signature = { r: bytesToBigint(bytes.subarray(0, 32)), s: tail & (2n ** 255n - 1n), yParity }
  return hasValidRange(signature) ? signature : undefined
}

/** Who signed a digest; undefined if the packed signature is invalid or belongs to no key. */
export function recoverSigner(digest: Hash, packed: Uint8Array): Address | undefined {
  const signature = unpackSignature(packed)
  return signature === undefined ? undefined : recoverAddress(hexToBytes(digest), signature)
}

function encodeType(name: keyof typeof typedDataTypes): string {
  return `${name}(${typedDataTypes[name].map((member) => `${member.type} ${member.name}`).join(',')})`
}
