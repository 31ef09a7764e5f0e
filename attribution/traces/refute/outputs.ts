import { rootBytes, rootOf } from '../../kernel/merkle.ts'
import { chunkCount, chunkLength, saltBytes } from '../../kernel/text.ts'
import { type Call, need } from '../../native/call.ts'
import { hashGas } from '../../native/gas.ts'
import { openLeaf } from '../../native/openings.ts'
import type { Batch } from '../../settlement/finish.ts'
import type { TracesArgs } from '../args.ts'
import { openReceipt } from '../open.ts'
import { specificOfBatch } from '../rates.ts'
import { outputHead } from '../texts.ts'

// Faults of what a receipt commits to as its output: nobody could check a trace of it. They weigh as the whole batch.

/** An outputRoot over another length, or another number of chunks, than the receipt says. */
export function outputLengthFault(
  call: Call,
  batch: Batch,
  { receipt, count, byteLength, top }: TracesArgs<'refuteOutputLength'>,
): bigint {
  const { outputRoot, outputLength } = openReceipt(call, batch, receipt)
  call.charge(hashGas(rootBytes))
  need(rootOf(count, byteLength, top) === outputRoot, 'InvalidOpening')
  const length = BigInt(outputLength)
  need(byteLength !== length || count !== chunkCount(length), 'InvalidProof')
  return specificOfBatch(batch)
}

/** A chunk of the output that is longer or shorter than its place demands. */
export function outputLeafFault(call: Call, batch: Batch, args: TracesArgs<'refuteOutputLeaf'>): bigint {
  const receipt = openReceipt(call, batch, args.receipt)
  const data = openLeaf(call, outputHead(receipt), args.chunk)
  need(data.length !== saltBytes + chunkLength(args.chunk.index, BigInt(receipt.outputLength)), 'InvalidProof')
  return specificOfBatch(batch)
}
