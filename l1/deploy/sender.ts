import {
  createPublicClient,
  type Hex,
  HttpRequestError,
  http,
  InsufficientFundsError,
  keccak256,
  type LocalAccount,
  type PublicClient,
  RpcRequestError,
  TimeoutError,
  TransactionReceiptNotFoundError,
} from 'viem'
import { NodeError } from '../../core/errors.ts'
import type { Step } from './steps.ts'

/** More than a call of a deployment takes; what it creates is estimated. */
const callGas = 2_000_000n
/** EIP-7825: no transaction of L1 may ask for more. */
const maxTxGas = 16_777_216n
const pollMs = 250

/** A JSON-RPC client for L1 whose requests end within 20 s. */
export function l1Client(rpcUrl: string): PublicClient {
  return createPublicClient({ transport: http(rpcUrl, { timeout: 20_000, retryCount: 3 }), cacheTime: 0 })
}

/** Runs a request to L1. Throws `l1_unreachable` (retry), `deployer_unfunded` or `deploy_failed`, which names `what`. */
export async function ask<T>(what: string, request: () => Promise<T>): Promise<T> {
  try {
    return await request()
  } catch (cause) {
    throw cause instanceof NodeError ? cause : failure(what, cause)
  }
}

function failure(what: string, cause: unknown): NodeError {
  const is = (kind: typeof HttpRequestError | typeof TimeoutError | typeof InsufficientFundsError) =>
    walk(cause).some((error) => error instanceof kind)
  if (is(HttpRequestError) || is(TimeoutError)) {
    return new NodeError(
      {
        code: 'l1_unreachable',
        severity: 'retry',
        message: `L1 did not answer: ${what}`,
        fix: 'check the URL of the L1 node and that it runs',
      },
      { cause },
    )
  }
  if (is(InsufficientFundsError)) return unfunded(what, cause)
  return deployFailed(`${what}: L1 refused it`, cause)
}

/** The errors in one another, outermost first. */
function walk(error: unknown): readonly unknown[] {
  const found: unknown[] = []
  for (let next = error; next !== undefined && next !== null && found.length < 16; ) {
    found.push(next)
    next = typeof next === 'object' && 'cause' in next ? next.cause : undefined
  }
  return found
}

export function deployFailed(message: string, cause?: unknown): NodeError {
  const fix =
    'look at the cause; if OPEN is locked already, the chain spec file is there and good, otherwise deploy again'
  return new NodeError({ code: 'deploy_failed', severity: 'fatal', message, fix }, { cause })
}

export function unfunded(what: string, cause?: unknown): NodeError {
  return new NodeError(
    {
      code: 'deployer_unfunded',
      severity: 'fatal',
      message: `the deployer cannot pay: ${what}`,
      fix: 'send it what is missing on L1',
    },
    { cause },
  )
}

/**
 * Sends the transactions of a plan one after the other, then waits until all are in blocks; before one that `waits`, it
 * waits for those so far and calls `beforeWaits`. Throws `deploy_failed` at the first that failed.
 */
export async function sendSteps(
  client: PublicClient,
  account: LocalAccount,
  {
    chainId,
    steps,
    timeoutMs,
    beforeWaits,
  }: {
    readonly chainId: number
    readonly steps: readonly Step[]
    readonly timeoutMs: number
    readonly beforeWaits?: () => void
  },
): Promise<void> {
  const { maxFeePerGas, maxPriorityFeePerGas } = await ask('fees', () => client.estimateFeesPerGas())
  const gases: bigint[] = []
  for (const step of steps) gases.push(await gasOf(client, account, step))
  const price = 2n * maxFeePerGas
  const cost = gases.reduce((sum, gas) => sum + gas * price, 0n)
  const balance = await ask('balance', () => client.getBalance({ address: account.address }))
  if (balance < cost) throw unfunded(`it has ${balance} wei and may need ${cost}`)

  const deadline = AbortSignal.timeout(timeoutMs)
  const hashes: Hex[] = []
  let done = 0
  const settle = async () => {
    for (; done < hashes.length; done++) await settled(client, steps[done]!, hashes[done]!, deadline)
  }
  for (const [index, { name, nonce, to, data, waits }] of steps.entries()) {
    if (waits) {
      await settle()
      beforeWaits?.()
    }
    const fees = { maxFeePerGas: price, maxPriorityFeePerGas }
    const gas = gases[index]!
    const call = { type: 'eip1559', chainId, nonce: Number(nonce), gas, data, ...fees } as const
    const serializedTransaction = await account.signTransaction(to === undefined ? call : { ...call, to })
    hashes.push(await ask(name, () => submit(client, serializedTransaction)))
  }
  await settle()
}

async function gasOf(client: PublicClient, { address }: LocalAccount, { name, to, data }: Step): Promise<bigint> {
  if (to !== undefined) return callGas
  const gas = await ask(name, () => client.estimateGas({ account: address, data }))
  const roomy = (gas * 5n) / 4n
  return roomy < maxTxGas ? roomy : maxTxGas
}

/** Sends a transaction; that L1 has it counts, not what it said: an answer may be lost, the next one then refuses. */
async function submit(client: PublicClient, serializedTransaction: Hex): Promise<Hex> {
  const hash = keccak256(serializedTransaction)
  try {
    return await client.sendRawTransaction({ serializedTransaction })
  } catch (error) {
    const known = await client.getTransaction({ hash }).catch(() => undefined)
    if (known === undefined) throw error
    return hash
  }
}

async function settled(client: PublicClient, step: Step, hash: Hex, deadline: AbortSignal): Promise<void> {
  while (!deadline.aborted) {
    const receipt = await ask(step.name, () => receiptOf(client, hash))
    if (receipt?.status === 'reverted') throw deployFailed(`${step.name} reverted in ${hash}`)
    if (receipt !== undefined) return
    await new Promise((resolve) => setTimeout(resolve, pollMs))
  }
  throw deployFailed(`${step.name} was not in a block in time, its transaction is ${hash}`)
}

async function receiptOf(client: PublicClient, hash: Hex) {
  try {
    return await client.getTransactionReceipt({ hash })
  } catch (error) {
    if (error instanceof TransactionReceiptNotFoundError) return undefined
    throw error
  }
}

/** eth_call at the newest block; undefined if it reverts. */
export async function callL1(client: PublicClient, to: Hex, data: Hex): Promise<Hex | undefined> {
  try {
    return (await client.call({ to, data })).data ?? '0x'
  } catch (error) {
    if (walk(error).some((inner) => inner instanceof RpcRequestError)) return undefined
    throw error
  }
}
