import type { Hash } from '../../core/hex.ts'
import { settlementAbi } from '../abi/settlement.ts'
import { accruePerByte } from '../kernel/margin.ts'
import { splitAmount } from '../kernel/split.ts'
import type { Call } from '../native/call.ts'
import { credit } from '../native/money.ts'
import { emitterOf } from '../native/table.ts'
import { datanets, versions } from '../storage/datanets.ts'
import { basePools } from '../storage/settlement.ts'

const emit = emitterOf(settlementAbi)
const unit = 10_000n

/** Where the base part of a margin went; the three sum to it. */
export type BaseParts = {
  /** Credited to curators. */
  readonly toCurators: bigint
  /** Added to the pools of the versions: the caller moves it there. */
  readonly pooled: bigint
  /** Of refuted versions, or there is no version at all: the caller burns it. */
  readonly burned: bigint
}

/** Shares the base part of a batch's margin among the versions of a corpus by their bytes, curators' cuts first. */
export function addBase(call: Call, batch: Hash, corpus: readonly Hash[], wei: bigint): BaseParts {
  const listed = corpus.map((id) => ({
    id,
    ...versions.pick(call.store, ['datanet', 'byteLength', 'refuted'], id),
  }))
  const shares = splitAmount(
    wei,
    listed.map(({ byteLength }) => byteLength),
  )
  let toCurators = 0n
  let pooled = 0n
  listed.forEach((version, index) => {
    const share = shares[index]!
    if (version.refuted || share === 0n) return
    const toCurator = payCurator(call, version.datanet, share)
    const toContributors = share - toCurator
    accrue(call, version.id, version.byteLength, toContributors)
    toCurators += toCurator
    pooled += toContributors
    emit(call, 'BaseAdded', { version: version.id, batch, toCurator, toContributors })
  })
  return { toCurators, pooled, burned: wei - toCurators - pooled }
}

function payCurator(call: Call, datanet: Hash, share: bigint): bigint {
  const { curator, curatorBps } = datanets.pick(call.store, ['curator', 'curatorBps'], datanet)
  const cut = (share * curatorBps) / unit
  credit(call, 'margins', curator, cut)
  return cut
}

function accrue(call: Call, version: Hash, byteLength: bigint, wei: bigint): void {
  const { perByte, carry, pool } = basePools.get(call.store, version)
  const grown = accruePerByte(wei, carry, byteLength)
  basePools.set(call.store, { perByte: perByte + grown.perByte, carry: grown.carry, pool: pool + wei }, version)
}
