import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import fc from 'fast-check'
import { type Hex, hexToBytes } from '../../core/hex.ts'
import { keccak256, keccakHash } from '../../core/keccak.ts'
import { decodeRlp } from '../../core/rlp.ts'
import { methodTable } from '../../rpc/methods/table.ts'
import { ask, type DevNode, post, request, startDevNode } from './devNode.ts'
import { deployProbe, probeCall, probeRuntime } from './probe.ts'

type Fields = Record<string, unknown>

let node: DevNode
let from: string
let probe: Hex
let txHash: string
before(async () => {
  node = await startDevNode()
  from = node.accounts[0]!.address
  probe = await deployProbe(node.url, from)
  txHash = await request(node.url, 'eth_sendTransaction', [{ from, to: probe, data: probeCall('ping', 5n, '0xaa') }])
})
after(async () => {
  assert.deepEqual(node.errors, [])
  await node.close()
})

const get = <T = string>(method: string, ...params: readonly unknown[]) => request<T>(node.url, method, params)

describe('blocks', () => {
  test('by number, hash and tag are the same block', async () => {
    const latest = await get<Fields>('eth_getBlockByNumber', 'latest', false)
    assert.deepEqual(await get('eth_getBlockByHash', latest.hash, false), latest)
    assert.deepEqual(await get('eth_getBlockByNumber', latest.number, false), latest)
    const { transactions, size, uncles, withdrawals, ...header } = latest
    assert.deepEqual([uncles, withdrawals], [[], []])
    assert.ok(BigInt(size as string) > 0n)
    assert.deepEqual(await get('eth_getHeaderByHash', latest.hash), header)
    assert.deepEqual(await get('eth_getHeaderByNumber', 'latest'), header)
    assert.equal(await get('eth_getBlockTransactionCountByHash', latest.hash), '0x2')
    assert.equal((transactions as unknown[]).length, 2)
    assert.equal(await get('eth_getUncleCountByBlockHash', latest.hash), '0x0')
  })

  test('pending is the next block as far as it is known', async () => {
    const latest = await get<Fields>('eth_getBlockByNumber', 'latest', false)
    const pending = await get<Fields>('eth_getBlockByNumber', 'pending', false)
    assert.deepEqual([pending.hash, pending.nonce, pending.miner], [null, null, null])
    assert.equal(pending.parentHash, latest.hash)
    assert.equal(BigInt(pending.number as string), BigInt(latest.number as string) + 1n)
    assert.equal(pending.baseFeePerGas, await get('eth_baseFee'))
    assert.deepEqual(pending.transactions, [])
    assert.deepEqual(Object.keys(pending), Object.keys(latest))
  })

  test('nothing of the latest block passes for the pending one', async () => {
    assert.notDeepEqual(await get('eth_getBlockReceipts', 'latest'), [])
    assert.deepEqual(await get('eth_getBlockReceipts', 'pending'), [])
    assert.notEqual(await get<unknown>('eth_getTransactionByBlockNumberAndIndex', 'latest', '0x0'), null)
    assert.equal(await get<unknown>('eth_getTransactionByBlockNumberAndIndex', 'pending', '0x0'), null)
    assert.equal(await get('eth_getBlockTransactionCountByNumber', 'pending'), '0x0')
  })

  test('receipts of a block are those of its transactions', async () => {
    const { transactions } = await get<{ transactions: string[] }>('eth_getBlockByNumber', 'latest', false)
    const receipts = await get<unknown[]>('eth_getBlockReceipts', 'latest')
    const single = await Promise.all(transactions.map((hash) => get<unknown>('eth_getTransactionReceipt', hash)))
    assert.deepEqual(receipts, single)
  })

  test('a transaction is the same by hash and by place', async () => {
    const tx = await get<Fields>('eth_getTransactionByHash', txHash)
    assert.deepEqual(await get('eth_getTransactionByBlockHashAndIndex', tx.blockHash, tx.transactionIndex), tx)
    assert.deepEqual(await get('eth_getTransactionByBlockNumberAndIndex', tx.blockNumber, tx.transactionIndex), tx)
    const { transactions } = await get<{ transactions: unknown[] }>('eth_getBlockByHash', tx.blockHash, true)
    assert.deepEqual(transactions[1], tx)
    const raw = await get<Hex>('eth_getRawTransactionByHash', txHash)
    assert.equal(keccakHash(hexToBytes(raw)), txHash)
  })

  test('a deposit shows its nonce the same way everywhere', async () => {
    const { transactions } = await get<{ transactions: Fields[] }>('eth_getBlockByNumber', 'latest', true)
    const deposit = transactions[0]
    assert.equal(deposit?.type, '0x7e')
    assert.deepEqual(await get('eth_getTransactionByHash', deposit?.hash), deposit)
    const receipt = await get<Fields>('eth_getTransactionReceipt', deposit?.hash)
    assert.equal(receipt.depositNonce, deposit?.nonce)
  })
})

describe('states', () => {
  test('by tag, number, and EIP-1898 object', async () => {
    const latest = await get<{ hash: string; number: string }>('eth_getBlockByNumber', 'latest', false)
    const balance = await get('eth_getBalance', from, 'latest')
    const ids = ['pending', latest.number, latest.hash, { blockNumber: latest.number }, { blockHash: latest.hash }]
    for (const id of [...ids, { blockHash: latest.hash, requireCanonical: true }, null, undefined]) {
      assert.equal(await get('eth_getBalance', from, id), balance, JSON.stringify(id))
    }
    assert.equal(await get('eth_getBalance', from), balance, 'latest is the default')
    assert.notEqual(await get('eth_getBalance', from, 'earliest'), balance)
  })

  test('a block that left the chain is answered by hash unless it must be canonical', async () => {
    const snapshot = await get('evm_snapshot')
    await get('eth_sendTransaction', { from, to: probe, data: probeCall('set', 55n) })
    const { hash } = await get<{ hash: string }>('eth_getBlockByNumber', 'latest', false)
    await get('evm_revert', snapshot)
    assert.equal(BigInt(await get('eth_getStorageAt', probe, '0x0', { blockHash: hash })), 55n)
    const { error } = await ask(node.url, 'eth_getStorageAt', [
      probe,
      '0x0',
      { blockHash: hash, requireCanonical: true },
    ])
    assert.deepEqual(error, { code: -32000, message: 'hash is not currently canonical' })
    assert.equal(BigInt(await get('eth_getStorageAt', probe, '0x0', 'latest')), 7n)
  })

  test('code, storage and nonce', async () => {
    assert.equal(await get('eth_getCode', probe, 'latest'), probeRuntime)
    assert.equal(await get('eth_getCode', from, 'latest'), '0x')
    assert.equal(await get('eth_getStorageAt', probe, '0x0', 'latest'), `0x${'7'.padStart(64, '0')}`)
    assert.equal(await get('eth_getStorageAt', probe, `0x${'00'.repeat(32)}`), `0x${'7'.padStart(64, '0')}`)
    assert.equal(await get('eth_getStorageAt', from, '0x5', 'latest'), `0x${'0'.repeat(64)}`)
    assert.equal(await get('eth_getTransactionCount', from, 'earliest'), '0x0')
  })

  test('the pending nonce counts pooled transactions', async () => {
    const sender = node.accounts[1]!.address
    await get('evm_setAutomine', false)
    const hash = await get('eth_sendTransaction', { from: sender, to: probe, value: '0x1', gas: '0xffff' })
    await get('eth_sendTransaction', { from: sender, to: probe, value: '0x1', gas: '0xffff', nonce: '0x5' })
    assert.equal(await get('eth_getTransactionCount', sender, 'pending'), '0x1')
    assert.equal(await get('eth_getTransactionCount', sender, 'latest'), '0x0')
    assert.deepEqual(await get('txpool_status'), { pending: '0x1', queued: '0x1' })
    const tx = await get<Fields>('eth_getTransactionByHash', hash)
    assert.deepEqual([tx.blockHash, tx.blockNumber, tx.transactionIndex], [null, null, null])
    assert.equal(await get('eth_getTransactionReceipt', hash), null)
    const content = await get<{ pending: Record<string, Record<string, Fields>> }>('txpool_content')
    const checksummed = '0x70997970C51812dc3A010C7d01b50e0d17dc79C8'
    assert.equal(content.pending[checksummed]?.[0]?.hash, hash)
    const own = await get<{ pending: Record<string, Fields>; queued: Record<string, Fields> }>(
      'txpool_contentFrom',
      sender,
    )
    assert.deepEqual([Object.keys(own.pending), Object.keys(own.queued)], [['0'], ['5']])
    const lines = await get<{ pending: Record<string, Record<string, string>> }>('txpool_inspect')
    assert.match(lines.pending[checksummed]?.[0] ?? '', /^0x[0-9a-fA-F]{40}: 1 wei \+ 65535 gas × \d+ wei$/)
    await get('evm_setAutomine', true)
    await get('evm_mine')
  })

  test('proofs lead from the state root to the values', async () => {
    const { stateRoot } = await get<{ stateRoot: string }>('eth_getBlockByNumber', 'latest', false)
    type Proof = { accountProof: Hex[]; storageHash: Hex; storageProof: { key: string; value: string; proof: Hex[] }[] }
    const proof = await get<Proof>('eth_getProof', probe, ['0x0', `0x${'00'.repeat(31)}09`], 'latest')
    assert.equal(keccakHash(hexToBytes(proof.accountProof[0]!)), stateRoot)
    const leaf = decodeRlp(hexToBytes(proof.accountProof.at(-1)!)) as readonly Uint8Array[]
    assert.ok(Buffer.from(leaf[1]!).includes(Buffer.from(hexToBytes(proof.storageHash))))
    const [value, absent] = proof.storageProof
    assert.deepEqual([value?.key, value?.value, absent?.value], ['0x0', '0x7', '0x0'])
    assert.equal(keccakHash(hexToBytes(value!.proof[0]!)), proof.storageHash)
    const nobody = await get<Proof & Fields>('eth_getProof', `0x${'ee'.repeat(20)}`, [], 'latest')
    assert.deepEqual([nobody.balance, nobody.nonce], ['0x0', '0x0'])
    assert.equal(nobody.codeHash, keccakHash(new Uint8Array(0)))
  })
})

describe('fees', () => {
  test('the history covers the blocks asked for, newest last, with the next base fee at the end', async () => {
    const head = BigInt(await get('eth_blockNumber'))
    type History = { oldestBlock: string; baseFeePerGas: string[]; gasUsedRatio: number[]; reward: string[][] }
    const history = await get<History>('eth_feeHistory', '0x3', 'latest', [0, 50, 100])
    assert.equal(BigInt(history.oldestBlock), head - 2n)
    assert.deepEqual([history.baseFeePerGas.length, history.gasUsedRatio.length, history.reward.length], [4, 3, 3])
    assert.equal(history.baseFeePerGas[3], await get('eth_baseFee'))
    const { baseFeePerGas } = await get<{ baseFeePerGas: string }>('eth_getBlockByNumber', history.oldestBlock, false)
    assert.equal(history.baseFeePerGas[0], baseFeePerGas)
    const all = await get<History>('eth_feeHistory', 1000, 'latest')
    assert.equal(all.oldestBlock, '0x0')
    assert.equal(all.reward, undefined)
  })

  test('bad requests', async () => {
    const far = await ask(node.url, 'eth_feeHistory', ['0x1', '0xffffff', []])
    assert.match(far.error?.message ?? '', /^request beyond head block: requested 16777215, head \d+$/)
    for (const percentiles of [[101], [-1], [50, 20]]) {
      assert.match(
        (await ask(node.url, 'eth_feeHistory', ['0x1', 'latest', percentiles])).error?.message ?? '',
        /invalid reward percentile/,
      )
    }
  })

  test('the suggested price is taken by the next block', async () => {
    const gasPrice = await get('eth_gasPrice')
    const hash = await get('eth_sendTransaction', { from, to: probe, data: probeCall('set', 7n), gasPrice })
    const receipt = await get<Fields>('eth_getTransactionReceipt', hash)
    assert.deepEqual([receipt.status, receipt.effectiveGasPrice], ['0x1', gasPrice])
    assert.ok(BigInt(await get('eth_maxPriorityFeePerGas')) > 0n)
  })
})

test('small constants', async () => {
  assert.equal(await get('web3_sha3', '0x'), `0x${Buffer.from(keccak256(new Uint8Array(0))).toString('hex')}`)
  assert.equal(await get('web3_clientVersion'), 'OpenLedger/v0.0.0-test/linux-x64/node24')
  assert.equal(await get('net_listening'), true)
  assert.equal(await get('net_peerCount'), '0x0')
  assert.equal(await get('eth_syncing'), false)
  assert.equal(await get('eth_blobBaseFee'), '0x1')
  assert.equal((await get<string[]>('eth_accounts')).length, 10)
  const config = await get<{ current: Fields; next: unknown }>('eth_config')
  assert.deepEqual([config.current.chainId, config.next], ['0x7a69', null])
})

test('eth_sendRawTransactionSync answers the receipt, or the hash when it takes too long', async () => {
  const { result } = await ask(node.url, 'eth_signTransaction', [{ from, to: probe, data: probeCall('set', 7n) }])
  const { raw } = result as { raw: string }
  const receipt = await get<Fields>('eth_sendRawTransactionSync', raw)
  assert.equal(receipt.status, '0x1')
  await get('evm_setAutomine', false)
  const second = await ask(node.url, 'eth_signTransaction', [{ from, to: probe, data: probeCall('set', 7n) }])
  const { error } = await ask(node.url, 'eth_sendRawTransactionSync', [(second.result as { raw: string }).raw, 30])
  assert.equal(error?.code, 4)
  assert.match(String(error?.data), /^0x[0-9a-f]{64}$/)
  await get('evm_setAutomine', true)
  await get('evm_mine')
})

test('in a batch submissions that wait for their receipts do not wait for each other', async () => {
  const nonce = BigInt(await get('eth_getTransactionCount', from, 'latest'))
  const calls: object[] = []
  for (const [id, later] of [1n, 0n].entries()) {
    const fields = {
      from,
      to: probe,
      data: probeCall('set', 7n),
      gas: '0x20000',
      nonce: `0x${(nonce + later).toString(16)}`,
    }
    const { raw } = await get<{ raw: string }>('eth_signTransaction', fields)
    calls.push({ jsonrpc: '2.0', id, method: 'eth_sendRawTransactionSync', params: [raw, 5000] })
  }
  const answers = (await (await post(node.url, JSON.stringify(calls))).json()) as { result?: Fields }[]
  assert.deepEqual(
    answers.map(({ result }) => result?.status),
    ['0x1', '0x1'],
  )
})

test('a batch reads its own writes', async () => {
  const before = BigInt(await get('eth_getTransactionCount', from, 'latest'))
  const raws: string[] = []
  for (let i = 0n; i < 20n; i++) {
    const fields = {
      from,
      to: probe,
      value: '0x0',
      data: probeCall('set', i),
      gas: '0x20000',
      nonce: `0x${(before + i).toString(16)}`,
    }
    const { result } = await ask(node.url, 'eth_signTransaction', [fields])
    raws.push((result as { raw: string }).raw)
  }
  const sends = raws.map((raw, id) => ({ jsonrpc: '2.0', id, method: 'eth_sendRawTransaction', params: [raw] }))
  const nonce = { jsonrpc: '2.0', id: 'n', method: 'eth_getTransactionCount', params: [from, 'latest'] }
  const value = { jsonrpc: '2.0', id: 'v', method: 'eth_call', params: [{ to: probe, data: probeCall('value') }] }
  const answers = (await (await post(node.url, JSON.stringify([...sends, nonce, value]))).json()) as {
    result: string
  }[]
  assert.equal(answers.length, 22)
  assert.equal(BigInt(answers[20]!.result), before + 20n)
  assert.equal(BigInt(answers[21]!.result), 19n)
})

test('every method answers, with parameters missing or of the wrong kind, as JSON-RPC says', async () => {
  for (const { name, namespace, params, scope } of methodTable) {
    if (scope === 'rollup' || namespace === 'admin') continue
    const bare = await ask(node.url, name)
    const required = params.filter(({ optional }) => !optional).length
    if (required > 0 && !name.includes('subscribe')) assert.equal(bare.error?.code, -32602, name)
    const wrong = await ask(
      node.url,
      name,
      params.map(() => ({ nothing: [true] })),
    )
    assert.ok(wrong.error === undefined || wrong.error.code !== -32603, `${name}: ${JSON.stringify(wrong.error)}`)
    const many = await ask(node.url, name, new Array(9).fill('0x0'))
    if (!name.includes('subscribe')) assert.equal(many.error?.code, -32602, name)
  }
  const names = methodTable.map(({ name }) => name)
  assert.equal(new Set(names).size, names.length)
  await get('evm_setAutomine', true)
})

test('random parameters never break anything', async () => {
  const value = fc.oneof(
    fc.constantFrom('latest', 'pending', '0x0', '0x1', '0x', from, txHash, probe, null, true, {}, []),
    fc.bigInt({ min: 0n, max: 2n ** 64n }).map((number) => `0x${number.toString(16)}`),
    fc.record(
      {
        from: fc.constant(from),
        to: fc.constant(probe),
        data: fc.constantFrom('0x', '0x3fa4f245'),
        gas: fc.constant('0xffff'),
        address: fc.constant(probe),
      },
      { requiredKeys: [] },
    ),
    fc.jsonValue({ maxDepth: 3 }),
  )
  const methods = methodTable.filter(
    ({ name }) => !/mine|Mining|Automine|Timestamp|increaseTime|revert|Sync$/.test(name),
  )
  const property = fc.asyncProperty(
    fc.constantFrom(...methods),
    fc.array(value, { maxLength: 4 }),
    async ({ name }, params) => {
      const { error } = await ask(node.url, name, params)
      assert.notEqual(error?.code, -32603, `${name} ${JSON.stringify(params)}`)
    },
  )
  await fc.assert(property, { seed: 7, numRuns: 1000 })
})

const vectors = join(
  process.env.OPENLEDGER_VECTORS ?? join(import.meta.dirname, '../../../shared/vectors'),
  'execution-apis/tests',
)

test('answers have the members of the public vectors', {
  skip: existsSync(vectors) ? false : 'skipped: no vectors',
}, async () => {
  const { blockHash, blockNumber } = await get<Fields>('eth_getTransactionByHash', txHash)
  const ours: Record<string, readonly unknown[]> = {
    eth_getBlockByNumber: [blockNumber, true],
    eth_getBlockByHash: [blockHash, true],
    eth_getTransactionReceipt: [txHash],
    eth_getTransactionByHash: [txHash],
    eth_getBlockReceipts: [blockNumber],
    eth_getLogs: [{ fromBlock: 'earliest', toBlock: 'latest' }],
    eth_feeHistory: ['0x1', 'latest', [95, 99]],
    eth_capabilities: [],
    eth_syncing: [],
    eth_chainId: [],
    eth_blobBaseFee: [],
  }
  let compared = 0
  for (const [method, params] of Object.entries(ours)) {
    const folder = join(vectors, method)
    const expected = readdirSync(folder).flatMap((file) => resultsOf(readFileSync(join(folder, file), 'utf8')))
    const own = membersOf(await get<unknown>(method, ...params))
    // Fields of blobs, of receipts before Byzantium, and withdrawals are not of this chain.
    const foreign =
      /blobGasPrice|blobGasUsed|blobVersionedHashes|maxFeePerBlobGas|\.root|withdrawals|authorizationList|accessList|deleteStrategy|slotNumber|blockAccessList|balHash/
    const fits = expected.some((result) => {
      const members = [...membersOf(result)].filter((path) => !foreign.test(path))
      return members.every((path) => own.has(path))
    })
    assert.ok(expected.length === 0 || fits, `${method}: ${[...own].join(' ')}`)
    compared += expected.length
  }
  assert.ok(compared > 20, `${compared} vectors compared`)
})

/** Results in a vector file that are not null and not errors. */
function resultsOf(text: string): unknown[] {
  return text
    .split('\n')
    .filter((line) => line.startsWith('<< '))
    .map((line) => (JSON.parse(line.slice(3)) as { result?: unknown }).result)
    .filter((result) => result !== undefined && result !== null)
}

/** All paths of members, and the kind of each value; the elements of a list count as one. */
function membersOf(value: unknown, path = ''): Set<string> {
  if (Array.isArray(value)) return new Set(value.flatMap((item) => [...membersOf(item, `${path}[]`)]))
  if (typeof value !== 'object' || value === null) return new Set([path])
  return new Set(Object.entries(value).flatMap(([name, member]) => [...membersOf(member, `${path}.${name}`)]))
}
