import type { Entry, Landed } from './entry.ts'
import type { SenderOptions } from './flight.ts'
import type { SendJournal } from './journal.ts'

/** Compares the journal with L1. */
export type Reconciler = {
  /** Finds out what landed and what L1 dropped again, given the account's next nonce. */
  reconcile(next: bigint): Promise<void>
  /** Forgets what landed long ago. */
  prune(): Promise<void>
  counts(): { readonly landed: number; readonly spentWei: bigint }
}

export function createReconciler({ wallet, clock, log, limits }: SenderOptions, journal: SendJournal): Reconciler {
  const counts = { landed: 0, spentWei: 0n }

  async function findLanded({ attempts }: Entry): Promise<Landed | undefined> {
    for (const { hash } of [...attempts].reverse()) {
      const receipt = await wallet.receipt(hash)
      if (receipt !== undefined) return { hash, receipt, atMs: clock.nowMs() }
    }
    return undefined
  }

  function count({ receipt }: Landed, sign: 1 | -1): void {
    counts.landed += sign
    counts.spentWei += BigInt(sign) * receipt.costWei
  }

  async function land(entry: Entry): Promise<void> {
    const landed = await findLanded(entry)
    if (landed === undefined) return
    await journal.put({ ...entry, landed })
    count(landed, 1)
    const { blockNumber, costWei, succeeded } = landed.receipt
    const { nonce } = entry
    log.info({ nonce, hash: landed.hash, l1Block: blockNumber, costWei, succeeded }, 'L1 transaction included')
  }

  /** Is it still in that block? */
  async function review(entry: Entry, landed: Landed, next: bigint): Promise<void> {
    const found = await findLanded(entry)
    if (found !== undefined) {
      if (found.receipt.blockHash === landed.receipt.blockHash && found.hash === landed.hash) return
      await journal.put({ ...entry, landed: found })
      count(landed, -1)
      count(found, 1)
    } else if (entry.nonce >= next) {
      await journal.put({ ...entry, landed: undefined, acknowledged: false, attemptMs: clock.nowMs() })
      count(landed, -1)
      log.warn(
        { nonce: entry.nonce, hash: landed.hash },
        'L1 dropped a transaction that it had included: sending it again',
      )
    }
  }

  return {
    counts: () => counts,
    async reconcile(next) {
      for (const entry of journal.entries()) {
        const { nonce, landed, acknowledged } = entry
        if (landed === undefined) {
          if (nonce < next) await land(entry)
        } else if (nonce >= next || !acknowledged) await review(entry, landed, next)
      }
    },
    async prune() {
      const done = journal.entries().filter(({ landed, acknowledged }) => landed !== undefined && acknowledged)
      const surplus = done.length - limits.maxRetained
      for (const [index, { nonce, landed }] of done.entries()) {
        const isOld = clock.nowMs() - landed!.atMs >= limits.retainMs
        if (index < surplus || isOld) await journal.remove(nonce)
      }
    },
  }
}
