import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { createMPT } from '@ethereumjs/mpt'
import { RLP } from '@ethereumjs/rlp'
import fc from 'fast-check'
import { blockToJson, decodeBlock } from '../../core/block.ts'
import { headerToJson } from '../../core/header.ts'
import { type Address, bytesToHash, type Hash, hexToBytes, parseHex } from '../../core/hex.ts'
import { type JsonObject, toQuantity } from '../../core/json.ts'
import { encodeReceipt, type Receipt, receiptToJson } from '../../core/receipt.ts'
import type { SignedTx, TxEnvelope } from '../../core/tx.ts'
import { envelope, openEnvelope, signAuthorization, signTx } from '../../core/txEnvelope.ts'
import { type TxPlace, txToJson } from '../../core/txJson.ts'
import { depositTx } from './arbitrary.ts'

const vectors = process.env.OPENLEDGER_VECTORS ?? join(import.meta.dirname, '..', '..', '..', 'shared', 'vectors')
const folder = join(vectors, 'execution-apis', 'tests')
const skip = existsSync(folder) ? false : 'skipped: no vectors'

/** The result of a recorded exchange with geth. */
function readResult<T>(file: string): T {
  const line = readFileSync(join(folder, file), 'utf8')
    .split('\n')
    .find((text) => text.startsWith('<< '))
  assert.ok(line !== undefined)
  return (JSON.parse(line.slice(3)) as { result: T }).result
}

type TxVector = Record<string, string> & {
  accessList?: SignedTx & never
  to: Address | null
  hash: Hash
  from: Address
}

/** The transaction that geth described. */
function txOf(json: TxVector): TxEnvelope {
  const type = Number(json.type)
  const v = BigInt(json.v!)
  const chainId = json.chainId === undefined ? undefined : BigInt(json.chainId)
  const fields = {
    ...{ chainId, nonce: BigInt(json.nonce!), gas: BigInt(json.gas!), to: json.to ?? undefined },
    ...{ value: BigInt(json.value!), data: parseHex(json.input)!, r: BigInt(json.r!), s: BigInt(json.s!) },
    yParity: type === 0 ? Number(1n - (v & 1n)) : Number(v),
    ...(type === 0 || type === 1 ? { gasPrice: BigInt(json.gasPrice!) } : feesOf(json)),
    ...(type === 0 ? {} : { accessList: json.accessList }),
    type,
  }
  const tx = envelope(fields as unknown as SignedTx, json.from)
  assert.equal(tx.hash, json.hash)
  const opened = openEnvelope(tx.raw)
  assert.ok('from' in opened)
  assert.equal(opened.from, json.from)
  return opened
}

function feesOf(json: TxVector) {
  return { maxFeePerGas: BigInt(json.maxFeePerGas!), maxPriorityFeePerGas: BigInt(json.maxPriorityFeePerGas!) }
}

test('describes mined transactions as geth does', { skip }, () => {
  for (const name of ['get-legacy-tx', 'get-legacy-create', 'get-dynamic-fee']) {
    const json = readResult<TxVector>(`eth_getTransactionByHash/${name}.io`)
    const tx = txOf(json)
    // The price that geth paid implies the base fee.
    const tip = tx.tx.type === 2 ? tx.tx.maxPriorityFeePerGas : 0n
    assert.deepEqual(txToJson(tx, placeOf(json, BigInt(json.gasPrice!) - tip)), json, name)
  }
})

function placeOf(json: TxVector, baseFee: bigint): TxPlace {
  return {
    blockHash: json.blockHash as Hash,
    blockNumber: BigInt(json.blockNumber!),
    index: Number(json.transactionIndex),
    timestamp: BigInt(json.blockTimestamp!),
    baseFee,
  }
}

test('describes pending transactions as geth does', { skip }, () => {
  type Content = { pending: Record<string, Record<string, TxVector>> }
  const { pending } = readResult<Content>('txpool_content/get-content.io')
  const txs = Object.values(pending).flatMap((byNonce) => Object.values(byNonce))
  assert.ok(txs.length > 1)
  let compared = 0
  for (const json of txs) {
    if (json.type === '0x3') continue
    assert.deepEqual(txToJson(txOf(json)), json)
    compared++
  }
  assert.ok(compared > 1)
})

test('describes a block and its receipts as geth does, and encodes them to the roots of its header', {
  skip,
}, async () => {
  const json = readResult<JsonObject & { hash: Hash; receiptsRoot: Hash }>('eth_getBlockByNumber/get-latest.io')
  const block = lastBlock()
  assert.equal(block.hash, json.hash)
  assert.deepEqual(blockToJson(block, true), json)
  const hashes = block.transactions.map(({ hash }) => hash)
  assert.deepEqual(blockToJson(block, false), { ...json, transactions: hashes })
  const { header } = block
  const { transactions: _, uncles: __, withdrawals: ___, size: ____, ...headerJson } = json
  assert.deepEqual(headerToJson(header, block.hash), headerJson)

  const receiptsJson = readResult<readonly ReceiptVector[]>('eth_getBlockReceipts/get-block-receipts-latest.io')
  const receipts = receiptsJson.map(receiptOf)
  let firstLogIndex = 0
  for (const [index, receipt] of receipts.entries()) {
    const place = {
      blockHash: block.hash,
      blockNumber: header.number,
      timestamp: header.timestamp,
      baseFee: header.baseFeePerGas,
    }
    const ours = receiptToJson(receipt, block.transactions[index]!, { ...place, index, firstLogIndex })
    assert.deepEqual(ours, receiptsJson[index])
    firstLogIndex += receipt.logs.length
  }
  assert.equal(await listRoot(receipts.map(encodeReceipt)), header.receiptsRoot)
  assert.equal(await listRoot(block.transactions.map(({ raw }) => raw)), header.transactionsRoot)
})

function lastBlock() {
  let rest = new Uint8Array(readFileSync(join(folder, 'chain.rlp')))
  let last = rest
  while (rest.length > 0) {
    const { remainder } = RLP.decode(rest, true)
    last = rest.subarray(0, rest.length - remainder.length)
    rest = new Uint8Array(remainder)
  }
  const block = decodeBlock(last)
  assert.ok('header' in block)
  return block
}

type ReceiptVector = {
  type: string
  status: string
  cumulativeGasUsed: string
  gasUsed: string
  logs: readonly { address: Address; topics: readonly Hash[]; data: string }[]
}

function receiptOf(json: ReceiptVector): Receipt {
  return {
    type: Number(json.type),
    succeeded: json.status === '0x1',
    cumulativeGasUsed: BigInt(json.cumulativeGasUsed),
    gasUsed: BigInt(json.gasUsed),
    logs: json.logs.map(({ address, topics, data }) => ({ address, topics, data: parseHex(data)! })),
    depositNonce: undefined,
  }
}

async function listRoot(values: readonly Uint8Array[]): Promise<Hash> {
  const trie = await createMPT()
  for (const [index, value] of values.entries()) await trie.put(RLP.encode(index), value)
  return bytesToHash(trie.root())
}

const place: TxPlace = {
  blockHash: `0x${'ab'.repeat(32)}` as Hash,
  blockNumber: 16n,
  index: 2,
  baseFee: 100n,
  timestamp: 255n,
  depositNonce: 9n,
}

test('describes a set-code transaction with its authorizations', () => {
  const key = new Uint8Array(32).fill(1)
  const to = `0x${'cd'.repeat(20)}` as Address
  const call = { nonce: 0n, gas: 100_000n, to, value: 0n, data: hexToBytes('0x00ff') }
  const fees = { maxFeePerGas: 150n, maxPriorityFeePerGas: 10n }
  const authorizationList = [signAuthorization({ chainId: 0n, address: to, nonce: 1n }, key)]
  const signed = signTx({ type: 4, chainId: 31337n, ...call, ...fees, accessList: [], authorizationList }, key)
  const [auth] = authorizationList
  const { r, s, yParity } = signed.tx
  assert.deepEqual(txToJson(signed, place), {
    ...{ blockHash: place.blockHash, blockNumber: '0x10', blockTimestamp: '0xff', transactionIndex: '0x2' },
    ...{ from: signed.from, gas: '0x186a0', gasPrice: '0x6e', maxFeePerGas: '0x96', maxPriorityFeePerGas: '0xa' },
    ...{ hash: signed.hash, input: '0x00ff', nonce: '0x0', to, value: '0x0', type: '0x4', chainId: '0x7a69' },
    accessList: [],
    authorizationList: [
      {
        ...{ chainId: '0x0', address: to, nonce: '0x1', yParity: toQuantity(auth!.yParity) },
        ...{ r: toQuantity(auth!.r), s: toQuantity(auth!.s) },
      },
    ],
    ...{ v: toQuantity(yParity), yParity: toQuantity(yParity), r: toQuantity(r), s: toQuantity(s) },
  })
})

test('describes deposits and their receipts with the fields of an OP Stack node', () => {
  const [sample] = fc.sample(depositTx, { seed: 3, numRuns: 1 })
  const tx = { ...sample!, to: undefined, mint: 5n, isSystemTx: false }
  const deposit = envelope(tx, tx.from)
  const json = txToJson(deposit, place)
  const { type, nonce, gasPrice, v, r, s, sourceHash, mint, isSystemTx, depositReceiptVersion } = json
  assert.deepEqual(
    { type, nonce, gasPrice, v, r, s, sourceHash, mint, isSystemTx, depositReceiptVersion },
    {
      ...{ type: '0x7e', nonce: '0x9', gasPrice: '0x0', v: '0x0', r: '0x0', s: '0x0', sourceHash: tx.sourceHash },
      ...{ mint: '0x5', isSystemTx: false, depositReceiptVersion: '0x1' },
    },
  )
  for (const absent of ['chainId', 'accessList', 'yParity', 'maxFeePerGas']) assert.ok(!(absent in json), absent)

  const gas = { cumulativeGasUsed: 53_000n, gasUsed: 53_000n }
  const receipt: Receipt = { type: 0x7e, succeeded: false, ...gas, logs: [], depositNonce: 0n }
  const receiptPlace = { ...place, timestamp: 255n, firstLogIndex: 0 }
  const receiptJson = receiptToJson(receipt, deposit, receiptPlace)
  assert.equal(receiptJson.depositNonce, '0x0')
  assert.equal(receiptJson.depositReceiptVersion, '0x1')
  assert.equal(receiptJson.effectiveGasPrice, '0x0')
  assert.equal(receiptJson.status, '0x0')
  // The contract of a creation is at the address of the nonce that the receipt carries.
  assert.notEqual(
    receiptJson.contractAddress,
    receiptToJson({ ...receipt, depositNonce: 1n }, deposit, receiptPlace).contractAddress,
  )
})
