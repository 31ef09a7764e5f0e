import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type Address, zeroAddress } from '../../../core/hex.ts'
import { predeploys } from '../../../core/predeploys.ts'
import type { RollupSpec } from '../../../genesis/spec.ts'
import { readValidators } from '../../../genesis/validators.ts'
import { decodeDepositLog } from '../../../l1/extract/deposit.ts'
import type { TxResult } from '../../../state/engine.ts'
import { devnet, openGovernance } from '../../genesis/governance.ts'
import { accountOf, keyOf, openRegistry, ownerOf } from '../contracts/registry.ts'
import { minStake } from '../contracts/rollup.ts'
import { ether } from '../contracts/testL1.ts'

/** A registry on L1, and a chain whose vault listens to it. */
async function openBoth() {
  const one = await openRegistry()
  const rollup: RollupSpec = {
    inbox: zeroAddress,
    portal: one.portal.address,
    outputOracle: one.oracle.address,
    validatorRegistry: one.registry.address,
    systemConfig: one.config.address,
    standardBridge: zeroAddress,
    open: one.open.address,
    multicall3: zeroAddress,
    unsafeSigner: zeroAddress,
    sidecars: 'eip7594',
    originDepth: 0n,
  }
  const l2 = await openGovernance({ ...devnet, hash: undefined, l1: { ...devnet.l1, rollup } })
  return { one, l2 }
}

test('L2 pays validators by their stake on L1 at the time of the income, whatever happens to it', async () => {
  const seed = 3_107
  const act = fc.record({
    kind: fc.constantFrom('register', 'increase', 'unbond', 'rotate', 'account'),
    at: fc.nat(3),
    wei: fc.bigInt(0n, 400n * ether),
    income: fc.bigInt(0n, 10n ** 18n),
  })
  let told = 0
  await fc.assert(
    fc.asyncProperty(fc.array(act, { minLength: 10, maxLength: 25 }), async (acts) => {
      const { one, l2 } = await openBoth()
      const { registry, l1, portal } = one
      const owed = new Map<Address, bigint>()
      /** What no division has given to anybody yet. */
      let carry = 0n
      /** Income goes by the weights that the chain has, before any of them changes. */
      const share = () => {
        const set = readValidators(l2.chain.world)
        const total = set.reduce((sum, { weight }) => sum + weight, 0n)
        if (total === 0n) return
        for (const { account, weight } of set) owed.set(account, (owed.get(account) ?? 0n) + (carry / total) * weight)
        carry %= total
      }
      for (let at = 0; at < 4; at++) await one.fund(ownerOf(at), 3_000n * ether)
      for (const [step, { kind, at, wei, income }] of acts.entries()) {
        const result = await attempt(one, kind, at, wei, keyOf(200 + step))
        if (!result.succeeded) continue
        l2.credit(predeploys.validatorVault, income)
        carry += income
        await arrive(result, one, l2, share)
        told++
        const set = (await registry.get('validatorSet')) as readonly Record<'signer' | 'account', string>[]
        const byKey = ([a]: readonly unknown[], [b]: readonly unknown[]) => (String(a) < String(b) ? -1 : 1)
        assert.deepEqual(
          readValidators(l2.chain.world)
            .map(({ signer, account, weight }) => [signer, account, weight])
            .sort(byKey),
          set
            .map(({ signer, account, ...rest }) => [
              signer.toLowerCase(),
              account.toLowerCase(),
              (rest as unknown as { stake: bigint }).stake / ether,
            ])
            .sort(byKey),
        )
        l1.pass(12n)
      }
      share()
      await l2.vault.ok(ownerOf(0), 'distribute')
      for (const [account, wei] of owed) assert.equal(await l2.vault.ok(ownerOf(0), 'owedTo', [account]), wei)
      const paid = [...owed.values()].reduce((sum, wei) => sum + wei, 0n)
      assert.equal(l2.chain.balance(predeploys.validatorVault), paid + carry)
      assert.equal(await portal.get('escrowed'), 5_000n * ether)
    }),
    { seed, numRuns: 8 },
  )
  assert(told > 40, `${told} changes arrived`)
})

type Both = Awaited<ReturnType<typeof openBoth>>

async function attempt(
  { l1, registry, consent }: Both['one'],
  kind: 'register' | 'increase' | 'unbond' | 'rotate' | 'account',
  at: number,
  wei: bigint,
  key: ReturnType<typeof keyOf>,
): Promise<TxResult> {
  const count = (await registry.get('validatorCount')) as bigint
  const id = 1n + (BigInt(at) % (count || 1n))
  const [owner] = (await registry.get('validators', [id])) as [Address]
  const send = (from: Address, name: string, args: readonly unknown[]) =>
    l1.send({ from: from.toLowerCase() as Address, to: registry.address, data: registry.data(name, args) })
  const agreed = consent(key, kind === 'register' ? ownerOf(at) : (owner.toLowerCase() as Address))
  switch (kind) {
    case 'register':
      return send(ownerOf(at), kind, [key.address, accountOf(at), minStake + wei, agreed])
    case 'rotate':
      return send(owner, 'setSigner', [id, key.address, agreed])
    case 'account':
      return send(owner, 'setAccount', [id, accountOf(Number(wei % 4n))])
    default: {
      const [, , , , , stake] = (await registry.get('validators', [id])) as readonly bigint[]
      // Half of the time all of it.
      return send(owner, kind, [id, kind === 'unbond' && wei % 2n === 0n ? stake : wei])
    }
  }
}

/** Executes on L2 what a transaction on L1 deposits, with exactly its gas. */
async function arrive(
  { logs }: TxResult,
  { portal, l1 }: Both['one'],
  { chain }: Both['l2'],
  share: () => void,
): Promise<void> {
  for (const log of logs.filter(({ address }) => address === portal.address)) {
    const deposit = decodeDepositLog(log, l1.hashOf(7n), 3n)
    assert(deposit?.to !== undefined)
    share()
    const { from, to, gas, data } = deposit
    const result = await chain.send({ from, to, gas, data })
    assert(result.succeeded, result.error?.reason)
  }
}
