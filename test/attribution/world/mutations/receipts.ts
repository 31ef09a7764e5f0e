import type { Receipt } from '../../../../attribution/kernel/typedData.ts'
import { makeBody } from '../draft.ts'
import { damage, type Mutation, near, someHash } from './tools.ts'

// What is false in receipts and in what their makers sign.

export const changeReceiptField: Mutation = (draft, random) => {
  const target = random.pick(draft.receipts)
  const { receipt } = target
  const change: { [K in keyof Receipt]: () => Receipt[K] } = {
    channel: () => (random.chance(0.5) ? receipt.channel + 1n : random.bits(48)),
    sequence: () => (random.chance(0.5) ? receipt.sequence + 1n : random.bits(40)),
    promptRoot: () => someHash(random),
    outputRoot: () => someHash(random),
    outputLength: () =>
      random.chance(0.5) ? Math.max(0, receipt.outputLength + random.between(-1, 1)) : Number(random.bits(32)),
    tokensIn: () => Number(random.bits(32)),
    tokensOut: () => Number(random.bits(32)),
    price: () => random.bits(96),
    cumulative: () => (random.chance(0.5) ? receipt.cumulative + 1n : random.bits(96)),
    time: () => random.bits(40),
  }
  const name = random.pick(Object.keys(change) as (keyof Receipt)[])
  target.receipt = { ...receipt, [name]: change[name]() }
}

/** Sequence 0 is before a channel's first receipt. */
export const zeroSequence: Mutation = (draft, random) => {
  const target = random.pick(draft.receipts)
  target.receipt = { ...target.receipt, sequence: 0n }
}

export const lowerCumulative: Mutation = (draft, random) => {
  const target = random.pick(draft.receipts)
  const { cumulative } = target.receipt
  target.receipt = { ...target.receipt, cumulative: cumulative / BigInt(random.between(2, 9)) }
}

export const swapReceipts: Mutation = ({ receipts }, random) => {
  const [a, b] = [random.below(receipts.length), random.below(receipts.length)]
  ;[receipts[a], receipts[b]] = [receipts[b]!, receipts[a]!]
}

export const repeatReceipt: Mutation = ({ receipts }, random) => {
  receipts[random.below(receipts.length)] = { ...random.pick(receipts) }
}

export const moveToChannel: Mutation = ({ receipts }, random, { channels }) => {
  const target = random.pick(receipts)
  const strange = [0n, 2n ** 48n - 1n, random.bits(48), BigInt(channels.length + 1)]
  const channel = random.chance(0.5) ? random.pick(channels).channel : random.pick(strange)
  // All of a channel or one of it.
  const moved = random.chance(0.4)
    ? receipts.filter(({ receipt }) => receipt.channel === target.receipt.channel)
    : [target]
  for (const each of moved) each.receipt = { ...each.receipt, channel }
  if (random.chance(0.5)) receipts.sort((a, b) => Number(a.receipt.channel - b.receipt.channel))
}

export const changeAccount: Mutation = (draft, random) => {
  const target = random.pick(draft.receipts)
  const kind = random.below(5)
  if (kind === 0) target.says.previousCumulative = near(random, target.receipt.cumulative)
  if (kind === 1) target.says.headAfter = someHash(random)
  if (kind === 2) target.says.marginBefore = random.chance(0.5) ? BigInt(random.below(3)) : random.bits(90)
  if (kind === 3) target.says.creditBefore = random.chance(0.5) ? BigInt(random.below(3)) : random.bits(90)
  if (kind === 4) target.says.traceRoot = someHash(random)
}

export const changeCredit: Mutation = (draft, random, { body }) => {
  draft.credit = near(random, body.header.credit)
}

export const rawReceipt: Mutation = (draft, random, scenario) => {
  const index = random.below(draft.receipts.length)
  draft.receipts[index]!.raw = damage(random, makeBody(scenario, draft).claimed.receipts[index]!.leaf)
}
