import { emptyCodeHash, emptyTrieRoot } from '../../core/account.ts'
import type { Header } from '../../core/header.ts'
import { type Address, emptyBytes, type Hash, zeroAddress, zeroHash } from '../../core/hex.ts'
import { keccakHash } from '../../core/keccak.ts'
import type { ChainRules } from '../../core/rules.ts'
import type { StateReader } from '../../core/state.ts'
import type { Authorization, SignedTx, TxEnvelope } from '../../core/tx.ts'
import { envelope } from '../../core/txEnvelope.ts'
import { defaultPoolLimits, type PoolLimits } from '../../sequencer/mempool/limits.ts'
import { createMempool, type PoolOptions } from '../../sequencer/mempool/mempool.ts'

export const rules: Pick<ChainRules, 'chainId' | 'minBaseFee' | 'maxFloorFee' | 'impersonation' | 'maxOriginAgeSec'> = {
  chainId: 31337n,
  minBaseFee: 0n,
  maxFloorFee: 10n ** 12n,
  impersonation: false,
  maxOriginAgeSec: 1_800n,
}

/** The nth test account. */
export function account(index: number): Address {
  return `0x${(index + 1).toString(16).padStart(40, '0')}` as Address
}

export type TxFields = {
  readonly from?: Address
  readonly nonce?: number
  /** Fee cap and tip in wei per gas. */
  readonly fee?: number
  readonly tip?: number
  readonly value?: bigint
  readonly gas?: bigint
  readonly data?: Uint8Array
  readonly to?: Address | undefined
  readonly chainId?: bigint
}

/** A 1559 transaction as if signed by `from`. */
export function makeTx(fields: TxFields = {}): TxEnvelope<SignedTx> {
  const { from = account(0), nonce = 0, fee = 10, tip = 1, value = 0n, gas = 21_000n, data = emptyBytes } = fields
  const tx: SignedTx = {
    type: 2,
    chainId: fields.chainId ?? rules.chainId,
    nonce: BigInt(nonce),
    maxFeePerGas: BigInt(fee),
    maxPriorityFeePerGas: BigInt(tip),
    gas,
    to: 'to' in fields ? fields.to : zeroAddress,
    value,
    data,
    accessList: [],
    r: BigInt(from),
    s: 1n,
    yParity: 0,
  }
  return envelope(tx, from)
}

/** A transaction that carries these authorizations. */
export function makeSetCodeTx(
  authorizationList: readonly Authorization[],
  fields: TxFields = {},
): TxEnvelope<SignedTx> {
  const { tx, from } = makeTx({ gas: 100_000n, ...fields })
  if (tx.type !== 2) throw new Error('unreachable')
  return envelope({ ...tx, type: 4, to: zeroAddress, authorizationList }, from)
}

export type FakeAccount = { nonce: bigint; balance: bigint; code?: Uint8Array }
export type FakeState = Map<Address, FakeAccount>

/** Reads of a plain map. */
export function readerOf(state: FakeState): StateReader {
  const codes = () => new Map([...state.values()].map(({ code }) => [code && keccakHash(code), code]))
  return {
    account: (address) => {
      const fake = state.get(address)
      if (fake === undefined) return undefined
      const codeHash = fake.code === undefined ? emptyCodeHash : keccakHash(fake.code)
      return { nonce: fake.nonce, balance: fake.balance, storageRoot: emptyTrieRoot, codeHash }
    },
    storage: () => emptyBytes,
    code: (hash) => codes().get(hash) ?? emptyBytes,
  }
}

export function makeHeader(fields: Partial<Header> = {}): Header {
  return {
    parentHash: zeroHash,
    ommersHash: zeroHash,
    coinbase: zeroAddress,
    stateRoot: zeroHash,
    transactionsRoot: zeroHash,
    receiptsRoot: zeroHash,
    logsBloom: new Uint8Array(256),
    difficulty: 0n,
    number: 0n,
    gasLimit: 30_000_000n,
    gasUsed: 0n,
    timestamp: 0n,
    extraData: emptyBytes,
    mixHash: zeroHash,
    nonce: new Uint8Array(8),
    baseFeePerGas: 1n,
    withdrawalsRoot: zeroHash,
    blobGasUsed: 0n,
    excessBlobGas: 0n,
    parentBeaconBlockRoot: zeroHash,
    requestsHash: zeroHash,
    ...fields,
  }
}

export const ether = 10n ** 18n

/** A pool over a map of accounts; the first twenty have one ether each. Time and head are plain fields to change. */
export function makePool(
  options: { limits?: Partial<PoolLimits> } & Partial<Pick<PoolOptions, 'rules' | 'onPending' | 'onLocal'>> = {},
) {
  const state: FakeState = new Map()
  for (let index = 0; index < 20; index++) state.set(account(index), { nonce: 0n, balance: ether })
  const world = { state, header: makeHeader(), nowMs: 0 }
  const pool = createMempool({
    rules,
    ...options,
    limits: { ...defaultPoolLimits, ...options.limits },
    head: () => ({ header: world.header, state: readerOf(world.state) }),
    nowMs: () => world.nowMs,
  })
  return { pool, world, state }
}

/** Hashes, for comparing lists of transactions. */
export function hashes(txs: Iterable<{ readonly hash: Hash }>): Hash[] {
  return [...txs].map(({ hash }) => hash)
}
