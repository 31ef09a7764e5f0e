import { NodeError } from '../core/errors.ts'
import type { TxReject } from '../core/reject.ts'
import type { SignedTx, TxEnvelope } from '../core/tx.ts'
import type { Backend } from './backend.ts'
import type { RpcFailure } from './errors.ts'

/** The way of transactions to the chain thread, and the wait of reads for what was sent before them. */
export type Submitter = {
  /** undefined: accepted. A failure is what another node answered. */
  submit(tx: TxEnvelope<SignedTx>): Promise<TxReject | RpcFailure | undefined>
  /** What a read waits for; undefined when every accepted transaction is settled, so that reads cost nothing. */
  settle(): Promise<void> | undefined
}

type Waiting = {
  readonly tx: TxEnvelope<SignedTx>
  readonly resolve: (answer: TxReject | undefined) => void
  readonly reject: (thrown: unknown) => void
}

/**
 * Collects the transactions of one turn of the event loop into one message, so that a loaded node pays the price of a
 * message once for many. Only a solo development chain (the only one with automine) makes reads wait.
 */
export function createSubmitter(backend: Backend, { settleMs }: { readonly settleMs: number }): Submitter {
  let waiting: Waiting[] = []
  let accepted = 0
  let settled = 0
  let barrier: { readonly upTo: number; readonly done: Promise<void> } | undefined

  function flush(): void {
    const batch = waiting
    waiting = []
    backend.submit(batch.map(({ tx }) => tx)).then(
      (answers) => {
        for (const [i, { resolve }] of batch.entries()) {
          if (answers[i] === undefined) accepted++
          resolve(answers[i])
        }
      },
      (thrown) => {
        for (const { reject } of batch) reject(thrown)
      },
    )
  }

  return {
    submit(tx) {
      if (waiting.length >= maxWaiting) throw busy
      return new Promise((resolve, reject) => {
        waiting.push({ tx, resolve, reject })
        if (waiting.length === 1) setImmediate(flush)
      })
    },
    settle() {
      if (backend.dev === undefined || settled === accepted) return undefined
      if (barrier?.upTo === accepted) return barrier.done
      const upTo = accepted
      const done = within(backend.settled(), settleMs).then(() => {
        settled = Math.max(settled, upTo)
      })
      barrier = { upTo, done }
      return done
    },
  }
}

/** Transactions of one turn of the event loop; connections and batches bound it far below. */
const maxWaiting = 100_000

const busy = new NodeError({ code: 'rpc_overloaded', severity: 'retry', message: 'too many transactions at once' })

async function within(done: Promise<void>, ms: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const timeout = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms)
  })
  await Promise.race([done, timeout])
  clearTimeout(timer)
}
