import type { Address, Hash } from '../core/hex.ts'
import type { Log } from '../core/receipt.ts'
import type { TxReject } from '../core/reject.ts'
import type { World } from '../core/state.ts'
import type { AccessList, Authorization, TxEnvelope } from '../core/tx.ts'

/** What execution knows of the block: header fields that opcodes, fees and system calls read. Wei, gas, seconds. */
export type BlockEnv = {
  readonly number: bigint
  readonly timestamp: bigint
  readonly coinbase: Address
  readonly gasLimit: bigint
  readonly baseFee: bigint
  readonly mixHash: Hash
  readonly parentHash: Hash
  readonly parentBeaconBlockRoot: Hash
}

/** Why execution failed: `revert` carries the data of REVERT in the output, `halt` took all gas. */
export type ExecutionError = { readonly kind: 'revert' | 'halt'; readonly reason: string }

/** The outcome of a transaction that is part of the block, failed ones included. */
export type TxResult = {
  readonly succeeded: boolean
  readonly gasUsed: bigint
  readonly logs: readonly Log[]
  /** Return data, or revert data. */
  readonly output: Uint8Array
  /** Creations only: the address of the new contract (also when creating it failed). */
  readonly contractAddress: Address | undefined
  /** Deposits only: the sender's nonce before execution. */
  readonly depositNonce: bigint | undefined
  /** Wei destroyed by self-destructs of contracts created in this transaction (EIP-6780). */
  readonly destroyed: bigint
  readonly error: ExecutionError | undefined
}

/** A message without signature for `eth_call` and gas estimates. */
export type CallMessage = {
  readonly from: Address
  /** Absent: contract creation. */
  readonly to: Address | undefined
  readonly value: bigint
  readonly gas: bigint
  /** Effective price in wei per gas, charged to the sender. With 0 the block's base fee reads as 0 too. */
  readonly gasPrice: bigint
  readonly data: Uint8Array
  readonly accessList?: AccessList
  readonly authorizationList?: readonly Authorization[]
  /** False: the sender is given what `value` and `gas * gasPrice` need. */
  readonly checkBalance: boolean
  /** Given: must equal the sender's nonce. */
  readonly nonce?: bigint
}

export type CallResult = {
  readonly kind: 'success' | 'revert' | 'halt'
  readonly output: Uint8Array
  readonly gasUsed: bigint
  /** Gas that refunds took off `gasUsed`: a limit below their sum would not have been enough. */
  readonly gasRefund: bigint
  readonly logs: readonly Log[]
  readonly contractAddress: Address | undefined
  /** Why it halted. */
  readonly reason: string | undefined
}

/**
 * One block being executed over one world. Every method leaves the world's checkpoint depth as it found it, also when
 * it throws (outages and bugs only). Methods must not run at the same time on one execution.
 */
export type BlockExecution = {
  /** The EIP-4788 and EIP-2935 writes: before the first transaction. */
  system(): void | Promise<void>
  /** Executes a transaction, or refuses it and leaves the world as it was. Deposits are never refused. */
  executeTx(tx: TxEnvelope): TxResult | TxReject | Promise<TxResult | TxReject>
  /** Executes a message as if it came first in a transaction, then undoes all its effects. */
  call(message: CallMessage): CallResult | TxReject | Promise<CallResult | TxReject>
  close(): void
}

/** An EVM. Nothing outside `state/engines/` knows which one runs. */
export type Engine = {
  openBlock(world: World, env: BlockEnv): BlockExecution
}
