import type { Address, Hash } from '../../core/hex.ts'
import { settlementAbi } from '../abi/settlement.ts'
import { removeOpenMargin } from '../agents/stake.ts'
import { specificPart } from '../kernel/margin.ts'
import { splitMargin } from '../kernel/split.ts'
import { ancestorsOf, corpusOf, loadModel } from '../models/load.ts'
import { type Call, fail } from '../native/call.ts'
import { burn, credit, move, param } from '../native/money.ts'
import type { RecordValue } from '../native/record.ts'
import { emitterOf } from '../native/table.ts'
import { models } from '../storage/models.ts'
import { batches, batchStatus } from '../storage/settlement.ts'
import { addBase } from './base.ts'

const emit = emitterOf(settlementAbi)

/** A batch as it is stored. */
export type Batch = RecordValue<typeof batches.fields>

/** The batch in whatever status, or `UnknownObject`. Reads 11 slots. */
export function loadBatch(call: Call, id: Hash): Batch {
  const value = batches.get(call.store, id)
  return value.status === 0n ? fail('UnknownObject', { id }) : value
}

/** How a batch ends. */
export type Finish = {
  readonly id: Hash
  /** As it is stored at this moment. */
  readonly batch: Batch
  /** Wei of the specific part that its ledger pays out; the rest of that part is burned. */
  readonly credit: bigint
  /** Who gets what the slashing of earlier authors left for the last one; undefined: that is burned. */
  readonly rewardTo: Address | undefined
}

/**
 * Splits a batch's margin (docs/SPEC.md, "Batches and money") and makes it final. Every wei of the margin goes somewhere: data,
 * ancestors, owner, validators, treasury, insurance, burn. Who may end a batch, and when, is the caller's to check.
 */
export function finishBatch(call: Call, { id, batch, credit: specific, rewardTo }: Finish): void {
  const model = loadModel(call, batch.model)
  const ancestors = ancestorsOf(call, batch.model, model).map(({ model: id, share }) => ({ id, share }))
  const parts = splitMargin(batch.margin, batch, ancestors)
  const promised = specificPart(batch.margin, batch.data, batch.specificBps)
  const base = addBase(call, id, corpusOf(call, batch.model, model), parts.data - promised)
  const burned = parts.burn + (promised - specific) + base.burned

  move(call, 'margins', 'pools', specific + base.pooled)
  parts.ancestors.forEach((wei, index) => {
    if (wei > 0n) credit(call, 'margins', models.field(call.store, 'owner', ancestors[index]!.id), wei)
  })
  credit(call, 'margins', model.owner, parts.owner)
  credit(call, 'margins', call.rules.validatorVault, parts.validators)
  credit(call, 'margins', call.rules.timelock, parts.treasury)
  move(call, 'margins', 'insurance', parts.insurance)
  burn(call, 'margins', burned)
  if (rewardTo === undefined) burn(call, 'bonds', batch.repairReward)
  else credit(call, 'bonds', rewardTo, batch.repairReward)

  removeOpenMargin(call, batch.author, batch.margin)
  const times = { finalizedAt: call.now, expiresAt: call.now + param(call, 'claimExpirySec') }
  batches.set(call.store, { ...times, status: batchStatus.final, pool: specific, repairReward: 0n }, id)
  emit(call, 'BatchFinalized', {
    batch: id,
    specific,
    base: base.pooled + base.toCurators,
    owner: parts.ancestors.reduce((sum, wei) => sum + wei, parts.owner),
    validators: parts.validators,
    treasury: parts.treasury,
    insurance: parts.insurance,
    burned,
  })
}
