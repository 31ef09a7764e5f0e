import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { encodeBlock } from '../../../core/block.ts'
import { blobOp } from '../../../l1/store/records.ts'
import { sealOp } from '../../../p2p/follow/seals.ts'
import { sealBlock } from '../../../p2p/wire/sealBlock.ts'
import { rules } from '../../state/synthetic.ts'
import { until } from '../host/hosts.ts'
import { addressOf, freePort, gossiped, idOf, join, openDiskChain, signWithKey, startNet, viewOf } from './nets.ts'

const mortal = new URL('./mortalWorker.ts', import.meta.url)
const word = (text: string): Uint8Array => new TextEncoder().encode(text)

describe('the net in a thread of its own', { timeout: 90_000 }, () => {
  test('two nodes tell, serve, gossip and take leave over real sockets, even when a chain thread is busy', async (t) => {
    const [mine, theirs] = [await openDiskChain(t, 3), await openDiskChain(t, 0)]
    const { chain } = mine
    const blob = new Uint8Array(131_072).fill(3)
    const sealed = chain.reader.blockByHash(chain.reader.hashByNumber(2n)!)!
    const { seal } = await sealBlock({ chainId: rules.chainId, epoch: 0n, block: sealed, sign: signWithKey })
    await chain.write([blobOp(sealed.hash, blob), sealOp(sealed.hash, seal)])
    const [a, b] = await Promise.all([startNet(t, mine), startNet(t, theirs)])
    await join(b, a)
    const [idA, idB] = [await idOf(a), await idOf(b)]
    assert.deepEqual(b.statuses.get(idA), viewOf(chain).status)

    const served = await b.net.blocks({ from: 1n, count: 64 })
    assert.equal(served?.peer, idA)
    assert.deepEqual(
      served.blocks.map(({ number, hash, raw }) => [number, hash, Buffer.from(raw).toString('hex')]),
      [1n, 2n, 3n].map((number) => {
        const block = chain.reader.blockByHash(chain.reader.hashByNumber(number)!)!
        return [number, block.hash, Buffer.from(encodeBlock(block)).toString('hex')]
      }),
    )
    assert.deepEqual(
      served.blocks.map((block) => block.seal),
      [undefined, seal, undefined],
    )
    assert.deepEqual(await b.net.blob(sealed.hash), { peer: idA, blob })
    assert.equal(await a.net.blocks({ from: 1n, count: 64, peer: idB }), undefined, 'the other one has none')

    const { block, message } = await gossiped(chain)
    a.net.publish('blocks', message)
    // A chain thread that is busy for seconds: the nets go on, and nothing is lost.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2_000)
    await until('the block', () => b.blocks.length === 1)
    assert.deepEqual([a.gone, b.gone], [[], []])
    assert.equal(message.length > 0, true, 'what is published stays with its owner')
    const heard = b.blocks[0]!
    assert.deepEqual([heard.peer, heard.hash, heard.number], [idA, block.hash, 4n])
    assert.deepEqual(Buffer.from(heard.raw), Buffer.from(encodeBlock(block)))

    const [peer] = await b.net.peers()
    assert.deepEqual([peer?.id, peer?.direction, peer?.isPersistent], [idA, 'outbound', true])
    assert.equal((await a.net.info()).peers, 1)
    assert.equal(await b.net.removePeer(idA), true)
    await until('both know', () => a.gone.includes(idB) && b.gone.includes(idA))

    await join(b, a)
    const at = (await addressOf(a)).replace(/\/p2p\/.*/, '')
    const start = performance.now()
    await a.net.close()
    assert.ok(performance.now() - start < 1_800, 'with a peer connected it closes in time')
    await until('the other one knows', () => b.gone.filter((id) => id === idA).length === 2)
    await startNet(t, mine, { host: { listen: [at] } })
  })

  test('a thread that dies is replaced: newest view, same identity and port, peers that were added', async (t) => {
    const disk = await openDiskChain(t, 2)
    const b = await startNet(t, disk)
    const listen = [`/ip4/127.0.0.1/tcp/${await freePort()}`]
    const a = await startNet(t, disk, { worker: mortal, host: { listen } })
    await join(a, b)
    const [idA, idB, at] = [await idOf(a), await idOf(b), await addressOf(a)]
    a.net.tell({
      ...viewOf(disk.chain),
      status: { ...viewOf(disk.chain).status, unsafe: { number: 77n, hash: disk.chain.heads().unsafe.hash } },
    })
    const pending = a.net.blocks({ from: 50n, count: 1 })
    a.net.publish('txs', word('throw'))
    assert.equal(await pending, undefined)
    await until('peers are gone', () => a.gone.includes(idB))
    await until('it is up again', () => b.statuses.get(idA)?.unsafe.number === 77n, 20_000)
    await until('it knows the other one again', () => a.statuses.has(idB))
    assert.equal(await idOf(a), idA)
    assert.equal(await addressOf(a), at)
    assert.ok(a.lines.includes('the net thread ended and is started again; the chain goes on'))
    const { block, message } = await gossiped(disk.chain)
    b.net.publish('blocks', message)
    await until('gossip arrives again', () => a.blocks[0]?.hash === block.hash)
  })

  test('a thread that hangs is closed within three seconds', async (t) => {
    const a = await startNet(t, await openDiskChain(t, 0), { worker: mortal })
    a.net.publish('txs', word('hang'))
    await sleep(100)
    const start = performance.now()
    await a.net.close()
    assert.ok(performance.now() - start < 3_000)
    assert.deepEqual(await a.net.peers(), [])
    assert.equal(await a.net.blocks({ from: 1n, count: 1 }), undefined)
    a.net.publish('txs', word('late'))
  })

  test('a port that is taken, a bad address and a bad list are told with a fix', async (t) => {
    const disk = await openDiskChain(t, 0)
    const a = await startNet(t, disk)
    const at = (await addressOf(a)).replace(/\/p2p\/.*/, '')
    await Promise.all([
      assert.rejects(startNet(t, disk, { host: { listen: [at] } }), {
        code: 'p2p_listen',
        severity: 'fatal',
        fix: /another/,
      }),
      assert.rejects(startNet(t, disk, { bootnodes: ['nowhere'] }), { code: 'bad_address', severity: 'fatal' }),
      assert.rejects(startNet(t, disk, { deny: ['10.0.0.0/99'] }), { code: 'bad_peer_list', severity: 'fatal' }),
    ])
  })
})
