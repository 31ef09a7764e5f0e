import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { MessageChannel } from 'node:worker_threads'
import { NodeError } from '../../core/errors.ts'
import type { Address, Hash } from '../../core/hex.ts'
import { keccak256, keccakHash } from '../../core/keccak.ts'
import type { SignedTx, TxEnvelope } from '../../core/tx.ts'
import { signTx } from '../../core/txEnvelope.ts'
import { connectBackend } from '../../rpc/backend/connect.ts'
import { createEventQueue } from '../../rpc/backend/eventQueue.ts'
import { partsOf, type ToRpc } from '../../rpc/backend/protocol.ts'
import { serveBackend } from '../../rpc/backend/serve.ts'
import type { Backend, BackendEvent, BackendListener, PoolContent } from '../../rpc/backend.ts'
import { createSubmitter } from '../../rpc/submit.ts'
import type { Heads } from '../../state/heads.ts'

const to = `0x${'22'.repeat(20)}` as Address
const key = keccak256(Buffer.from('backend test'))

function tx(nonce: bigint, data = new Uint8Array(0)): TxEnvelope<SignedTx> {
  const fees = { maxFeePerGas: 10n, maxPriorityFeePerGas: 1n, accessList: [] }
  return signTx({ type: 2, chainId: 31337n, nonce, gas: 21_000n, to, value: 1n, data, ...fees }, key)
}

function headsAt(number: bigint): Heads {
  const ref = { number, hash: keccakHash(Buffer.from(String(number))) }
  return { unsafe: ref, safe: ref, finalized: ref }
}

/** A chain thread that refuses odd nonces and otherwise answers constants. */
function fakeBackend(overrides: Partial<Backend> = {}) {
  const listeners = new Set<BackendListener>()
  const submissions: number[] = []
  const watched: boolean[] = []
  const backend: Backend = {
    async submit(txs) {
      submissions.push(txs.length)
      return txs.map(({ tx }) =>
        tx.nonce % 2n === 0n ? undefined : { reject: 'nonce_too_low', detail: `${tx.nonce}` },
      )
    },
    poolStatus: async () => ({ pending: 1, queued: 2 }),
    poolContent: async () => ({ pending: [tx(0n)], queued: [] }),
    poolTx: async () => tx(7n),
    poolNonce: async () => 8n,
    l1: async () => undefined,
    syncing: async () => undefined,
    settled: async () => {},
    listen(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    watchPending: (on) => void watched.push(on),
    ...overrides,
  }
  const send = (event: BackendEvent) => {
    for (const listener of listeners) void listener(event)
  }
  return { backend, send, submissions, watched, listeners }
}

/** Both ends of a port for the time of a test. */
async function withPort<T>(served: Backend, use: (client: Backend, close: () => void) => Promise<T>): Promise<T> {
  const { port1, port2 } = new MessageChannel()
  serveBackend(port1, served)
  try {
    return await use(connectBackend(port2, partsOf(served)), () => port1.close())
  } finally {
    port1.close()
  }
}

describe('backend over a port', () => {
  test('answers as the backend behind it does', async () => {
    const { backend, submissions } = fakeBackend()
    await withPort(backend, async (client) => {
      assert.deepEqual(await client.submit([tx(0n), tx(1n), tx(2n)]), [
        undefined,
        { reject: 'nonce_too_low', detail: '1' },
        undefined,
      ])
      assert.deepEqual(submissions, [3])
      assert.deepEqual(await client.poolStatus(), { pending: 1, queued: 2 })
      assert.deepEqual(await client.poolContent(), { pending: [tx(0n)], queued: [] })
      assert.deepEqual(await client.poolTx(tx(7n).hash), tx(7n))
      assert.equal(await client.poolNonce(to), 8n)
      assert.equal(await client.syncing(), undefined)
      assert.equal(client.dev, undefined)
    })
  })

  test('hands over outages with their code, and development calls', async () => {
    const outage = new NodeError({ code: 'disk_full', severity: 'fatal', message: 'no space' })
    const dev = { snapshot: async () => 5n } as Partial<Backend['dev']>
    const { backend } = fakeBackend({
      dev: dev as NonNullable<Backend['dev']>,
      poolStatus: () => Promise.reject(outage),
    })
    await withPort(backend, async (client) => {
      await assert.rejects(client.poolStatus(), (thrown) => thrown instanceof NodeError && thrown.code === 'disk_full')
      assert.equal(await client.dev?.snapshot(), 5n)
    })
  })

  test('offers the parts that the backend behind it has, and no others', async () => {
    const removed: string[] = []
    const { backend } = fakeBackend({
      net: {
        info: async () => ({ id: 'me', addresses: ['/ip4/127.0.0.1/tcp/9222/p2p/me'], peers: 3, banned: 1 }),
        peers: async () => [],
        addPeer: async (address) => address === 'there',
        removePeer: async (peer) => removed.push(peer) > 0,
      },
      claims: {
        validators: async () => [{ signer: to, account: to, weight: 5n, newest: undefined }],
        attested: async () => undefined,
        certificate: async (claim) => [{ ...claim, signature: { r: 1n, s: 2n, yParity: 1 } }],
        disputed: async () => ({ kind: 'output', index: 1n, l2BlockNumber: 7n }),
      },
    })
    await withPort(backend, async ({ net, claims }) => {
      assert.equal((await net?.info())?.peers, 3)
      assert.deepEqual([await net?.addPeer('there'), await net?.addPeer('elsewhere')], [true, false])
      assert.equal(await net?.removePeer('you'), true)
      assert.deepEqual(removed, ['you'])
      assert.deepEqual(await claims?.validators(), [{ signer: to, account: to, weight: 5n, newest: undefined }])
      const claim = { l2BlockNumber: 7n, outputRoot: keccakHash(key), l1BlockHash: keccakHash(key) }
      assert.deepEqual(await claims?.certificate(claim), [{ ...claim, signature: { r: 1n, s: 2n, yParity: 1 } }])
      assert.deepEqual(await claims?.disputed(), { kind: 'output', index: 1n, l2BlockNumber: 7n })
    })
    await withPort(fakeBackend().backend, async ({ net, claims }) => {
      assert.deepEqual([net, claims], [undefined, undefined])
    })
  })

  test('fails what is under way when the other side ends', async () => {
    const { backend } = fakeBackend({ poolStatus: () => new Promise(() => {}) })
    await withPort(backend, async (client, close) => {
      const asked = client.poolStatus()
      close()
      await assert.rejects(asked, (thrown) => thrown instanceof NodeError && thrown.code === 'chain_gone')
      await assert.rejects(client.poolStatus(), (thrown) => thrown instanceof NodeError && thrown.code === 'chain_gone')
    })
  })

  test('merges events while the listener is busy', async () => {
    const { backend, send } = fakeBackend()
    await withPort(backend, async (client) => {
      const seen: BackendEvent[] = []
      const gates: (() => void)[] = []
      const third = Promise.withResolvers<void>()
      client.listen((event) => {
        seen.push(event)
        if (seen.length === 3) third.resolve()
        return new Promise<void>((resolve) => gates.push(resolve))
      })
      const dropped = { number: 2n, hash: headsAt(2n).unsafe.hash }
      send({ kind: 'heads', heads: headsAt(1n), dropped: [] })
      while (seen.length === 0) await new Promise((resolve) => setImmediate(resolve))
      for (let number = 2n; number <= 50n; number++) send({ kind: 'heads', heads: headsAt(number), dropped: [dropped] })
      send({ kind: 'pending', txs: [tx(1n)] })
      gates[0]?.()
      while (seen.length < 2) await new Promise((resolve) => setImmediate(resolve))
      gates[1]?.()
      await third.promise
      assert.equal(seen.length, 3)
      assert.deepEqual(seen[1], { kind: 'heads', heads: headsAt(50n), dropped: new Array(49).fill(dropped) })
      assert.deepEqual(seen[2], { kind: 'pending', txs: [tx(1n)] })
      gates[2]?.()
    })
  })
})

test('the event queue keeps the newest pending transactions and a bounded list of dropped blocks', () => {
  const queue = createEventQueue()
  const one = tx(1n)
  const ref = (number: bigint) => ({ number, hash: `0x${'00'.repeat(32)}` as Hash })
  for (let i = 0; i < 12; i++) queue.add({ kind: 'pending', txs: new Array(1000).fill(one) })
  for (let i = 0n; i < 12n; i++) {
    queue.add({
      kind: 'heads',
      heads: headsAt(i),
      dropped: Array.from({ length: 1000 }, (_, k) => ref(i * 1000n + BigInt(k))),
    })
  }
  const [heads, pending] = queue.take()
  assert.ok(heads?.kind === 'heads' && pending?.kind === 'pending')
  assert.equal(pending.txs.length, 10_000)
  assert.equal(heads.dropped.length, 10_000)
  assert.equal(heads.heads.unsafe.number, 11n)
  assert.deepEqual(queue.take(), [])
})

describe('submitter', () => {
  test('one turn of the event loop is one submission', async () => {
    const { backend, submissions } = fakeBackend()
    const submitter = createSubmitter(backend, { settleMs: 100 })
    const answers = await Promise.all([0n, 1n, 2n, 4n].map((nonce) => submitter.submit(tx(nonce))))
    assert.deepEqual(
      answers.map((answer) => answer && 'reject' in answer && answer.reject),
      [undefined, 'nonce_too_low', undefined, undefined],
    )
    assert.deepEqual(submissions, [4])
  })

  test('reads wait for what was accepted before them, and for nothing else', async () => {
    const gates: (() => void)[] = []
    const dev = {} as NonNullable<Backend['dev']>
    const { backend } = fakeBackend({ dev, settled: () => new Promise((resolve) => gates.push(resolve)) })
    const submitter = createSubmitter(backend, { settleMs: 10_000 })
    assert.equal(submitter.settle(), undefined)
    await submitter.submit(tx(1n))
    assert.equal(submitter.settle(), undefined, 'a refused transaction changes nothing')
    await submitter.submit(tx(0n))
    const first = submitter.settle()
    assert.ok(first !== undefined)
    assert.equal(submitter.settle(), first, 'reads share one wait')
    await submitter.submit(tx(2n))
    const second = submitter.settle()
    assert.notEqual(second, first)
    gates[0]?.()
    await first
    assert.ok(submitter.settle() !== undefined, 'the second transaction is not settled yet')
    gates[1]?.()
    await second
    assert.equal(submitter.settle(), undefined)
  })

  test('a read does not wait for longer than it may', async () => {
    const { backend } = fakeBackend({ dev: {} as NonNullable<Backend['dev']>, settled: () => new Promise(() => {}) })
    const submitter = createSubmitter(backend, { settleMs: 20 })
    await submitter.submit(tx(0n))
    const start = performance.now()
    await submitter.settle()
    assert.ok(performance.now() - start < 2000)
    assert.equal(submitter.settle(), undefined)
  })

  test('without automine reads never wait', async () => {
    const { backend } = fakeBackend()
    const submitter = createSubmitter(backend, { settleMs: 10_000 })
    await submitter.submit(tx(0n))
    assert.equal(submitter.settle(), undefined)
  })
})

describe('pool content over a port', () => {
  const many = new Array<TxEnvelope<SignedTx>>(3000).fill(tx(0n))

  test('crosses in bounded pieces, and other questions are answered between them', async () => {
    const large = tx(1n, new Uint8Array(140_000))
    const { backend } = fakeBackend({ poolContent: async () => ({ pending: many, queued: [large, large, large] }) })
    const { port1, port2 } = new MessageChannel()
    serveBackend(port1, backend)
    const pieces: PoolContent[] = []
    const order: string[] = []
    try {
      await new Promise<void>((resolve) => {
        port2.on('message', (message: ToRpc) => {
          if (message.kind === 'poolPiece') {
            if (pieces.length === 0) port2.postMessage({ kind: 'chain', id: 2, op: 'poolStatus', args: [] })
            pieces.push(message.piece)
          } else if (message.kind === 'value') {
            order.push(message.id === 1 ? 'content' : 'status')
            if (message.id === 1) resolve()
          }
        })
        port2.postMessage({ kind: 'chain', id: 1, op: 'poolContent', args: [] })
      })
    } finally {
      port1.close()
    }
    assert.deepEqual(order, ['status', 'content'])
    assert.deepEqual(
      pieces.flatMap(({ pending }) => pending),
      many,
    )
    assert.ok(pieces.every(({ pending, queued }) => pending.length + queued.length <= 128))
    assert.deepEqual(
      pieces.filter(({ queued }) => queued.length > 0).map(({ queued }) => queued.length),
      [1, 1, 1],
      'at most 256 KiB, unless it is one alone',
    )
  })

  test('is copied once for all who ask at the same time', async () => {
    let copies = 0
    const { backend } = fakeBackend({
      poolContent: async () => {
        copies++
        return { pending: many, queued: [] }
      },
    })
    await withPort(backend, async (client) => {
      const answers = await Promise.all(Array.from({ length: 20 }, () => client.poolContent()))
      assert.equal(copies, 1)
      for (const { pending } of answers) assert.equal(pending.length, many.length)
      await client.poolContent()
      assert.equal(copies, 2, 'a later question is asked anew')
    })
  })

  test('knows of everything that its caller was told before', async () => {
    const pool: TxEnvelope<SignedTx>[] = [...many]
    let copies = 0
    const { backend } = fakeBackend({
      submit: async (txs) => {
        pool.push(...txs)
        return txs.map(() => undefined)
      },
      poolContent: async () => {
        copies++
        return { pending: [...pool], queued: [] }
      },
    })
    await withPort(backend, async (client) => {
      const early = client.poolContent()
      await client.submit([tx(2n)])
      const late = await Promise.all([client.poolContent(), client.poolContent()])
      assert.equal((await early).pending.length, many.length)
      for (const { pending } of late) assert.equal(pending.length, many.length + 1)
      assert.equal(copies, 2)
    })
  })
})
