import type { Abi, Account, Address, Client, Hash } from 'viem'
import { estimateContractGas, readContract, waitForTransactionReceipt, writeContract } from 'viem/actions'
import { tokenAbi } from './abi.ts'

/** An account as whatever copy of viem has it. */
export type AnyAccount = { readonly address: Address; readonly type: string }

/** What tells a client of viem, of whatever copy of it. */
export type AnyClient = { readonly account: AnyAccount | undefined; readonly request: unknown; readonly uid: string }

/** Who sends: the client's account unless given. */
export type Sender = { readonly account?: AnyAccount | Address }

type Call = {
  readonly address: Address
  readonly abi: Abi
  readonly functionName: string
  readonly args: readonly unknown[]
  readonly value?: bigint
}

/** The account that a client sends from; throws without one. */
export function senderOf(client: Client, { account = client.account }: Sender) {
  if (account === undefined) throw new Error('no account: give the client one, or the call')
  return { account: account as Account | Address, address: typeof account === 'string' ? account : account.address }
}

/** Sends a call of a contract; `room` is added to the estimated gas, in percent. */
export async function write(client: Client, sender: Sender, call: Call, room = 0n): Promise<Hash> {
  const { account } = senderOf(client, sender)
  // Without a chain there is nothing to compare the node's with.
  const request = { ...call, account, chain: client.chain ?? null }
  if (room === 0n) return await writeContract(client, request as unknown as Parameters<typeof writeContract>[1])
  const gas = await estimateContractGas(client, request as unknown as Parameters<typeof estimateContractGas>[1])
  const roomy = { ...request, gas: (gas * (100n + room)) / 100n }
  return await writeContract(client, roomy as unknown as Parameters<typeof writeContract>[1])
}

/**
 * Lets `spender` take an amount of a token, waiting for the block, unless it may already. Too small an approval is taken
 * back first: some tokens (USDT) change none in one step.
 */
export async function allow(
  client: Client,
  sender: Sender,
  { token, spender, amount }: { readonly token: Address; readonly spender: Address; readonly amount: bigint },
): Promise<void> {
  const { address: owner } = senderOf(client, sender)
  const read = { address: token, abi: tokenAbi, functionName: 'allowance', args: [owner, spender] } as const
  const allowed = await readContract(client, read)
  if (allowed >= amount) return
  for (const value of allowed > 0n ? [0n, amount] : [amount]) {
    const approve = { address: token, abi: tokenAbi, functionName: 'approve', args: [spender, value] }
    const hash = await write(client, sender, approve)
    const { status } = await waitForTransactionReceipt(client, { hash })
    if (status !== 'success') throw new Error(`the token did not take the approval, its transaction is ${hash}`)
  }
}
