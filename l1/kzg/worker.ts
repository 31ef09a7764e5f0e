import { parentPort } from 'node:worker_threads'
import { assert } from '../../core/errors.ts'
import { type Commit, loadCommit } from './commit.ts'
import type { KzgAnswer, KzgJob } from './messages.ts'
import { loadProve, type ProofForm, type Prove } from './prove.ts'

// Commits to blobs and proves them, away from the thread of the chain. What a job needs is loaded with the first one.
assert(parentPort !== null, 'the kzg worker is a worker thread')
const parent = parentPort
const provers = new Map<ProofForm, Promise<Prove>>()
let committer: Promise<Commit> | undefined

parent.on('message', (job: KzgJob) => {
  void answer(job)
})

async function answer(job: KzgJob): Promise<void> {
  try {
    post({ points: await pointsOf(job) })
  } catch (error) {
    post({ error: error instanceof Error ? error.message : String(error) })
  }
}

async function pointsOf(job: KzgJob): Promise<readonly Uint8Array[]> {
  if (job.kind === 'commitment') {
    committer ??= loadCommit()
    return [(await committer)(job.blob)]
  }
  const prover = provers.get(job.form) ?? loadProve(job.form)
  provers.set(job.form, prover)
  return (await prover)(job.blob, job.commitment)
}

function post(reply: KzgAnswer): void {
  parent.postMessage(reply)
}
