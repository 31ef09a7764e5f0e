import type { RpcFailure } from '../errors.ts'
import type { CallJob, CallOutcome } from './job.ts'
import { type CallRuntime, createCallRunner } from './run.ts'

/** Where calls are executed: worker threads (`calls/pool.ts`), or this thread in tests. */
export type Calls = {
  /** The outcome, or a failure when it took too long or too many wait. `client` is who asks: clients take turns. */
  run(job: CallJob, client: string): Promise<CallOutcome | RpcFailure>
  close(): Promise<void>
}

/** Executes calls in this thread, one after the other and without a time limit: for tests. */
export function createCallsHere(runtime: CallRuntime): Calls {
  const runCall = createCallRunner(runtime)
  let last: Promise<unknown> = Promise.resolve()
  return {
    run(job) {
      const outcome = last.then(() => runCall(job))
      last = outcome.catch(() => undefined)
      return outcome
    },
    close: () => runtime.close(),
  }
}
