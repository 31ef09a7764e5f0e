import { z } from 'zod'
import type { Body } from '../attribution/kernel/body.ts'
import type { LedgerEntry } from '../attribution/kernel/leaves.ts'
import { encodeUpdates, type SignedVoucher } from '../attribution/kernel/updates.ts'
import { bytesToHex, concatBytes, type Hash, type Hex, hexToBytes } from '../core/hex.ts'
import { keccakHash } from '../core/keccak.ts'
import type { FunctionArgs } from './encode.ts'

/** What a provider settles, and what contributors need to claim from it. Kept as JSON: `batchFileToJson`. */
export type BatchFile = {
  readonly settlement: FunctionArgs<'settleBatch'>
  readonly updatesRoot: Hash
  readonly ledger: readonly LedgerEntry[]
}

/** The file of a body that the payers have signed vouchers for. */
export function createBatchFile(
  { header, entries }: Pick<Body, 'header' | 'entries'>,
  by: { readonly provider: Hash; readonly model: Hash; readonly vouchers: readonly SignedVoucher[] },
): BatchFile {
  const { receiptsRoot, ledgerRoot, receiptCount, ledgerCount, credit, updatesRoot } = header
  const { provider, model, vouchers } = by
  const roots = { receiptsRoot, ledgerRoot, receipts: receiptCount, entries: ledgerCount, credit }
  return {
    settlement: { header: { provider, model, ...roots }, updates: bytesToHex(encodeUpdates(vouchers)) },
    updatesRoot,
    ledger: entries,
  }
}

/** The id that a batch has once it is settled. */
export function batchIdOf({ settlement, updatesRoot }: Pick<BatchFile, 'settlement' | 'updatesRoot'>): Hash {
  const { provider, model } = settlement.header
  const domain = new TextEncoder().encode('openledger/batch')
  return keccakHash(concatBytes(domain, ...[provider, model, updatesRoot].map(hexToBytes)))
}

const hash = z
  .string()
  .regex(/^0x[0-9a-f]{64}$/)
  .transform((text) => text as Hash)
const wei = z
  .string()
  .regex(/^\d{1,29}$/)
  .transform(BigInt)
const count = z.number().int().min(0).max(0xffff_ffff)

const shape = z.strictObject({
  format: z.literal('openledger-batch/1'),
  header: z.strictObject({
    provider: hash,
    model: hash,
    receiptsRoot: hash,
    ledgerRoot: hash,
    receipts: count,
    entries: count,
    credit: wei,
  }),
  updates: z
    .string()
    .regex(/^0x(?:[0-9a-f]{2})+$/)
    .transform((text) => text as Hex),
  updatesRoot: hash,
  ledger: z.array(z.strictObject({ contribution: hash, receipt: count, tile: count, wei, prefix: wei })),
})

/** The text of a batch file. */
export function batchFileToJson({ settlement: { header, updates }, updatesRoot, ledger }: BatchFile): string {
  const hex = typeof updates === 'string' ? updates : bytesToHex(updates)
  const data = { format: 'openledger-batch/1', header, updates: hex, updatesRoot, ledger }
  const plain = (key: string, value: unknown) => {
    if (typeof value !== 'bigint') return value
    return key === 'receipts' || key === 'entries' ? Number(value) : value.toString()
  }
  return `${JSON.stringify(data, plain, 2)}\n`
}

/** A batch file from its text; undefined if it is none. The roots are not checked. */
export function parseBatchFile(text: string): BatchFile | undefined {
  const result = shape.safeParse(parseJson(text))
  if (!result.success) return undefined
  const { header, updates, updatesRoot, ledger } = result.data
  return { settlement: { header, updates }, updatesRoot, ledger }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
