import assert from 'node:assert/strict'
import { protocol } from '../../../attribution/native/addresses.ts'
import type { PrecompileTable } from '../../../attribution/precompile.ts'
import { protocolPrecompiles } from '../../../attribution/protocol.ts'
import { emptyCodeHash } from '../../../core/account.ts'
import type { Address, Hash } from '../../../core/hex.ts'
import type { StateReader, World } from '../../../core/state.ts'
import { loadContract } from '../../../genesis/loadContract.ts'
import type { BlockEnv, Engine, TxResult } from '../../../state/engine.ts'
import { createEthereumjsEngine } from '../../../state/engines/ethereumjs/engine.ts'
import { createWorld } from '../../../state/world.ts'
import { createMemoryState, type MemoryState } from '../../state/memoryReader.ts'
import { ether, rules, senders, transaction } from '../../state/testChain.ts'
import { devRules, type Harness } from '../harness.ts'

/** The account that sends the transactions: it has no code and no part in the protocol. */
const operator = 58
const treeCode = loadContract('Tree').runtime

/** Puts the contract Tree at these accounts of a harness, so that they act inside the EVM by what they are told. */
export function plantTrees(h: Harness, accounts: readonly Address[]): void {
  for (const account of accounts) h.world.setCode(account, treeCode)
}

/** Changes an account's balance in a harness. */
export function pay({ world }: Harness, account: Address, wei: bigint): void {
  const { nonce, balance, codeHash } = world.account(account) ?? { nonce: 0n, balance: 0n, codeHash: emptyCodeHash }
  world.setAccount(account, { nonce, codeHash, balance: balance + wei })
}

/** What a harness holds at this moment, as a base state for the EVM. */
export function memoryOf(h: Harness): MemoryState {
  const memory = createMemoryState(
    Object.fromEntries([
      ...senders.map((sender) => [sender, { balance: 1_000_000n * ether }]),
      ...Object.values(protocol).map((address) => [address, { nonce: 1n, code: Uint8Array.of(0xfe) }]),
    ]),
  )
  memory.apply(h.world.finish())
  return memory
}

/** An EVM with these native precompiles; without any the protocol's addresses are ordinary contracts. */
export function createEvm(precompiles: PrecompileTable = protocolPrecompiles(devRules)): Promise<Engine> {
  return createEthereumjsEngine({ rules, precompiles, blockHash: () => undefined as Hash | undefined })
}

/** A state that transactions change, one after the other. */
export type EvmWorld = {
  readonly world: World
  /** Sends data from an account of no interest, at the time of the harness; refused transactions are a bug. */
  send(
    h: Pick<Harness, 'now' | 'blockNumber'>,
    tx: { readonly to: Address; readonly data: Uint8Array; readonly gas?: bigint; readonly value?: bigint },
  ): Promise<TxResult>
}

export function createEvmWorld(engine: Engine, reader: StateReader): EvmWorld {
  const world = createWorld(reader)
  let nonce = 0n
  return {
    world,
    async send(h, { to, data, gas = 16_000_000n, value = 0n }) {
      const execution = engine.openBlock(world, envOf(h))
      const result = await execution.executeTx(transaction(operator, { nonce, to, data, gas, value }))
      execution.close()
      assert(!('reject' in result), 'refused')
      assert.equal(world.depth(), 0, 'the journal is even')
      nonce++
      return result
    },
  }
}

/** A block at the harness's time. */
export function envOf({ now, blockNumber }: Pick<Harness, 'now' | 'blockNumber'>): BlockEnv {
  return {
    number: blockNumber,
    timestamp: now,
    coinbase: '0x000000000000000000000000000000000000fee0' as Address,
    gasLimit: 60_000_000n,
    baseFee: 1_000_000n,
    mixHash: zero,
    parentHash: zero,
    parentBeaconBlockRoot: zero,
  }
}

const zero = `0x${'00'.repeat(32)}` as Hash
