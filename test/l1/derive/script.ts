import { keccak256 } from '../../../core/keccak.ts'
import type { InboxTx } from '../../../l1/source.ts'
import { type Actor, batchesOf, nextTransfer, transfer } from './actor.ts'
import { batchTx, blobTx, calldataTx, type FakeL1 } from './fakeL1.ts'

/** Numbers below a bound that depend on the seed only. */
export type Dice = (sides: number) => number

export function createDice(seed: string): Dice {
  let bytes = keccak256(new TextEncoder().encode(seed))
  let at = 0
  return (sides) => {
    if (at + 2 > bytes.length) {
      bytes = keccak256(bytes)
      at = 0
    }
    return ((bytes[at++]! << 8) | bytes[at++]!) % sides
  }
}

/**
 * One thing that happens, at random: L1 mines (with deposits, updates, garbage), reorganises or becomes final, the
 * sequencer reads it, makes blocks, posts what is not safe.
 */
export async function happen(dice: Dice, l1: FakeL1, sequencer: Actor, final: { number: bigint }): Promise<void> {
  const { chain, follower } = sequencer
  switch (dice(10)) {
    case 0:
    case 1: {
      l1.mine({ salt: `${dice(1_000)}`, ...contentOf(dice) })
      return
    }
    case 2: {
      for (let count = dice(12); count > 0; count--) l1.mine({ salt: `${dice(1_000)}` })
      return
    }
    case 3: {
      const most = Number(l1.head().number - final.number)
      const depth = Math.min(dice(6), most)
      l1.drop(depth)
      for (let count = depth + dice(2); count > 0; count--) l1.mine({ salt: `fork ${dice(1_000)}`, ...contentOf(dice) })
      return
    }
    case 4: {
      const { number } = l1.head()
      if (number - final.number > 8n) final.number = number - 6n
      l1.finalize(final.number)
      return
    }
    case 5:
    case 6: {
      await sequencer.sync()
      for (let count = dice(4); count > 0; count--) {
        const from = dice(8)
        const txs = dice(3) === 0 ? [] : [nextTransfer(sequencer, from)]
        await sequencer.seal(txs, BigInt(dice(30))).catch(() => undefined)
      }
      return
    }
    default: {
      await sequencer.sync()
      const { number: safe } = follower.tip().safe
      const last = chain.heads().unsafe.number
      if (last === safe) return
      const batches = batchesOf(chain, safe + 1n, last)
      const cut = dice(batches.length) + 1
      const inbox: InboxTx[] = [dice(2) === 0 ? batchTx(batches.slice(0, cut)) : blobTx(l1, batches.slice(0, cut))]
      // Sometimes the batcher does not stop there: batches twice, one that breaks a rule, one that cannot be executed.
      if (dice(3) === 0) inbox.push(batchTx(batches))
      if (dice(6) === 0) inbox.push(batchTx([{ ...batches[0]!, txs: [transfer(1, 999n).raw] }]))
      if (dice(6) === 0) inbox.unshift(batchTx([{ ...batches[0]!, timestamp: 1n }, batches[0]!]))
      l1.mine({ salt: `${dice(1_000)}`, inbox })
    }
  }
}

function contentOf(dice: Dice) {
  const deposits = Array.from({ length: dice(3) }, () => ({
    mint: BigInt(dice(1_000)),
    value: BigInt(dice(1_000)),
    gas: BigInt(21_000 + 40 * dice(60_000)),
  }))
  const garbage = dice(4) === 0 ? [calldataTx(new Uint8Array(dice(300)).fill(dice(256)))] : []
  const updates =
    dice(5) === 0 ? [{ kind: 'gasLimit', gasLimit: 6_000_000n + BigInt(dice(50)) * 100_000n } as const] : []
  return { deposits, updates, inbox: garbage }
}
