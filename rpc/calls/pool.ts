import { Worker } from 'node:worker_threads'
import { failure, failureWithHint, type RpcFailure } from '../errors.ts'
import type { RpcLimits } from '../limits.ts'
import type { Calls } from './calls.ts'
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
  readonly sinceMs: number
  readonly resolve: (outcome: CallOutcome | RpcFailure) => void
}
type Slot = { worker: Worker; ready: boolean; current: Waiting | undefined; timer: NodeJS.Timeout | undefined }

/** After a worker died before it was ready the next one starts this much later. */
const restartDelayMs = 1000
const workerHeapMiB = 512
const closeWaitMs = 1000

/**
 * A fixed number of worker threads, each executing one call at a time. A call that runs longer than `callTimeoutMs`
 * takes its worker with it: a fresh one starts, nothing else waits for the old one to finish.
 */
export function startCallPool({ module, options, limits, onError }: CallPoolOptions): Calls {
  const queue: Waiting[] = []
  const slots = new Set<Slot>()
  const restarts = new Set<NodeJS.Timeout>()
  let closing = false
  for (let i = 0; i < limits.callWorkers; i++) start()

  return {
    run(job) {
      if (closing) return Promise.resolve(failure('internal', 'the node is stopping'))
      if (queue.length >= limits.callQueue) return Promise.resolve(queueFull)
      return new Promise((resolve) => {
        queue.push({ job, resolve, sinceMs: performance.now() })
        next()
      })
    },
    async close() {
      closing = true
      for (const timer of restarts) clearTimeout(timer)
      for (const { resolve } of queue.splice(0)) resolve(failure('internal', 'the node is stopping'))
      await Promise.all([...slots].map(stop))
    },
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
      const waiting = takeWaiting()
      if (waiting === undefined) return
      slot.current = waiting
      slot.timer = setTimeout(() => expire(slot), limits.callTimeoutMs)
      slot.worker.postMessage(waiting.job)
    }
  }

  /** The next call that has not waited too long. */
  function takeWaiting(): Waiting | undefined {
    for (;;) {
      const waiting = queue.shift()
      if (waiting === undefined || performance.now() - waiting.sinceMs < limits.callWaitMs) return waiting
      waiting.resolve(queueFull)
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
    finish(slot, failure('internal', 'the node is stopping'))
    const exited = new Promise<void>((resolve) => {
      slot.worker.once('exit', () => resolve())
    })
    slot.worker.postMessage('close')
    const timer = setTimeout(() => void slot.worker.terminate(), closeWaitMs)
    await exited
    clearTimeout(timer)
  }
}

const queueFull = failureWithHint('limit', 'too many calls at once', 'retry in a second')
