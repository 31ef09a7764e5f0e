import { Worker } from 'node:worker_threads'
import { failure, failureWithHint, type RpcFailure } from '../errors.ts'
import type { RpcLimits } from '../limits.ts'
import type { Calls } from './calls.ts'
import { createFairQueue } from './fairQueue.ts'
import type { CallJob, CallOutcome } from './job.ts'
import type { CallWorkerData, CallWorkerMessage } from './worker.ts'

export type CallPoolOptions = {
  /** URL of a module exporting `openCallRuntime(options): Promise<CallRuntime>`. */
  readonly module: string
  /** Plain data for it. */
  readonly options: unknown
  readonly limits: Pick<RpcLimits, 'callWorkers' | 'callQueue' | 'callWaitMs' | 'callTimeoutMs'>
  /** Told when a worker fails by itself; killing one for its time is normal. */
  readonly onError: (thrown: unknown) => void
}

type Waiting = {
  readonly job: CallJob
  readonly client: string
  /** Refuses it when it has waited too long. */
  readonly timer: NodeJS.Timeout
  readonly resolve: (outcome: CallOutcome | RpcFailure) => void
}
type Slot = { worker: Worker; ready: boolean; current: Waiting | undefined; timer: NodeJS.Timeout | undefined }

/** After a worker died before it was ready the next one starts this much later. */
const restartDelayMs = 1000
const workerHeapMiB = 512
const closeWaitMs = 1000

/**
 * A fixed number of worker threads, each executing one call at a time. A call that runs longer than `callTimeoutMs`
 * takes its worker with it: a fresh one starts, nothing else waits for the old one to finish. Clients take turns; a call
 * that cannot start within `callWaitMs`, or has to make room for a client with fewer calls, is refused.
 */
export function startCallPool({ module, options, limits, onError }: CallPoolOptions): Calls {
  const queue = createFairQueue<Waiting>(limits.callQueue)
  const slots = new Set<Slot>()
  const restarts = new Set<NodeJS.Timeout>()
  let closing = false
  for (let i = 0; i < limits.callWorkers; i++) start()

  return {
    run(job, client) {
      if (closing) return Promise.resolve(stopping)
      return new Promise((resolve) => {
        const timer = setTimeout(() => {
          queue.remove(client, waiting)
          resolve(queueFull)
        }, limits.callWaitMs)
        const waiting: Waiting = { job, client, resolve, timer }
        refuse(queue.push(client, waiting), queueFull)
        next()
      })
    },
    async close() {
      closing = true
      for (const timer of restarts) clearTimeout(timer)
      for (const waiting of queue.clear()) refuse(waiting, stopping)
      await Promise.all([...slots].map(stop))
    },
  }

  function refuse(waiting: Waiting | undefined, why: RpcFailure): void {
    clearTimeout(waiting?.timer)
    waiting?.resolve(why)
  }

  function start(): void {
    const workerData: CallWorkerData = { module, options }
    const worker = new Worker(new URL('./worker.ts', import.meta.url), {
      workerData,
      resourceLimits: { maxOldGenerationSizeMb: workerHeapMiB },
    })
    const slot: Slot = { worker, ready: false, current: undefined, timer: undefined }
    slots.add(slot)
    worker.on('message', (message: CallWorkerMessage) => received(slot, message))
    worker.on('error', (thrown) => {
      onError(thrown)
      finish(slot, failure('server', 'execution aborted (out of memory or internal error)'))
    })
    worker.on('exit', () => lost(slot))
    worker.unref()
  }

  function received(slot: Slot, message: CallWorkerMessage): void {
    if (message.kind === 'ready') slot.ready = true
    else if (message.kind === 'done') finish(slot, message.outcome)
    else {
      onError(new Error(message.message))
      const suffix = message.code === undefined ? '' : ` (${message.code})`
      finish(slot, failure('internal', `internal error${suffix}`))
    }
    next()
  }

  function next(): void {
    for (const slot of slots) {
      if (!slot.ready || slot.current !== undefined) continue
      const waiting = queue.shift()
      if (waiting === undefined) return
      clearTimeout(waiting.timer)
      slot.current = waiting
      slot.timer = setTimeout(() => expire(slot), limits.callTimeoutMs)
      slot.worker.postMessage(waiting.job)
    }
  }

  function expire(slot: Slot): void {
    slots.delete(slot)
    finish(slot, failure('server', `execution aborted (timeout = ${limits.callTimeoutMs / 1000}s)`))
    void slot.worker.terminate()
    if (!closing) start()
  }

  function finish(slot: Slot, outcome: CallOutcome | RpcFailure): void {
    clearTimeout(slot.timer)
    if (slot.current !== undefined) queue.done(slot.current.client)
    slot.current?.resolve(outcome)
    slot.current = undefined
  }

  /** A worker that ends without being asked is replaced, after a while if it never got ready. */
  function lost(slot: Slot): void {
    if (!slots.delete(slot) || closing) return
    finish(slot, failure('internal', 'internal error'))
    if (slot.ready) {
      start()
      return
    }
    const timer = setTimeout(() => {
      restarts.delete(timer)
      start()
    }, restartDelayMs)
    timer.unref()
    restarts.add(timer)
  }

  async function stop(slot: Slot): Promise<void> {
    finish(slot, stopping)
    const exited = new Promise<void>((resolve) => {
      slot.worker.once('exit', () => resolve())
    })
    slot.worker.postMessage('close')
    const timer = setTimeout(() => void slot.worker.terminate(), closeWaitMs)
    await exited
    clearTimeout(timer)
  }
}

const stopping = failure('internal', 'the node is stopping')
const queueFull = failureWithHint('limit', 'too many calls at once', 'retry in a second')
