import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { encodeAbiParameters, keccak256 } from 'viem'
import { type Hash, type Hex, zeroHash } from '../../core/hex.ts'
import { keccakHash } from '../../core/keccak.ts'
import type { L1Block } from '../../core/ports/l1.ts'
import { devMnemonic } from '../../genesis/devAccounts.ts'
import type { BatchInfo } from '../../l1/derive/batchInfo.ts'
import type { L1Record } from '../../l1/derive/record.ts'
import type { FollowStatus } from '../../l1/follow/types.ts'
import { soloSpec } from '../../node/roles/spec.ts'
import type { RollupReads } from '../../rpc/rollup.ts'
import { fakeRollup as contracts } from '../genesis/fakeRollup.ts'
import { ask, type DevNode, request, startDevNode } from './devNode.ts'

const { spec } = soloSpec(devMnemonic, 10)
const hashOf = (name: string) => keccakHash(Buffer.from(name))
const tipNumber = 20_000n

function block(number: bigint): L1Block {
  return { ...spec.l1.origin, number, hash: hashOf(`l1 ${number}`), timestamp: 1_000n + number }
}

function record(number: bigint): L1Record | undefined {
  if (number < 100n || number > tipNumber) return undefined
  const safe = { number: 0n, hash: zeroHash, timestamp: 0n, origin: block(number), sequenceNumber: 0n }
  const config = { system: spec.systemConfig, unsafeSigner: contracts.unsafeSigner }
  return { block: block(number), parentHash: hashOf(`l1 ${number - 1n}`), deposits: [], config, safe }
}

const posted: BatchInfo = {
  l1Number: 19_990n,
  txHash: hashOf('batch'),
  kind: 'blobs',
  payloadBytes: 1_100,
  blobs: 1,
  channelBytes: 1_000,
  inflatedBytes: 3_000,
  firstBlock: 5n,
  lastBlock: 9n,
  transactions: 12,
  costWei: 77n,
  feesWei: 10n ** 18n,
}
const useless: BatchInfo = { ...posted, l1Number: 300n, inflatedBytes: 0, firstBlock: undefined, lastBlock: undefined }

const asked: [bigint, bigint, number][] = []
const reads: RollupReads = {
  spec,
  contracts,
  tip: () => record(tipNumber),
  record,
  batches: async (from, to, limit) => {
    asked.push([from, to, limit])
    return [useless, posted].filter(({ l1Number }) => l1Number >= from && l1Number <= to)
  },
}

const status: FollowStatus = {
  l1Head: { number: tipNumber + 2n, hash: hashOf('head') },
  tip: { number: tipNumber, hash: block(tipNumber).hash },
  l1Finalized: { number: 150n, hash: block(150n).hash },
  safe: { number: 0n, hash: zeroHash },
  finalized: { number: 0n, hash: zeroHash },
  behind: 2n,
  trouble: undefined,
}

let node: DevNode
before(async () => {
  node = await startDevNode({}, (own) => ({ rollup: reads, backend: { ...own, l1: async () => status } }))
  await request(node.url, 'hardhat_mine', ['0x28'])
})
after(() => node.close())

type L1Ref = { hash: Hash; number: number; parentHash: Hash; timestamp: number }
type L2Ref = L1Ref & { l1origin: { hash: Hash; number: number }; sequenceNumber: number }
type Block = { hash: Hex; number: Hex; parentHash: Hex; timestamp: Hex; stateRoot: Hex; withdrawalsRoot: Hex }
const blockAt = (id: string) => request<Block>(node.url, 'eth_getBlockByNumber', [id, false])

test('optimism_syncStatus names the heads of both layers; of an L1 block that was not folded only what is known', async () => {
  const sync = await request<Record<string, L1Ref> & Record<'safe_l2' | 'unsafe_l2' | 'finalized_l2', L2Ref>>(
    node.url,
    'optimism_syncStatus',
  )
  const { hash, timestamp } = block(tipNumber)
  const current = { hash, number: 20_000, parentHash: hashOf('l1 19999'), timestamp: Number(timestamp) }
  assert.deepEqual(sync.current_l1, current)
  assert.deepEqual(sync.head_l1, { hash: hashOf('head'), number: 20_002, parentHash: zeroHash, timestamp: 0 })
  assert.equal(sync.finalized_l1!.number, 150)
  for (const [name, tag] of [
    ['unsafe_l2', 'latest'],
    ['safe_l2', 'safe'],
    ['finalized_l2', 'finalized'],
  ] as const) {
    const expected = await blockAt(tag)
    const { number, parentHash, l1origin } = sync[name]
    assert.deepEqual(
      [sync[name].hash, number, parentHash],
      [expected.hash, Number(expected.number), expected.parentHash],
    )
    assert.ok(number === 0 || l1origin.number >= Number(spec.l1.origin.number))
  }
  assert.ok(sync.safe_l2.number > 0, 'safe has moved')
})

test('optimism_outputAtBlock: the root that viem computes from the parts', async () => {
  const { hash, stateRoot, withdrawalsRoot } = await blockAt('0x3')
  const output = await request<Record<string, string> & { blockRef: L2Ref }>(node.url, 'optimism_outputAtBlock', [
    '0x3',
  ])
  const parts = [zeroHash, stateRoot, withdrawalsRoot, hash] as const
  const words = [{ type: 'bytes32' }, { type: 'bytes32' }, { type: 'bytes32' }, { type: 'bytes32' }] as const
  assert.equal(output.outputRoot, keccak256(encodeAbiParameters(words, parts)))
  assert.deepEqual([output.stateRoot, output.withdrawalStorageRoot], [stateRoot, withdrawalsRoot])
  assert.equal(output.blockRef.number, 3)
  assert.equal((await ask(node.url, 'optimism_outputAtBlock', ['0xffff'])).error?.message, 'header not found')
})

test('the configuration and the contracts, in the form of op-node and of this chain', async () => {
  type Config = Record<string, unknown> & { genesis: { l2: { hash: Hash }; system_config: { gasLimit: number } } }
  const config = await request<Config>(node.url, 'optimism_rollupConfig')
  const genesis = await blockAt('0x0')
  assert.equal(config.genesis.l2.hash, genesis.hash)
  assert.equal(config.genesis.system_config.gasLimit, Number(spec.systemConfig.gasLimit))
  assert.deepEqual(
    [config.l1_chain_id, config.l2_chain_id, config.batch_inbox_address, config.deposit_contract_address],
    [900, 31_337, contracts.inbox, contracts.portal],
  )
  assert.match(await request(node.url, 'optimism_version'), /^OpenLedger\//)

  const rollup = await request<Record<string, unknown>>(node.url, 'openledger_rollup')
  const { originDepth: _, ...addresses } = contracts
  assert.deepEqual({ ...rollup, ...addresses }, rollup)
  assert.deepEqual([rollup.l1ChainId, rollup.originDepth, rollup.genesis], ['0x384', '0x4', genesis.hash])
})

test('openledger_batches: the newest 256 L1 blocks, or those asked for; what became of nothing has no blocks', async () => {
  const batches = await request<Record<string, unknown>[]>(node.url, 'openledger_batches')
  assert.deepEqual(batches, [
    {
      l1BlockNumber: '0x4e16',
      transactionHash: posted.txHash,
      kind: 'blobs',
      payloadBytes: '0x44c',
      blobs: '0x1',
      channelBytes: '0x3e8',
      inflatedBytes: '0xbb8',
      compression: 0.3333,
      firstBlock: '0x5',
      lastBlock: '0x9',
      transactions: '0xc',
      l1CostWei: '0x4d',
      feesWei: '0xde0b6b3a7640000',
    },
  ])
  assert.deepEqual(asked.at(-1), [tipNumber - 256n, tipNumber, 1000])
  const [old] = await request<Record<string, unknown>[]>(node.url, 'openledger_batches', ['0x12c', '0x190'])
  assert.deepEqual([old?.firstBlock, old?.lastBlock, old?.compression], [null, null, null])
  assert.deepEqual(await request(node.url, 'openledger_batches', ['0x190', '0x12c']), [])
  await request(node.url, 'openledger_batches', ['0x4e00', '0xffffff'])
  assert.deepEqual(asked.at(-1)?.slice(0, 2), [0x4e00n, tipNumber])
  const { error } = await ask(node.url, 'openledger_batches', ['0x0', '0x4e20'])
  assert.deepEqual([error?.code, error?.message], [-32602, 'too many L1 blocks: at most 10000'])
})

test('no parameters but the ones they take', async () => {
  for (const name of ['optimism_syncStatus', 'optimism_rollupConfig', 'openledger_rollup', 'optimism_version']) {
    assert.equal((await ask(node.url, name, ['0x0'])).error?.code, -32602, name)
  }
  for (const params of [['latest'], [{}], ['0x1', '0x2', '0x3'], [-1]]) {
    assert.equal((await ask(node.url, 'openledger_batches', params)).error?.code, -32602, JSON.stringify(params))
  }
  assert.deepEqual(node.errors, [])
})

test('without an L1 none of them exist', async () => {
  const solo = await startDevNode()
  try {
    for (const name of ['optimism_syncStatus', 'openledger_batches', 'openledger_rollup']) {
      assert.equal((await ask(solo.url, name)).error?.code, -32601, name)
    }
  } finally {
    await solo.close()
  }
})
