import { bytesToHex } from '../core/hex.ts'
import type { SignedTx, TxEnvelope } from '../core/tx.ts'
import { type Endpoint, parseEndpoint } from '../l1/client/endpoint.ts'
import { failure, failureWithHint, type RpcErrorBody, type RpcFailure } from './errors.ts'
import type { Submitter } from './submit.ts'

/** Where a node without a pool sends transactions, and how it waits: undefined URL, nowhere. */
export type ForwardOptions = {
  readonly url: string | undefined
  readonly timeoutMs: number
  /** Transactions under way at most; others are refused. */
  readonly maxUnderway: number
}

/** Answers of the sequencer are short; longer ones are not read. */
const maxAnswerBytes = 65_536

/**
 * Hands transactions on to the sequencer, at an http or https URL (a user and password in it become a header), whose refusals go to the caller word for word. What is under way there is not
 * seen here before it comes back from L1.
 */
export function createForwarder({ url, timeoutMs, maxUnderway }: ForwardOptions): Submitter {
  const endpoint = url === undefined ? undefined : parseEndpoint(url)
  let underway = 0
  return {
    async submit(tx) {
      if (endpoint === undefined) return noSequencer
      if (underway >= maxUnderway) return failure('limit', 'too many transactions at once')
      underway++
      try {
        return await forward(endpoint, tx, timeoutMs)
      } finally {
        underway--
      }
    },
    settle: () => undefined,
  }
}

async function forward(
  { url, headers }: Endpoint,
  { raw }: TxEnvelope<SignedTx>,
  timeoutMs: number,
): Promise<RpcFailure | undefined> {
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'eth_sendRawTransaction', params: [bytesToHex(raw)] })
  try {
    const response = await fetch(url, {
      method: 'POST',
      body,
      headers: { ...headers, 'content-type': 'application/json' },
      redirect: 'error',
      signal: AbortSignal.timeout(timeoutMs),
    })
    return readAnswer(await readBounded(response))
  } catch {
    return failure('internal', 'the sequencer does not answer')
  }
}

/** Undefined: taken. Throws for what is no answer to a JSON-RPC request. */
function readAnswer(text: string): RpcFailure | undefined {
  const { result, error } = JSON.parse(text) as { result?: unknown; error?: Partial<RpcErrorBody> }
  if (error === undefined && typeof result === 'string') return undefined
  if (typeof error?.code !== 'number' || typeof error.message !== 'string') throw new Error('not an answer')
  return { rpcError: { code: error.code, message: error.message, ...('data' in error && { data: error.data }) } }
}

async function readBounded(response: Response): Promise<string> {
  let text = ''
  const decoder = new TextDecoder()
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk, { stream: true })
    if (text.length > maxAnswerBytes) throw new Error('too long')
  }
  return text + decoder.decode()
}

const noSequencer = failureWithHint(
  'unsupported',
  'this node takes no transactions',
  'send them to the sequencer, or start this node with --sequencer.url',
)
