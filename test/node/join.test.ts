import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, beforeEach, test } from 'node:test'
import { NodeError } from '../../core/errors.ts'
import { type Hash, zeroHash } from '../../core/hex.ts'
import { loadSpec } from '../../genesis/loadSpec.ts'
import { specToJson } from '../../genesis/specFile.ts'
import { addressesOf, joinNetwork } from '../../node/cli/join.ts'
import { createDataDir, type DataDir } from '../../node/data/dir.ts'
import { refusal, verbRunner } from './verbRunner.ts'

const hash = `0x${'5a'.repeat(32)}` as Hash
const spec = { ...loadSpec('devnet'), hash }
const good = {
  openledger_chainSpec: specToJson(spec) as unknown,
  openledger_network: { peerId: '12D3KooWa', addresses: ['/ip4/172.17.0.2/tcp/9222/p2p/12D3KooWa'] } as unknown,
}
const { signal } = new AbortController()

let answers: typeof good
let server: Server
let url: string
let dir: DataDir
let folder: string
before(async () => {
  server = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk: Buffer) => {
      body += chunk.toString()
    })
    request.on('end', () => {
      const { method } = JSON.parse(body) as { method: keyof typeof good }
      response.end(JSON.stringify({ jsonrpc: '2.0', id: 1, result: answers[method] }))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
beforeEach(() => {
  answers = good
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true })
  folder = mkdtempSync(join(tmpdir(), 'ol-join-test-'))
  dir = createDataDir(folder)
})
after(() => {
  rmSync(folder, { recursive: true, force: true })
  server.close()
})

test('a node says what its chain is and where its peers are', async () => {
  const joined = await joinNetwork(url, dir, signal)
  assert.deepEqual(joined.spec, spec)
  // The address of the container, and the host that is reached already.
  assert.deepEqual(joined.peers, ['/ip4/172.17.0.2/tcp/9222/p2p/12D3KooWa', '/ip4/127.0.0.1/tcp/9222/p2p/12D3KooWa'])
})

test('once joined, a later start does not need that node', async () => {
  const joined = await joinNetwork(url, dir, signal)
  assert.deepEqual(await joinNetwork('http://127.0.0.1:1', dir, signal), joined)
  // What is damaged is as good as nothing.
  writeFileSync(join(folder, 'joined.json'), readFileSync(join(folder, 'joined.json')).subarray(0, 100))
  await assert.rejects(joinNetwork('http://127.0.0.1:1', dir, signal), refusal(/no node answers at/, /URL/))
})

test('a throw-away folder keeps nothing', async () => {
  await joinNetwork(url, { ...dir, isKept: false }, signal)
  assert.equal(existsSync(join(folder, 'joined.json')), false)
})

test('a node without network is joined for its chain alone', async () => {
  answers = { ...good, openledger_network: null }
  assert.deepEqual((await joinNetwork(url, dir, signal)).peers, [])
})

for (const [name, wrong, message] of [
  ['no chain spec', { openledger_chainSpec: { name: 'x' } }, /chain spec of http.*: .*missing/],
  ['no genesis hash', { openledger_chainSpec: { ...specToJson(spec), hash: undefined } }, /does not tell the hash/],
  [
    'addresses that are none',
    { openledger_network: { peerId: 'x', addresses: ['a b'] } },
    /answered openledger_network/,
  ],
  [
    'more addresses than a node has',
    { openledger_network: { peerId: 'x', addresses: new Array<string>(65).fill('/ip4/127.0.0.1/tcp/1') } },
    /answered openledger_network/,
  ],
] as const) {
  test(`refuses a node that tells ${name}`, async () => {
    answers = { ...good, ...wrong } as typeof good
    await assert.rejects(
      joinNetwork(url, dir, signal),
      (error) => error instanceof NodeError && message.test(error.message),
    )
    assert.equal(existsSync(join(folder, 'joined.json')), false)
  })
}

test('peers are dialled by the name that reached the node, too', () => {
  const network = { peerId: 'p', addresses: ['/ip4/10.0.0.1/tcp/9300/p2p/p'] }
  assert.equal(addressesOf(network, 'https://node.example/rpc')[1], '/dns/node.example/tcp/9300/p2p/p')
  assert.equal(addressesOf(network, 'http://[2001:db8::1]:8545')[1], '/ip6/2001:db8::1/tcp/9300/p2p/p')
  assert.deepEqual(addressesOf(network, 'http://10.0.0.1:8545'), network.addresses)
  assert.deepEqual(addressesOf({ peerId: 'p', addresses: [] }, 'http://10.0.0.1:8545'), [])
})

test('replica wants an L1 where it cannot know one, and a URL', async () => {
  const replica = verbRunner<unknown>(url)
  await assert.rejects(replica('replica', '--join', 'node.example'), refusal(/--join is not/, /http:/))
  answers = { ...good, openledger_chainSpec: { ...specToJson(spec), chainId: 4711, hash: zeroHash } }
  await assert.rejects(replica('replica', '--join', url), refusal(/no L1 node/, /--l1-rpc/))
  answers = good
  await assert.rejects(replica('replica', '--join', url), refusal(/a replica needs a chain with an L1/, /./))
})
