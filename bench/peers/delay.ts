import type { Moments } from './node.ts'
import { openScene } from './scene.ts'
import { load, round, spread } from './stats.ts'

type Spread = { readonly p50: number; readonly p99: number }

/** Milliseconds from a block on the sequencer's disk to the same block on a follower's, and where they go. */
export type DelayTimes = {
  readonly followers: number
  readonly blocks: number
  readonly transfers: number
  readonly gossip: boolean
  readonly messageKiB: number
  /** Imports that were measured: of each block at each follower. */
  readonly imports: number
  readonly all: Spread
  /** Until the first follower has it. */
  readonly first: Spread
  readonly parts: Readonly<Record<(typeof partNames)[number], Spread>>
  /** Largest part by its median. */
  readonly most: string
  /** The same block at the sequencer before: checked by executing it again, and committed. */
  readonly sequencer: { readonly execute: Spread; readonly commit: Spread }
  readonly load: number
}

const partNames = ['compress, sign, keep the seal', 'on the wire', 'gate', 'wait', 'execute', 'commit'] as const
const patienceMs = 20_000
/** Blocks before it counts: code is compiled in them. */
const warmUp = 3

/** Blocks of transfers, each made when all nodes have the one before: no block waits for another. */
export async function benchDelay({
  followers,
  blocks,
  transfers,
  gossip,
}: {
  readonly followers: number
  readonly blocks: number
  readonly transfers: number
  /** Whether the transfers were gossiped before, as those are that users give to followers. */
  readonly gossip: boolean
}): Promise<DelayTimes> {
  const scene = await openScene(transfers)
  try {
    const sequencer = await scene.start('sequencer', [])
    const others = await Promise.all(
      Array.from({ length: followers }, () => scene.start('follower', sequencer.addresses)),
    )
    await sequencer.process.ask('prepare', { blocks: warmUp + blocks, accounts: transfers })
    const numbers: number[] = []
    for (let index = 0; index < warmUp + blocks; index++) {
      const last = await sequencer.process.ask('submit', { gossip })
      const number = await sequencer.process.ask('block', { last, size: transfers })
      const wait = { number, patienceMs }
      const reached = await Promise.all(others.map((node) => node.process.ask('reached', wait)))
      if (reached.includes(false)) throw new Error(`a follower has not imported block ${number} in ${patienceMs} ms`)
      if (index >= warmUp) numbers.push(number)
    }
    const made = await sequencer.process.ask('moments', undefined)
    const heard = await Promise.all(others.map((node) => node.process.ask('moments', undefined)))
    const rows = numbers.map((number) => ({ own: made.get(number)!, others: heard.map((one) => one.get(number)!) }))
    return { followers, blocks, transfers, gossip, ...summary(rows), load: load() }
  } finally {
    await scene.stop()
  }
}

type Row = { readonly own: Moments; readonly others: readonly Moments[] }

function summary(rows: readonly Row[]) {
  const imports = rows.flatMap(({ own, others }) => others.map((one) => ({ ...partsOf(own, one) })))
  const parts = Object.fromEntries(
    partNames.map((name, index) => [name, spread(imports.map(({ parts }) => parts[index]!))]),
  ) as DelayTimes['parts']
  const most = partNames.reduce((a, b) => (parts[b].p50 > parts[a].p50 ? b : a))
  const since = ({ own, others }: Row) => others.map((one) => one.committed! - own.committed!)
  return {
    messageKiB: round((rows[0]?.own.messageBytes ?? 0) / 1_024, 1),
    imports: imports.length,
    all: spread(imports.map(({ all }) => all)),
    first: spread(rows.map((row) => Math.min(...since(row)))),
    parts,
    most,
    sequencer: {
      execute: spread(rows.map(({ own }) => own.executed! - own.executing!)),
      commit: spread(rows.map(({ own }) => own.committed! - own.executed!)),
    },
  }
}

/** A block that came by other ways than gossip has no moments of its own there, and is an error of the bench. */
function partsOf(own: Moments, { arrived, gateMs, asked, executing, executed, committed }: Moments) {
  const { committed: sealed, published } = own
  if (sealed === undefined || published === undefined || arrived === undefined || gateMs === undefined) {
    throw new Error('a block did not come by gossip')
  }
  const gated = arrived + gateMs
  const parts = [published - sealed, arrived - published, gateMs, executing! - gated, executed! - executing!]
  return { all: committed! - sealed, asked, parts: [...parts, committed! - executed!] }
}
