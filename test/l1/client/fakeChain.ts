import { createBlockHeader } from '@ethereumjs/block'
import { createCustomCommon, Hardfork, Mainnet } from '@ethereumjs/common'
import { createMPT } from '@ethereumjs/mpt'
import { RLP } from '@ethereumjs/rlp'
import { createAddressFromString } from '@ethereumjs/util'
import { Bloom, encodeReceipt } from '@ethereumjs/vm'
import { parseTransaction, type TransactionSerialized } from 'viem'
import {
  type Address,
  bigintToFixed,
  bytesToBigint,
  bytesToHash,
  bytesToHex,
  type Hash,
  hexToBytes,
} from '../../../core/hex.ts'
import { type Json, type JsonObject, toQuantity } from '../../../core/json.ts'
import { keccakHash } from '../../../core/keccak.ts'
import type { LogDraft } from '../../rollup/l1/logs.ts'

// Blocks of a made-up L1 with the fields of Osaka. Hashes and roots are EthereumJS's, not those of the code under test.

export type FakeTx = {
  /** The signed transaction as viem writes it. */
  readonly raw: TransactionSerialized
  readonly from: Address
  readonly logs?: readonly LogDraft[]
  readonly failed?: boolean
}

export type FakeBlock = {
  readonly number: bigint
  readonly hash: Hash
  readonly timestamp: bigint
  /** As `eth_getBlockByHash` answers with whole transactions. */
  readonly json: JsonObject & { readonly transactions: readonly JsonObject[] }
  readonly receipts: readonly JsonObject[]
  readonly blobs: readonly Uint8Array[]
}

const common = createCustomCommon({ chainId: 900 }, Mainnet, { hardfork: Hardfork.Osaka })
const gasUsed = 21_000n

/** Seconds between blocks; slots are as long, and none is skipped. */
export const slotSec = 12n
export const genesisTime = 1_790_000_000n
export const excessBlobGas = 200_000_000n

/** A block on top of another; `salt` makes it another block with the same content. */
export async function mine(
  parent: FakeBlock | undefined,
  { txs = [], blobs = [], salt = 0n }: { txs?: readonly FakeTx[]; blobs?: readonly Uint8Array[]; salt?: bigint } = {},
): Promise<FakeBlock> {
  const number = parent === undefined ? 0n : parent.number + 1n
  const timestamp = genesisTime + number * slotSec
  const types = txs.map(({ raw }) => typeOf(raw))
  const receipts = txs.map(({ logs = [], failed = false }, index) => receiptOf(logs, failed, index, types[index]!))
  const bloom = new Bloom()
  for (const receipt of receipts) bloom.or(new Bloom(receipt.bitvector))
  const header = createBlockHeader(
    {
      parentHash: parent?.hash ?? bytesToHash(bigintToFixed(0n, 32)),
      number,
      timestamp,
      transactionsTrie: await rootOf(txs.map(({ raw }) => hexToBytes(raw))),
      receiptTrie: await rootOf(receipts.map((receipt) => receipt.encoded)),
      logsBloom: bloom.bitvector,
      gasLimit: 36_000_000n,
      gasUsed: gasUsed * BigInt(txs.length),
      baseFeePerGas: 1_000_000_000n,
      mixHash: keccakHash(bigintToFixed(number + (salt << 64n), 32)),
      withdrawalsRoot: keccakHash(Uint8Array.of(1)),
      blobGasUsed: BigInt(blobs.length) * 131_072n,
      excessBlobGas,
      parentBeaconBlockRoot: keccakHash(Uint8Array.of(2)),
      requestsHash: keccakHash(Uint8Array.of(3)),
      extraData: '0x6d616465',
    },
    { common, skipConsensusFormatValidation: true },
  )
  const hash = bytesToHash(header.hash())
  const place = { blockHash: hash, blockNumber: toQuantity(number) }
  let logIndex = 0
  const json = {
    ...renamed(header.toJSON() as Record<string, Json>),
    hash,
    size: '0x400',
    uncles: [],
    withdrawals: [],
    transactions: txs.map((tx, index) => txToJson(tx, { ...place, transactionIndex: toQuantity(index) })),
  }
  return {
    number,
    hash,
    timestamp,
    blobs,
    json,
    receipts: receipts.map((receipt, index) => ({
      ...place,
      type: toQuantity(types[index]!),
      status: toQuantity(receipt.status),
      cumulativeGasUsed: toQuantity(receipt.cumulativeBlockGasUsed),
      gasUsed: toQuantity(gasUsed),
      effectiveGasPrice: '0x3b9aca00',
      logsBloom: bytesToHex(receipt.bitvector),
      transactionHash: json.transactions[index]!.hash!,
      transactionIndex: toQuantity(index),
      from: txs[index]!.from,
      logs: (txs[index]!.logs ?? []).map(({ address, topics, data }) => ({
        ...place,
        address,
        topics,
        data: bytesToHex(data),
        logIndex: toQuantity(logIndex++),
        transactionHash: json.transactions[index]!.hash!,
      })),
    })),
  }
}

function receiptOf(logs: readonly LogDraft[], failed: boolean, index: number, type: number) {
  const bloom = new Bloom()
  for (const { address, topics } of logs) {
    bloom.add(hexToBytes(address))
    for (const topic of topics) bloom.add(hexToBytes(topic))
  }
  const receipt = {
    status: failed ? 0 : 1,
    cumulativeBlockGasUsed: gasUsed * BigInt(index + 1),
    bitvector: bloom.bitvector,
    logs: logs.map(({ address, topics, data }): [Uint8Array, Uint8Array[], Uint8Array] => [
      createAddressFromString(address).bytes,
      topics.map(hexToBytes),
      data,
    ]),
  } as const
  return { ...receipt, encoded: encodeReceipt(receipt as Parameters<typeof encodeReceipt>[0], type as 0) }
}

async function rootOf(values: readonly Uint8Array[]): Promise<Uint8Array> {
  const trie = await createMPT()
  for (const [index, value] of values.entries()) await trie.put(RLP.encode(index), value)
  return trie.root()
}

/** EthereumJS's names of header fields to those of JSON-RPC. */
function renamed(header: Record<string, Json>): Record<string, Json> {
  const { uncleHash = '', coinbase = '', transactionsTrie = '', receiptTrie = '', ...same } = header
  return {
    ...same,
    sha3Uncles: uncleHash,
    miner: coinbase,
    transactionsRoot: transactionsTrie,
    receiptsRoot: receiptTrie,
  }
}

function typeOf(raw: TransactionSerialized): number {
  const first = Number(raw.slice(0, 4))
  return first < 0x80 ? first : 0
}

/** As geth writes it: numbers without leading zeros, lists as they are. */
function txToJson({ raw, from }: FakeTx, place: JsonObject): JsonObject {
  const tx = parseTransaction(raw)
  const type = typeOf(raw)
  const quantities = ['nonce', 'gas', 'value', 'gasPrice', 'maxFeePerGas', 'maxPriorityFeePerGas', 'maxFeePerBlobGas']
  const values: Readonly<Record<string, unknown>> = tx
  const numbers = quantities.flatMap((name) => {
    const value = values[name] ?? (['nonce', 'value'].includes(name) ? 0n : undefined)
    return value === undefined ? [] : [[name, toQuantity(BigInt(value as number | bigint))] as const]
  })
  const fields = RLP.decode(hexToBytes(raw).subarray(type === 0 ? 0 : 1)) as Uint8Array[]
  const [v, r, s] = fields.slice(-3).map(bytesToBigint)
  return {
    ...place,
    ...Object.fromEntries(numbers),
    type: toQuantity(type),
    hash: keccakHash(hexToBytes(raw)),
    from,
    to: tx.to ?? null,
    input: tx.data ?? '0x',
    v: toQuantity(v!),
    r: toQuantity(r!),
    s: toQuantity(s!),
    ...(tx.chainId === undefined ? undefined : { chainId: toQuantity(tx.chainId) }),
    ...(type === 0 ? undefined : { yParity: toQuantity(v!), accessList: (values.accessList ?? []) as Json }),
    ...(tx.type === 'eip4844' ? { blobVersionedHashes: tx.blobVersionedHashes as unknown as Json } : undefined),
    ...(tx.type === 'eip7702'
      ? {
          authorizationList: (tx.authorizationList ?? []).map(({ address, chainId, nonce, r, s, yParity }) => ({
            address,
            chainId: toQuantity(chainId),
            nonce: toQuantity(nonce),
            r: toQuantity(BigInt(r)),
            s: toQuantity(BigInt(s)),
            yParity: toQuantity(yParity ?? 0),
          })),
        }
      : undefined),
  }
}
