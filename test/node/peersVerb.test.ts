import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { zeroHash } from '../../core/hex.ts'
import type { PeerInfo } from '../../core/ports/net.ts'
import type { NetBackend } from '../../rpc/backend.ts'
import { type DevNode, startDevNode } from '../rpc/devNode.ts'
import { refusal, verbRunner } from './verbRunner.ts'

const ref = { number: 1234n, hash: zeroHash }
const peer: PeerInfo = {
  id: '12D3KooWpeer',
  address: '/ip4/192.0.2.1/tcp/9222',
  direction: 'inbound',
  // In the middle of a minute, which is not over before the test is.
  sinceMs: Date.now() - (2 * 60 + 10) * 60_000 - 30_000,
  agent: 'Evil\n\u001b[2Jname',
  latencyMs: 12.4,
  score: -3.6,
  isPersistent: true,
  topics: [],
  status: { genesis: zeroHash, unsafe: ref, safe: ref, finalized: ref },
  messages: { accepted: 0, ignored: 0, rejected: 0 },
}
const asked: string[] = []
const net: NetBackend = {
  info: async () => ({ id: '12D3KooWme', addresses: ['/ip4/192.0.2.9/tcp/9222/p2p/12D3KooWme'], peers: 2, banned: 1 }),
  peers: async () => [peer, { ...peer, id: '12D3KooWnew', status: undefined, agent: undefined, latencyMs: undefined }],
  addPeer: async (address) => asked.push(address) > 0,
  removePeer: async (id) => asked.push(id) > 0,
}

type Facts = { connected?: boolean; removed?: boolean; peers?: { id: string }[]; node?: { id: string } }

describe('openledger peers', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ol-peers-test-'))
  const secret = Buffer.from('08'.repeat(32), 'hex')
  const secretFile = join(folder, 'secret')
  const peers = verbRunner<Facts>('http://127.0.0.1:1')
  let node: DevNode
  let url: string
  before(async () => {
    writeFileSync(secretFile, secret.toString('hex'))
    const tcp = { host: '127.0.0.1', port: 0, secret }
    node = await startDevNode({}, (own) => ({
      backend: { ...own, net },
      admin: { socket: join(folder, 'admin.sock'), tcp },
    }))
    url = `http://127.0.0.1:${node.adminPort}`
  })
  after(async () => {
    await node.close()
    rmSync(folder, { recursive: true, force: true })
  })

  test('lists this node and its peers over the socket in the data folder; what strangers wrote cannot command a terminal', async () => {
    const { text, facts } = await peers('peers', 'list', '--data-dir', folder)
    assert.equal(
      text,
      [
        'this node: 12D3KooWme',
        '  /ip4/192.0.2.9/tcp/9222/p2p/12D3KooWme',
        '2 peers, 1 banned',
        '  /ip4/192.0.2.1/tcp/9222/p2p/12D3KooWpeer',
        '    inbound, kept, block 1234, safe 1234, score -4, 12 ms, for 2 h 10 min, Evil??[2Jname',
        '  /ip4/192.0.2.1/tcp/9222/p2p/12D3KooWnew',
        '    inbound, kept, head unknown, score -4, for 2 h 10 min',
      ].join('\n'),
    )
    assert.deepEqual(
      facts.peers?.map(({ id }) => id),
      ['12D3KooWpeer', '12D3KooWnew'],
    )
    assert.equal((await peers('peers', '--data-dir', folder)).text, text, 'list is what peers alone does')
  })

  test('adds and removes over the port, with the secret', async () => {
    const at = ['--admin', url, '--admin.jwt-secret', secretFile]
    assert.equal((await peers('peers', 'list', ...at)).facts.node?.id, '12D3KooWme')
    assert.equal((await peers('peers', 'add', '/ip4/192.0.2.7/tcp/1/p2p/x', ...at)).facts.connected, true)
    assert.equal((await peers('peers', 'remove', '/ip4/192.0.2.7/tcp/1/p2p/x', ...at)).facts.removed, true)
    assert.deepEqual(asked, ['/ip4/192.0.2.7/tcp/1/p2p/x', 'x'])
  })

  test('says what is missing, wrong or refused', async () => {
    const wrongFile = join(folder, 'wrong')
    writeFileSync(wrongFile, '09'.repeat(32))
    const empty = mkdtempSync(join(tmpdir(), 'ol-peers-test-'))
    for (const [args, message, fix] of [
      [[], /no node is named/, /--data-dir/],
      [['--admin', 'ftp://x'], /no.* http/, /http:/],
      [['--admin', url], /wants a secret/, /admin\.jwt/],
      [['--admin', url, '--admin.jwt-secret', wrongFile], /does not accept the token: the signature/, /./],
      [['--admin', node.url, '--admin.jwt-secret', secretFile], /refuses admin_nodeInfo/, /./],
      [['--admin', url, '--data-dir', empty], /admin\.jwt cannot be read/, /--admin\.jwt-secret/],
      [['--data-dir', empty], /no node answers on the socket/, /start the node/],
    ] as const) {
      await assert.rejects(peers('peers', 'list', ...args), refusal(message, fix))
    }
    rmSync(empty, { recursive: true })
    const malformed = peers('peers', 'add', 'x y', '--data-dir', folder)
    await assert.rejects(malformed, refusal(/refuses admin_addPeer: invalid argument 0: multiaddr or peer id/, /./))
  })
})
