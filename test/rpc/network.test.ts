import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { type Hex, recoverAddress } from 'viem'
import { claimDigest } from '../../core/attestation.ts'
import { type Address, type Hash, hexToBytes, zeroHash } from '../../core/hex.ts'
import { keccak256, keccakHash } from '../../core/keccak.ts'
import { privateKeyToAddress, sign } from '../../core/secp256k1.ts'
import { loadSpec, parseSpec } from '../../genesis/loadSpec.ts'
import type { BackendEvent, BackendListener, ClaimsBackend, NetBackend, SafeDispute } from '../../rpc/backend.ts'
import { disputeText, watchDispute } from '../../rpc/dispute.ts'
import { maxServedBundle, serveEvidence } from '../../rpc/evidence.ts'
import type { EvidenceReads, RollupReads } from '../../rpc/rollup.ts'
import { fakeRollup as contracts } from '../genesis/fakeRollup.ts'
import { ask, type DevNode, request, startDevNode } from './devNode.ts'
import { connectWs } from './wsClient.ts'

const addressOf = (byte: string) => `0x${byte.repeat(20)}` as Address
const devnet = loadSpec('devnet')
const spec = { ...devnet, l1: { ...devnet.l1, rollup: contracts } }
const id = keccakHash(Buffer.from('bundle'))

const evidence: EvidenceReads = {
  list: async () => [{ id, kind: 'equivocation', timeMs: 1_700_000_000_000, number: 12n, size: 300 }],
  bundle: async (asked) => (asked === id ? { kind: 'equivocation', first: 1 } : undefined),
}

const reads: RollupReads = {
  spec,
  contracts,
  tip: () => undefined,
  record: () => undefined,
  batches: async () => [],
  evidence,
}

const claim = { l2BlockNumber: 5n, outputRoot: zeroHash, l1BlockHash: id, hash: id, stake: 70n, total: 100n }
const validator = { signer: addressOf('0a'), account: addressOf('0b'), weight: 1_000n, newest: undefined }
const key = keccak256(Buffer.from('attests'))
const domain = { l1ChainId: spec.l1.chainId, registry: contracts.validatorRegistry, chainId: spec.chainId }
const attestation = { ...claim, signature: sign(hexToBytes(claimDigest(domain, claim)), key) }
const claims = (overrides: Partial<ClaimsBackend> = {}): ClaimsBackend => ({
  validators: async () => [validator, { ...validator, newest: 5n }],
  attested: async () => claim,
  certificate: async (asked) => (asked.outputRoot === zeroHash ? [attestation] : []),
  disputed: async () => undefined,
  ...overrides,
})

describe('joining', () => {
  let node: DevNode
  before(async () => {
    const net: Partial<NetBackend> = {
      info: async () => ({ id: 'me', addresses: ['/ip4/127.0.0.1/tcp/1/p2p/me'], peers: 0, banned: 0 }),
    }
    node = await startDevNode({}, (own) => ({
      rollup: reads,
      backend: { ...own, claims: claims(), net: net as NetBackend },
    }))
  })
  after(() => node.close())

  test('the chain spec that is served is the one that the node runs, with the genesis hash', async () => {
    const served = await request<unknown>(node.url, 'openledger_chainSpec')
    const genesis = await request<{ hash: Hash }>(node.url, 'eth_getBlockByNumber', ['earliest', false])
    assert.deepEqual(parseSpec(served), { ...spec, hash: genesis.hash })
  })

  test('the network: who and where', async () => {
    const network = await request<unknown>(node.url, 'openledger_network')
    assert.deepEqual(network, { peerId: 'me', addresses: ['/ip4/127.0.0.1/tcp/1/p2p/me'] })
  })

  test('attestations of a claim, as the registry on L1 takes them', async () => {
    const asked = ['0x5', zeroHash, id]
    const [found, ...more] = await request<{ signer: Address; signature: Hex }[]>(
      node.url,
      'openledger_attestations',
      asked,
    )
    assert(found !== undefined && more.length === 0)
    assert.equal(found.signer, privateKeyToAddress(key))
    const digest = { hash: claimDigest(domain, claim), signature: found.signature }
    assert.equal((await recoverAddress(digest)).toLowerCase(), found.signer)
    assert.deepEqual(await request<unknown>(node.url, 'openledger_attestations', ['0x5', id, id]), [])
  })

  test('validators, the attested claim and evidence', async () => {
    const shown = { signer: addressOf('0a'), account: addressOf('0b'), stake: '0x3e8' }
    assert.deepEqual(await request<unknown>(node.url, 'openledger_validators'), [
      { ...shown, newest: null },
      { ...shown, newest: '0x5' },
    ])
    assert.deepEqual(await request<unknown>(node.url, 'openledger_attested'), {
      number: '0x5',
      hash: id,
      outputRoot: zeroHash,
      l1BlockHash: id,
      stake: '0x46',
      totalStake: '0x64',
    })
    const entry = { id, kind: 'equivocation', time: '2023-11-14T22:13:20.000Z', number: '0xc', size: '0x12c' }
    assert.deepEqual(await request<unknown>(node.url, 'openledger_evidence'), [entry])
    assert.deepEqual(await request<unknown>(node.url, 'openledger_evidence', [id]), { kind: 'equivocation', first: 1 })
    assert.equal(await request<unknown>(node.url, 'openledger_evidence', [zeroHash]), null)
  })
})

test('evidence is read once for many who ask, and large bundles are left to the owner', async () => {
  let nowMs = 0
  let lists = 0
  let bundles = 0
  let isBroken = false
  const large = keccakHash(Buffer.from('large'))
  const entry = { id, kind: 'invalid_block', timeMs: 0, number: 1n, size: 20 }
  const served = serveEvidence(
    {
      async list() {
        lists++
        if (isBroken) throw new Error('damaged')
        return [entry, { ...entry, id: large, size: maxServedBundle + 1 }]
      },
      async bundle() {
        bundles++
        return { kind: 'invalid_block' }
      },
    },
    () => nowMs,
  )
  assert.equal((await Promise.all([served.list(), served.list()]))[0]?.length, 2)
  assert.equal(await served.bundle(id), '{"kind":"invalid_block"}')
  assert.equal(await served.bundle(id), '{"kind":"invalid_block"}')
  assert.equal(await served.bundle(large), 'too_large')
  assert.equal(await served.bundle(zeroHash), undefined)
  assert.deepEqual([lists, bundles], [1, 1])
  nowMs = 10_000
  isBroken = true
  await assert.rejects(served.list(), /damaged/)
  isBroken = false
  assert.equal((await served.list()).length, 2, 'a failure is not kept')
})

test('a node without network, validators and evidence answers that it has none', async () => {
  const { evidence: _, ...plain } = reads
  const node = await startDevNode({}, { rollup: plain })
  try {
    const answers = ['network', 'validators', 'attested', 'evidence'].map((name) =>
      request<unknown>(node.url, `openledger_${name}`),
    )
    assert.deepEqual(await Promise.all(answers), [null, [], null, []])
    assert.deepEqual(await request<unknown>(node.url, 'openledger_attestations', ['0x5', id, id]), [])
  } finally {
    await node.close()
  }
})

describe('a dispute', () => {
  const output: SafeDispute = { kind: 'output', index: 3n, l2BlockNumber: 40n }
  const listeners = new Set<BackendListener>()
  const send = (event: BackendEvent) => {
    for (const listener of listeners) void listener(event)
  }
  let node: DevNode
  before(async () => {
    node = await startDevNode({}, (own) => ({
      rollup: reads,
      backend: {
        ...own,
        l1: async () => undefined,
        claims: claims({ disputed: async () => output }),
        listen(listener) {
          listeners.add(listener)
          const stop = own.listen(listener)
          return () => {
            listeners.delete(listener)
            stop()
          }
        },
      },
    }))
  })
  after(() => node.close())

  const reading: readonly (readonly [string, readonly unknown[]])[] = [
    ['eth_getBlockByNumber', ['safe', false]],
    ['eth_getBlockByNumber', ['finalized', false]],
    ['eth_getBalance', [addressOf('01'), 'safe']],
    ['eth_call', [{ to: addressOf('01') }, { blockNumber: 'finalized' }]],
    ['eth_getLogs', [{ fromBlock: 'earliest', toBlock: 'safe' }]],
    ['eth_feeHistory', ['0x1', 'safe', []]],
    ['optimism_outputAtBlock', ['safe']],
  ]

  test('from before the start of the server is known to it, and holds until the chain says that it is over', async () => {
    for (const [method, params] of reading) {
      const { error } = await ask(node.url, method, params)
      assert.equal(error?.code, -32000, method)
      assert.match(error.message, /not served: output 3 on L1, of block 40, is not what this node derived$/)
      assert.match((error.data as { hint: string }).hint, /latest/)
    }
    assert.equal((await ask(node.url, 'optimism_syncStatus')).error?.code, -32000)
    // Everything else goes on.
    assert.equal((await request<{ number: string }>(node.url, 'eth_getBlockByNumber', ['latest', false])).number, '0x0')
    assert.equal(await request(node.url, 'eth_getBalance', [addressOf('01'), '0x0']), '0x0')

    send({ kind: 'disputed', dispute: { kind: 'stake', l2BlockNumber: 41n, stake: 70n } })
    const stake = await ask(node.url, 'eth_getBlockByNumber', ['safe', false])
    assert.match(stake.error?.message ?? '', /two thirds of the stake attest another root of block 41/)

    send({ kind: 'disputed', dispute: undefined })
    for (const [method, params] of reading.slice(0, 6)) {
      assert.equal((await ask(node.url, method, params)).error, undefined, method)
    }
    assert.deepEqual(node.errors, [], 'a dispute is no failure of the server')
  })

  test('is met over WebSocket as well', async () => {
    send({ kind: 'disputed', dispute: output })
    const client = await connectWs(node.wsUrl)
    await assert.rejects(client.request('eth_getBlockByNumber', ['safe', false]), /not served/)
    await client.close()
    send({ kind: 'disputed', dispute: undefined })
  })

  test('that was heard of while the first answer was under way is the newer one', async () => {
    const answer = Promise.withResolvers<SafeDispute | undefined>()
    const heard: BackendListener[] = []
    const watching = watchDispute({
      claims: claims({ disputed: () => answer.promise }),
      listen: (listener) => {
        heard.push(listener)
        return () => void heard.pop()
      },
    })
    for (const listener of heard) void listener({ kind: 'disputed', dispute: output })
    answer.resolve(undefined)
    const watch = await watching
    assert.deepEqual(watch.current(), output)
    assert.match(disputeText(output), /output 3/)
    watch.close()
    assert.equal(heard.length, 0)
  })
})
