import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Address, bigintToFixed, bytesToHash, type Hash, zeroHash } from '../../../core/hex.ts'
import { configTopic } from '../../../l1/extract/config.ts'
import { depositTopic } from '../../../l1/extract/deposit.ts'
import { extractL1 } from '../../../l1/extract/extract.ts'
import type { RawL1Log, RawL1Tx } from '../../../l1/extract/raw.ts'
import { abiBytes } from './abiBytes.ts'

const address = (byte: number) => `0x${byte.toString(16).padStart(2, '0').repeat(20)}` as Address
const wordHash = (value: bigint): Hash => bytesToHash(bigintToFixed(value, 32))
const spec = { portal: address(1), systemConfig: address(2), inbox: address(3) }
const block = {
  number: 7n,
  hash: wordHash(77n),
  timestamp: 70n,
  baseFee: 1n,
  blobBaseFee: 1n,
  mixHash: zeroHash,
  parentBeaconBlockRoot: zeroHash,
}

function deposit(logIndex: bigint, value: bigint, from: Address = spec.portal): RawL1Log {
  const opaque = new Uint8Array(73)
  opaque.set(bigintToFixed(value, 32), 32)
  return {
    address: from,
    topics: [depositTopic, wordHash(5n), wordHash(6n), zeroHash],
    data: abiBytes(opaque),
    logIndex,
  }
}

function gasLimit(logIndex: bigint, value: bigint, from: Address = spec.systemConfig): RawL1Log {
  const data = abiBytes(bigintToFixed(value, 32))
  return { address: from, topics: [configTopic, zeroHash, wordHash(2n)], data, logIndex }
}

function rawTx(changes: Partial<RawL1Tx>): RawL1Tx {
  return {
    hash: zeroHash,
    from: address(9),
    to: undefined,
    input: Uint8Array.of(1),
    blobHashes: [],
    isBlob: false,
    succeeded: true,
    costWei: 21_000n,
    logs: [],
    ...changes,
  }
}

function extract(...txs: readonly RawL1Tx[]) {
  return extractL1({ block, parentHash: wordHash(76n), txs }, spec)
}

test('deposits and updates come in the order of their logs, from their contracts alone', () => {
  const data = extract(
    rawTx({ to: address(8), logs: [gasLimit(0n, 6_000_000n), deposit(1n, 11n), deposit(2n, 12n)] }),
    rawTx({ logs: [deposit(3n, 13n, spec.systemConfig), gasLimit(4n, 7_000_000n, spec.portal)] }),
    rawTx({ to: spec.portal, logs: [deposit(5n, 14n), gasLimit(6n, 8_000_000n)] }),
  )
  assert.deepEqual(
    data.deposits.map(({ value }) => value),
    [11n, 12n, 14n],
  )
  assert.equal(new Set(data.deposits.map(({ sourceHash }) => sourceHash)).size, 3)
  assert.deepEqual(data.updates, [
    { kind: 'gasLimit', gasLimit: 6_000_000n },
    { kind: 'gasLimit', gasLimit: 8_000_000n },
  ])
  assert.deepEqual([data.block, data.parentHash, data.inbox], [block, wordHash(76n), []])
})

test('what is malformed is left out, what stands beside it counts', () => {
  const bad = { ...deposit(0n, 1n), data: new Uint8Array(31) }
  const low = gasLimit(2n, 1n)
  const data = extract(rawTx({ logs: [bad, deposit(1n, 2n), low, gasLimit(3n, 9_000_000n)] }))
  assert.deepEqual(
    data.deposits.map(({ value }) => value),
    [2n],
  )
  assert.deepEqual(data.updates, [{ kind: 'gasLimit', gasLimit: 9_000_000n }])
})

test('the logs of a failed transaction do not exist', () => {
  const data = extract(rawTx({ succeeded: false, logs: [deposit(0n, 1n), gasLimit(1n, 9_000_000n)] }))
  assert.deepEqual([data.deposits, data.updates], [[], []])
})

test('the inbox takes calldata or blobs of whoever sends to it, failed or not', () => {
  const hashes = [wordHash(1n), wordHash(2n)]
  const data = extract(
    rawTx({ to: spec.inbox, hash: wordHash(1n), input: Uint8Array.of(0, 1) }),
    rawTx({ to: spec.portal, hash: wordHash(2n) }),
    rawTx({ hash: wordHash(3n) }),
    rawTx({ to: spec.inbox, hash: wordHash(4n), from: address(7), isBlob: true, blobHashes: hashes, costWei: 5n }),
    rawTx({ to: spec.inbox, hash: wordHash(5n), succeeded: false, input: new Uint8Array(0) }),
  )
  assert.deepEqual(data.inbox, [
    {
      hash: wordHash(1n),
      from: address(9),
      costWei: 21_000n,
      payload: { kind: 'calldata', data: Uint8Array.of(0, 1) },
    },
    { hash: wordHash(4n), from: address(7), costWei: 5n, payload: { kind: 'blobs', hashes } },
    { hash: wordHash(5n), from: address(9), costWei: 21_000n, payload: { kind: 'calldata', data: new Uint8Array(0) } },
  ])
})
