import assert from 'node:assert/strict'
import { cp, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { NodeError } from '../../core/errors.ts'
import { bytesToBigint } from '../../core/hex.ts'
import { openChain } from '../../state/chain.ts'
import { openLevelKv } from '../../state/store/levelKv.ts'
import { verifyStore } from '../../state/store/verify.ts'
import { createRandom } from '../core/random.ts'
import { rules, syntheticBlock, syntheticGenesis } from '../state/synthetic.ts'

const genesis = syntheticGenesis()
const folder = await mkdtemp(join(tmpdir(), 'openledger-torn-'))
after(() => rm(folder, { recursive: true, force: true }))
const small = { cacheBytes: 1 << 20, writeBufferBytes: 1 << 22 }
const blockCount = 40

/** A database as a power cut leaves it: its newest writes are in LevelDB's log only. Hashes by number. */
const origin = join(folder, 'origin')
const hashes: string[] = []
{
  const kv = await openLevelKv(origin, small)
  const chain = await openChain({ kv, genesis, rules })
  hashes.push(chain.heads().unsafe.hash)
  for (let index = 0; index < blockCount; index++) {
    await chain.append(
      syntheticBlock({ parent: chain.header(), state: chain.state(), readNode: chain.reader.readNode }),
    )
    hashes.push(chain.heads().unsafe.hash)
  }
  await chain.close()
  await kv.close()
}

async function logOf(path: string): Promise<string> {
  const name = (await readdir(path)).find((file) => file.endsWith('.log'))
  assert.ok(name !== undefined)
  return join(path, name)
}

/** Opens a damaged copy: the head it starts at and what verification finds, or the error it refuses with. */
async function reopen(name: string, damage: (log: string) => Promise<void>) {
  const path = join(folder, name)
  await cp(origin, path, { recursive: true })
  await damage(await logOf(path))
  try {
    const kv = await openLevelKv(path, small)
    try {
      const chain = await openChain({ kv, genesis, rules })
      const { unsafe } = chain.heads()
      assert.equal(unsafe.hash, hashes[Number(unsafe.number)], 'the head is a block the chain had')
      return { head: unsafe.number, findings: (await verifyStore(kv)).findings }
    } finally {
      await kv.close()
    }
  } catch (error) {
    assert.ok(error instanceof NodeError && error.severity === 'fatal' && error.fix !== undefined, String(error))
    return { refusal: error.code }
  } finally {
    await rm(path, { recursive: true, force: true })
  }
}

const number = (random: () => Uint8Array, below: number) => Number(bytesToBigint(random().subarray(0, 6))) % below

test('a log cut off anywhere leaves a whole chain up to an earlier block', async (t) => {
  const seed = 31
  t.diagnostic(`seed ${seed}`)
  const random = createRandom(seed)
  const { length } = await readFile(await logOf(origin))
  const heads = new Set<bigint>()
  for (let round = 0; round < 15; round++) {
    const size = number(random, length)
    const result = await reopen(`cut${round}`, (log) => truncate(log, size))
    assert.ok('head' in result, `cut at ${size}: ${Object.values(result)}`)
    assert.deepEqual(result.findings, [], `cut at ${size}`)
    heads.add(result.head)
  }
  assert.ok(heads.size > 5)
})

test('a log damaged anywhere leaves a whole chain or is refused', async (t) => {
  const seed = 32
  t.diagnostic(`seed ${seed}`)
  const random = createRandom(seed)
  const { length } = await readFile(await logOf(origin))
  let recovered = 0
  for (let round = 0; round < 25; round++) {
    const at = number(random, length)
    const result = await reopen(`flip${round}`, async (log) => {
      const bytes = await readFile(log)
      bytes[at]! ^= 1 << (round & 7)
      await writeFile(log, bytes)
    })
    if ('refusal' in result) continue
    assert.deepEqual(result.findings, [], `bit flipped at ${at}`)
    recovered++
  }
  assert.ok(recovered > 5)
})
