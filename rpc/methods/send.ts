import type { Hash } from '../../core/hex.ts'
import type { RpcContext } from '../context.ts'
import { isFailure, type RpcFailure } from '../errors.ts'
import { type Method, method } from '../method.ts'
import { optional } from '../params/param.ts'
import { data, looseNumber } from '../params/values.ts'
import { sendRaw } from '../send.ts'
import { receiptAnswer } from './transactions.ts'

const defaultWaitMs = 20_000

/** The receipt as soon as the transaction is mined; EIP-7966's code 4 with the hash if that takes longer. */
async function waitForReceipt(context: RpcContext, hash: Hash, waitMs: number): Promise<unknown> {
  const { feed } = context
  let stop: (() => void) | undefined
  let timer: NodeJS.Timeout | undefined
  const mined = new Promise<boolean>((resolve) => {
    stop = feed.add({
      kind: 'heads',
      next: () => {
        if (context.view.txPlace(hash) !== undefined) resolve(true)
      },
    })
    timer = setTimeout(() => resolve(false), waitMs)
  })
  try {
    const receipt = receiptAnswer(context, hash)
    if (receipt !== undefined) return receipt
    return (await mined) ? receiptAnswer(context, hash) : notInTime(hash, waitMs)
  } finally {
    clearTimeout(timer)
    stop?.()
  }
}

function notInTime(hash: Hash, waitMs: number): RpcFailure {
  const message = `The transaction was added to the mempool but wasn't processed in ${waitMs / 1000}s`
  return { rpcError: { code: 4, message, data: hash } }
}

/** Signed transactions. */
export const sendMethods: readonly Method[] = [
  method({
    name: 'eth_sendRawTransaction',
    summary: 'Offers a signed transaction to the mempool and answers its hash.',
    params: [data],
    weight: 5,
    submits: true,
    handle: (context, [raw]) => sendRaw(context, raw),
  }),
  method({
    name: 'eth_sendRawTransactionSync',
    summary: 'The same, but answers the receipt once it is mined (EIP-7966); the second parameter is the wait in ms.',
    params: [data, optional(looseNumber, undefined)],
    weight: 5,
    submits: true,
    async handle(context, [raw, wait]) {
      const sent = await sendRaw(context, raw)
      if (isFailure(sent)) return sent
      const bound = context.limits.requestTimeoutMs
      const waitMs = wait === undefined ? defaultWaitMs : Number(wait > BigInt(bound) ? BigInt(bound) : wait)
      return waitForReceipt(context, sent, waitMs)
    },
  }),
]
