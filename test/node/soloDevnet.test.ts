import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { parseEther } from 'viem'
import { mnemonicToAccount } from 'viem/accounts'
import { databaseGrows } from './rollupProcesses.ts'
import { rpc } from './rpcCall.ts'
import { type Running, run, start } from './spawn.ts'

const folder = mkdtempSync(join(tmpdir(), 'ol-devnet-test-'))
const running = new Set<Running>()
after(async () => {
  for (const node of running) node.child.kill('SIGKILL')
  await Promise.all([...running].map((node) => node.finished))
  rmSync(folder, { recursive: true, force: true })
})

const words = 'test test test test test test test test test test test junk'
const sender = mnemonicToAccount(words)
const friend = '0x70997970C51812dc3A010C7d01b50e0d17dc79C8'
const oneLine = /^openledger: [^\n]+ Fix: [^\n]+\n$/

async function startDevnet(...args: string[]): Promise<Running & { readonly url: string }> {
  const node = start(['devnet', '--solo', '--http.addr', '127.0.0.1', '--http.port', '0', ...args])
  running.add(node)
  void node.finished.then(() => running.delete(node))
  const [, url] = await node.until(/Listening on (http:\/\/127\.0\.0\.1:\d+)/)
  return { ...node, url: url! }
}

async function stop(node: Running): Promise<void> {
  const startedMs = performance.now()
  node.child.kill('SIGTERM')
  const { code, stderr } = await node.finished
  assert.equal(code, 0, stderr)
  assert.ok(performance.now() - startedMs < 5000, 'stops within 5 s')
}

async function pay(url: string, nonce: number): Promise<string> {
  const raw = await sender.signTransaction({
    chainId: 31337,
    type: 'eip1559',
    nonce,
    gas: 21_000n,
    maxFeePerGas: 10n ** 11n,
    maxPriorityFeePerGas: 10n ** 9n,
    to: friend,
    value: parseEther('1'),
  })
  return await rpc<string>(url, 'eth_sendRawTransaction', raw)
}

test('prints accounts, keys, chain and next steps once the port answers, and stops in time', async () => {
  const node = await startDevnet('--log.format', 'pretty')
  assert.equal(await rpc(node.url, 'eth_chainId'), '0x7a69')
  const text = node.stdout()
  assert.match(text, /\(0\) 0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266 {2}10000 OPEN/)
  assert.match(text, /\(9\) 0x2a871d0798f97d79848a013d4936a73bf4cc922c825d33c1cf7073dff6d409c6/)
  for (const part of [
    words,
    'WILL BE LOST',
    '31337',
    'Base fee',
    '30000000',
    'automine',
    'keep it with --data-dir ./data',
    'cast send',
    'MetaMask',
    'ws://',
  ]) {
    assert.ok(text.includes(part), part)
  }
  const hash = await pay(node.url, 0)
  await node.until(new RegExp(`block 1 {2}1 tx .*\\n {2}tx ${hash} .* ok`))
  const data = /Data +(\S+)/.exec(text)?.[1]
  assert.ok(data !== undefined && existsSync(data))
  await stop(node)
  assert.match(node.stdout(), /Stopped/)
  assert.equal(existsSync(data), false, 'the throw-away folder is gone')
})

test('a kept folder goes on after a stop; only one node may have it; other accounts are another chain', async () => {
  const data = join(folder, 'kept')
  const first = await startDevnet('--data-dir', data)
  const hash = await pay(first.url, 0)
  const receipt = await rpc<{ blockNumber: string; blockHash: string }>(first.url, 'eth_getTransactionReceipt', hash)
  assert.equal(receipt.blockNumber, '0x1')

  const second = await run(['devnet', '--solo', '--http.port', '0', '--data-dir', data])
  assert.equal(second.code, 1)
  assert.match(second.stderr, oneLine)
  assert.ok(second.stderr.includes(`is in use by process ${first.child.pid}`), second.stderr)
  await stop(first)
  assert.match(first.stdout(), /saved at block 1/)

  const other = await run(['devnet', '--solo', '--http.port', '0', '--data-dir', data, '--accounts', '3'])
  assert.notEqual(other.code, 0)
  assert.match(other.stderr, oneLine)
  assert.match(other.stderr, /wrong chain in the data directory.*--accounts/)

  const again = await startDevnet('--data-dir', data)
  assert.deepEqual(await rpc(again.url, 'eth_getTransactionReceipt', hash), receipt)
  await stop(again)
  const verified = await run(['db', 'verify', '--data-dir', data])
  assert.equal(verified.code, 0, verified.stderr)
})

test('health, metrics and status describe a running node', async () => {
  const node = await startDevnet()
  const ready = await fetch(`${node.url}/health/ready`)
  assert.equal(ready.status, 200)
  assert.deepEqual(((await ready.json()) as { ready: boolean; reasons: unknown[] }).reasons, [])
  assert.equal((await fetch(`${node.url}/health/live`)).status, 200)
  await rpc(node.url, 'eth_getTransactionReceipt', await pay(node.url, 0))
  const text = await (await fetch(`${node.url}/metrics`)).text()
  for (const line of [
    'openledger_head_block_number{head="unsafe"} 1',
    'openledger_blocks_total 1',
    'openledger_chain_responsive 1',
  ]) {
    assert.ok(text.includes(line), line)
  }
  assert.match(text, /^openledger_rpc_requests_total\{method="eth_sendRawTransaction",outcome="ok"\} 1$/m)
  assert.match(text, /^openledger_block_commit_seconds_count 1$/m)
  assert.match(text, /^nodejs_eventloop_lag_seconds /m)
  const status = await run(['status', '--rpc.url', node.url])
  assert.equal(status.code, 0, status.stderr)
  assert.match(status.stdout, /^ready\nsolo of devnet \(chain id 31337\), block 1,/)
  await stop(node)
})

test('many empty blocks at once are one line, and listening on all addresses is said', async () => {
  const node = await startDevnet('--log.format', 'pretty', '--no-mining', '--host', '0.0.0.0')
  assert.match(
    node.stdout(),
    /and ws:\/\/127\.0\.0\.1:\d+ \(on all addresses: .*--http\.addr 127\.0\.0\.1 to restrict\)/,
  )
  await rpc(node.url, 'hardhat_mine', '0x14')
  await node.until(/to 20 {2}\d+ blocks without txs\n/)
  assert.ok((node.stdout().match(/^blocks? \d/gm) ?? []).length <= 4, node.stdout())
  await pay(node.url, 0)
  const status = await run(['status', '--rpc.url', node.url])
  assert.match(status.stdout, /pool: 1 pending, 0 queued\nautomine is off: .*evm_mine/)
  await stop(node)
})

test('a port in use is refused with the flag to change', async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as { port: number }
  const { code, stderr } = await run(['devnet', '--solo', '--http.addr', '127.0.0.1', '--http.port', String(port)])
  assert.equal(code, 1)
  assert.match(stderr, oneLine)
  assert.match(stderr, new RegExp(`port ${port} .*in use.*--http\\.port`))
  server.close()
})

test('a folder that cannot be used is refused', async () => {
  const { code, stderr } = await run(['devnet', '--solo', '--http.port', '0', '--data-dir', '/proc/openledger/data'])
  assert.equal(code, 1)
  assert.match(stderr, oneLine)
})

test('damaged database files are refused, not overwritten', async () => {
  const data = join(folder, 'damaged')
  await stop(await startDevnet('--data-dir', data))
  const chain = join(data, 'chain')
  const manifest = readdirSync(chain).find((name) => name.startsWith('MANIFEST'))!
  writeFileSync(join(chain, manifest), 'not a manifest')
  const { code, stderr } = await run(['devnet', '--solo', '--http.port', '0', '--data-dir', data])
  assert.notEqual(code, 0)
  assert.match(stderr, oneLine)
  assert.match(stderr, /damaged/)
})

test('run says plainly that a chain without contracts on L1 cannot be run', async () => {
  const { code, stderr } = await run(['run', '--chain', 'mainnet', '--data-dir', join(folder, 'mainnet')])
  assert.equal(code, 1)
  assert.match(stderr, oneLine)
  assert.match(stderr, /has no contracts on L1 yet/)
})

test('run on the development chain has no development methods and no keys', async () => {
  const node = start([
    'run',
    '--chain',
    'devnet',
    '--http.port',
    '0',
    '--data-dir',
    join(folder, 'run'),
    '--datadir.minfreedisk',
    '1',
  ])
  running.add(node)
  void node.finished.then(() => running.delete(node))
  const [, url] = await node.until(/"url":"(http:\/\/127\.0\.0\.1:\d+)"/)
  assert.deepEqual(await rpc(url!, 'eth_accounts'), [])
  const refused = await fetch(url!, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'evm_mine', params: [] }),
  })
  assert.equal(((await refused.json()) as { error: { code: number } }).error.code, -32601)
  await stop(node)
})

test('export and import make the same chain again', async () => {
  const data = join(folder, 'source')
  const node = await startDevnet('--data-dir', data)
  for (let nonce = 0; nonce < 3; nonce++) await pay(node.url, nonce)
  await rpc(node.url, 'anvil_setBalance', friend, '0x1')
  const head = await rpc<{ hash: string; number: string }>(node.url, 'eth_getBlockByNumber', 'latest', false)
  await stop(node)
  const file = join(folder, 'chain.rlp')
  assert.equal((await run(['export', file, '--data-dir', data])).code, 0)
  const copy = join(folder, 'copy')
  const imported = await run(['import', file, '--solo', '--data-dir', copy, '--json'])
  assert.equal(imported.code, 0, imported.stderr)
  assert.equal(JSON.parse(imported.stdout).added, Number(head.number))
  const again = await startDevnet('--data-dir', copy)
  assert.equal((await rpc<{ hash: string }>(again.url, 'eth_getBlockByNumber', 'latest', false)).hash, head.hash)
  assert.equal(await rpc(again.url, 'eth_getBalance', friend, 'latest'), '0x1')
  await stop(again)
  for (const [chain, cause] of [
    ['testnet', /gets its blocks from L1.*--solo/],
    ['devnet', /belongs to another chain.*--solo/],
  ] as const) {
    const wrong = await run(['import', file, '--chain', chain, '--data-dir', join(folder, chain)])
    assert.notEqual(wrong.code, 0)
    assert.match(wrong.stderr, oneLine)
    assert.match(wrong.stderr, cause)
    assert.equal(existsSync(join(folder, chain)), false, 'nothing is created')
  }
})

test('an interrupted import says where it stopped and goes on from there', async () => {
  const data = join(folder, 'long')
  const node = await startDevnet('--data-dir', data, '--no-mining')
  await rpc(node.url, 'hardhat_mine', '0x12c')
  await stop(node)
  const file = join(folder, 'long.rlp')
  assert.equal((await run(['export', file, '--data-dir', data])).code, 0)
  const copy = join(folder, 'long-copy')
  const importing = start(['import', file, '--solo', '--data-dir', copy])
  running.add(importing)
  void importing.finished.then(() => running.delete(importing))
  await databaseGrows(join(copy, 'chain'), 10)
  importing.child.kill('SIGINT')
  const { code, stderr } = await importing.finished
  assert.equal(code, 1)
  assert.match(stderr, oneLine)
  const stopped = Number(/stopped after block (\d+)\. Fix: run it again/.exec(stderr)?.[1])
  assert.ok(stopped > 0 && stopped < 300, stderr)
  const again = await run(['import', file, '--solo', '--data-dir', copy, '--json'])
  assert.equal(again.code, 0, again.stderr)
  assert.deepEqual(JSON.parse(again.stdout), { added: 300 - stopped, known: stopped, head: '300' })
})
