import { parentPort } from 'node:worker_threads'
import type { ToNet } from '../../../p2p/thread/messages.ts'

// The net thread, which throws or hangs when it is told to publish certain bytes.
await import('../../../p2p/thread/worker.ts')

parentPort?.on('message', (message: ToNet) => {
  if (message.kind !== 'publish') return
  const word = new TextDecoder().decode(message.data)
  if (word === 'throw') throw new Error('told to')
  while (word === 'hang') Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1_000)
})
