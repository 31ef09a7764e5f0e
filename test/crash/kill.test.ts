import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { openChain } from '../../state/chain.ts'
import { openLevelKv } from '../../state/store/levelKv.ts'
import { verifyStore } from '../../state/store/verify.ts'
import { createRandom } from '../core/random.ts'
import { rules, syntheticGenesis } from '../state/synthetic.ts'

const script = join(import.meta.dirname, 'appendChild.ts')
const lanes = 2
const roundsPerLane = 27

/** Runs the child until it has been killed; what it said, as lines of words. */
async function runAndKill(path: string, salt: string, afterOpenMs: number): Promise<string[][]> {
  const child = spawn(process.execPath, [script, path, salt], { stdio: ['ignore', 'pipe', 'inherit'] })
  let said = ''
  const opened = new Promise<void>((resolve) => {
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      said += text
      if (said.includes('\n')) resolve()
    })
  })
  const closed = new Promise<NodeJS.Signals | null>((resolve) => child.once('close', (_, signal) => resolve(signal)))
  await Promise.race([opened, closed])
  await setTimeout(afterOpenMs)
  child.kill('SIGKILL')
  assert.equal(await closed, 'SIGKILL', 'the child ended by itself')
  return said
    .split('\n')
    .slice(0, -1)
    .map((line) => line.split(' '))
}

test('a killed process loses nothing it acknowledged, and leaves a whole chain', async (t) => {
  const seed = 24
  t.diagnostic(`seed ${seed}, ${lanes * roundsPerLane} rounds`)
  const folder = await mkdtemp(join(tmpdir(), 'openledger-crash-'))
  try {
    const counts = await Promise.all(
      Array.from({ length: lanes }, (_, lane) => runLane(join(folder, `lane${lane}`), seed + lane)),
    )
    const acknowledged = counts.reduce((sum, count) => sum + count, 0)
    t.diagnostic(`${acknowledged} acknowledged writes`)
    assert.ok(acknowledged > 20)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})

async function runLane(path: string, seed: number): Promise<number> {
  const random = createRandom(seed)
  let acknowledged = 0
  let head: string | undefined
  for (let round = 0; round < roundsPerLane; round++) {
    const lines = await runAndKill(path, `${seed}.${round}`, random()[0]! / 2)
    const done = lines.findLast(([word]) => word !== 'next')
    const next = lines.at(-1)
    assert.ok(done !== undefined && next !== undefined)
    if (head !== undefined) assert.equal(lines[0]?.[2], head, 'the child found the head the last check found')
    acknowledged += lines.filter(([word]) => word === 'done').length

    const kv = await openLevelKv(path, { writeBufferBytes: 1 << 16, cacheBytes: 1 << 20 })
    const chain = await openChain({ kv, genesis: syntheticGenesis(), rules })
    assert.equal(chain.recovery, undefined, 'no half-written block was found')
    const { number, hash } = chain.heads().unsafe
    assert.ok(hash === done[2] || hash === next[2], `round ${round}: head ${number} is neither done nor next`)
    head = hash
    const isLast = round === roundsPerLane - 1
    const fromNumber = isLast || number < 12n ? 0n : number - 12n
    const { findings } = await verifyStore(kv, { fromNumber })
    assert.deepEqual(findings, [], `round ${round}`)
    await chain.close()
    await kv.close()
  }
  return acknowledged
}
