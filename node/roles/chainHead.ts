import type { Block } from '../../core/block.ts'
import { assert } from '../../core/errors.ts'
import { decodeL1Attributes } from '../../core/l1Attributes.ts'
import type { L1Block } from '../../core/ports/l1.ts'
import type { SystemConfig } from '../../core/rules.ts'
import { type ChainSpec, originOf, systemConfigOf } from '../../genesis/spec.ts'
import type { ChainHead } from '../../sequencer/production/seal.ts'
import { decodeExtraData } from '../../state/fees.ts'

/**
 * A block as block production sees it: with its L1 origin and the configuration in force there, both read from its
 * header and first transaction; those of genesis are in the spec.
 */
export function chainHead({ header, hash, transactions }: Block, spec: ChainSpec): ChainHead {
  if (header.number === 0n) return { header, hash, config: systemConfigOf(spec), ...originOf(spec) }
  const attributes = decodeL1Attributes(transactions[0]?.tx.data ?? new Uint8Array(0))
  assert(attributes !== undefined, 'a block begins with its L1 attributes')
  const fees = decodeExtraData(header.extraData)
  assert(fees !== undefined, 'a block has fee parameters')
  const { mixHash, parentBeaconBlockRoot, gasLimit } = header
  const origin: L1Block = { ...attributes.origin, mixHash, parentBeaconBlockRoot }
  const config: SystemConfig = {
    batcherHash: attributes.batcherHash,
    gasLimit,
    eip1559Denominator: fees.denominator,
    eip1559Elasticity: fees.elasticity,
    daFeeScalar: attributes.daFeeScalar,
  }
  return { header, hash, config, origin, sequenceNumber: attributes.sequenceNumber }
}
