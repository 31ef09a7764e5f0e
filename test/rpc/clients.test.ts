import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { Contract, ContractFactory, JsonRpcProvider, NonceManager, Wallet, WebSocketProvider } from 'ethers'
import {
  BaseError,
  ContractFunctionRevertedError,
  createPublicClient,
  createTestClient,
  createWalletClient,
  defineChain,
  getContract,
  http,
  InsufficientFundsError,
  NonceTooLowError,
  parseEther,
  parseEventLogs,
  webSocket,
} from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { bytesToHex, type Hex } from '../../core/hex.ts'
import { loadContract } from '../../genesis/loadContract.ts'
import { ask, type DevNode, request, startDevNode } from './devNode.ts'
import { deployProbe, probeAbi, probeCall } from './probe.ts'

let node: DevNode
before(async () => {
  node = await startDevNode()
})
after(async () => {
  assert.deepEqual(node.errors, [])
  await node.close()
})

const token = loadContract('TestToken')
const bytecode = bytesToHex(token.creation)

function viemClients() {
  const chain = defineChain({
    id: 31337,
    name: 'dev',
    nativeCurrency: { name: 'OPEN', symbol: 'OPEN', decimals: 18 },
    rpcUrls: { default: { http: [node.url] } },
  })
  const account = privateKeyToAccount(bytesToHex(node.accounts[0]!.privateKey))
  return {
    account,
    chain,
    client: createPublicClient({ chain, transport: http(node.url), pollingInterval: 20, cacheTime: 0 }),
    batching: createPublicClient({ chain, transport: http(node.url, { batch: true }), cacheTime: 0 }),
    wallet: createWalletClient({ account, chain, transport: http(node.url) }),
    tester: createTestClient({ mode: 'hardhat', chain, transport: http(node.url) }),
  }
}

describe('viem', () => {
  test('deploys, sends, reads and watches events over WebSocket', async () => {
    const { client, wallet, account, chain } = viemClients()
    const hash = await wallet.deployContract({ abi: token.abi, bytecode, args: [parseEther('1000')] })
    const { contractAddress, status } = await client.waitForTransactionReceipt({ hash })
    assert.ok(status === 'success' && contractAddress)
    const socket = webSocket(node.wsUrl, { reconnect: false, keepAlive: false })
    const live = createPublicClient({ chain, transport: socket })
    const transfer = Promise.withResolvers<Hex>()
    const stop = live.watchContractEvent({
      address: contractAddress,
      abi: token.abi,
      eventName: 'Transfer',
      onLogs: (logs) => transfer.resolve(logs[0]?.transactionHash ?? '0x'),
      onError: transfer.reject,
    })
    // The subscription is a request of its own on the same connection: an answered later one means it is there.
    await live.getBlockNumber()
    const to = `0x${'42'.repeat(20)}` as const
    const contract = getContract({ address: contractAddress, abi: token.abi, client: { public: client, wallet } })
    const sent = await wallet.writeContract({
      address: contractAddress,
      abi: token.abi,
      functionName: 'transfer',
      args: [to, 5n],
    })
    const receipt = await client.waitForTransactionReceipt({ hash: sent })
    assert.equal(parseEventLogs({ abi: token.abi, logs: receipt.logs }).length, 1)
    assert.equal(await transfer.promise, sent)
    assert.equal(await contract.read.balanceOf?.([to]), 5n)
    stop()
    const inner = await (live.transport as unknown as { getRpcClient(): Promise<{ close(): void }> }).getRpcClient()
    inner.close()
    assert.equal(await client.getTransactionCount({ address: account.address, blockTag: 'pending' }), 2)
  })

  test('all transaction types it can sign', async () => {
    const { client, wallet, account } = viemClients()
    const to = `0x${'43'.repeat(20)}` as const
    const delegate = (await deployProbe(node.url, node.accounts[3]!.address)) as Hex
    const signer = privateKeyToAccount(bytesToHex(node.accounts[4]!.privateKey))
    const authorization = await createWalletClient({ account: signer, transport: http(node.url) }).signAuthorization({
      contractAddress: delegate,
      chainId: 31337,
    })
    const accessList = [{ address: to, storageKeys: [`0x${'00'.repeat(32)}`] }] as const
    const requests = [
      { to, value: 1n, type: 'legacy' },
      { to, value: 1n, type: 'eip2930', accessList },
      { to, value: 1n, type: 'eip1559' },
      { to: signer.address, authorizationList: [authorization], data: probeCall('set', 77n) },
    ] as const
    const types = ['legacy', 'eip2930', 'eip1559', 'eip7702']
    for (const [i, fields] of requests.entries()) {
      const hash = await wallet.sendTransaction(fields as Parameters<typeof wallet.sendTransaction>[0])
      const receipt = await client.waitForTransactionReceipt({ hash })
      assert.deepEqual([receipt.status, receipt.type], ['success', types[i]])
      const tx = await client.getTransaction({ hash })
      assert.deepEqual([tx.type, tx.from], [types[i], account.address.toLowerCase()])
    }
    assert.equal(await client.readContract({ address: signer.address, abi: probeAbi, functionName: 'value' }), 77n)
    assert.equal((await client.getCode({ address: signer.address }))?.toLowerCase(), `0xef0100${delegate.slice(2)}`)
  })

  test('failures become its typed errors', async () => {
    const { client, wallet, account } = viemClients()
    const probe = (await deployProbe(node.url, node.accounts[0]!.address)) as Hex
    const reverted = await client
      .simulateContract({ address: probe, abi: probeAbi, functionName: 'failCustom', args: [9n], account })
      .catch((error: unknown) => error)
    assert.ok(reverted instanceof BaseError)
    const cause = reverted.walk((error) => error instanceof ContractFunctionRevertedError)
    assert.ok(cause instanceof ContractFunctionRevertedError)
    assert.deepEqual([cause.data?.errorName, cause.data?.args], ['Nope', [9n]])
    const poor = await wallet
      .sendTransaction({ to: probe, value: parseEther('999999') })
      .catch((error: unknown) => error)
    assert.ok(poor instanceof BaseError && poor.walk((error) => error instanceof InsufficientFundsError))
    const low = await wallet
      .sendTransaction({ to: account.address, nonce: 0, gas: 21_000n })
      .catch((error: unknown) => error)
    assert.ok(low instanceof BaseError && low.walk((error) => error instanceof NonceTooLowError), String(low))
  })

  test('reads: fees, blocks, proofs, filters, batches, state overrides', async () => {
    const { client, batching, wallet, account } = viemClients()
    const fees = await client.estimateFeesPerGas()
    assert.ok(fees.maxFeePerGas > 0n && fees.maxPriorityFeePerGas > 0n)
    const history = await client.getFeeHistory({ blockCount: 4, rewardPercentiles: [10, 50, 90] })
    assert.ok(history.reward?.every((row) => row.length === 3))
    for (const blockTag of ['latest', 'pending', 'safe', 'finalized', 'earliest'] as const) {
      assert.equal(typeof (await client.getBlock({ blockTag })).timestamp, 'bigint', blockTag)
    }
    const full = await client.getBlock({ includeTransactions: true })
    assert.equal(full.transactions.at(-1)?.from, account.address.toLowerCase())
    const proof = await client.getProof({ address: account.address, storageKeys: [`0x${'00'.repeat(32)}`] })
    assert.ok(proof.accountProof.length > 0 && proof.nonce > 0)
    const filter = await client.createBlockFilter()
    await wallet.sendTransaction({ to: account.address, value: 0n })
    assert.equal((await client.getFilterChanges({ filter })).length, 1)
    assert.equal(await client.uninstallFilter({ filter }), true)
    const many = Array.from({ length: 30 }, (_, i) =>
      batching.getBalance({ address: `0x${(i + 1).toString(16).padStart(40, '0')}` }),
    )
    assert.equal((await Promise.all(many)).length, 30)
    const stateOverride = [{ address: account.address, balance: 1n }]
    await assert.rejects(client.call({ account, to: account.address, value: 2n, stateOverride }))
    assert.equal(await client.getBlobBaseFee(), 1n)
  })

  test('its test actions', async () => {
    const { client, tester } = viemClients()
    const address = `0x${'44'.repeat(20)}` as const
    const snapshot = await tester.snapshot()
    await tester.setBalance({ address, value: parseEther('3') })
    assert.equal(await client.getBalance({ address }), parseEther('3'))
    await tester.impersonateAccount({ address })
    const sender = createWalletClient({ account: address, transport: http(node.url) })
    const hash = await sender.sendTransaction({ chain: null, to: `0x${'45'.repeat(20)}`, value: 1n })
    assert.equal((await client.getTransactionReceipt({ hash })).from, address)
    await tester.stopImpersonatingAccount({ address })
    const { timestamp } = await client.getBlock()
    await tester.setNextBlockTimestamp({ timestamp: timestamp + 100n })
    await tester.mine({ blocks: 2, interval: 5 })
    const later = await client.getBlock()
    assert.equal(later.timestamp, timestamp + 105n)
    await tester.increaseTime({ seconds: 1000 })
    await tester.mine({ blocks: 1 })
    assert.ok((await client.getBlock()).timestamp >= later.timestamp + 1000n)
    await tester.setAutomine(false)
    assert.equal(await tester.getAutomine(), false)
    await tester.setAutomine(true)
    await tester.revert({ id: snapshot })
    assert.equal(await client.getBalance({ address }), 0n)
  })
})

describe('ethers', () => {
  test('deploys, sends, reads, listens and decodes failures', async () => {
    const provider = new JsonRpcProvider(node.url, undefined, { pollingInterval: 20, cacheTimeout: -1 })
    const socket = new WebSocketProvider(node.wsUrl)
    try {
      const wallet = new NonceManager(new Wallet(bytesToHex(node.accounts[1]!.privateKey), provider))
      const factory = new ContractFactory(token.abi as never, bytecode, wallet)
      const deployed = await (await factory.deploy(1000n)).waitForDeployment()
      const address = await deployed.getAddress()
      const heard = Promise.withResolvers<bigint>()
      const listener = new Contract(address, token.abi as never, socket)
      await listener.on('Transfer', (_from, _to, value: bigint) => heard.resolve(value))
      const contract = new Contract(address, token.abi as never, wallet)
      const to = `0x${'46'.repeat(20)}`
      const sent = (await contract.getFunction('transfer')(to, 12n)) as { wait(): Promise<{ status: number }> }
      assert.equal((await sent.wait()).status, 1)
      assert.equal(await heard.promise, 12n)
      assert.equal(await contract.getFunction('balanceOf')(to), 12n)
      const failed = await contract
        .getFunction('transfer')
        .staticCall(to, 10n ** 30n)
        .catch((error: unknown) => error)
      assert.equal((failed as { code: string }).code, 'CALL_EXCEPTION')
      assert.equal((failed as { revert: { name: string } }).revert.name, 'ERC20InsufficientBalance')
      const logs = await provider.getLogs({ address, fromBlock: 0, toBlock: 'latest' })
      assert.equal(logs.length, 2)
      const pending = await provider.getBlock('pending')
      assert.equal(pending?.hash, null)
      const poor = new Wallet(`0x${'01'.repeat(32)}`, provider)
      const funds = await poor.sendTransaction({ to, value: 1n }).catch((error: unknown) => error)
      assert.equal((funds as { code: string }).code, 'INSUFFICIENT_FUNDS')
      const used = await new Wallet(bytesToHex(node.accounts[1]!.privateKey), provider)
        .sendTransaction({ to, nonce: 0, gasLimit: 21_000n })
        .catch((error: unknown) => error)
      assert.equal((used as { code: string }).code, 'NONCE_EXPIRED')
    } finally {
      provider.destroy()
      await socket.destroy()
    }
  })

  test('signers of the node', async () => {
    const provider = new JsonRpcProvider(node.url, undefined, { pollingInterval: 20 })
    try {
      const signer = await provider.getSigner(2)
      const address = node.accounts[2]!.address
      assert.equal((await signer.getAddress()).toLowerCase(), address)
      const { verifyMessage, verifyTypedData } = await import('ethers')
      assert.equal(verifyMessage('hello', await signer.signMessage('hello')).toLowerCase(), address)
      const domain = { name: 'Test', chainId: 31337 }
      const types = { Mail: [{ name: 'text', type: 'string' }] }
      const signature = await signer.signTypedData(domain, types, { text: 'hi' })
      assert.equal(verifyTypedData(domain, types, { text: 'hi' }, signature).toLowerCase(), address)
      const sent = await signer.sendTransaction({ to: address, value: 1n })
      assert.equal((await sent.wait())?.status, 1)
    } finally {
      provider.destroy()
    }
  })
})

test('MetaMask: adding the network and sending from it', async () => {
  const from = node.accounts[6]!.address
  const to = node.accounts[7]!.address
  // Adding a network.
  assert.equal(await request(node.url, 'net_version'), '31337')
  assert.equal(await request(node.url, 'eth_chainId'), '0x7a69')
  const block = await request<{ baseFeePerGas: Hex; number: Hex }>(node.url, 'eth_getBlockByNumber', ['latest', false])
  assert.ok(BigInt(block.baseFeePerGas) > 0n)
  // The account, a token, and whether the recipient is a contract.
  assert.ok(BigInt(await request(node.url, 'eth_getBalance', [from, 'latest'])) > 0n)
  assert.equal(await request(node.url, 'eth_getCode', [to, 'latest']), '0x')
  // Fees as its gas fee controller asks for them.
  const history = await request<{ reward: Hex[][] }>(node.url, 'eth_feeHistory', ['0x5', 'latest', [10, 20, 30]])
  assert.ok(history.reward.every((row) => row.every((tip) => BigInt(tip) > 0n)))
  assert.ok(BigInt(await request(node.url, 'eth_gasPrice')) > 0n)
  const gas = await request(node.url, 'eth_estimateGas', [{ from, to, value: '0x1', data: '0x' }])
  assert.equal(gas, '0x5208')
  const nonce = await request(node.url, 'eth_getTransactionCount', [from, block.number])
  assert.equal(nonce, '0x0')
  // "Send max": the balance less gas at the maximum price goes through.
  const balance = BigInt(await request(node.url, 'eth_getBalance', [from, 'latest']))
  const price = 2n * BigInt(block.baseFeePerGas)
  const key = privateKeyToAccount(bytesToHex(node.accounts[6]!.privateKey))
  const raw = await key.signTransaction({
    chainId: 31337,
    nonce: 0,
    to,
    value: balance - 21_000n * price,
    gas: 21_000n,
    maxFeePerGas: price,
    maxPriorityFeePerGas: 1_000_000n,
  })
  const hash = await request(node.url, 'eth_sendRawTransaction', [raw])
  const receipt = await request<{ status: Hex }>(node.url, 'eth_getTransactionReceipt', [hash])
  assert.equal(receipt.status, '0x1')
  const probes = [
    'eth_getBlockByNumber',
    'anvil_nodeInfo',
    'hardhat_metadata',
    'erigon_getHeaderByNumber',
    'ots_getApiLevel',
  ]
  const codes = await Promise.all(
    probes.map(
      async (name) =>
        (await ask(node.url, name, ['latest', false].slice(0, name.endsWith('Number') ? 2 : 0))).error?.code,
    ),
  )
  assert.deepEqual(codes, [undefined, undefined, undefined, -32601, -32601])
})
