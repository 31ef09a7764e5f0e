import {
  type Chain,
  createPublicClient,
  createWalletClient,
  fallback,
  type Hex,
  http,
  type TransactionReceipt,
} from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { bytesToHex } from '../../../core/hex.ts'
import { l1ChainOf, type RollupChain, rollupChain } from '../../../sdk/bridge/chain.ts'
import { validatorActions } from '../../../sdk/validators/actions.ts'
import type { Config } from '../../config/table.ts'
import { devnetChainId } from '../../keys/public.ts'
import { devnetL1Url } from '../devnetL1.ts'
import { refused, usage } from '../protocol/failure.ts'
import { untilStopped } from '../protocol/session.ts'
import type { Context } from '../verb.ts'
import { describeFailure, failedIn } from './failure.ts'
import { type KnownChain, knownChain } from './known.ts'

/** L1 with the contracts of a chain, as verbs use it that stake, attest to outputs or doubt them. */
export type L1Session = {
  readonly known: KnownChain
  /** The chain as the actions of the SDK take it. */
  readonly chain: RollupChain
  readonly reader: ReturnType<typeof createReader>
  wallet(key: Uint8Array): ReturnType<typeof createWallet>
  /** Waits for a transaction. Throws a NodeError if it is in no block after a while, or failed in one. */
  mined(hash: Hex): Promise<TransactionReceipt>
  /** The time of L1's newest block, seconds. */
  now(): Promise<number>
}

const requestMs = 20_000
const minedMs = 300_000
const pollMs = 500

/** Runs a verb against L1. Whatever L1 refuses becomes a NodeError with cause and fix; a signal ends it. */
export async function withL1(context: Context, work: (session: L1Session) => Promise<number>): Promise<number> {
  const known = await knownChain(context)
  const urls = l1Urls(context.config, known.chainId)
  const source = { ...known.contracts, chainId: known.chainId, l1ChainId: known.l1ChainId }
  const l1Chain: Chain = l1ChainOf(source)
  const reader = createReader(urls, l1Chain)
  try {
    const found = BigInt(await reader.getChainId())
    if (found !== known.l1ChainId) {
      throw refused(
        `the L1 node is on chain ${found}, the contracts are on ${known.l1ChainId}`,
        'name a node of the right L1 with --l1-rpc',
      )
    }
    const session: L1Session = {
      known,
      chain: rollupChain(source),
      reader,
      wallet: (key) => createWallet(urls, l1Chain, key),
      async mined(hash) {
        const receipt = await reader.waitForTransactionReceipt({ hash, timeout: minedMs })
        if (receipt.status !== 'success') throw failedIn(hash, receipt.blockNumber)
        return receipt
      },
      now: async () => Number((await reader.getBlock()).timestamp),
    }
    return await Promise.race([work(session), untilStopped(context.signal)])
  } catch (thrown) {
    const fix = 'name the JSON-RPC URL of an L1 node with --l1-rpc'
    throw describeFailure(thrown, { chain: 'L1', url: urls.map(shownUrl).join(', '), fix })
  }
}

function createReader(urls: readonly string[], chain: Chain) {
  return createPublicClient({
    chain,
    transport: transportOf(urls),
    pollingInterval: pollMs,
    cacheTime: 0,
    batch: { multicall: true },
  })
}

function createWallet(urls: readonly string[], chain: Chain, key: Uint8Array) {
  const account = privateKeyToAccount(bytesToHex(key))
  return createWalletClient({ account, chain, transport: transportOf(urls), pollingInterval: pollMs }).extend(
    validatorActions(),
  )
}

function transportOf(urls: readonly string[]) {
  const [first, ...more] = urls.map((url) => http(url, { timeout: requestMs, retryCount: 0 }))
  return more.length === 0 ? first! : fallback([first!, ...more])
}

function l1Urls(config: Config, chainId: bigint): readonly string[] {
  if (config['l1-rpc'].length > 0) return config['l1-rpc']
  if (chainId === devnetChainId) return [devnetL1Url]
  throw usage('no L1 node is given', 'add --l1-rpc <url>: stake and outputs are on L1')
}

/** Without what may be a key: path, query, credentials. */
function shownUrl(url: string): string {
  return URL.canParse(url) ? new URL(url).origin : 'the given URL'
}
