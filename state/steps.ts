import { emptyTrieRoot } from '../core/account.ts'
import { createBloom } from '../core/bloom.ts'
import type { Header } from '../core/header.ts'
import type { Hash } from '../core/hex.ts'
import { predeploys } from '../core/predeploys.ts'
import { encodeReceipt, type Receipt } from '../core/receipt.ts'
import type { TxReject } from '../core/reject.ts'
import type { StateDiff, StateReader, World } from '../core/state.ts'
import type { TxEnvelope } from '../core/tx.ts'
import { assertConserved } from './conservation.ts'
import type { BlockEnv, BlockExecution, Engine, TxResult } from './engine.ts'
import { commitState } from './trie/commitState.ts'
import { listRoot } from './trie/listRoot.ts'
import { createWorld } from './world.ts'

/** A block that is being executed: the steps that building and verifying share. */
export type Draft = {
  readonly state: StateReader
  readonly world: World
  readonly execution: BlockExecution
  readonly gasLimit: bigint
  readonly transactions: TxEnvelope[]
  readonly receipts: Receipt[]
  gasUsed: bigint
  /** Wei that deposits made. */
  minted: bigint
  /** Wei that self-destructs took. */
  destroyed: bigint
}

/** Opens a block on a state and makes its system writes. The caller closes `execution`. */
export async function openDraft(engine: Engine, state: StateReader, env: BlockEnv): Promise<Draft> {
  const world = createWorld(state)
  const execution = engine.openBlock(world, env)
  await execution.system()
  const { gasLimit } = env
  return { state, world, execution, gasLimit, transactions: [], receipts: [], gasUsed: 0n, minted: 0n, destroyed: 0n }
}

/** Executes the next transaction into the block, or refuses it and leaves the block as it was. */
export async function addTx(draft: Draft, envelope: TxEnvelope): Promise<TxReject | undefined> {
  const { tx } = envelope
  if (draft.gasUsed + tx.gas > draft.gasLimit) {
    const detail = `limit ${draft.gasLimit}, used ${draft.gasUsed}, tx ${tx.gas}`
    return { reject: tx.gas > draft.gasLimit ? 'gas_limit_exceeded' : 'block_full', detail }
  }
  const result = await draft.execution.executeTx(envelope)
  if ('reject' in result) return result
  draft.gasUsed += result.gasUsed
  draft.destroyed += result.destroyed
  if (tx.type === 0x7e) draft.minted += tx.mint
  draft.transactions.push(envelope)
  draft.receipts.push(receiptOf(tx.type, result, draft.gasUsed))
  return undefined
}

/** What execution adds to a header, with the trie nodes and the diff behind it. */
export type Outcome = {
  readonly fields: Pick<
    Header,
    'stateRoot' | 'transactionsRoot' | 'receiptsRoot' | 'logsBloom' | 'gasUsed' | 'withdrawalsRoot'
  >
  readonly diff: StateDiff
  readonly nodes: ReadonlyMap<Hash, Uint8Array>
}

/** Ends the block: checks that money is conserved, commits the trie, computes roots and bloom. */
export function finishDraft(draft: Draft, readNode: (hash: Hash) => Uint8Array, parentRoot: Hash): Outcome {
  const diff = draft.world.finish()
  assertConserved(diff, draft)
  const { root, nodes, storageRoots } = commitState(readNode, parentRoot, diff)
  const { messagePasser } = predeploys
  const fields = {
    gasUsed: draft.gasUsed,
    stateRoot: root,
    transactionsRoot: listRoot(draft.transactions.map(({ raw }) => raw)),
    receiptsRoot: listRoot(draft.receipts.map(encodeReceipt)),
    logsBloom: createBloom(draft.receipts.flatMap(({ logs }) => logs)),
    withdrawalsRoot:
      storageRoots.get(messagePasser) ?? draft.state.account(messagePasser)?.storageRoot ?? emptyTrieRoot,
  }
  return { fields, diff, nodes }
}

function receiptOf(type: number, result: TxResult, cumulativeGasUsed: bigint): Receipt {
  const { succeeded, gasUsed, logs, depositNonce } = result
  return { type, succeeded, cumulativeGasUsed, gasUsed, logs, depositNonce }
}
