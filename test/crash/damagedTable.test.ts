import assert from 'node:assert/strict'
import { cp, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { NodeError } from '../../core/errors.ts'
import { bytesToBigint, bytesToHex } from '../../core/hex.ts'
import { keccakHash } from '../../core/keccak.ts'
import type { Kv } from '../../core/ports/kv.ts'
import { openChain } from '../../state/chain.ts'
import { openLevelKv } from '../../state/store/levelKv.ts'
import { verifyStore } from '../../state/store/verify.ts'
import { createRandom } from '../core/random.ts'
import { rules, syntheticBlock, syntheticGenesis } from '../state/synthetic.ts'

const genesis = syntheticGenesis()
const folder = await mkdtemp(join(tmpdir(), 'openledger-table-'))
after(() => rm(folder, { recursive: true, force: true }))
const small = { cacheBytes: 1 << 20, writeBufferBytes: 1 << 16 }

const rounds = 20

/** A digest of every entry, by iteration and again by its key. */
async function digest(kv: Kv): Promise<string> {
  const rows: string[] = []
  for await (const [key, value] of kv.entries({ gte: new Uint8Array(0), lt: Uint8Array.of(0xff) })) {
    rows.push(`${bytesToHex(key)} ${bytesToHex(value)}`)
    assert.deepEqual(kv.get(key), new Uint8Array(value))
  }
  return keccakHash(new TextEncoder().encode(rows.join()))
}

test('a bit flipped in a table file is found or harmless', async (t) => {
  const seed = 41
  t.diagnostic(`seed ${seed}`)
  const origin = join(folder, 'origin')
  const kv = await openLevelKv(origin, small)
  const chain = await openChain({ kv, genesis, rules })
  for (let index = 0; index < 60; index++) {
    await chain.append(
      syntheticBlock({ parent: chain.header(), state: chain.state(), readNode: chain.reader.readNode }),
    )
  }
  const whole = await digest(kv)
  await kv.close()
  // Files that a compaction has replaced go when the database is opened again.
  for (let round = 0; round < 2; round++) await (await openLevelKv(origin, small)).close()
  const tables: { readonly name: string; readonly size: number }[] = []
  for (const name of await readdir(origin)) {
    if (name.endsWith('.ldb')) tables.push({ name, size: (await stat(join(origin, name))).size })
  }
  const total = tables.reduce((sum, { size }) => sum + size, 0)

  const random = createRandom(seed)
  const pick = (below: number) => Number(bytesToBigint(random().subarray(0, 6))) % below
  let found = 0
  for (let round = 0; round < rounds; round++) {
    const path = join(folder, `round${round}`)
    await cp(origin, path, { recursive: true })
    let at = pick(total)
    const table = tables.find(({ size }) => {
      if (at < size) return true
      at -= size
      return false
    })
    const file = join(path, table!.name)
    const bytes = await readFile(file)
    bytes[at]! ^= 1 << (round & 7)
    await writeFile(file, bytes)
    if (await isFound(path)) found++
    else {
      const copy = await openLevelKv(path, small)
      assert.equal(await digest(copy), whole, `bit flipped at ${at} of ${file}`)
      await copy.close()
    }
    await rm(path, { recursive: true, force: true })
  }
  t.diagnostic(`${found} of ${rounds} found, the others changed nothing`)
  assert.ok(found > rounds / 2)
})

/** Whether the start or verification sees damage. */
async function isFound(path: string): Promise<boolean> {
  let kv: Kv | undefined
  try {
    kv = await openLevelKv(path, small)
    const chain = await openChain({ kv, genesis, rules })
    if (chain.recovery !== undefined) return true
    return (await verifyStore(kv)).findings.length > 0
  } catch (error) {
    assert.ok(error instanceof NodeError && error.severity === 'fatal' && error.fix !== undefined, String(error))
    return true
  } finally {
    await kv?.close()
  }
}
