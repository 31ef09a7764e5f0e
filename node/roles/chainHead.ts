import type { Block } from '../../core/block.ts'
import { assert } from '../../core/errors.ts'
import { decodeL1Attributes } from '../../core/l1Attributes.ts'
import type { L1Block } from '../../core/ports/l1.ts'
import type { SystemConfig } from '../../core/rules.ts'
import { type ChainSpec, originOf, systemConfigOf } from '../../genesis/spec.ts'
import type { ChainHead } from '../../sequencer/production/seal.ts'

/**
 * A block as block production sees it: with its L1 origin, read from its first transaction and header; that of genesis
 * is in the spec. SystemConfig is the spec's as long as there is no L1 that could change it.
 */
export function chainHead({ header, hash, transactions }: Block, spec: ChainSpec): ChainHead {
  const config: SystemConfig = systemConfigOf(spec)
  if (header.number === 0n) return { header, hash, config, ...originOf(spec) }
  const attributes = decodeL1Attributes(transactions[0]?.tx.data ?? new Uint8Array(0))
  assert(attributes !== undefined, 'a block begins with its L1 attributes')
  const { mixHash, parentBeaconBlockRoot } = header
  const origin: L1Block = { ...attributes.origin, mixHash, parentBeaconBlockRoot }
  return { header, hash, config, origin, sequenceNumber: attributes.sequenceNumber }
}
