import assert from 'node:assert/strict'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { type Anvil, startAnvil } from '../l1/anvil.ts'
import { agreed, deploy, openStage, roles, until } from './rollupProcesses.ts'
import { rpc } from './rpcCall.ts'
import { run } from './spawn.ts'

const stage = openStage('late')
let l1: Anvil
let front: Server
let chain: readonly string[]
let isUp = false

/** L1 behind a server that is down until it is up. */
before(async () => {
  l1 = await startAnvil(['--block-time', '1'])
  const file = await deploy(stage, { l1Url: l1.url, originDepth: 0 })
  front = createServer(async (request, response) => {
    if (!isUp) return response.writeHead(503).end()
    const parts: Buffer[] = []
    for await (const part of request) parts.push(part as Buffer)
    const { method = 'GET', url = '/' } = request
    const headers = { 'content-type': 'application/json' }
    const body = method === 'GET' ? {} : { body: Buffer.concat(parts) }
    const answer = await fetch(new URL(url, l1.url), { method, headers, ...body })
    response.writeHead(answer.status, headers).end(await answer.text())
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => front.once('listening', resolve))
  chain = ['--chain', file, '--l1-rpc', `http://127.0.0.1:${(front.address() as AddressInfo).port}`]
})
after(async () => {
  await stage.close()
  front?.closeAllConnections()
  front?.close()
  await l1?.stop()
})

test('nodes that start while L1 is away serve what they have, say why they wait, and go on once it is there', {
  timeout: 90_000,
}, async () => {
  const [sequencer, validator] = await Promise.all([
    stage.node([
      ...['--role', 'sequencer', ...chain, '--data-dir', join(stage.folder, 'sequencer')],
      ...['--batcher.key', stage.key(roles.batcher), '--batcher.max-delay', '1', '--sequencer.heartbeat', '1'],
    ]),
    stage.node(['--role', 'validator', ...chain, '--data-dir', join(stage.folder, 'validator')]),
  ])
  for (const { url } of [sequencer, validator]) {
    assert.equal(await rpc(url, 'eth_blockNumber'), '0x0')
    assert.equal((await rpc<{ stage: string }>(url, 'eth_syncing')).stage, 'connecting to L1')
    const status = await run(['status', '--rpc.url', url])
    assert.equal(status.code, 4)
    assert.match(status.stdout, /^not ready\n.*\nsafe 0, finalized 0; derived from L1 block \d+ of \?\n/)
    assert.match(status.stdout, /because L1 (has not answered yet|cannot be reached)/)
  }
  isUp = true
  await agreed([sequencer.url, validator.url], { number: 1n })
  for (const { url } of [sequencer, validator]) {
    await until('it is ready', async () => ((await fetch(`${url}/health/ready`)).ok ? true : undefined))
    assert.equal(await rpc(url, 'eth_syncing'), false)
    const status = await run(['status', '--rpc.url', url])
    assert.match(status.stdout, /^ready\n.*\nsafe \d+, finalized \d+; derived from L1 block \d+ of \d+\n/)
    await until('a metric of L1', async () => {
      const text = await (await fetch(`${url}/metrics`)).text()
      return /^openledger_l1_block_number\{block="derived"\} [1-9]/m.test(text) || undefined
    })
  }
  await sequencer.stop()
  await validator.stop()
})
