import { assert } from '../core/errors.ts'
import type { Header } from '../core/header.ts'
import { bigintToFixed, bytesToBigint, concatBytes } from '../core/hex.ts'
import type { ChainRules } from '../core/rules.ts'

/** What a header's extraData says about the base fee of the child block; `floor` in wei per gas. */
export type FeeParams = { readonly denominator: number; readonly elasticity: number; readonly floor: bigint }

const maxU32 = 0xffff_ffff
const maxU64 = 0xffff_ffff_ffff_ffffn

/** extraData: 0x01 ‖ denominator u32 ‖ elasticity u32 ‖ floor u64, the form of OP's Jovian fork. */
export function encodeExtraData({ denominator, elasticity, floor }: FeeParams): Uint8Array {
  assert(denominator > 0 && denominator <= maxU32, 'fee denominator out of range')
  assert(elasticity > 0 && elasticity <= maxU32, 'fee elasticity out of range')
  assert(floor >= 0n && floor <= maxU64, 'fee floor out of range')
  return concatBytes(
    Uint8Array.of(1),
    bigintToFixed(BigInt(denominator), 4),
    bigintToFixed(BigInt(elasticity), 4),
    bigintToFixed(floor, 8),
  )
}

/** The fee parameters in an extraData, or undefined when it is not exactly one of ours. */
export function decodeExtraData(bytes: Uint8Array): FeeParams | undefined {
  if (bytes.length !== 17 || bytes[0] !== 1) return undefined
  const denominator = Number(bytesToBigint(bytes.subarray(1, 5)))
  const elasticity = Number(bytesToBigint(bytes.subarray(5, 9)))
  if (denominator === 0 || elasticity === 0) return undefined
  return { denominator, elasticity, floor: bytesToBigint(bytes.subarray(9)) }
}

/** The base fee of a child: EIP-1559 over the parent, never below the parent's floor. */
export function nextBaseFee(parent: Header): bigint {
  const params = paramsOf(parent)
  return max(eip1559BaseFee(parent, params), params.floor)
}

/** EIP-1559's formula: the full block against a target of gasLimit / elasticity, moved by at most 1 / denominator. */
export function eip1559BaseFee(
  parent: { readonly baseFeePerGas: bigint; readonly gasUsed: bigint; readonly gasLimit: bigint },
  { denominator, elasticity }: Pick<FeeParams, 'denominator' | 'elasticity'>,
): bigint {
  const { baseFeePerGas: baseFee, gasUsed } = parent
  const target = parent.gasLimit / BigInt(elasticity)
  assert(target > 0n, 'gas limit below the fee elasticity')
  if (gasUsed === target) return baseFee
  if (gasUsed > target) {
    const rise = (baseFee * (gasUsed - target)) / target / BigInt(denominator)
    return baseFee + max(rise, 1n)
  }
  return baseFee - (baseFee * (target - gasUsed)) / target / BigInt(denominator)
}

/**
 * What the floor moves to: the price of a byte on L1 (the cheaper of calldata, 40 gas per byte by EIP-7623, and
 * blobs) in OPEN per L2 gas, where calldata costs 40 per byte too.
 */
export function feeTarget(
  l1: { readonly baseFee: bigint; readonly blobBaseFee: bigint },
  daFeeScalar: number,
  rules: Pick<ChainRules, 'minBaseFee' | 'maxFloorFee'>,
): bigint {
  const price = min(40n * l1.baseFee, l1.blobBaseFee)
  return clamp((price * BigInt(daFeeScalar)) / 40_000n, rules.minBaseFee, rules.maxFloorFee)
}

/** The floor of a block from its parent's: towards the target, by at most an eighth. */
export function nextFloor(parentFloor: bigint, target: bigint): bigint {
  return clamp(target, (parentFloor * 7n) / 8n, (parentFloor * 9n) / 8n + 1n)
}

/** The extraData of a block whose origin has these fees and whose configuration is in force there. */
export function childExtraData(
  parent: Header,
  l1: { readonly baseFee: bigint; readonly blobBaseFee: bigint },
  config: { readonly eip1559Denominator: number; readonly eip1559Elasticity: number; readonly daFeeScalar: number },
  rules: Pick<ChainRules, 'minBaseFee' | 'maxFloorFee'>,
): Uint8Array {
  const floor = nextFloor(paramsOf(parent).floor, feeTarget(l1, config.daFeeScalar, rules))
  return encodeExtraData({ denominator: config.eip1559Denominator, elasticity: config.eip1559Elasticity, floor })
}

function paramsOf(parent: Header): FeeParams {
  const params = decodeExtraData(parent.extraData)
  assert(params !== undefined, 'parent header carries no fee parameters')
  return params
}

function clamp(value: bigint, low: bigint, high: bigint): bigint {
  return max(min(value, high), low)
}

function max(a: bigint, b: bigint): bigint {
  return a > b ? a : b
}

function min(a: bigint, b: bigint): bigint {
  return a < b ? a : b
}
