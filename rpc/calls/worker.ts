import { parentPort, workerData } from 'node:worker_threads'
import { assert, NodeError } from '../../core/errors.ts'
import type { CallJob, CallOutcome } from './job.ts'
import { type CallRuntime, createCallRunner } from './run.ts'

/** What the pool starts a worker with: a module that exports `openCallRuntime(options)`. */
export type CallWorkerData = { readonly module: string; readonly options: unknown }

export type CallWorkerMessage =
  | { readonly kind: 'ready' }
  | { readonly kind: 'done'; readonly outcome: CallOutcome }
  /** Something was thrown: an outage's code, or undefined for a bug. */
  | { readonly kind: 'thrown'; readonly code: string | undefined; readonly message: string }

type CallModule = { readonly openCallRuntime: (options: unknown) => Promise<CallRuntime> }

assert(parentPort !== null, 'a call worker runs in a worker thread')
const port = parentPort
const { module, options } = workerData as CallWorkerData
const { openCallRuntime } = (await import(module)) as CallModule
const runtime = await openCallRuntime(options)
const runCall = createCallRunner(runtime)

port.on('message', (job: CallJob | 'close') => {
  void (job === 'close' ? close() : execute(job))
})
post({ kind: 'ready' })

async function execute(job: CallJob): Promise<void> {
  try {
    post({ kind: 'done', outcome: await runCall(job) })
  } catch (thrown) {
    const code = thrown instanceof NodeError ? thrown.code : undefined
    post({ kind: 'thrown', code, message: thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown) })
  }
}

async function close(): Promise<void> {
  await runtime.close()
  port.close()
}

function post(message: CallWorkerMessage): void {
  port.postMessage(message)
}
