import { setTimeout as sleep } from 'node:timers/promises'
import type { CrowdTasks } from './crowd.ts'
import type { Memory } from './node.ts'
import { type Process, startProcess } from './process.ts'
import { openScene } from './scene.ts'
import { load, round } from './stats.ts'

/** A node that makes a block a second of what its peers gossip: its memory at the end, after a garbage collection. */
export type MemoryUse = Memory & {
  readonly peers: number
  /** Most that was resident at the end of any second. */
  readonly peakRssMiB: number
  readonly blocks: number
  /** Messages of the node that reached its peers. */
  readonly messages: number
}

export type MemoryTimes = {
  readonly seconds: number
  readonly transfersPerSec: number
  readonly alone: MemoryUse
  readonly crowded: MemoryUse
  /** What each further peer costs, in MiB of resident memory. */
  readonly perPeerMiB: number
  readonly load: number
}

/** With one peer, and with many; the same transfers in all. */
export async function benchMemory(options: {
  readonly peers: number
  readonly seconds: number
  readonly transfersPerSec: number
}): Promise<MemoryTimes> {
  const { peers, seconds, transfersPerSec } = options
  const alone = await measure({ ...options, peers: 1 })
  const crowded = await measure(options)
  const perPeerMiB = round((crowded.rssMiB - alone.rssMiB) / Math.max(1, peers - 1), 2)
  return { seconds, transfersPerSec, alone, crowded, perPeerMiB, load: load() }
}

async function measure({
  peers,
  seconds,
  transfersPerSec,
}: {
  readonly peers: number
  readonly seconds: number
  readonly transfersPerSec: number
}): Promise<MemoryUse> {
  const scene = await openScene(transfersPerSec)
  const crowds: Process<CrowdTasks>[] = []
  try {
    const node = await scene.start('sequencer', [])
    const address = node.addresses[0]!
    const counts = peers === 1 ? [1] : [Math.ceil(peers / 2), Math.floor(peers / 2)]
    for (const count of counts) {
      const crowd = startProcess<CrowdTasks>('crowd.ts')
      crowds.push(crowd)
      await crowd.ask('open', { spec: scene.spec, address, count })
    }
    // Subscriptions have to be known.
    await sleep(2_000)
    let peakRssMiB = 0
    const share = Math.ceil(transfersPerSec / crowds.length)
    for (let second = 0; second < seconds; second++) {
      const next = sleep(1_000)
      await Promise.all(
        crowds.map((crowd, index) => {
          const to = Math.min(transfersPerSec, (index + 1) * share)
          return crowd.ask('gossip', { from: index * share, to, nonce: second })
        }),
      )
      await next
      peakRssMiB = Math.max(peakRssMiB, await node.process.ask('rss', undefined))
    }
    const connected = await node.process.ask('peers', undefined)
    if (connected !== peers) throw new Error(`${connected} peers instead of ${peers}`)
    const blocks = await node.process.ask('head', undefined)
    const { rssMiB, heapMiB, netHeapMiB } = await node.process.ask('memory', undefined)
    const messages = await Promise.all(crowds.map((crowd) => crowd.ask('messages', undefined)))
    return {
      peers,
      blocks,
      rssMiB: round(rssMiB, 1),
      peakRssMiB: round(Math.max(peakRssMiB, rssMiB), 1),
      heapMiB: round(heapMiB, 1),
      netHeapMiB: round(netHeapMiB, 1),
      messages: messages.reduce((sum, count) => sum + count, 0),
    }
  } finally {
    await Promise.all(crowds.map((crowd) => crowd.stop()))
    await scene.stop()
  }
}
