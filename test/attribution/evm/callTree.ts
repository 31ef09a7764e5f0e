import { type Address, bigintToFixed, concatBytes, emptyBytes, hexToBytes } from '../../../core/hex.ts'

// Programs of the contract Tree (test/contracts/Tree.sol) and what they give.

const kinds = { call: 0, staticcall: 1, delegatecall: 2, callcode: 3, revert: 4, invalid: 5 } as const
const caught = 0x80

/** A call of a Tree's program; without `catches` its failure reverts the frame. */
export type CallStep = {
  readonly kind: 'call' | 'staticcall' | 'delegatecall' | 'callcode'
  readonly target: Address
  readonly data: Uint8Array
  readonly value?: bigint
  /** Absent: all there is. */
  readonly gas?: bigint
  readonly catches?: boolean
}
/** Ends the frame: with revert data, or with all its gas gone. */
export type EndStep = { readonly kind: 'revert' | 'invalid' }
export type Step = CallStep | EndStep

/** The data that makes a Tree perform these steps. */
export function encodeSteps(steps: readonly Step[]): Uint8Array {
  return concatBytes(...steps.map(encodeStep))
}

function encodeStep(step: Step): Uint8Array {
  if (!('target' in step)) return Uint8Array.of(kinds[step.kind])
  const { kind, target, data, value = 0n, gas = 0n, catches = false } = step
  return concatBytes(
    Uint8Array.of(kinds[kind] | (catches ? caught : 0)),
    hexToBytes(target),
    bigintToFixed(value, 12),
    bigintToFixed(gas, 4),
    bigintToFixed(BigInt(data.length), 3),
    data,
  )
}

/** What one call gave: of a call of a Tree the data is that frame's own trace. */
export type Traced = { readonly ok: boolean; readonly data: Uint8Array }

/** What a Tree returns or reverts with, having made these calls. */
export function encodeTrace(calls: readonly Traced[]): Uint8Array {
  return concatBytes(
    ...calls.flatMap(({ ok, data }) => [Uint8Array.of(ok ? 1 : 0), bigintToFixed(BigInt(data.length), 4), data]),
  )
}

/** The calls of one frame. */
export function decodeTrace(trace: Uint8Array): readonly Traced[] {
  const calls: Traced[] = []
  for (let at = 0; at < trace.length; ) {
    const length = new DataView(trace.buffer, trace.byteOffset + at + 1).getUint32(0)
    calls.push({ ok: trace[at] === 1, data: trace.subarray(at + 5, at + 5 + length) })
    at += 5 + length
  }
  return calls
}

/** The trace of a frame that made no call. */
export const noTrace = emptyBytes
