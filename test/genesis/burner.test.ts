import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import { parseAbi } from 'viem'
import { getWithdrawals } from 'viem/op-stack'
import { type Address, bytesToHex } from '../../core/hex.ts'
import { predeploys } from '../../core/predeploys.ts'
import { loadSpec } from '../../genesis/loadSpec.ts'
import { read } from './chain.ts'
import { devnet, type Governance, open, openGovernance } from './governance.ts'

const anyone = `0x${'c3'.repeat(20)}` as Address
const { burner, messagePasser } = predeploys

let chain: Governance
before(async () => {
  chain = await openGovernance()
})

/** Burns and gives the withdrawal that the message passer announced. */
async function burn() {
  const { logs } = await chain.burner.send(anyone, 'burn')
  const viemLogs = logs.map(({ address, topics, data }) => ({ address, topics, data: bytesToHex(data) }))
  const [withdrawal, ...others] = getWithdrawals({ logs: viemLogs } as unknown as Parameters<typeof getWithdrawals>[0])
  assert(withdrawal !== undefined && others.length === 0)
  return withdrawal
}

describe('burner', () => {
  test('withdraws what Settlement released to an address that nobody has', async () => {
    chain.addBurns(7n * open)
    const { withdrawalHash, ...withdrawal } = await burn()
    assert.equal(withdrawal.sender.toLowerCase(), burner)
    assert.equal(withdrawal.target, '0x000000000000000000000000000000000000dEaD')
    assert.deepEqual([withdrawal.value, withdrawal.gasLimit, withdrawal.data], [7n * open, 100_000n, '0x'])
    assert.deepEqual([chain.chain.balance(burner), chain.chain.balance(messagePasser)], [0n, 7n * open])
    const abi = parseAbi(['function sentMessages(bytes32) view returns (bool)'])
    const sent = { to: messagePasser, abi, functionName: 'sentMessages', args: [withdrawalHash] } as const
    assert.equal(await read(chain.chain, sent), true)
    assert.equal(await chain.burner.ok(anyone, 'totalBurned'), 7n * open)
  })

  test('burns what was sent to it with the next release', async () => {
    await chain.chain.send({ from: anyone, to: burner, value: 2n })
    chain.addBurns(3n)
    assert.equal((await burn()).value, 5n)
    assert.equal(await chain.burner.ok(anyone, 'totalBurned'), 7n * open + 5n)
  })

  test('waits until the least has gathered that is worth a withdrawal', async () => {
    const attribution = { ...devnet.attribution, leastBurn: 10n }
    const patient = await openGovernance({ ...devnet, attribution, hash: undefined })
    assert.equal(await patient.burner.ok(anyone, 'leastBurn'), 10n)
    patient.addBurns(4n)
    await patient.chain.send({ from: anyone, to: burner, value: 5n })
    assert.deepEqual(await patient.burner.fails('BelowMinimum', anyone, 'burn'), [9n, 10n])
    assert.deepEqual([patient.chain.balance(burner), patient.chain.balance(messagePasser)], [5n, 0n])
    patient.addBurns(1n)
    await patient.burner.ok(anyone, 'burn')
    assert.equal(patient.chain.balance(messagePasser), 10n)
    assert.equal(loadSpec('mainnet').attribution.leastBurn, open)
  })

  test('does nothing when nothing is released', async () => {
    await chain.burner.fails('AlreadyClaimed', anyone, 'burn')
  })
})
