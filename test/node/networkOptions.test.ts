import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { NodeError } from '../../core/errors.ts'
import { loadSpec } from '../../genesis/loadSpec.ts'
import type { ChainSpec } from '../../genesis/spec.ts'
import { netSettings, networkOptions } from '../../node/cli/networkOptions.ts'
import { resolveConfig } from '../../node/config/resolve.ts'
import type { Config, Key } from '../../node/config/table.ts'
import { fakeRollup as rollup } from '../genesis/fakeRollup.ts'

const folder = mkdtempSync(join(tmpdir(), 'ol-network-test-'))
after(() => rmSync(folder, { recursive: true, force: true }))

const devnet = loadSpec('devnet')
const spec: ChainSpec = { ...devnet, l1: { ...devnet.l1, rollup } }

function configOf(given: Readonly<Partial<Record<Key, unknown>>>): Config {
  const flags = new Map(Object.entries(given)) as ReadonlyMap<Key, unknown>
  return resolveConfig({ verb: 'run', flags, env: {}, isContainer: false }).config
}

function keyFile(byte: string): string {
  const file = join(folder, byte)
  writeFileSync(file, byte.repeat(32), { mode: 0o600 })
  return file
}

test('settings become what the net thread is started with', () => {
  const settings = netSettings(
    spec,
    configOf({
      'p2p.addr': '203.0.113.7',
      'p2p.port': '9300',
      'p2p.announce': '/dns4/node.example/tcp/9222',
      'p2p.peers': '/ip4/192.0.2.1/tcp/9222/p2p/a,/ip4/192.0.2.2/tcp/9222/p2p/b',
      'p2p.bootnodes': '/ip4/192.0.2.3/tcp/9222/p2p/c',
      'p2p.allow': '192.0.2.0/24',
      'p2p.deny': '192.0.2.9',
      'p2p.max-peers': '10',
      'p2p.mdns': true,
      'p2p.dht': false,
      quiet: true,
    }),
  )
  const { host, limits, attestationDomain, ...lists } = settings
  assert.deepEqual(host.listen, ['/ip4/203.0.113.7/tcp/9300'])
  assert.deepEqual([host.announce, host.mdns, host.dht], [['/dns4/node.example/tcp/9222'], true, false])
  assert.deepEqual([host.maxPeers, limits], [10, { maxPeers: 10, maxInbound: 8 }])
  assert.deepEqual(attestationDomain, {
    l1ChainId: spec.l1.chainId,
    registry: rollup.validatorRegistry,
    chainId: spec.chainId,
  })
  assert.deepEqual(
    [lists.persistent.length, lists.bootnodes, lists.allow, lists.deny, lists.logLevel],
    [2, ['/ip4/192.0.2.3/tcp/9222/p2p/c'], ['192.0.2.0/24'], ['192.0.2.9'], 'error'],
  )
  assert.doesNotThrow(() => structuredClone(settings), 'it crosses to a thread')
})

test('addresses of both families, and no names', () => {
  assert.deepEqual(netSettings(spec, configOf({ 'p2p.addr': '::' })).host.listen, ['/ip6/::/tcp/9222'])
  assert.throws(
    () => netSettings(spec, configOf({ 'p2p.addr': 'localhost' })),
    (error) => error instanceof NodeError && error.code === 'usage' && /--p2p\.addr/.test(error.message),
  )
})

test('--no-p2p leaves the keys and takes the network', async () => {
  const key = keyFile('0a')
  const on = await networkOptions(spec, configOf({ role: 'validator', 'validator.key': key, sync: 'l1' }))
  assert.equal(typeof on.connect, 'function')
  assert.equal(on.catchUp, 'l1')
  assert.match(on.attestKey?.address ?? '', /^0x[0-9a-f]{40}$/)
  const off = await networkOptions(spec, configOf({ role: 'validator', 'validator.key': key, p2p: false }))
  assert.deepEqual([off.connect, off.attestKey?.address], [undefined, on.attestKey?.address])
})

for (const [name, given, why] of [
  [
    'a sealing key on a node that makes no blocks',
    { role: 'replica', 'sequencer.key': keyFile('0b') },
    /makes no blocks/,
  ],
  ['a validator key on a replica', { role: 'replica', 'validator.key': keyFile('0c') }, /a replica/],
  [
    'one key for blocks and attestations',
    { 'sequencer.key': keyFile('0d'), 'validator.key': keyFile('0d') },
    /the same key/,
  ],
] as const) {
  test(`refuses ${name}`, async () => {
    await assert.rejects(networkOptions(spec, configOf(given)), (error) => {
      return error instanceof NodeError && error.code === 'usage' && why.test(error.message)
    })
  })
}

test('an address that no peer can have is refused at once, with the flag and the right form', async () => {
  for (const setting of ['p2p.peers', 'p2p.bootnodes'] as const) {
    for (const address of ['127.0.0.1:9222', '/ip4/127.0.0.1/tpc/9222', '/ip4/127.0.0.1/tcp/9222/p2p/12D3']) {
      await assert.rejects(networkOptions(spec, configOf({ [setting]: address })), (error: unknown) => {
        assert.ok(error instanceof NodeError)
        assert.equal(error.code, 'usage')
        assert.match(error.message, new RegExp(`^--${setting} `))
        assert.match(error.fix ?? '', /\/ip4\//)
        return true
      })
    }
  }
})
