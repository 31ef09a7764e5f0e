import assert from 'node:assert/strict'
import { EventEmitter } from 'node:events'
import { Agent, request as httpRequest, type ServerResponse } from 'node:http'
import { connect, type Socket } from 'node:net'
import { after, before, describe, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { createBudget } from '../../rpc/budget.ts'
import { createHoldAnswer } from '../../rpc/server/unread.ts'
import { type DevNode, post, startDevNode } from './devNode.ts'

const requestTimeoutMs = 300
/** The contract with the longest code: an answer with many copies does not fit into the system's buffers. */
const longCode = { jsonrpc: '2.0', id: 1, method: 'eth_getCode', params: [`0x42${'00'.repeat(18)}16`, 'latest'] }
const chainId = { jsonrpc: '2.0', id: 1, method: 'eth_chainId' }

let node: DevNode
let longBatch: string
before(async () => {
  node = await startDevNode({ requestTimeoutMs, batchItems: 10_000 })
  const one = (await (await post(node.url, JSON.stringify(longCode))).text()).length
  longBatch = JSON.stringify(new Array(Math.floor((9 << 20) / one)).fill(longCode))
})
after(() => node.close())

function write(socket: Socket, body: string): void {
  const head = ['POST / HTTP/1.1', 'Host: 127.0.0.1', 'Content-Type: application/json']
  socket.write(`${head.join('\r\n')}\r\nContent-Length: ${body.length}\r\n\r\n${body}`)
}

/** Sends the body and never reads; how long the connection lasted in ms. */
async function neverRead(body: string, count: number, url = node.url): Promise<number> {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  socket.pause()
  socket.on('error', () => {})
  const start = performance.now()
  for (let i = 0; i < count; i++) write(socket, body)
  // A paused socket does not see its end: what is still written to it fails then.
  while (!socket.destroyed && performance.now() - start < 10_000) {
    socket.write('\r\n')
    await wait(50)
  }
  const lasted = performance.now() - start
  const wasEnded = socket.destroyed
  socket.destroy()
  assert.ok(wasEnded, 'the server ends the connection')
  return lasted
}

describe('an answer that nobody reads', { timeout: 30_000 }, () => {
  test('ends the connection after the time for it', async () => {
    assert.ok((await neverRead(longBatch, 1)) >= requestTimeoutMs)
  })

  test('also the first of several answers asked for at once', async () => {
    assert.ok((await neverRead(longBatch, 3)) >= requestTimeoutMs)
  })
})

test('too many unread bytes end the connection that holds most, long before its time', {
  timeout: 30_000,
}, async () => {
  // Each connection leaves 8 MiB and more.
  const own = await startDevNode({ unreadBytes: 12 << 20, batchItems: 10_000 })
  const { hostname, port } = new URL(own.url)
  const small = connect(Number(port), hostname)
  small.on('error', () => {})
  try {
    write(small, JSON.stringify(chainId))
    assert.ok((await neverRead(longBatch, 2, own.url)) < 10_000)
    assert.equal(small.destroyed, false)
    assert.equal((await post(own.url, longBatch)).status, 200, 'what was given up no longer counts')
  } finally {
    small.destroy()
    await own.close()
  }
})

test('each answer that a proxy passes on counts for its own client', async () => {
  const budget = createBudget({ perCaller: 10, total: 1000 })
  const hold = createHoldAnswer(budget)
  const connection = (remoteAddress: string) => {
    const socket = Object.assign(new EventEmitter(), { remoteAddress, destroyed: false })
    return Object.assign(socket, { destroy: () => Object.assign(socket, { destroyed: true }) })
  }
  const answer = (socket: object, caller: string, bytes: number) => {
    const response = Object.assign(new EventEmitter(), { req: { socket } }) as unknown as ServerResponse
    hold(response, caller, bytes)
    return response
  }
  const own = connection('203.0.113.9')
  answer(own, '203.0.113.9', 6).emit('close')
  answer(own, '203.0.113.9', 6)
  assert.equal(own.destroyed, false, 'what was taken no longer counts')
  answer(own, '203.0.113.9', 6)
  assert.equal(own.destroyed, true, 'answers of one connection count together')
  const proxy = connection('10.0.0.1')
  for (const caller of ['203.0.113.1', '203.0.113.2', '203.0.113.3']) answer(proxy, caller, 6)
  assert.equal(proxy.destroyed, false)
  answer(proxy, '203.0.113.3', 6)
  assert.equal(proxy.destroyed, true)
})

test('a connection whose answers are read stays, also idle for longer than that time', {
  timeout: 10_000,
}, async () => {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const ask = (body: string) =>
    new Promise<{ readonly length: number; readonly port: number | undefined }>((resolve, reject) => {
      const headers = { 'content-type': 'application/json' }
      const sent = httpRequest(node.url, { method: 'POST', agent, headers }, (response) => {
        const port = response.socket.localPort
        let length = 0
        response.on('data', (chunk: Buffer) => {
          length += chunk.length
        })
        response.on('end', () => resolve({ length, port }))
      })
      sent.on('error', reject)
      sent.end(body)
    })
  try {
    const first = await ask(longBatch)
    assert.ok(first.length > 8 << 20)
    await wait(2 * requestTimeoutMs)
    const second = await ask(JSON.stringify(chainId))
    assert.equal(second.port, first.port, 'the same connection')
    await wait(2 * requestTimeoutMs)
    assert.equal((await ask(longBatch)).port, first.port)
  } finally {
    agent.destroy()
  }
})
