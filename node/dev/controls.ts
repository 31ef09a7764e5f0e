import { NodeError } from '../../core/errors.ts'
import type { Address } from '../../core/hex.ts'
import type { StateReader } from '../../core/state.ts'
import type { DevBackend } from '../../rpc/backend.ts'
import type { Mempool } from '../../sequencer/mempool/mempool.ts'
import type { Sequencer } from '../../sequencer/sequencer.ts'
import type { BlockRef } from '../../state/heads.ts'
import { setBalanceDeposit } from './setBalance.ts'
import { createSnapshots } from './snapshots.ts'

export type DevParts = {
  readonly sequencer: Sequencer
  readonly mempool: Mempool
  readonly head: () => BlockRef
  readonly state: () => StateReader
  /** Takes the chain back to this block and tells listeners; the pool is the caller's business. */
  readonly rewind: (number: bigint) => Promise<void>
}

/** Blocks that got in between are rare; more than this many in a row means something else is wrong. */
const setBalanceTries = 20

/**
 * The controls of a solo development chain. With automine they take effect after the transactions that were accepted
 * before them, as if each of those had been mined at once.
 */
export function createDevBackend({ sequencer, mempool, head, state, rewind }: DevParts): DevBackend {
  const snapshots = createSnapshots({ maxCount: 10_000, maxTxs: 1_000_000 })

  /** Seals the deposit on the state it was made for: if another block came first, it is made anew. */
  async function setBalance(address: Address, wei: bigint): Promise<boolean> {
    await sequencer.settled()
    for (let tries = 0; tries < setBalanceTries; tries++) {
      const parent = head()
      const deposit = setBalanceDeposit(state(), address, wei, parent.hash)
      if (deposit === undefined) return false
      const block = await sequencer.sealDev([deposit])
      if (block.header.parentHash === parent.hash) return true
    }
    throw overtaken
  }

  async function revert(id: bigint): Promise<boolean> {
    return await sequencer.exclusive(async () => {
      const snapshot = snapshots.take(id)
      if (snapshot === undefined) return false
      mempool.clear()
      if (head().number > snapshot.number) await rewind(snapshot.number)
      mempool.onHead({})
      for (const tx of snapshot.pool) mempool.add(tx, { local: true })
      sequencer.restoreTime(snapshot.time)
      return true
    })
  }

  return {
    mine: async ({ count, intervalSec, timestamp }) => {
      await sequencer.settled()
      const spacing = intervalSec > 0n ? { intervalSec } : {}
      return await sequencer.mine({ count, ...spacing, ...(timestamp !== undefined && { timestamp }) })
    },
    snapshot: async () => {
      await sequencer.settled()
      return await sequencer.exclusive(async () => {
        const { pending, queued } = mempool.content()
        return snapshots.keep({ number: head().number, time: sequencer.time(), pool: [...pending, ...queued] })
      })
    },
    revert,
    nextTimestamp: async () => sequencer.nextTimestamp(),
    increaseTime: async (seconds) => {
      await sequencer.settled()
      return await sequencer.increaseTime(seconds)
    },
    setNextBlockTimestamp: async (timestamp) => {
      await sequencer.settled()
      return await sequencer.setNextTimestamp(timestamp)
    },
    automine: async () => sequencer.automine(),
    setAutomine: async (on) => sequencer.setAutomine(on),
    setIntervalMining: async (intervalMs) => sequencer.setIntervalMining(intervalMs),
    setBalance,
  }
}

const overtaken = new NodeError({
  code: 'set_balance',
  severity: 'retry',
  message: 'other blocks came first again and again',
  fix: 'try again',
})
