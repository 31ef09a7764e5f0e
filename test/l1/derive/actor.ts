import assert from 'node:assert/strict'
import { emptyCodeHash, emptyOmmersHash, emptyTrieRoot } from '../../../core/account.ts'
import { createBloom } from '../../../core/bloom.ts'
import { type Header, headerHash } from '../../../core/header.ts'
import { type Address, emptyBytes, type Hash, zeroHash } from '../../../core/hex.ts'
import { decodeL1Attributes } from '../../../core/l1Attributes.ts'
import type { Kv } from '../../../core/ports/kv.ts'
import type { L1Inputs } from '../../../core/ports/l1.ts'
import { createManualClock } from '../../../core/ports/manualClock.ts'
import { predeploys } from '../../../core/predeploys.ts'
import type { ChainRules } from '../../../core/rules.ts'
import type { AccountChange } from '../../../core/state.ts'
import type { SignedTx, TxEnvelope } from '../../../core/tx.ts'
import { loadSpec } from '../../../genesis/loadSpec.ts'
import { type ChainSpec, rulesOf } from '../../../genesis/spec.ts'
import type { Batch } from '../../../l1/batch/batch.ts'
import { type ChainChange, createSerialWriter, type Follower, openFollower } from '../../../l1/follow.ts'
import { buildBlock } from '../../../state/build.ts'
import { type Chain, type GenesisBlock, openChain } from '../../../state/chain.ts'
import type { Engine } from '../../../state/engine.ts'
import { createEthereumjsEngine } from '../../../state/engines/ethereumjs/engine.ts'
import { encodeExtraData } from '../../../state/fees.ts'
import { emptyRequestsHash } from '../../../state/headerRules.ts'
import { createMemoryKv } from '../../../state/store/memoryKv.ts'
import { commitState } from '../../../state/trie/commitState.ts'
import { chainId, ether, senders, transaction } from '../../state/testChain.ts'
import { batcher, type FakeL1, gwei, origin } from './fakeL1.ts'

/** A chain with small windows, whose genesis has only accounts with money. */
export const spec: ChainSpec = specOf()

function specOf(): ChainSpec {
  const devnet = loadSpec('devnet')
  const someone = (byte: string) => `0x${byte.repeat(20)}` as Address
  const rollup = {
    inbox: someone('a0'),
    portal: someone('a1'),
    outputOracle: someone('a2'),
    validatorRegistry: someone('a3'),
    systemConfig: someone('a4'),
    standardBridge: someone('a5'),
    open: someone('a6'),
    multicall3: someone('a7'),
    unsafeSigner: someone('a8'),
    sidecars: 'eip4844',
    originDepth: 1n,
  } as const
  return {
    ...devnet,
    chainId,
    timestamp: origin.timestamp,
    l1: { ...devnet.l1, origin, rollup },
    limits: { ...devnet.limits, sequencingWindow: 20n, forcedLag: 4n, maxOriginStep: 8n },
    systemConfig: { ...devnet.systemConfig, batcherHash: `0x${'00'.repeat(12)}${batcher.slice(2)}` as Hash },
  }
}

export const rules: ChainRules = rulesOf(spec)
export const genesis: GenesisBlock = genesisOf()

function genesisOf(): GenesisBlock {
  const accounts = new Map<Address, AccountChange>()
  for (const address of senders) {
    const after = { nonce: 0n, balance: 1_000n * ether, codeHash: emptyCodeHash }
    accounts.set(address, { before: undefined, after, wiped: false, storage: new Map() })
  }
  const { root, nodes } = commitState(() => emptyBytes, emptyTrieRoot, { accounts, code: new Map() })
  const header: Header = {
    parentHash: zeroHash,
    ommersHash: emptyOmmersHash,
    coinbase: predeploys.sequencerFeeVault,
    stateRoot: root,
    transactionsRoot: emptyTrieRoot,
    receiptsRoot: emptyTrieRoot,
    logsBloom: createBloom([]),
    difficulty: 0n,
    number: 0n,
    gasLimit: spec.systemConfig.gasLimit,
    gasUsed: 0n,
    timestamp: spec.timestamp,
    extraData: encodeExtraData({ denominator: 56, elasticity: 8, floor: spec.fees.minBaseFee }),
    mixHash: origin.mixHash,
    nonce: new Uint8Array(8),
    baseFeePerGas: gwei,
    withdrawalsRoot: emptyTrieRoot,
    blobGasUsed: 0n,
    excessBlobGas: 0n,
    parentBeaconBlockRoot: origin.parentBeaconBlockRoot,
    requestsHash: emptyRequestsHash,
  }
  return { block: { header, hash: headerHash(header), transactions: [] }, nodes, code: new Map() }
}

/** One node: a chain, its follower, and block production by hand. */
export type Actor = {
  readonly kv: Kv
  readonly chain: Chain
  readonly engine: Engine
  readonly follower: Follower
  /** What the follower told of its changes. */
  readonly changes: ChainChange[]
  /** Lines of its log. */
  readonly lines: { readonly text: string; readonly fields: object }[]
  /** How many blocks were executed by its engine. */
  executed(): number
  /** A block on the head with the newest origin, later than the head by `laterSec`. */
  seal(txs?: readonly TxEnvelope<SignedTx>[], laterSec?: bigint): Promise<bigint>
  /** Steps until there is nothing to do; how many steps of each kind. Fails if L1 does. */
  sync(): Promise<Record<'folded' | 'reorged', number>>
}

export type ActorOptions = {
  readonly kv?: Kv
  readonly rules?: ChainRules
  readonly spec?: ChainSpec
  readonly keepFrom?: () => bigint
}

export async function openActor(l1: FakeL1, options: ActorOptions = {}): Promise<Actor> {
  const { kv = createMemoryKv(), rules: ownRules = rules, spec: ownSpec = spec } = options
  const chain = await openChain({ kv, genesis, rules: ownRules })
  const precompiles = new Map()
  const inner = await createEthereumjsEngine({ rules: ownRules, precompiles, blockHash: chain.reader.hashByNumber })
  let executed = 0
  const engine: Engine = {
    openBlock(world, env) {
      executed++
      return inner.openBlock(world, env)
    },
  }
  const changes: ChainChange[] = []
  const lines: Actor['lines'] = []
  const note = (fields: object, text: string) => lines.push({ text, fields })
  const follower = await openFollower({
    source: l1.source,
    chain,
    engine,
    rules: ownRules,
    spec: ownSpec,
    clock: createManualClock(),
    log: { info: note, warn: note },
    writer: createSerialWriter((change) => changes.push(change)),
    random: () => 0.5,
    keepFrom: options.keepFrom,
  })

  return {
    kv,
    chain,
    engine,
    follower,
    changes,
    lines,
    executed: () => executed,
    async seal(txs = [], laterSec = 1n) {
      const parent = chain.header()
      const timestamp = parent.timestamp + laterSec
      const inputs = await follower.l1.inputs(originOf(chain, chain.heads().unsafe.hash), timestamp)
      await chain.append(await buildOn(chain, engine, { inputs, timestamp, txs }))
      return parent.number + 1n
    },
    async sync() {
      const counts = { folded: 0, reorged: 0 }
      for (let steps = 0; steps < 5_000; steps++) {
        const result = await follower.step()
        assert.notEqual(result, 'stalled', follower.status().trouble)
        if (result === 'idle') return counts
        if (result !== 'stalled') counts[result]++
      }
      return assert.fail('derivation does not end')
    },
  }
}

async function buildOn(
  chain: Chain,
  engine: Engine,
  request: { readonly inputs: L1Inputs; readonly timestamp: bigint; readonly txs: readonly TxEnvelope<SignedTx>[] },
) {
  const common = { parent: chain.header(), state: chain.state(), readNode: chain.reader.readNode, engine, rules }
  const built = await buildBlock({ ...common, ...request })
  assert.deepEqual(built.skipped, [])
  return built
}

/** Origin and sequence number of a block, from its first transaction. */
export function originOf({ reader }: Pick<Chain, 'reader'>, hash: Hash): Pick<L1Inputs, 'origin' | 'sequenceNumber'> {
  const { header, transactions } = reader.blockByHash(hash)!
  if (header.number === 0n) return { origin, sequenceNumber: 0n }
  const attributes = decodeL1Attributes(transactions[0]!.tx.data)!
  const { mixHash, parentBeaconBlockRoot } = header
  return {
    origin: { ...attributes.origin, mixHash, parentBeaconBlockRoot },
    sequenceNumber: attributes.sequenceNumber,
  }
}

/** What a batcher posts of these blocks. */
export function batchesOf({ reader }: Pick<Chain, 'reader'>, from: bigint, to: bigint): Batch[] {
  const batches: Batch[] = []
  for (let number = from; number <= to; number++) {
    const hash = reader.hashByNumber(number)!
    const { header, transactions } = reader.blockByHash(hash)!
    const epoch = originOf({ reader }, hash).origin
    batches.push({
      parentHash: header.parentHash,
      epochNumber: epoch.number,
      epochHash: epoch.hash,
      timestamp: header.timestamp,
      txs: transactions.filter(({ tx }) => tx.type !== 0x7e).map(({ raw }) => raw),
    })
  }
  return batches
}

/** A transfer of one of the rich. */
export function transfer(sender: number, nonce: bigint): TxEnvelope<SignedTx> {
  return transaction(sender, {
    nonce,
    gas: 21_000n,
    to: senders[59],
    value: 1n + nonce,
    maxFeePerGas: 10n * gwei,
    maxPriorityFeePerGas: 1n,
  })
}

/** The next transfer of one of the rich on the head's state. */
export function nextTransfer({ chain }: Pick<Actor, 'chain'>, sender: number): TxEnvelope<SignedTx> {
  return transfer(sender, chain.state().account(senders[sender]!)!.nonce)
}

/** Everything in a database, to compare two of them. */
export async function dump(kv: Kv, prefixes?: readonly number[]): Promise<Map<string, string>> {
  const entries = new Map<string, string>()
  for await (const [key, value] of kv.entries({ gte: new Uint8Array(0), lt: Uint8Array.of(0xff) })) {
    if (prefixes !== undefined && !prefixes.includes(key[0]!)) continue
    entries.set(Buffer.from(key).toString('hex'), Buffer.from(value).toString('hex'))
  }
  return entries
}

/** Fails unless two dumps are equal; names the first keys that differ. */
export function assertSameEntries(actual: Map<string, string>, wanted: Map<string, string>, message = ''): void {
  const keys = [...new Set([...actual.keys(), ...wanted.keys()])]
  const differing = keys.filter((key) => actual.get(key) !== wanted.get(key)).slice(0, 5)
  assert.deepEqual(differing, [], message)
}
