import assert from 'node:assert/strict'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { createWalletClient, http } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { getL2TransactionHashes } from 'viem/op-stack'
import { bytesToHex } from '../../core/hex.ts'
import { loadSpec } from '../../genesis/loadSpec.ts'
import type { RollupSpec } from '../../genesis/spec.ts'
import { portalAbi } from '../../l1/abi.ts'
import { createL1Store } from '../../l1/store/records.ts'
import { openDatabase } from '../../node/data/database.ts'
import { dataDir } from '../../node/data/dir.ts'
import { type Anvil, startAnvil } from '../l1/anvil.ts'
import {
  accounts,
  agreed,
  type Block,
  blockOf,
  databaseGrows,
  deploy,
  inTime,
  type NodeProcess,
  openStage,
  roles,
  until,
} from './rollupProcesses.ts'
import { rpc } from './rpcCall.ts'

/** In L1 blocks, one a second: long enough for a restart, short enough to let pass. */
const window = 40
const originDepth = 2

const stage = openStage('faults')
const sender = privateKeyToAccount(bytesToHex(accounts[1]!.privateKey))
const friend = accounts[2]!.address
let l1: Anvil
let rollup: RollupSpec
let common: readonly string[]
let sequencer: NodeProcess
let validator: NodeProcess

before(async () => {
  // L1 is behind this machine's clock, so that its time can be let pass.
  const past = Math.floor(Date.now() / 1_000) - 300
  l1 = await startAnvil(['--block-time', '1', '--timestamp', `${past}`])
  const devnet = JSON.parse(readFileSync(join(import.meta.dirname, '../../genesis/specs/devnet.json'), 'utf8'))
  const limits = { ...devnet.limits, sequencingWindow: window, forcedLag: 8 }
  const template = join(stage.folder, 'template.json')
  writeFileSync(template, JSON.stringify({ ...devnet, hash: undefined, limits }))
  const file = await deploy(stage, { l1Url: l1.url, template, originDepth })
  rollup = loadSpec(file).l1.rollup!
  common = ['--chain', file, '--l1-rpc', l1.url]
  ;[sequencer, validator] = await Promise.all([startSequencer('blobs'), startValidator('validator')])
})
after(async () => {
  await stage.close()
  await l1?.stop()
})

function startSequencer(carrier: 'blobs' | 'calldata'): Promise<NodeProcess> {
  return stage.node([
    ...['--role', 'sequencer', ...common, '--data-dir', join(stage.folder, 'sequencer')],
    ...['--batcher.key', stage.key(roles.batcher), '--proposer.key', stage.key(roles.proposer)],
    ...['--batcher.carrier', carrier, '--batcher.max-delay', '1', '--proposer.at', 'safe'],
    ...['--sequencer.heartbeat', '2'],
  ])
}

function startValidator(name: string): Promise<NodeProcess> {
  return stage.node(['--role', 'validator', ...common, '--data-dir', join(stage.folder, name)])
}

type Receipt = { readonly blockNumber: string; readonly blockHash: string; readonly status: string }

/** The receipt once there is one. */
function receiptOf(url: string, hash: string): Promise<Receipt> {
  return until(
    `a receipt of ${hash}`,
    async () => (await rpc<Receipt | null>(url, 'eth_getTransactionReceipt', hash)) ?? undefined,
  )
}

/** Sends a transfer to the sequencer and waits until it is in a block. */
async function transfer(): Promise<{ readonly number: bigint; readonly hash: string; readonly tx: string }> {
  const wallet = createWalletClient({ account: sender, transport: http(sequencer.url) })
  const tx = await wallet.sendTransaction({ chain: null, to: friend, value: 1n })
  const { blockNumber, blockHash } = await receiptOf(sequencer.url, tx)
  return { number: BigInt(blockNumber), hash: blockHash, tx }
}

/** Waits until both nodes agree that a block is safe. */
const bothHave = (number: bigint) => agreed([sequencer.url, validator.url], { number })

type Batch = { readonly kind: string; readonly firstBlock: string | null; readonly lastBlock: string | null }

test('a sequencer killed while it posts goes on where it was: each block is safe once, under its hash', {
  timeout: 90_000,
}, async () => {
  const promised: Block[] = []
  for (const { moment, journal, carrier } of [
    { moment: /L1 transaction signed/, journal: 'kept', carrier: 'blobs' },
    { moment: /batch posted/, journal: 'lost', carrier: 'calldata' },
  ] as const) {
    promised.push(await transfer())
    await inTime(sequencer.until(moment), 30_000, `the sequencer says ${moment}`)
    promised.push(await blockOf(sequencer.url, 'latest'))
    await sequencer.kill()
    if (journal === 'lost') rmSync(join(stage.folder, 'sequencer', 'batcher-journal'), { recursive: true })
    sequencer = await startSequencer(carrier)
  }
  promised.push(await transfer())
  const { safe } = await bothHave(promised.at(-1)!.number)
  for (const { number, hash } of promised) assert.equal((await blockOf(validator.url, number)).hash, hash)

  const batches = await rpc<Batch[]>(validator.url, 'openledger_batches', '0x0')
  assert.deepEqual(new Set(batches.map(({ kind }) => kind)), new Set(['blobs', 'calldata']))
  let next = 1n
  for (const { firstBlock, lastBlock } of batches) {
    if (firstBlock === null) continue
    assert.equal(BigInt(firstBlock), next, 'batches follow each other without gap or overlap')
    next = BigInt(lastBlock!) + 1n
  }
  assert.ok(next > safe.number)
})

test('an L1 that stands still for a while: blocks are made meanwhile, both nodes go on by themselves', {
  timeout: 60_000,
}, async () => {
  process.kill(l1.pid, 'SIGSTOP')
  let made: Awaited<ReturnType<typeof transfer>>
  try {
    made = await transfer()
    await sleep(4_000)
  } finally {
    process.kill(l1.pid, 'SIGCONT')
  }
  await bothHave(made.number)
  assert.equal((await blockOf(validator.url, made.number)).hash, made.hash)
})

test('an L1 reorg that takes batches away: the safe head goes back and recovers, and both nodes agree', {
  timeout: 60_000,
}, async () => {
  const logged = [sequencer.stdout().length, validator.stdout().length]
  const { tx, number } = await transfer()
  await bothHave(number)
  const before = await blockOf(validator.url, 'safe')
  await rpc(l1.url, 'anvil_reorg', 4, [])
  for (const [index, node] of [sequencer, validator].entries()) {
    const back = await until('L1 reorganised', async () => {
      const match = /"safe":(\d+),"msg":"L1 reorganised"/.exec(node.stdout().slice(logged[index]))
      return match === null ? undefined : BigInt(match[1]!)
    })
    assert.ok(back < before.number, `the safe head went from ${before.number} to ${back}`)
  }
  const again = await receiptOf(sequencer.url, tx)
  await bothHave(BigInt(again.blockNumber) > before.number ? BigInt(again.blockNumber) : before.number)
  const settled = await receiptOf(validator.url, tx)
  assert.deepEqual(settled, await receiptOf(sequencer.url, tx))
})

test('a transaction forced through the portal arrives without a sequencer, which then goes on after it', {
  timeout: 90_000,
}, async () => {
  await sequencer.stop()
  const had = BigInt(await rpc<string>(validator.url, 'eth_getBalance', friend, 'latest'))
  const censored = privateKeyToAccount(bytesToHex(accounts[3]!.privateKey))
  const wallet = createWalletClient({ account: censored, transport: http(l1.url) })
  const forced = await wallet.writeContract({
    address: rollup.portal,
    abi: portalAbi,
    functionName: 'depositTransaction',
    args: [friend, 7n, 100_000n, false, '0x'],
    chain: null,
  })
  const [hash] = getL2TransactionHashes(await l1.client.waitForTransactionReceipt({ hash: forced, timeout: 20_000 }))
  await l1.control.mine({ blocks: window + 10, interval: 1 })
  const { status } = await receiptOf(validator.url, hash!)
  assert.equal(status, '0x1')
  assert.equal(BigInt(await rpc<string>(validator.url, 'eth_getBalance', friend, 'latest')) - had, 7n)
  sequencer = await startSequencer('calldata')
  const { number } = await transfer()
  await bothHave(number)
})

test('a validator killed while it syncs, its database deleted: it rebuilds the same chain from L1', {
  timeout: 60_000,
}, async () => {
  const folder = join(stage.folder, 'fresh')
  const known = await blockOf(validator.url, 'safe')
  const syncing = stage.start([
    ...['run', '--role', 'validator', ...common, '--data-dir', folder],
    ...['--http.addr', '127.0.0.1', '--http.port', '0', '--p2p.port', '0', '--datadir.minfreedisk', '1'],
  ])
  await databaseGrows(join(folder, 'chain'), 8)
  syncing.child.kill('SIGKILL')
  await inTime(syncing.finished, 10_000, 'the validator ends')
  const kv = await openDatabase(dataDir(folder, true), { cacheMiB: 8 })
  const tip = createL1Store(kv).newest()
  await kv.close()
  assert.ok(tip !== undefined && tip.safe.number < known.number, 'it was in the middle')

  const resumed = await startValidator('fresh')
  await agreed([sequencer.url, validator.url, resumed.url], { number: known.number })
  await resumed.kill()
  rmSync(folder, { recursive: true })
  const rebuilt = await startValidator('fresh')
  const { safe } = await agreed([sequencer.url, validator.url, rebuilt.url], { number: known.number })
  for (let number = 0n; number <= safe.number; number++) {
    assert.deepEqual(await blockOf(rebuilt.url, number), await blockOf(sequencer.url, number))
  }
})
