import type { PrecompileTable } from '../../attribution/precompile.ts'
import { emptyOmmersHash, emptyTrieRoot } from '../../core/account.ts'
import type { Block } from '../../core/block.ts'
import type { Header } from '../../core/header.ts'
import { headerHash } from '../../core/header.ts'
import { type Address, bigintToFixed, bytesToHash, emptyBytes, type Hash, zeroHash } from '../../core/hex.ts'
import type { L1Inputs } from '../../core/ports/l1.ts'
import { predeploys } from '../../core/predeploys.ts'
import type { Receipt } from '../../core/receipt.ts'
import type { ChainRules, SystemConfig } from '../../core/rules.ts'
import { privateKeyToAddress } from '../../core/secp256k1.ts'
import type { AccountChange, StateDiff, StateReader } from '../../core/state.ts'
import type { DepositTx, FeeMarketTx, SignedTx, TxEnvelope } from '../../core/tx.ts'
import { signTx } from '../../core/txEnvelope.ts'
import { type BuildOptions, type BuiltBlock, buildBlock } from '../../state/build.ts'
import type { Engine } from '../../state/engine.ts'
import { createEthereumjsEngine } from '../../state/engines/ethereumjs/engine.ts'
import { encodeExtraData } from '../../state/fees.ts'
import { emptyRequestsHash } from '../../state/headerRules.ts'
import { executePayload, type Payload, type PayloadOptions } from '../../state/payload.ts'
import { openState } from '../../state/reader.ts'
import type { BlockReject, SealedBlock } from '../../state/sealed.ts'
import { commitState } from '../../state/trie/commitState.ts'
import { type VerifyOptions, verifyBlock } from '../../state/verify.ts'
import { createMemoryState, type PlainAccount } from './memoryReader.ts'
import { createNodeMap } from './nodeMap.ts'

export const chainId = 31_337n
export const gwei = 10n ** 9n
export const ether = 10n ** 18n

/** Accounts of the tests: key i + 1. */
export const keys = Array.from({ length: 60 }, (_, index) => bigintToFixed(BigInt(index + 1), 32))
export const senders = keys.map(privateKeyToAddress)

export const rules: ChainRules = {
  chainId,
  forks: [{ name: 'genesis', timestamp: 0n }],
  maxOriginAgeSec: 1_800n,
  maxOriginStep: 256n,
  sequencingWindow: 3_600n,
  forcedLag: 32n,
  maxBlockTxBytes: 600_000,
  maxBlockBytes: 2 * 1024 * 1024,
  minBaseFee: 1_000n,
  maxFloorFee: 1_000n * gwei,
  impersonation: false,
}

export const config: SystemConfig = {
  batcherHash: zeroHash,
  gasLimit: 30_000_000n,
  eip1559Denominator: 56,
  eip1559Elasticity: 8,
  daFeeScalar: 1_000,
}

export const genesisTime = 1_700_000_000n

/** L1 inputs as of an origin that never moves. */
export function inputsOf(changes: Partial<L1Inputs> = {}): L1Inputs {
  return {
    origin: {
      number: 100n,
      hash: bytesToHash(bigintToFixed(100n, 32)),
      timestamp: genesisTime,
      baseFee: gwei,
      blobBaseFee: 1n,
      mixHash: bytesToHash(bigintToFixed(0xabcn, 32)),
      parentBeaconBlockRoot: bytesToHash(bigintToFixed(0xbean, 32)),
    },
    deposits: [],
    config,
    sequenceNumber: 0n,
    ...changes,
  }
}

export type TestChain = {
  readonly engine: Engine
  head(): Header
  state(): StateReader
  balance(address: Address): bigint
  /** Builds on the head, verifies what was built, and appends it. */
  seal(txs: readonly TxEnvelope<SignedTx>[], changes?: Partial<BuildOptions>): Promise<BuiltBlock>
  build(txs: readonly TxEnvelope<SignedTx>[], changes?: Partial<BuildOptions>): Promise<BuiltBlock>
  /** With the L1 inputs of the last block built, unless others are given. */
  verify(block: Block, changes?: Partial<VerifyOptions>): Promise<SealedBlock | BlockReject>
  /** What L1 data with these transactions means on the head. */
  payload(txs: readonly Uint8Array[], changes?: Partial<PayloadOptions>): Promise<Payload>
  supply(): bigint
}

/** A chain in memory: our trie, world, engine, building and verification, without a database. */
export async function createTestChain(
  accounts: Readonly<Record<string, PlainAccount>> = {},
  precompiles: PrecompileTable = new Map(),
  { impersonation }: Pick<ChainRules, 'impersonation'> = rules,
): Promise<TestChain> {
  const alloc: Record<string, PlainAccount> = { ...accounts }
  for (const sender of senders) alloc[sender] ??= { balance: 1_000n * ether }
  const store = createNodeMap()
  const code = new Map<Hash, Uint8Array>()
  const hashes = new Map<bigint, Hash>()
  const balances = createMemoryState({})
  const engine = await createEthereumjsEngine({
    rules: { ...rules, impersonation },
    precompiles,
    blockHash: (number) => hashes.get(number),
  })

  function commit(root: Hash, diff: StateDiff): Hash {
    const committed = commitState(store.readNode, root, diff)
    for (const [hash, raw] of committed.nodes) store.nodes.set(hash, raw)
    for (const [hash, bytes] of diff.code) code.set(hash, bytes)
    balances.apply(diff)
    return committed.root
  }
  let head = genesisHeader(commit(emptyTrieRoot, diffOf(alloc)))
  hashes.set(0n, headerHash(head))

  const state = () => openState(store.readNode, (hash) => code.get(hash) ?? emptyBytes, head.stateRoot)
  const common = () => ({ parent: head, state: state(), readNode: store.readNode, engine, rules })
  let lastInputs = inputsOf()
  let parentOrigin = lastInputs.origin
  const build: TestChain['build'] = (txs, changes = {}) => {
    lastInputs = changes.inputs ?? inputsOf()
    return buildBlock({ ...common(), inputs: lastInputs, timestamp: head.timestamp, txs, ...changes })
  }
  const verify: TestChain['verify'] = (block, changes = {}) =>
    verifyBlock({ ...common(), parentOrigin, inputs: lastInputs, block, ...changes })

  return {
    engine,
    head: () => head,
    state,
    balance: (address) => state().account(address)?.balance ?? 0n,
    build,
    verify,
    payload: (txs, changes = {}) =>
      executePayload({ ...common(), inputs: inputsOf(), timestamp: head.timestamp, txs, ...changes }),
    supply: balances.supply,
    async seal(txs, changes) {
      const built = await build(txs, changes)
      const verified = await verify(built.block, changes?.rules === undefined ? {} : { rules: changes.rules })
      if ('reject' in verified) throw new Error(`built a block that does not verify: ${JSON.stringify(verified)}`)
      commit(head.stateRoot, built.diff)
      head = built.block.header
      parentOrigin = lastInputs.origin
      hashes.set(head.number, built.block.hash)
      return built
    },
  }
}

function diffOf(accounts: Readonly<Record<string, PlainAccount>>): StateDiff {
  const { reader } = createMemoryState(accounts)
  const changes = new Map<Address, AccountChange>()
  const code = new Map<Hash, Uint8Array>()
  for (const [key, plain] of Object.entries(accounts)) {
    const address = key as Address
    const after = reader.account(address)
    const slots = Object.keys(plain.storage ?? {}) as Hash[]
    const storage = new Map(slots.map((slot) => [slot, reader.storage(address, slot)]))
    changes.set(address, { before: undefined, after, wiped: false, storage })
    if (after !== undefined && plain.code !== undefined) code.set(after.codeHash, plain.code)
  }
  return { accounts: changes, code }
}

function genesisHeader(stateRoot: Hash): Header {
  return {
    parentHash: zeroHash,
    ommersHash: emptyOmmersHash,
    coinbase: predeploys.sequencerFeeVault,
    stateRoot,
    transactionsRoot: emptyTrieRoot,
    receiptsRoot: emptyTrieRoot,
    logsBloom: new Uint8Array(256),
    difficulty: 0n,
    number: 0n,
    gasLimit: config.gasLimit,
    gasUsed: 0n,
    timestamp: genesisTime,
    extraData: encodeExtraData({ denominator: 56, elasticity: 8, floor: rules.minBaseFee }),
    mixHash: zeroHash,
    nonce: new Uint8Array(8),
    baseFeePerGas: gwei,
    withdrawalsRoot: emptyTrieRoot,
    blobGasUsed: 0n,
    excessBlobGas: 0n,
    parentBeaconBlockRoot: zeroHash,
    requestsHash: emptyRequestsHash,
  }
}

type TxFields = Partial<Omit<FeeMarketTx, 'type' | 'r' | 's' | 'yParity'>>

/** A signed type-2 transaction of sender `index` with sensible fields. */
export function transaction(index: number, fields: TxFields = {}): TxEnvelope<SignedTx> {
  return signTx(
    {
      type: 2,
      chainId,
      nonce: 0n,
      gas: 1_000_000n,
      to: undefined,
      value: 0n,
      data: emptyBytes,
      maxFeePerGas: 2n * gwei,
      maxPriorityFeePerGas: gwei,
      accessList: [],
      ...fields,
    },
    keys[index] as Uint8Array,
  )
}

/** A deposit with sensible fields. */
export function deposit(fields: Partial<DepositTx> = {}): DepositTx {
  return {
    type: 0x7e,
    sourceHash: zeroHash,
    from: senders[0] as Address,
    to: senders[1],
    mint: 0n,
    value: 0n,
    gas: 100_000n,
    isSystemTx: false,
    data: emptyBytes,
    ...fields,
  }
}

/** The receipts of a built block without that of the L1 attributes. */
export function receiptsOf(built: { readonly receipts: readonly Receipt[] }): readonly Receipt[] {
  return built.receipts.slice(1)
}
