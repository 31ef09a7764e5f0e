import assert from 'node:assert/strict'
import { test } from 'node:test'
import { protocol } from '../../attribution/native/addresses.ts'
import { agents } from '../../attribution/storage/agents.ts'
import { emptyCodeHash } from '../../core/account.ts'
import { type Address, type Hash, zeroAddress, zeroHash } from '../../core/hex.ts'
import { ether, senders } from '../state/testChain.ts'
import { assertMoney, court, createHarness, type Harness, timelock } from './harness.ts'

const [alice, bob, carol] = senders as [Address, Address, Address]
const metadataHash = `0x${'34'.repeat(32)}` as Hash
const unknown = `0x${'12'.repeat(32)}` as Hash

/** An agent of Alice's with Bob as its controller. */
function registered(value: bigint): { h: Harness; agent: Hash } {
  const h = createHarness()
  return { h, agent: h.ok(alice, 'registerAgent', { controller: bob, metadataHash }, { value }).agent! }
}

type Agent = Readonly<Record<'stake' | 'unbonding' | 'openMargin' | 'slashed', bigint>> & {
  readonly owner: Address
  readonly controller: Address
}
const agentOf = (h: Harness, agent: Hash) => h.ok(carol, 'getAgent', { agent }).value as unknown as Agent
const queueOf = (h: Harness, agent: Hash) =>
  h.ok(carol, 'getUnbonding', { agent }).queue as unknown as { amount: bigint; availableAt: bigint }[]

test('registering makes a new agent each time, with or without stake', () => {
  const h = createHarness()
  const args = { controller: bob, metadataHash }
  const first = h.call(alice, 'registerAgent', args, { value: 5n })
  assert(first.ok)
  const agent: Hash = first.output.agent!
  assert.deepEqual(first.events, [
    { name: 'AgentRegistered', address: protocol.agents, args: { agent, owner: alice, controller: bob, metadataHash } },
    { name: 'Staked', address: protocol.agents, args: { agent, amount: 5n } },
  ])
  const second = h.call(alice, 'registerAgent', args)
  assert(second.ok && second.output.agent !== agent)
  assert.equal(second.events.length, 1)
  const other = h.ok(bob, 'registerAgent', args)
  assert.notEqual(other.agent, agent)
  assert.deepEqual(
    { ...agentOf(h, agent) },
    {
      owner: alice,
      controller: bob,
      metadataHash,
      stake: 5n,
      unbonding: 0n,
      openMargin: 0n,
      slashed: 0n,
      ejected: false,
    },
  )
  h.fails('BadRecipient', alice, 'registerAgent', { controller: zeroAddress, metadataHash: zeroHash })
  assertMoney(h)
})

test('only the owner transfers an agent and sets its controller', () => {
  const { h, agent } = registered(10n)
  for (const caller of [bob, carol]) {
    h.fails('NotAllowed', caller, 'transferAgent', { agent, to: carol })
    h.fails('NotAllowed', caller, 'setController', { agent, controller: carol })
    h.fails('NotAllowed', caller, 'unstake', { agent, amount: 1n })
  }
  for (const to of [zeroAddress, ...Object.values(protocol)])
    h.fails('BadRecipient', alice, 'transferAgent', { agent, to })
  h.fails('BadRecipient', alice, 'setController', { agent, controller: zeroAddress })
  h.ok(alice, 'setController', { agent, controller: carol })
  h.ok(alice, 'transferAgent', { agent, to: carol })
  const { owner, controller } = agentOf(h, agent)
  assert.deepEqual([owner, controller], [carol, carol])
  h.fails('NotAllowed', alice, 'setController', { agent, controller: alice })
  // The stake moved with the agent.
  h.ok(carol, 'unstake', { agent, amount: 10n })
  h.pass(300n)
  h.ok(alice, 'completeUnstake', { agent })
  assert.equal(h.ok(alice, 'creditOf', { account: carol }).amount, 10n)
  assertMoney(h)
})

test('an agent stakes, unbonds and is paid after the unbonding time', () => {
  const { h, agent } = registered(100n * ether)
  h.ok(carol, 'stake', { agent }, { value: 50n * ether })
  h.fails('ZeroAmount', carol, 'stake', { agent })
  h.ok(alice, 'unstake', { agent, amount: 30n * ether })
  const availableAt = h.now + 300n
  assert.deepEqual(queueOf(h, agent), [{ amount: 30n * ether, availableAt }])
  h.pass(299n)
  assert.deepEqual(h.fails('TooEarly', alice, 'completeUnstake', { agent }), { earliest: availableAt })
  h.pass(1n)
  assert.deepEqual(h.ok(carol, 'completeUnstake', { agent }), { amount: 30n * ether })
  assert.equal(h.ok(carol, 'creditOf', { account: alice }).amount, 30n * ether)
  h.fails('AlreadyClaimed', alice, 'completeUnstake', { agent })
  const { stake, unbonding } = agentOf(h, agent)
  assert.deepEqual([stake, unbonding], [120n * ether, 0n])
  assertMoney(h)
})

test('unstaking is bounded by the stake and by sixteen entries; several are paid together', () => {
  const { h, agent } = registered(200n)
  h.fails('ZeroAmount', alice, 'unstake', { agent, amount: 0n })
  assert.deepEqual(h.fails('StakeTooLow', alice, 'unstake', { agent, amount: 201n }), { needed: 201n })
  for (let entry = 0n; entry < 16n; entry++) {
    h.ok(alice, 'unstake', { agent, amount: entry + 1n })
    h.pass(1n)
  }
  assert.deepEqual(h.fails('TooMany', alice, 'unstake', { agent, amount: 1n }), { most: 16n })
  assert.equal(agentOf(h, agent).unbonding, 136n)
  h.pass(289n)
  const { amount } = h.ok(carol, 'completeUnstake', { agent })
  assert.equal(amount, 21n)
  assert.equal(queueOf(h, agent).length, 10)
  assertMoney(h)
})

test('unknown agents are named', () => {
  const h = createHarness()
  const calls: [string, object][] = [
    ['transferAgent', { to: bob }],
    ['setController', { controller: bob }],
    ['unstake', { amount: 1n }],
    ['completeUnstake', {}],
    ['getAgent', {}],
    ['getUnbonding', {}],
    ['freeStake', {}],
  ]
  for (const [name, args] of calls)
    assert.deepEqual(h.fails('UnknownObject', alice, name, { agent: unknown, ...args }), { id: unknown }, name)
  h.fails('UnknownObject', alice, 'stake', { agent: unknown }, { value: 1n })
  h.fails('UnknownObject', court, 'slashAgent', { agent: unknown, amount: 1n })
  assertMoney(h)
})

test('stake that backs open batches twice over does not leave, however long it waited', () => {
  const { h, agent } = registered(100n)
  agents.set(h.store, { openMargin: 30n }, agent)
  assert.deepEqual(h.ok(carol, 'freeStake', { agent }), { amount: 40n })
  h.ok(alice, 'unstake', { agent, amount: 41n })
  assert.deepEqual(h.ok(carol, 'freeStake', { agent }), { amount: 0n })
  h.pass(300n)
  h.fails('StakeInUse', alice, 'completeUnstake', { agent })
  agents.set(h.store, { openMargin: 29n }, agent)
  h.ok(alice, 'completeUnstake', { agent })
  assert.deepEqual(h.ok(carol, 'freeStake', { agent }), { amount: 1n })
  assertMoney(h)
})

test('the court takes stake first, then the newest of what is unbonding', () => {
  const { h, agent } = registered(100n)
  h.ok(alice, 'unstake', { agent, amount: 40n })
  h.ok(alice, 'unstake', { agent, amount: 20n })
  for (const caller of [alice, bob, timelock]) h.fails('NotAllowed', caller, 'slashAgent', { agent, amount: 1n })
  h.fails('ZeroAmount', court, 'slashAgent', { agent, amount: 0n })
  assert.deepEqual(h.ok(court, 'slashAgent', { agent, amount: 70n }), { taken: 70n })
  assert.deepEqual(
    queueOf(h, agent).map(({ amount }) => amount),
    [30n, 0n],
  )
  assert.equal(h.ok(carol, 'invariants').insurance, 70n)
  assert.deepEqual(h.ok(court, 'slashAgent', { agent, amount: 1_000n }), { taken: 30n })
  const { stake, unbonding, slashed } = agentOf(h, agent)
  assert.deepEqual([stake, unbonding, slashed], [0n, 0n, 100n])
  assert.deepEqual(h.ok(court, 'slashAgent', { agent, amount: 1n }), { taken: 0n })
  // The emptied entries are cleared when their time has come.
  h.pass(300n)
  assert.deepEqual(h.ok(alice, 'completeUnstake', { agent }), { amount: 0n })
  assertMoney(h)
})

test('no stake leaves its 96 bits', () => {
  const { h, agent } = registered(1n)
  h.world.setAccount(carol, { nonce: 0n, balance: 2n ** 97n, codeHash: emptyCodeHash })
  h.fails('AmountTooLarge', carol, 'stake', { agent }, { value: 2n ** 96n - 1n })
  h.fails('AmountTooLarge', carol, 'stake', { agent }, { value: 2n ** 96n })
})
