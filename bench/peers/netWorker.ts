import { BroadcastChannel, parentPort } from 'node:worker_threads'
import { bytesToBigint } from '../../core/hex.ts'
import { hostTransport } from '../../p2p/host/host.ts'
import { serveNet } from '../../p2p/thread/serveNet.ts'
import type { TransportHandlers } from '../../p2p/transport.ts'
import { sharedMs } from './stats.ts'

// The net thread, which tells when blocks came and how long the checks without state took, and its heap when asked.

/** Between the threads of a node of the bench. */
export const netChannel = 'openledger bench net'

export type NetTold =
  | { readonly kind: 'arrived'; readonly number: number; readonly atMs: number; readonly gateMs: number }
  | { readonly kind: 'heap'; readonly bytes: number }

if (parentPort !== null) {
  const channel = new BroadcastChannel(netChannel)
  const tell = (told: NetTold) => channel.postMessage(told)
  channel.onmessage = (event: unknown) => {
    if ((event as { readonly data: unknown }).data !== 'heap') return
    globalThis.gc?.()
    tell({ kind: 'heap', bytes: process.memoryUsage().heapUsed })
  }

  // All that the gate does without the chain thread is done when the call returns; the promise waits for the chain.
  const timed = (handlers: TransportHandlers): TransportHandlers => ({
    ...handlers,
    message(peer, topic, data) {
      const atMs = sharedMs()
      const verdict = handlers.message(peer, topic, data)
      if (topic === 'blocks' && data.length > 16) {
        const number = Number(bytesToBigint(data.subarray(8, 16)))
        tell({ kind: 'arrived', number, atMs, gateMs: sharedMs() - atMs })
      }
      return verdict
    },
  })
  serveNet(parentPort, (options) => (handlers) => hostTransport(options)(timed(handlers)))
}
