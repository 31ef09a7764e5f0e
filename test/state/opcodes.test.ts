import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bytesToBigint } from '../../core/hex.ts'
import { callTo, code, op, push, store } from './evmCode.ts'
import { executed, openTestBlock } from './execution.ts'
import { addressOf, slotOf } from './memoryReader.ts'
import { transaction } from './testChain.ts'

// Opcodes of our own at their edges, by what they cost and leave.

const holder = addressOf(0xc0de)
const callee = addressOf(0xca11)

/** Runs the holder's code once for each of the `times` transactions of one block. */
async function run(runtime: Uint8Array, { other = code(op.STOP), slot = 0n, times = 1, gas = 200_000n } = {}) {
  const storage = slot === 0n ? {} : { [slotOf(0n)]: slot }
  const block = openTestBlock({
    [holder]: { nonce: 1n, code: runtime, storage },
    [callee]: { nonce: 1n, code: other },
  })
  const results = []
  for (let nonce = 0n; nonce < BigInt(times); nonce++) {
    results.push(await executed(block, transaction(0, { to: holder, nonce, gas })))
  }
  const slotAt = (index: bigint) => bytesToBigint(block.world.storage(holder, slotOf(index)))
  return { results, slotAt, used: results.map(({ gasUsed }) => gasUsed) }
}

test('what storage held before a transaction does not carry over to the next one of the block', async () => {
  // slot 0 = 1 - slot 0: 3 + 2,100 + 6 + 3, then SSTORE, with the slot warm.
  const toggle = code(push(0), op.SLOAD, push(1), 0x03, store(0), op.STOP)
  const { used, results } = await run(toggle, { times: 4 })
  assert(results.every(({ succeeded }) => succeeded))
  const before = 21_000n + 3n + 2_100n + 3n + 3n + 3n
  const clear = before + 2_900n - 4_800n
  assert.deepEqual(used, [before + 20_000n, clear, before + 20_000n, clear])
})

test('writing a slot back after clearing it takes the refund away again (EIP-3529)', async () => {
  // 5 -> 0 (refund 4,800) -> 6 (taken away), and 5 -> 0 -> 5 (taken away, and 2,800 for being as before).
  const twice = (last: number) => code(push(0), store(0), push(last), store(0), op.STOP)
  const spent = 21_000n + 6n + 2_100n + 2_900n + 6n + 100n
  assert.deepEqual((await run(twice(6), { slot: 5n })).used, [spent])
  assert.deepEqual((await run(twice(5), { slot: 5n })).used, [spent - 2_800n])
  assert.deepEqual((await run(twice(0), { slot: 5n })).used, [spent - 4_800n])
})

test('a frame may take back a refund that an outer frame got', async () => {
  // The caller clears slot 0 (4,800); the callee's code, run on the caller, writes 6 to it.
  const runtime = code(push(0), store(0), callTo('delegatecall', callee), op.POP, op.STOP)
  const { used, slotAt } = await run(runtime, { slot: 5n, other: code(push(6), store(0), op.STOP) })
  assert.equal(slotAt(0n), 6n)
  assert.deepEqual(used, [21_000n + 6n + 5_000n + 6n * 3n + 2_600n + 6n + 100n + 2n])
})

test('SSTORE needs more than 2,300 gas left, whatever it costs', async () => {
  // The slot is warm and gets the value it has: 100 gas.
  const probe = code(push(0), op.SLOAD, push(0), op.SSTORE, op.STOP)
  const before = 21_000n + 3n + 2_100n + 3n
  const [atLimit] = (await run(probe, { slot: 5n, gas: before + 2_300n })).results
  assert.deepEqual([atLimit?.succeeded, atLimit?.error?.reason], [false, 'out of gas'])
  const [above] = (await run(probe, { slot: 5n, gas: before + 2_301n })).results
  assert.deepEqual([above?.succeeded, above?.gasUsed], [true, before + 100n])
})

test('RETURNDATACOPY beyond the return data fails, also when it copies nothing', async () => {
  const other = code(push(2), push(0), op.RETURN)
  const copy = (start: number | bigint, length: number) =>
    code(
      callTo('call', callee),
      op.POP,
      push(length),
      push(start),
      push(0),
      op.RETURNDATACOPY,
      push(1),
      store(0),
      op.STOP,
    )
  for (const [start, length, fits] of [
    [0, 2, true],
    [2, 0, true],
    [1, 1, true],
    [3, 0, false],
    [2n ** 256n - 1n, 0, false],
    [2, 1, false],
    [0, 3, false],
  ] as const) {
    const { results, slotAt } = await run(copy(start, length), { other })
    assert.deepEqual([results[0]?.succeeded, slotAt(0n)], [fits, fits ? 1n : 0n], `${start}, ${length}`)
    if (!fits) assert.equal(results[0]?.gasUsed, 200_000n)
  }
})

test('LOG, TSTORE and SSTORE fail in a static call and take its gas', async () => {
  const bodies: [string, Uint8Array][] = [
    ['LOG0', code(push(0), push(0), op.LOG0)],
    ['LOG1', code(push(1), push(0), push(0), op.LOG1)],
    ['TSTORE', code(push(1), push(0), op.TSTORE)],
    ['SSTORE', code(push(1), push(0), op.SSTORE)],
  ]
  for (const [name, other] of bodies) {
    const caller = (kind: 'call' | 'staticcall') => code(callTo(kind, callee, { gas: 50_000n }), store(0), op.STOP)
    const plain = await run(caller('call'), { other })
    assert.equal(plain.slotAt(0n), 1n, name)
    const inStatic = await run(caller('staticcall'), { other })
    assert.equal(inStatic.slotAt(0n), 0n, name)
    assert.deepEqual([inStatic.results[0]?.succeeded, inStatic.results[0]?.logs], [true, []], name)
    assert(inStatic.used[0]! > 21_000n + 50_000n, name)
  }
})
