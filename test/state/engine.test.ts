import assert from 'node:assert/strict'
import { test } from 'node:test'
import { NobleBLS, NobleBN254 } from '@ethereumjs/evm'
import { NodeError } from '../../core/errors.ts'
import {
  bigintToFixed,
  bytesToBigint,
  bytesToHex,
  concatBytes,
  emptyBytes,
  hexToBytes,
  zeroHash,
} from '../../core/hex.ts'
import { keccak256 } from '../../core/keccak.ts'
import type { StateReader } from '../../core/state.ts'
import { createAddress } from '../../core/txEnvelope.ts'
import type { BlockEnv, CallMessage, CallResult } from '../../state/engine.ts'
import { loadCrypto } from '../../state/engines/ethereumjs/crypto.ts'
import { createEthereumjsEngine } from '../../state/engines/ethereumjs/engine.ts'
import { createWorld } from '../../state/world.ts'
import { callTo, code, deploy, memory, op, push, returnLast, revert, store } from './evmCode.ts'
import { addressOf, createMemoryState, slotOf } from './memoryReader.ts'
import { ether, gwei, rules, senders, transaction } from './testChain.ts'

const holder = addressOf(0xc0de)
const sender = senders[0]!
const engine = await createEthereumjsEngine({ rules, precompiles: new Map(), blockHash: () => undefined })

const env: BlockEnv = {
  number: 5n,
  timestamp: 1_000n,
  coinbase: addressOf(0xfee),
  gasLimit: 30_000_000n,
  baseFee: gwei,
  mixHash: zeroHash,
  parentHash: zeroHash,
  parentBeaconBlockRoot: zeroHash,
}

function message(fields: Partial<CallMessage> = {}): CallMessage {
  const defaults = { from: sender, to: holder, value: 0n, gas: 1_000_000n, gasPrice: 0n, data: emptyBytes }
  return { ...defaults, checkBalance: true, ...fields }
}

function open(runtime: Uint8Array, balance = ether, reader?: (reader: StateReader) => StateReader) {
  const state = createMemoryState({ [sender]: { balance }, [holder]: { nonce: 1n, code: runtime } })
  const world = createWorld(reader === undefined ? state.reader : reader(state.reader))
  return { world, execution: engine.openBlock(world, env) }
}

async function call(runtime: Uint8Array, fields: Partial<CallMessage> = {}, balance = ether) {
  const { world, execution } = open(runtime, balance)
  const result = await execution.call(message(fields))
  execution.close()
  assert.equal(world.depth(), 0)
  assert.equal(world.finish().accounts.size, 0, 'a call leaves no trace')
  return result
}

function ran(result: Awaited<ReturnType<typeof call>>): CallResult {
  assert(!('reject' in result))
  return result
}

const returnTop = code(push(0), op.MSTORE, push(32), push(0), op.RETURN)

test('a call returns output, gas and logs and leaves no trace', async () => {
  const result = ran(await call(code(push(1), store(0), push(0), push(0), op.LOG0, push(42), returnTop)))
  assert.equal(result.kind, 'success')
  assert.equal(bytesToBigint(result.output), 42n)
  assert.equal(result.logs.length, 1)
  assert(result.gasUsed > 43_000n)
})

test('a call that reverts or halts says so', async () => {
  const reverted = ran(await call(code(memory(0xbad), push(32), push(0), op.REVERT)))
  assert.deepEqual(
    [reverted.kind, reverted.reason, bytesToBigint(reverted.output)],
    ['revert', 'execution reverted', 0xbadn],
  )
  const reasons: [Uint8Array, string][] = [
    [code(op.INVALID), 'invalid opcode'],
    [code(op.ADD), 'stack underflow'],
    [code(push(3), op.JUMP), 'invalid jump destination'],
    [code(op.JUMPDEST, push(0), op.JUMP), 'out of gas'],
  ]
  for (const [runtime, reason] of reasons) {
    const result = ran(await call(runtime, { gas: 60_000n }))
    assert.deepEqual([result.kind, result.reason, result.gasUsed], ['halt', reason, 60_000n])
  }
})

test('without a gas price the base fee reads as zero, with one it is charged', async () => {
  assert.equal(bytesToBigint(ran(await call(code(op.BASEFEE, returnTop))).output), 0n)
  const priced = { gasPrice: 3n * gwei }
  assert.equal(bytesToBigint(ran(await call(code(op.BASEFEE, returnTop), priced)).output), gwei)
  assert.equal(bytesToBigint(ran(await call(code(op.GASPRICE, returnTop), priced)).output), 3n * gwei)
  const seen = ran(await call(code(op.CALLER, 0x31, returnTop), priced))
  assert.equal(bytesToBigint(seen.output), ether - 1_000_000n * 3n * gwei)
})

test('balance and nonce are checked only when asked', async () => {
  const runtime = code(op.CALLVALUE, returnTop)
  const rich = { value: 5n * ether }
  assert.deepEqual(await call(runtime, rich), {
    reject: 'insufficient_funds',
    detail: `have ${ether}, want ${5n * ether}`,
  })
  assert.equal(bytesToBigint(ran(await call(runtime, { ...rich, checkBalance: false })).output), 5n * ether)
  const low = await call(runtime, { nonce: 1n })
  assert('reject' in low && low.reject === 'nonce_too_high')
  const short = await call(runtime, { gas: 20_000n })
  assert('reject' in short && short.reject === 'intrinsic_gas')
})

test('a contract may be the sender, and a creation has the address of its nonce', async () => {
  const result = ran(await call(code(op.STOP), { from: holder, to: undefined, data: deploy(code(op.STOP)) }))
  assert.equal(result.contractAddress, createAddress(holder, 1n))
  assert.equal(bytesToHex(result.output), '0x00')
})

test('a call sees what its caller wrote into the world', async () => {
  const { world, execution } = open(code(push(0), op.SLOAD, returnTop))
  world.setStorage(holder, slotOf(0n), Uint8Array.of(9))
  assert.equal(bytesToBigint(ran(await execution.call(message())).output), 9n)
  world.setCode(holder, code(push(8), returnTop))
  assert.equal(bytesToBigint(ran(await execution.call(message())).output), 8n)
  execution.close()
})

test('the gas refund of a call is reported: a limit of gas used alone would not do', async () => {
  const state = createMemoryState({
    [sender]: { balance: ether },
    [holder]: { nonce: 1n, code: code(push(0), store(0), op.STOP), storage: { [slotOf(0n)]: 5n } },
  })
  const execution = engine.openBlock(createWorld(state.reader), env)
  const { gasUsed, gasRefund } = ran(await execution.call(message()))
  assert.deepEqual([gasUsed, gasRefund], [21_000n + 5_006n - 4_800n, 4_800n])
  assert.equal(ran(await execution.call(message({ gas: gasUsed }))).kind, 'halt')
  assert.equal(ran(await execution.call(message({ gas: gasUsed + gasRefund }))).kind, 'success')
  execution.close()
})

test('executions that are open at the same time do not see each other', async () => {
  const runtime = code(op.CALLVALUE, push(0), op.SLOAD, op.ADD, store(0), push(0), op.SLOAD, returnTop)
  const opened = [1n, 2n, 3n, 4n, 5n, 6n].map((value) => ({ value, ...open(runtime) }))
  const results = await Promise.all(
    opened.map(async ({ value, execution }) => {
      const first = await execution.executeTx(transaction(0, { to: holder, value }))
      assert(!('reject' in first) && first.succeeded)
      return ran(await execution.call(message({ value })))
    }),
  )
  assert.deepEqual(
    results.map(({ output }) => bytesToBigint(output)),
    opened.map(({ value }) => 2n * value),
  )
  for (const { execution } of opened) execution.close()
})

test('transient storage and warm slots end with the transaction', async () => {
  const runtime = code(push(0), op.TLOAD, store(0), push(7), push(0), op.TSTORE, op.STOP)
  const { world, execution } = open(runtime)
  const gas: bigint[] = []
  for (const nonce of [0n, 1n]) {
    const result = await execution.executeTx(transaction(0, { to: holder, nonce }))
    assert(!('reject' in result) && result.succeeded)
    gas.push(result.gasUsed)
  }
  assert.equal(bytesToBigint(world.storage(holder, slotOf(0n))), 0n)
  assert.equal(gas[0], gas[1])
  execution.close()
})

test('an outage in the middle of a transaction leaves the world even and the execution usable', async () => {
  let broken = false
  const outage = new NodeError({ code: 'disk', severity: 'fatal', message: 'disk gone' })
  const runtime = code(push(1), store(0), callTo('call', addressOf(0xbad)), op.STOP)
  const { world, execution } = open(runtime, ether, (reader) => ({
    ...reader,
    account(address) {
      if (broken && address === addressOf(0xbad)) throw outage
      return reader.account(address)
    },
  }))
  broken = true
  await assert.rejects(async () => execution.executeTx(transaction(0, { to: holder })), outage)
  await assert.rejects(async () => execution.call(message()), outage)
  assert.equal(world.depth(), 0)
  assert.equal(world.finish().accounts.size, 0)
  broken = false
  const result = await execution.executeTx(transaction(0, { to: holder }))
  assert(!('reject' in result) && result.succeeded)
  execution.close()
})

test('a deep recursion ends at depth 1,024 without harm', async () => {
  const self = code(callTo('call', holder, { gas: 2n ** 60n }), push(0), op.SLOAD, push(1), op.ADD, store(0), op.STOP)
  const { execution } = open(self, 100n * ether)
  const result = await execution.executeTx(transaction(0, { to: holder, gas: 16_000_000n }))
  assert(!('reject' in result) && result.succeeded)
  execution.close()
})

test('return data of the last call is what the callee returned', async () => {
  const inner = addressOf(0x1111)
  const state = createMemoryState({
    [sender]: { balance: ether },
    [holder]: { nonce: 1n, code: code(callTo('call', inner), returnLast) },
    [inner]: { nonce: 1n, code: code(memory(0xcafe), push(32), push(0), op.REVERT) },
  })
  const execution = engine.openBlock(createWorld(state.reader), env)
  assert.equal(bytesToBigint(ran(await execution.call(message())).output), 0xcafen)
  assert.equal(ran(await call(revert)).output.length, 0)
  execution.close()
})

// The WebAssembly curves against the library's own JavaScript.

const scalars = [1n, 2n, 5n, 0xffff_ffff_ffff_ffffn].map((value) => bigintToFixed(value, 32))

test('bn254 agrees with the JavaScript implementation', async () => {
  const { bn254 } = await loadCrypto()
  const noble = new NobleBN254()
  const generator = concatBytes(bigintToFixed(1n, 32), bigintToFixed(2n, 32))
  for (const scalar of scalars) {
    const product = noble.mul(concatBytes(generator, scalar))
    assert.deepEqual(bn254.mul(concatBytes(generator, scalar)), product)
    assert.deepEqual(bn254.add(concatBytes(generator, product)), noble.add(concatBytes(generator, product)))
  }
  // Points off the curve give no result, which the precompile takes for a failure.
  assert.notEqual(bn254.add(new Uint8Array(128).fill(1)).length, 64)
})

test('BLS12-381 agrees with the JavaScript implementation', async () => {
  const { bls } = await loadCrypto()
  const noble = new NobleBLS()
  const field = (seed: number) => {
    const wide = concatBytes(keccak256(Uint8Array.of(seed)), keccak256(Uint8Array.of(seed, 1)).subarray(0, 15))
    return concatBytes(new Uint8Array(17), wide)
  }
  const points = [1, 2, 3].map((seed) => bls.mapFPtoG1(field(seed)))
  const twists = [4, 5, 6].map((seed) => bls.mapFP2toG2(concatBytes(field(seed), field(seed + 10))))
  assert.deepEqual(
    points,
    [1, 2, 3].map((seed) => noble.mapFPtoG1(field(seed))),
  )
  assert.deepEqual(
    twists,
    [4, 5, 6].map((seed) => noble.mapFP2toG2(concatBytes(field(seed), field(seed + 10)))),
  )
  const both = (name: 'addG1' | 'addG2' | 'msmG1' | 'msmG2' | 'pairingCheck', ...parts: Uint8Array[]) =>
    assert.deepEqual(bls[name](concatBytes(...parts)), noble[name](concatBytes(...parts)), name)
  both('addG1', points[0]!, points[1]!)
  both('addG2', twists[0]!, twists[1]!)
  both('msmG1', points[0]!, scalars[1]!, points[1]!, scalars[3]!, new Uint8Array(128), scalars[0]!)
  both('msmG2', twists[0]!, scalars[2]!, twists[1]!, scalars[3]!)
  both('pairingCheck', points[0]!, twists[0]!, points[1]!, twists[1]!)
  both('pairingCheck', new Uint8Array(128), twists[0]!)
  const invalid = points[0]!.with(127, points[0]![127]! ^ 1)
  assert.throws(() => bls.msmG1(concatBytes(invalid, scalars[0]!)))
  assert.throws(() => noble.msmG1(concatBytes(invalid, scalars[0]!)))
})

test('precompiles of the fork are there and cost what their EIPs say', async () => {
  const pairing = concatBytes(bigintToFixed(1n, 32), bigintToFixed(2n, 32), new Uint8Array(128))
  const [g1, g2] = [new Uint8Array(128), new Uint8Array(256)]
  const modexp = (base: number, exponent: number, modulus: number) =>
    concatBytes(
      ...[base, exponent, modulus].map((length) => bigintToFixed(BigInt(length), 32)),
      new Uint8Array(base + exponent + modulus).fill(3),
    )
  const infinity = new Uint8Array(48).with(0, 0xc0)
  const evaluation = concatBytes(
    hexToBytes('0x010657f37554c781402a22917dee2f75def7ab966d7b770905398eba3c444014'),
    new Uint8Array(64),
    infinity,
    infinity,
  )
  const cases: [address: number, input: Uint8Array, gas: bigint, output: number][] = [
    [0x01, new Uint8Array(128), 3_000n, 0],
    [0x02, new Uint8Array(64), 60n + 24n, 32],
    [0x03, new Uint8Array(64), 600n + 240n, 32],
    [0x04, new Uint8Array(64), 15n + 6n, 64],
    [0x05, modexp(1, 1, 1), 500n, 1],
    [0x05, modexp(32, 32, 32), 16n * 249n, 32],
    [0x05, modexp(64, 1, 64), 500n, 64],
    [0x05, modexp(256, 1, 256), 2n * 32n * 32n, 256],
    [0x06, new Uint8Array(128), 150n, 64],
    [0x07, new Uint8Array(96), 6_000n, 64],
    [0x08, pairing, 45_000n + 34_000n, 32],
    [0x09, new Uint8Array(213).with(3, 7), 7n, 64],
    [0x0a, evaluation, 50_000n, 64],
    [0x0b, concatBytes(g1, g1), 375n, 128],
    [0x0c, concatBytes(g1, bigintToFixed(1n, 32)), 12_000n, 128],
    [0x0d, concatBytes(g2, g2), 600n, 256],
    [0x0e, concatBytes(g2, bigintToFixed(1n, 32)), 22_500n, 256],
    [0x0f, concatBytes(g1, g2), 37_700n + 32_600n, 32],
    [0x10, new Uint8Array(64), 5_500n, 128],
    [0x11, new Uint8Array(128), 23_800n, 256],
    [0x100, new Uint8Array(160), 6_900n, 0],
  ]
  for (const [address, input, gas, output] of cases) {
    // GAS around the call: 5 pushes, GAS, the call to a warm address, POP and GAS are 121.
    const copyInput = code(push(input.length), push(0), push(0), 0x37)
    const callIt = code(push(0), push(0), push(input.length), push(0), push(address), op.GAS, 0xfa, op.POP)
    const measured = code(copyInput, op.GAS, callIt, op.GAS, 0x90, 0x03, op.RETURNDATASIZE)
    const result = ran(
      await call(code(measured, push(0), op.MSTORE, push(32), op.MSTORE, push(64), push(0), op.RETURN), {
        data: input,
      }),
    )
    const [size, cost] = [0, 32].map((start) => bytesToBigint(result.output.subarray(start, start + 32)))
    assert.deepEqual([address, cost, size], [address, gas + 121n, BigInt(output)])
  }
})
