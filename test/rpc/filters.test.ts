import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Address } from '../../core/hex.ts'
import { keccakHash } from '../../core/keccak.ts'
import type { SignedTx, TxEnvelope } from '../../core/tx.ts'
import { signTx } from '../../core/txEnvelope.ts'
import type { Backend, BackendListener } from '../../rpc/backend.ts'
import { createBudget } from '../../rpc/budget.ts'
import { type FedTx, type Feed, type Listener, startFeed } from '../../rpc/feed.ts'
import { createFilters } from '../../rpc/filters.ts'
import { defaultLimits, devLimits, type RpcLimits } from '../../rpc/limits.ts'
import type { View } from '../../rpc/view.ts'

const [first, second] = ['203.0.113.1', '203.0.113.2'] as const

/** Filters on a feed that the test speaks on; every entry is `length` characters long. */
function setUp(limits: Partial<RpcLimits>) {
  const listeners = new Set<Listener>()
  const feed: Feed = {
    add(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    close() {},
  }
  const filters = createFilters({ feed, limits: { ...defaultLimits, ...limits }, nowMs: () => 0 })
  const tell = (length: number): void => {
    const tx: FedTx = { json: () => `"${'x'.repeat(length - 2)}"` }
    for (const listener of listeners) if (listener.kind === 'pending') listener.next([tx])
  }
  const install = (ip: string): string => {
    const id = filters.install({ kind: 'pending', full: true }, ip)
    assert.equal(typeof id, 'string')
    return id as string
  }
  const isThere = (id: string): boolean => filters.changes(id, 0) !== undefined
  return { filters, listeners, tell, install, isThere }
}

test('a caller whose filters together hold too much loses the one with most, and nobody else does', () => {
  const { tell, install, isThere, listeners, filters } = setUp({ filterBytesPerIp: 5000 })
  const large = install(first)
  tell(1000)
  const [small, other] = [install(first), install(second)]
  tell(1000)
  assert.ok([large, small, other].every(isThere))
  tell(1000)
  assert.deepEqual([large, small, other].map(isThere), [false, true, true], '3,096 + 2,064 bytes are over 5,000')
  filters.close()
  assert.equal(listeners.size, 0)
})

test('all filters together are bounded too, also those of this machine', () => {
  const { tell, install, isThere, filters } = setUp({ filterBytes: 10_000, filterBytesPerIp: 0 })
  const ids = ['127.0.0.1', first, second].map(install)
  for (let i = 0; i < 3; i++) tell(1000)
  assert.ok(ids.every(isThere))
  tell(1000)
  assert.equal(ids.filter(isThere).length, 2)
  // What was polled is free again.
  for (const id of ids) filters.changes(id, 1 << 20)
  for (let i = 0; i < 4; i++) tell(1000)
  assert.equal(ids.filter(isThere).length, 2)
  filters.close()
})

test('many filters full of whole transactions stay within the bounds of a node', () => {
  const { tell, install, isThere, filters } = setUp({})
  const ids = Array.from({ length: defaultLimits.filtersPerIp }, () => install(first))
  const mebibyte = 1 << 20
  for (let i = 0; i < 8; i++) tell(mebibyte)
  const left = ids.filter(isThere).length
  assert.ok(left * 8 * mebibyte <= defaultLimits.filterBytesPerIp, `${left} left`)
  filters.close()
  assert.ok(defaultLimits.filterBytes + defaultLimits.unreadBytes <= 1 << 30, 'half of the heap of 2 GiB')
  assert.equal(devLimits.filterBytes, defaultLimits.filterBytes)
})

test('a holder that was given up no longer counts, and one that gave back does not either', () => {
  const gone: string[] = []
  const budget = createBudget({ perCaller: 10, total: 25 })
  const open = (caller: string, name = caller) => budget.open(caller, () => gone.push(name))
  const [a, b] = [open(first, 'a'), open(first, 'b')]
  a.set(6)
  b.set(4)
  assert.deepEqual(gone, [])
  b.set(5)
  assert.deepEqual(gone, ['a'])
  a.set(100)
  b.set(10)
  assert.deepEqual(gone, ['a'], 'a closed account holds nothing')
  const local = open('127.0.0.1')
  local.set(15)
  const c = open(second, 'c')
  c.set(1)
  assert.deepEqual(gone, ['a', '127.0.0.1'])
  b.close()
  c.set(10)
  open(first, 'd').set(10)
  assert.deepEqual(gone, ['a', '127.0.0.1'])
})

test('the text of a pending transaction is made once for all who want it', async () => {
  const key = new Uint8Array(32).fill(1)
  const to = `0x${'22'.repeat(20)}` as Address
  const fees = { maxFeePerGas: 10n, maxPriorityFeePerGas: 1n, accessList: [], data: new Uint8Array() }
  const signed = signTx({ type: 2, chainId: 31337n, nonce: 0n, gas: 21_000n, to, value: 1n, ...fees }, key)
  let made = 0
  const tx: TxEnvelope<SignedTx> = Object.defineProperty({ ...signed }, 'tx', {
    get: () => {
      made++
      return signed.tx
    },
  })
  let send: BackendListener | undefined
  const backend = {
    listen(listener: BackendListener) {
      send = listener
      return () => {}
    },
    watchPending() {},
  } as unknown as Backend
  const ref = { number: 0n, hash: keccakHash(new Uint8Array()) }
  const view = { heads: () => ({ unsafe: ref, safe: ref, finalized: ref }) } as unknown as View
  const feed = startFeed({ backend, view, onError: assert.ifError })
  const filters = createFilters({ feed, limits: devLimits, nowMs: () => 0 })
  const poll = (ids: readonly unknown[]) => ids.map((id) => filters.changes(id as string, 1 << 20))
  const install = (count: number) =>
    Array.from({ length: count }, () => filters.install({ kind: 'pending', full: true }, '127.0.0.1'))
  const one = install(1)
  await send?.({ kind: 'pending', txs: [tx] })
  const [text] = poll(one)
  assert.match(text ?? '', new RegExp(signed.hash))
  const perText = made
  assert.ok(perText > 0)
  const many = [...one, ...install(9)]
  await send?.({ kind: 'pending', txs: [tx] })
  assert.deepEqual(new Set(poll(many)), new Set([text]))
  assert.equal(made, 2 * perText)
  filters.close()
  feed.close()
})
