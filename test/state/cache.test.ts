import assert from 'node:assert/strict'
import { test } from 'node:test'
import { emptyCodeHash, emptyTrieRoot } from '../../core/account.ts'
import type { Hash } from '../../core/hex.ts'
import { createCache } from '../../state/cache.ts'
import { createStateCache } from '../../state/stateCache.ts'
import { accountOf, slotOf } from './synthetic.ts'

test('a cache keeps what is used and never holds more than its limit', () => {
  const cache = createCache<number, number>(100)
  for (let key = 0; key < 1000; key++) {
    cache.set(key, key)
    if (key >= 7) assert.equal(cache.get(7), 7, 'an entry in use stays')
  }
  let held = 0
  for (let key = 0; key < 1000; key++) if (cache.get(key) !== undefined) held++
  assert.ok(held <= 100 && held >= 50, `${held} held`)
  cache.delete(7)
  assert.equal(cache.get(7), undefined)
  cache.clear()
  assert.equal(cache.get(999), undefined)
})

test('a cache weighs its entries', () => {
  const cache = createCache<number, string>(100, (text) => text.length)
  cache.set(1, 'x'.repeat(200))
  cache.set(2, 'y'.repeat(200))
  cache.set(3, 'z'.repeat(200))
  const held = [1, 2, 3].filter((key) => cache.get(key) !== undefined)
  assert.ok(held.length <= 1)
})

const rootOf = (byte: string) => `0x${byte.repeat(32)}` as Hash
const account = { nonce: 1n, balance: 5n, storageRoot: emptyTrieRoot, codeHash: emptyCodeHash }
const after = { nonce: 2n, balance: 6n, codeHash: emptyCodeHash }

test('a state cache follows a diff', () => {
  const cache = createStateCache(rootOf('01'), { accounts: 100, slots: 100 })
  for (let index = 0; index < 5; index++) {
    cache.setAccount(accountOf(index), account)
    cache.setSlot(accountOf(index), slotOf(1), Uint8Array.of(1))
    cache.setSlot(accountOf(index), slotOf(2), Uint8Array.of(2))
  }
  const written = new Map([[slotOf(1), Uint8Array.of(9)]])
  const none = new Map<Hash, Uint8Array>()
  cache.advance(rootOf('02'), {
    accounts: new Map([
      [accountOf(0), { before: account, after, wiped: false, storage: none }],
      [accountOf(1), { before: account, after, wiped: false, storage: written }],
      [accountOf(2), { before: account, after: undefined, wiped: true, storage: none }],
      [accountOf(3), { before: account, after, wiped: true, storage: written }],
      [accountOf(9), { before: undefined, after, wiped: false, storage: none }],
    ]),
    code: new Map(),
  })
  assert.equal(cache.root(), rootOf('02'))
  assert.deepEqual(cache.account(accountOf(0)), { ...after, storageRoot: emptyTrieRoot })
  assert.deepEqual(cache.slot(accountOf(0), slotOf(1)), Uint8Array.of(1))
  assert.equal(cache.account(accountOf(1)), undefined, 'its storage root has changed')
  assert.deepEqual(cache.slot(accountOf(1), slotOf(1)), Uint8Array.of(9))
  assert.deepEqual(cache.slot(accountOf(1), slotOf(2)), Uint8Array.of(2))
  assert.equal(cache.account(accountOf(2)), 'absent')
  assert.equal(cache.slot(accountOf(2), slotOf(1)), undefined)
  assert.deepEqual(cache.slot(accountOf(3), slotOf(1)), Uint8Array.of(9))
  assert.equal(cache.slot(accountOf(3), slotOf(2)), undefined, 'wiped')
  assert.deepEqual(cache.account(accountOf(4)), account)
  assert.deepEqual(cache.account(accountOf(9)), { ...after, storageRoot: emptyTrieRoot })
  cache.reset(rootOf('03'))
  assert.equal(cache.account(accountOf(4)), undefined)
  assert.equal(cache.slot(accountOf(4), slotOf(1)), undefined)
})

test('a state cache holds a bounded number of slots and keeps those in use', () => {
  const cache = createStateCache(rootOf('01'), { accounts: 10, slots: 40 })
  for (let index = 0; index < 500; index++) {
    cache.setSlot(accountOf(index % 7), slotOf(index % 256), Uint8Array.of(index & 0xff))
    cache.setAccount(accountOf(index % 100), account)
    if (index === 0) continue
    assert.notEqual(cache.slot(accountOf(0), slotOf(0)), undefined, 'a slot in use stays')
  }
  let slots = 0
  let accounts = 0
  for (let address = 0; address < 100; address++) {
    if (cache.account(accountOf(address)) !== undefined) accounts++
    for (let slot = 0; slot < 256; slot++) if (cache.slot(accountOf(address), slotOf(slot)) !== undefined) slots++
  }
  assert.ok(slots <= 40 && slots > 10 && accounts <= 10 && accounts > 2, `${slots} slots, ${accounts} accounts`)
})
