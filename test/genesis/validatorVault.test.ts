import assert from 'node:assert/strict'
import { beforeEach, describe, test } from 'node:test'
import fc from 'fast-check'
import { getAddress } from 'viem'
import type { Address } from '../../core/hex.ts'
import { predeploys } from '../../core/predeploys.ts'
import { loadContract } from '../../genesis/loadContract.ts'
import type { RollupSpec } from '../../genesis/spec.ts'
import { readValidators, validatorSlots } from '../../genesis/validators.ts'
import { devnet, type Governance, open, openGovernance } from './governance.ts'

const anyone = `0x${'c3'.repeat(20)}` as Address
const validators = Array.from({ length: 4 }, (_, index) => `0x${`e${index}`.repeat(20)}` as Address)
const signerOf = (account: Address) => `0x5e${account.slice(4)}` as Address
const [first = anyone, second = anyone, third = anyone] = validators
const { timelock, validatorVault } = predeploys

let chain: Governance
beforeEach(async () => {
  chain = await openGovernance()
})

const setWeight = (account: Address, weight: number, signer = signerOf(account)) =>
  chain.vault.send(timelock, 'setWeight', [account, signer, weight])
async function setWeights(accounts: readonly Address[], weights: readonly number[]) {
  for (const [index, account] of accounts.entries()) await setWeight(account, weights[index]!)
}
/** The validators as the contract tells them and as they are read without it: both must be the same. */
async function validatorSet() {
  const told = (await chain.vault.ok(anyone, 'validatorSet')) as readonly Record<'signer' | 'account', string>[]
  const found = readValidators(chain.chain.world)
  const same = found.map(({ signer, account, weight }) => ({
    signer: getAddress(signer),
    account: getAddress(account),
    weight: Number(weight),
  }))
  assert.deepEqual(told, same)
  return found
}
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
    assert.equal(lower(await vault.ok(anyone, 'registry')), timelock)
    await vault.fails('NotRegistry', anyone, 'setWeight', [first, second, 1])
    await vault.fails('NotTimelock', anyone, 'setRegistry', [anyone])
    await vault.ok(timelock, 'setRegistry', [anyone])
    await vault.ok(anyone, 'setWeight', [first, second, 1])
    await vault.fails('NotRegistry', timelock, 'setWeight', [first, second, 1])
  })

  test('of a chain with contracts on L1 takes weights from the alias of the registry there, and not from the timelock', async () => {
    const onL1 = (byte: string) => `0x${byte.repeat(20)}` as Address
    const registry = onL1('f9')
    const rollup: RollupSpec = {
      inbox: onL1('01'),
      portal: onL1('02'),
      outputOracle: onL1('03'),
      validatorRegistry: registry,
      systemConfig: onL1('05'),
      standardBridge: onL1('06'),
      open: onL1('07'),
      multicall3: onL1('08'),
      unsafeSigner: onL1('09'),
      sidecars: 'eip7594',
      originDepth: 0n,
    }
    chain = await openGovernance({ ...devnet, hash: undefined, l1: { ...devnet.l1, rollup } })
    const { vault } = chain
    // 0xf9f9… + 0x1111…1111.
    const alias = '0x0b0af9f9f9f9f9f9f9f9f9f9f9f9f9f9f9fa0b0a' as Address
    assert.equal(lower(await vault.ok(anyone, 'registry')), alias)
    for (const other of [timelock, registry, anyone])
      await vault.fails('NotRegistry', other, 'setWeight', [first, second, 1])
    await vault.send(alias, 'setWeight', [first, second, 1])
    assert.deepEqual(await validatorSet(), [{ signer: second, account: first, weight: 1n }])
  })

  test('keeps its list of validators where it is read from', () => {
    const slots = Object.fromEntries(
      loadContract('ValidatorVault').storage.map(({ label, slot }) => [label, BigInt(slot)]),
    )
    assert.deepEqual({ seats: slots.seats, signers: slots.signers }, validatorSlots)
  })

  test('has one seat for each signer: weights add up by account, and move with the seat', async () => {
    assert.deepEqual(await validatorSet(), [])
    const [a, b, c] = ['a1', 'b1', 'c1'].map((byte) => `0x${byte.repeat(20)}` as Address) as [Address, Address, Address]
    await setWeight(first, 3, a)
    await setWeight(first, 4, b)
    await setWeight(second, 2_000_000_000, c)
    assert.deepEqual(await validatorSet(), [
      { signer: a, account: first, weight: 3n },
      { signer: b, account: first, weight: 4n },
      { signer: c, account: second, weight: 2_000_000_000n },
    ])
    assert.equal(await get('totalWeight'), 2_000_000_007n)
    await setWeight(second, 0, c)
    chain.credit(validatorVault, 70n)
    // The seat goes to another account: what was earned stays with the one before.
    await setWeight(second, 4, b)
    assert.deepEqual([await collect(first), await get('totalWeight')], [70n, 7n])
    chain.credit(validatorVault, 70n)
    assert.deepEqual([await collect(first), await collect(second)], [30n, 40n])
    // The last in the list takes the place of one that leaves; who has no seat cannot lose one.
    await setWeight(second, 5, c)
    await setWeight(first, 0, a)
    await setWeight(first, 0, a)
    await setWeight(third, 0, anyone)
    assert.deepEqual(await validatorSet(), [
      { signer: c, account: second, weight: 5n },
      { signer: b, account: second, weight: 4n },
    ])
    await setWeight(second, 0, b)
    await setWeight(first, 1, a)
    await setWeight(first, 0, c)
    await setWeight(first, 0, a)
    assert.deepEqual([await validatorSet(), await get('totalWeight')], [[], 0n])
    await chain.vault.fails('NothingToCollect', anyone, 'collect', [third])
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
            await setWeight(validator, entry.weight)
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

function lower(address: unknown): string {
  return String(address).toLowerCase()
}
