import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Address } from '../../../core/hex.ts'
import {
  bond,
  deployRollup,
  finalization,
  genesisSupply,
  guardian,
  interval,
  propose,
  proposer,
  verifierPeriod,
} from './rollup.ts'
import { alice, bob } from './testL1.ts'
import type { Proof, TestOutput, Withdrawal } from './testL2.ts'
import { finalize, openWithdrawals, prove } from './withdrawals.ts'

const root = (n: number) => `0x${n.toString(16).padStart(64, '0')}`

test('OPEN in escrow is what L2 has and what is on its way, after any sequence of acts', async () => {
  const seed = 4_090
  const act = fc.record({
    kind: fc.oneof(
      { arbitrary: fc.constantFrom('output', 'prove', 'finalize', 'pass'), weight: 12 },
      { arbitrary: fc.constantFrom('deposit', 'withdraw'), weight: 4 },
      { arbitrary: fc.constantFrom('send', 'delete', 'challenge', 'resolve', 'pause', 'unpause'), weight: 2 },
    ),
    at: fc.nat(9),
    wei: fc.bigInt(0n, genesisSupply / 4n),
  })
  const done = new Map<string, number>()
  await fc.assert(
    fc.asyncProperty(fc.array(act, { minLength: 40, maxLength: 80 }), async (acts) => {
      const { l1, l2, rollup, portal, oracle, held, escrow } = await openWithdrawals()
      await rollup.open.send(alice, 'approve', [portal.address, (1n << 256n) - 1n])
      let [onL2, sent, paid] = [genesisSupply, 0n, 0n]
      const withdrawals: Withdrawal[] = []
      const outputs: TestOutput[] = []
      const proofs: Proof[] = []
      const finished = new Set<string>()
      for (const { kind, at, wei } of acts) {
        const latest = async () => (await oracle.get('latestOutputIndex')) as bigint
        const attempt = async (
          from: Address,
          to: typeof portal,
          functionName: string,
          args: readonly unknown[],
          value = 0n,
        ) => {
          const result = await l1.send({ from, to: to.address, data: to.data(functionName, args), value })
          if (result.succeeded) done.set(kind, (done.get(kind) ?? 0) + 1)
          return result.succeeded
        }
        switch (kind) {
          case 'deposit': {
            const mint = wei / 1_000n
            if (await attempt(alice, portal, 'depositERC20Transaction', [bob, mint, 0n, 21_000n, false, '0x']))
              onL2 += mint
            break
          }
          case 'send':
            if (await attempt(alice, rollup.open, 'transfer', [portal.address, wei / 1_000n])) sent += wei / 1_000n
            break
          case 'withdraw': {
            const value = wei < onL2 ? wei : onL2
            withdrawals.push(await l2.withdraw({ from: alice, target: bob, value }))
            onL2 -= value
            break
          }
          case 'output': {
            const output = await l2.seal()
            await propose(rollup, output.outputRoot, output.l2BlockNumber)
            outputs.push(output)
            break
          }
          case 'prove': {
            const [withdrawal, output] = [withdrawals[at % (withdrawals.length || 1)], outputs.at(-1)]
            if (withdrawal === undefined || output === undefined) break
            const proof = await l2.prove(withdrawal, output, await latest())
            if (await attempt(bob, portal, ...prove(proof))) proofs.push(proof)
            break
          }
          case 'finalize': {
            const withdrawal = proofs[at % (proofs.length || 1)]?.withdrawal ?? withdrawals[0]
            if (withdrawal === undefined || !(await attempt(bob, portal, ...finalize(withdrawal)))) break
            assert(!finished.has(withdrawal.withdrawalHash), 'paid once')
            finished.add(withdrawal.withdrawalHash)
            paid += withdrawal.value
            break
          }
          case 'pass':
            l1.pass(at < 3 ? interval : finalization, 10n)
            break
          case 'delete':
            await attempt(guardian, oracle, 'deleteL2Outputs', [await latest()])
            break
          case 'challenge':
            await attempt(alice, oracle, 'challenge', [await latest()], bond)
            break
          case 'resolve':
            await attempt(alice, oracle, 'resolve', [await latest()])
            break
          case 'pause':
          case 'unpause':
            await attempt(guardian, portal, kind, [])
        }
        const inFlight = withdrawals.reduce(
          (sum, { withdrawalHash, value }) => (finished.has(withdrawalHash) ? sum : sum + value),
          0n,
        )
        const escrowed = await escrow()
        assert.equal(escrowed, onL2 + inFlight)
        assert.equal(await held(portal.address), (escrowed as bigint) + sent)
        assert.equal(await held(bob), paid)
      }
    }),
    { seed, numRuns: 15 },
  )
  for (const kind of ['deposit', 'prove', 'finalize', 'send', 'delete', 'challenge', 'pause'])
    assert((done.get(kind) ?? 0) > 1, `${kind} had an effect ${done.get(kind)} times`)
})

test('money and the list of challenges add up after any sequence of acts', async () => {
  const rollup = await deployRollup()
  const { l1, oracle } = rollup
  const verifier = rollup.registry.address
  const bondOf = (account: Address) => oracle.get('bondOf', [account])
  const seed = 20_261
  const act = fc.record({
    kind: fc.oneof(
      { arbitrary: fc.constantFrom('propose', 'challenge', 'uphold', 'pass', 'resolve'), weight: 2 },
      { arbitrary: fc.constantFrom('delete', 'deposit', 'withdraw'), weight: 1 },
    ),
    at: fc.nat(5),
    who: fc.constantFrom(alice, bob, proposer),
  })
  const done = new Map<string, number>()
  await fc.assert(
    fc.asyncProperty(fc.array(act, { minLength: 20, maxLength: 40 }), async (acts) => {
      l1.world.checkpoint()
      const open = new Set<bigint>()
      let paidIn = 0n
      let paidOut = 0n
      for (const [step, { kind, at, who }] of acts.entries()) {
        // Answers are mostly to challenges that are open.
        const index = (kind === 'uphold' || kind === 'resolve' ? [...open][at] : undefined) ?? BigInt(at)
        const attempt = async (from: Address, functionName: string, args: readonly unknown[], value = 0n) => {
          const result = await l1.send({ from, to: oracle.address, data: oracle.data(functionName, args), value })
          if (result.succeeded) paidIn += value
          if (result.succeeded) done.set(kind, (done.get(kind) ?? 0) + 1)
          return result.succeeded
        }
        switch (kind) {
          case 'propose': {
            l1.pass(interval, 10n)
            const next = (await oracle.get('nextBlockNumber')) as bigint
            await attempt(
              proposer,
              'proposeL2Output',
              [root(at + 1), next, l1.hashOf(l1.number() - 1n), l1.number() - 1n],
              bond,
            )
            break
          }
          case 'challenge':
            if (await attempt(who, 'challenge', [index], bond)) open.add(index)
            break
          case 'uphold':
            if (await attempt(verifier, 'uphold', [index])) assert(open.delete(index))
            break
          case 'resolve':
          case 'delete':
            if (
              await attempt(kind === 'delete' ? guardian : who, kind === 'delete' ? 'deleteL2Outputs' : 'resolve', [
                index,
              ])
            )
              for (const other of open) if (other >= index) open.delete(other)
            break
          case 'pass':
            l1.pass((verifierPeriod / 4n) * BigInt(at) + 1n)
            break
          case 'deposit':
            await attempt(who, 'depositBond', [], BigInt(at))
            break
          case 'withdraw': {
            const amount = ((await bondOf(who)) as bigint) / 2n
            if (await attempt(who, 'withdrawBond', [amount])) paidOut += amount
          }
        }
        if (step % 5 !== 4 && step !== acts.length - 1) continue
        const lowest = [...open].sort((a, b) => (a < b ? -1 : 1))[0]
        for (let i = 0n; i < 6n; i++) {
          assert.equal(await oracle.get('isFrozen', [i]), lowest !== undefined && lowest <= i)
          const [challenger] = (await oracle.get('challengeOf', [i])) as [string, bigint]
          assert.equal(BigInt(challenger) !== 0n, open.has(i))
        }
        assert.equal(await oracle.get('openChallenges'), BigInt(open.size))
        const bonds = (await Promise.all([alice, bob, proposer].map(bondOf))) as bigint[]
        const burned = (await oracle.get('burned')) as bigint
        const balance = l1.balance(oracle.address)
        assert.equal(balance, bonds.reduce((sum, one) => sum + one, burned) + bond * BigInt(open.size))
        assert.equal(balance, paidIn - paidOut)
      }
      l1.world.revert()
    }),
    { seed, numRuns: 40 },
  )
  for (const kind of ['propose', 'challenge', 'uphold', 'resolve', 'delete', 'deposit', 'withdraw'])
    assert((done.get(kind) ?? 0) > 5, `${kind} had an effect ${done.get(kind)} times`)
})
