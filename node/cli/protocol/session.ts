import { createPublicClient, createWalletClient, type Hex, http, type TransactionReceipt } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { NodeError } from '../../../core/errors.ts'
import { bytesToHex } from '../../../core/hex.ts'
import { openledgerActions } from '../../../sdk/actions.ts'
import { openledgerDevnet } from '../../../sdk/chains.ts'
import { protocolError } from '../../../sdk/errors.ts'
import type { Context } from '../verb.ts'
import { describeFailure, type Hints } from './failure.ts'
import { signingKey } from './signer.ts'

/** A running node, as verbs use it that read or change the protocol's objects. */
export type Session = {
  readonly reader: ReturnType<typeof createReader>
  readonly chain: { readonly id: bigint; readonly url: string; readonly isDevelopment: boolean }
  /** The time of the next block, seconds. */
  now(): Promise<number>
  /** A wallet with the key that the settings name; asks for its password where it has one. */
  wallet(): Promise<ReturnType<typeof createWallet>>
  /** Waits for a transaction. Throws a NodeError if it is in no block after a minute, or failed in one. */
  mined(hash: Hex): Promise<TransactionReceipt>
}

const requestMs = 20_000
const minedMs = 60_000
const pollMs = 200

/**
 * Runs a verb against the node of `rpc.url`. Whatever the node or the chain refuses becomes a NodeError with cause and
 * fix, with what the verb knows about it in `hints`; a signal ends it.
 */
export async function withChain(
  context: Context,
  work: (session: Session) => Promise<number>,
  hints: Hints = {},
): Promise<number> {
  const url = context.config['rpc.url']
  const reader = createReader(url)
  try {
    const chainId = BigInt(await reader.getChainId())
    return await Promise.race([work(openSession(context, reader, chainId)), untilStopped(context.signal)])
  } catch (thrown) {
    const chain = protocolError(thrown) === undefined ? unknownChain : await chainNow(reader).catch(() => unknownChain)
    throw describeFailure(thrown, { url, ...chain }, hints)
  }
}

const unknownChain = { now: undefined, isDevelopment: false } as const

async function chainNow(reader: Session['reader']) {
  const now = Number((await reader.getBlock({ blockTag: 'pending' })).timestamp)
  return { now, isDevelopment: (await reader.getChainId()) === openledgerDevnet.id }
}

function openSession(context: Context, reader: Session['reader'], chainId: bigint): Session {
  return {
    reader,
    chain: { id: chainId, url: context.config['rpc.url'], isDevelopment: Number(chainId) === openledgerDevnet.id },
    now: async () => Number((await reader.getBlock({ blockTag: 'pending' })).timestamp),
    wallet: async () => createWallet(context.config['rpc.url'], await signingKey(context.config, chainId)),
    mined: async (hash) => {
      const receipt = await reader.waitForTransactionReceipt({ hash, timeout: minedMs })
      if (receipt.status === 'success') return receipt
      throw new NodeError({
        code: 'refused',
        severity: 'fatal',
        message: `transaction ${hash} failed in block ${receipt.blockNumber}`,
        fix: 'something changed between sending and the block: run the command again, it says what',
      })
    },
  }
}

function createReader(url: string) {
  const transport = http(url, { timeout: requestMs, retryCount: 0 })
  return createPublicClient({ transport, pollingInterval: pollMs }).extend(openledgerActions())
}

function createWallet(url: string, key: Uint8Array) {
  const transport = http(url, { timeout: requestMs, retryCount: 0 })
  const account = privateKeyToAccount(bytesToHex(key))
  return createWalletClient({ account, transport, pollingInterval: pollMs }).extend(openledgerActions())
}

/** Rejects with a NodeError `stopped` when the signal aborts. */
export function untilStopped(signal: AbortSignal): Promise<never> {
  const stopped = new NodeError({
    code: 'stopped',
    severity: 'retry',
    message: 'stopped before the end',
    fix: 'what was sent may still be included: look before running it again',
  })
  return new Promise((_, reject) => signal.addEventListener('abort', () => reject(stopped), { once: true }))
}
