import type { Address } from './hex.ts'

const table = {
  wrappedOpen: '0x4200000000000000000000000000000000000006',
  gasPriceOracle: '0x420000000000000000000000000000000000000f',
  sequencerFeeVault: '0x4200000000000000000000000000000000000011',
  l1Block: '0x4200000000000000000000000000000000000015',
  messagePasser: '0x4200000000000000000000000000000000000016',
  baseFeeVault: '0x4200000000000000000000000000000000000019',
  l1FeeVault: '0x420000000000000000000000000000000000001a',
  operatorFeeVault: '0x420000000000000000000000000000000000001b',
  // Reserved for the governance timelock, the beneficiary of the allocation; no code there so far.
  timelock: '0x4200000000000000000000000000000000000a01',
  vestingCommunity: '0x4200000000000000000000000000000000000a10',
  vestingInvestors: '0x4200000000000000000000000000000000000a11',
  vestingTeam: '0x4200000000000000000000000000000000000a12',
  vestingEcosystem: '0x4200000000000000000000000000000000000a13',
} as const

export type PredeployName = keyof typeof table

/**
 * Addresses of the Solidity predeploys. Those in 0x4200…0000 to 0x4200…07FF have the role they have on an OP Stack
 * chain; those in 0x4200…0A00 to 0x4200…0AFF are this chain's own.
 */
export const predeploys = table as { readonly [Name in PredeployName]: Address }

/** Sender of the L1-attributes deposit: no key exists for it. */
export const depositorAccount = '0xdeaddeaddeaddeaddeaddeaddeaddeaddead0001' as Address

/** EIP-4788: beacon roots by timestamp. */
export const beaconRootsAddress = '0x000f3df6d732807ef1319fb7b8bb8522d0beac02' as Address

/** EIP-2935: the last 8,191 block hashes. */
export const historyStorageAddress = '0x0000f90827f1c53a10cb7a02335b175320002935' as Address
