import { emptyCodeHash } from '../../core/account.ts'
import type { Block } from '../../core/block.ts'
import { NodeError } from '../../core/errors.ts'
import { type Header, headerHash } from '../../core/header.ts'
import { bytesToBigint, type Hash, zeroHash } from '../../core/hex.ts'
import { keccakHash } from '../../core/keccak.ts'
import type { L1Inputs } from '../../core/ports/l1.ts'
import { predeploys } from '../../core/predeploys.ts'
import type { ChainRules } from '../../core/rules.ts'
import type { StateReader } from '../../core/state.ts'
import { type ChainSpec, originOf } from '../../genesis/spec.ts'
import type { Engine } from '../../state/engine.ts'
import { openState } from '../../state/reader.ts'
import type { BlockReject, SealedBlock } from '../../state/sealed.ts'
import type { BlockReader } from '../../state/store/blockReader.ts'
import { codeMissing, nodeMissing } from '../../state/trie/readNode.ts'
import { verifyBlock } from '../../state/verify.ts'

/** All that executing a block reads of the chain before it: each part is named by a hash that another part gives. */
export type Witness = {
  readonly parent: Header
  /** The blocks before the parent, the newest first, as far back as BLOCKHASH sees. */
  readonly ancestors: readonly Header[]
  readonly nodes: readonly Uint8Array[]
  readonly codes: readonly Uint8Array[]
}

/** How an engine is made: see `EngineOptions`. */
export type OpenEngine = (blockHash: (number: bigint) => Hash | undefined) => Promise<Engine>

/** BLOCKHASH reads so many blocks, the parent included. */
const mostAncestors = 255
/** Bytes of nodes and codes at most: a block reads far less. */
const maxWitnessBytes = 8 << 20

/** What a block is executed on: the chain's state, or that of a witness. */
type Ground = { readonly parent: Header; readonly readNode: (hash: Hash) => Uint8Array; readonly state: StateReader }

export type Replay = {
  readonly block: Block
  readonly inputs: L1Inputs
  readonly engine: Engine
  readonly rules: ChainRules
  readonly spec: ChainSpec
}

/** What execution says of a block, with the witness for it; no witness if it is too large. */
export type Recorded = { readonly result: SealedBlock | BlockReject; readonly witness: Witness | undefined }

/** Executes a block again on its parent's stored state and keeps what it reads. Undefined if the parent is not stored. */
export async function recordWitness(
  reader: Pick<BlockReader, 'headerByHash' | 'readNode' | 'readCode'>,
  replay: Replay,
): Promise<Recorded | undefined> {
  const parent = reader.headerByHash(replay.block.header.parentHash)
  if (parent === undefined) return undefined
  const nodes = new Map<Hash, Uint8Array>()
  const codes = new Map<Hash, Uint8Array>()
  const readNode = (hash: Hash) => {
    const raw = reader.readNode(hash)
    nodes.set(hash, raw)
    return raw
  }
  const state = openState(readNode, reader.readCode, parent.stateRoot)
  const result = await execute({ parent, readNode, state: withCodes(state, codes) }, replay)
  let bytes = 0
  for (const part of [...nodes.values(), ...codes.values()]) bytes += part.length
  if (bytes > maxWitnessBytes) return { result, witness: undefined }
  const witness = {
    parent,
    ancestors: ancestorsOf(reader, parent),
    nodes: [...nodes.values()],
    codes: [...codes.values()],
  }
  return { result, witness }
}

/**
 * Executes a block from a witness alone. A string says what is wrong with the witness: it is not of the block's parent,
 * its headers are not linked, or something that execution reads is not in it.
 */
export async function replayWitness(
  witness: Witness,
  { openEngine, ...replay }: Omit<Replay, 'engine'> & { readonly openEngine: OpenEngine },
): Promise<SealedBlock | BlockReject | string> {
  const { parent, ancestors } = witness
  if (headerHash(parent) !== replay.block.header.parentHash) return 'the parent in it is not the parent of the block'
  const hashes = new Map<bigint, Hash>()
  let expected = parent.parentHash
  for (const [index, ancestor] of ancestors.entries()) {
    const number = parent.number - 1n - BigInt(index)
    if (headerHash(ancestor) !== expected || ancestor.number !== number) return 'its headers are not linked'
    hashes.set(number, expected)
    expected = ancestor.parentHash
  }
  const isComplete = ancestors.length === mostAncestors || expected === zeroHash
  if (!isComplete) return 'headers that BLOCKHASH can see are not in it'
  const readNode = readerOf(witness.nodes, nodeMissing)
  const state = openState(readNode, readerOf(witness.codes, codeMissing), parent.stateRoot)
  const engine = await openEngine((number) => hashes.get(number))
  try {
    return await execute({ parent, readNode, state }, { ...replay, engine })
  } catch (error) {
    if (error instanceof NodeError) return `something that execution reads is not in it (${error.code})`
    // Inputs that L1 cannot give break what execution takes for granted.
    return 'it cannot be executed with these inputs'
  }
}

/** The L1 origin of a block as its state has it, and its place among the blocks of that origin. */
export function placeOnL1(
  parent: Pick<Header, 'number'>,
  state: Pick<StateReader, 'storage'>,
  spec: ChainSpec,
): { readonly number: bigint; readonly hash: Hash; readonly sequenceNumber: bigint } {
  if (parent.number === 0n) {
    const { origin, sequenceNumber } = originOf(spec)
    return { number: origin.number, hash: origin.hash, sequenceNumber }
  }
  // Slots of L1Block: time and number, hash, scalars and sequence number, each number in the low 64 bits.
  const slot = (index: number) => bytesToBigint(state.storage(predeploys.l1Block, slotOf(BigInt(index))))
  return {
    number: BigInt.asUintN(64, slot(0)),
    hash: slotOf(slot(2)),
    sequenceNumber: BigInt.asUintN(64, slot(3)),
  }
}

/** The state that a witness has of the parent. Reads throw NodeErrors for what is not in it. */
export function witnessState({ parent, nodes, codes }: Witness): StateReader {
  return openState(readerOf(nodes, nodeMissing), readerOf(codes, codeMissing), parent.stateRoot)
}

function readerOf(parts: readonly Uint8Array[], missing: (hash: Hash) => NodeError): (hash: Hash) => Uint8Array {
  const byHash = new Map(parts.map((bytes) => [keccakHash(bytes), bytes]))
  return (hash) => {
    const bytes = byHash.get(hash)
    if (bytes === undefined) throw missing(hash)
    return bytes
  }
}

/** The state, keeping the code of every account that is read: engines know code from before and do not ask again. */
function withCodes(state: StateReader, kept: Map<Hash, Uint8Array>): StateReader {
  return {
    ...state,
    account(address) {
      const account = state.account(address)
      const codeHash = account?.codeHash ?? emptyCodeHash
      if (codeHash !== emptyCodeHash && !kept.has(codeHash)) kept.set(codeHash, state.code(codeHash))
      return account
    },
  }
}

function execute({ parent, readNode, state }: Ground, { spec, ...replay }: Replay) {
  return verifyBlock({ ...replay, parent, state, readNode, parentOrigin: placeOnL1(parent, state, spec) })
}

function ancestorsOf(reader: Pick<BlockReader, 'headerByHash'>, parent: Header): readonly Header[] {
  const ancestors: Header[] = []
  let next = reader.headerByHash(parent.parentHash)
  while (next !== undefined && ancestors.length < mostAncestors) {
    ancestors.push(next)
    next = reader.headerByHash(next.parentHash)
  }
  return ancestors
}

function slotOf(value: bigint): Hash {
  return `0x${value.toString(16).padStart(64, '0')}` as Hash
}
