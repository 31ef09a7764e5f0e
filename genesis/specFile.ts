import { assert } from '../core/errors.ts'
import type { Allocation, ChainSpec, FeeVaultName, L1Spec } from './spec.ts'

/** A chain spec as JSON holds it: wei as decimal strings, every other number as a number. */
export type SpecFile = { readonly [key: string]: Json }
type Json = string | number | boolean | readonly Json[] | { readonly [key: string]: Json }

/** The text of a chain spec file: `loadSpec` of it gives the spec again. Not for development variants of a spec. */
export function encodeSpecFile(spec: ChainSpec): string {
  return `${JSON.stringify(specToJson(spec), undefined, 2)}\n`
}

/** The content of a chain spec file: `parseSpec` of it gives the spec again. */
export function specToJson(spec: ChainSpec): SpecFile {
  assert(!spec.impersonation, 'a development chain has no spec file')
  const { fees, systemConfig, attribution } = spec
  const { params, proposalThreshold, leastQuorum, leastBurn, ...periods } = attribution
  return {
    name: spec.name,
    chainId: Number(spec.chainId),
    launched: spec.launched,
    ...(spec.hash !== undefined && { hash: spec.hash }),
    timestamp: Number(spec.timestamp),
    l1: l1ToJson(spec.l1),
    forks: spec.forks.map(({ name, timestamp }) => ({ name, timestamp: Number(timestamp) })),
    limits: mapValues(spec.limits, Number),
    fees: mapValues(fees, String),
    systemConfig: { ...systemConfig, gasLimit: Number(systemConfig.gasLimit) },
    feeVaults: mapValues(spec.feeVaults, ({ recipient, minWithdrawal }) => ({
      recipient,
      minWithdrawal: String(minWithdrawal),
    })) satisfies Record<FeeVaultName, Json>,
    totalSupply: String(spec.totalSupply),
    attribution: {
      params: mapValues(params, (range) => mapValues(range, String)),
      ...mapValues(periods, Number),
      ...mapValues({ proposalThreshold, leastQuorum, leastBurn }, String),
    },
    ...(spec.allocation !== undefined && { allocation: allocationToJson(spec.allocation) }),
    accounts: Object.fromEntries([...spec.accounts].map(([address, wei]) => [address, String(wei)])),
  }
}

function l1ToJson({ chainId, origin, blobSchedule, rollup }: L1Spec): SpecFile {
  return {
    chainId: Number(chainId),
    origin: {
      number: Number(origin.number),
      hash: origin.hash,
      timestamp: Number(origin.timestamp),
      baseFee: String(origin.baseFee),
      blobBaseFee: String(origin.blobBaseFee),
      mixHash: origin.mixHash,
      parentBeaconBlockRoot: origin.parentBeaconBlockRoot,
    },
    blobSchedule: blobSchedule.map((fork) => mapValues(fork, Number)),
    ...(rollup !== undefined && { rollup: { ...rollup, originDepth: Number(rollup.originDepth) } }),
  }
}

function allocationToJson({ monthSec, buckets }: Allocation): SpecFile {
  return {
    monthSec: Number(monthSec),
    buckets: buckets.map(({ name, total, liquid, beneficiary, vesting }) => ({
      name,
      total: String(total),
      liquid: String(liquid),
      beneficiary,
      ...(vesting !== undefined && {
        vesting: {
          wallet: vesting.wallet,
          cliffMonths: Number(vesting.cliffMonths),
          linearMonths: Number(vesting.linearMonths),
        },
      }),
    })),
  }
}

function mapValues<K extends string, V, W>(record: Readonly<Record<K, V>>, map: (value: V) => W): Record<K, W> {
  return Object.fromEntries(Object.entries<V>(record).map(([key, value]) => [key, map(value)])) as Record<K, W>
}
