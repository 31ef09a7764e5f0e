import { emptyTrieRoot } from '../../core/account.ts'
import { bloomHas } from '../../core/bloom.ts'
import { type Address, hexToBytes } from '../../core/hex.ts'
import type { L1Block } from '../../core/ports/l1.ts'
import type { RollupSpec } from '../../genesis/spec.ts'
import { listRoot } from '../../state/trie/listRoot.ts'
import type { RawL1Block, RawL1Log, RawL1Tx } from '../extract/raw.ts'
import { list, openJson } from './fields.ts'
import type { L1Header } from './header.ts'
import type { L1Receipted } from './receipts.ts'
import { type L1Tx, parseTx } from './transaction.ts'

type Contracts = Pick<RollupSpec, 'portal' | 'systemConfig' | 'inbox'>

/**
 * The whole transactions of a block as JSON-RPC gives them, checked against the header's root. `malformed` also when
 * they are others, in another order or too few; `unsupported` when one is of a type that is not known here.
 */
export function readTxs(json: unknown, header: L1Header): readonly L1Tx[] | 'malformed' | 'unsupported' {
  const fields = openJson(json)
  let isUnsupported = false
  const txs = list(fields, 'transactions', (item) => {
    const tx = parseTx(item)
    if (tx !== 'unsupported') return tx
    isUnsupported = true
    return undefined
  })
  if (isUnsupported) return 'unsupported'
  if (fields.malformed) return 'malformed'
  const { transactionsRoot } = header
  const matches =
    rootOf(txs.map(({ raw }) => raw)) === transactionsRoot ||
    (txs.some(({ type }) => type === 3) && rootOf(txs.map((tx) => tx.withSidecar() ?? tx.raw)) === transactionsRoot)
  return matches ? txs : 'malformed'
}

/** True if nothing in a block can concern the chain, so that its receipts need not be asked for. */
export function isForeign(header: L1Header, txs: readonly L1Tx[], { portal, systemConfig, inbox }: Contracts): boolean {
  const emits = (contract: Address): boolean => bloomHas(header.logsBloom, hexToBytes(contract))
  return !emits(portal) && !emits(systemConfig) && txs.every(({ to }) => to !== inbox)
}

/**
 * The transactions of a block that concern the chain: those to the inbox, and those with logs of its contracts.
 * Undefined if the receipts are not those under the header's root.
 */
export function joinReceipts(
  header: L1Header,
  block: L1Block,
  txs: readonly L1Tx[],
  receipts: readonly L1Receipted[],
  contracts: Contracts,
): RawL1Block | undefined {
  if (receipts.length !== txs.length) return undefined
  if (rootOf(receipts.map(({ encoded }) => encoded)) !== header.receiptsRoot) return undefined
  const joined: RawL1Tx[] = []
  let logIndex = 0n
  for (const [index, tx] of txs.entries()) {
    const { receipt } = receipts[index]!
    // Counted here: what a node says of a log's place is not under any root.
    const logs: RawL1Log[] = receipt.logs.map((log) => ({ ...log, logIndex: logIndex++ }))
    if (tx.to !== contracts.inbox && !logs.some((log) => concerns(log, contracts))) continue
    joined.push({
      hash: tx.hash,
      from: tx.sender(),
      to: tx.to,
      input: tx.input,
      blobHashes: tx.blobHashes,
      isBlob: tx.type === 3,
      succeeded: receipt.succeeded,
      costWei: costOf(tx, receipt.gasUsed, block),
      logs,
    })
  }
  return { block, parentHash: header.parentHash, txs: joined }
}

function concerns(log: RawL1Log, { portal, systemConfig }: Contracts): boolean {
  return log.address === portal || log.address === systemConfig
}

/** Gas at its effective price (EIP-1559), and 2^17 blob gas for each blob (EIP-4844). */
function costOf(tx: L1Tx, gasUsed: bigint, { baseFee, blobBaseFee }: L1Block): bigint {
  const wanted = baseFee + tx.maxTip
  const isCapped = wanted > tx.maxFee
  const price = isCapped ? tx.maxFee : wanted
  return gasUsed * price + BigInt(tx.blobHashes.length) * gasPerBlob * blobBaseFee
}

const gasPerBlob = 131_072n

function rootOf(values: readonly Uint8Array[]) {
  return values.length === 0 ? emptyTrieRoot : listRoot(values)
}
