import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { encodeAbiParameters, keccak256 } from 'viem'
import { protocol } from '../../../attribution/native/addresses.ts'
import { gas } from '../../../attribution/native/gas.ts'
import { defineRecord } from '../../../attribution/native/record.ts'
import { createStore } from '../../../attribution/native/store.ts'
import { bytesToBigint, type Hash, zeroHash } from '../../../core/hex.ts'
import { createWorld } from '../../../state/world.ts'
import { createMemoryState } from '../../state/memoryReader.ts'

const address = protocol.agents
const slot = `0x${'00'.repeat(31)}07` as Hash

function open() {
  const world = createWorld(createMemoryState({ [address]: { nonce: 1n } }).reader)
  let spent = 0n
  const store = createStore(world, (amount) => {
    spent += amount
  })
  const cost = (work: () => unknown) => {
    spent = 0n
    work()
    return spent
  }
  return { world, store, cost }
}

describe('metered storage', () => {
  test('charges first and later reads and writes as the specification says', () => {
    const { store, cost } = open()
    assert.equal(
      cost(() => store.load(address, slot)),
      gas.readFirst,
    )
    assert.equal(
      cost(() => store.load(address, slot)),
      gas.readAgain,
    )
    assert.equal(
      cost(() => store.save(address, slot, 5n)),
      gas.writeNew,
    )
    assert.equal(
      cost(() => store.save(address, slot, 6n)),
      gas.writeAgain,
    )
    assert.equal(store.load(address, slot), 6n)
  })

  test('a slot that is new in the end costs a new slot however it came to be', () => {
    const { store, cost } = open()
    assert.equal(
      cost(() => store.save(address, slot, 0n)),
      gas.readFirst + gas.writeFirst,
    )
    assert.equal(
      cost(() => store.save(address, slot, 1n)),
      gas.writeNew,
    )
    assert.equal(
      cost(() => store.save(address, slot, 0n)),
      gas.writeAgain,
    )
    assert.equal(
      cost(() => store.save(address, slot, 2n)),
      gas.writeAgain,
    )
  })

  test('charges before it reads or writes', () => {
    const { world } = open()
    const broke = createStore(world, () => {
      throw new Error('out of gas')
    })
    assert.throws(() => broke.load(address, slot))
    assert.throws(() => broke.save(address, slot, 1n))
    assert.equal(world.storage(address, slot).length, 0)
  })
})

describe('records', () => {
  const table = defineRecord({
    address,
    name: 'test',
    position: 9n,
    keys: ['a', 'b'],
    fields: {
      owner: 'address',
      flag: 'bool',
      small: 'uint40',
      big: 'uint256',
      half: 'uint128',
      other: 'uint128',
      id: 'bytes32',
    },
  })
  const values = fc.record(
    {
      owner: fc
        .uint8Array({ minLength: 20, maxLength: 20 })
        .map((bytes) => `0x${Buffer.from(bytes).toString('hex')}` as never),
      flag: fc.boolean(),
      small: fc.bigInt({ min: 0n, max: 2n ** 40n - 1n }),
      big: fc.bigInt({ min: 0n, max: 2n ** 256n - 1n }),
      half: fc.bigInt({ min: 0n, max: 2n ** 128n - 1n }),
      other: fc.bigInt({ min: 0n, max: 2n ** 128n - 1n }),
      id: fc
        .uint8Array({ minLength: 32, maxLength: 32 })
        .map((bytes) => `0x${Buffer.from(bytes).toString('hex')}` as Hash),
    },
    { noNullPrototype: true },
  )

  test('read back what was written, field by field and whole, others untouched', () => {
    fc.assert(
      fc.property(values, values, (first, second) => {
        const { store } = open()
        table.set(store, first, 1n, zeroHash)
        table.set(store, second, 2n, zeroHash)
        assert.deepEqual(table.get(store, 1n, zeroHash), first)
        for (const name of Object.keys(first) as (keyof typeof first)[]) {
          assert.deepEqual(table.field(store, name, 2n, zeroHash), second[name])
          table.set(store, { [name]: second[name] }, 1n, zeroHash)
        }
        assert.deepEqual(table.get(store, 1n, zeroHash), second)
        table.clear(store, 1n, zeroHash)
        assert.equal(table.get(store, 1n, zeroHash).big, 0n)
        assert.deepEqual(table.get(store, 2n, zeroHash), second)
      }),
      { numRuns: 100, seed: 3 },
    )
  })

  test('lie where a Solidity mapping of structs would put them', () => {
    const { world, store } = open()
    table.set(store, { small: 77n, flag: true, other: 5n }, 3n, zeroHash)
    const word = (type: string, value: unknown, base: bigint) =>
      BigInt(keccak256(encodeAbiParameters([{ type }, { type: 'uint256' }], [value as never, base])))
    const base = word('bytes32', zeroHash, word('uint256', 3n, 9n))
    const at = (offset: bigint) =>
      bytesToBigint(world.storage(address, `0x${(base + offset).toString(16).padStart(64, '0')}` as Hash))
    assert.equal(at(0n), (77n << 168n) | (1n << 160n))
    assert.equal(at(2n), 5n << 128n)
    assert.deepEqual(table.place('other', 3n, zeroHash), {
      slot: `0x${(base + 2n).toString(16).padStart(64, '0')}`,
      shift: 128n,
      bits: 128n,
    })
  })

  test('a write that changes nothing costs only its reads', () => {
    const { store, cost } = open()
    table.set(store, { big: 4n }, 1n, zeroHash)
    assert.equal(
      cost(() => table.set(store, { big: 4n }, 1n, zeroHash)),
      gas.readAgain,
    )
  })
})
