// What the examples share: clients for a development chain's accounts, waiting for blocks and for time.
import { log } from 'node:console'
import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { createPublicClient, createWalletClient, formatEther, type Hex, http, type TransactionReceipt } from 'viem'
import { mnemonicToAccount } from 'viem/accounts'
import { bytesToHash, type Hash } from '../../core/hex.ts'
import { openledgerActions } from '../../sdk/actions.ts'
import { openledgerDevnet } from '../../sdk/chains.ts'

const words = 'test test test test test test test test test test test junk'

export type Example = ReturnType<typeof openExample>

/** Everything an example needs of the node at a URL. `say` prints a line. */
export function openExample(url: string, say: (line: string) => void = (line) => log(line)) {
  const options = { chain: openledgerDevnet, transport: http(url), pollingInterval: 100 }
  const reader = createPublicClient(options).extend(openledgerActions())
  const request = reader.request as (call: { method: string; params: readonly unknown[] }) => Promise<unknown>
  /** The time of the next block. */
  const now = async (): Promise<number> => Number((await reader.getBlock({ blockTag: 'pending' })).timestamp)
  /** Lets time pass until the next block is at this time (Unix seconds) or later: at once where the node can do that. */
  async function until(time: number): Promise<void> {
    for (let left = time - (await now()); left > 0; left = time - (await now())) {
      try {
        await request({ method: 'evm_increaseTime', params: [left] })
        await request({ method: 'evm_mine', params: [] })
      } catch {
        // Not a development chain without L1: time is nobody's to move.
        say(`waiting for ${left} s`)
        await sleep(left * 1000)
      }
    }
  }
  return {
    reader,
    say,
    /** A wallet of one of the development chain's accounts. */
    wallet: (index: number) => {
      const account = mnemonicToAccount(words, { addressIndex: index })
      return createWalletClient({ ...options, account }).extend(openledgerActions())
    },
    /** Waits until a transaction is in a block; throws if it failed there. */
    mined: async (hash: Hex): Promise<TransactionReceipt> => {
      const receipt = await reader.waitForTransactionReceipt({ hash, timeout: 60_000 })
      if (receipt.status !== 'success') throw new Error(`transaction ${hash} failed`)
      return receipt
    },
    until,
    /** Lets at least so many seconds pass until the next block. */
    pass: async (seconds: number): Promise<void> => until((await now()) + seconds),
    now,
  }
}

export function open(wei: bigint): string {
  return `${formatEther(wei)} OPEN`
}

/** Unix seconds as a date. */
export function dateOf(seconds: number | bigint): string {
  return new Date(Number(seconds) * 1000).toISOString().replace('.000Z', 'Z')
}

/** 32 bytes that nobody can guess. */
export function secret(): Hash {
  return bytesToHash(randomBytes(32))
}
