import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { after, before, test } from 'node:test'
import { bytesToHex, createPublicClient, createWalletClient, http, parseEther, zeroHash } from 'viem'
import { mnemonicToAccount } from 'viem/accounts'
import { errorsAbi } from '../../attribution/abi/errors.ts'
import { protocolDefinitions } from '../../attribution/protocol.ts'
import { devMnemonic } from '../../genesis/devAccounts.ts'
import { loadContract } from '../../genesis/loadContract.ts'
import { solidityInterfaces } from '../../node/docs/solidityDoc.ts'
import { openledgerActions } from '../../sdk/actions.ts'
import { openledgerDevnet } from '../../sdk/chains.ts'
import { protocolError } from '../../sdk/errors.ts'
import { eventOf } from '../../sdk/events.ts'
import { type DevNode, startDevNode } from '../rpc/devNode.ts'

type Compiled = {
  readonly errors?: readonly { readonly formattedMessage: string }[]
  readonly contracts: Readonly<Record<string, Readonly<Record<string, { readonly abi: readonly unknown[] }>>>>
}

const keys = ['type', 'name', 'stateMutability', 'indexed', 'inputs', 'outputs', 'components'] as const

/** What an ABI item says, without what the compiler adds; a parameter that is not indexed may leave that out. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain)
  if (typeof value !== 'object' || value === null) return value
  const item = value as Readonly<Record<string, unknown>>
  return Object.fromEntries(keys.flatMap((key) => (item[key] ? [[key, plain(item[key])]] : [])))
}

/** Compiles the interfaces, and what else is given. */
function compile(more: Readonly<Record<string, { readonly content: string }>> = {}): Compiled {
  const solc = createRequire(import.meta.url)('solc') as { compile(input: string): string }
  const sources = Object.fromEntries(
    Object.entries(solidityInterfaces).map(([path, make]) => [path, { content: make() }]),
  )
  const settings = { outputSelection: { '*': { '*': ['abi'] } } }
  const input = { language: 'Solidity', sources: { ...sources, ...more }, settings }
  return JSON.parse(solc.compile(JSON.stringify(input))) as Compiled
}

test('the contract in the README compiles', () => {
  const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8')
  const [, content] = /```solidity\n(.*?)```/s.exec(readme) ?? []
  assert(content !== undefined)
  const { errors, contracts } = compile({ 'README.sol': { content } })
  assert.deepEqual(errors ?? [], [])
  assert('Earnings' in contracts['README.sol']!)
})

test('the Solidity interfaces compile, without a warning, to the ABIs', () => {
  const { errors, contracts } = compile()
  assert.deepEqual(errors ?? [], [])
  const compiled = Object.values(contracts).flatMap((file) => Object.values(file).flatMap(({ abi }) => abi))
  const ours = [...protocolDefinitions.flatMap((definition) => definition.abi), ...errorsAbi]
  const texts = (items: readonly unknown[]) => items.map((item) => JSON.stringify(plain(item))).sort()
  assert.deepEqual(texts(compiled), texts(ours))
})

const { abi, creation } = loadContract('ModelMarket')
const account = mnemonicToAccount(devMnemonic)
let node: DevNode
before(async () => {
  node = await startDevNode()
})
after(async () => node.close())

test('a contract buys from a model through the interfaces, and gets the rest back', async () => {
  const options = { chain: openledgerDevnet, transport: http(node.url), pollingInterval: 20 }
  const wallet = createWalletClient({ ...options, account }).extend(openledgerActions())
  const reader = createPublicClient(options).extend(openledgerActions())
  const done = async (hash: `0x${string}`) => {
    const receipt = await reader.waitForTransactionReceipt({ hash })
    assert.equal(receipt.status, 'success')
    return receipt
  }
  const { contractAddress: market } = await done(await wallet.deployContract({ abi, bytecode: bytesToHex(creation) }))
  assert(market)

  const controller = account.address
  const registered = await done(
    await wallet.registerAgent({ controller, metadataHash: zeroHash, value: parseEther('100') }),
  )
  const { agent } = eventOf(registered, 'AgentRegistered')
  const terms = { uri: '', metadataHash: zeroHash, licence: zeroHash, consent: 15, consentUntil: 0, curatorBps: 0 }
  const created = await done(await wallet.createDatanet({ ...terms, bondPerKb: 0n }))
  const { datanet } = eventOf(created, 'DatanetCreated')
  const roots = { textRoot: zeroHash, docRoot: zeroHash, byteLength: 100, documents: 3 }
  const published = await done(
    await wallet.publishVersion({ datanet, sequence: 1n, ...roots, value: parseEther('10') }),
  )
  const { version } = eventOf(published, 'VersionPublished')
  const spec = {
    weightsHash: zeroHash,
    metadataHash: zeroHash,
    method: zeroHash,
    kind: 1,
    class: 1,
    priceIn: 1n,
    priceOut: 5n,
    marginBps: 5000,
    minChildShare: 0,
    parents: [],
    versions: [version],
    providers: [],
  }
  const { model } = eventOf(
    await done(await wallet.registerModel({ spec, value: parseEther('10') })),
    'ModelRegistered',
  )

  const read = (functionName: string, args: readonly unknown[]) =>
    reader.readContract({ address: market, abi, functionName, args })
  assert.deepEqual(await read('backing', [model, agent]), [parseEther('100'), 3n])
  assert.equal(await read('exists', [model]), true)
  assert.equal(await read('exists', [agent]), false)

  const { timestamp } = await reader.getBlock()
  const buy = { address: market, abi, functionName: 'buy', value: parseEther('1') }
  const args = [model, agent, account.address, 5n, Number(timestamp) + 100]
  const bought = eventOf(await done(await wallet.writeContract({ ...buy, args })), 'ChannelOpened')
  assert.deepEqual([bought.payer.toLowerCase(), bought.deposit], [market, parseEther('1')])

  // An error of the protocol passes through the contract.
  const late = wallet.writeContract({ ...buy, args: [model, agent, account.address, 5n, 1] })
  assert.equal(protocolError(await late.catch((thrown: unknown) => thrown))?.name, 'OutOfBounds')

  await reader.request({ method: 'evm_increaseTime' as never, params: [200] as never })
  const before = await reader.getBalance({ address: account.address })
  const refund = await wallet.writeContract({ address: market, abi, functionName: 'refund', args: [bought.channel] })
  const { gasUsed, effectiveGasPrice } = await done(refund)
  const after = await reader.getBalance({ address: account.address })
  assert.equal(after - before, parseEther('1') - gasUsed * effectiveGasPrice)
})
