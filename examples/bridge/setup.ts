// What the bridge examples share: clients for one account on both layers of a development chain.
//   npx node examples/bridge/<name>.ts [http://127.0.0.1:8545] [http://127.0.0.1:9545]
import { log } from 'node:console'
import { createPublicClient, createWalletClient, type Hash, http, type TransactionReceipt } from 'viem'
import { mnemonicToAccount } from 'viem/accounts'
import { publicActionsL1, publicActionsL2, walletActionsL1, walletActionsL2 } from 'viem/op-stack'
import { l1ChainOf, type RollupSource, rollupChain } from '../../sdk/bridge/chain.ts'
import { bridgeActionsL1 } from '../../sdk/bridge/l1.ts'
import { bridgeActionsL2 } from '../../sdk/bridge/l2.ts'

export const usualL1Url = 'http://127.0.0.1:9545'

const words = 'test test test test test test test test test test test junk'
/** The development account that the examples use. */
const addressIndex = 3

export type Example = Awaited<ReturnType<typeof openExample>>

/** Clients of viem on both layers; the node tells where the contracts on L1 are. */
export async function openExample(url: string, l1Url: string, say: (line: string) => void = (line) => log(line)) {
  const node = createPublicClient({ transport: http(url) })
  const request = node.request as (call: { method: string }) => Promise<unknown>
  const rollup = (await request({ method: 'openledger_rollup' })) as RollupSource
  const account = mnemonicToAccount(words, { addressIndex })
  const l1 = { chain: l1ChainOf(rollup, l1Url), transport: http(l1Url), pollingInterval: 500 }
  const l2 = { chain: rollupChain(rollup, url), transport: http(url), pollingInterval: 500 }
  const l1Reader = createPublicClient(l1).extend(publicActionsL1())
  const l2Reader = createPublicClient(l2).extend(publicActionsL2())
  const done = (layer: typeof l1Reader | typeof l2Reader) => async (hash: Hash) => {
    const receipt = await layer.waitForTransactionReceipt({ hash, timeout: 120_000 })
    if (receipt.status !== 'success') throw new Error(`transaction ${hash} failed`)
    return receipt as TransactionReceipt
  }
  return {
    say,
    account,
    /** What actions on L1 call `targetChain`. */
    chain: l2.chain,
    l1Reader,
    l2Reader,
    l1Wallet: createWalletClient({ ...l1, account })
      .extend(walletActionsL1())
      .extend(bridgeActionsL1()),
    l2Wallet: createWalletClient({ ...l2, account })
      .extend(walletActionsL2())
      .extend(bridgeActionsL2()),
    /** Wait until a transaction is in a block; throw if it failed there. */
    minedOnL1: done(l1Reader),
    minedOnL2: done(l2Reader),
  }
}
