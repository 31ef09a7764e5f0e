import fc from 'fast-check'
import type { Account } from '../../core/account.ts'
import type { Header } from '../../core/header.ts'
import { bytesToAddress, bytesToHash } from '../../core/hex.ts'
import type { Log, Receipt } from '../../core/receipt.ts'
import type { RlpItem } from '../../core/rlp.ts'
import { curveOrder, maxLowS } from '../../core/secp256k1.ts'
import type { Authorization, DepositTx, SignedTx } from '../../core/tx.ts'
import type { UnsignedTx } from '../../core/txEncode.ts'

const record = <T>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> =>
  fc.record<T>(model, { noNullPrototype: true })

/** Numbers up to `max`: small ones, bounds and anything between. */
export const uint = (max: bigint) =>
  fc.oneof(fc.bigInt({ min: 0n, max }), fc.bigInt({ min: 0n, max: 300n }), fc.constant(max))
export const uint64 = uint(2n ** 64n - 1n)
export const uint256 = uint(2n ** 256n - 1n)
export const bytes = (maxLength = 100) => fc.uint8Array({ maxLength })
export const fixed = (length: number) => fc.uint8Array({ minLength: length, maxLength: length })
export const hash = fixed(32).map(bytesToHash)
export const address = fixed(20).map(bytesToAddress)
const recipient = fc.option(address, { nil: undefined })
const chainId = uint(2n ** 32n)
const nonce = uint(2n ** 64n - 2n)

const accessList = fc.array(record({ address, storageKeys: fc.array(hash, { maxLength: 3 }) }), { maxLength: 3 })

export const authorization: fc.Arbitrary<Authorization> = record({
  chainId: uint256,
  address,
  nonce: uint64,
  yParity: fc.integer({ min: 0, max: 255 }),
  r: uint256,
  s: uint256,
})

const fee = fc
  .tuple(uint256, uint256)
  .map(([a, b]) =>
    a < b ? { maxPriorityFeePerGas: a, maxFeePerGas: b } : { maxPriorityFeePerGas: b, maxFeePerGas: a },
  )
const call = { nonce, gas: uint64, value: uint256, data: bytes() }

/** Transactions of the four types without a signature. */
export const unsignedTx: fc.Arbitrary<UnsignedTx> = fc.oneof(
  record({
    ...call,
    type: fc.constant(0 as const),
    chainId: fc.option(chainId, { nil: undefined }),
    to: recipient,
    gasPrice: uint256,
  }),
  record({ ...call, type: fc.constant(1 as const), chainId, to: recipient, gasPrice: uint256, accessList }),
  fc
    .tuple(record({ ...call, type: fc.constant(2 as const), chainId, to: recipient, accessList }), fee)
    .map(([tx, fees]) => ({ ...tx, ...fees })),
  fc
    .tuple(
      record({
        ...call,
        type: fc.constant(4 as const),
        chainId,
        to: address,
        accessList,
        authorizationList: fc.array(authorization, { minLength: 1, maxLength: 3 }),
      }),
      fee,
    )
    .map(([tx, fees]) => ({ ...tx, ...fees })),
)

const signature = record({
  r: fc.bigInt({ min: 1n, max: curveOrder - 1n }),
  s: fc.bigInt({ min: 1n, max: maxLowS }),
  yParity: fc.constantFrom(0 as const, 1 as const),
})

/** Transactions with a signature in range (of whoever it may be). */
export const signedTx: fc.Arbitrary<SignedTx> = fc.tuple(unsignedTx, signature).map(([tx, sig]) => ({ ...tx, ...sig }))

export const depositTx: fc.Arbitrary<DepositTx> = record({
  type: fc.constant(0x7e as const),
  sourceHash: hash,
  from: address,
  to: recipient,
  mint: uint256,
  value: uint256,
  gas: uint64,
  isSystemTx: fc.boolean(),
  data: bytes(),
})

export const header: fc.Arbitrary<Header> = record({
  parentHash: hash,
  ommersHash: hash,
  coinbase: address,
  stateRoot: hash,
  transactionsRoot: hash,
  receiptsRoot: hash,
  logsBloom: fixed(256),
  difficulty: uint256,
  number: uint64,
  gasLimit: uint64,
  gasUsed: uint64,
  timestamp: uint64,
  extraData: bytes(32),
  mixHash: hash,
  nonce: fixed(8),
  baseFeePerGas: uint256,
  withdrawalsRoot: hash,
  blobGasUsed: uint64,
  excessBlobGas: uint64,
  parentBeaconBlockRoot: hash,
  requestsHash: hash,
})

export const account: fc.Arbitrary<Account> = record({
  nonce: uint64,
  balance: uint256,
  storageRoot: hash,
  codeHash: hash,
})

export const log: fc.Arbitrary<Log> = record({ address, topics: fc.array(hash, { maxLength: 4 }), data: bytes() })

/** Receipts of one block: the cumulative gas adds up, deposits carry their nonce. */
export const receipts: fc.Arbitrary<readonly Receipt[]> = fc
  .array(
    record({
      type: fc.constantFrom(0, 1, 2, 4, 0x7e),
      succeeded: fc.boolean(),
      gasUsed: uint(2n ** 30n),
      logs: fc.array(log, { maxLength: 3 }),
      depositNonce: uint64,
    }),
    { maxLength: 5 },
  )
  .map((list) => {
    let cumulativeGasUsed = 0n
    return list.map(({ depositNonce, ...receipt }) => {
      cumulativeGasUsed += receipt.gasUsed
      return { ...receipt, cumulativeGasUsed, depositNonce: receipt.type === 0x7e ? depositNonce : undefined }
    })
  })

/** Any RLP value. */
export const rlpItem: fc.Arbitrary<RlpItem> = fc.letrec<{ item: RlpItem; list: RlpItem[] }>((tie) => ({
  item: fc.oneof({ maxDepth: 5, depthSize: 'small' }, bytes(70), tie('list')),
  list: fc.array(tie('item'), { maxLength: 6 }),
})).item

/** A valid encoding with one byte changed, inserted or removed. */
export const mutation = (valid: fc.Arbitrary<Uint8Array>): fc.Arbitrary<Uint8Array> =>
  fc
    .tuple(valid, fc.nat(), fc.integer({ min: 0, max: 255 }), fc.constantFrom('change', 'insert', 'remove', 'cut'))
    .map(([original, position, byte, kind]) => {
      const at = original.length === 0 ? 0 : position % original.length
      const head = original.subarray(0, at)
      if (kind === 'cut') return head
      const tail = original.subarray(kind === 'insert' ? at : at + 1)
      return Uint8Array.from([...head, ...(kind === 'remove' ? [] : [byte]), ...tail])
    })
