import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bytesToBigint } from '../../core/hex.ts'
import { createAddress } from '../../core/txEnvelope.ts'
import { code, memory, op, push, store } from './evmCode.ts'
import { executed, openTestBlock } from './execution.ts'
import { addressOf, slotOf } from './memoryReader.ts'
import { transaction } from './testChain.ts'

const holder = addressOf(0xc0de)

/** Creates from the last `size` bytes of memory's first word, which hold `init`; slot 0 gets what CREATE gave. */
function creator(init: bigint, size: number, opcode: number): Uint8Array {
  const salt = opcode === op.CREATE2 ? [push(7)] : []
  return code(
    memory(init),
    ...salt,
    push(size),
    push(32 - size),
    push(0),
    opcode,
    store(0),
    op.RETURNDATASIZE,
    store(1),
  )
}

async function create(init: bigint, size: number, opcode: number, gas = 1_000_000n) {
  const block = openTestBlock({ [holder]: { nonce: 1n, code: creator(init, size, opcode) } })
  const { gasUsed, succeeded } = await executed(block, transaction(0, { to: holder, gas }))
  const slot = (index: bigint) => bytesToBigint(block.world.storage(holder, slotOf(index)))
  return { gasUsed, succeeded, created: slot(0n), returned: slot(1n), nonce: block.world.account(holder)?.nonce }
}

for (const [name, opcode] of [
  ['CREATE', op.CREATE],
  ['CREATE2', op.CREATE2],
] as const) {
  test(`${name}: init code that starts with 0xEF00 is an invalid opcode like any other (no EIP-3540)`, async () => {
    const outcomes = await Promise.all([0xef00n, 0xef01n, 0xfe00n].map((init) => create(init, 2, opcode)))
    assert.deepEqual(outcomes[0], outcomes[1])
    assert.deepEqual(outcomes[0], outcomes[2])
    const { gasUsed, ...rest } = outcomes[0]!
    assert.deepEqual(rest, { succeeded: true, created: 0n, returned: 0n, nonce: 2n })
    assert(gasUsed > 970_000n, 'the child took 63 of 64 parts')
  })

  test(`${name}: too long init code is an exception, the longest is not`, async () => {
    const long = (size: number) => {
      const salt = opcode === op.CREATE2 ? [push(7)] : []
      return code(...salt, push(size), push(0), push(0), opcode, store(0), op.STOP)
    }
    for (const [size, succeeds] of [
      [49_152, true],
      [49_153, false],
    ] as const) {
      const block = openTestBlock({ [holder]: { nonce: 1n, code: long(size) } })
      const { succeeded, gasUsed } = await executed(block, transaction(0, { to: holder }))
      assert.equal(succeeded, succeeds)
      assert.equal(gasUsed === 1_000_000n, !succeeds)
      assert.equal(block.world.account(holder)?.nonce, succeeds ? 2n : 1n)
    }
  })

  test(`${name}: returns the address, hands back revert data, and fails in a static call`, async () => {
    // 0x60 42 60 00 52 60 20 60 00 fd: reverts with one word.
    const reverting = 0x604260005260206000fdn
    assert.deepEqual((await create(reverting, 10, opcode)).returned, 32n)
    const good = await create(0x00n, 1, opcode)
    assert.notEqual(good.created, 0n)
    if (opcode === op.CREATE) assert.equal(good.created, BigInt(createAddress(holder, 1n)))

    const outer = addressOf(0xca11)
    const staticCall = code(push(0), push(0), push(0), push(0), push(holder), push(500_000), 0xfa, store(0), op.STOP)
    const block = openTestBlock({
      [holder]: { nonce: 1n, code: creator(0n, 1, opcode) },
      [outer]: { nonce: 1n, code: code(push(1), store(0), staticCall) },
    })
    const { gasUsed } = await executed(block, transaction(0, { to: outer }))
    assert.equal(bytesToBigint(block.world.storage(outer, slotOf(0n))), 0n)
    assert(gasUsed > 500_000n)
    assert.equal(block.world.account(holder)?.nonce, 1n)
  })
}
