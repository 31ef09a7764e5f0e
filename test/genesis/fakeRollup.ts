import type { Address } from '../../core/hex.ts'
import type { RollupSpec } from '../../genesis/spec.ts'

const addressOf = (byte: string) => `0x${byte.repeat(20)}` as Address

/** Contracts on an L1 that is not there. */
export const fakeRollup: RollupSpec = {
  inbox: addressOf('01'),
  portal: addressOf('02'),
  outputOracle: addressOf('03'),
  validatorRegistry: addressOf('04'),
  systemConfig: addressOf('05'),
  standardBridge: addressOf('06'),
  open: addressOf('07'),
  multicall3: addressOf('08'),
  unsafeSigner: addressOf('09'),
  sidecars: 'eip7594',
  originDepth: 4n,
}
