import { bytesToHash } from '../../../core/hex.ts'
import { encodeRlp } from '../../../core/rlp.ts'
import { type Batch, encodeBatch } from '../../../l1/batch/batch.ts'
import { compress } from '../../../l1/batch/brotli.ts'
import { channelToPayloads } from '../../../l1/batch/payload.ts'

/** A reproducible source of numbers, fast rather than good (mulberry32). */
export type Dice = {
  /** 0 to `below` - 1. */
  roll(below: number): number
  bytes(length: number): Uint8Array
  pick<T>(items: readonly T[]): T
}

export function createDice(seed: number): Dice {
  let state = seed >>> 0
  function next(): number {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return (mixed ^ (mixed >>> 14)) >>> 0
  }
  const roll = (below: number) => next() % below
  return {
    roll,
    bytes: (length) => {
      const bytes = new Uint8Array(length)
      for (let at = 0; at < length; at++) bytes[at] = next()
      return bytes
    },
    pick: (items) => items[roll(items.length)]!,
  }
}

/** What a batcher that errs or lies may post: right payloads, and payloads with faults at every layer. */
export function wireCase(dice: Dice): readonly Uint8Array[] {
  const content = dice.roll(4) === 0 ? spoil(dice, contentOf(dice)) : contentOf(dice)
  const stream = compress(content, 1)
  const channel = joined(Uint8Array.of(dice.roll(20) === 0 ? dice.roll(256) : 1), dice.pick(streams)(dice, stream))
  const maxBytes = 25 + Math.floor(channel.length / (1 + dice.roll(6)))
  const payloads = channelToPayloads(channel, { channelId: dice.bytes(16), maxBytes })
  return dice.pick(postings)(dice, payloads)
}

/** One to three random edits: a bit, a byte, some inserted, some removed, the end cut off. */
export function spoil(dice: Dice, bytes: Uint8Array): Uint8Array {
  let spoiled = Array.from(bytes)
  for (let edits = 1 + dice.roll(3); edits > 0; edits--) {
    const at = dice.roll(spoiled.length + 1)
    const kind = dice.roll(6)
    if (kind === 0) spoiled[at] = (spoiled[at] ?? 0) ^ (1 << dice.roll(8))
    else if (kind === 1) spoiled[at] = dice.pick([0, 1, 0x7f, 0x80, 0xb8, 0xc0, 0xf8, 0xff])
    else if (kind === 2) spoiled.splice(at, 0, ...dice.bytes(1 + dice.roll(3)))
    else if (kind === 3) spoiled.splice(at, 1 + dice.roll(3))
    else if (kind === 4) spoiled.push(...dice.bytes(1 + dice.roll(4)))
    else spoiled = spoiled.slice(0, at)
  }
  return Uint8Array.from(spoiled)
}

function contentOf(dice: Dice): Uint8Array {
  return joined(...Array.from({ length: dice.pick([0, 1, 1, 2, 2, 3]) }, () => encodeRlp(encodeBatch(batchOf(dice)))))
}

function batchOf(dice: Dice): Batch {
  return {
    parentHash: bytesToHash(dice.bytes(32)),
    epochNumber: BigInt(dice.pick([0, 1, 0x7f, 0x80, dice.roll(2 ** 30)])),
    epochHash: bytesToHash(dice.bytes(32)),
    timestamp: BigInt(dice.roll(2 ** 30)) * BigInt(dice.pick([1, 2 ** 32])),
    txs: Array.from({ length: dice.roll(4) }, () => dice.bytes(dice.pick([0, 1, 2, 55, 56, 110]))),
  }
}

type Edit<T> = (dice: Dice, value: T) => T
const keep = <T>(_: Dice, value: T) => value

const streams: readonly Edit<Uint8Array>[] = [
  ...new Array(12).fill(keep<Uint8Array>),
  spoil,
  (_, stream) => joined(stream, stream),
  (dice, stream) => joined(stream, dice.bytes(1 + dice.roll(3))),
  (_, stream) => joined(stream, new Uint8Array(1)),
  (dice, stream) => stream.subarray(0, dice.roll(stream.length)),
  (dice) => dice.bytes(dice.roll(40)),
]

type Payloads = readonly Uint8Array[]
const postings: readonly Edit<Payloads>[] = [
  ...new Array(12).fill(keep<Payloads>),
  (dice, payloads) => replaced(payloads, dice.roll(payloads.length), (payload) => spoil(dice, payload)),
  // Into the header, where most of a frame's rules are.
  (dice, payloads) =>
    replaced(payloads, dice.roll(payloads.length), (payload) => {
      const changed = Uint8Array.from(payload)
      changed[dice.pick([0, 16, 18, 19, 22, payload.length - 1])]! ^= 1 << dice.roll(8)
      return changed
    }),
  (_, payloads) => payloads.toReversed(),
  (dice, payloads) => payloads.toSpliced(dice.roll(payloads.length), 1),
  (dice, payloads) => payloads.toSpliced(dice.roll(payloads.length), 0, dice.pick(payloads)),
  (dice, payloads) => [...payloads, ...channelToPayloads(dice.bytes(20), { channelId: dice.bytes(16), maxBytes: 60 })],
  (_, payloads) => [joined(...payloads)],
]

function replaced(payloads: Payloads, at: number, change: (payload: Uint8Array) => Uint8Array): Payloads {
  return payloads.map((payload, index) => (index === at ? change(payload) : payload))
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts))
}
