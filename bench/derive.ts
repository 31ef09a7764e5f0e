import { spawnSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { serialize } from 'node:v8'
import { compression } from './derive/compression.ts'
import { makeRollup } from './derive/make.ts'
import type { Measured } from './derive/run.ts'
import { writeJson } from './report.ts'

/**
 * Derivation: 10,000 L2 blocks of 10 transfers each, from L1 data in memory into a database on disk, beside the same
 * blocks executed one by one as they come from a sequencer. Each in a process of its own; memory is its peak.
 */
const blockCount = numberAfter('--blocks') ?? 10_000
const transfers = 10

const folder = await mkdtemp(join(tmpdir(), 'openledger-bench-'))
try {
  console.log(`making ${blockCount} blocks of ${transfers} transfers`)
  const rollup = await makeRollup(blockCount, transfers)
  await writeFile(join(folder, 'rollup'), serialize(rollup))
  const derived = measure('derive')
  const executed = measure('execute')
  const speed = {
    derive: line(derived),
    execute: line(executed),
    ratio: { 'blocks/s': ratio(derived.blocksPerSec, executed.blocksPerSec), MiB: ratio(derived.mib, executed.mib) },
  }
  console.table(speed)
  const sizes = compression(rollup)
  console.table(sizes)
  writeJson({ blockCount, transfers, derived, executed, sizes }, process.argv)
} finally {
  await rm(folder, { recursive: true, force: true })
}

function measure(way: 'derive' | 'execute'): Measured {
  const run = join(import.meta.dirname, 'derive', 'run.ts')
  const { status, stdout } = spawnSync(process.execPath, [run, way, folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(`${way} failed`)
  return JSON.parse(stdout) as Measured
}

function line({ blocksPerSec, mib, seconds }: Measured) {
  return { 'blocks/s': Math.round(blocksPerSec), seconds: Number(seconds.toFixed(1)), MiB: Math.round(mib) }
}

function ratio(a: number, b: number): number {
  return Number((a / b).toFixed(2))
}

function numberAfter(flag: string): number | undefined {
  const at = process.argv.indexOf(flag)
  return at < 0 ? undefined : Number(process.argv[at + 1])
}
