import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { loadSpec } from '../../genesis/loadSpec.ts'
import { rpc } from '../node/rpcCall.ts'
import { readCompose } from './composeFile.ts'

const folder = mkdtempSync(join(tmpdir(), 'ol-deploy-l1-'))
const running = new Set<ChildProcess>()
after(() => {
  for (const child of running) child.kill('SIGKILL')
  rmSync(folder, { recursive: true, force: true })
})

const { l1 } = readCompose('compose.yaml').services
const given = Object.fromEntries(l1!.command.map((flag) => flag.split('=') as [string, string]))

test('the L1 of the development network starts as it is described, says that it is healthy, and keeps its chain', {
  timeout: 40_000,
}, async () => {
  const port = await freePort()
  const stateFile = join(folder, 'l1.json')
  const changed = { '--host': '127.0.0.1', '--port': `${port}`, '--state': stateFile } as Record<string, string>
  const args = l1!.command.map((flag) => {
    const [name = ''] = flag.split('=')
    return name in changed ? `${name}=${changed[name]}` : flag
  })
  const check = l1!.healthcheck
  assert.ok('test' in check && check.test[0] === 'CMD')
  const probe = check.test.slice(2).map((text) => text.replace(`:${given['--port']}`, `:${port}`))
  assert.equal(await exitOf(spawnOne(process.execPath, probe)), 1)

  const anvil = spawnOne(anvilBinary(), args)
  const ended = exitOf(anvil)
  const deadline = performance.now() + 20_000
  while ((await exitOf(spawnOne(process.execPath, probe))) !== 0) {
    assert.ok(anvil.exitCode === null && performance.now() < deadline, 'it starts')
    await sleep(100)
  }
  assert.equal(await rpc(`http://127.0.0.1:${port}`, 'eth_chainId'), `0x${loadSpec('devnet').l1.chainId.toString(16)}`)
  anvil.kill('SIGTERM')
  await ended
  assert.ok(existsSync(stateFile))
})

test('a crash of the L1 costs no final block', () => {
  const [slots, block, interval] = ['--slots-in-an-epoch', '--block-time', '--state-interval'].map((flag) =>
    Number(given[flag]),
  )
  assert.ok(interval! < 2 * slots! * block!)
})

/** The binary itself, as in the image. */
function anvilBinary(): string {
  const { resolve } = createRequire(createRequire(import.meta.url).resolve('@foundry-rs/anvil/package.json'))
  const cpu = process.arch === 'x64' ? 'amd64' : process.arch
  return resolve(`@foundry-rs/anvil-${process.platform}-${cpu}/package.json`).replace(/package\.json$/, 'bin/anvil')
}

function spawnOne(command: string, args: readonly string[]): ChildProcess {
  const child = spawn(command, args, { stdio: 'ignore' })
  running.add(child)
  child.once('exit', () => running.delete(child))
  return child
}

async function exitOf(child: ChildProcess): Promise<number | null> {
  if (child.exitCode !== null) return child.exitCode
  const [code] = await once(child, 'exit')
  return code
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  assert.ok(typeof address === 'object' && address !== null)
  return address.port
}
