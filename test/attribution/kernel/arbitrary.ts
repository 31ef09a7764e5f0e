import fc from 'fast-check'
import type {
  DocLeaf,
  Holder,
  LedgerEntry,
  ReceiptLeaf,
  TileLeaf,
  UpdateLeaf,
} from '../../../attribution/kernel/leaves.ts'
import type { Receipt, Voucher } from '../../../attribution/kernel/typedData.ts'
import { hash } from '../../core/arbitrary.ts'

const record = <T>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> =>
  fc.record<T>(model, { noNullPrototype: true })

/** Unsigned integers of so many bits, the bounds often. */
export const bits = (width: number) => {
  const max = 2n ** BigInt(width) - 1n
  return fc.oneof(fc.bigInt({ min: 0n, max }), fc.constantFrom(0n, 1n, max))
}
const small = (width: number) => bits(width).map(Number)
export const wei = bits(96)

const signed = {
  channel: bits(48),
  sequence: bits(40),
  promptRoot: hash,
  outputRoot: hash,
  outputLength: small(32),
  tokensIn: small(32),
  tokensOut: small(32),
  price: wei,
  cumulative: wei,
  time: bits(40),
}
export const receipt = record<Receipt>(signed)
export const voucher = record<Voucher>({ channel: bits(48), sequence: bits(40), cumulative: wei, head: hash })

export const docLeaf = record<DocLeaf>({ start: small(40), contribution: hash, order: bits(64) })
export const receiptLeaf = record<ReceiptLeaf>({
  ...signed,
  previousCumulative: wei,
  headAfter: hash,
  traceRoot: hash,
  marginBefore: wei,
  creditBefore: wei,
})
const tile = { start: small(16), length: small(16), paidEnd: small(16), corpusIndex: small(8) }
const holder = record<Holder>({ document: small(32), offset: small(40) })
export const tileLeaf: fc.Arbitrary<TileLeaf> = fc.oneof(
  record<TileLeaf>({
    ...tile,
    common: fc.constant(0 as const),
    holders: fc.array(holder, { minLength: 1, maxLength: 10 }),
  }),
  record<TileLeaf>({
    ...tile,
    common: fc.constant(1 as const),
    holders: fc.array(holder, { minLength: 11, maxLength: 11 }),
  }),
)
export const entry = record<LedgerEntry>({ contribution: hash, receipt: small(32), tile: small(16), wei, prefix: wei })
export const updateLeaf = record<UpdateLeaf>({
  channel: bits(48),
  beforeSequence: bits(40),
  beforeCumulative: wei,
  beforeHead: hash,
  afterSequence: bits(40),
  afterCumulative: wei,
  afterHead: hash,
})
