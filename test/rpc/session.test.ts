import assert from 'node:assert/strict'
import { EventEmitter } from 'node:events'
import { test } from 'node:test'
import { createBudget } from '../../rpc/budget.ts'
import type { RpcContext } from '../../rpc/context.ts'
import { createDispatch } from '../../rpc/dispatch.ts'
import type { Feed, Listener } from '../../rpc/feed.ts'
import { devLimits } from '../../rpc/limits.ts'
import { method } from '../../rpc/method.ts'
import { subscribeMethods } from '../../rpc/methods/subscribe.ts'
import { type Socket, serveSocket } from '../../rpc/server/websocket.ts'

const wsBufferBytes = 10_000

/** One connection to a server whose method `a_slow` answers when `finish` is called. */
function setUp(budget = createBudget({ perCaller: 0, total: 1 << 20 })) {
  const listeners = new Set<Listener>()
  const feed: Feed = {
    add(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    close() {},
  }
  const limits = { ...devLimits, wsBufferBytes }
  let slow = Promise.withResolvers<string>()
  const dispatch = createDispatch({
    context: { limits, feed, submitter: { settle: () => undefined } } as unknown as RpcContext,
    methods: new Map(
      [...subscribeMethods, method({ name: 'a_slow', summary: '', handle: () => slow.promise })].map((row) => [
        row.name,
        row,
      ]),
    ),
    charge: () => undefined,
    onError: (thrown) => assert.fail(String(thrown)),
  })
  const socket = createSocket()
  serveSocket(socket, '203.0.113.1', { dispatch, limits, budget })
  const item = (name: string, params: readonly unknown[]) => ({ jsonrpc: '2.0', id: name, method: name, params })
  return {
    socket,
    listeners,
    /** A batch of one method after the other. */
    receive(...calls: readonly (readonly [name: string, ...params: unknown[]])[]) {
      socket.emit('message', Buffer.from(JSON.stringify(calls.map(([name, ...params]) => item(name, params)))), false)
    },
    announce(status: string) {
      for (const listener of listeners) {
        if (listener.kind !== 'syncing') continue
        listener.next({ startingBlock: 0n, currentBlock: 0n, highestBlock: 0n, stage: status })
      }
    },
    async finish() {
      slow.resolve('done')
      slow = Promise.withResolvers<string>()
      await settled()
    },
  }
}

function createSocket(): Socket & EventEmitter & { readonly sent: string[]; isTerminated: boolean } {
  const emitter = new EventEmitter()
  return Object.assign(emitter, {
    bufferedAmount: 0,
    sent: [] as string[],
    isTerminated: false,
    send(text: string) {
      this.sent.push(text)
    },
    terminate() {
      this.isTerminated = true
      setImmediate(() => emitter.emit('close'))
    },
    ping() {},
    pause() {},
    resume() {},
    close() {},
  })
}

async function settled(): Promise<void> {
  for (let i = 0; i < 5; i++) await new Promise((resolve) => setImmediate(resolve))
}

test('a subscription asked for on a connection that ended meanwhile is not made', async () => {
  const { socket, listeners, receive, finish } = setUp()
  receive(['eth_subscribe', 'syncing'], ['a_slow'], ['eth_subscribe', 'syncing'])
  await settled()
  assert.equal(listeners.size, 1)
  socket.emit('close')
  assert.equal(listeners.size, 0)
  await finish()
  assert.equal(listeners.size, 0)
  assert.deepEqual(socket.sent, [])
})

test('events wait for the answer with the id of their subscription', async () => {
  const { socket, receive, announce, finish } = setUp()
  receive(['eth_subscribe', 'syncing'], ['a_slow'])
  await settled()
  announce('a')
  announce('b')
  assert.deepEqual(socket.sent, [])
  await finish()
  announce('c')
  assert.deepEqual(
    socket.sent.map((text) => /"stage":"(\w)"/.exec(text)?.[1] ?? 'answer'),
    ['answer', 'a', 'b', 'c'],
  )
})

test('events that wait for an answer are bounded: the connection ends as with any slow reader', async () => {
  const { socket, listeners, receive, announce, finish } = setUp()
  receive(['eth_subscribe', 'syncing'], ['a_slow'])
  receive(['eth_subscribe', 'syncing'], ['a_slow'])
  await settled()
  // Two subscriptions of two messages share one bound.
  announce('x'.repeat(3000))
  assert.equal(socket.isTerminated, false)
  announce('x'.repeat(3000))
  assert.equal(socket.isTerminated, true)
  assert.equal(listeners.size, 0)
  await finish()
  assert.deepEqual(socket.sent, [])
})

test('events that waited no longer count once they are sent', async () => {
  const { socket, receive, announce, finish } = setUp()
  receive(['eth_subscribe', 'syncing'], ['a_slow'])
  await settled()
  announce('x'.repeat(9000))
  await finish()
  receive(['eth_subscribe', 'syncing'], ['a_slow'])
  await settled()
  announce('x'.repeat(9000))
  await finish()
  assert.equal(socket.isTerminated, false)
  assert.equal(socket.sent.length, 5, 'two answers, the first event once and the second one twice')
})

test('connections that leave too much unread together: the one with most ends', async () => {
  const budget = createBudget({ perCaller: 0, total: 12_000 })
  const [most, less] = [setUp(budget), setUp(budget)]
  for (const { receive } of [most, less]) receive(['eth_subscribe', 'syncing'])
  await settled()
  function leave({ socket, announce }: ReturnType<typeof setUp>, bufferedAmount: number): void {
    Object.assign(socket, { bufferedAmount })
    announce('a')
  }
  leave(most, 9000)
  leave(less, 3000)
  assert.deepEqual([most.socket.isTerminated, less.socket.isTerminated], [false, false])
  leave(less, 3001)
  assert.deepEqual([most.socket.isTerminated, less.socket.isTerminated], [true, false])
  leave(less, 9999)
  assert.equal(less.socket.isTerminated, false, 'what ended no longer counts')
})

test('events that wait for an answer count as unread', async () => {
  const budget = createBudget({ perCaller: 0, total: 4000 })
  const { socket, receive, announce } = setUp(budget)
  receive(['eth_subscribe', 'syncing'], ['a_slow'])
  await settled()
  announce('x'.repeat(3000))
  assert.equal(socket.isTerminated, false)
  announce('x'.repeat(3000))
  assert.equal(socket.isTerminated, true)
})
