import { Worker } from 'node:worker_threads'
import { assert, NodeError } from '../../core/errors.ts'
import type { Hash } from '../../core/hex.ts'
import { isBlob, versionedHash } from './blob.ts'
import type { KzgAnswer, KzgJob } from './messages.ts'
import type { ProofForm } from './prove.ts'

/**
 * Polynomial commitments of blobs (EIP-4844, EIP-7594), computed in a thread of their own, one after the other. If
 * that thread fails or hangs, the promise rejects with NodeError `kzg_failed` (retry), and the next call has a new one.
 */
export type Kzg = {
  /** 48 bytes. Rejects with NodeError `blob_malformed` (retry) what is no blob: see `isBlob`. */
  commitment(blob: Uint8Array): Promise<Uint8Array>
  /** One proof of 48 bytes, or 128 of them: for the blob and its own commitment. */
  proofs(blob: Uint8Array, commitment: Uint8Array, form: ProofForm): Promise<readonly Uint8Array[]>
  /** Rejects what is under way. */
  close(): Promise<void>
}

/** Longer than any job takes on a slow and busy machine. */
const jobTimeoutMs = 120_000

/** The thread starts with the first call, and keeps no process alive while it has nothing to do. */
export function openKzg(): Kzg {
  let worker: Worker | undefined
  let closed = false
  let queue: Promise<unknown> = Promise.resolve()

  async function run(job: KzgJob): Promise<readonly Uint8Array[]> {
    if (!isBlob(job.blob)) {
      throw new NodeError({ code: 'blob_malformed', severity: 'retry', message: 'a blob of L1 is malformed' })
    }
    const result = queue.then(() => ask(job))
    queue = result.catch(() => {})
    return await result
  }

  function start(): Worker {
    const started = new Worker(new URL('./worker.ts', import.meta.url))
    worker = started
    // One that ends while it has nothing to do is simply replaced by the next call.
    started.on('error', () => {})
    started.on('exit', () => {
      if (worker === started) worker = undefined
    })
    return started
  }

  async function ask(job: KzgJob): Promise<readonly Uint8Array[]> {
    if (closed) throw failed('it is closed')
    const asked = worker ?? start()
    asked.ref()
    try {
      return await answerOf(asked, job)
    } catch (error) {
      worker = undefined
      await asked.terminate()
      throw error
    } finally {
      asked.unref()
    }
  }

  return {
    commitment: async (blob) => {
      const [point] = await run({ kind: 'commitment', blob })
      assert(point !== undefined, 'a commitment is one point')
      return point
    },
    proofs: (blob, commitment, form) => run({ kind: 'proofs', blob, commitment, form }),
    close: async () => {
      closed = true
      await worker?.terminate()
      await queue
    },
  }
}

/** Whether the bytes are the blob of this versioned hash: whatever they are, and whoever sent them. */
export async function isBlobOf(kzg: Pick<Kzg, 'commitment'>, bytes: Uint8Array, hash: Hash): Promise<boolean> {
  return isBlob(bytes) && versionedHash(await kzg.commitment(bytes)) === hash
}

function answerOf(worker: Worker, job: KzgJob): Promise<readonly Uint8Array[]> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => done(failed(`no answer in ${jobTimeoutMs / 1000} s`)), jobTimeoutMs)
    const onMessage = (answer: KzgAnswer) => {
      if ('points' in answer) done(answer.points)
      else done(failed(answer.error))
    }
    const onError = (error: Error) => done(failed(error.message, error))
    const onExit = () => done(failed('its thread ended'))

    function done(outcome: readonly Uint8Array[] | NodeError): void {
      clearTimeout(timer)
      worker.off('message', onMessage).off('error', onError).off('exit', onExit)
      if (outcome instanceof NodeError) reject(outcome)
      else resolve(outcome)
    }

    worker.on('message', onMessage).on('error', onError).on('exit', onExit)
    worker.postMessage(job)
  })
}

function failed(reason: string, cause?: unknown): NodeError {
  const message = `a commitment or proof of a blob could not be computed: ${reason}`
  return new NodeError({ code: 'kzg_failed', severity: 'retry', message }, { cause })
}
