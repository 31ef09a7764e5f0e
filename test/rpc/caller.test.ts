import assert from 'node:assert/strict'
import { EventEmitter } from 'node:events'
import { PassThrough } from 'node:stream'
import { test } from 'node:test'
import fastify from 'fastify'
import { callerOf, isLocal } from '../../rpc/caller.ts'
import { defaultLimits, devLimits, type RpcLimits } from '../../rpc/limits.ts'
import { shareConnections } from '../../rpc/server/share.ts'
import { createShares } from '../../rpc/shares.ts'

test('a caller is an IPv4 address or an IPv6 network, however it is written', () => {
  for (const [ip, caller] of [
    ['203.0.113.7', '203.0.113.7'],
    ['::ffff:203.0.113.7', '203.0.113.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:DB8:0001:2::', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['2001:db8::1:2:203.0.113.7', '2001:db8:0:0::/64'],
    ['::1:2:3:4:5:6', '0:0:1:2::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['::1', '::1'],
    ['0:0:0:0:0:0:0:1', '::1'],
    ['203.0.113.7:51234', '203.0.113.7'],
    ['[::ffff:203.0.113.7]:51234', '203.0.113.7'],
    ['[2001:db8:1:2::9]:51234', '2001:db8:1:2::/64'],
    ['[2001:db8:1:2::9]', '2001:db8:1:2::/64'],
    ['::ffff:cb00:7107', '203.0.113.7'],
    ['0:0:0:0:0:ffff:cb00:7107', '203.0.113.7'],
    ['::FFFF:7f00:1', '127.0.0.1'],
    ['[2001:db8::zz]:1', '[2001:db8::zz]:1'],
    ['unknown', 'unknown'],
    ['x'.repeat(100), 'x'.repeat(64)],
    [`:${'x'.repeat(100)}`, `:${'x'.repeat(63)}`],
  ] as const) {
    assert.equal(callerOf(ip), caller)
    assert.equal(callerOf(caller), caller, 'of a caller it is the same')
  }
})

test('this machine is 127.0.0.0/8 and ::1', () => {
  for (const ip of ['127.0.0.1', '127.9.8.7', '::ffff:127.0.0.1', '::ffff:7f00:1', '::1', '127.0.0.1:80', '[::1]:80'])
    assert.ok(isLocal(ip), ip)
  for (const ip of ['128.0.0.1', '10.127.0.1', '::2', '127.0.0.1.evil.example', '']) assert.ok(!isLocal(ip), ip)
})

test('a caller holds no more than its share, and what it gives back it can take again', () => {
  const take = createShares(2)
  const first = take('203.0.113.1')
  assert.ok(first !== undefined && take('203.0.113.1') !== undefined)
  assert.equal(take('203.0.113.1'), undefined)
  assert.ok(take('203.0.113.2') !== undefined, 'others have their own')
  first()
  first()
  assert.ok(take('203.0.113.1') !== undefined)
  assert.equal(take('203.0.113.1'), undefined, 'given back once, whoever calls twice')
  for (let i = 0; i < 5; i++) assert.ok(take('127.0.0.1') !== undefined, 'this machine is not bounded')
  const unbounded = createShares(0)
  for (let i = 0; i < 5; i++) assert.ok(unbounded('203.0.113.1') !== undefined)
})

/** A server that hears of connections; `connect` answers whether one was let in, and how to end it. */
function setUp(limits: RpcLimits) {
  const app = fastify()
  const server = new EventEmitter()
  Object.defineProperty(app, 'server', { value: server })
  shareConnections(app, limits, false)
  return (remoteAddress: string) => {
    const socket = Object.assign(new PassThrough(), { remoteAddress })
    server.emit('connection', socket)
    return socket
  }
}

test('connections of one address are bounded, those of this machine and of development chains are not', async () => {
  const connect = setUp({ ...defaultLimits, connectionsPerIp: 2 })
  const [first] = [connect('203.0.113.1'), connect('203.0.113.1')]
  assert.equal(connect('203.0.113.1').destroyed, true)
  assert.equal(connect('203.0.113.2').destroyed, false)
  first?.destroy()
  await new Promise((resolve) => setImmediate(resolve))
  assert.equal(connect('203.0.113.1').destroyed, false)
  for (let i = 0; i < 1000; i++) assert.equal(connect('127.0.0.1').destroyed, false)
  const develop = setUp(devLimits)
  for (let i = 0; i < 1000; i++) assert.equal(develop('172.17.0.1').destroyed, false)
})
