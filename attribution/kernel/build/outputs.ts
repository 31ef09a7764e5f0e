import { chunkCount, chunkLength, saltBytes } from '../text.ts'
import { type Audit, isTraced } from './audit.ts'
import { demand, type Finding, fault } from './calls.ts'
import { openAt } from './openings.ts'

/** Outputs that are not what their receipts say: withheld, of another length, cut into other chunks. */
export function* outputFaults(audit: Audit): Iterable<Finding> {
  const { receipts, outputs, traces } = audit
  for (const [index, leaf] of receipts?.leaves.entries() ?? []) {
    if (leaf === undefined || audit.facts.isPrivate(leaf.channel)) continue
    const output = outputs[index]
    const receipt = openAt(receipts!, index)
    const ask = demand('demandReceipt', { receipt: BigInt(index) })
    if (output === undefined || (traces[index] === undefined && isTraced(audit, leaf))) yield ask
    if (output === undefined) continue
    const { count, byteLength, top, tree } = output
    if (byteLength !== BigInt(leaf.outputLength) || count !== chunkCount(byteLength)) {
      yield fault('refuteOutputLength', { receipt, count, byteLength, top })
      continue
    }
    if (tree === undefined) yield ask
    for (let chunk = 0; tree !== undefined && chunk < Number(count); chunk++) {
      const opened = tree.open(chunk)
      if (opened.data.length === saltBytes + chunkLength(BigInt(chunk), byteLength)) continue
      yield fault('refuteOutputLeaf', { receipt, chunk: opened })
    }
  }
}
