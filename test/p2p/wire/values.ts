import fc from 'fast-check'
import type { Attestation } from '../../../core/attestation.ts'
import type { PeerStatus } from '../../../core/ports/net.ts'
import type { Seal } from '../../../core/seal.ts'
import { curveOrder, maxLowS } from '../../../core/secp256k1.ts'
import type { Signature } from '../../../core/tx.ts'
import { maxBlocksCount, type PackedBlock } from '../../../p2p/wire/blocks.ts'
import { compressBlock } from '../../../p2p/wire/compress.ts'
import type { Envelope } from '../../../p2p/wire/envelope.ts'
import { bytes, hash, uint64 } from '../../core/arbitrary.ts'

const record = <T>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> =>
  fc.record<T>(model, { noNullPrototype: true })

/** Signatures in range, of whoever it may be. */
export const signature: fc.Arbitrary<Signature> = record({
  r: fc.oneof(fc.bigInt({ min: 1n, max: curveOrder - 1n }), fc.constantFrom(1n, 255n, curveOrder - 1n)),
  s: fc.oneof(fc.bigInt({ min: 1n, max: maxLowS }), fc.constantFrom(1n, 255n, maxLowS)),
  yParity: fc.constantFrom(0 as const, 1 as const),
})

export const attestation: fc.Arbitrary<Attestation> = record({
  l2BlockNumber: uint64,
  outputRoot: hash,
  l1BlockHash: hash,
  signature,
})

export const envelope: fc.Arbitrary<Envelope> = record({
  epoch: uint64,
  number: uint64,
  parentHash: hash,
  hash,
  signature,
  compressed: fc.uint8Array({ minLength: 1, maxLength: 60 }),
})

export const status: fc.Arbitrary<PeerStatus> = fc
  .tuple(hash, fc.array(uint64, { minLength: 3, maxLength: 3 }), hash, hash, hash)
  .map(([genesis, numbers, ...hashes]) => {
    const [finalized, safe, unsafe] = numbers.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))
    return {
      genesis,
      unsafe: { number: unsafe!, hash: hashes[0] },
      safe: { number: safe!, hash: hashes[1] },
      finalized: { number: finalized!, hash: hashes[2] },
    }
  })

const seal: fc.Arbitrary<Seal> = record({ epoch: uint64, contentHash: hash, signature })

export const blocks: fc.Arbitrary<readonly PackedBlock[]> = fc.array(
  record({ compressed: bytes(40).map(compressBlock), seal: fc.option(seal, { nil: undefined }) }),
  { maxLength: 4 },
)

export const blocksRequest = record({ from: uint64, count: fc.integer({ min: 1, max: maxBlocksCount }) })
