import assert from 'node:assert/strict'
import { test } from 'node:test'
import { zeroHash } from '../../core/hex.ts'
import { ether, senders } from '../state/testChain.ts'
import { assertMoney, court, createHarness } from './harness.ts'

const [alice, bob, carol] = senders as [
  (typeof senders)[0] & string,
  (typeof senders)[0] & string,
  (typeof senders)[0] & string,
]

test('an agent stakes, unbonds and is paid after the unbonding time', () => {
  const h = createHarness()
  const { agent } = h.ok(alice, 'registerAgent', { controller: bob, metadataHash: zeroHash }, { value: 100n * ether })
  h.ok(carol, 'stake', { agent }, { value: 50n * ether })
  h.ok(alice, 'unstake', { agent, amount: 30n * ether })
  h.fails('TooEarly', alice, 'completeUnstake', { agent })
  h.pass(300n)
  const { amount } = h.ok(carol, 'completeUnstake', { agent })
  assert.equal(amount, 30n * ether)
  h.fails('AlreadyClaimed', alice, 'completeUnstake', { agent })
  const { value } = h.ok(alice, 'getAgent', { agent }) as Record<string, { stake: bigint; unbonding: bigint }>
  assert.equal(value?.stake, 120n * ether)
  assertMoney(h)
})

test('the court takes stake first, then the newest of what is unbonding', () => {
  const h = createHarness()
  const { agent } = h.ok(alice, 'registerAgent', { controller: bob, metadataHash: zeroHash }, { value: 100n })
  h.ok(alice, 'unstake', { agent, amount: 40n })
  h.ok(alice, 'unstake', { agent, amount: 20n })
  h.fails('NotAllowed', alice, 'slashAgent', { agent, amount: 1n })
  assert.deepEqual(h.ok(court, 'slashAgent', { agent, amount: 70n }), { taken: 70n })
  const { queue } = h.ok(alice, 'getUnbonding', { agent }) as unknown as { queue: { amount: bigint }[] }
  assert.deepEqual(
    queue.map(({ amount }) => amount),
    [30n, 0n],
  )
  assertMoney(h)
})
