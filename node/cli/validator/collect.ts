import { createPublicClient, createWalletClient, http } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { bytesToHex } from '../../../core/hex.ts'
import { validatorVault } from '../../../sdk/validators/abi.ts'
import { exitCodes } from '../exit.ts'
import { openText } from '../openText.ts'
import { parseAccount } from '../protocol/parse.ts'
import { untilStopped } from '../protocol/session.ts'
import { reportTransaction } from '../protocol/text.ts'
import type { Context } from '../verb.ts'
import { describeFailure, failedIn } from './failure.ts'
import { senderKey } from './keys.ts'

const requestMs = 20_000
const minedMs = 60_000
const pollMs = 200

/** `openledger validator collect`: pays an account on L2 what its validators have earned. Anyone may. */
export async function validatorCollect(context: Context): Promise<number> {
  const { config, args, out, signal } = context
  const account = parseAccount('<account>', args[0]!)
  const url = config['rpc.url']
  try {
    return await Promise.race([collect(), untilStopped(signal)])
  } catch (thrown) {
    const fix = 'start a node, or name its URL with --rpc.url'
    throw describeFailure(thrown, { chain: 'L2', url, fix })
  }

  async function collect(): Promise<number> {
    const options = { transport: http(url, { timeout: requestMs, retryCount: 0 }), pollingInterval: pollMs }
    const reader = createPublicClient({ ...options, cacheTime: 0 })
    const key = await senderKey(context, 'sender-key', BigInt(await reader.getChainId()))
    const sender = privateKeyToAccount(bytesToHex(key))
    const wallet = createWalletClient({ ...options, account: sender })
    const call = { ...validatorVault, functionName: 'collect', args: [account] } as const
    const { result: amount } = await reader.simulateContract({ ...call, account: sender })
    const hash = await wallet.writeContract({ ...call, chain: null })
    const receipt = await reader.waitForTransactionReceipt({ hash, timeout: minedMs })
    if (receipt.status !== 'success') throw failedIn(hash, receipt.blockNumber)
    reportTransaction(out, receipt, `Paid ${openText(amount)} to ${account}`, { account, amount })
    return exitCodes.ok
  }
}
