import type { Claim } from '../core/attestation.ts'
import { assert } from '../core/errors.ts'
import type { Header } from '../core/header.ts'
import type { Address } from '../core/hex.ts'
import type { Chain } from '../state/chain.ts'
import type { Follower } from './follow.ts'
import { outputRoot } from './output.ts'
import { createOracleReader, type PostedOutput, samePosting } from './outputs/oracle.ts'
import type { L1Wallet } from './wallet.ts'

/** An output on L1 against what was derived here; `unknown`: that L1 block is not folded, or was long ago. */
export type OutputVerdict = 'matches' | 'mismatch' | 'unknown'

/** An output that is not final yet, or was not when it was read. */
export type CheckedOutput = {
  /** In the OutputOracle. */
  readonly index: bigint
  readonly claim: Claim
  readonly l1BlockNumber: bigint
  readonly verdict: OutputVerdict
}

export type OutputMismatch = Omit<CheckedOutput, 'verdict'> & {
  /** Of the block that is the safe one at the end of that L1 block, as derived here. */
  readonly own: Header
}

export type OutputLook = {
  /** Outputs of which this look has found out something, lowest index first: those that are new, and that are known now. */
  readonly checked: readonly CheckedOutput[]
  /** All that match and are not final, lowest index first. */
  readonly matching: readonly Claim[]
  /** All that are wrong and on L1 now. */
  readonly disputed: readonly OutputMismatch[]
}

export type OutputWatch = {
  /**
   * Reads what is new in the oracle, a bounded number of outputs at a time. A wrong one is told by each look until two in
   * a row have not found it. One look at a time. Outages are NodeErrors `retry` and change nothing.
   */
  look(): Promise<OutputLook>
  /** The L1 block from which on records are needed for outputs that are not final; 0 until that is known. */
  keepFrom(): bigint
}

export type OutputWatchOptions = {
  readonly wallet: Pick<L1Wallet, 'call'>
  /** The OutputOracle. */
  readonly oracle: Address
  readonly follower: Pick<Follower, 'record'>
  readonly chain: { readonly reader: Pick<Chain['reader'], 'headerByHash'> }
  readonly log: Record<'warn' | 'info', (fields: object, text: string) => void>
  /** Outputs that are kept in mind; 2,048: more than a week of them every ten minutes. */
  readonly remembered?: number
}

/** Outputs read in one look. */
const readPerLook = 32

type Entry = { readonly output: PostedOutput; readonly verdict: OutputVerdict; readonly own: Header | undefined }

/**
 * Compares the outputs on L1 with what this node derives. What an output says of an L1 block depends on that block
 * alone, so that a node which has folded it can always tell; the oracle has checked that the L1 block is one of L1's.
 */
export function createOutputWatch(options: OutputWatchOptions): OutputWatch {
  const { follower, chain, log, remembered = 2_048 } = options
  const oracle = createOracleReader(options.oracle, options.wallet)
  /** By index, ascending: those that are not final, and wrong ones that are. */
  let entries: readonly Entry[] = []
  /** The first output that is not final. */
  let open = 1n
  let kept: { readonly open: bigint; readonly from: bigint } | undefined
  let doubted = false

  function judge(output: PostedOutput, before?: Entry): Entry {
    const { claim, l1BlockNumber } = output
    const record = follower.record(l1BlockNumber)
    // Pruned, or taken back by a reorganisation: a wrong one stays so until more is known.
    if (record === undefined && before !== undefined) return before
    // Of another L1 block of that height: L1 is reorganising, and one of the two gives way.
    if (record?.block.hash !== claim.l1BlockHash) return { output, verdict: 'unknown', own: undefined }
    const { number, hash } = record.safe
    const own = chain.reader.headerByHash(hash)
    assert(own !== undefined, `block ${hash} is stored`)
    const { stateRoot, withdrawalsRoot } = own
    const isRight = claim.outputRoot === outputRoot({ stateRoot, withdrawalsRoot, hash })
    return { output, verdict: isRight && claim.l2BlockNumber === number ? 'matches' : 'mismatch', own }
  }

  /** How many entries are on L1 yet: outputs are deleted from the end, and others may have come after them. */
  async function stillThere(latest: bigint): Promise<number> {
    const isThere = async (place: number): Promise<boolean> => {
      const { output } = entries[place]!
      return output.index <= latest && samePosting(output, await oracle.posting(output.index))
    }
    const count = entries.length
    if (count === 0 || (await isThere(count - 1))) return count
    return await firstThat(0, count - 1, async (place) => !(await isThere(place)))
  }

  /** Finds the first output that is not final. One that was final stays so. */
  async function findOpen(latest: bigint): Promise<void> {
    const from = open > latest + 1n ? 1n : open
    const isOpen = async (distance: number) => !(await oracle.isFinal(from + BigInt(distance)))
    const most = Number(latest + 1n - from)
    open = from + BigInt(most === 0 || (await isOpen(0)) ? 0 : await firstThat(1, most, isOpen))
    if (kept?.open === open) return
    const before = await oracle.l1BlockOf(open - 1n)
    if (before !== undefined) kept = { open, from: before.number + 1n }
  }

  async function readNew(latest: bigint): Promise<readonly Entry[]> {
    const next = (entries.at(-1)?.output.index ?? 0n) + 1n
    const news: Entry[] = []
    for (let index = next > open ? next : open; index <= latest && news.length < readPerLook; index++) {
      const output = await oracle.read(index)
      if (output === undefined) break
      news.push(judge(output))
    }
    return news
  }

  function lookOf(checked: readonly Entry[]): OutputLook {
    return {
      checked: checked.map(({ output, verdict }) => ({ ...saidBy(output), verdict })),
      matching: entries.filter(({ verdict }) => verdict === 'matches').map(({ output }) => output.claim),
      disputed: entries.flatMap(({ output, own, verdict }) =>
        verdict === 'mismatch' && own !== undefined ? [{ ...saidBy(output), own }] : [],
      ),
    }
  }

  return {
    async look() {
      const latest = await oracle.latestIndex()
      const there = await stillThere(latest)
      // An L1 node that lags says the same as one that has seen outputs deleted: it has to be said twice.
      const isDoubtful = there < entries.length && !doubted
      doubted = isDoubtful
      if (isDoubtful) return lookOf([])
      if (there < entries.length) log.warn({ index: entries[there]!.output.index }, 'outputs on L1 were deleted')
      entries = entries.slice(0, there)
      await findOpen(latest)
      const news = await readNew(latest)
      // What was derived meanwhile.
      const known = entries.map((entry) => (entry.verdict === 'matches' ? entry : judge(entry.output, entry)))
      const changed = known.filter(({ verdict }, place) => verdict !== entries[place]!.verdict)
      const needed = [...known, ...news].filter(({ output, verdict }) => output.index >= open || verdict === 'mismatch')
      // A proposer must not hide a wrong one behind many others.
      let surplus = needed.length - remembered
      entries = needed.filter(({ verdict }) => verdict === 'mismatch' || surplus-- <= 0).slice(0, remembered)
      return lookOf([...changed, ...news])
    },
    keepFrom: () => kept?.from ?? 0n,
  }
}

function saidBy({ index, claim, l1BlockNumber }: PostedOutput): Omit<CheckedOutput, 'verdict'> {
  return { index, claim, l1BlockNumber }
}

/** The first number from `low` on, before `high`, that holds, or `high`: whatever comes after one that holds does. */
async function firstThat(low: number, high: number, holds: (number: number) => Promise<boolean>): Promise<number> {
  let [from, to] = [low, high]
  while (from < to) {
    const middle = (from + to) >> 1
    if (await holds(middle)) to = middle
    else from = middle + 1
  }
  return from
}
