import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  type Address,
  bigintToFixed,
  bytesToHash,
  concatBytes,
  type Hash,
  zeroAddress,
  zeroHash,
} from '../../../core/hex.ts'
import type { DepositTx } from '../../../core/tx.ts'
import { encodeTx } from '../../../core/txEncode.ts'
import { chainNames, loadSpec } from '../../../genesis/loadSpec.ts'
import { rulesOf } from '../../../genesis/spec.ts'
import type { L1Config } from '../../../l1/config.ts'
import { applyUpdates, configTopic, decodeConfigUpdate, maxGasLimit, minGasLimit } from '../../../l1/extract/config.ts'
import { createDice, spoil } from '../batch/wireCases.ts'
import { abiBytes } from './abiBytes.ts'

const word = (value: bigint) => bigintToFixed(value, 32)
const wordHash = (value: bigint): Hash => bytesToHash(word(value))
const u32 = 2n ** 32n - 1n

function decode(type: bigint, ...words: readonly bigint[]) {
  return decodeWith(type, abiBytes(concatBytes(...words.map(word))))
}

function decodeWith(type: bigint, data: Uint8Array, version = 0n) {
  return decodeConfigUpdate({ topics: [configTopic, wordHash(version), wordHash(type)], data })
}

const config: L1Config = {
  system: {
    batcherHash: wordHash(1n),
    gasLimit: 8_000_000n,
    eip1559Denominator: 56,
    eip1559Elasticity: 8,
    daFeeScalar: 7,
  },
  unsafeSigner: zeroAddress,
}

test('the event is that of the OP Stack', () => {
  assert.equal(configTopic, '0x1d2b0bda21d56b8bd12d4f94ebacffdfb35f5e226f84b461103bb8beab6353be')
})

test('reads every type, to its bounds', () => {
  const batcher = 2n ** 160n - 1n
  assert.deepEqual(decode(0n, batcher), { kind: 'batcher', batcherHash: wordHash(batcher) })
  for (const scalar of [0n, 1n, u32]) {
    const update = { kind: 'daFeeScalar', daFeeScalar: Number(scalar) }
    assert.deepEqual(decode(1n, 0n, (1n << 248n) | (scalar << 32n)), update)
  }
  for (const gasLimit of [minGasLimit, maxGasLimit])
    assert.deepEqual(decode(2n, gasLimit), { kind: 'gasLimit', gasLimit })
  assert.deepEqual(decode(3n, 0xabcn), { kind: 'unsafeSigner', signer: `0x${'abc'.padStart(40, '0')}` })
  const eip1559 = { kind: 'eip1559', denominator: 0xffff_ffff, elasticity: 1 }
  assert.deepEqual(decode(4n, (u32 << 32n) | 1n), eip1559)
})

test('refuses what is out of bounds', () => {
  const wrong: Readonly<Record<string, ReturnType<typeof decode>>> = {
    'a batcher that is no address': decode(0n, 2n ** 160n),
    'another version of the batcher hash': decode(0n, 1n << 248n),
    'a scalar of 33 bits': decode(1n, 0n, (1n << 248n) | (1n << 64n)),
    'a base fee scalar': decode(1n, 0n, (1n << 248n) | 1n),
    'an overhead': decode(1n, 1n, 1n << 248n),
    'scalars of version 0': decode(1n, 0n, 7n),
    'scalars of version 2': decode(1n, 0n, 2n << 248n),
    'a gas limit too low': decode(2n, minGasLimit - 1n),
    'a gas limit too high': decode(2n, maxGasLimit + 1n),
    'a gas limit of 2^255': decode(2n, 2n ** 255n),
    'a signer that is no address': decode(3n, 2n ** 160n),
    'denominator 0': decode(4n, 8n),
    'elasticity 0': decode(4n, 56n << 32n),
    'a denominator of 33 bits': decode(4n, (1n << 64n) | (56n << 32n) | 8n),
    'an unknown type': decode(5n, 0n),
    'type 256': decode(256n, 1n),
  }
  for (const [name, update] of Object.entries(wrong)) assert.equal(update, undefined, name)
})

test('refuses other topics and other shapes', () => {
  const gasLimit = abiBytes(word(8_000_000n))
  assert.ok(decodeWith(2n, gasLimit) !== undefined)
  assert.equal(decodeWith(2n, gasLimit, 1n), undefined)
  const topics = [configTopic, zeroHash, wordHash(2n)]
  assert.equal(decodeConfigUpdate({ topics: topics.slice(0, 2), data: gasLimit }), undefined)
  assert.equal(decodeConfigUpdate({ topics: [...topics, zeroHash], data: gasLimit }), undefined)
  assert.equal(decodeConfigUpdate({ topics: [zeroHash, zeroHash, wordHash(2n)], data: gasLimit }), undefined)
  assert.equal(decodeConfigUpdate({ topics: [], data: gasLimit }), undefined)

  assert.equal(decodeWith(2n, word(8_000_000n)), undefined)
  assert.equal(decodeWith(2n, abiBytes(word(8_000_000n).subarray(1))), undefined)
  assert.equal(decodeWith(2n, abiBytes(concatBytes(word(8_000_000n), Uint8Array.of(0)))), undefined)
  assert.equal(decodeWith(2n, concatBytes(gasLimit, word(0n))), undefined)
  assert.equal(decodeWith(2n, gasLimit.subarray(0, -1)), undefined)
  for (const type of [0n, 1n, 2n, 3n, 4n]) assert.equal(decodeWith(type, abiBytes(new Uint8Array(0))), undefined)
  for (const type of [0n, 2n, 3n, 4n]) assert.equal(decode(type, 1n, 1n), undefined)
  assert.equal(decode(1n, 1n << 248n), undefined)
})

test('updates apply in order, each to its own part', () => {
  const signer = `0x${'33'.repeat(20)}` as Address
  const after = applyUpdates(config, [
    { kind: 'batcher', batcherHash: wordHash(9n) },
    { kind: 'daFeeScalar', daFeeScalar: 1 },
    { kind: 'gasLimit', gasLimit: 5_000_000n },
    { kind: 'eip1559', denominator: 50, elasticity: 2 },
    { kind: 'unsafeSigner', signer },
    { kind: 'daFeeScalar', daFeeScalar: 2 },
  ])
  assert.deepEqual(after, {
    system: {
      batcherHash: wordHash(9n),
      gasLimit: 5_000_000n,
      eip1559Denominator: 50,
      eip1559Elasticity: 2,
      daFeeScalar: 2,
    },
    unsafeSigner: signer,
  })
  assert.deepEqual(applyUpdates(config, []), config)
})

test('an update that would leave no gas target changes nothing', () => {
  const steep = { kind: 'eip1559', denominator: 1, elasticity: 8_000_001 } as const
  assert.deepEqual(applyUpdates(config, [steep]), config)
  const just = { ...steep, elasticity: 8_000_000 }
  assert.equal(applyUpdates(config, [just]).system.eip1559Elasticity, 8_000_000)
  const lower = { kind: 'gasLimit', gasLimit: 7_999_999n } as const
  assert.equal(applyUpdates(config, [just, lower]).system.gasLimit, 8_000_000n)
  assert.equal(applyUpdates(config, [lower, just]).system.eip1559Elasticity, 8)
})

test('100,000 spoiled logs: none throws', (t) => {
  const dice = createDice(1612)
  const payloads = [[1n], [0n, 1n << 248n], [8_000_000n], [5n], [(56n << 32n) | 8n]]
  const samples = payloads.map((words) => abiBytes(concatBytes(...words.map(word))))
  let taken = 0
  for (let input = 0; input < 100_000; input++) {
    const type = dice.roll(6)
    const update = decodeWith(
      BigInt(type),
      spoil(dice, samples[dice.roll(8) === 0 ? dice.roll(5) : type] ?? samples[0]!),
    )
    if (update === undefined) continue
    taken++
    assert.ok(applyUpdates(config, [update]).system.gasLimit >= minGasLimit)
  }
  t.diagnostic(`seed 1612: ${taken} taken`)
  assert.ok(taken > 1000)
})

test('the largest gas limit leaves room for the bytes of as many deposits as its gas buys', () => {
  const deposit = (bytes: number): DepositTx => ({
    type: 0x7e,
    sourceHash: bytesToHash(new Uint8Array(32).fill(255)),
    from: `0x${'ff'.repeat(20)}` as Address,
    to: `0x${'ff'.repeat(20)}` as Address,
    mint: 2n ** 256n - 1n,
    value: 2n ** 256n - 1n,
    gas: 2n ** 64n - 1n,
    isSystemTx: false,
    data: new Uint8Array(bytes),
  })
  for (const name of chainNames) {
    const { maxBlockBytes, maxBlockTxBytes } = rulesOf(loadSpec(name))
    for (const bytes of [0, 32, 1_000, 99_000]) {
      const count = Number(maxGasLimit / (21_000n + 40n * BigInt(bytes)))
      // In a list each is a string with a head of up to four bytes.
      const deposits = count * (encodeTx(deposit(bytes)).length + 4)
      // The header, the L1 attributes and the heads of the users' transactions take far less than the rest.
      assert(deposits + maxBlockTxBytes + 150_000 < maxBlockBytes, `${count} deposits of ${bytes} bytes`)
    }
  }
})
