import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { SignedTx, TxEnvelope } from '../../core/tx.ts'
import { defaultPoolLimits, type PoolLimits } from '../../sequencer/mempool/limits.ts'
import { account, type FakeState, hashes, makePool, makeTx } from './fixtures.ts'
import { createPoolModel } from './poolModel.ts'

const limits: PoolLimits = {
  ...defaultPoolLimits,
  accountSlots: 2,
  globalSlots: 5,
  accountQueue: 2,
  globalQueue: 5,
  maxBytes: 1_600,
  protectLocals: true,
}

const sender = fc.integer({ min: 0, max: 5 }).map(account)
const op = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('add' as const),
      from: sender,
      nonce: fc.constantFrom(-1, 0, 0, 0, 1, 1, 2, 3, 4, 5),
      fee: fc.integer({ min: 1, max: 30 }),
      tip: fc.integer({ min: 0, max: 30 }),
      value: fc.integer({ min: 0, max: 300_000 }),
      padding: fc.constantFrom(0, 0, 0, 50, 200),
      local: fc.boolean(),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('mine' as const), take: fc.integer({ min: 0, max: 5 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('rewind' as const) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('fund' as const),
      from: sender,
      wei: fc.integer({ min: 0, max: 8_000_000 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('remove' as const), pick: fc.nat(20) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('clear' as const) }) },
)

const baseFee = 3n

test('random adds, replacements, blocks, rewinds, drained accounts and clears: the pool is what a plain model says', () => {
  const codes = new Set<string>()
  fc.assert(
    fc.property(fc.array(op, { minLength: 5, maxLength: 80, size: 'max' }), (ops) => {
      const { pool, state } = makePool({ limits })
      const model = createPoolModel(limits, state)
      for (let index = 0; index < 6; index++) state.set(account(index), { nonce: 0n, balance: 6_000_000n })
      const blocks: { before: FakeState; txs: TxEnvelope<SignedTx>[] }[] = []
      const everyone = [0, 1, 2, 3, 4, 5].map(account)

      for (const step of ops) {
        const pendingBefore = hashes(pool.content().pending)
        if (step.kind === 'add') {
          const nonce = Math.max(0, Number(state.get(step.from)!.nonce) + step.nonce)
          const tip = Math.min(step.tip, step.fee)
          const data = new Uint8Array(step.padding).fill(1)
          const tx = makeTx({ ...step, nonce, tip, data, gas: 30_000n, value: BigInt(step.value) })
          const code = model.add(tx, step.local)
          assert.equal(pool.add(tx, { local: step.local })?.reject, code)
          codes.add(code ?? 'accepted')
          const queued = hashes(pool.content().queued).includes(tx.hash)
          if (queued)
            assert.deepEqual(hashes(pool.content().pending), pendingBefore, 'a gapped one costs nobody a place')
        } else if (step.kind === 'mine') {
          const txs = [...pool.best(baseFee)].slice(0, step.take)
          blocks.push({ before: new Map(state), txs })
          for (const { tx, from } of txs) {
            const { nonce, balance } = state.get(from)!
            state.set(from, { nonce: nonce + 1n, balance: balance - tx.value - 21_000n * baseFee })
          }
          const touched = txs.map(({ from }) => from)
          pool.onHead({ touched })
          model.onHead(touched, [])
        } else if (step.kind === 'rewind') {
          const block = blocks.pop()
          if (block === undefined) continue
          for (const [address, fake] of block.before) state.set(address, fake)
          pool.onHead({ dropped: block.txs })
          model.onHead(everyone, block.txs)
        } else if (step.kind === 'fund') {
          state.set(step.from, { nonce: state.get(step.from)!.nonce, balance: BigInt(step.wei) })
          pool.onHead({ touched: [step.from] })
          model.onHead([step.from], [])
        } else if (step.kind === 'clear') {
          pool.clear()
          model.clear()
        } else {
          const { pending, queued } = pool.content()
          const all = [...pending, ...queued]
          const picked = all[step.pick % Math.max(all.length, 1)]
          if (picked === undefined) continue
          assert.equal(pool.remove(picked.hash), true)
          model.remove(picked.hash)
        }
        const { pending, queued } = pool.content()
        assert.deepEqual(hashes(pending).sort(), model.content(true))
        assert.deepEqual(hashes(queued).sort(), model.content(false))
        assert.deepEqual(hashes(pool.best(baseFee)), model.best(baseFee))
        checkInvariants(pool, state)
      }
    }),
    { seed: 1_612, numRuns: 150 },
  )
  for (const code of [
    'accepted',
    'underpriced',
    'pool_full',
    'account_limit',
    'replacement_underpriced',
    'insufficient_funds',
  ]) {
    assert.ok(codes.has(code), `the run never reached ${code}`)
  }
})

function checkInvariants(pool: ReturnType<typeof makePool>['pool'], state: FakeState): void {
  const { pending, queued } = pool.content()
  const status = pool.status()
  const bytes = [...pending, ...queued].reduce((sum, { raw }) => sum + raw.length, 0)
  assert.deepEqual(status, { pending: pending.length, queued: queued.length, bytes })
  assert.ok(bytes <= limits.maxBytes && pending.length <= limits.globalSlots && queued.length <= limits.globalQueue)
  for (const [address, { nonce }] of state) {
    const own = pool.content(address)
    assert.deepEqual(
      own.pending.map(({ tx }) => tx.nonce),
      own.pending.map((_, index) => nonce + BigInt(index)),
    )
    assert.ok(own.queued.length <= limits.accountQueue)
    for (const tx of [...own.pending, ...own.queued]) assert.equal(pool.get(tx.hash), tx)
  }
}
