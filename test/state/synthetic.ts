import { emptyCodeHash, emptyOmmersHash, emptyTrieRoot } from '../../core/account.ts'
import type { Block } from '../../core/block.ts'
import { createBloom } from '../../core/bloom.ts'
import { type Header, headerHash } from '../../core/header.ts'
import {
  type Address,
  bytesToAddress,
  bytesToHash,
  emptyBytes,
  type Hash,
  hexToBytes,
  trimZeros,
  zeroAddress,
  zeroHash,
} from '../../core/hex.ts'
import { impersonate } from '../../core/impersonate.ts'
import { keccak256, keccakHash } from '../../core/keccak.ts'
import { encodeReceipt, type Log, type Receipt } from '../../core/receipt.ts'
import type { AccountChange, StateDiff, StateReader } from '../../core/state.ts'
import type { DepositTx, TxEnvelope } from '../../core/tx.ts'
import { envelope } from '../../core/txEnvelope.ts'
import type { GenesisBlock, SealedBlock } from '../../state/chain.ts'
import { commitState } from '../../state/trie/commitState.ts'
import { listRoot } from '../../state/trie/listRoot.ts'
import { nodeMissing, type ReadNode } from '../../state/trie/readNode.ts'

export const rules = { chainId: 31337n }

/** A supply of numbers that depends only on the seed. */
function createDice(seed: string): (sides: number) => number {
  let bytes = keccak256(new TextEncoder().encode(seed))
  let at = 0
  return (sides) => {
    if (at === 32) {
      bytes = keccak256(bytes)
      at = 0
    }
    return ((bytes[at++]! << 8) | bytes[at++]!) % sides
  }
}

export function accountOf(index: number): Address {
  return bytesToAddress(keccak256(Uint8Array.of(1, index)).subarray(12))
}

export function slotOf(index: number): Hash {
  return keccakHash(Uint8Array.of(2, index))
}

/** How much happens in a synthetic block: upper bounds. */
export type Size = { readonly accounts: number; readonly txs: number; readonly logs: number; readonly pool: number }
const small: Size = { accounts: 8, txs: 5, logs: 3, pool: 64 }

/** Block 0 of a chain with a few accounts, one of them with code and storage. */
export function syntheticGenesis(name = 'genesis'): GenesisBlock {
  const dice = createDice(name)
  const code = Uint8Array.of(0x60, 0x00, dice(256))
  const accounts = new Map<Address, AccountChange>()
  for (let index = 0; index < 10; index++) {
    const hasCode = index === 3
    accounts.set(accountOf(index), {
      before: undefined,
      after: { nonce: 0n, balance: 10n ** 18n, codeHash: hasCode ? keccakHash(code) : emptyCodeHash },
      wiped: false,
      storage: new Map(hasCode ? [[slotOf(1), Uint8Array.of(7)]] : []),
    })
  }
  const diff = { accounts, code: new Map([[keccakHash(code), code]]) }
  const { root, nodes } = commitState(readNothing, emptyTrieRoot, diff)
  return {
    block: blockOf({ stateRoot: root, number: 0n, parentHash: zeroHash, salt: name }, [], []),
    nodes,
    code: diff.code,
  }
}

/**
 * A child of a block with made-up changes and transactions: not what any engine would make, but whole (roots, hashes,
 * bloom and diff fit). It depends only on the parent and the salt.
 */
export function syntheticBlock(
  base: { readonly parent: Header; readonly state: StateReader; readonly readNode: ReadNode },
  { salt = '', size = small }: { readonly salt?: string; readonly size?: Size } = {},
): SealedBlock {
  const { parent, state, readNode } = base
  const parentHash = headerHash(parent)
  const dice = createDice(parentHash + salt)
  const diff = syntheticDiff(state, dice, size)
  const { root, nodes } = commitState(readNode, parent.stateRoot, diff)
  const number = parent.number + 1n
  const transactions = syntheticTxs(number, parentHash + salt, dice(size.txs + 1), dice)
  let cumulativeGasUsed = 0n
  const receipts = transactions.map(({ tx }): Receipt => {
    const gasUsed = 21_000n + BigInt(dice(1000))
    cumulativeGasUsed += gasUsed
    const logs = Array.from({ length: dice(size.logs + 1) }, () => syntheticLog(dice))
    const depositNonce = tx.type === 0x7e ? number : undefined
    return { type: tx.type, succeeded: dice(5) > 0, cumulativeGasUsed, gasUsed, logs, depositNonce }
  })
  return {
    block: blockOf({ stateRoot: root, number, parentHash, salt }, transactions, receipts),
    receipts,
    diff,
    nodes,
  }
}

function syntheticDiff(state: StateReader, dice: (sides: number) => number, size: Size): StateDiff {
  const accounts = new Map<Address, AccountChange>()
  const code = new Map<Hash, Uint8Array>()
  for (let count = dice(size.accounts) + 1; count > 0; count--) {
    const address = accountOf(dice(size.pool))
    const before = state.account(address)
    if (before !== undefined && dice(12) === 0) {
      accounts.set(address, { before, after: undefined, wiped: true, storage: new Map() })
      continue
    }
    const wiped = before !== undefined && dice(20) === 0
    const storage = new Map<Hash, Uint8Array>()
    for (let writes = dice(4); writes > 0; writes--) {
      const slot = slotOf(dice(16))
      const value = dice(3) === 0 ? emptyBytes : trimZeros(keccak256(Uint8Array.of(3, dice(200))).subarray(dice(32)))
      const old = wiped || before === undefined ? emptyBytes : state.storage(address, slot)
      if (Buffer.compare(old, value) !== 0) storage.set(slot, value)
      else storage.delete(slot)
    }
    let codeHash = before?.codeHash ?? emptyCodeHash
    if (dice(10) === 0) {
      const bytes = Uint8Array.of(0xfe, dice(256), dice(256))
      codeHash = keccakHash(bytes)
      code.set(codeHash, bytes)
    }
    const after = { nonce: (before?.nonce ?? 0n) + 1n, balance: BigInt(dice(60_000)), codeHash }
    accounts.set(address, { before, after, wiped, storage })
  }
  return { accounts, code }
}

function syntheticTxs(number: bigint, salt: string, count: number, dice: (sides: number) => number): TxEnvelope[] {
  const deposit: DepositTx = {
    type: 0x7e,
    sourceHash: keccakHash(new TextEncoder().encode(salt)),
    from: accountOf(0),
    to: accountOf(1),
    mint: 0n,
    value: 0n,
    gas: 1_000_000n,
    isSystemTx: false,
    data: Uint8Array.of(1, 2, 3),
  }
  const txs: TxEnvelope[] = [envelope(deposit, deposit.from)]
  for (let index = 0; index < count; index++) {
    const call = { nonce: number, gas: 21_000n, value: BigInt(index), data: hexToBytes(deposit.sourceHash) }
    const to = accountOf(dice(20))
    const fees = { maxFeePerGas: 10n, maxPriorityFeePerGas: 1n, accessList: [], chainId: rules.chainId }
    const from = accountOf(index)
    txs.push(
      dice(2) === 0
        ? impersonate({ type: 2, ...call, to, ...fees }, from)
        : impersonate({ type: 0, ...call, to, gasPrice: 10n, chainId: rules.chainId }, from),
    )
  }
  return txs
}

function syntheticLog(dice: (sides: number) => number): Log {
  const topics = Array.from({ length: dice(5) }, () => slotOf(dice(30)))
  return { address: accountOf(dice(6)), topics, data: new Uint8Array(dice(80)).fill(dice(256)) }
}

type Place = { readonly stateRoot: Hash; readonly number: bigint; readonly parentHash: Hash; readonly salt: string }

function blockOf(place: Place, transactions: readonly TxEnvelope[], receipts: readonly Receipt[]): Block {
  const { stateRoot, number, parentHash, salt } = place
  const header: Header = {
    parentHash,
    ommersHash: emptyOmmersHash,
    coinbase: zeroAddress,
    stateRoot,
    transactionsRoot: listRoot(transactions.map(({ raw }) => raw)),
    receiptsRoot: listRoot(receipts.map(encodeReceipt)),
    logsBloom: createBloom(receipts.flatMap(({ logs }) => logs)),
    difficulty: 0n,
    number,
    gasLimit: 30_000_000n,
    gasUsed: receipts.at(-1)?.cumulativeGasUsed ?? 0n,
    timestamp: 1_700_000_000n + number,
    extraData: keccak256(new TextEncoder().encode(salt)),
    mixHash: zeroHash,
    nonce: new Uint8Array(8),
    baseFeePerGas: 7n,
    withdrawalsRoot: emptyTrieRoot,
    blobGasUsed: 0n,
    excessBlobGas: 0n,
    parentBeaconBlockRoot: zeroHash,
    requestsHash: bytesToHash(new Uint8Array(32).fill(9)),
  }
  return { header, hash: headerHash(header), transactions }
}

const readNothing: ReadNode = (hash) => {
  throw nodeMissing(hash)
}
