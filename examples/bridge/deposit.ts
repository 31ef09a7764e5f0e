// Deposits OPEN and ETH from L1; waits until both have arrived.
//   npx node examples/bridge/deposit.ts [http://127.0.0.1:8545] [http://127.0.0.1:9545]
import { argv } from 'node:process'
import { formatEther, type Hash, parseEther } from 'viem'
import { getL2TransactionHashes } from 'viem/op-stack'
import { bridgedEther, tokenAbi } from '../../sdk/bridge/abi.ts'
import { nodeUrl, usualUrl } from '../connect.ts'
import { type Example, openExample, usualL1Url } from './setup.ts'

/** Moves OPEN and ETH to the same account on the chain. */
export async function deposit(example: Example): Promise<void> {
  const { account, chain, l1Wallet, l2Reader, say } = example
  const { address } = account

  // OPEN is the chain's money: the portal takes it on L1, the chain mints it.
  const had = await l2Reader.getBalance({ address })
  await arrived(example, await l1Wallet.depositOpen({ targetChain: chain, amount: parseEther('3') }))
  const has = await l2Reader.getBalance({ address })
  say(`${address} got ${formatEther(has - had)} OPEN on the chain`)

  // ETH and other tokens go through the standard bridge and are tokens on the chain.
  await arrived(example, await l1Wallet.bridgeEth({ targetChain: chain, amount: parseEther('0.5') }))
  const token = { address: bridgedEther, abi: tokenAbi } as const
  const ether = await l2Reader.readContract({ ...token, functionName: 'balanceOf', args: [address] })
  say(`${address} has ${formatEther(ether)} ETH on the chain, a token at ${bridgedEther}`)
}

/** Waits for a deposit on L1, then for the transaction on the chain that it becomes. */
async function arrived({ say, minedOnL1, minedOnL2 }: Example, l1Hash: Hash): Promise<void> {
  const receipt = await minedOnL1(l1Hash)
  const [hash] = getL2TransactionHashes(receipt)
  if (hash === undefined) throw new Error(`no deposit in ${l1Hash}`)
  say(`deposit in L1 block ${receipt.blockNumber}, waiting for ${hash} on the chain`)
  const { blockNumber } = await minedOnL2(hash)
  say(`arrived in block ${blockNumber}`)
}

if (import.meta.main) {
  await deposit(await openExample(await nodeUrl(argv[2] ?? usualUrl), await nodeUrl(argv[3] ?? usualL1Url)))
}
