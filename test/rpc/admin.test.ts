import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { request as httpRequest } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { zeroHash } from '../../core/hex.ts'
import type { PeerInfo } from '../../core/ports/net.ts'
import type { AdminOptions } from '../../rpc/admin.ts'
import type { Backend, NetBackend } from '../../rpc/backend.ts'
import { namespaces } from '../../rpc/method.ts'
import { checkBearer, createJwt } from '../../rpc/server/jwt.ts'
import { ListenError } from '../../rpc/server/listenError.ts'
import { type Answer, ask, type DevNode, post, startDevNode } from './devNode.ts'
import { connectWs } from './wsClient.ts'

const ref = { number: 7n, hash: zeroHash }
const peer: PeerInfo = {
  id: '12D3KooWpeer',
  address: '/ip4/192.0.2.1/tcp/9222/p2p/12D3KooWpeer',
  direction: 'outbound',
  sinceMs: 1_700_000_000_000,
  agent: undefined,
  latencyMs: 12,
  score: -3,
  isPersistent: true,
  topics: ['blocks'],
  status: { genesis: zeroHash, unsafe: ref, safe: ref, finalized: ref },
  messages: { accepted: 1, ignored: 2, rejected: 3 },
}
const added: string[] = []
const removed: string[] = []
const net: NetBackend = {
  info: async () => ({ id: '12D3KooWme', addresses: ['/ip4/127.0.0.1/tcp/9222/p2p/12D3KooWme'], peers: 18, banned: 1 }),
  peers: async () => [peer],
  addPeer: async (address) => added.push(address) > 0,
  removePeer: async (id) => removed.push(id) > 0,
}

const secret = Buffer.from('07'.repeat(32), 'hex')
const folder = mkdtempSync(join(tmpdir(), 'ol-admin-test-'))
const socket = join(folder, 'admin.sock')
const nowSec = () => Date.now() / 1000

async function withAdmin(admin: AdminOptions, backend: Partial<Backend> = { net }): Promise<DevNode> {
  return await startDevNode({}, (own) => ({ backend: { ...own, ...backend }, namespaces, admin }))
}

/** One JSON-RPC call over a Unix socket. */
function askSocket(path: string, method: string, params: readonly unknown[] = []): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json' }
    const sent = httpRequest({ socketPath: path, method: 'POST', path: '/', headers }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () => resolve(JSON.parse(Buffer.concat(chunks).toString()) as Answer))
    })
    sent.on('error', reject)
    sent.end(JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }))
  })
}

describe('the admin socket', () => {
  let node: DevNode
  before(async () => {
    // As a node that was killed leaves it.
    writeFileSync(socket, '')
    node = await withAdmin({ socket, tcp: undefined })
  })
  after(async () => {
    await node.close()
    rmSync(folder, { recursive: true, force: true })
  })

  test('is for its user only', () => {
    assert.equal(statSync(socket).mode & 0o777, 0o600)
  })

  test('tells this node and its peers, and takes and forgets them', async () => {
    const { result: info } = await askSocket(socket, 'admin_nodeInfo')
    assert.deepEqual(
      { ...(info as object), protocols: undefined },
      {
        id: '12D3KooWme',
        name: 'OpenLedger/v0.0.0-test/linux-x64/node24',
        listenAddr: '/ip4/127.0.0.1/tcp/9222/p2p/12D3KooWme',
        addresses: ['/ip4/127.0.0.1/tcp/9222/p2p/12D3KooWme'],
        peers: 18,
        banned: 1,
        protocols: undefined,
      },
    )
    const { result: peers } = await askSocket(socket, 'admin_peers')
    assert.deepEqual(peers, [
      {
        id: '12D3KooWpeer',
        name: null,
        network: {
          remoteAddress: '/ip4/192.0.2.1/tcp/9222/p2p/12D3KooWpeer',
          inbound: false,
          static: true,
          connectedSince: '2023-11-14T22:13:20.000Z',
          latencyMs: 12,
        },
        score: -3,
        topics: ['blocks'],
        messages: { accepted: 1, ignored: 2, rejected: 3 },
        protocols: {
          openledger: {
            genesis: zeroHash,
            unsafe: { number: '0x7', hash: zeroHash },
            safe: { number: '0x7', hash: zeroHash },
            finalized: { number: '0x7', hash: zeroHash },
          },
        },
      },
    ])
    assert.equal((await askSocket(socket, 'admin_addPeer', [peer.address])).result, true)
    assert.equal((await askSocket(socket, 'admin_removePeer', [peer.address])).result, true)
    assert.equal((await askSocket(socket, 'admin_removePeer', ['12D3KooWother'])).result, true)
    assert.deepEqual([added, removed], [[peer.address], ['12D3KooWpeer', '12D3KooWother']])
    for (const wrong of ['', 'a b', 'x'.repeat(513), 7]) {
      assert.equal((await askSocket(socket, 'admin_addPeer', [wrong])).error?.code, -32602)
    }
  })

  test('serves every other method too', async () => {
    assert.equal((await askSocket(socket, 'eth_chainId')).result, '0x7a69')
    assert.ok('admin' in ((await askSocket(socket, 'rpc_modules')).result as object))
  })

  test('is the only place of the admin methods', async () => {
    for (const method of ['admin_nodeInfo', 'admin_peers', 'admin_addPeer', 'admin_removePeer']) {
      assert.equal((await ask(node.url, method, method.endsWith('Peer') ? ['x'] : [])).error?.code, -32601)
    }
    assert.ok(!('admin' in ((await ask(node.url, 'rpc_modules')).result as object)))
    assert.equal((await ask(node.url, 'net_peerCount')).result, '0x12')
    assert.equal((await ask(node.url, 'net_listening')).result, true)
  })
})

describe('without a network', () => {
  test('admin methods say so, and there are no peers', async () => {
    const path = join(mkdtempSync(join(tmpdir(), 'ol-admin-test-')), 'admin.sock')
    const node = await withAdmin({ socket: path, tcp: undefined }, {})
    try {
      const { error } = await askSocket(path, 'admin_peers')
      assert.match(error?.message ?? '', /takes no part in the network/)
      assert.equal((await ask(node.url, 'net_peerCount')).result, '0x0')
    } finally {
      await node.close()
      rmSync(join(path, '..'), { recursive: true, force: true })
    }
  })

  test('a socket that cannot be made is reported, and the node serves without it', async () => {
    const node = await withAdmin({ socket: `/tmp/${'x'.repeat(200)}/admin.sock`, tcp: undefined })
    try {
      assert.equal(node.errors.length, 1)
      assert.equal((await ask(node.url, 'eth_chainId')).result, '0x7a69')
    } finally {
      await node.close()
    }
  })
})

describe('the admin port', () => {
  test('answers whoever knows the secret, and nobody else', async () => {
    const node = await startDevNode({}, (own) => {
      return { backend: { ...own, net }, admin: { socket: undefined, tcp: { host: '127.0.0.1', port: 0, secret } } }
    })
    try {
      assert.ok(node.adminPort !== undefined && node.adminPort > 0)
      const url = `http://127.0.0.1:${node.adminPort}`
      const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'admin_nodeInfo', params: [] })
      const good = await post(url, body, { authorization: `Bearer ${createJwt(secret, nowSec())}` })
      assert.equal(good.status, 200)
      assert.equal(((await good.json()) as { result: { id: string } }).result.id, '12D3KooWme')
      for (const headers of [
        {},
        { authorization: `Bearer ${createJwt(Buffer.alloc(32), nowSec())}` },
        { authorization: `Bearer ${createJwt(secret, nowSec() - 120)}` },
      ]) {
        const refused = await post(url, body, headers)
        assert.equal(refused.status, 401)
        assert.doesNotMatch(await refused.text(), /12D3/)
      }
      await assert.rejects(connectWs(`ws://127.0.0.1:${node.adminPort}`))
    } finally {
      await node.close()
    }
  })

  test('that is taken stops the start, and says which server it was', async () => {
    const first = await startDevNode({}, { admin: { socket: undefined, tcp: { host: '127.0.0.1', port: 0, secret } } })
    try {
      const tcp = { host: '127.0.0.1', port: first.adminPort ?? 0, secret }
      await assert.rejects(startDevNode({}, { admin: { socket: undefined, tcp } }), (error) => {
        return error instanceof ListenError && error.server === 'admin' && error.errno === 'EADDRINUSE'
      })
    } finally {
      await first.close()
    }
  })
})

describe('tokens', () => {
  const encoded = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const signed = (header: unknown, payload: unknown, key: Uint8Array = secret) => {
    const text = `${encoded(header)}.${encoded(payload)}`
    return `Bearer ${text}.${createHmac('sha256', key).update(text).digest('base64url')}`
  }
  const header = { alg: 'HS256', typ: 'JWT' }

  test('are good for a minute around the time they were made at', () => {
    for (const iat of [1000, 940, 1060]) assert.equal(checkBearer(signed(header, { iat }), secret, 1000), undefined)
    assert.equal(checkBearer(signed({ alg: 'HS256' }, { iat: 1000, exp: 1001 }), secret, 1000), undefined)
    assert.equal(checkBearer(`Bearer ${createJwt(secret, 1000.9)}`, secret, 1000), undefined)
    for (const iat of [939, 1061, '1000', undefined, null]) {
      assert.match(checkBearer(signed(header, { iat }), secret, 1000) ?? '', /last 60 s/)
    }
    assert.match(checkBearer(signed(header, { iat: 1000, exp: 999 }), secret, 1000) ?? '', /expired/)
  })

  test('that prove nothing are refused', () => {
    const [head, payload] = [encoded({ alg: 'none' }), encoded({ iat: 1000 })]
    for (const [authorization, why] of [
      [undefined, /needed/],
      ['', /needed/],
      ['Basic YTpi', /needed/],
      [`Bearer ${head}.${payload}`, /needed/],
      [`Bearer ${head}.${payload}.`, /needed/],
      [`Bearer ${head}.${payload}.AA`, /HS256/],
      [signed({ alg: 'HS512' }, { iat: 1000 }), /HS256/],
      [signed(header, { iat: 1000 }, Buffer.alloc(32)), /signature/],
      [`${signed(header, { iat: 1000 })}AA`, /signature/],
      [signed(header, 7), /last 60 s/],
      [`Bearer ${'a'.repeat(10_000)}.b.c`, /needed/],
    ] as const) {
      assert.match(checkBearer(authorization, secret, 1000) ?? 'accepted', why)
    }
  })
})
