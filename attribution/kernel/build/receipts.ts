import type { ReceiptLeaf } from '../leaves.ts'
import { marginOf, receiptCredit, receiptSpecific } from '../margin.ts'
import { emptyRoot } from '../merkle.ts'
import { maxOutputBytes } from '../span/limits.ts'
import { nextHead, receiptHash } from '../typedData.ts'
import { type Audit, absent, isTraced } from './audit.ts'
import { demand, type Finding, fault } from './calls.ts'
import { openAt } from './openings.ts'

/** What is false in the receipts themselves, between neighbours, and against the batch's margin. */
export function* receiptFaults(audit: Audit): Iterable<Finding> {
  const { receipts, facts } = audit
  if (receipts === undefined) {
    yield demand('demandReceipt', { receipt: 0n })
    return
  }
  for (const [index, leaf] of receipts.leaves.entries()) {
    const receipt = openAt(receipts, index)
    if (leaf === undefined || isFalse(audit, leaf)) yield fault('refuteReceiptLeaf', { receipt })
    if (leaf === undefined) continue
    const isLast = index === receipts.leaves.length - 1
    const margin = leaf.marginBefore + marginOfReceipt(audit, leaf)
    if (index === 0 && (leaf.marginBefore !== 0n || leaf.creditBefore !== 0n)) {
      yield fault('refuteReceiptEnds', { receipt })
    } else if (isLast && margin !== facts.margin) {
      yield fault('refuteReceiptEnds', { receipt })
    }
    const next = receipts.leaves[index + 1]
    if (next !== undefined && !isLinked(audit, leaf, next)) {
      yield fault('refuteReceiptLink', { receipt, next: openAt(receipts, index + 1) })
    }
  }
}

/** Running credits that are not what the tiles of a receipt add to them; the last against the batch's credit. */
export function* creditFaults({ receipts, traces, facts }: Audit): Iterable<Finding> {
  if (receipts === undefined) return
  for (const [index, leaf] of receipts.leaves.entries()) {
    const trace = traces[index]
    const isLast = index === receipts.leaves.length - 1
    const after = isLast ? facts.credit : receipts.leaves[index + 1]?.creditBefore
    if (leaf === undefined || trace === undefined || after === undefined) continue
    const lastTile = trace.leaves.at(-1)
    if (trace.leaves.length > 0 && lastTile === undefined) continue
    const { marginBefore, previousCumulative, cumulative, outputLength } = leaf
    if (cumulative < previousCumulative) continue
    const marginAfter = marginBefore + marginOf(previousCumulative, cumulative, facts.marginBps)
    const specific = receiptSpecific(marginBefore, marginAfter, facts.dataBps, facts.specificBps)
    if (after === leaf.creditBefore + receiptCredit(specific, lastTile?.paidEnd ?? 0, outputLength)) continue
    yield fault('refuteRunningCredit', {
      receipt: openAt(receipts, index),
      next: isLast ? absent : openAt(receipts, index + 1),
      tiles: trace.tree.count,
      lastTile: openAt(trace, trace.leaves.length - 1),
    })
  }
}

function isFalse(audit: Audit, leaf: ReceiptLeaf): boolean {
  return (
    leaf.sequence === 0n ||
    leaf.outputLength > maxOutputBytes ||
    leaf.cumulative < leaf.previousCumulative ||
    (leaf.traceRoot !== emptyRoot && !isTraced(audit, leaf))
  )
}

function isLinked(audit: Audit, leaf: ReceiptLeaf, next: ReceiptLeaf): boolean {
  if (next.marginBefore !== leaf.marginBefore + marginOfReceipt(audit, leaf)) return false
  if (next.channel !== leaf.channel) return next.channel > leaf.channel
  return (
    next.sequence === leaf.sequence + 1n &&
    next.previousCumulative === leaf.cumulative &&
    next.headAfter === nextHead(leaf.headAfter, receiptHash(audit.domain, next))
  )
}

function marginOfReceipt({ facts }: Audit, { previousCumulative, cumulative }: ReceiptLeaf): bigint {
  return marginOf(previousCumulative, cumulative, facts.marginBps)
}
