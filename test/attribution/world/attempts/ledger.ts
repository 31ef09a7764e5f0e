import { absent } from '../../../../attribution/kernel/build/audit.ts'
import { openAt, tileRef } from '../../../../attribution/kernel/build/openings.ts'
import { type Attempts, anyTile } from './tools.ts'

/** The ledger. */
export const ledgerAttempts: Attempts<'refuteLedgerLink' | 'refuteLedgerEnds' | 'refuteEntry' | 'refuteMissingEntry'> =
  {
    refuteLedgerLink: (audit, random) => {
      const at = random.below(audit.ledger!.leaves.length + 1)
      const next = random.chance(0.8) ? openAt(audit.ledger!, at + (random.chance(0.9) ? 1 : 0)) : absent
      return { entry: openAt(audit.ledger!, at), next }
    },
    refuteLedgerEnds: (audit, random) => {
      const last = audit.ledger!.leaves.length - 1
      return { entry: openAt(audit.ledger!, random.pick([0, last, random.below(last + 2)])) }
    },
    refuteEntry: (audit, random) => {
      const { leaves } = audit.ledger!
      if (leaves.length === 0) return undefined
      const at = random.below(leaves.length)
      const entry = leaves[at]!
      const { receipt, tile } = random.chance(0.9) ? entry : leaves[random.below(leaves.length)]!
      const leaf = audit.traces[receipt]!.leaves[tile]!
      const { content } = audit.corpus.versions[leaf.corpusIndex]!
      const holder = random.chance(0.8) ? leaf.holders[0]! : random.pick(leaf.holders)
      return {
        entry: openAt(audit.ledger!, at),
        tile: tileRef(audit, receipt, tile),
        payee: random.chance(0.8) ? content!.docTree.open(holder.document) : absent,
      }
    },
    refuteMissingEntry: (audit, random) => {
      const placed = anyTile(audit, random)
      if (placed === undefined) return undefined
      const { tile, content, receipt, place, ref } = placed
      const { leaves } = audit.ledger!
      const own = leaves.findIndex((entry) => entry!.receipt === receipt && entry!.tile === place)
      const right = own >= 0 && random.chance(0.7) ? own + random.below(2) : random.below(leaves.length + 1)
      const holder = random.chance(0.7) ? tile.holders[0]! : random.pick(tile.holders)
      return {
        tile: ref,
        payee: content.docTree.open(holder.document),
        left: openAt(audit.ledger!, right - 1),
        right: openAt(audit.ledger!, right),
      }
    },
  }
