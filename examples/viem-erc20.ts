// Deploys an ERC-20 with viem and watches its Transfer events over WebSocket.
//   npx node examples/viem-erc20.ts [http://127.0.0.1:8545]
import { log } from 'node:console'
import { createPublicClient, createWalletClient, defineChain, formatEther, http, parseEther, webSocket } from 'viem'
import { mnemonicToAccount } from 'viem/accounts'
import { nodeUrl } from './connect.ts'
import { compileToken } from './token.ts'

const url = await nodeUrl()
const chain = defineChain({
  id: 31337,
  name: 'OpenLedger devnet',
  nativeCurrency: { name: 'OPEN', symbol: 'OPEN', decimals: 18 },
  rpcUrls: { default: { http: [url] } },
})
const words = 'test test test test test test test test test test test junk'
const owner = mnemonicToAccount(words)
const friend = mnemonicToAccount(words, { addressIndex: 1 })

const reader = createPublicClient({ chain, transport: http() })
const events = createPublicClient({ chain, transport: webSocket(url.replace(/^http/, 'ws')) })
const wallet = createWalletClient({ chain, transport: http(), account: owner })

const { abi, bytecode } = compileToken()
const deployment = await wallet.deployContract({ abi, bytecode, args: [parseEther('1000')] })
const { contractAddress } = await reader.waitForTransactionReceipt({ hash: deployment })
if (!contractAddress) throw new Error('the receipt has no contract address')
log('deployed', contractAddress)

const seen = Promise.withResolvers<void>()
const unwatch = events.watchContractEvent({
  address: contractAddress,
  abi,
  eventName: 'Transfer',
  onLogs: (logs) => {
    for (const entry of logs) {
      const { to, value } = (entry as unknown as { args: { to: string; value: bigint } }).args
      log('event: Transfer of', formatEther(value), 'EXT to', to)
    }
    seen.resolve()
  },
  onError: (error) => seen.reject(error),
})
// The subscription is set up before the transfer, because it reports new events only.
await events.getBlockNumber()

const hash = await wallet.writeContract({
  address: contractAddress,
  abi,
  functionName: 'transfer',
  args: [friend.address, parseEther('25')],
})
const receipt = await reader.waitForTransactionReceipt({ hash })
log('transferred in block', receipt.blockNumber, 'with', receipt.gasUsed, 'gas:', receipt.status)

const balance = await reader.readContract({
  address: contractAddress,
  abi,
  functionName: 'balanceOf',
  args: [friend.address],
})
log('balance of', friend.address, 'is', formatEther(balance as bigint), 'EXT')

await seen.promise
unwatch()
const socket = await events.transport.getRpcClient()
socket.close()
