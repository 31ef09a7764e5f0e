// Withdraws OPEN and ETH to L1: starts both on the chain, proves and finalises them on L1 with viem's op-stack actions.
//   npx node examples/bridge/withdraw.ts [http://127.0.0.1:8545] [http://127.0.0.1:9545]
import { argv } from 'node:process'
import { formatEther, type Hash, parseEther } from 'viem'
import type { WaitToProveReturnType } from 'viem/op-stack'
import { tokenAbi } from '../../sdk/bridge/abi.ts'
import { nodeUrl, usualUrl } from '../connect.ts'
import { type Example, openExample, usualL1Url } from './setup.ts'

type Withdrawal = WaitToProveReturnType['withdrawal']

/** Moves one OPEN, and ETH that the account has deposited before, back to the same account on L1. */
export async function withdraw(example: Example): Promise<void> {
  const { account, chain, l1Reader, l2Wallet, say } = example
  const { address } = account
  const open = { address: chain.contracts.openToken[chain.sourceId]!.address, abi: tokenAbi } as const
  const openOnL1 = () => l1Reader.readContract({ ...open, functionName: 'balanceOf', args: [address] })

  const had = await openOnL1()
  const request = await l1Reader.buildInitiateWithdrawal({ account, to: address, value: parseEther('1') })
  const started = [
    await l2Wallet.initiateWithdrawal(request),
    await l2Wallet.withdrawEth({ amount: parseEther('0.1') }),
  ]
  const proven: Withdrawal[] = []
  for (const hash of started) proven.push(await prove(example, hash))
  for (const withdrawal of proven) await finalize(example, withdrawal)
  say(`${address} got ${formatEther((await openOnL1()) - had)} OPEN on L1`)
  say(`and has ${formatEther(await l1Reader.getBalance({ address }))} ETH there`)
}

/** Waits until an output on L1 has a withdrawal of this transaction on the chain, and proves that it does. */
async function prove(example: Example, hash: Hash): Promise<Withdrawal> {
  const { account, chain: targetChain, l1Reader, l1Wallet, l2Reader, minedOnL1, minedOnL2, say } = example
  const receipt = await minedOnL2(hash)
  say(`withdrawal in block ${receipt.blockNumber}, waiting for an output on L1`)
  const { output, withdrawal } = await l1Reader.waitToProve({ receipt, targetChain })
  const proof = await l2Reader.buildProveWithdrawal({ account, output, withdrawal })
  await minedOnL1(await l1Wallet.proveWithdrawal(proof))
  say(`proven against output ${output.outputIndex}`)
  return withdrawal
}

/** Waits until proof and output are old enough, and has the withdrawal paid out. */
async function finalize(example: Example, withdrawal: Withdrawal): Promise<void> {
  const { account, chain: targetChain, l1Reader, l1Wallet, minedOnL1, say } = example
  await l1Reader.waitToFinalize({ withdrawalHash: withdrawal.withdrawalHash, targetChain })
  await minedOnL1(await l1Wallet.finalizeWithdrawal({ account, targetChain, withdrawal }))
  say('paid out')
}

if (import.meta.main) {
  await withdraw(await openExample(await nodeUrl(argv[2] ?? usualUrl), await nodeUrl(argv[3] ?? usualL1Url)))
}
