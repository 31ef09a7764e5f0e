import type { Address } from './hex.ts'

/**
 * Addresses of the Solidity predeploys. Those in 0x4200…0000 to 0x4200…07FF have the role they have on an OP Stack
 * chain; those in 0x4200…0A00 to 0x4200…0AFF are this chain's own.
 */
export const predeploys = {
  wrappedOpen: '0x4200000000000000000000000000000000000006' as Address,
  gasPriceOracle: '0x420000000000000000000000000000000000000f' as Address,
  standardBridge: '0x4200000000000000000000000000000000000010' as Address,
  sequencerFeeVault: '0x4200000000000000000000000000000000000011' as Address,
  // OP's name for it is OptimismMintableERC20Factory.
  bridgedERC20Factory: '0x4200000000000000000000000000000000000012' as Address,
  l1Block: '0x4200000000000000000000000000000000000015' as Address,
  messagePasser: '0x4200000000000000000000000000000000000016' as Address,
  baseFeeVault: '0x4200000000000000000000000000000000000019' as Address,
  l1FeeVault: '0x420000000000000000000000000000000000001a' as Address,
  operatorFeeVault: '0x420000000000000000000000000000000000001b' as Address,
  // The governance timelock, the beneficiary of the allocation.
  timelock: '0x4200000000000000000000000000000000000a01' as Address,
  court: '0x4200000000000000000000000000000000000a02' as Address,
  governor: '0x4200000000000000000000000000000000000a03' as Address,
  voteToken: '0x4200000000000000000000000000000000000a04' as Address,
  contributorVeto: '0x4200000000000000000000000000000000000a05' as Address,
  validatorVault: '0x4200000000000000000000000000000000000a06' as Address,
  burner: '0x4200000000000000000000000000000000000a07' as Address,
  // The ETH of L1, an ERC-20 here.
  bridgedEther: '0x4200000000000000000000000000000000000a08' as Address,
  vestingCommunity: '0x4200000000000000000000000000000000000a10' as Address,
  vestingInvestors: '0x4200000000000000000000000000000000000a11' as Address,
  vestingTeam: '0x4200000000000000000000000000000000000a12' as Address,
  vestingEcosystem: '0x4200000000000000000000000000000000000a13' as Address,
} as const

export type PredeployName = keyof typeof predeploys

/** EIP-4788: beacon roots by timestamp. */
export const beaconRootsAddress = '0x000f3df6d732807ef1319fb7b8bb8522d0beac02' as Address

/** EIP-2935: the last 8,191 block hashes. */
export const historyStorageAddress = '0x0000f90827f1c53a10cb7a02335b175320002935' as Address
