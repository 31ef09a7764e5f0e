import fc from 'fast-check'

// What the differential test does, before it is known what exists: numbers stand for the choice among it.

/** Any number: whoever uses it takes the remainder. */
const pick = fc.nat({ max: 1_000_000 })
/** True once in so many times. */
const rarely = (times: number) => fc.nat({ max: times - 1 }).map((value) => value === 0)

/** One call of Settlement. `actor` is taken if `stray`; else whoever it is made for. */
export type Act = {
  readonly kind: 'act'
  readonly name: ActName
  /** Choices of the call: objects, amounts, what is wrong with it. */
  readonly picks: readonly number[]
  readonly actor: number
  readonly stray: boolean
  readonly catches: boolean
  /** One wei comes with the call whatever it takes; the call gets no gas to speak of. */
  readonly odd: 'value' | 'starved' | undefined
}

export type Frame = {
  readonly kind: 'frame'
  readonly actor: number
  readonly steps: readonly (Act | Frame)[]
  readonly catches: boolean
  readonly end: 'return' | 'revert' | 'invalid'
  /** Wei that go along. */
  readonly value: number
}

/** Transactions with seconds between them. */
export type Program = readonly { readonly wait: number; readonly frame: Frame }[]

export const actNames = [
  'openChannel',
  'topUp',
  'closeChannel',
  'reclaim',
  'settleBatch',
  'finalizeBatch',
  'claim',
  'claimBase',
  'expireBatch',
  'withdraw',
  'withdrawTo',
  'sweepFor',
  'setSplit',
] as const
export type ActName = (typeof actNames)[number]

const weights: Readonly<Record<ActName, number>> = {
  openChannel: 3,
  topUp: 2,
  closeChannel: 1,
  reclaim: 2,
  settleBatch: 8,
  finalizeBatch: 4,
  claim: 5,
  claimBase: 3,
  expireBatch: 2,
  withdraw: 2,
  withdrawTo: 2,
  sweepFor: 2,
  setSplit: 1,
}

const act: fc.Arbitrary<Act> = fc.record({
  kind: fc.constant('act' as const),
  name: fc.oneof(...actNames.map((name) => ({ weight: weights[name], arbitrary: fc.constant(name) }))),
  picks: fc.array(pick, { minLength: 12, maxLength: 12 }),
  actor: pick,
  stray: rarely(12),
  catches: fc.boolean(),
  odd: fc.oneof(
    { weight: 28, arbitrary: fc.constant(undefined) },
    { weight: 2, arbitrary: fc.constantFrom('value' as const, 'starved' as const) },
  ),
})

const frame: fc.Arbitrary<Frame> = fc.letrec<{ frame: Frame; step: Act | Frame }>((tie) => ({
  frame: fc.record({
    kind: fc.constant('frame' as const),
    actor: pick,
    steps: fc.array(tie('step'), { minLength: 1, maxLength: 4, size: 'max', depthIdentifier: 'frame' }),
    catches: fc.nat({ max: 9 }).map((value) => value < 8),
    end: fc.oneof(
      { weight: 14, arbitrary: fc.constant('return' as const) },
      { weight: 4, arbitrary: fc.constant('revert' as const) },
      { weight: 1, arbitrary: fc.constant('invalid' as const) },
    ),
    value: fc.nat({ max: 3 }),
  }),
  step: fc.oneof(
    { maxDepth: 5, depthIdentifier: 'frame' },
    { weight: 3, arbitrary: act },
    { weight: 2, arbitrary: tie('frame') },
  ),
})).frame

/** Seconds: within a block, over the gap between batches, the window, the notice, the life of a channel, the expiry. */
const wait = fc.constantFrom(1, 2, 11, 11, 61, 62, 62, 125, 700, 1_500, 3_700, 3_700)

export const programs: fc.Arbitrary<Program> = fc.array(fc.record({ wait, frame }), {
  minLength: 6,
  maxLength: 12,
  size: 'max',
})
