import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { createDataDir, writeUrl } from '../../node/data/dir.ts'
import { findUrl } from '../../scripts/healthcheck.ts'
import { type Finished, start } from './spawn.ts'

const folder = mkdtempSync(join(tmpdir(), 'ol-healthcheck-test-'))
after(() => rmSync(folder, { recursive: true, force: true }))

test('the health check of the container finds a node whatever ports its flags name', async () => {
  const data = join(folder, 'data')
  const node = start(
    ['devnet', '--solo', '--http.addr', '127.0.0.1', '--http.port', '0', '--metrics.port', '0', '--silent'],
    {
      OPENLEDGER_DATA_DIR: data,
    },
  )
  try {
    await node.until(/Listening on/)
    const healthy = await healthcheck(data)
    assert.equal(healthy.code, 0, healthy.stdout)
    assert.match(healthy.stdout, /"ready":true/)
  } finally {
    node.child.kill('SIGTERM')
    await node.finished
  }
  const stopped = await healthcheck(data)
  assert.equal(stopped.code, 1)
  assert.match(stopped.stdout, /^no answer at http:\/\/127\.0\.0\.1:1:/)
})

test('the folder of a flag comes before that of the variable', () => {
  const place = (name: string, port: number): string => {
    const dir = createDataDir(join(folder, name))
    writeUrl(dir, `http://127.0.0.1:${port}`)
    return dir.path
  }
  const env = { OPENLEDGER_DATA_DIR: place('env', 1111), OPENLEDGER_HTTP_PORT: '3333' }
  const flag = place('flag', 2222)
  const args = ['/usr/bin/tini', '--', 'node', 'node/main.ts', 'devnet', '--http.port', '9545']
  assert.equal(findUrl(args, env), 'http://127.0.0.1:1111')
  for (const given of [
    ['--data-dir', flag],
    ['--datadir', flag],
    [`--data-dir=${flag}`, ''],
  ])
    assert.equal(findUrl([...args, ...given], env), 'http://127.0.0.1:2222')
  assert.equal(findUrl(args, { ...env, OPENLEDGER_DATA_DIR: join(folder, 'none') }), 'http://127.0.0.1:3333')
})

/** The script as the container runs it; port 1 where it finds nothing. */
function healthcheck(data: string): Promise<Pick<Finished, 'code' | 'stdout'>> {
  const script = join(import.meta.dirname, '..', '..', 'scripts', 'healthcheck.ts')
  const env = { ...process.env, OPENLEDGER_DATA_DIR: data, OPENLEDGER_HTTP_PORT: '1' }
  const child = spawn(process.execPath, [script], { env, stdio: ['ignore', 'pipe', 'inherit'] })
  let stdout = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
  })
  return new Promise((resolve) => {
    child.on('close', (code) => resolve({ code, stdout }))
  })
}
