import type { Hash } from '../core/hex.ts'
import type { SignedTx, TxEnvelope } from '../core/tx.ts'
import { openEnvelope } from '../core/txEnvelope.ts'
import { maxFee } from '../core/txFees.ts'
import type { RpcContext } from './context.ts'
import { failure, isFailure, type RpcFailure, txFailure } from './errors.ts'

type Context = Pick<RpcContext, 'submitter' | 'limits'>

/** Decodes a transaction and recovers its sender: the work that this thread takes off the chain thread. */
export function openRaw(raw: Uint8Array, { txBytes }: RpcContext['limits']): TxEnvelope<SignedTx> | RpcFailure {
  if (raw.length === 0) return failure('invalidParams', 'invalid argument 0: empty transaction')
  if (raw.length > txBytes) {
    return txFailure({ reject: 'tx_oversized', detail: `transaction size ${raw.length}, limit ${txBytes}` })
  }
  const opened = openEnvelope(raw)
  if ('reject' in opened) return txFailure(opened)
  return isSigned(opened) ? opened : txFailure({ reject: 'tx_type_unsupported' })
}

/** Hands a transaction to the mempool; its hash once accepted. */
export async function send({ submitter, limits }: Context, tx: TxEnvelope<SignedTx>): Promise<Hash | RpcFailure> {
  const capped = checkFeeCap(tx.tx, limits.txFeeCap)
  if (capped !== undefined) return capped
  const refusal = await submitter.submit(tx)
  if (refusal === undefined) return tx.hash
  return isFailure(refusal) ? refusal : txFailure(refusal)
}

/** The same from wire bytes. */
export function sendRaw(context: Context, raw: Uint8Array): Promise<Hash | RpcFailure> | RpcFailure {
  const tx = openRaw(raw, context.limits)
  return isFailure(tx) ? tx : send(context, tx)
}

function checkFeeCap(tx: SignedTx, cap: bigint): RpcFailure | undefined {
  const fee = maxFee(tx) * tx.gas
  if (cap === 0n || fee <= cap) return undefined
  return failure('server', `tx fee (${toOpen(fee)} OPEN) exceeds the configured cap (${toOpen(cap)} OPEN)`)
}

/** Wei as OPEN with two digits. */
function toOpen(wei: bigint): string {
  const cents = (wei + 5n * 10n ** 15n) / 10n ** 16n
  return `${cents / 100n}.${(cents % 100n).toString().padStart(2, '0')}`
}

function isSigned(opened: TxEnvelope): opened is TxEnvelope<SignedTx> {
  return opened.tx.type !== 0x7e
}
