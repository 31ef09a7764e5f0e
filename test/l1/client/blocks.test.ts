import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import type { Json, JsonObject } from '../../../core/json.ts'
import { blobBaseFee } from '../../../l1/blobFee.ts'
import { parseHeader } from '../../../l1/client/header.ts'
import { joinReceipts, readTxs } from '../../../l1/client/rawBlock.ts'
import { parseReceipts } from '../../../l1/client/receipts.ts'
import { parseTx } from '../../../l1/client/transaction.ts'
import { excessBlobGas, type FakeBlock } from './fakeChain.ts'
import { hashOfBlob, l1Spec, mockRollup, sampleChain, sender } from './open.ts'

let chain: readonly FakeBlock[]
let block: FakeBlock
before(async () => {
  chain = await sampleChain()
  block = chain[2]!
})

/** A field changed into another value of its shape. */
function changed(value: Json): Json {
  if (typeof value !== 'string') return `0x${'00'.repeat(20)}`
  return value.endsWith('1') ? `${value.slice(0, -1)}2` : `${value.slice(0, -1)}1`
}

test('a header with the fields of Osaka hashes to the hash that EthereumJS gives it', () => {
  for (const { json, hash, number, timestamp } of chain) {
    const header = parseHeader(json)
    assert.deepEqual(
      { hash: header?.hash, number: header?.number, timestamp: header?.timestamp },
      { hash, number, timestamp },
    )
    assert.equal(header?.excessBlobGas, excessBlobGas)
  }
})

test('a header with any field changed, left out or malformed is refused', () => {
  const fields = Object.keys(block.json).filter(
    (name) => !['transactions', 'uncles', 'withdrawals', 'size'].includes(name),
  )
  assert.equal(fields.length, 22)
  for (const name of fields) {
    const { [name]: value = null, ...rest } = block.json
    for (const wrong of [changed(value), null, '0x', 'zz', 7, '']) {
      // The bytes of an empty string stay what they are.
      assert.equal(parseHeader({ ...rest, [name]: wrong }), undefined, `${name} ${wrong}`)
    }
    assert.equal(parseHeader(rest), undefined, name)
  }
  for (const value of [null, undefined, 'text', 5, [], [block.json]]) assert.equal(parseHeader(value), undefined)
})

test('transactions of every type are rebuilt byte by byte, with their senders', () => {
  const header = parseHeader(block.json)!
  const txs = readTxs(block.json, header)
  assert.ok(typeof txs !== 'string')
  assert.deepEqual(
    txs.map(({ type, hash }) => [type, hash]),
    block.json.transactions.map(({ type, hash }) => [Number(type), hash]),
  )
  assert.deepEqual(
    txs.map((tx) => tx.sender()),
    txs.map(() => sender),
  )
})

test('transactions that are changed, missing, added or in another order are refused', () => {
  const header = parseHeader(block.json)!
  const { transactions } = block.json
  const read = (list: Json) => {
    const txs = readTxs({ ...block.json, transactions: list }, header)
    return typeof txs === 'string' ? txs : 'taken'
  }
  assert.equal(read(transactions), 'taken')
  const signedFields = [
    'nonce',
    'gas',
    'value',
    'input',
    'to',
    'r',
    's',
    'maxFeePerGas',
    'gasPrice',
    'maxFeePerBlobGas',
  ]
  for (const [index, tx] of transactions.entries()) {
    for (const name of Object.keys(tx).filter((name) => signedFields.includes(name))) {
      // The gas price of newer types is not part of them.
      if (name === 'gasPrice' && Number(tx.type) > 1) continue
      assert.equal(
        read(transactions.with(index, { ...tx, [name]: changed(tx[name]!) })),
        'malformed',
        `${index} ${name}`,
      )
    }
  }
  assert.equal(read(transactions.slice(1)), 'malformed')
  assert.equal(read([...transactions, transactions[0]!]), 'malformed')
  assert.equal(read(transactions.toReversed()), 'malformed')
  assert.equal(read(transactions.map(({ hash }) => hash!)), 'malformed')
  for (const list of [null, 'all', {}, [null], [[]]]) assert.equal(read(list), 'malformed')
})

test('a transaction of a type that is not known is told from one that is malformed', () => {
  assert.equal(parseTx({ type: '0x5' }), 'unsupported')
  assert.equal(parseTx({ type: '0x7e' }), 'unsupported')
  assert.equal(parseTx({ type: 5 }), undefined)
  const header = parseHeader(block.json)!
  assert.equal(readTxs({ transactions: [{ type: '0x6', anything: 1 }] }, header), 'unsupported')
})

test('an anvil block has blob transactions with their sidecars under its root, which is as good', () => {
  // The root of such a block is checked against a real one in `anvil.test.ts`.
  const withBlobs = { ...block.json.transactions[4], blobs: ['0x01'], commitments: ['0x02'], proofs: ['0x03'] }
  const tx = parseTx(withBlobs)
  assert.ok(tx !== undefined && tx !== 'unsupported')
  assert.notDeepEqual(tx.withSidecar(), tx.raw)
  const plain = parseTx(block.json.transactions[4])
  assert.ok(plain !== undefined && plain !== 'unsupported')
  assert.equal(plain.withSidecar(), undefined)
})

function join(receipts: readonly unknown[]) {
  const header = parseHeader(block.json)!
  const txs = readTxs(block.json, header)
  const parsed = parseReceipts(receipts)
  assert.ok(typeof txs !== 'string')
  const fee = blobBaseFee(excessBlobGas, header.timestamp, l1Spec.blobSchedule)
  const l1Block = { ...header, blobBaseFee: fee }
  return parsed && joinReceipts(header, l1Block, txs, parsed, mockRollup)
}

test('what concerns the chain comes with costs, statuses and places of its own count', () => {
  const raw = join(block.receipts)
  // All but the creation of a foreign contract.
  assert.deepEqual(
    raw?.txs.map(({ hash }) => hash),
    block.json.transactions.toSpliced(1, 1).map(({ hash }) => hash),
  )
  assert.deepEqual(
    raw?.txs.map(({ succeeded }) => succeeded),
    [true, true, true, true, false],
  )
  assert.deepEqual(
    raw?.txs.map(({ logs }) => logs.map(({ logIndex }) => logIndex)),
    [[], [], [1n, 2n], [], []],
  )
  const blobs = block.blobs.map(hashOfBlob)
  assert.deepEqual(
    raw?.txs.map(({ isBlob, blobHashes }) => [isBlob, blobHashes.length]),
    [
      [false, 0],
      [false, 0],
      [false, 0],
      [true, 2],
      [false, 0],
    ],
  )
  assert.deepEqual(raw?.txs[3]?.blobHashes, blobs)
  const fee = blobBaseFee(excessBlobGas, block.timestamp, l1Spec.blobSchedule)
  assert.ok(fee > 1n)
  const gas = 21_000n
  assert.deepEqual(
    raw?.txs.map(({ costWei }) => costWei),
    [
      gas * 2_000_000_000n,
      gas * 2_000_000_000n,
      gas * 1_500_000_000n,
      gas * 1_500_000_000n + 262_144n * fee,
      gas * 1_500_000_000n,
    ],
  )
})

test('receipts that are changed, null, missing, doubled or in another order are refused', () => {
  const { receipts } = block
  assert.equal(join(receipts.slice(1)), undefined)
  assert.equal(join(receipts.slice(0, -1)), undefined)
  assert.equal(join([]), undefined)
  assert.equal(join(receipts.toReversed()), undefined)
  assert.equal(join(receipts.with(0, receipts[1]!)), undefined)
  for (const [index, receipt] of receipts.entries()) {
    for (const wrong of [null, {}, [], 'text', { ...receipt, logs: null }, { ...receipt, logs: [null] }]) {
      assert.equal(join(receipts.with(index, wrong as unknown as JsonObject)), undefined)
    }
    for (const name of ['status', 'type', 'cumulativeGasUsed']) {
      assert.equal(join(receipts.with(index, { ...receipt, [name]: changed(receipt[name]!) })), undefined, name)
    }
  }
  const log = (receipts[3]!.logs as JsonObject[])[1]!
  for (const wrong of [
    { ...log, data: changed(log.data!) },
    { ...log, address: changed(log.address!) },
    { ...log, topics: (log.topics as Json[]).toReversed() },
    { ...log, topics: (log.topics as Json[]).slice(1) },
  ]) {
    assert.equal(
      join(receipts.with(3, { ...receipts[3], logs: [(receipts[3]!.logs as Json[])[0]!, wrong] })),
      undefined,
    )
  }
  const logs = receipts[3]!.logs as Json[]
  assert.equal(join(receipts.with(3, { ...receipts[3], logs: logs.toReversed() })), undefined)
})

test('what no root covers has no say: log indexes, blooms, prices and senders in receipts', () => {
  const logs = (block.receipts[3]!.logs as JsonObject[]).map((log) => ({ ...log, logIndex: '0x63', removed: true }))
  const lying = { ...block.receipts[3], logs, effectiveGasPrice: '0x1', gasUsed: '0x1', logsBloom: '0x', from: '0x' }
  assert.deepEqual(join(block.receipts.with(3, lying)), join(block.receipts))
})
