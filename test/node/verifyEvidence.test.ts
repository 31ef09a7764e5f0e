import assert from 'node:assert/strict'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { encodeSpecFile } from '../../genesis/specFile.ts'
import { createScene, findingsOf } from '../p2p/evidence/scene.ts'
import { start } from './spawn.ts'

test('verify-evidence tells in a process of its own what a bundle proves', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'verify-'))
  try {
    const scene = await createScene(5)
    const evidence = scene.evidence({ dir: folder })
    for (const finding of await findingsOf(scene)) evidence.report(finding)
    await evidence.settled()
    await scene.world.abandon()
    const chain = join(folder, 'chain.json')
    await writeFile(chain, encodeSpecFile(scene.world.spec))
    const files = await readdir(join(folder, 'evidence'))
    const invalid = join(folder, 'evidence', files.find((name) => name.startsWith('invalid_block'))!)

    // In this process an engine knows the code from before: a bundle without it looks whole here.
    const json = JSON.parse(await readFile(invalid, 'utf8'))
    const writeChanged = async (name: string, codes: readonly string[]) => {
      const file = join(folder, name)
      await writeFile(file, JSON.stringify({ ...json, witness: { ...json.witness, codes } }))
      return file
    }
    const codes: readonly string[] = json.witness.codes
    assert(codes.length > 0)
    const without = await writeChanged('without.json', [])
    const malformed = await writeChanged('malformed.json', ['0x0'])

    const run = (...args: readonly string[]) => start(['verify-evidence', ...args]).finished
    const [whole, lacking, broken, other, absent, unclear] = await Promise.all([
      run(invalid, '--chain', chain),
      run(without, '--chain', chain, '--json'),
      run(malformed, '--chain', chain),
      run(invalid, '--chain', 'devnet'),
      run(join(folder, 'nothing.json')),
      run(invalid, '--chain', chain, '--signer', '0x12'),
    ])
    assert.equal(whole.code, 0, whole.stderr)
    assert.match(whole.stdout, /^The sequencer signed an invalid block, chain rollup \(31337\)\n/)
    assert.match(whole.stdout, /breaks a rule: state root differs from execution/)
    assert.match(whole.stdout, /What only L1 can tell:\n.*SystemConfig on L1 named 0x/)
    assert.match(whole.stdout, /\nThe evidence holds\.\n$/)
    assert.equal(lacking.code, 1, lacking.stderr)
    const { kind, holds, says } = JSON.parse(lacking.stdout)
    assert.deepEqual([kind, holds], ['invalid_block', false])
    assert.match(says.at(-1), /something that execution reads is not in it \(code_missing\)/)
    assert.equal(broken.code, 2)
    assert.match(broken.stderr, /is no bundle of evidence: witness\.codes\.0: expected bytes in lowercase hex/)
    assert.equal(other.code, 1, other.stderr)
    assert.match(other.stdout, /Give --chain the name or the spec file of its chain\.\n$/)
    assert.equal(absent.code, 2)
    assert.match(absent.stderr, /cannot be read\. Fix: /)
    assert.equal(unclear.code, 2)
    assert.match(unclear.stderr, /--signer is not an address\. Fix: /)
  } finally {
    await rm(folder, { recursive: true })
  }
})
