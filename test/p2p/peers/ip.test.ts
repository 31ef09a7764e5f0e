import assert from 'node:assert/strict'
import { test } from 'node:test'
import { NodeError } from '../../../core/errors.ts'
import { isLocalIp, plainIp, subnetOf } from '../../../p2p/peers/ip.ts'
import { readPeerList } from '../../../p2p/peers/lists.ts'

test('addresses of one owner share a /24 or a /48', () => {
  assert.equal(subnetOf('203.0.113.1'), subnetOf('203.0.113.255'))
  assert.notEqual(subnetOf('203.0.113.1'), subnetOf('203.0.112.1'))
  assert.equal(subnetOf('::ffff:203.0.113.9'), subnetOf('203.0.113.1'))
  assert.equal(subnetOf('2001:db8:5::1'), subnetOf('2001:0DB8:0005:9:8:7:6:5'))
  assert.notEqual(subnetOf('2001:db8:5::1'), subnetOf('2001:db8:6::1'))
  assert.deepEqual(['2001:db8::1', '::1', '2001::', '::'].map(subnetOf), ['2001:db8:0', '0:0:0', '2001:0:0', '0:0:0'])
  assert.equal(subnetOf('example.org'), undefined)
})

test('loopback, private and shared networks are local, others are not', () => {
  const local = ['127.0.0.1', '10.255.0.1', '172.31.0.1', '192.168.0.1', '169.254.1.1', '100.64.0.1']
  for (const ip of [...local, '::1', 'fe80::1%eth0', 'fd12::1', '::ffff:127.0.0.1']) assert.ok(isLocalIp(ip), ip)
  for (const ip of ['11.0.0.1', '172.32.0.1', '192.169.0.1', '100.128.0.1', '2001:db8::1', '::ffff:8.8.8.8', '']) {
    assert.ok(!isLocalIp(ip), ip)
  }
  assert.equal(plainIp('FE80::1%eth0'), 'fe80::1')
})

test('a list names peers by id, IP address or network', () => {
  const list = readPeerList(['12D3KooWa', '203.0.113.7', '198.51.100.0/24', '2001:db8::/32'])
  const has = (peer: string | undefined, ip: string) => list.has({ peer, ip })
  assert.ok(has('12D3KooWa', '1.1.1.1'))
  assert.ok(has(undefined, '203.0.113.7'))
  assert.ok(has('x', '::ffff:203.0.113.7'))
  assert.ok(has('x', '198.51.100.200'))
  assert.ok(has('x', '2001:db8:ffff::1'))
  for (const ip of ['203.0.113.8', '198.51.101.0', '2001:db9::1', '']) assert.ok(!has('x', ip), ip)
  assert.deepEqual([list.isEmpty, list.hasIds], [false, true])
  assert.deepEqual([readPeerList([]).isEmpty, readPeerList(['203.0.113.7']).hasIds], [true, false])
})

test('a list with anything else in it is refused with the entry', () => {
  for (const entry of ['1.2.3', '1.2.3.4/33', '2001:db8::/129', '1.2.3.4/', '/ip4/1.2.3.4', 'example.org', '']) {
    assert.throws(
      () => readPeerList(['203.0.113.7', entry]),
      (error) => error instanceof NodeError && error.code === 'bad_peer_list' && error.message.includes(`"${entry}"`),
      entry,
    )
  }
})
