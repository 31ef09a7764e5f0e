import { benchAttestations } from './peers/attest.ts'
import { benchDelay } from './peers/delay.ts'
import { benchMemory } from './peers/memory.ts'
import { load } from './peers/stats.ts'
import { benchSync, type ChainSize } from './peers/sync.ts'
import { writeJson } from './report.ts'

/**
 * Peers: how long a block takes from the sequencer to followers, how fast a late joiner has the chain, what connected
 * peers cost in memory, and how fast attestations are checked. Real processes, libp2p and LevelDB on loopback, with anvil
 * as L1 where nodes run whole.
 *
 * `--only delay,sync,memory,attest` chooses; sizes: `--blocks 30 --transfers 1000 --followers 4` (with
 * `--gossip` peers have heard of the transfers before), `--chains
 * 2000x10,100x1000 --rounds 1`, `--peers 30 --seconds 20`, `--attestations 1000`.
 */
const parts = valueAfter('--only')?.split(',') ?? ['delay', 'sync', 'memory', 'attest']
const number = (flag: string, otherwise: number) => Number(valueAfter(flag) ?? otherwise)
const result: Record<string, unknown> = { loadBefore: load() }

if (parts.includes('delay')) {
  const transfers = number('--transfers', 1_000)
  const size = {
    followers: number('--followers', 4),
    blocks: number('--blocks', 30),
    transfers,
    gossip: process.argv.includes('--gossip'),
  }
  const delay = await benchDelay(size)
  const { all, first, sequencer, most } = delay
  console.log(`\nfrom seal to import: ${size.blocks} blocks of ${transfers} transfers, ${size.followers} followers; ms`)
  console.table({
    all,
    'first follower': first,
    ...delay.parts,
    'sequencer: execute': sequencer.execute,
    'sequencer: commit': sequencer.commit,
  })
  console.log(`most of it: ${most}; load ${delay.load}`)
  result.delay = delay
}

if (parts.includes('sync')) {
  const chains = (valueAfter('--chains') ?? '2000x10,100x1000').split(',').map(sizeOf)
  const sync = []
  for (const size of chains) {
    const times = await benchSync(size, number('--rounds', 1))
    console.log(`\na late joiner: ${size.blocks} blocks of ${size.transfers} transfers; load ${times.load}`)
    console.table(times.speed)
    console.log(`blocks/s by those from L1: from peers ${times.ratio.peers}, from both ${times.ratio.both}`)
    sync.push(times)
  }
  result.sync = sync
}

if (parts.includes('memory')) {
  const size = { peers: number('--peers', 30), seconds: number('--seconds', 20), transfersPerSec: 200 }
  const memory = await benchMemory(size)
  console.log(
    `\nmemory of a sequencer whose peers gossip ${size.transfersPerSec} transfers a second; load ${memory.load}`,
  )
  console.table([memory.alone, memory.crowded])
  console.log(`MiB for each further peer: ${memory.perPeerMiB}`)
  result.memory = memory
}

if (parts.includes('attest')) {
  const attest = await benchAttestations(number('--attestations', 1_000))
  const { recover, gate, gateAndAttester, ratio } = attest
  console.log(`\n${attest.attestations} attestations of ${attest.validators} validators`)
  console.table({ recover, gate, 'gate and attester': gateAndAttester })
  console.log(`by the bare recovery: gate ${ratio.gate}, gate and attester ${ratio.gateAndAttester}`)
  result.attest = attest
}

writeJson({ ...result, loadAfter: load() }, process.argv)

function sizeOf(text: string): ChainSize {
  const [blocks = 0, transfers = 0] = text.split('x').map(Number)
  return { blocks, transfers }
}

function valueAfter(flag: string): string | undefined {
  const at = process.argv.indexOf(flag)
  return at < 0 ? undefined : process.argv[at + 1]
}
