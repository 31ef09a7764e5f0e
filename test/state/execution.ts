import assert from 'node:assert/strict'
import { type Hash, zeroHash } from '../../core/hex.ts'
import type { World } from '../../core/state.ts'
import type { TxEnvelope } from '../../core/tx.ts'
import type { BlockEnv, BlockExecution, TxResult } from '../../state/engine.ts'
import { createEthereumjsEngine } from '../../state/engines/ethereumjs/engine.ts'
import { createWorld } from '../../state/world.ts'
import { addressOf, createMemoryState, type PlainAccount } from './memoryReader.ts'
import { ether, gwei, rules, senders } from './testChain.ts'

/** A block of the tests that execute without building. */
export const testEnv: BlockEnv = {
  number: 500n,
  timestamp: 1_000n,
  coinbase: addressOf(0xfee),
  gasLimit: 30_000_000n,
  baseFee: gwei,
  mixHash: zeroHash,
  parentHash: zeroHash,
  parentBeaconBlockRoot: zeroHash,
}

const engine = await createEthereumjsEngine({
  rules,
  precompiles: new Map(),
  blockHash: () => undefined as Hash | undefined,
})

export type OpenBlock = { readonly world: World; readonly execution: BlockExecution }

/** A block over these accounts; the first eight senders have 1,000 ether each unless they are given. */
export function openTestBlock(accounts: Readonly<Record<string, PlainAccount>>): OpenBlock {
  const alloc: Record<string, PlainAccount> = { ...accounts }
  for (const sender of senders.slice(0, 8)) alloc[sender] ??= { balance: 1_000n * ether }
  const world = createWorld(createMemoryState(alloc).reader)
  return { world, execution: engine.openBlock(world, testEnv) }
}

/** Executes a transaction that must not be refused. */
export async function executed({ execution, world }: OpenBlock, tx: TxEnvelope): Promise<TxResult> {
  const result = await execution.executeTx(tx)
  assert.equal(world.depth(), 0)
  assert(!('reject' in result), 'refused')
  return result
}
