import { type Attestation, type AttestationDomain, type Claim, claimDigest } from '../../../core/attestation.ts'
import { type Block, encodeBlock } from '../../../core/block.ts'
import { type Header, headerHash } from '../../../core/header.ts'
import { type Address, type Hash, hexToBytes, zeroAddress, zeroHash } from '../../../core/hex.ts'
import { keccakHash } from '../../../core/keccak.ts'
import type { NetView } from '../../../core/ports/net.ts'
import type { Sign } from '../../../core/ports/sign.ts'
import { sealDigest } from '../../../core/seal.ts'
import { privateKeyToAddress, sign } from '../../../core/secp256k1.ts'
import type { FeeMarketTx, TxEnvelope } from '../../../core/tx.ts'
import { signTx } from '../../../core/txEnvelope.ts'
import { encodeAttestation } from '../../../p2p/wire/attestation.ts'
import { compressBlock } from '../../../p2p/wire/compress.ts'
import { encodeEnvelope } from '../../../p2p/wire/envelope.ts'

// Messages as a sequencer, users and validators make them, and messages that go wrong at one place.

export const chainId = 901n
export const nowMs = 1_700_000_000_000
export const domain: AttestationDomain = {
  l1ChainId: 900n,
  registry: `0x${'77'.repeat(20)}` as Address,
  chainId,
}

export const keyOf = (index: number): Uint8Array => new Uint8Array(32).fill(index)

/** A key for seals and attestations. */
export function signerOf(index: number): Sign {
  const key = keyOf(index)
  return { address: privateKeyToAddress(key), sign: async (digest) => sign(hexToBytes(digest), key) }
}

export const sequencer = signerOf(1).address
export const validator = signerOf(2).address

/** A view with finalized block 4, the sequencer as signer and one validator. */
export const view: NetView = {
  status: {
    genesis: zeroHash,
    unsafe: { number: 8n, hash: keccakHash(Uint8Array.of(8)) },
    safe: { number: 6n, hash: keccakHash(Uint8Array.of(6)) },
    finalized: { number: 4n, hash: keccakHash(Uint8Array.of(4)) },
  },
  signers: [sequencer],
  validators: [validator],
}

export function txOf(nonce: number, changes: Partial<FeeMarketTx> = {}): TxEnvelope {
  const unsigned = {
    type: 2,
    chainId,
    nonce: BigInt(nonce),
    maxFeePerGas: 9n,
    maxPriorityFeePerGas: 1n,
    gas: 21_000n,
    to: zeroAddress,
    value: 1n,
    data: new Uint8Array(0),
    accessList: [],
  } as const
  return signTx({ ...unsigned, ...changes }, keyOf(9))
}

/** A block that decodes; what it says of the state is made up. */
export function blockOf({
  number,
  txs = 0,
  salt = 0,
  timeMs = nowMs,
}: {
  number: bigint
  txs?: number
  salt?: number
  timeMs?: number
}): Block {
  const header: Header = {
    parentHash: keccakHash(Uint8Array.of(1, Number(number & 0xffn))),
    ommersHash: zeroHash,
    coinbase: zeroAddress,
    stateRoot: keccakHash(Uint8Array.of(2, salt)),
    transactionsRoot: zeroHash,
    receiptsRoot: zeroHash,
    logsBloom: new Uint8Array(256),
    difficulty: 0n,
    number,
    gasLimit: 8_000_000n,
    gasUsed: 0n,
    timestamp: BigInt(Math.floor(timeMs / 1_000)),
    extraData: new Uint8Array(0),
    mixHash: zeroHash,
    nonce: new Uint8Array(8),
    baseFeePerGas: 1n,
    withdrawalsRoot: zeroHash,
    blobGasUsed: 0n,
    excessBlobGas: 0n,
    parentBeaconBlockRoot: zeroHash,
    requestsHash: zeroHash,
  }
  return { header, hash: headerHash(header), transactions: Array.from({ length: txs }, (_, nonce) => txOf(nonce)) }
}

/** What a message says, and what it holds, each where it should differ from the block. */
export type Lies = {
  readonly number?: bigint
  readonly parentHash?: Hash
  readonly hash?: Hash
  readonly compressed?: Uint8Array
  readonly key?: Uint8Array
  readonly chainId?: bigint
}

/** The message of a block, signed over whatever it says. */
export function blockMessage(block: Block, lies: Lies = {}): Uint8Array {
  const { number = block.header.number, parentHash = block.header.parentHash, hash = block.hash } = lies
  const compressed = lies.compressed ?? compressBlock(encodeBlock(block))
  const ref = { number, parentHash, hash }
  const digest = sealDigest(lies.chainId ?? chainId, ref, { epoch: 0n, contentHash: keccakHash(compressed) })
  const signature = sign(hexToBytes(digest), lies.key ?? keyOf(1))
  return encodeEnvelope({ ...ref, epoch: 0n, signature, compressed })
}

export function attestationOf(claim: Partial<Claim> = {}, key = keyOf(2), of = domain): Attestation {
  const full = { l2BlockNumber: 7n, outputRoot: keccakHash(key), l1BlockHash: zeroHash, ...claim }
  return { ...full, signature: sign(hexToBytes(claimDigest(of, full)), key) }
}

export function attestationMessage(claim: Partial<Claim> = {}, key = keyOf(2), of = domain): Uint8Array {
  return encodeAttestation(attestationOf(claim, key, of))
}
