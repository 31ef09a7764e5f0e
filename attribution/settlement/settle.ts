import type { Hash } from '../../core/hex.ts'
import { settlementAbi } from '../abi/settlement.ts'
import { addOpenMargin, loadAgent, needOperator } from '../agents/stake.ts'
import { encodeUpdate, leafBytes, type UpdateLeaf } from '../kernel/leaves.ts'
import { marginOf, specificPart } from '../kernel/margin.ts'
import { createTree, leafPrefixBytes, nodeBytes, rootBytes } from '../kernel/merkle.ts'
import { domainSeparator, recoverSigner, voucherDigest } from '../kernel/typedData.ts'
import { decodeUpdates, type SignedVoucher } from '../kernel/updates.ts'
import { isAllowedProvider, loadModel, type Model } from '../models/load.ts'
import { type Call, fail, idOf, need } from '../native/call.ts'
import { gas, hashGas } from '../native/gas.ts'
import { credit, currentSplit, move, param } from '../native/money.ts'
import type { Split } from '../native/rules.ts'
import { emitterOf } from '../native/table.ts'
import { batches, batchStatus, channels, lastBatches } from '../storage/settlement.ts'
import { channelEnd, pairOf } from './channels.ts'

const emit = emitterOf(settlementAbi)

/** What a provider says about a batch: everything that the updates do not. */
export type BatchHeader = {
  readonly provider: Hash
  readonly model: Hash
  readonly receiptsRoot: Hash
  readonly ledgerRoot: Hash
  readonly receipts: bigint
  readonly entries: bigint
  readonly credit: bigint
}

/**
 * Settles up to 256 channels of one provider and model by their payers' vouchers: the compute part of what they paid is
 * the provider's, the margin waits for `finalizeBatch`. Everything is checked before anything is written. Vouchers that
 * were earned stay good when the least stake rises or the agent is ejected: its stake has to cover the margin, no more.
 */
export function settleBatch(
  call: Call,
  { header, updates: packed }: { readonly header: BatchHeader; readonly updates: Uint8Array },
): { readonly batch: Hash } {
  const agent = loadAgent(call, header.provider)
  needOperator(call, agent)
  const model = loadModel(call, header.model)
  need(isAllowedProvider(call, header.model, model, header.provider), 'NotAllowed')
  const pair = pairOf(call, header.provider, header.model)
  needGap(call, pair)

  const updates = checkUpdates(call, pair, packed)
  const terms = { split: currentSplit(call), specificBps: param(call, 'specificBps') }
  const totals = sumUpdates(updates, model.marginBps)
  checkTotals(header, model, terms, totals)

  const updatesRoot = createTree(updates.map(encodeUpdate)).root
  const batch = idOf(call, 'batch', header.provider, header.model, updatesRoot)
  need(batches.field(call.store, 'status', batch) === 0n, 'BatchExists', { batch })
  addOpenMargin(call, header.provider, agent, totals.margin)
  lastBatches.set(call.store, { settledAt: call.now }, pair)
  const deadline = storeBatch(call, batch, {
    header,
    updatesRoot,
    updates: updates.length,
    margin: totals.margin,
    terms,
  })
  for (const update of updates) advanceChannel(call, batch, update)
  const compute = totals.paid - totals.margin
  move(call, 'deposits', 'margins', totals.margin)
  credit(call, 'deposits', agent.owner, compute)
  emit(call, 'BatchSettled', { ...header, batch, updatesRoot, margin: totals.margin, compute, deadline })
  return { batch }
}

/** What governance decides about a batch, at the moment of its settlement. */
type Terms = { readonly split: Split; readonly specificBps: bigint }

function needGap(call: Call, pair: Hash): void {
  const last = lastBatches.field(call.store, 'settledAt', pair)
  const earliest = last + param(call, 'batchGapSec')
  need(last === 0n || call.now >= earliest, 'BatchTooSoon', { earliest })
}

/** Gas of an update's own work: its signature, the two hashes of its digest, its leaf, a node above it. */
const updateGas =
  gas.recover +
  hashGas(32 * 5) +
  hashGas(2 + 32 + 32) +
  hashGas(leafPrefixBytes + leafBytes.update) +
  hashGas(nodeBytes)

/** What the vouchers change, channel by channel, or the error of the first that is wrong. */
function checkUpdates(call: Call, pair: Hash, packed: Uint8Array): readonly UpdateLeaf[] {
  call.charge(gas.word * BigInt(Math.ceil(packed.length / 32)))
  const vouchers = decodeUpdates(packed) ?? fail('InvalidUpdates')
  call.charge(BigInt(vouchers.length) * updateGas + hashGas(32 * 5) + hashGas(rootBytes))
  const domain = domainSeparator(call.chainId)
  return vouchers.map((voucher) => checkVoucher(call, pair, domain, voucher))
}

function checkVoucher(call: Call, pair: Hash, domain: Hash, voucher: SignedVoucher): UpdateLeaf {
  const { channel, sequence, cumulative, head, signature } = voucher
  const before = channels.pick(
    call.store,
    ['pair', 'deposit', 'cumulative', 'sequence', 'head', 'sessionKey', 'expiry', 'noticeEnd'],
    channel,
  )
  need(before.pair === pair, 'WrongChannel', { channel })
  need(call.now <= channelEnd(before), 'ChannelClosed', { channel })
  need(sequence > before.sequence && cumulative >= before.cumulative, 'SequenceRegress', { channel })
  need(cumulative <= before.deposit, 'InsufficientChannel', { channel })
  need(recoverSigner(voucherDigest(domain, voucher), signature) === before.sessionKey, 'InvalidSignature', { channel })
  return {
    channel,
    beforeSequence: before.sequence,
    beforeCumulative: before.cumulative,
    beforeHead: before.head,
    afterSequence: sequence,
    afterCumulative: cumulative,
    afterHead: head,
  }
}

type Totals = { readonly receipts: bigint; readonly paid: bigint; readonly margin: bigint }

/** Receipts and wei that the updates stand for, and how much of the wei is margin. */
function sumUpdates(updates: readonly UpdateLeaf[], marginBps: bigint): Totals {
  let [receipts, paid, margin] = [0n, 0n, 0n]
  for (const { beforeSequence, afterSequence, beforeCumulative, afterCumulative } of updates) {
    receipts += afterSequence - beforeSequence
    paid += afterCumulative - beforeCumulative
    margin += marginOf(beforeCumulative, afterCumulative, marginBps)
  }
  return { receipts, paid, margin }
}

/** The ledger cannot pay more than the specific part; without a corpus or without entries it pays nothing. */
function checkTotals(header: BatchHeader, { corpusSize }: Model, { split, specificBps }: Terms, totals: Totals): void {
  need(totals.receipts === header.receipts, 'SumMismatch')
  const pays = header.entries > 0n && corpusSize > 0n
  need(header.credit <= (pays ? specificPart(totals.margin, split.data, specificBps) : 0n), 'SumMismatch')
}

function storeBatch(
  call: Call,
  id: Hash,
  batch: {
    readonly header: BatchHeader
    readonly updatesRoot: Hash
    readonly updates: number
    readonly margin: bigint
    readonly terms: Terms
  },
): bigint {
  const { header, updatesRoot, updates, margin, terms } = batch
  const windowSec = param(call, 'windowSec')
  const deadline = call.now + windowSec
  batches.set(
    call.store,
    {
      ...header,
      ...terms.split,
      updatesRoot,
      author: header.provider,
      margin,
      settledAt: call.now,
      originalDeadline: deadline,
      deadline,
      specificBps: terms.specificBps,
      slashFloorBps: param(call, 'slashFloorBps'),
      slashMultiple: param(call, 'slashMultiple'),
      windowSec,
      updates: BigInt(updates),
      status: batchStatus.open,
    },
    id,
  )
  return deadline
}

function advanceChannel(call: Call, batch: Hash, { channel, ...update }: UpdateLeaf): void {
  const after = { sequence: update.afterSequence, cumulative: update.afterCumulative, head: update.afterHead }
  channels.set(call.store, after, channel)
  emit(call, 'ChannelSettled', { channel, batch, ...after })
}
