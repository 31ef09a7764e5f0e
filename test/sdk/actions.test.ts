import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import {
  ContractFunctionExecutionError,
  createPublicClient,
  createWalletClient,
  http,
  parseEther,
  zeroHash,
} from 'viem'
import { mnemonicToAccount } from 'viem/accounts'
import { protocolDefinitions } from '../../attribution/protocol.ts'
import { devMnemonic } from '../../genesis/devAccounts.ts'
import { openledgerActions } from '../../sdk/actions.ts'
import { openledgerDevnet } from '../../sdk/chains.ts'
import { openledgerContracts } from '../../sdk/contracts.ts'
import { protocolError } from '../../sdk/errors.ts'
import { eventOf, protocolEvents } from '../../sdk/events.ts'
import { type DevNode, startDevNode } from '../rpc/devNode.ts'

const account = mnemonicToAccount(devMnemonic)
let node: DevNode
before(async () => {
  node = await startDevNode()
})
after(async () => node.close())

function clients() {
  const options = { chain: openledgerDevnet, transport: http(node.url), pollingInterval: 20 }
  return {
    wallet: createWalletClient({ ...options, account }).extend(openledgerActions()),
    reader: createPublicClient(options).extend(openledgerActions()),
  }
}

async function registeredAgent(): Promise<`0x${string}`> {
  const { wallet, reader } = clients()
  const metadataHash = `0x${'17'.repeat(32)}` as const
  const hash = await wallet.registerAgent({ controller: account.address, metadataHash, value: parseEther('1') })
  const receipt = await reader.waitForTransactionReceipt({ hash })
  assert.deepEqual(
    protocolEvents(receipt).map(({ name }) => name),
    ['AgentRegistered', 'Staked'],
  )
  return eventOf(receipt, 'AgentRegistered').agent
}

test('the sdk has the address and the ABI of each precompile', () => {
  for (const { name, address, abi } of protocolDefinitions) {
    assert.equal(openledgerContracts[name].address, address)
    assert.equal(openledgerContracts[name].abi, abi)
  }
})

test('a write sends its arguments and OPEN by name; a view gives its output', async () => {
  const agent = await registeredAgent()
  const { reader } = clients()
  const { owner, controller, stake, ejected } = await reader.getAgent({ agent })
  assert.deepEqual(
    { owner, controller, stake, ejected },
    { owner: account.address, controller: account.address, stake: parseEther('1'), ejected: false },
  )
  assert.equal(await reader.freeStake({ agent }), parseEther('1'))
  const newest = await reader.getBlockNumber()
  await assert.rejects(reader.getAgent({ agent }, { blockNumber: newest - 1n }), ContractFunctionExecutionError)
})

test('a tuple with bytes and a list is encoded as the ABI has it', async () => {
  const { wallet } = clients()
  const opening = { index: 0n, data: Uint8Array.of(1, 2), path: [zeroHash] }
  const refused = await wallet.closeVersion({ version: zeroHash, document: opening }).catch((thrown: unknown) => thrown)
  // Not MalformedInput: it was decoded, strictly, and then refused for what it says.
  assert.equal(protocolError(refused)?.name, 'UnknownObject')
})

test('what the chain refuses is an error with name, arguments and meaning', async () => {
  const agent = await registeredAgent()
  const { wallet, reader } = clients()
  const refused = await wallet.unstake({ agent, amount: parseEther('2') }).catch((thrown: unknown) => thrown)
  assert(refused instanceof ContractFunctionExecutionError)
  assert.match(refused.message, /StakeTooLow\(uint256 needed\)/)
  assert.deepEqual(protocolError(refused), {
    name: 'StakeTooLow',
    args: { needed: parseEther('2') },
    meaning: 'The agent has less stake than this.',
  })
  const unknown = await reader.getAgent({ agent: zeroHash }).catch((thrown: unknown) => thrown)
  assert.deepEqual(protocolError(unknown)?.args, { id: zeroHash })
})

test('a failure without an error of the protocol is none', async () => {
  const { wallet } = clients()
  const refused = await wallet
    .stake({ agent: zeroHash, value: parseEther('1000000') })
    .catch((thrown: unknown) => thrown)
  assert(refused instanceof ContractFunctionExecutionError)
  assert.equal(protocolError(refused), undefined)
  assert.equal(protocolError(new Error('no')), undefined)
  assert.equal(protocolError({ data: '0x1234' }), undefined)
})

test('a missing argument is named before anything is sent', async () => {
  const { reader } = clients()
  await assert.rejects(reader.getAgent({} as { agent: `0x${string}` }), /getAgent: "agent" is missing/)
})
