import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Precompile, PrecompileContext } from '../../attribution/precompile.ts'
import { emptyCodeHash } from '../../core/account.ts'
import { NodeError } from '../../core/errors.ts'
import {
  type Address,
  bigintToFixed,
  bytesToBigint,
  bytesToHash,
  bytesToHex,
  emptyBytes,
  type Hash,
} from '../../core/hex.ts'
import type { TxEnvelope } from '../../core/tx.ts'
import { signAuthorization, signTx } from '../../core/txEnvelope.ts'
import { type CallKind, callTo, code, memory, op, push, returnLast, revert, store } from './evmCode.ts'
import { addressOf, slotOf } from './memoryReader.ts'
import { chainId, createTestChain, gwei, keys, receiptsOf, senders, transaction } from './testChain.ts'

/** What the first byte of the input asks of the test precompile. */
const ask = {
  note: 1,
  revert: 2,
  throw: 3,
  hog: 4,
  write: 5,
  pay: 6,
  uneven: 7,
  outage: 8,
  undo: 9,
  log: 10,
  kill: 11,
  recurse: 12,
  overflow: 13,
} as const
const testPrecompile = addressOf(0xa11)
const holder = addressOf(0xc0de)

type Seen = Omit<PrecompileContext, 'world' | 'charge' | 'log' | 'block'>
let seen: Seen[] = []

const precompile: Precompile = (context, input) => {
  const { world, caller, self, codeAddress, value, readOnly, delegated, depth } = context
  seen.push({ caller, self, codeAddress, value, readOnly, delegated, depth })
  context.charge(500n)
  const write = (slot: bigint) => world.setStorage(testPrecompile, slotOf(slot), Uint8Array.of(1))
  switch (input[input.length - 1]) {
    case ask.revert:
      write(2n)
      return { kind: 'revert', data: Uint8Array.of(0xde, 0xad) }
    case ask.throw:
      world.checkpoint()
      write(3n)
      throw new Error('a bug of the precompile')
    case ask.hog:
      write(4n)
      try {
        context.charge(2n ** 60n)
      } catch {
        // Whoever swallows the signal is out of gas all the same.
      }
      return { kind: 'output', data: emptyBytes }
    case ask.write:
      write(5n)
      break
    case ask.pay: {
      const fields = world.account(self)
      if (fields !== undefined) world.setAccount(self, { ...fields, balance: fields.balance - value })
      const account = world.account(addressOf(0xbeef))
      const balance = (account?.balance ?? 0n) + value
      world.setAccount(addressOf(0xbeef), { nonce: 0n, balance, codeHash: emptyCodeHash })
      break
    }
    case ask.uneven:
      write(7n)
      world.checkpoint()
      break
    case ask.outage:
      write(8n)
      throw new NodeError({ code: 'disk', severity: 'fatal', message: 'disk gone' })
    case ask.undo:
      world.checkpoint()
      write(9n)
      world.revert()
      break
    case ask.kill:
      world.deleteAccount(caller)
      break
    case ask.log:
      context.log([bytesToHash(bigintToFixed(7n, 32))], Uint8Array.of(1, 2, 3))
      break
    case ask.recurse:
      write(10n)
      descend(0)
      break
    case ask.overflow:
      write(11n)
      throw new RangeError('a number out of range')
  }
  return { kind: 'output', data: bigintToFixed(context.block.number, 32) }
}

/** Never returns: the stack of the machine ends first. */
function descend(depth: number): number {
  return 1 + descend(depth + 1)
}

/** Code that calls the precompile with one word of input and stores the success flag in slot 0. */
function caller(kind: CallKind, what: number, value = 0n): Uint8Array {
  return code(memory(what), callTo(kind, testPrecompile, { argsSize: 32, value }), store(0), op.STOP)
}

function chainWith(accounts: Record<string, Uint8Array> = {}) {
  seen = []
  const alloc: Record<string, { nonce: bigint; balance?: bigint; code?: Uint8Array }> = {
    [testPrecompile]: { nonce: 1n },
  }
  for (const [address, bytes] of Object.entries(accounts)) alloc[address] = { nonce: 1n, balance: 100n, code: bytes }
  return createTestChain(alloc, new Map([[testPrecompile, precompile]]))
}

async function run(accounts: Record<string, Uint8Array>, tx: TxEnvelope) {
  const chain = await chainWith(accounts)
  const built = await chain.seal([tx as Parameters<typeof chain.seal>[0][number]])
  assert.deepEqual(built.skipped, [])
  const [receipt] = receiptsOf(built)
  assert(receipt !== undefined)
  // Building and verifying saw the same calls.
  assert.deepEqual(seen.slice(seen.length / 2), seen.slice(0, seen.length / 2))
  const state = chain.state()
  const slot = (address: Address, index: number) => bytesToBigint(state.storage(address, slotOf(BigInt(index))))
  return { chain, receipt, slot, calls: seen.slice(0, seen.length / 2) }
}

const direct = { codeAddress: testPrecompile, self: testPrecompile, value: 0n, readOnly: false, delegated: false }

test('a transaction to a precompile: the sender calls, at depth 0', async () => {
  const { calls, receipt, slot } = await run({}, transaction(0, { to: testPrecompile, data: Uint8Array.of(ask.write) }))
  assert.deepEqual(calls, [{ ...direct, caller: senders[0], depth: 0 }])
  assert.equal(receipt.gasUsed, 21_000n + 16n + 500n)
  assert.equal(slot(testPrecompile, 5), 1n)
})

test('a call from a contract: the contract calls, one deeper, and the value is in the balance', async () => {
  const { calls, chain } = await run({ [holder]: caller('call', ask.note, 7n) }, transaction(0, { to: holder }))
  assert.deepEqual(calls, [{ ...direct, caller: holder, value: 7n, depth: 1 }])
  assert.equal(chain.balance(testPrecompile), 7n)
  assert.equal(chain.balance(holder), 93n)
})

test('a precompile moves money it received, and the block still conserves it', async () => {
  const { chain } = await run({}, transaction(0, { to: testPrecompile, value: 9n, data: Uint8Array.of(ask.pay) }))
  assert.equal(chain.balance(testPrecompile), 0n)
  assert.equal(chain.balance(addressOf(0xbeef)), 9n)
})

test('a static call is read-only, at any height above', async () => {
  const middle = addressOf(0xc1)
  const { calls, slot } = await run(
    {
      [holder]: code(callTo('staticcall', middle), store(0)),
      [middle]: code(memory(ask.write), callTo('call', testPrecompile, { argsSize: 32 }), op.STOP),
    },
    transaction(0, { to: holder }),
  )
  assert.deepEqual(calls, [{ ...direct, caller: middle, readOnly: true, depth: 2 }])
  assert.equal(slot(holder, 0), 1n)
  assert.equal(slot(testPrecompile, 5), 0n)
})

test('a write in a static call fails the call and costs its gas', async () => {
  const { slot } = await run({ [holder]: caller('staticcall', ask.write) }, transaction(0, { to: holder }))
  assert.equal(slot(holder, 0), 0n)
  assert.equal(slot(testPrecompile, 5), 0n)
})

test('DELEGATECALL keeps the caller and value of the frame and is marked as delegated', async () => {
  const { calls, chain } = await run(
    { [holder]: caller('delegatecall', ask.note) },
    transaction(3, { to: holder, value: 5n }),
  )
  const expected = { caller: senders[3], self: holder, codeAddress: testPrecompile, value: 5n, depth: 1 }
  assert.deepEqual(calls, [{ ...expected, readOnly: false, delegated: true }])
  assert.equal(chain.balance(testPrecompile), 0n)
})

test('CALLCODE runs on the caller and is marked as delegated', async () => {
  const { calls, chain } = await run({ [holder]: caller('callcode', ask.note, 5n) }, transaction(0, { to: holder }))
  const expected = { caller: holder, self: holder, codeAddress: testPrecompile, value: 5n, depth: 1 }
  assert.deepEqual(calls, [{ ...expected, readOnly: false, delegated: true }])
  assert.equal(chain.balance(testPrecompile), 0n)
})

test('an account delegated to a precompile (EIP-7702) runs it, marked as delegated', async () => {
  const authorization = signAuthorization({ chainId, address: testPrecompile, nonce: 0n }, keys[9] as Uint8Array)
  const fields = { type: 4 as const, chainId, gas: 300_000n, value: 0n, accessList: [], maxFeePerGas: 2n * gwei }
  const setCode = signTx(
    {
      ...fields,
      maxPriorityFeePerGas: 0n,
      nonce: 0n,
      to: senders[9] as Address,
      data: Uint8Array.of(ask.note),
      authorizationList: [authorization],
    },
    keys[0] as Uint8Array,
  )
  const first = await run({}, setCode)
  const own = { self: senders[9], codeAddress: testPrecompile, value: 0n, readOnly: false, delegated: true }
  assert.deepEqual(first.calls, [{ ...own, caller: senders[0], depth: 0 }])

  // Later, from a contract: the delegation is in the state.
  seen = []
  const deployer = code(memory(ask.note), callTo('call', senders[9] as Address, { argsSize: 32 }), op.STOP)
  await first.chain.seal([transaction(1, { to: undefined, data: deployer })])
  assert.equal(seen.length, 2)
  assert.deepEqual({ ...seen[0], caller: undefined }, { ...own, caller: undefined, depth: 1 })
})

test('a revert hands its data to the caller, keeps unused gas and undoes the writes', async () => {
  const { receipt, slot } = await run(
    { [holder]: code(memory(ask.revert), callTo('call', testPrecompile, { argsSize: 32 }), store(0), returnLast) },
    transaction(0, { to: holder, gas: 200_000n }),
  )
  assert(receipt.succeeded && receipt.gasUsed < 60_000n)
  assert.equal(slot(holder, 0), 0n)
  assert.equal(slot(testPrecompile, 2), 0n)
  const top = await run({}, transaction(0, { to: testPrecompile, data: Uint8Array.of(ask.revert), gas: 100_000n }))
  assert.equal(top.receipt.succeeded, false)
  assert.equal(top.receipt.gasUsed, 21_000n + 16n + 500n)
})

for (const [name, what] of [
  ['a throw', ask.throw],
  ['a number out of range', ask.overflow],
  ['running out of gas', ask.hog],
  ['a checkpoint left open', ask.uneven],
  ['deleting the account that calls', ask.kill],
] as const) {
  test(`${name} inside a precompile fails that call alone, takes its gas and leaves no write`, async () => {
    const inner = 60_000n
    const { receipt, slot } = await run(
      {
        [holder]: code(
          push(1),
          store(1),
          memory(what),
          callTo('call', testPrecompile, { argsSize: 32, gas: inner }),
          store(0),
          push(1),
          store(2),
          op.STOP,
        ),
      },
      transaction(0, { to: holder, gas: 400_000n }),
    )
    assert.equal(receipt.succeeded, true)
    assert(receipt.gasUsed > 21_000n + inner + 2n * 20_000n)
    assert(receipt.gasUsed < 21_000n + inner + 3n * 22_200n)
    assert.deepEqual([slot(holder, 0), slot(holder, 1), slot(holder, 2)], [0n, 1n, 1n])
    for (const index of [3, 4, 7, 11]) assert.equal(slot(testPrecompile, index), 0n)
  })

  test(`${name} in a precompile called by a transaction takes all gas and fails it`, async () => {
    const { receipt, chain } = await run(
      {},
      transaction(0, { to: testPrecompile, data: Uint8Array.of(what), gas: 90_000n, value: 3n }),
    )
    assert.equal(receipt.succeeded, false)
    assert.equal(receipt.gasUsed, 90_000n)
    assert.equal(chain.balance(testPrecompile), 0n)
    // The next transaction is as if nothing had been.
    const next = await chain.seal([transaction(1, { to: testPrecompile, data: Uint8Array.of(ask.write) })])
    assert.equal(receiptsOf(next)[0]?.gasUsed, 21_000n + 16n + 500n)
  })
}

test('a caller that reverts undoes what the precompile wrote and logged', async () => {
  const { receipt, slot } = await run(
    { [holder]: code(memory(ask.write), callTo('call', testPrecompile, { argsSize: 32 }), revert) },
    transaction(0, { to: holder }),
  )
  assert.equal(receipt.succeeded, false)
  assert.equal(slot(testPrecompile, 5), 0n)
})

test('a precompile undoes its own writes with a checkpoint of its own', async () => {
  const { slot } = await run({ [holder]: caller('call', ask.undo) }, transaction(0, { to: holder }))
  assert.equal(slot(holder, 0), 1n)
  assert.equal(slot(testPrecompile, 9), 0n)
})

test('logs of a precompile are in the receipt, in order with those around it, and gone with a revert', async () => {
  const log = code(push(0), push(0), op.LOG0)
  const around = code(log, memory(ask.log), callTo('call', testPrecompile, { argsSize: 32 }), log)
  const { receipt } = await run({ [holder]: code(around, op.STOP) }, transaction(0, { to: holder }))
  assert.deepEqual(
    receipt.logs.map(({ address, topics, data }) => [address, topics.length, bytesToHex(data)]),
    [
      [holder, 0, '0x'],
      [testPrecompile, 1, '0x010203'],
      [holder, 0, '0x'],
    ],
  )
  const failed = await run({ [holder]: code(around, revert) }, transaction(0, { to: holder }))
  assert.deepEqual(failed.receipt.logs, [])
})

test('the address of a precompile is always warm', async () => {
  const cost = async (target: Address) => {
    const { receipt } = await run({ [holder]: code(push(target), 0x31, op.STOP) }, transaction(0, { to: holder }))
    return receipt.gasUsed - 21_000n - 3n
  }
  assert.equal(await cost(testPrecompile), 100n)
  assert.equal(await cost(addressOf(0xa12)), 2_600n)
})

test('a precompile account survives a touch with no value, because genesis gives it a nonce', async () => {
  const { chain } = await run({ [holder]: caller('call', ask.write) }, transaction(0, { to: holder }))
  await chain.seal([transaction(1, { to: testPrecompile })])
  assert.equal(chain.state().storage(testPrecompile, slotOf(5n) as Hash).length, 1)
})

test('an outage inside a precompile ends the block, not the transaction, and the engine goes on', async () => {
  const chain = await chainWith()
  const outage = transaction(0, { to: testPrecompile, data: Uint8Array.of(ask.outage) })
  await assert.rejects(chain.build([outage]), (error) => error instanceof NodeError && error.code === 'disk')
  const built = await chain.seal([transaction(0, { to: testPrecompile, data: Uint8Array.of(ask.write) })])
  assert.equal(receiptsOf(built)[0]?.succeeded, true)
})

test('where the stack of this machine ends says nothing about the transaction: an outage', async () => {
  const chain = await chainWith()
  const deep = transaction(0, { to: testPrecompile, data: Uint8Array.of(ask.recurse) })
  await assert.rejects(
    chain.build([deep]),
    (error) => error instanceof NodeError && error.code === 'precompile_memory' && error.severity === 'fatal',
  )
  const built = await chain.seal([transaction(0, { to: testPrecompile, data: Uint8Array.of(ask.write) })])
  assert.equal(receiptsOf(built)[0]?.succeeded, true)
})

test('storage of an account that EIP-161 may clear is refused: the call fails, and nothing is lost silently', async () => {
  const write = transaction(0, { to: testPrecompile, data: Uint8Array.of(ask.write), gas: 60_000n })
  for (const [alloc, succeeds] of [
    [{}, false],
    [{ [testPrecompile]: { balance: 1n } }, false],
    [{ [testPrecompile]: { nonce: 1n } }, true],
  ] as const) {
    const chain = await createTestChain(alloc, new Map([[testPrecompile, precompile]]))
    const [receipt] = receiptsOf(await chain.seal([write]))
    assert.deepEqual([receipt?.succeeded, receipt?.gasUsed === 60_000n], [succeeds, !succeeds])
    assert.equal(chain.state().storage(testPrecompile, slotOf(5n)).length, succeeds ? 1 : 0)
  }
})
