import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Address, bytesToBigint, type Hash } from '../../core/hex.ts'
import type { Authorization, SignedTx } from '../../core/tx.ts'
import { signAuthorization, signTx } from '../../core/txEnvelope.ts'
import { callTo, code, op, push, store } from './evmCode.ts'
import { executed, openTestBlock } from './execution.ts'
import { addressOf, type PlainAccount, slotOf } from './memoryReader.ts'
import { chainId, ether, keys, senders, transaction } from './testChain.ts'

// EIP-7702, by what it costs and what it leaves.

const holder = addressOf(0xc0de)
const target = addressOf(0x7a6)
const stop = { nonce: 1n, code: code(op.STOP) }
const authority = senders[5]!
/** No account: no test gives the ninth sender anything. */
const stranger = senders[9]!
const maxNonce = 2n ** 64n - 1n

function authorize(key: number, nonce = 0n, chain = chainId, address: Address = target): Authorization {
  return signAuthorization({ chainId: chain, address, nonce }, keys[key]!)
}

function setCode(to: Address, authorizationList: readonly Authorization[], fields = {}) {
  const { tx } = transaction(0, { to, gas: 200_000n, ...fields })
  return signTx({ ...(tx as SignedTx & { type: 2 }), type: 4, to, authorizationList }, keys[0]!)
}

async function run(to: Address, list: readonly Authorization[], accounts: Record<string, PlainAccount> = {}) {
  const block = openTestBlock({ [target]: stop, ...accounts })
  const result = await executed(block, setCode(to, list))
  assert.equal(result.succeeded, true)
  const delegates = (address: Address) => block.world.code(block.world.account(address)?.codeHash as Hash).length === 23
  return { ...result, ...block, delegates }
}

test('an authority that exists gives gas back, a new one does not', async () => {
  const known = await run(holder, [authorize(5)])
  const fresh = await run(holder, [authorize(9)])
  assert(known.delegates(authority) && fresh.delegates(stranger))
  assert.equal(fresh.gasUsed, 21_000n + 25_000n)
  // 12,500 of the refund, as far as a fifth of what is spent allows.
  assert.equal(known.gasUsed, 46_000n - 46_000n / 5n)
  const both = await run(holder, [authorize(5), authorize(9), authorize(8)])
  assert.equal(both.gasUsed, 96_000n - 12_500n)
})

test('authorities are warm from the start, also one whose tuple is stale, but not one of another chain', async () => {
  // EXTCODESIZE costs 100 or 2,600.
  const probe = (address: Address) => ({ [holder]: { nonce: 1n, code: code(push(address), 0x3b, op.POP, op.STOP) } })
  const warm = 21_000n + 25_000n + 3n + 100n + 2n
  const cold = warm + 2_500n
  assert.equal((await run(holder, [authorize(9)], probe(stranger))).gasUsed, warm)
  assert.equal((await run(holder, [authorize(9, 7n)], probe(stranger))).gasUsed, warm)
  assert.equal((await run(holder, [authorize(9, 0n, 1n)], probe(stranger))).gasUsed, cold)
  assert.equal((await run(holder, [authorize(9, maxNonce)], probe(stranger))).gasUsed, cold)
  assert.equal((await run(holder, [authorize(9)], probe(addressOf(0x999)))).gasUsed, cold)
})

test('a tuple holds on its chain and on all chains at once, on no other', async () => {
  assert((await run(holder, [authorize(9)])).delegates(stranger))
  assert((await run(holder, [authorize(9, 0n, 0n)])).delegates(stranger))
  const other = await run(holder, [authorize(9, 0n, chainId + 1n)])
  assert.equal(other.world.account(stranger), undefined)
  assert.equal(other.gasUsed, 46_000n)
})

test('a tuple with the last nonce does not hold, the one before it does', async () => {
  for (const [nonce, holds] of [
    [maxNonce - 1n, true],
    [maxNonce, false],
  ] as const) {
    const result = await run(holder, [authorize(9, nonce)], { [stranger]: { nonce, balance: ether } })
    assert.equal(result.delegates(stranger), holds)
    assert.equal(result.world.account(stranger)?.nonce, maxNonce)
  }
})

test('the target of the delegation that a transaction calls is warm, that of an inner call costs its access', async () => {
  const probe = { nonce: 1n, code: code(push(target), 0x3b, op.POP, op.STOP) }
  // At depth 0: the target's code reads the size of the target.
  const direct = await run(authority, [authorize(5)], { [target]: probe })
  const spent = 21_000n + 25_000n + 3n + 100n + 2n
  assert.equal(direct.gasUsed, spent - spent / 5n)
  // Deeper: the call pays for the authority (warm) and for the target (cold), which is warm then.
  const inner = await run(holder, [authorize(5)], {
    [target]: probe,
    [holder]: { nonce: 1n, code: code(callTo('call', authority), store(0), op.STOP) },
  })
  const outside = 7n * 3n + 100n + 2_600n + 3n + 22_100n
  const total = spent + outside
  assert.equal(bytesToBigint(inner.world.storage(holder, slotOf(0n))), 1n)
  assert.equal(inner.gasUsed, total - (total / 5n < 12_500n ? total / 5n : 12_500n))
})
