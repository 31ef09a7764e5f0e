import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'

test('the command starts from a folder whose path is no URL as it stands', () => {
  // A drive letter on Windows is another such path.
  const root = join(mkdtempSync(join(tmpdir(), 'ol-bin-test-')), 'a%41 #b')
  try {
    for (const folder of ['bin', 'build', 'node', join('node_modules', 'commander')])
      mkdirSync(join(root, folder), { recursive: true })
    writeFileSync(join(root, 'build', 'contracts.json'), '{}')
    writeFileSync(join(root, 'package.json'), '{"type":"module"}')
    writeFileSync(join(root, 'node', 'main.ts'), "process.stdout.write('started')\n")
    copyFileSync(join(import.meta.dirname, '..', '..', 'bin', 'openledger.mjs'), join(root, 'bin', 'openledger.mjs'))
    const { stdout, stderr } = spawnSync(process.execPath, [join(root, 'bin', 'openledger.mjs')], { encoding: 'utf8' })
    assert.equal(stdout, 'started', stderr)
  } finally {
    rmSync(join(root, '..'), { recursive: true })
  }
})
