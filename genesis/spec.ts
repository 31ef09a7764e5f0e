import type { ParamName, ParamRange, ProtocolRules } from '../attribution/native/rules.ts'
import type { Address, Hash } from '../core/hex.ts'
import type { L1Block } from '../core/ports/l1.ts'
import { predeploys } from '../core/predeploys.ts'
import { type ChainRules, type ForkName, forkNames, type SystemConfig } from '../core/rules.ts'

/** Everything that distinguishes one chain from another, from its spec file. Wei as bigint, times in Unix seconds. */
export type ChainSpec = {
  readonly name: string
  readonly chainId: bigint
  /** False: the L1 origin and addresses are not chosen yet, so the chain can be built but not joined. */
  readonly launched: boolean
  /** The hash that building genesis must give; absent while it is not fixed. */
  readonly hash: Hash | undefined
  readonly timestamp: bigint
  readonly l1: L1Spec
  /** By activation time, oldest first; may name forks that this version does not know: see `ChainRules.unknownFork`. */
  readonly forks: readonly ScheduledFork[]
  readonly limits: Pick<
    ChainRules,
    'maxOriginAgeSec' | 'maxOriginStep' | 'sequencingWindow' | 'forcedLag' | 'maxBlockTxBytes' | 'maxBlockBytes'
  >
  readonly fees: Pick<ChainRules, 'minBaseFee' | 'maxFloorFee'> & { readonly initialBaseFee: bigint }
  /** SystemConfig until L1 says otherwise. */
  readonly systemConfig: SystemConfig
  readonly feeVaults: Readonly<Record<FeeVaultName, FeeVaultSpec>>
  /** OPEN in wei that exist in the genesis state; building genesis proves it. */
  readonly totalSupply: bigint
  readonly allocation: Allocation | undefined
  /** Parameters of the attribution protocol: value at genesis and the bounds of governance. */
  readonly attribution: {
    readonly params: Readonly<Record<ParamName, ParamRange>>
    readonly weekSec: bigint
    /** Between a proposal's success and its execution; the contributors' veto falls into it. */
    readonly timelockDelaySec: bigint
    readonly courtDelaySec: bigint
    readonly votingDelaySec: bigint
    readonly votingPeriodSec: bigint
    /** Least votes to propose, in wei of the vote token. */
    readonly proposalThreshold: bigint
    /** Votes that a quorum takes at least, in wei: governance cannot change it. */
    readonly leastQuorum: bigint
    /** Wei that must have gathered for the Burner to take them out of the chain. */
    readonly leastBurn: bigint
  }
  /** Further balances. */
  readonly accounts: ReadonlyMap<Address, bigint>
  /** Not in any file: set by `withSolo` only. */
  readonly impersonation: boolean
  /** Addresses of native precompiles: accounts with nonce 1 and the code 0xfe from genesis on. */
  readonly natives: readonly Address[]
}

/** The L1 that a chain lives on. */
export type L1Spec = {
  readonly chainId: bigint
  /** The genesis block's origin: deposits count from the next block on. */
  readonly origin: L1Block
  /** How L1's blob base fee follows from its headers, by L1 fork, oldest first (EIP-4844, EIP-7892). */
  readonly blobSchedule: readonly BlobFork[]
  /** The contracts on L1; absent until they are deployed, and on a chain without L1. */
  readonly rollup: RollupSpec | undefined
}

export type BlobFork = { readonly timestamp: bigint; readonly updateFraction: bigint }

/** What ties a chain to L1: addresses of its contracts there, and how L1 is to be used. */
export type RollupSpec = {
  /** Where batches go: an address without code. */
  readonly inbox: Address
  readonly portal: Address
  readonly outputOracle: Address
  readonly validatorRegistry: Address
  readonly systemConfig: Address
  readonly standardBridge: Address
  /** The OPEN token. */
  readonly open: Address
  readonly multicall3: Address
  /** Signs unsafe blocks at genesis. */
  readonly unsafeSigner: Address
  /** Form of the proofs that L1 nodes want with blobs: per blob, or per cell since Fusaka. */
  readonly sidecars: 'eip4844' | 'eip7594'
  /** An L1 block becomes an origin once so many blocks are on top of it. */
  readonly originDepth: bigint
}

export type ScheduledFork = { readonly name: string; readonly timestamp: bigint }

export const feeVaultNames = ['sequencer', 'base', 'l1', 'operator'] as const
export type FeeVaultName = (typeof feeVaultNames)[number]
export type FeeVaultSpec = { readonly recipient: Address; readonly minWithdrawal: bigint }

/** The OPEN allocation: months are counted from the genesis timestamp. */
export type Allocation = { readonly monthSec: bigint; readonly buckets: readonly Bucket[] }

/** One share of the supply: `liquid` is the beneficiary's at genesis, the rest is in a vesting wallet. */
export type Bucket = {
  readonly name: string
  readonly total: bigint
  readonly liquid: bigint
  readonly beneficiary: Address
  readonly vesting: BucketVesting | undefined
}

/** Nothing for `cliffMonths`, then linear from nothing to all over `linearMonths`. */
export type BucketVesting = { readonly wallet: Address; readonly cliffMonths: bigint; readonly linearMonths: bigint }

/** 1,000,000,000 OPEN in wei: what may ever exist. */
export const supplyCap = 10n ** 27n

/** The gas limit of a development chain without L1. */
export const soloGasLimit = 30_000_000n

/** The consensus rules of a chain. */
export function rulesOf({ chainId, forks, limits, fees, impersonation }: ChainSpec): ChainRules {
  const { minBaseFee, maxFloorFee } = fees
  const known = forks.flatMap(({ name, timestamp }) => (isForkName(name) ? [{ name, timestamp }] : []))
  const unknownFork = forks.find(({ name }) => !isForkName(name))
  const rules = { chainId, forks: known, ...limits, minBaseFee, maxFloorFee, impersonation }
  return unknownFork === undefined ? rules : { ...rules, unknownFork }
}

/** The attribution protocol's rules on a chain. */
export function protocolRulesOf({ attribution: { params, weekSec } }: ChainSpec): ProtocolRules {
  const { timelock, court, burner, validatorVault } = predeploys
  return { params, weekSec, timelock, court, burner, validatorVault }
}

/** SystemConfig in force at genesis. */
export function systemConfigOf(spec: ChainSpec): SystemConfig {
  return spec.systemConfig
}

/** The genesis block's L1 origin, which no transaction of it tells; its sequence number is 0. */
export function originOf(spec: ChainSpec): { readonly origin: L1Block; readonly sequenceNumber: bigint } {
  return { origin: spec.l1.origin, sequenceNumber: 0n }
}

/**
 * The chain as a development chain without L1: more gas per block, impersonated senders, native precompiles of its own,
 * a genesis hash of its own.
 */
export function withSolo(spec: ChainSpec, natives: readonly Address[]): ChainSpec {
  const systemConfig = { ...spec.systemConfig, gasLimit: soloGasLimit }
  return { ...spec, systemConfig, natives: [...spec.natives, ...natives], impersonation: true, hash: undefined }
}

/** The chain with these funded accounts instead of those of its spec, for development chains. */
export function withAccounts(spec: ChainSpec, addresses: readonly Address[], balanceWei: bigint): ChainSpec {
  const accounts = new Map(addresses.map((address) => [address, balanceWei]))
  const totalSupply = spec.totalSupply - sum(spec.accounts.values()) + sum(accounts.values())
  return { ...spec, accounts, totalSupply, hash: undefined }
}

function isForkName(name: string): name is ForkName {
  return (forkNames as readonly string[]).includes(name)
}

function sum(values: Iterable<bigint>): bigint {
  let total = 0n
  for (const value of values) total += value
  return total
}
