import assert from 'node:assert/strict'
import { request as httpRequest } from 'node:http'
import { connect, type Socket } from 'node:net'
import { describe, test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { namespaces } from '../../rpc/method.ts'
import { selectMethods } from '../../rpc/methods/table.ts'
import { isAllowedHost } from '../../rpc/server/hosts.ts'
import { ListenError } from '../../rpc/server/listenError.ts'
import { createCharge } from '../../rpc/server/rate.ts'
import { type Answer, ask, type DevNode, post, request, startDevNode } from './devNode.ts'
import { connectWs } from './wsClient.ts'

async function withNode(
  parameters: Parameters<typeof startDevNode>,
  use: (node: DevNode) => Promise<void>,
): Promise<void> {
  const node = await startDevNode(...parameters)
  try {
    await use(node)
  } finally {
    await node.close()
  }
}

/** A request with headers that fetch does not let through. */
function raw(url: string, headers: Record<string, string>, method = 'POST'): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const sent = httpRequest(url, { method, headers }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString() }))
    })
    sent.on('error', reject)
    sent.end(method === 'POST' ? '{"jsonrpc":"2.0","id":1,"method":"eth_chainId"}' : undefined)
  })
}

describe('hosts', () => {
  test('addresses and allowed names pass, others do not', () => {
    const allowed = new Set(['localhost', 'node'])
    for (const host of [
      '127.0.0.1',
      '10.0.0.7:8545',
      '[::1]:8545',
      '[::1]',
      'localhost',
      'LocalHost:1',
      'node:8545',
      'node.',
    ]) {
      assert.ok(isAllowedHost(host, allowed), host)
    }
    for (const host of [
      'evil.com',
      'localhost.evil.com',
      'evil.com:8545',
      'node:x',
      '',
      '[evil]',
      '127.0.0.1.evil.com',
      'a b',
    ]) {
      assert.ok(!isAllowedHost(host, allowed), host)
    }
    assert.ok(isAllowedHost('evil.com', new Set(['*'])))
  })

  test('a refused one is told which flag to change', () =>
    withNode([], async ({ url }) => {
      const json = { 'content-type': 'application/json' }
      const refused = await raw(url, { ...json, host: 'evil.example' })
      assert.equal(refused.status, 403)
      assert.match(refused.body, /--http\.vhosts/)
      assert.doesNotMatch(refused.body, /evil/)
      assert.equal((await raw(url, { ...json, host: 'localhost:1' })).status, 200)
    }))
})

describe('origins', () => {
  const preflight = { origin: 'https://remix.ethereum.org', 'access-control-request-method': 'POST' }

  test('are all allowed on a development chain, for POST and OPTIONS', () =>
    withNode([{}, { origins: ['*'] }], async ({ url }) => {
      const options = await fetch(url, { method: 'OPTIONS', headers: preflight })
      assert.equal(options.status, 204)
      assert.equal(options.headers.get('access-control-allow-origin'), '*')
      const answer = await post(url, '{"jsonrpc":"2.0","id":1,"method":"eth_chainId"}', { origin: 'https://a.b' })
      assert.equal(answer.headers.get('access-control-allow-origin'), '*')
    }))

  test('are refused otherwise, for WebSocket too', () =>
    withNode([], async ({ url }) => {
      const options = await fetch(url, { method: 'OPTIONS', headers: preflight })
      assert.equal(options.headers.get('access-control-allow-origin'), null)
      const upgrade = { connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-version': '13' }
      const headers = { ...upgrade, 'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==', origin: 'https://evil.example' }
      assert.equal((await raw(url, headers, 'GET')).status, 403)
    }))

  test('are allowed one by one', () =>
    withNode([{}, { origins: ['https://a.example'] }], async ({ url }) => {
      const allow = async (origin: string) =>
        (await post(url, '{}', { origin })).headers.get('access-control-allow-origin')
      assert.equal(await allow('https://a.example'), 'https://a.example')
      assert.equal(await allow('https://b.example'), null)
    }))
})

describe('rate limit', () => {
  test('gives back units with time and never more than the burst', () => {
    let nowMs = 0
    const charge = createCharge({ rateUnitsPerSec: 10, rateBurst: 20 }, () => nowMs)
    assert.equal(charge('a', 20), undefined)
    assert.equal(charge('a', 1), 1)
    assert.equal(charge('b', 20), undefined, 'callers do not share')
    nowMs = 1000
    assert.equal(charge('a', 10), undefined)
    assert.equal(charge('a', 15), 2)
    nowMs = 60_000
    assert.equal(charge('a', 20), undefined)
    assert.equal(charge('a', 1), 1)
    nowMs = 120_000
    assert.equal(charge('a', 500), undefined, 'a dear request passes when nothing else was asked')
    nowMs = 130_000
    assert.equal(charge('a', 1), 39, 'and is paid off afterwards')
  })

  test('answers 429 with -32005 and when to come back', () =>
    withNode([{ rateUnitsPerSec: 10, rateBurst: 20 }], async ({ url }) => {
      const batch = JSON.stringify(new Array(20).fill({ jsonrpc: '2.0', id: 1, method: 'eth_chainId' }))
      assert.equal((await post(url, batch)).status, 200)
      const refused = await post(url, '{"jsonrpc":"2.0","id":"x","method":"eth_getLogs","params":[{}]}')
      assert.equal(refused.status, 429)
      assert.equal(refused.headers.get('retry-after'), '1')
      const { id, error } = (await refused.json()) as Answer
      assert.deepEqual([id, error?.code], ['x', -32005])
    }))
})

describe('behind a proxy', () => {
  const call = '{"jsonrpc":"2.0","id":1,"method":"eth_chainId"}'
  const nowMs = () => 0

  test('the caller is the last entry of X-Forwarded-For; those before it are the client’s own words', () =>
    withNode(
      [
        { rateUnitsPerSec: 1, rateBurst: 3 },
        { trustProxy: true, nowMs },
      ],
      async ({ url }) => {
        const statusFor = async (forwarded: string) => (await post(url, call, { 'x-forwarded-for': forwarded })).status
        const statuses = []
        for (let i = 1; i <= 4; i++) statuses.push(await statusFor(`198.51.100.${i}, 203.0.113.1`))
        assert.deepEqual(statuses, [200, 200, 200, 429], 'another first entry is no other caller')
        assert.equal(await statusFor('203.0.113.1, 203.0.113.2'), 200)
      },
    ))

  test('without trust in it the header says nothing', () =>
    withNode([{ rateUnitsPerSec: 1, rateBurst: 1 }, { nowMs }], async ({ url }) => {
      assert.equal((await post(url, call, { 'x-forwarded-for': '203.0.113.1' })).status, 200)
      assert.equal((await post(url, call, { 'x-forwarded-for': '203.0.113.2' })).status, 429)
    }))

  test('WebSockets and requests under way of one client are bounded, not those of the proxy', () =>
    withNode([{ connectionsPerIp: 2 }, { trustProxy: true }], async ({ url }) => {
      const sockets = [await upgrade(url, '203.0.113.1'), await upgrade(url, '203.0.113.1')]
      assert.deepEqual(
        sockets.map(({ status }) => status),
        [101, 101],
      )
      assert.equal((await upgrade(url, '203.0.113.1')).status, 429)
      const ask = async (ip: string) => (await post(url, call, { 'x-forwarded-for': ip })).status
      assert.equal(await ask('203.0.113.1'), 429)
      for (let i = 0; i < 5; i++) assert.equal(await ask('203.0.113.2'), 200, 'answered requests do not count')
      const other = await upgrade(url, '203.0.113.2')
      assert.equal(other.status, 101)
      sockets[0]?.socket.destroy()
      const until = performance.now() + 5000
      while ((await ask('203.0.113.1')) !== 200) assert.ok(performance.now() < until, 'a place given back is free')
      for (const { socket } of [...sockets, other]) socket.destroy()
    }))
})

/** Asks for a WebSocket as the proxy of a client; the status answered. */
async function upgrade(url: string, client: string): Promise<{ readonly status: number; readonly socket: Socket }> {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  socket.on('error', () => {})
  const head = ['GET / HTTP/1.1', `Host: ${hostname}`, 'Connection: Upgrade', 'Upgrade: websocket']
  const key = ['Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==']
  socket.write([...head, ...key, `X-Forwarded-For: ${client}`, '', ''].join('\r\n'))
  const answer = await new Promise<Buffer>((resolve, reject) => {
    socket.once('data', resolve)
    socket.once('close', () => reject(new Error('closed without an answer')))
  })
  return { status: Number(answer.toString().split(' ')[1]), socket }
}

describe('health and metrics', () => {
  const monitor = {
    live: () => ({ ok: true, report: { live: true } }),
    ready: async () => ({ ok: false, report: { ready: false, reasons: ['head_old'] } }),
    metrics: async () => ({ contentType: 'text/plain; version=0.0.4; charset=utf-8', text: 'up 1\n' }),
  }

  async function check(url: string): Promise<void> {
    const live = await fetch(`${url}/health/live`)
    assert.deepEqual([live.status, await live.json()], [200, { live: true }])
    const ready = await fetch(`${url}/health/ready`)
    assert.deepEqual([ready.status, await ready.json()], [503, { ready: false, reasons: ['head_old'] }])
    const metrics = await fetch(`${url}/metrics`)
    assert.equal(await metrics.text(), 'up 1\n')
    assert.match(metrics.headers.get('content-type') ?? '', /version=0\.0\.4/)
  }

  test('are on the main port', () => withNode([{}, { monitor }], ({ url }) => check(url)))

  test('or on one of their own, and then only there', async () => {
    const monitorAt = { host: '127.0.0.1', port: await freePort() }
    await withNode([{}, { monitor, monitorAt }], async ({ url }) => {
      await check(`http://127.0.0.1:${monitorAt.port}`)
      assert.equal((await fetch(`${url}/metrics`)).status, 404)
      assert.equal((await fetch(`http://127.0.0.1:${monitorAt.port}`, { method: 'POST' })).status, 404)
    })
  })
})

describe('a production server', () => {
  test('has no development methods, whatever its namespaces say', () => {
    const methods = selectMethods(new Set(namespaces), { solo: false, rollup: true })
    const solo = selectMethods(new Set(namespaces), { solo: true, rollup: false })
    for (const name of ['evm_mine', 'hardhat_setBalance', 'anvil_nodeInfo', 'eth_sendTransaction', 'personal_sign']) {
      assert.deepEqual([methods.has(name), solo.has(name)], [false, true], name)
    }
    assert.ok(methods.has('eth_accounts'))
  })

  test('serves only its namespaces', () =>
    withNode([{}, { namespaces: ['eth', 'net'] }], async ({ url }) => {
      assert.deepEqual(await request<object>(url, 'rpc_modules'), { eth: '1.0', net: '1.0', rpc: '1.0' })
      for (const method of ['web3_clientVersion', 'txpool_status', 'evm_mine', 'hardhat_getAutomine']) {
        const { error } = await ask(url, method)
        assert.deepEqual(
          [error?.code, error?.message],
          [-32601, `the method ${method} does not exist/is not available`],
        )
      }
    }))

  test('gives nothing away of what goes wrong inside', () =>
    withNode(
      [{}, { calls: { run: () => Promise.reject(new Error('secret /etc/passwd')), close: async () => {} } }],
      async (node) => {
        const { error } = await ask(node.url, 'eth_call', [{ to: `0x${'00'.repeat(20)}` }])
        assert.deepEqual(error, { code: -32603, message: 'internal error' })
        assert.match(String(node.errors[0]), /secret/, 'the operator is told')
      },
    ))

  test('compresses long answers for clients that ask', () =>
    withNode([{}, { gzip: true }], async ({ url }) => {
      const body = JSON.stringify(
        new Array(50).fill({ jsonrpc: '2.0', id: 1, method: 'eth_getBlockByNumber', params: ['latest', false] }),
      )
      const { hostname, port } = new URL(url)
      const head = [
        'POST / HTTP/1.1',
        `Host: ${hostname}`,
        'Content-Type: application/json',
        'Accept-Encoding: gzip',
        'Connection: close',
      ]
      const socket = connect(Number(port), hostname)
      socket.write(`${head.join('\r\n')}\r\nContent-Length: ${body.length}\r\n\r\n${body}`)
      const chunks: Buffer[] = []
      for await (const chunk of socket) chunks.push(chunk as Buffer)
      const all = Buffer.concat(chunks)
      const split = all.indexOf('\r\n\r\n')
      assert.match(all.subarray(0, split).toString(), /content-encoding: gzip/i)
      assert.equal((JSON.parse(gunzipSync(all.subarray(split + 4)).toString()) as unknown[]).length, 50)
    }))

  test('bounds the size of an answer', () =>
    withNode([{ responseBytes: 20_000 }], async ({ url }) => {
      const item = { jsonrpc: '2.0', id: 1, method: 'eth_getBlockByNumber', params: ['latest', true] }
      const response = await post(url, JSON.stringify(new Array(30).fill(item)))
      const answers = (await response.json()) as Answer[]
      assert.equal(answers.length, 30)
      assert.ok(answers[0]?.result !== undefined)
      assert.deepEqual(answers.at(-1)?.error, { code: -32003, message: 'response too large' })
    }))

  test('says what is wrong with its port', () =>
    withNode([], async ({ url }) => {
      const taken = Number(new URL(url).port)
      await assert.rejects(
        startDevNode({}, { port: taken }),
        (thrown) =>
          thrown instanceof ListenError &&
          thrown.code === 'port_in_use' &&
          thrown.server === 'main' &&
          thrown.errno === 'EADDRINUSE' &&
          thrown.fix !== undefined,
      )
      const monitor = { live: () => ({ ok: true, report: {} }), ready: () => ({ ok: true, report: {} }) }
      await assert.rejects(
        startDevNode({}, { monitor, monitorAt: { host: '127.0.0.1', port: taken } }),
        (thrown) => thrown instanceof ListenError && thrown.server === 'monitor',
      )
    }))
})

describe('slow and many clients', () => {
  test('a request that does not end is ended', { timeout: 20_000 }, () =>
    withNode([{ requestTimeoutMs: 300 }], async ({ url }) => {
      const { hostname, port } = new URL(url)
      const socket = connect(Number(port), hostname)
      socket.write(
        `POST / HTTP/1.1\r\nHost: ${hostname}\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{`,
      )
      let answer = ''
      socket.on('data', (chunk: Buffer) => {
        answer += chunk.toString()
      })
      await new Promise((resolve) => socket.once('close', resolve))
      assert.match(answer, /^HTTP\/1\.1 408/)
      assert.equal(await request(url, 'eth_chainId'), '0x7a69')
    }),
  )

  test('connections over the limit are dropped', () =>
    withNode([{ connections: 2 }], async ({ url }) => {
      const { hostname, port } = new URL(url)
      const sockets = [0, 1, 2].map(() => connect(Number(port), hostname))
      for (const socket of sockets) socket.on('error', () => {})
      await new Promise((resolve) => sockets[2]?.once('close', resolve))
      assert.deepEqual(
        sockets.slice(0, 2).map(({ destroyed }) => destroyed),
        [false, false],
      )
      for (const socket of sockets) socket.destroy()
    }))

  test('closing takes no longer than it must, with connections open', async () => {
    const node = await startDevNode()
    const ws = await connectWs(node.wsUrl)
    await request(node.url, 'eth_chainId')
    const start = performance.now()
    await node.close()
    assert.ok(performance.now() - start < 1500)
    assert.equal((await ws.closed).code, 1001)
  })

  test('hostile bodies are refused one by one, and a fair request beside them is answered', () =>
    withNode([], async ({ url }) => {
      const many = (text: string, count: number) => new Array(count).fill(text).join(',')
      const keys = Array.from({ length: 24_000 }, (_, i) => `"k${i}":0`).join(',')
      const bodies = [
        '['.repeat(1 << 20),
        `[${many('[]', 300_000)}]`,
        `{${keys}}`,
        '1'.repeat(1 << 20),
        `"${'\\'.repeat(1 << 20)}`,
      ]
      const fair = request(url, 'eth_chainId')
      const answers = await Promise.all(bodies.map(async (body) => await (await post(url, body)).text()))
      for (const answer of answers) assert.match(answer, /"error":\{"code":-32(?:600|700)/)
      assert.equal(await fair, '0x7a69')
    }))
})

async function freePort(): Promise<number> {
  const { createServer } = await import('node:net')
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address !== null ? address.port : 0
}
