import { checksumAddress } from '../../core/checksum.ts'
import type { Address } from '../../core/hex.ts'
import { toQuantity } from '../../core/json.ts'
import type { SignedTx, TxEnvelope } from '../../core/tx.ts'
import { maxFee } from '../../core/txFees.ts'
import { txToJson } from '../../core/txJson.ts'
import { type RawJson, rawJson } from '../json/raw.ts'
import { type Method, method } from '../method.ts'
import { address } from '../params/values.ts'
import { pause } from '../pause.ts'

type Txs = readonly TxEnvelope<SignedTx>[]
type Write = (tx: TxEnvelope<SignedTx>) => string

/** Sender -> nonce -> transaction as JSON text, made piece by piece: a full pool is megabytes. */
async function writeBySender(txs: Txs, write: Write): Promise<string> {
  const senders = new Map<Address, string[]>()
  for (const envelope of txs) {
    const entries = senders.get(envelope.from) ?? []
    entries.push(`"${envelope.tx.nonce}":${write(envelope)}`)
    senders.set(envelope.from, entries)
    await pause()
  }
  const texts = [...senders].map(([sender, entries]) => `"${checksumAddress(sender)}":{${entries.join(',')}}`)
  return `{${texts.join(',')}}`
}

async function writeByNonce(txs: Txs): Promise<string> {
  const texts: string[] = []
  for (const envelope of txs) {
    texts.push(`"${envelope.tx.nonce}":${writeTx(envelope)}`)
    await pause()
  }
  return `{${texts.join(',')}}`
}

function writeTx(envelope: TxEnvelope<SignedTx>): string {
  return JSON.stringify(txToJson(envelope))
}

function writeSummary({ tx }: TxEnvelope<SignedTx>): string {
  const to = tx.to === undefined ? 'contract creation' : checksumAddress(tx.to)
  return `"${to}: ${tx.value} wei + ${tx.gas} gas × ${maxFee(tx)} wei"`
}

async function answer(pending: Promise<string>, queued: Promise<string>): Promise<RawJson> {
  return rawJson(`{"pending":${await pending},"queued":${await queued}}`)
}

/** The mempool. */
export const txpoolMethods: readonly Method[] = [
  method({
    name: 'txpool_status',
    summary: 'How many transactions are executable (pending) and how many wait for an earlier nonce (queued).',
    handle: async ({ backend }) => {
      const { pending, queued } = await backend.poolStatus()
      return { pending: toQuantity(pending), queued: toQuantity(queued) }
    },
  }),
  method({
    name: 'txpool_content',
    summary: 'All pooled transactions by sender and nonce.',
    weight: 20,
    handle: async ({ backend }) => {
      const { pending, queued } = await backend.poolContent()
      return answer(writeBySender(pending, writeTx), writeBySender(queued, writeTx))
    },
  }),
  method({
    name: 'txpool_contentFrom',
    summary: "One sender's pooled transactions by nonce.",
    params: [address],
    weight: 5,
    handle: async ({ backend }, [sender]) => {
      const { pending, queued } = await backend.poolContent(sender)
      return answer(writeByNonce(pending), writeByNonce(queued))
    },
  }),
  method({
    name: 'txpool_inspect',
    summary: 'All pooled transactions as one line each.',
    weight: 20,
    handle: async ({ backend }) => {
      const { pending, queued } = await backend.poolContent()
      return answer(writeBySender(pending, writeSummary), writeBySender(queued, writeSummary))
    },
  }),
]
