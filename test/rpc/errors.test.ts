import assert from 'node:assert/strict'
import { request as httpRequest } from 'node:http'
import { after, before, describe, test } from 'node:test'
import { bytesToHex } from '../../core/hex.ts'
import { keccak256 } from '../../core/keccak.ts'
import { curveOrder } from '../../core/secp256k1.ts'
import type { UnsignedTx } from '../../core/txEncode.ts'
import { envelope, signTx } from '../../core/txEnvelope.ts'
import { devLimits } from '../../rpc/limits.ts'
import { type Answer, ask, type DevNode, post, startDevNode } from './devNode.ts'

let node: DevNode
before(async () => {
  node = await startDevNode()
})
after(async () => {
  assert.deepEqual(node.errors, [], 'bad input is nothing to report')
  await node.close()
})

const account = '0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266'
const zeroHash = `0x${'00'.repeat(32)}`

async function codeOf(
  body: string | Uint8Array,
  headers?: Record<string, string>,
): Promise<[number, number | undefined]> {
  const response = await post(node.url, body, headers)
  const answer = (await response.json()) as Answer
  return [response.status, answer.error?.code]
}

describe('bodies', () => {
  const call = (fields: string) => `{"jsonrpc":"2.0",${fields}}`
  const cases: readonly (readonly [name: string, body: string, status: number, code: number | undefined])[] = [
    ['no body', '', 400, -32700],
    ['truncated JSON', '{"jsonrpc":"2.0","id":1,"method":"eth_chainId"', 400, -32700],
    ['a number JSON does not have', call('"id":1,"method":"eth_chainId","params":[NaN]'), 400, -32700],
    ['two bodies', `${call('"id":1,"method":"m"')}${call('"id":1,"method":"m"')}`, 400, -32700],
    ['a number', '1', 200, -32600],
    ['a string', '"eth_chainId"', 200, -32600],
    ['an empty object', '{}', 200, -32600],
    ['an empty batch', '[]', 200, -32600],
    ['no version', '{"id":1,"method":"eth_chainId"}', 200, -32600],
    ['no method', call('"id":1'), 200, -32600],
    ['an object as id', call('"id":{},"method":"eth_chainId"'), 200, -32600],
    ['an infinite id', call('"id":1e400,"method":"eth_chainId"'), 200, -32600],
    ['named parameters', call('"id":1,"method":"eth_chainId","params":{"a":1}'), 200, -32602],
    ['an unknown method', call('"id":1,"method":"eth_nothing"'), 200, -32601],
    ['a method of every object', call('"id":1,"method":"constructor"'), 200, -32601],
    ['deep nesting', `[${'['.repeat(100_000)}`, 200, -32600],
    [
      'one request too many',
      `[${new Array(devLimits.batchItems + 1).fill(call('"id":1,"method":"eth_chainId"')).join(',')}]`,
      200,
      -32600,
    ],
    ['100,000 requests', `[${new Array(100_000).fill('1').join(',')}]`, 200, -32600],
    ['unknown members', call('"id":1,"method":"eth_chainId","extra":[1],"params":null'), 200, undefined],
    ['no parameters', call('"id":1,"method":"eth_chainId"'), 200, undefined],
  ]
  for (const [name, body, status, code] of cases) {
    test(name, async () => assert.deepEqual(await codeOf(body), [status, code]))
  }

  test('a body that is not UTF-8', async () => {
    assert.deepEqual(await codeOf(Uint8Array.of(0x7b, 0x22, 0xc3, 0x28, 0x22, 0x3a, 0x31, 0x7d)), [400, -32700])
  })

  test('a body over the limit', async () => {
    assert.deepEqual(await codeOf(' '.repeat((5 << 20) + 1)), [413, -32600])
  })

  test('a body over the limit that does not say so', async () => {
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const headers = { 'content-type': 'application/json', 'transfer-encoding': 'chunked' }
      const sent = httpRequest(node.url, { method: 'POST', headers }, (response) => {
        response.resume()
        resolve(response.statusCode)
      })
      sent.on('error', reject)
      for (let i = 0; i < 6; i++) sent.write(' '.repeat(1 << 20))
      sent.end()
    })
    assert.equal(status, 413)
  })

  test('notifications get no answer, alone or in a batch', async () => {
    const alone = await post(node.url, call('"method":"eth_chainId"'))
    assert.equal(alone.status, 204)
    assert.equal(await alone.text(), '')
    const batch = await post(node.url, `[${call('"method":"eth_chainId"')},${call('"method":"eth_nothing"')}]`)
    assert.equal(await batch.text(), '')
    const mixed = await post(node.url, `[${call('"method":"eth_chainId"')},${call('"id":7,"method":"eth_chainId"')}]`)
    assert.deepEqual(await mixed.json(), [{ jsonrpc: '2.0', id: 7, result: '0x7a69' }])
  })

  test('answers keep order, ids and bad items apart', async () => {
    const items = ['"id":"b","method":"eth_chainId"', '"id":2,"method":"no"', '"id":null,"method":"net_version"']
    const response = await post(node.url, `[${items.map(call).join(',')},5]`)
    const answers = (await response.json()) as Answer[]
    assert.deepEqual(
      answers.map(({ id }) => id),
      ['b', 2, null, null],
    )
    assert.deepEqual(
      answers.map(({ error }) => error?.code),
      [undefined, -32601, undefined, -32600],
    )
  })
})

describe('requests that are not JSON-RPC over POST', () => {
  const body = '{"jsonrpc":"2.0","id":1,"method":"eth_chainId"}'
  for (const type of [
    'text/plain',
    'application/x-www-form-urlencoded',
    'text/json',
    'application/jsonp',
    'application/json; charset=utf-16',
  ]) {
    test(`content type ${type}`, async () => {
      assert.deepEqual(await codeOf(body, { 'content-type': type }), [415, -32600])
    })
  }
  for (const type of [
    'application/json',
    'Application/JSON',
    'application/json; charset=utf-8',
    'application/json;charset=UTF-8',
    'application/json; charset="utf-8"',
  ]) {
    test(`content type ${type} is JSON`, async () => {
      assert.deepEqual(await codeOf(body, { 'content-type': type }), [200, undefined])
    })
  }
  test('a content type that is none', async () => {
    assert.equal((await post(node.url, body, { 'content-type': 'application/json, x' })).status, 415)
  })
  test('no content type', async () => {
    const response = await fetch(node.url, { method: 'POST', body: Buffer.from(body) })
    assert.equal(response.status, 415)
  })
  test('a compressed body', async () => {
    assert.deepEqual(await codeOf(body, { 'content-encoding': 'gzip' }), [415, -32600])
  })
  for (const method of ['PUT', 'DELETE', 'PATCH', 'OPTIONS']) {
    test(method, async () => {
      const response = await fetch(node.url, { method })
      assert.equal(response.status, 405)
      assert.match(response.headers.get('allow') ?? '', /POST/)
    })
  }
  test('GET / and HEAD / say that the server is there', async () => {
    assert.equal((await fetch(node.url)).status, 200)
    assert.equal((await fetch(node.url, { method: 'HEAD' })).status, 200)
  })
  test('other paths', async () => {
    assert.equal((await fetch(`${node.url}/nothing`)).status, 404)
    assert.equal((await fetch(`${node.url}/..%2f..%2fetc%2fpasswd`)).status, 404)
  })
})

describe('parameters', () => {
  const cases: readonly (readonly [method: string, params: readonly unknown[], message: RegExp])[] = [
    ['eth_getBalance', [], /missing value for required argument 0/],
    ['eth_getBalance', [account, 'latest', 'more'], /too many arguments, want at most 2/],
    ['eth_getBalance', ['0x1234'], /invalid argument 0: address expected/],
    ['eth_getBalance', [1], /invalid argument 0/],
    ['eth_getBalance', [account, 'newest'], /invalid argument 1: hex string without 0x prefix/],
    ['eth_getBalance', [account, '2'], /without 0x prefix/],
    ['eth_getBalance', [account, '0x'], /hex string "0x"/],
    ['eth_getBalance', [account, '0x01'], /leading zero digits/],
    ['eth_getBalance', [account, '0xzz'], /invalid hex string/],
    ['eth_getBalance', [account, `0x${'1'.repeat(17)}`], /> 64 bits/],
    ['eth_getBalance', [account, `0x${'1'.repeat(200_000)}`], /> 64 bits/],
    ['eth_getBalance', [account, { blockHash: '0x12' }], /blockHash: hash expected/],
    ['eth_getBalance', [account, { blockHash: zeroHash, blockNumber: '0x0' }], /cannot specify both/],
    ['eth_getBalance', [account, { blockHash: zeroHash, requireCanonical: 1 }], /requireCanonical/],
    ['eth_getBlockByNumber', ['latest', 'yes'], /invalid argument 1: boolean expected/],
    ['eth_getBlockByHash', ['0x1'], /hash expected/],
    ['eth_getStorageAt', [account, '0xg', 'latest'], /unable to decode storage key/],
    ['eth_getStorageAt', [account, `0x${'0'.repeat(65)}`, 'latest'], /unable to decode storage key/],
    ['eth_getProof', [account, 'x', 'latest'], /array expected/],
    ['eth_getProof', [account, new Array(1025).fill('0x0'), 'latest'], /too many slots: at most 1024/],
    ['eth_call', ['x'], /object expected/],
    ['eth_call', [{ to: account, data: '0x1' }], /odd length/],
    ['eth_call', [{ to: account, data: '0xzz' }], /invalid hex/],
    ['eth_call', [{ to: account, data: '0x01', input: '0x02' }], /both "data" and "input"/],
    ['eth_call', [{ to: account, value: '100' }], /value: hex string without 0x prefix/],
    ['eth_call', [{ to: account, value: `0x${'f'.repeat(65)}` }], /> 256 bits/],
    ['eth_call', [{ to: account, gasPrice: '0x1', maxFeePerGas: '0x1' }], /both gasPrice and/],
    [
      'eth_call',
      [{ to: account, maxFeePerGas: '0x1', maxPriorityFeePerGas: '0x2' }],
      /maxFeePerGas \(1\) < maxPriorityFeePerGas \(2\)/,
    ],
    ['eth_call', [{ to: account }, 'latest', { x: {} }], /a key is not an address/],
    ['eth_call', [{ to: account }, 'latest', JSON.parse('{"__proto__":{"balance":"0x1"}}')], /a key is not an address/],
    [
      'eth_call',
      [{ to: account }, 'latest', { [account]: { state: {}, stateDiff: {} } }],
      /has both 'state' and 'stateDiff'/,
    ],
    [
      'eth_call',
      [{ to: account }, 'latest', { [account]: { stateDiff: { '0x1': zeroHash } } }],
      /storage key is not 32 bytes/,
    ],
    [
      'eth_call',
      [{ to: account }, 'latest', { [account]: { movePrecompileToAddress: account } }],
      /movePrecompileToAddress is not supported/,
    ],
    ['eth_call', [{ to: account }, 'latest', {}, { number: 5 }], /number: hex quantity expected/],
    ['eth_call', [{ authorizationList: [] }], /EIP-7702 transaction cannot be used to create contract/],
    ['eth_call', [{ to: account, blobVersionedHashes: [zeroHash] }], /blob transactions are not supported/],
    ['eth_getLogs', [], /missing value/],
    [
      'eth_getLogs',
      [{ blockHash: zeroHash, fromBlock: '0x0' }],
      /cannot specify both BlockHash and FromBlock\/ToBlock, choose one or the other/,
    ],
    ['eth_getLogs', [{ fromBlock: '0x0', toBlock: '0xffff' }], /extends beyond current head/],
    ['eth_getLogs', [{ fromBlock: 'latest', toBlock: 'earliest', address: account, topics: [[]] }], /^$/],
    ['eth_getLogs', [{ address: new Array(1001).fill(account) }], /exceed max addresses: at most 1000/],
    ['eth_getLogs', [{ topics: [zeroHash, zeroHash, zeroHash, zeroHash, zeroHash] }], /exceed max topics/],
    ['eth_getLogs', [{ topics: [new Array(1001).fill(zeroHash)] }], /exceed max topics/],
    ['eth_getLogs', [{ topics: ['0x1'] }], /hash expected/],
    ['eth_newFilter', [{ blockHash: zeroHash }], /cannot install a filter on one block/],
    ['eth_newFilter', [{ fromBlock: '0x5', toBlock: '0x1' }], /invalid block range/],
    ['eth_sendRawTransaction', ['0x1'], /odd length/],
    ['eth_sendRawTransaction', ['0x'], /empty transaction/],
    ['web3_sha3', ['test'], /without 0x prefix/],
    ['hardhat_mine', ['0xffffff'], /at most 100000 blocks/],
    ['evm_increaseTime', [-1], /non-negative integer/],
    ['eth_signTypedData_v4', [account, '{'], /typed data expected/],
  ]
  for (const [method, params, message] of cases) {
    const shown = JSON.stringify(params).slice(0, 80)
    test(`${method} ${shown}`, async () => {
      const { error, result } = await ask(node.url, method, params)
      if (message.source === '^$') return assert.deepEqual(result, [])
      assert.equal(error?.code, -32602, JSON.stringify(error))
      assert.match(error?.message ?? '', message)
    })
  }

  test('a range the wrong way round', async () => {
    await ask(node.url, 'hardhat_mine', ['0x2'])
    const { error } = await ask(node.url, 'eth_getLogs', [{ fromBlock: '0x2', toBlock: '0x1' }])
    assert.deepEqual(error, { code: -32602, message: 'invalid block range params' })
  })

  test('nothing of it reached a prototype', () => {
    assert.equal(({} as { balance?: unknown }).balance, undefined)
  })
})

describe('blocks that are not there', () => {
  test('state methods say so in geth’s words', async () => {
    const unknown = `0x${'12'.repeat(32)}`
    const far = await ask(node.url, 'eth_getBalance', [account, '0xffffff'])
    assert.deepEqual(far.error, { code: -32000, message: 'header not found' })
    const byHash = await ask(node.url, 'eth_getCode', [account, { blockHash: unknown }])
    assert.deepEqual(byHash.error, { code: -32000, message: 'header for hash not found' })
    const call = await ask(node.url, 'eth_call', [{ to: account }, '0xffffff'])
    assert.deepEqual(call.error, { code: -32000, message: 'header not found' })
    const logs = await ask(node.url, 'eth_getLogs', [{ blockHash: unknown }])
    assert.deepEqual(logs.error, { code: -32000, message: 'unknown block' })
  })

  test('lookups answer null', async () => {
    const unknown = `0x${'12'.repeat(32)}`
    const lookups: readonly (readonly [string, readonly unknown[]])[] = [
      ['eth_getBlockByNumber', ['0xffffff', false]],
      ['eth_getBlockByHash', [unknown, true]],
      ['eth_getBlockReceipts', ['0xffffff']],
      ['eth_getTransactionByHash', [unknown]],
      ['eth_getTransactionReceipt', [unknown]],
      ['eth_getTransactionByBlockHashAndIndex', [unknown, '0x0']],
      ['eth_getTransactionByBlockNumberAndIndex', ['0x0', '0x5']],
      ['eth_getBlockTransactionCountByHash', [unknown]],
      ['eth_getUncleCountByBlockHash', [unknown]],
      ['eth_getUncleByBlockHashAndIndex', [unknown, '0x0']],
      ['eth_getRawTransactionByHash', [unknown]],
      ['eth_getHeaderByHash', [unknown]],
    ]
    for (const [method, params] of lookups) {
      assert.deepEqual(await ask(node.url, method, params), { jsonrpc: '2.0', id: 1, result: null }, method)
    }
  })
})

describe('transactions that are refused', () => {
  const key = () => node.accounts[9]!.privateKey
  const from = () => node.accounts[9]!.address
  const fields: UnsignedTx = {
    type: 2,
    chainId: 31337n,
    nonce: 0n,
    gas: 21_000n,
    to: undefined,
    value: 0n,
    data: new Uint8Array(0),
    maxFeePerGas: 10n ** 10n,
    maxPriorityFeePerGas: 10n ** 9n,
    accessList: [],
  }
  const to = `0x${'77'.repeat(20)}` as (typeof node.accounts)[0]['address']
  const transfer = { ...fields, to }
  const sign = (changes: object) => signTx({ ...transfer, ...changes } as UnsignedTx, key()).raw
  const cases: readonly (readonly [name: string, raw: () => Uint8Array, message: RegExp])[] = [
    ['garbage', () => Uint8Array.of(0xc0), /^invalid transaction encoding/],
    ['trailing bytes', () => Uint8Array.of(...sign({}), 0), /^invalid transaction encoding/],
    ['a blob transaction', () => Uint8Array.of(3, 0xc0), /^transaction type not supported/],
    ['an unknown type', () => Uint8Array.of(0x7f, 0xc0), /^transaction type not supported/],
    [
      'a deposit',
      () => {
        const sourceHash = zeroHash as Parameters<typeof envelope>[0] extends { sourceHash: infer H } ? H : never
        const deposit = {
          type: 0x7e,
          sourceHash,
          from: from(),
          to,
          mint: 1n,
          value: 0n,
          gas: 1n,
          isSystemTx: false,
        } as const
        return envelope({ ...deposit, data: new Uint8Array(0) }, from()).raw
      },
      /^transaction type not supported/,
    ],
    [
      'a high s',
      () => {
        const { tx } = signTx(transfer, key())
        return envelope({ ...tx, s: curveOrder - tx.s, yParity: tx.yParity === 0 ? 1 : 0 }, from()).raw
      },
      /^invalid sender/,
    ],
    [
      'an impersonated one',
      () => envelope({ ...transfer, r: BigInt(from()), s: 0n, yParity: 0 } as never, from()).raw,
      /^invalid sender/,
    ],
    ['another chain', () => sign({ chainId: 1n }), /^invalid chain id for signer/],
    ['too little gas', () => sign({ gas: 20_999n }), /^intrinsic gas too low/],
    [
      'too little gas for its data',
      () => sign({ gas: 21_100n, data: new Uint8Array(10).fill(1) }),
      /^(intrinsic gas too low|insufficient gas for floor data gas cost)/,
    ],
    [
      'more gas than a block has',
      () => sign({ gas: 2n ** 40n, maxFeePerGas: 1n, maxPriorityFeePerGas: 1n }),
      /^(exceeds block gas limit|transaction gas limit too high)/,
    ],
    ['no funds', () => sign({ value: 10n ** 27n }), /^insufficient funds for gas \* price \+ value/],
    [
      'a tip above the fee',
      () => sign({ maxPriorityFeePerGas: 10n ** 11n }),
      /^max priority fee per gas higher than max fee per gas/,
    ],
    [
      'a fee above the cap',
      () => sign({ maxFeePerGas: 10n ** 14n }),
      /^tx fee \(2\.10 OPEN\) exceeds the configured cap \(1\.00 OPEN\)/,
    ],
    ['too many bytes', () => sign({ data: new Uint8Array(129 * 1024) }), /^oversized data/],
    [
      'too much init code',
      () => signTx({ ...fields, gas: 10_000_000n, data: new Uint8Array(49_153) }, key()).raw,
      /^max initcode size exceeded/,
    ],
  ]
  for (const [name, raw, message] of cases) {
    test(name, async () => {
      const { error } = await ask(node.url, 'eth_sendRawTransaction', [bytesToHex(raw())])
      assert.equal(error?.code, -32000, JSON.stringify(error))
      assert.match(error?.message ?? '', message)
    })
  }

  test('a used nonce, a known transaction and a replacement that pays too little', async () => {
    const send = (changes: object) => ask(node.url, 'eth_sendRawTransaction', [bytesToHex(sign(changes))])
    assert.equal((await send({})).error, undefined)
    await ask(node.url, 'eth_blockNumber')
    assert.match((await send({ value: 1n })).error?.message ?? '', /^nonce too low/)
    assert.equal((await send({ nonce: 5n })).error, undefined)
    assert.match((await send({ nonce: 5n })).error?.message ?? '', /^already known/)
    assert.match((await send({ nonce: 5n, value: 1n })).error?.message ?? '', /^replacement transaction underpriced/)
  })

  test('a key nobody has funded', async () => {
    const { raw } = signTx(transfer, keccak256(Buffer.from('nobody')))
    const { error } = await ask(node.url, 'eth_sendRawTransaction', [bytesToHex(raw)])
    assert.match(error?.message ?? '', /^insufficient funds for gas \* price \+ value/)
  })
})
