import type { Header } from '../../core/header.ts'
import type { L1Inputs } from '../../core/ports/l1.ts'
import type { ChainRules } from '../../core/rules.ts'
import { childExtraData, decodeExtraData, eip1559BaseFee, nextBaseFee } from '../../state/fees.ts'

/**
 * True if an empty block after `parent` would lower the base fee further. At the floor, which follows L1, another block
 * does not help a transaction that pays less: without this test it would keep the chain making empty blocks for ever.
 */
export function baseFeeFalls(
  parent: Header,
  { origin, config }: Pick<L1Inputs, 'origin' | 'config'>,
  rules: Pick<ChainRules, 'minBaseFee' | 'maxFloorFee'>,
): boolean {
  const baseFeePerGas = nextBaseFee(parent)
  const params = decodeExtraData(childExtraData(parent, origin, config, rules))!
  const fallen = eip1559BaseFee({ baseFeePerGas, gasUsed: 0n, gasLimit: config.gasLimit }, params)
  return fallen < baseFeePerGas && params.floor < baseFeePerGas
}
