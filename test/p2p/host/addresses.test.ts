import assert from 'node:assert/strict'
import { test } from 'node:test'
import { multiaddr } from '@multiformats/multiaddr'
import { idIn, ipIn, parseAddress } from '../../../p2p/host/addresses.ts'
import { createIdentity, peerIdOf } from '../../../p2p/host/identity.ts'

const id = peerIdOf(createIdentity())

test('takes addresses over TCP with and without the id of the peer', () => {
  for (const start of ['/ip4/192.0.2.7/tcp/9222', '/ip6/::1/tcp/9222', '/dns4/node.example/tcp/9222']) {
    assert.equal(idIn(parseAddress(start)), undefined)
    assert.equal(idIn(parseAddress(`${start}/p2p/${id}`)), id)
  }
  assert.equal(parseAddress('/dnsaddr/boot.example').toString(), '/dnsaddr/boot.example')
})

test('refuses everything else with a fix', () => {
  const bad = [
    '',
    'http://192.0.2.7:9222',
    '/ip4/192.0.2.7',
    '/ip4/192.0.2.777/tcp/9222',
    '/ip4/192.0.2.7/udp/9222',
    '/ip4/192.0.2.7/tcp/9222/ws',
    '/ip4/192.0.2.7/tcp/70000',
    '/ip4/192.0.2.7/tcp/9222/p2p/nobody',
    `/ip4/192.0.2.7/tcp/9222/p2p/${id}/p2p-circuit`,
    `/unix/${'a'.repeat(300)}`,
  ]
  for (const text of bad) assert.throws(() => parseAddress(text), { code: 'bad_address', severity: 'fatal' }, text)
})

test('an IPv4 address in IPv6 form counts as IPv4', () => {
  const ips = [
    '/ip4/192.0.2.7/tcp/1',
    '/ip6/::ffff:c000:207/tcp/1',
    '/ip6/2001:db8::1/tcp/1',
    '/dns4/node.example/tcp/1',
  ]
  assert.deepEqual(
    ips.map((text) => ipIn(multiaddr(text))),
    ['192.0.2.7', '192.0.2.7', '2001:db8::1', 'node.example'],
  )
})
