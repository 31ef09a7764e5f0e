import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ChainTasks, Joined, Way } from './chainProcess.ts'
import { type Process, startProcess } from './process.ts'
import { load, median, round } from './stats.ts'

/** So many blocks with so many transfers each. */
export type ChainSize = { readonly blocks: number; readonly transfers: number }

/** Rates are those after the first block. */
type Speed = {
  readonly seconds: number
  readonly firstSec: number
  readonly blocksPerSec: number
  readonly txsPerSec: number
  readonly cpuSec: number
  readonly peakMiB: number
}

export type SyncTimes = ChainSize & {
  /** From two peers, while L1 has no batches; from L1 alone, its data in memory; and as nodes do it, from both. */
  readonly speed: Readonly<Record<Way, Speed>>
  /** Blocks a second from peers, or from both, by those from L1: above 1, peers are faster. */
  readonly ratio: { readonly peers: number; readonly both: number }
  readonly load: number
}

const ways = ['peers', 'L1', 'both'] as const
const sourceCount = 2

/** A late joiner of a chain, in a process of its own each time; medians of so many rounds. */
export async function benchSync({ blocks, transfers }: ChainSize, rounds: number): Promise<SyncTimes> {
  const folder = await mkdtemp(join(tmpdir(), 'openledger-bench-'))
  const source = startProcess<ChainTasks>('chainProcess.ts')
  try {
    await source.ask('make', { folder, blocks, transfers })
    const addresses = await source.ask('serve', { folder, peers: sourceCount })
    const measured: Readonly<Record<Way, Joined[]>> = { peers: [], L1: [], both: [] }
    for (let index = 0; index < rounds; index++) {
      for (const way of ways) {
        const joiner: Process<ChainTasks> = startProcess<ChainTasks>('chainProcess.ts')
        try {
          measured[way].push(await joiner.ask('join', { folder, way, addresses, name: `${way}${index}` }))
        } finally {
          await joiner.stop()
        }
      }
    }
    const speedOf = (way: Way): Speed => {
      const of = (name: keyof Joined) => median(measured[way].map((one) => one[name]))
      const busySec = median(measured[way].map(({ seconds, firstSec }) => seconds - firstSec))
      return {
        seconds: round(of('seconds'), 2),
        firstSec: round(of('firstSec'), 2),
        blocksPerSec: round(blocks / busySec, 1),
        txsPerSec: Math.round((blocks * transfers) / busySec),
        cpuSec: round(of('cpuSec'), 2),
        peakMiB: Math.round(of('peakMiB')),
      }
    }
    const speed = { peers: speedOf('peers'), L1: speedOf('L1'), both: speedOf('both') }
    const ratioOf = (way: Way) => round(speed[way].blocksPerSec / speed.L1.blocksPerSec, 2)
    return { blocks, transfers, speed, ratio: { peers: ratioOf('peers'), both: ratioOf('both') }, load: load() }
  } finally {
    await source.stop()
    await rm(folder, { recursive: true, force: true })
  }
}
