import assert from 'node:assert/strict'
import { protocol } from '../../../attribution/native/addresses.ts'
import { type Address, emptyBytes } from '../../../core/hex.ts'
import type { Harness } from '../harness.ts'
import { encodeSteps, encodeTrace, type Step, type Traced } from './callTree.ts'
import { pay } from './evmWorld.ts'
import type { ActName, Frame } from './programs.ts'

/** One call of Settlement, ready to be made. */
export type Ready = {
  readonly name: ActName
  readonly from: Address
  readonly data: Uint8Array
  readonly value: bigint
  /** After the call, with the state as it left it. */
  readonly done: ((outcome: Traced) => void) | undefined
}

/** Gas of a frame that ends with all its gas gone: enough for what it does before, not all there is. */
const invalidGas = 3_000_000n
/** Too little for anything. */
const starvedGas = 50n

/**
 * Performs a frame on the harness, which stands for the chain: `prepare` makes each call from the state at its moment.
 * Gives the same as a program of Trees, and the trace that this program has to give.
 */
export function perform(
  h: Harness,
  actors: readonly Address[],
  frame: Frame,
  prepare: (act: Extract<Frame['steps'][number], { kind: 'act' }>) => Ready,
): { readonly to: Address; readonly data: Uint8Array; readonly outcome: Traced } {
  const actorOf = (number: number) => actors[number % actors.length]!

  function runFrame(self: Address, { steps, end }: Frame): { program: Step[]; outcome: Traced } {
    const program: Step[] = []
    const calls: Traced[] = []
    for (const each of steps) {
      const { step, outcome } = each.kind === 'frame' ? runSub(self, each) : runAct(self, each)
      program.push(step)
      calls.push(outcome)
      if (!outcome.ok && !step.catches) return { program, outcome: { ok: false, data: encodeTrace(calls) } }
    }
    if (end === 'return') return { program, outcome: { ok: true, data: encodeTrace(calls) } }
    program.push({ kind: end })
    return { program, outcome: { ok: false, data: end === 'revert' ? encodeTrace(calls) : emptyBytes } }
  }

  function runSub(self: Address, frame: Frame) {
    const target = actorOf(frame.actor)
    const value = BigInt(frame.value)
    const { program, outcome } = within(self, target, value, () => runFrame(target, frame))
    const gas = frame.end === 'invalid' ? { gas: invalidGas } : {}
    const call = { kind: 'call' as const, target, value, data: encodeSteps(program), catches: frame.catches, ...gas }
    return { step: call, outcome }
  }

  /** Whoever is not the frame's own account makes the call from a frame of its own. */
  function runAct(self: Address, act: Extract<Frame['steps'][number], { kind: 'act' }>) {
    const ready = prepare(act)
    const from = act.stray ? actorOf(act.actor) : ready.from
    // With a value the call would get a stipend.
    const starved = act.odd === 'starved' && ready.value === 0n
    const value = act.odd === 'value' ? 1n : ready.value
    const gas = starved ? { gas: starvedGas } : {}
    const direct = { kind: 'call', target: protocol.settlement, data: ready.data, value, ...gas } as const
    const { ok, data } = h.raw(from, protocol.settlement, ready.data, { value, ...gas })
    const traced = { ok, data }
    ready.done?.(traced)
    const own = { step: { ...direct, catches: act.catches }, outcome: traced }
    if (from === self) return own
    const wrapped = { kind: 'call' as const, target: from, data: encodeSteps([direct]), catches: act.catches }
    return { step: wrapped, outcome: { ok, data: encodeTrace([traced]) } }
  }

  function within<T extends { readonly outcome: Traced }>(from: Address, to: Address, wei: bigint, run: () => T): T {
    h.world.checkpoint()
    pay(h, from, -wei)
    pay(h, to, wei)
    const result = run()
    if (result.outcome.ok) h.world.commit()
    else h.world.revert()
    return result
  }

  const to = actorOf(frame.actor)
  h.world.checkpoint()
  const { program, outcome } = runFrame(to, frame)
  if (outcome.ok) h.world.commit()
  else h.world.revert()
  assert.equal(h.world.depth(), 0)
  return { to, data: encodeSteps(program), outcome }
}
