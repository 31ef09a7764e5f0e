import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { createPublicClient, http } from 'viem'
import { bytesToHex } from '../../core/hex.ts'
import { devAccounts, devMnemonic } from '../../genesis/devAccounts.ts'
import { loadSpec } from '../../genesis/loadSpec.ts'
import { openTokenAbi } from '../../l1/abi.ts'
import { type Anvil, startAnvil } from '../l1/anvil.ts'
import { rpc } from '../node/rpcCall.ts'
import { run } from '../node/spawn.ts'

const folder = mkdtempSync(join(tmpdir(), 'ol-deploy-keep-'))
const file = join(folder, 'rollup.json')
const [rich, , deployer] = devAccounts(devMnemonic, 3)
let l1: Anvil
before(async () => {
  l1 = await startAnvil()
  writeFileSync(join(folder, 'key'), bytesToHex(deployer!.privateKey), { mode: 0o600 })
})
after(async () => {
  await l1?.stop()
  rmSync(folder, { recursive: true, force: true })
})

test('a deployment that starts again goes on with its chain, and not with one that is gone', {
  timeout: 60_000,
}, async () => {
  const args = [
    ...['deploy', file, '--keep', '--chain', 'devnet', '--l1-rpc', l1.url],
    ...['--deployer.key', join(folder, 'key'), '--origin-depth', '0', '--fund', rich!.address],
  ]
  const first = await run(args)
  assert.equal(first.code, 0, first.stderr)
  assert.match(first.stdout, /^Wrote /)
  const text = readFileSync(file, 'utf8')
  const { portal, open: address } = loadSpec(file).l1.rollup!
  const client = createPublicClient({ transport: http(l1.url) })
  const call = { address, abi: openTokenAbi, functionName: 'balanceOf', args: [rich!.address] } as const
  assert.equal(await client.readContract(call), 100_000n * 10n ** 18n)

  const before = await rpc(l1.url, 'eth_blockNumber')
  const again = await run(args)
  assert.equal(again.code, 0, again.stderr)
  assert.match(again.stdout, /^Kept /)
  assert.equal(readFileSync(file, 'utf8'), text)
  assert.equal(await rpc(l1.url, 'eth_blockNumber'), before)

  await rpc(l1.url, 'anvil_setCode', portal, '0x')
  const gone = await run(args)
  assert.notEqual(gone.code, 0)
  assert.match(gone.stderr, /differ in portal/)
})

test('more OPEN than there can be is not asked for', { timeout: 30_000 }, async () => {
  const key = join(folder, 'secret')
  writeFileSync(key, '2'.repeat(64), { mode: 0o600 })
  await rpc(l1.url, 'anvil_setChainId', 11_155_111)
  const { code, stderr } = await run([
    ...['deploy', join(folder, 'testnet.json'), '--chain', 'testnet', '--l1-rpc', l1.url],
    ...['--deployer.key', key, '--fund', rich!.address],
  ])
  assert.notEqual(code, 0)
  assert.match(stderr, /more than there can be\. Fix: leave out --validator and --fund/)
})
