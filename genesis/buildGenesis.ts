import { emptyCodeHash, emptyOmmersHash, emptyTrieRoot } from '../core/account.ts'
import type { Block } from '../core/block.ts'
import { createBloom } from '../core/bloom.ts'
import { assert, NodeError } from '../core/errors.ts'
import { type Header, headerHash } from '../core/header.ts'
import { type Address, type Hash, zeroHash } from '../core/hex.ts'
import { keccakHash } from '../core/keccak.ts'
import { predeploys } from '../core/predeploys.ts'
import type { AccountChange, StateDiff } from '../core/state.ts'
import { encodeExtraData, feeTarget } from '../state/fees.ts'
import { commitState } from '../state/trie/commitState.ts'
import { buildAlloc } from './alloc.ts'
import { type ChainSpec, rulesOf } from './spec.ts'

/** The first block with the whole state: what an empty database starts from. */
export type Genesis = {
  readonly block: Block
  readonly hash: Hash
  readonly stateRoot: Hash
  readonly nodes: ReadonlyMap<Hash, Uint8Array>
  readonly code: ReadonlyMap<Hash, Uint8Array>
}

/** sha256 of nothing: the chain has no execution-layer requests (EIP-7685). */
const emptyRequestsHash = '0xe3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855' as Hash

/**
 * Builds the genesis block of a chain: the same spec and contracts give the same hash everywhere. Throws
 * `bad_chain_spec` if the balances are not the supply, `genesis_mismatch` if the hash is not the one the spec names.
 */
export function buildGenesis(spec: ChainSpec): Genesis {
  const diff = stateOf(spec)
  const { root, nodes, storageRoots } = commitState(readNothing, emptyTrieRoot, diff)
  const header = headerOf(spec, root, storageRoots.get(predeploys.messagePasser) ?? emptyTrieRoot)
  const hash = headerHash(header)
  if (spec.hash !== undefined && spec.hash !== hash) throw mismatch(spec, hash)
  return { block: { header, hash, transactions: [] }, hash, stateRoot: root, nodes, code: diff.code }
}

function stateOf(spec: ChainSpec): StateDiff {
  const accounts = new Map<Address, AccountChange>()
  const codes = new Map<Hash, Uint8Array>()
  for (const [address, { nonce, balance, code, storage }] of buildAlloc(spec)) {
    const codeHash = code === undefined ? emptyCodeHash : keccakHash(code)
    if (code !== undefined) codes.set(codeHash, code)
    accounts.set(address, { before: undefined, after: { nonce, balance, codeHash }, wiped: false, storage })
  }
  return { accounts, code: codes }
}

function headerOf(spec: ChainSpec, stateRoot: Hash, withdrawalsRoot: Hash): Header {
  const { systemConfig: config, l1, fees, timestamp } = spec
  const floor = feeTarget(l1.origin, config.daFeeScalar, rulesOf(spec))
  return {
    parentHash: zeroHash,
    ommersHash: emptyOmmersHash,
    coinbase: predeploys.sequencerFeeVault,
    stateRoot,
    transactionsRoot: emptyTrieRoot,
    receiptsRoot: emptyTrieRoot,
    logsBloom: createBloom([]),
    difficulty: 0n,
    number: 0n,
    gasLimit: config.gasLimit,
    gasUsed: 0n,
    timestamp,
    extraData: encodeExtraData({
      denominator: config.eip1559Denominator,
      elasticity: config.eip1559Elasticity,
      floor,
    }),
    mixHash: l1.origin.mixHash,
    nonce: new Uint8Array(8),
    baseFeePerGas: fees.initialBaseFee,
    withdrawalsRoot,
    blobGasUsed: 0n,
    excessBlobGas: 0n,
    parentBeaconBlockRoot: l1.origin.parentBeaconBlockRoot,
    requestsHash: emptyRequestsHash,
  }
}

/** Committing to an empty trie never reads. */
function readNothing(hash: Hash): Uint8Array {
  assert(false, `genesis read trie node ${hash}`)
}

function mismatch({ name, hash }: ChainSpec, built: Hash): NodeError {
  return new NodeError({
    code: 'genesis_mismatch',
    severity: 'fatal',
    message: `the genesis of ${name} builds to ${built}, its chain spec names ${hash}`,
    fix: 'run "node scripts/setup.mjs" so that the contracts match this version, or correct the chain spec',
  })
}
