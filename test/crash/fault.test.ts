import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bytesToHex } from '../../core/hex.ts'
import type { Kv } from '../../core/ports/kv.ts'
import { type Chain, openChain } from '../../state/chain.ts'
import { createMemoryKv } from '../../state/store/memoryKv.ts'
import { verifyStore } from '../../state/store/verify.ts'
import { rules, syntheticBlock, syntheticGenesis } from '../state/synthetic.ts'
import { createFaultKv, type FaultMode } from './faultKv.ts'

const genesis = syntheticGenesis()
const open = (kv: Kv) => openChain({ kv, genesis, rules })

type Step = (chain: Chain) => Promise<unknown>

const append =
  (salt: string): Step =>
  (chain) => {
    const base = { parent: chain.header(), state: chain.state(), readNode: chain.reader.readNode }
    return chain.append(syntheticBlock(base, { salt }))
  }
const rewind =
  (number: bigint): Step =>
  (chain) =>
    chain.rewind(number)
const label =
  (safe: bigint, finalized: bigint): Step =>
  (chain) => {
    const at = (number: bigint) => ({ number, hash: chain.reader.hashByNumber(number)! })
    return chain.label({ safe: at(safe), finalized: at(finalized) })
  }
const times = (count: number, salt: string) => Array.from({ length: count }, () => append(salt))

/** Twenty blocks, with labels, and two rewinds. */
const script: readonly Step[] = [
  ...times(6, 'a'),
  label(3n, 2n),
  ...times(4, 'a'),
  rewind(7n),
  ...times(3, 'b'),
  label(9n, 8n),
  rewind(9n),
  ...times(7, 'c'),
  label(12n, 12n),
]

async function dump(kv: Kv): Promise<Map<string, string>> {
  const entries = new Map<string, string>()
  const all = { gte: new Uint8Array(0), lt: Uint8Array.of(0xff) }
  for await (const [key, value] of kv.entries(all)) entries.set(bytesToHex(key), bytesToHex(value))
  return entries
}

/** The script without a fault: the database at the end and the heads after opening and after each step. */
async function control() {
  const kv = createMemoryKv()
  const chain = await open(kv)
  const heads = [chain.heads()]
  for (const step of script) {
    await step(chain)
    heads.push(chain.heads())
  }
  return { kv, heads, entries: await dump(kv) }
}

const wanted = await control()

/** Runs steps until one fails; how many were done. */
async function run(chain: Chain, steps: readonly Step[]): Promise<number> {
  for (const [index, step] of steps.entries()) {
    const isDone = await step(chain).then(
      () => true,
      () => false,
    )
    if (!isDone) return index
  }
  return steps.length
}

/** Opens and runs on a database that fails; what the failed process knew to be done, 0 if not even genesis. */
async function runWithFault(kv: Kv, failAt: number, mode: FaultMode): Promise<number> {
  const faulty = createFaultKv(kv, { failAt, mode })
  const chain = await open(faulty).catch(() => undefined)
  if (chain === undefined) return 0
  const done = await run(chain, script)
  assert.ok(done < script.length || faulty.batches() < failAt, 'the fault was met')
  await assert.rejects(
    chain.append(syntheticBlock({ parent: chain.header(), state: chain.state(), readNode: chain.reader.readNode })),
  )
  return done
}

test('the script makes twenty blocks and ends whole', async () => {
  assert.equal(script.length, 25)
  assert.equal(wanted.heads.at(-1)?.unsafe.number, 16n)
  assert.deepEqual((await verifyStore(wanted.kv)).findings, [])
})

for (const mode of ['before', 'after'] as const) {
  test(`stopped ${mode} any write and started again, it ends as if nothing had happened`, async () => {
    for (let failAt = 1; failAt <= script.length + 1; failAt++) {
      const kv = createMemoryKv()
      const known = await runWithFault(kv, failAt, mode)
      const chain = await open(kv)
      assert.equal(chain.recovery, undefined)
      // A write that reported a failure may have happened: one step more than was known.
      const done = mode === 'after' && failAt > 1 ? known + 1 : known
      assert.deepEqual(chain.heads(), wanted.heads[done], `write ${failAt}`)
      assert.deepEqual((await verifyStore(kv)).findings, [], `write ${failAt}`)
      assert.equal(await run(chain, script.slice(done)), script.length - done)
      assert.deepEqual(await dump(kv), wanted.entries, `write ${failAt}`)
    }
  })
}

test('a batch of which only half was written is undone or refused, never built upon', async () => {
  let undone = 0
  for (let failAt = 2; failAt <= script.length + 1; failAt++) {
    const kv = createMemoryKv()
    const known = await runWithFault(kv, failAt, 'torn')
    const chain = await open(kv)
    const { unsafe } = chain.heads()
    const possible = wanted.heads.slice(0, known + 2).map((heads) => heads.unsafe.hash)
    assert.ok(possible.includes(unsafe.hash), `write ${failAt}: head ${unsafe.number} is not one the chain had`)
    assert.deepEqual((await verifyStore(kv)).findings, [], `write ${failAt}`)
    if (chain.recovery !== undefined) undone++
    await append('after')(chain)
    assert.deepEqual((await verifyStore(kv)).findings, [], `write ${failAt}`)
  }
  assert.ok(undone > 10)
})
