import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { emptyCodeHash, emptyTrieRoot } from '../../core/account.ts'
import { type Address, bytesToHex, emptyBytes, type Hash } from '../../core/hex.ts'
import { keccakHash } from '../../core/keccak.ts'
import { createWorld } from '../../state/world.ts'
import { addressOf, createMemoryState, slotOf } from './memoryReader.ts'

const seed = 20260201
const addresses = [1, 2, 3, 4].map(addressOf)
const slots = [0n, 1n, 2n].map(slotOf)
const base = {
  [addressOf(1)]: {
    nonce: 1n,
    balance: 100n,
    code: Uint8Array.of(0x60),
    storage: { [slotOf(0n)]: 7n, [slotOf(1n)]: 8n },
  },
  [addressOf(2)]: { balance: 5n },
  [addressOf(3)]: { nonce: 2n, balance: 0n, storage: { [slotOf(2n)]: 1n } },
}

/** The plain model: whole states as JSON text, one per checkpoint. */
type Plain = Record<
  string,
  { nonce: string; balance: string; code: string; storage: Record<string, string> } | undefined
>

type Step =
  | { kind: 'set'; address: Address; nonce: bigint; balance: bigint }
  | { kind: 'code'; address: Address; code: Uint8Array }
  | { kind: 'slot'; address: Address; slot: Hash; value: Uint8Array }
  | { kind: 'delete'; address: Address }
  | { kind: 'clear'; address: Address }
  | { kind: 'checkpoint' | 'commit' | 'revert' }

const address = fc.constantFrom(...addresses)
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constant('set' as const), address, nonce: fc.bigInt(0n, 3n), balance: fc.bigInt(0n, 9n) }),
  fc.record({ kind: fc.constant('code' as const), address, code: fc.uint8Array({ maxLength: 2 }) }),
  fc.record({
    kind: fc.constant('slot' as const),
    address,
    slot: fc.constantFrom(...slots),
    value: fc.uint8Array({ maxLength: 2 }),
  }),
  fc.record({ kind: fc.constant('delete' as const), address }),
  fc.record({ kind: fc.constant('clear' as const), address }),
  fc.record({ kind: fc.constantFrom('checkpoint' as const, 'commit' as const, 'revert' as const) }),
)

function plainBase(): Plain {
  const plain: Plain = {}
  for (const [key, account] of Object.entries(base)) {
    const storage = Object.fromEntries(
      Object.entries('storage' in account ? account.storage : {}).map(([slot, value]) => [slot, `0x0${value}`]),
    )
    const code = 'code' in account ? bytesToHex(account.code) : '0x'
    plain[key] = { nonce: `${'nonce' in account ? account.nonce : 0n}`, balance: `${account.balance}`, code, storage }
  }
  return plain
}

function applyPlain(plain: Plain, change: Step): void {
  if (!('address' in change)) return
  const key = change.address
  const account = plain[key] ?? { nonce: '0', balance: '0', code: '0x', storage: {} }
  if (change.kind === 'set') plain[key] = { ...account, nonce: `${change.nonce}`, balance: `${change.balance}` }
  if (change.kind === 'code') plain[key] = { ...account, code: bytesToHex(change.code) }
  if (change.kind === 'delete') delete plain[key]
  if (change.kind === 'clear' && plain[key] !== undefined) plain[key] = { ...account, storage: {} }
  if (change.kind === 'slot' && plain[key] !== undefined) {
    const value = bytesToHex(change.value).replace(/^0x(?:00)+/, '0x')
    const storage = { ...account.storage, [change.slot]: value }
    if (value === '0x') delete storage[change.slot]
    plain[key] = { ...account, storage }
  }
}

test('world agrees with a plain model over random writes in nested checkpoints', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const state = createMemoryState(base)
      const world = createWorld(state.reader)
      const stack: string[] = []
      let plain = plainBase()
      for (const change of steps) {
        if (change.kind === 'checkpoint') {
          world.checkpoint()
          stack.push(JSON.stringify(plain))
        } else if (change.kind === 'commit' || change.kind === 'revert') {
          if (stack.length === 0) continue
          const saved = stack.pop() as string
          if (change.kind === 'revert') plain = JSON.parse(saved)
          world[change.kind]()
        } else {
          // Like the engine: no storage without an account.
          if (change.kind === 'slot' && world.account(change.address) === undefined) continue
          applyPlain(plain, change)
          if (change.kind === 'set') {
            const codeHash = world.account(change.address)?.codeHash ?? emptyCodeHash
            world.setAccount(change.address, { nonce: change.nonce, balance: change.balance, codeHash })
          } else if (change.kind === 'code') world.setCode(change.address, change.code)
          else if (change.kind === 'slot') world.setStorage(change.address, change.slot, change.value)
          else if (change.kind === 'delete') world.deleteAccount(change.address)
          else if (change.kind === 'clear') world.clearStorage(change.address)
        }
        assert.equal(world.depth(), stack.length)
        assertSame(world, plain)
      }
      while (world.depth() > 0) world.commit()
      state.apply(world.finish())
      assertSame({ ...state.reader, hasStorage: (key) => hasSlots(state.reader.account(key)?.storageRoot) }, plain)
    }),
    { seed, numRuns: 1_000 },
  )
})

function hasSlots(root: Hash | undefined): boolean {
  return root !== undefined && root !== emptyTrieRoot
}

function assertSame(
  actual: Pick<ReturnType<typeof createWorld>, 'account' | 'storage' | 'code'> & {
    hasStorage?: (address: Address) => boolean
  },
  plain: Plain,
): void {
  for (const key of addresses) {
    const account = actual.account(key)
    const expected = plain[key]
    assert.equal(account === undefined, expected === undefined)
    if (account !== undefined && expected !== undefined) {
      assert.equal(`${account.nonce}/${account.balance}`, `${expected.nonce}/${expected.balance}`)
      assert.equal(bytesToHex(actual.code(account.codeHash)), expected.code)
    }
    for (const slot of slots) assert.equal(bytesToHex(actual.storage(key, slot)), expected?.storage[slot] ?? '0x')
  }
}

test('finish holds only what differs from the base', () => {
  const world = createWorld(createMemoryState(base).reader)
  const one = addressOf(1)
  const fields = world.account(one)
  assert(fields !== undefined)
  world.setAccount(one, { ...fields, balance: 1n })
  world.setStorage(one, slotOf(0n), Uint8Array.of(9))
  world.setStorage(one, slotOf(1n), Uint8Array.of(0, 0, 8))
  world.setAccount(one, fields)
  world.setStorage(one, slotOf(0n), Uint8Array.of(7))
  world.account(addressOf(2))
  world.setAccount(addressOf(9), { nonce: 0n, balance: 1n, codeHash: emptyCodeHash })
  world.deleteAccount(addressOf(9))
  assert.equal(world.finish().accounts.size, 0)
  world.setStorage(one, slotOf(1n), emptyBytes)
  assert.deepEqual([...(world.finish().accounts.get(one)?.storage ?? [])], [[slotOf(1n), emptyBytes]])
})

test('finish carries new code once an account points at it, and not code that was undone', () => {
  const world = createWorld(createMemoryState({}).reader)
  world.checkpoint()
  world.setCode(addressOf(8), Uint8Array.of(1))
  world.revert()
  world.setCode(addressOf(9), Uint8Array.of(2))
  assert.deepEqual([...world.finish().code], [[keccakHash(Uint8Array.of(2)), Uint8Array.of(2)]])
})

test('a wiped account keeps nothing of its base storage and says so', () => {
  const world = createWorld(createMemoryState(base).reader)
  const one = addressOf(1)
  world.deleteAccount(one)
  world.setAccount(one, { nonce: 1n, balance: 0n, codeHash: emptyCodeHash })
  assert.equal(world.hasStorage(one), false)
  world.setStorage(one, slotOf(1n), Uint8Array.of(8))
  assert.equal(world.hasStorage(one), true)
  const change = world.finish().accounts.get(one)
  assert.equal(change?.wiped, true)
  assert.deepEqual([...(change?.storage ?? [])], [[slotOf(1n), Uint8Array.of(8)]])
})

test('a slot is read from the base once, and never below an empty storage root', () => {
  let reads = 0
  const { reader } = createMemoryState(base)
  const world = createWorld({
    ...reader,
    storage(address, slot) {
      reads++
      return reader.storage(address, slot)
    },
  })
  for (let i = 0; i < 3; i++) world.storage(addressOf(1), slotOf(0n))
  world.storage(addressOf(2), slotOf(0n))
  world.storage(addressOf(9), slotOf(0n))
  assert.equal(reads, 1)
})

test('uneven use of checkpoints is a bug, not a silent loss', () => {
  const world = createWorld(createMemoryState({}).reader)
  assert.throws(() => world.commit(), /without a checkpoint/)
  assert.throws(() => world.revert(), /without a checkpoint/)
  world.checkpoint()
  assert.throws(() => world.finish(), /open checkpoint/)
})

test('storage without an account is a bug, not a silent loss', () => {
  const world = createWorld(createMemoryState(base).reader)
  assert.throws(() => world.setStorage(addressOf(9), slotOf(0n), Uint8Array.of(1)), /storage without an account/)
  world.deleteAccount(addressOf(1))
  assert.throws(() => world.setStorage(addressOf(1), slotOf(0n), Uint8Array.of(1)), /storage without an account/)
})

test('an account whose slots were all set to zero still has storage until it is wiped', () => {
  const world = createWorld(createMemoryState(base).reader)
  const three = addressOf(3)
  world.setStorage(three, slotOf(2n), emptyBytes)
  assert.equal(world.hasStorage(three), true)
  world.clearStorage(three)
  assert.equal(world.hasStorage(three), false)
})
