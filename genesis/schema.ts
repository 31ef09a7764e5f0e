import { z } from 'zod'
import { maxAmount } from '../attribution/native/money.ts'
import { type ParamName, paramNames } from '../attribution/native/rules.ts'
import { type Address, type Hash, parseAddress, parseHash } from '../core/hex.ts'
import { supplyCap } from './spec.ts'

const u32 = 0xffff_ffff
const u64 = 0xffff_ffff_ffff_ffffn

const address = z.string().transform((text, context): Address => {
  const parsed = parseAddress(text)
  if (parsed !== undefined) return parsed
  context.addIssue('expected an address of 40 hex digits')
  return z.NEVER
})
const hash = z.string().transform((text, context): Hash => {
  const parsed = parseHash(text)
  if (parsed !== undefined) return parsed
  context.addIssue('expected a hash of 64 hex digits')
  return z.NEVER
})
/** Wei are decimal strings: JSON numbers lose digits. */
const wei = z
  .string()
  .regex(/^(0|[1-9][0-9]{0,76})$/, 'expected wei as a decimal string')
  .transform(BigInt)
const supply = wei.refine((value) => value <= supplyCap, 'above the cap of 1e27 wei')
const feePerGas = wei.refine((value) => value > 0n && value <= u64, 'expected 1 to 2^64 - 1 wei per gas')
const count = z.int().nonnegative()
const positive = z.int().positive()
const countBig = count.transform(BigInt)
const positiveBig = positive.transform(BigInt)
const seconds = positive.max(u32).transform(BigInt)

const origin = z.strictObject({
  number: countBig,
  hash,
  timestamp: countBig,
  baseFee: wei,
  blobBaseFee: wei,
  mixHash: hash,
  parentBeaconBlockRoot: hash,
})

const blobSchedule = z
  .array(z.strictObject({ timestamp: countBig, updateFraction: positiveBig }))
  .min(1)
  .refine((list) => list[0]?.timestamp === 0n, 'must begin at 0')
  .refine(
    (list) => list.every((fork, index) => index === 0 || fork.timestamp > list[index - 1]!.timestamp),
    'not by time',
  )

const rollup = z.strictObject({
  inbox: address,
  portal: address,
  outputOracle: address,
  validatorRegistry: address,
  systemConfig: address,
  standardBridge: address,
  open: address,
  multicall3: address,
  unsafeSigner: address,
  sidecars: z.enum(['eip4844', 'eip7594']),
  originDepth: countBig,
})

const forks = z
  .array(z.strictObject({ name: z.string().min(1), timestamp: countBig }))
  .refine((list) => list[0]?.name === 'genesis' && list[0].timestamp === 0n, 'must begin with genesis at 0')
  .refine((list) => list.every((fork, index) => fork.timestamp >= (list[index - 1]?.timestamp ?? 0n)), 'not by time')
  .refine((list) => new Set(list.map(({ name }) => name)).size === list.length, 'names a fork twice')

const systemConfig = z
  .strictObject({
    batcherHash: hash,
    // Room for the deposits of an L1 block (4 M) and the attributes deposit (1 M).
    gasLimit: z.int().min(5_000_000).transform(BigInt),
    eip1559Denominator: positive.max(u32),
    eip1559Elasticity: positive.max(u32),
    daFeeScalar: count.max(u32),
  })
  .refine((config) => config.gasLimit >= BigInt(config.eip1559Elasticity), 'gas limit below the elasticity')

const feeVault = z.strictObject({ recipient: address, minWithdrawal: wei })

const vesting = z.strictObject({ wallet: address, cliffMonths: countBig, linearMonths: positiveBig })
const bucket = z
  .strictObject({
    name: z.string().min(1),
    total: supply,
    liquid: supply,
    beneficiary: address,
    vesting: vesting.optional(),
  })
  .refine(({ total, liquid }) => liquid <= total, 'liquid is more than total')
  .refine((value) => value.liquid === value.total || value.vesting !== undefined, 'the locked part needs vesting')
  .refine((value) => value.liquid < value.total || value.vesting === undefined, 'vesting without a locked part')
  .transform(({ vesting, ...value }) => ({ ...value, vesting }))

/** The most that a parameter may ever be: what its fields in the state hold, and a part that is no more than all. */
function ceilingOf(name: ParamName): bigint {
  if (name.endsWith('Sec')) return 2n ** 32n - 1n
  if (name.endsWith('Bps')) return 10_000n
  return name === 'slashMultiple' ? 65_535n : maxAmount
}

/** A parameter of the protocol: its value at genesis, the least and the most that governance may set. */
function rangeOf(name: ParamName) {
  const ceiling = ceilingOf(name)
  return z
    .strictObject({ value: wei, min: wei, max: wei })
    .refine(({ min }) => min >= 1n, 'min must be at least 1')
    .refine(({ value, min, max }) => min <= value && value <= max, 'value is outside min to max')
    .refine(({ max }) => max <= ceiling, `max is above ${ceiling}`)
}
const params = z.strictObject(
  Object.fromEntries(paramNames.map((name) => [name, rangeOf(name)])) as Record<ParamName, ReturnType<typeof rangeOf>>,
)
const attribution = z.strictObject({
  params,
  // In 32 bits: the governor keeps its period so, and no time that they are added to overflows.
  weekSec: seconds,
  timelockDelaySec: seconds,
  courtDelaySec: seconds,
  votingDelaySec: seconds,
  votingPeriodSec: seconds,
  proposalThreshold: supply,
  leastQuorum: supply,
  leastBurn: supply,
})

/** A chain spec file. Field meanings: `ChainSpec`. Unknown fields are refused everywhere. */
export const specSchema = z
  .strictObject({
    name: z.string().regex(/^[a-z0-9-]{1,32}$/, 'expected 1 to 32 of a-z, 0-9, -'),
    chainId: positiveBig,
    launched: z.boolean(),
    hash: hash.optional(),
    timestamp: countBig,
    l1: z
      .strictObject({ chainId: positiveBig, origin, blobSchedule, rollup: rollup.optional() })
      .transform(({ rollup, ...value }) => ({ ...value, rollup })),
    forks,
    limits: z
      .strictObject({
        maxOriginAgeSec: positiveBig,
        maxOriginStep: positiveBig,
        sequencingWindow: positiveBig,
        forcedLag: positiveBig,
        maxBlockTxBytes: positive,
        maxBlockBytes: positive,
      })
      // Otherwise an expired window would force no block, and stay expired.
      .refine(
        ({ forcedLag, sequencingWindow }) => forcedLag < sequencingWindow,
        'forcedLag is not below sequencingWindow',
      ),
    fees: z
      .strictObject({ initialBaseFee: feePerGas, minBaseFee: feePerGas, maxFloorFee: feePerGas })
      .refine(({ minBaseFee, maxFloorFee }) => minBaseFee <= maxFloorFee, 'minBaseFee is more than maxFloorFee')
      .refine(({ initialBaseFee, minBaseFee }) => initialBaseFee >= minBaseFee, 'initialBaseFee is below minBaseFee'),
    systemConfig,
    feeVaults: z.strictObject({ sequencer: feeVault, base: feeVault, l1: feeVault, operator: feeVault }),
    totalSupply: supply,
    attribution,
    allocation: z.strictObject({ monthSec: positiveBig, buckets: z.array(bucket).min(1) }).optional(),
    accounts: z.record(z.string(), wei).transform((record, context): ReadonlyMap<Address, bigint> => {
      const entries = Object.entries(record).map(([text, value]) => [parseAddress(text), value] as const)
      const accounts = new Map(entries.flatMap(([key, value]) => (key === undefined ? [] : [[key, value] as const])))
      if (accounts.size === entries.length) return accounts
      context.addIssue('every key must be an address of 40 hex digits, each once')
      return z.NEVER
    }),
  })
  .refine(({ timestamp, l1 }) => timestamp >= l1.origin.timestamp, {
    path: ['timestamp'],
    error: 'before the time of the L1 origin',
  })
  .refine(({ timestamp, l1, limits }) => timestamp <= l1.origin.timestamp + limits.maxOriginAgeSec, {
    path: ['timestamp'],
    error: 'more than limits.maxOriginAgeSec after the L1 origin',
  })
  .refine(({ allocation, totalSupply }) => allocation === undefined || totalSupply === supplyCap, {
    path: ['totalSupply'],
    error: 'with an allocation it must be the cap of 1e27 wei',
  })
