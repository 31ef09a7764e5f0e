import { z } from 'zod'
import { decodeHeader, type Header } from '../../core/header.ts'
import { type Hash, type Hex, hexToBytes } from '../../core/hex.ts'
import type { L1Inputs } from '../../core/ports/l1.ts'
import { splitRlpList } from '../../core/rlp.ts'
import type { DepositTx } from '../../core/tx.ts'
import { decodeTx } from '../../core/txDecode.ts'
import { blockRejects } from '../../state/sealed.ts'
import { inflateBlock } from '../wire/compress.ts'
import { decodeSignature } from '../wire/signature.ts'
import { bundleFormat, type EvidenceBundle, maxBundleChars, numberOf } from './bundle.ts'
import type { Finding } from './finding.ts'
import { refOfRaw } from './signedBlock.ts'
import type { Witness } from './witness.ts'

/** The bundle that JSON text holds. Anything may be in it; what is wrong with it is said by `malformed`. */
export function parseBundle(text: string): EvidenceBundle | { readonly malformed: string } {
  if (text.length > maxBundleChars) return { malformed: `longer than ${maxBundleChars} characters` }
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    return { malformed: 'not JSON' }
  }
  const result = bundleSchema.safeParse(json)
  if (!result.success) {
    const { path, message } = result.error.issues[0]!
    return { malformed: `${path.join('.') || 'bundle'}: ${message}` }
  }
  const { chain, timeMs, number, witness, finding } = result.data
  if (number !== numberOf(finding)) return { malformed: 'number: not that of the finding' }
  return { chain, timeMs, finding, witness }
}

/** Text to a value by a decoder that gives undefined for what it refuses. */
function decoded<T>(decode: (text: string) => T | undefined, expected: string) {
  return z.string().transform((text, context): T => {
    const value = decode(text)
    if (value !== undefined) return value
    context.addIssue(expected)
    return z.NEVER
  })
}

function bytesOf(text: string): Uint8Array | undefined {
  // One byte has one form: lowercase.
  return text.length % 2 === 0 && /^0x[0-9a-f]*$/.test(text) ? hexToBytes(text as Hex) : undefined
}

function fromBytes<T>(decode: (bytes: Uint8Array) => T | undefined, expected: string) {
  return decoded((text) => {
    const bytes = bytesOf(text)
    return bytes && decode(bytes)
  }, expected)
}

function uint(bits: number) {
  const read = (text: string) => {
    const value = /^(0|[1-9][0-9]{0,77})$/.test(text) ? BigInt(text) : undefined
    return value !== undefined && value < 1n << BigInt(bits) ? value : undefined
  }
  return decoded(read, `expected a number of ${bits} bits as a decimal string`)
}

const u64 = uint(64)
const u256 = uint(256)
const u32 = z.int().nonnegative().max(0xffff_ffff)
const bytes = decoded(bytesOf, 'expected bytes in lowercase hex')
const hash = decoded((text) => (/^0x[0-9a-f]{64}$/.test(text) ? (text as Hash) : undefined), 'expected a hash')
const signature = fromBytes(decodeSignature, 'expected a signature of 65 bytes')
const header = fromBytes(decodeHeader, 'expected a header in RLP')

const seal = z.strictObject({ epoch: u64, contentHash: hash, signature })

const signedBlock = z
  .strictObject({ seal, raw: bytes, compressed: bytes.optional() })
  .transform(({ seal, raw, compressed }, context) => {
    const ref = refOfRaw(raw)
    if (ref === undefined) {
      context.addIssue('expected a block in RLP')
      return z.NEVER
    }
    return { ...ref, seal, raw, ...(compressed !== undefined && { compressed }) }
  })

const claimFields = { l2BlockNumber: u64, outputRoot: hash, l1BlockHash: hash }
const claim = z.strictObject(claimFields)
const attestation = z.strictObject({ ...claimFields, signature })

const inputs: z.ZodType<L1Inputs> = z.strictObject({
  origin: z.strictObject({
    number: u64,
    hash,
    timestamp: u64,
    baseFee: u256,
    blobBaseFee: u256,
    mixHash: hash,
    parentBeaconBlockRoot: hash,
  }),
  deposits: z.array(fromBytes(decodeDeposit, 'expected a deposit in wire form')).max(10_000),
  config: z.strictObject({
    batcherHash: hash,
    gasLimit: u64,
    eip1559Denominator: u32,
    eip1559Elasticity: u32,
    daFeeScalar: u32,
  }),
  sequenceNumber: u64,
})

const reject = z
  .strictObject({
    reject: z.enum(Object.keys(blockRejects) as (keyof typeof blockRejects)[]),
    detail: z.string().max(200).optional(),
  })
  .transform(({ reject, detail }) => ({ reject, ...(detail !== undefined && { detail }) }))

const witness: z.ZodType<Witness> = z.strictObject({
  parent: header,
  ancestors: fromBytes(decodeHeaders, 'expected headers in RLP, compressed'),
  nodes: z.array(bytes).max(100_000),
  codes: z.array(bytes).max(10_000),
})

const common = {
  format: z.literal(bundleFormat),
  chain: z.strictObject({ name: z.string().max(100), chainId: u64, genesis: hash }),
  timeMs: z.int().nonnegative(),
  number: u64,
}

const bundleSchema = z
  .discriminatedUnion('kind', [
    z.strictObject({ ...common, kind: z.literal('equivocation'), first: signedBlock, second: signedBlock }),
    z.strictObject({
      ...common,
      kind: z.literal('invalid_block'),
      block: signedBlock,
      reject,
      inputs,
      witness: witness.optional(),
    }),
    z.strictObject({
      ...common,
      kind: z.literal('block_not_derived'),
      block: signedBlock,
      derived: z.strictObject({ header, l1Block: z.strictObject({ number: u64, hash }) }),
    }),
    z.strictObject({
      ...common,
      kind: z.literal('output_mismatch'),
      index: u64,
      claim,
      l1BlockNumber: u64,
      own: header,
    }),
    z.strictObject({ ...common, kind: z.literal('double_attestation'), first: attestation, second: attestation }),
  ])
  .transform(({ format: _, chain, timeMs, number, ...rest }) => {
    const { witness, ...finding } = 'witness' in rest ? rest : { ...rest, witness: undefined }
    return { chain, timeMs, number, witness, finding: finding satisfies Finding }
  })

function decodeDeposit(raw: Uint8Array): DepositTx | undefined {
  const decoded = decodeTx(raw)
  return !('reject' in decoded) && decoded.tx.type === 0x7e ? decoded.tx : undefined
}

/** Headers of 255 blocks take less. */
const maxHeadersBytes = 1 << 20

function decodeHeaders(compressed: Uint8Array): readonly Header[] | undefined {
  const inflated = inflateBlock(compressed, maxHeadersBytes)
  const items = inflated && splitRlpList(inflated)
  if (items === undefined) return undefined
  const headers: Header[] = []
  for (const item of items) {
    const header = decodeHeader(item)
    if (header === undefined) return undefined
    headers.push(header)
  }
  return headers
}
