import assert from 'node:assert/strict'
import { beforeEach, describe, test } from 'node:test'
import fc from 'fast-check'
import { getAddress } from 'viem'
import type { Address } from '../../core/hex.ts'
import { predeploys } from '../../core/predeploys.ts'
import { type Governance, open, openGovernance } from './governance.ts'

const anyone = `0x${'c3'.repeat(20)}` as Address
const validators = Array.from({ length: 4 }, (_, index) => `0x${`e${index}`.repeat(20)}` as Address)
const [first = anyone, second = anyone, third = anyone] = validators
const { timelock, validatorVault } = predeploys

let chain: Governance
beforeEach(async () => {
  chain = await openGovernance()
})

const setWeights = (accounts: readonly Address[], weights: readonly number[]) =>
  chain.vault.ok(timelock, 'setWeights', [accounts, weights])
const collect = async (validator: Address) => (await chain.vault.ok(anyone, 'collect', [validator])) as bigint
const get = async (name: string) => (await chain.vault.ok(anyone, name)) as bigint

describe('validator vault', () => {
  test('pulls its share from Settlement and pays by weight', async () => {
    await setWeights([first, second], [3, 1])
    chain.credit(validatorVault, 4n * open)
    const before = chain.chain.balance(first)
    assert.equal(await collect(first), 3n * open)
    assert.equal(chain.chain.balance(first) - before, 3n * open)
    assert.equal(await chain.vault.ok(anyone, 'owedTo', [second]), open)
    assert.equal(await collect(second), open)
    assert.equal(chain.chain.balance(validatorVault), 0n)
    assert.deepEqual(await chain.vault.fails('NothingToCollect', anyone, 'collect', [second]), [getAddress(second)])
  })

  test('carries what a division leaves over', async () => {
    await setWeights([first, second, third], [1, 1, 1])
    chain.credit(validatorVault, 5n)
    assert.equal(await collect(first), 1n)
    assert.equal(await get('carry'), 2n)
    chain.credit(validatorVault, 1n)
    assert.equal(await collect(first), 1n)
    assert.deepEqual([await collect(second), await collect(third)], [2n, 2n])
    assert.deepEqual([await get('carry'), await get('reserved'), chain.chain.balance(validatorVault)], [0n, 0n, 0n])
  })

  test('gathers while nobody has weight, and income goes by the weights of its time', async () => {
    chain.credit(validatorVault, 10n)
    await chain.vault.ok(anyone, 'distribute')
    assert.deepEqual([chain.chain.balance(validatorVault), await get('reserved')], [10n, 0n])
    await setWeights([first], [2])
    await chain.chain.send({ from: anyone, to: validatorVault, value: 10n })
    await setWeights([second, first], [5, 0])
    chain.credit(validatorVault, 100n)
    assert.deepEqual([await collect(first), await collect(second)], [20n, 100n])
    await chain.vault.fails('NothingToCollect', anyone, 'collect', [first])
  })

  test('a validator that refuses payment keeps its share and holds nobody up', async () => {
    // The court has no way to take OPEN.
    await setWeights([predeploys.court, first], [1, 1])
    chain.credit(validatorVault, 10n)
    await chain.vault.fails('PaymentFailed', anyone, 'collect', [predeploys.court])
    assert.equal(await collect(first), 5n)
    assert.equal(await chain.vault.ok(anyone, 'owedTo', [predeploys.court]), 5n)
  })

  test('takes weights from the registry alone, and the registry from the timelock', async () => {
    const { vault } = chain
    await vault.fails('NotRegistry', anyone, 'setWeights', [[first], [1]])
    await vault.fails('LengthMismatch', timelock, 'setWeights', [[first], []])
    await vault.fails('NotTimelock', anyone, 'setRegistry', [anyone])
    await vault.ok(timelock, 'setRegistry', [anyone])
    await vault.ok(anyone, 'setWeights', [[first], [1]])
    await vault.fails('NotRegistry', timelock, 'setWeights', [[first], [1]])
  })

  test('shares are exact through any order of income, weights and payments', async () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant('income' as const), wei: fc.bigInt(0n, 40n), direct: fc.boolean() }),
      fc.record({ kind: fc.constant('weight' as const), who: fc.nat(3), weight: fc.integer({ min: 0, max: 7 }) }),
      fc.record({ kind: fc.constant('collect' as const), who: fc.nat(3) }),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
        chain = await openGovernance()
        const weights = validators.map(() => 0n)
        const owed = validators.map(() => 0n)
        let waiting = 0n
        const share = () => {
          const total = weights.reduce((sum, weight) => sum + weight, 0n)
          if (total === 0n) return
          for (const [who, weight] of weights.entries()) owed[who] = (owed[who] ?? 0n) + (waiting / total) * weight
          waiting %= total
        }
        for (const entry of steps) {
          if (entry.kind === 'income') {
            waiting += entry.wei
            if (!entry.direct) chain.credit(validatorVault, entry.wei)
            else await chain.chain.send({ from: anyone, to: validatorVault, value: entry.wei })
            continue
          }
          share()
          const validator = validators[entry.who] ?? anyone
          if (entry.kind === 'weight') {
            await setWeights([validator], [entry.weight])
            weights[entry.who] = BigInt(entry.weight)
          } else if (owed[entry.who] === 0n) await chain.vault.fails('NothingToCollect', anyone, 'collect', [validator])
          else {
            assert.equal(await collect(validator), owed[entry.who])
            owed[entry.who] = 0n
          }
        }
        share()
        await chain.vault.ok(anyone, 'distribute')
        const held = owed.reduce((sum, wei) => sum + wei, waiting)
        assert.equal(chain.chain.balance(validatorVault), held)
        for (const [who, validator] of validators.entries())
          assert.equal(await chain.vault.ok(anyone, 'owedTo', [validator]), owed[who])
      }),
      { seed: 6, numRuns: 30 },
    )
  })
})
