import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { encodeAbiParameters, encodeEventTopics, encodePacked, parseAbi } from 'viem'
import { extractTransactionDepositedLogs, getL2TransactionHash } from 'viem/op-stack'
import {
  type Address,
  bigintToFixed,
  bytesToHex,
  type Hash,
  hexToBytes,
  parseHash,
  zeroHash,
} from '../../../core/hex.ts'
import type { DepositTx } from '../../../core/tx.ts'
import { txHash } from '../../../core/txEncode.ts'
import { decodeDepositLog } from '../../../l1/extract/deposit.ts'
import { address, bytes, hash, uint64, uint256 } from '../../core/arbitrary.ts'
import { check } from '../../core/random.ts'
import { createDice, spoil } from '../batch/wireCases.ts'
import { abiBytes } from './abiBytes.ts'

const abi = parseAbi([
  'event TransactionDeposited(address indexed from, address indexed to, uint256 indexed version, bytes opaqueData)',
])
const zeroTo = `0x${'00'.repeat(20)}` as Address

type Deposit = Omit<DepositTx, 'type' | 'sourceHash' | 'isSystemTx'>

const deposit: fc.Arbitrary<Deposit> = fc.record(
  {
    from: address,
    to: fc.option(address, { nil: undefined }),
    mint: uint256,
    value: uint256,
    gas: uint64,
    data: bytes(200),
  },
  { noNullPrototype: true },
)

function opaqueOf({ to, mint, value, gas, data }: Deposit): Uint8Array {
  const types = ['uint256', 'uint256', 'uint64', 'bool', 'bytes'] as const
  return hexToBytes(encodePacked(types, [mint, value, gas, to === undefined, bytesToHex(data)]))
}

/** The log that a portal of the OP Stack makes of a deposit, encoded by viem. */
function logOf(value: Deposit): { topics: readonly Hash[]; data: Uint8Array } {
  const args = { from: value.from, to: value.to ?? zeroTo, version: 0n }
  const topics = encodeEventTopics({ abi, eventName: 'TransactionDeposited', args }) as readonly string[]
  const data = encodeAbiParameters([{ type: 'bytes' }], [bytesToHex(opaqueOf(value))])
  return { topics: topics.map((topic) => parseHash(topic) ?? zeroHash), data: hexToBytes(data) }
}

const example: Deposit = {
  from: `0x${'11'.repeat(20)}` as Address,
  to: `0x${'22'.repeat(20)}` as Address,
  mint: 5n,
  value: 6n,
  gas: 100_000n,
  data: Uint8Array.of(1, 2, 3),
}

test('a deposit is what the portal logged, and has the hash that viem tells wallets', (t) => {
  check(
    t,
    fc.property(deposit, hash, fc.nat(), (value, blockHash, logIndex) => {
      const log = logOf(value)
      const tx = decodeDepositLog(log, blockHash, BigInt(logIndex))
      assert.ok(tx !== undefined)
      const { type, sourceHash, isSystemTx, ...rest } = tx
      assert.deepEqual([type, isSystemTx], [0x7e, false])
      assert.deepEqual(rest, value)

      const rawLog = {
        ...log,
        topics: log.topics as [Hash, ...Hash[]],
        data: bytesToHex(log.data),
        address: zeroTo,
        blockHash,
        blockNumber: 1n,
        logIndex,
        removed: false,
        transactionHash: blockHash,
        transactionIndex: 0,
      }
      const [told] = extractTransactionDepositedLogs({ logs: [rawLog] })
      assert.ok(told !== undefined)
      assert.equal(txHash(tx), getL2TransactionHash({ log: told }))
      assert.match(sourceHash, /^0x[0-9a-f]{64}$/)
    }),
  )
})

test('block and log index make a deposit unique', () => {
  const source = (blockHash: Hash, index: bigint) => decodeDepositLog(logOf(example), blockHash, index)?.sourceHash
  const other = `0x${'01'.repeat(32)}` as Hash
  assert.equal(new Set([source(zeroHash, 0n), source(zeroHash, 1n), source(other, 0n), source(other, 1n)]).size, 4)
  assert.equal(source(other, 1n), source(other, 1n))
})

test('refuses every other log', () => {
  const right = logOf(example)
  const decode = ({ topics = right.topics, data = right.data }) => decodeDepositLog({ topics, data }, zeroHash, 0n)
  const topic = (at: number, value: string) => right.topics.map((old, index) => (index === at ? (value as Hash) : old))
  const dataWith = (at: number, byte: number) => right.data.with(at, byte)
  const opaque = opaqueOf(example)
  assert.ok(decode({}) !== undefined)

  const wrong: Readonly<Record<string, Parameters<typeof decode>[0]>> = {
    'no topics': { topics: [] },
    'another event': { topics: topic(0, zeroHash) },
    'three topics': { topics: right.topics.slice(0, 3) },
    'five topics': { topics: [...right.topics, zeroHash] },
    'version 1': { topics: topic(3, `0x${'00'.repeat(31)}01`) },
    'version 2^255': { topics: topic(3, `0x80${'00'.repeat(31)}`) },
    'a sender of 32 bytes': { topics: topic(1, `0x${'11'.repeat(32)}`) },
    'a recipient of 32 bytes': { topics: topic(2, `0x01${'00'.repeat(31)}`) },
    'no data': { data: new Uint8Array(0) },
    'one word': { data: right.data.subarray(0, 32) },
    'cut by a word': { data: right.data.subarray(0, -32) },
    'cut by a byte': { data: right.data.subarray(0, -1) },
    'a word more': { data: Uint8Array.of(...right.data, ...new Uint8Array(32)) },
    'a byte more': { data: Uint8Array.of(...right.data, 0) },
    'offset 0': { data: dataWith(31, 0) },
    'offset 64': { data: dataWith(31, 64) },
    'offset 2^248 + 32': { data: dataWith(0, 1) },
    'length of 2^255': { data: dataWith(32, 0x80) },
    'a longer length': { data: dataWith(63, 129) },
    'padding that is not zero': { data: dataWith(right.data.length - 1, 1) },
    '72 bytes of opaque data': { data: abiBytes(opaque.subarray(0, 72)) },
    'isCreation 2': { data: abiBytes(opaque.with(72, 2)) },
    'isCreation 255': { data: abiBytes(opaque.with(72, 255)) },
  }
  for (const [name, log] of Object.entries(wrong)) assert.equal(decode(log), undefined, name)
  assert.deepEqual(decode({ data: abiBytes(opaque.subarray(0, 73)) })?.data, new Uint8Array(0))
  assert.equal(decode({ data: abiBytes(opaque.with(72, 1)) })?.to, undefined)
})

test('100,000 spoiled logs: none throws, what is taken encodes to the log again', (t) => {
  const dice = createDice(1612)
  const right = logOf(example)
  let taken = 0
  for (let input = 0; input < 100_000; input++) {
    const data = spoil(dice, right.data)
    const topics = right.topics.map((topic) => (dice.roll(20) === 0 ? (bytesToHex(dice.bytes(32)) as Hash) : topic))
    const tx = decodeDepositLog({ topics, data }, zeroHash, 0n)
    if (tx === undefined) continue
    taken++
    assert.ok(Buffer.compare(abiBytes(opaqueOf(tx)), data) === 0)
  }
  t.diagnostic(`seed 1612: ${taken} taken`)
  assert.ok(taken > 1000)
})

test('gas is a u64 of its own width', () => {
  const gas = 2n ** 64n - 1n
  assert.equal(decodeDepositLog(logOf({ ...example, gas }), zeroHash, 0n)?.gas, gas)
  assert.equal(opaqueOf(example).length, 73 + 3)
  assert.deepEqual(opaqueOf(example).subarray(64, 72), bigintToFixed(100_000n, 8))
})
