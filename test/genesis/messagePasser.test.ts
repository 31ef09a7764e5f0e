import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import { encodeAbiParameters, encodeFunctionData, parseAbi, keccak256 as viemKeccak256 } from 'viem'
import { getWithdrawalHashStorageSlot, getWithdrawals } from 'viem/op-stack'
import { type Address, bytesToHex, type Hash, hexToBytes } from '../../core/hex.ts'
import { predeploys } from '../../core/predeploys.ts'
import { loadSpec } from '../../genesis/loadSpec.ts'
import { type GenesisChain, openGenesisChain, read } from './chain.ts'

const user = `0x${'a1'.repeat(20)}` as Address
const other = `0x${'b2'.repeat(20)}` as Address
const open = 10n ** 18n
const spec = loadSpec('mainnet')
let chain: GenesisChain

before(async () => {
  chain = await openGenesisChain(spec)
})

describe('L2ToL1MessagePasser', () => {
  const to = predeploys.messagePasser
  const abi = parseAbi([
    'function messageNonce() view returns (uint256)',
    'function MESSAGE_VERSION() view returns (uint16)',
    'function initiateWithdrawal(address, uint256, bytes) payable',
    'function burn()',
    'function sentMessages(bytes32) view returns (bool)',
  ])
  const withdrawalTuple = ['uint256', 'address', 'address', 'uint256', 'uint256', 'bytes'].map((type) => ({ type }))

  async function withdraw(message: { value: bigint; data?: Uint8Array }) {
    const nonce = await read(chain, { to, abi, functionName: 'messageNonce' })
    const { succeeded, logs } = await chain.send({ from: user, to, ...message })
    assert(succeeded)
    const viemLogs = logs.map(({ address, topics, data }) => ({ address, topics, data: bytesToHex(data) }))
    const [withdrawal] = getWithdrawals({ logs: viemLogs } as unknown as Parameters<typeof getWithdrawals>[0])
    assert(withdrawal !== undefined)
    assert.equal(withdrawal.nonce, nonce)
    return withdrawal
  }

  test('a withdrawal is an event, a hash and a stored flag as viem computes them', async () => {
    const args = [other, 50_000n, '0x0102'] as const
    const data = hexToBytes(encodeFunctionData({ abi, functionName: 'initiateWithdrawal', args }))
    const { withdrawalHash, ...withdrawal } = await withdraw({ value: 3n * open, data })
    const { nonce } = withdrawal
    assert.equal(nonce, 1n << 240n)
    const fields = [nonce, user, other, 3n * open, 50_000n, '0x0102']
    assert.equal(withdrawalHash, viemKeccak256(encodeAbiParameters(withdrawalTuple, fields)))
    assert.equal(withdrawal.sender.toLowerCase(), user)
    assert.equal(withdrawal.target.toLowerCase(), other)
    assert.deepEqual([withdrawal.value, withdrawal.gasLimit, withdrawal.data], [3n * open, 50_000n, '0x0102'])

    assert.equal(await read(chain, { to, abi, functionName: 'sentMessages', args: [withdrawalHash] }), true)
    const slot = getWithdrawalHashStorageSlot({ withdrawalHash }) as Hash
    assert.deepEqual(chain.world.storage(to, slot), Uint8Array.of(1))
    assert.equal(await read(chain, { to, abi, functionName: 'messageNonce' }), (1n << 240n) + 1n)
    assert.equal(await read(chain, { to, abi, functionName: 'MESSAGE_VERSION' }), 1)
  })

  test('a plain transfer withdraws to the sender', async () => {
    const withdrawal = await withdraw({ value: open })
    assert.equal(withdrawal.target.toLowerCase(), user)
    assert.deepEqual([withdrawal.value, withdrawal.gasLimit, withdrawal.data], [open, 100_000n, '0x'])
  })

  test('keeps withdrawn value: there is no burn', async () => {
    assert.equal(chain.balance(to), 4n * open)
    const { succeeded } = await chain.send({
      from: user,
      to,
      data: hexToBytes(encodeFunctionData({ abi: parseAbi(['function burn()']) })),
    })
    assert.equal(succeeded, false)
    assert.equal(chain.balance(to), 4n * open)
  })
})
