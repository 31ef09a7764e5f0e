import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { deserialize } from 'node:v8'
import { systemClock } from '../../core/ports/systemClock.ts'
import type { SignedTx, TxEnvelope } from '../../core/tx.ts'
import { openEnvelope } from '../../core/txEnvelope.ts'
import { buildGenesis } from '../../genesis/buildGenesis.ts'
import { rulesOf } from '../../genesis/spec.ts'
import { createSerialWriter, openFollower } from '../../l1/follow.ts'
import type { L1Source } from '../../l1/source.ts'
import { precompilesOf } from '../../node/precompiles.ts'
import { buildBlock } from '../../state/build.ts'
import { type Chain, openChain } from '../../state/chain.ts'
import type { Engine } from '../../state/engine.ts'
import { createEthereumjsEngine } from '../../state/engines/ethereumjs/engine.ts'
import { openLevelKv } from '../../state/store/levelKv.ts'
import type { Rollup } from './make.ts'

export type Measured = { readonly blocksPerSec: number; readonly seconds: number; readonly mib: number }

const [way, folder] = process.argv.slice(2)
if (folder === undefined) throw new Error('usage: run.ts derive|execute FOLDER')
const rollup = deserialize(await readFile(join(folder, 'rollup'))) as Rollup
const rules = rulesOf(rollup.spec)
const kv = await openLevelKv(join(folder, `${way}`))
const chain = await openChain({ kv, genesis: buildGenesis(rollup.spec), rules })
const precompiles = precompilesOf(rollup.spec)
const engine = await createEthereumjsEngine({ rules, precompiles, blockHash: chain.reader.hashByNumber })

const start = performance.now()
await (way === 'derive' ? derive(rollup, chain, engine) : execute(rollup, chain, engine))
const seconds = (performance.now() - start) / 1000
const { unsafe, safe } = chain.heads()
if (unsafe.hash !== rollup.head) throw new Error(`another chain came out: block ${unsafe.number}`)
if (way === 'derive' && safe.number !== unsafe.number) throw new Error(`safe is ${safe.number} only`)
const measured: Measured = {
  blocksPerSec: Number(unsafe.number) / seconds,
  seconds,
  mib: process.resourceUsage().maxRSS / 1024,
}
process.stdout.write(JSON.stringify(measured))
await kv.close()

async function derive({ l1, blobs, spec }: Rollup, chain: Chain, engine: Engine): Promise<void> {
  const first = spec.l1.origin
  const blockAt = (number: bigint) => l1[Number(number - first.number) - 1]
  const { number, hash } = l1.at(-1)!.block
  const source: L1Source = {
    head: async () => ({ number, hash }),
    finalized: async () => ({ number, hash }),
    hashAt: async (at) => (at === first.number ? first.hash : blockAt(at)?.block.hash),
    block: async (at) => blockAt(at),
    blobs: async (_, hashes) => new Map(hashes.map((wanted) => [wanted, blobs.get(wanted)!])),
  }
  const log = { info: () => undefined, warn: () => undefined }
  const writer = createSerialWriter()
  const follower = await openFollower({ source, chain, engine, rules, spec, clock: systemClock, log, writer })
  while ((await follower.step()) === 'folded');
}

/** The same blocks without L1: decoded, senders recovered, executed, appended. */
async function execute({ batches, l1, spec }: Rollup, chain: Chain, engine: Engine): Promise<void> {
  const origins = new Map(l1.map(({ block }) => [block.number, block]))
  let last = spec.l1.origin.number
  let sequenceNumber = 0n
  for (const batch of batches.flat()) {
    sequenceNumber = batch.epochNumber === last ? sequenceNumber + 1n : 0n
    last = batch.epochNumber
    const origin = origins.get(batch.epochNumber)!
    const built = await buildBlock({
      parent: chain.header(),
      state: chain.state(),
      readNode: chain.reader.readNode,
      inputs: { origin, deposits: [], config: spec.systemConfig, sequenceNumber },
      timestamp: batch.timestamp,
      txs: batch.txs.map(opened),
      engine,
      rules,
    })
    await chain.append(built)
  }
}

function opened(raw: Uint8Array): TxEnvelope<SignedTx> {
  const envelope = openEnvelope(raw, rules)
  if ('reject' in envelope) throw new Error(envelope.reject)
  return envelope as TxEnvelope<SignedTx>
}
