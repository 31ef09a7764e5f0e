import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Address, createWalletClient, type Hex, http } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import type { Header } from '../../core/header.ts'
import { bytesToHex, type Hash } from '../../core/hex.ts'
import { outputOracleAbi } from '../../l1/abi.ts'
import { assertServed, evidenceAt, evidenceFiles, type Follower, joined, startReplica } from './peersFollower.ts'
import { delayText, type HeadWatch, watchHeads } from './peersHeads.ts'
import { openSender, type Sender } from './peersLoad.ts'
import { healthOf, type ListedPeer, type Machine, type Network, openNetwork, peersOf } from './peersNetwork.ts'
import { altered, blockIn, oversized, type Stranger, startStranger } from './peersStranger.ts'
import { accounts, type Block, blockOf, roles, until } from './rollupProcesses.ts'
import { rpc } from './rpcCall.ts'
import { type Running, run } from './spawn.ts'

/** Delays are asserted generously: a slow machine must not fail what is right. */
const mostDelayMs = 5_000
const bounded = { timeout: 120_000 }
const sealKey = accounts[roles.sealer]!.privateKey
const rootOf = (byte: string) => `0x${byte.repeat(32)}` as Hash

let net: Network
let sequencer: Machine
/** The heads of the sequencer. */
let made: HeadWatch
let joining: Running
let followers: readonly Follower[]
let sender: Sender
let chain: { readonly chainId: bigint; readonly genesis: Hash }
const strangers: Stranger[] = []
/** The sequencer speaks to nobody but the ear; what the others hear of it, the mouth says. */
let ear: Stranger
let mouth: Stranger
let witness: Stranger

before(async () => {
  net = await openNetwork('lies', {
    ...{ validators: 4, finalizationSec: 600n, batchSec: 1, proposes: false },
    peersOf: (self, all) => all.slice(1, Math.max(1, self)),
  })
  sequencer = net.sequencer
  await Promise.all([sequencer, ...net.validators].map((machine) => machine.start()))
  const elsewhere = join(net.stage.folder, 'elsewhere')
  joining = startReplica(net, elsewhere, net.validators[0]!.url())
  const replica = await joined(net, elsewhere, joining)
  const validators = await Promise.all(
    net.validators.map(async (machine) => ({ ...machine, url: machine.url(), watch: await watchHeads(machine.url()) })),
  )
  followers = [...validators, replica]
  chain = { chainId: net.spec.chainId, genesis: net.spec.hash! }
  made = await watchHeads(sequencer.url())
  sender = await openSender(sequencer.url(), 1)
  ;[ear, mouth, witness] = await Promise.all([meet([sequencer]), meet(followers), meet(followers)])
}, bounded)
after(async () => {
  joining?.child.kill('SIGTERM')
  const force = setTimeout(() => joining?.child.kill('SIGKILL'), 15_000)
  await Promise.all(strangers.map(({ transport }) => transport.close()))
  for (const { watch } of followers ?? []) watch.close()
  made?.close()
  await joining?.finished
  clearTimeout(force)
  await net?.close()
})

async function meet(places: readonly Pick<Machine, 'address' | 'peerId'>[]): Promise<Stranger> {
  const stranger = await startStranger(chain, places)
  strangers.push(stranger)
  return stranger
}

type Made = Block & { readonly message: Uint8Array; readonly madeAt: number }

/** A block that the sequencer makes of one transfer; only the ear hears of it. */
async function makeBlock(): Promise<Made> {
  const { raw, hash } = sender.next()
  await rpc(sequencer.url(), 'eth_sendRawTransaction', raw)
  const find = () =>
    [...ear.blocks.values()].find((message) => blockIn(message).transactions.some((tx) => tx.hash === hash))
  const message = await until('the sequencer gossips a block', async () => find(), 20_000)
  const block = blockIn(message)
  const madeAt = await made.seen(block.hash)
  return { number: block.header.number, hash: block.hash, message, madeAt }
}

/** How long all of them take until they have the block. */
async function delaysOf({ hash }: Pick<Block, 'hash'>, since: number): Promise<readonly number[]> {
  return Promise.all(followers.map(async ({ watch }) => (await watch.seen(hash)) - since))
}

/** The mouth says what the sequencer has made. */
async function pass(block: Made): Promise<readonly number[]> {
  const since = performance.now()
  mouth.say(block.message)
  const delays = await delaysOf(block, since)
  assert.ok(Math.max(...delays) < mostDelayMs, delayText(delays))
  return delays
}

async function headsOf(label: 'latest' | 'safe'): Promise<readonly Block[]> {
  return Promise.all(followers.map(({ url }) => blockOf(url, label)))
}

const pauseL1 = () => net.pauseL1([sequencer.url(), ...followers.map(({ url }) => url)])

const verify = (file: string) => run(['verify-evidence', file, '--chain', net.file])

/** What the operators of the followers are told of a stranger; undefined: they are not connected with it. */
async function listedAt({ id }: Stranger): Promise<readonly (ListedPeer | undefined)[]> {
  const lists = await Promise.all(followers.map(peersOf))
  return lists.map((peers) => peers.find((peer) => peer.id === id))
}

/** Waits until its score is so low that nobody takes gossip of it, or it is gone. */
async function notListenedTo(stranger: Stranger): Promise<void> {
  await until('the peer is not listened to', async () =>
    (await listedAt(stranger)).every((peer) => peer === undefined || peer.score <= -40) ? true : undefined,
  )
}

test('an altered state root is refused by all, passed on by none, and proved to anybody', {
  timeout: 90_000,
}, async (t) => {
  // The block of the validators' stakes was made before anybody listened.
  await until('L1 has brought the first block', async () =>
    (await headsOf('safe')).every(({ number }) => number > 0n) ? true : undefined,
  )
  await pauseL1()
  const honest = await makeBlock()
  const lie = await altered(honest.message, { stateRoot: rootOf('11') }, { key: sealKey, chainId: chain.chainId })
  const liar = await meet(followers)
  liar.say(lie.message)
  const files = await Promise.all(followers.map((one) => evidenceAt(one, 'invalid_block', honest.number)))
  for (const { number } of await headsOf('latest')) assert.equal(number, honest.number - 1n)
  for (const [index, one] of followers.entries()) await assertServed(one, 'invalid_block', files[index]!)
  await notListenedTo(liar)

  const delays = await pass(honest)
  t.diagnostic(`from one host to 5 nodes: ${delayText(delays)}`)
  await until('the honest block is passed on', async () => (witness.blocks.has(honest.hash as Hash) ? true : undefined))
  assert.equal(witness.blocks.has(lie.hash), false)

  const text = readFileSync(files.at(-1)!, 'utf8')
  const forged = join(net.stage.folder, 'forged.json')
  writeFileSync(forged, text.replaceAll('11'.repeat(32), '12'.repeat(32)))
  const broken = join(net.stage.folder, 'broken.json')
  writeFileSync(broken, text.slice(0, -10))
  const [holds, doesNot, malformed] = await Promise.all([files.at(-1)!, forged, broken].map(verify))
  assert.equal(holds!.code, 0, holds!.stderr)
  assert.match(holds!.stdout, /signed an invalid block(.|\n)*state root(.|\n)*The evidence holds\./i)
  assert.equal(doesNot!.code, 1, doesNot!.stdout)
  assert.match(doesNot!.stdout, /The evidence does not hold\./)
  assert.equal(malformed!.code, 2)
})

test('two signed siblings: gossip is not followed until L1 has decided, which goes on', {
  timeout: 90_000,
}, async () => {
  const first = await makeBlock()
  await pass(first)
  const sibling = await altered(first.message, { stateRoot: rootOf('22') }, { key: sealKey, chainId: chain.chainId })
  const liar = await meet(followers)
  liar.say(sibling.message)
  const files = await Promise.all(followers.map((one) => evidenceAt(one, 'equivocation', first.number)))
  const second = await makeBlock()
  mouth.say(second.message)
  await sleep(1_500)
  for (const { hash } of await headsOf('latest')) assert.equal(hash, first.hash)
  for (const { number } of await headsOf('safe')) assert.ok(number < first.number)
  const { code, stdout } = await verify(files[0]!)
  assert.equal(code, 0, stdout)

  await net.resumeL1()
  await until('L1 has decided', async () =>
    (await headsOf('safe')).every(({ number }) => number >= second.number) ? true : undefined,
  )
  for (const { hash } of await headsOf('latest')) assert.equal(hash, second.hash)
  await pauseL1()
  const third = await makeBlock()
  await pass(third)
  for (const { number } of await headsOf('safe')) assert.ok(number < third.number)
  await net.resumeL1()
})

test('noise of all kinds changes nothing, and blocks still come at once', bounded, async (t) => {
  await net.resumeL1()
  // From here on the sequencer speaks for itself, to one validator.
  const [told] = followers
  const added = await run(['peers', 'add', sequencer.address, '--data-dir', told!.folder])
  assert.equal(added.code, 0, added.stderr)
  const { message } = await makeBlock()
  const { header } = blockIn(message)
  const { chainId } = chain
  const next = { number: header.number + 1n }
  const sealed = async (change: Partial<Header>, key: Uint8Array, id: bigint) =>
    (await altered(message, { ...next, ...change }, { key, chainId: id })).message
  // What no peer can think right is held against whoever sends it at once.
  const impossible = {
    garbage: async (salt: number) => Uint8Array.from({ length: 300 }, (_, at) => (at * 37 + salt) & 0xff),
    'too long': async (salt: number) => oversized(message).with(-1, salt),
  }
  // A peer may know of another signer from L1 already, or have a clock that is fast.
  const doubtful = {
    'another key': (salt: number) => sealed({ stateRoot: rootOf(`3${salt}`) }, accounts[8]!.privateKey, chainId),
    'another chain': (salt: number) => sealed({ stateRoot: rootOf(`4${salt}`) }, sealKey, 1n),
    'the far future': (salt: number) =>
      sealed({ timestamp: header.timestamp + 3_600n + BigInt(salt) }, sealKey, chainId),
  }
  const before = followers.map(evidenceFiles)
  const meetAll = (kinds: Record<string, (salt: number) => Promise<Uint8Array>>) =>
    Promise.all(Object.values(kinds).map(async (make) => ({ stranger: await meet(followers), make })))
  const [noisy, odd] = [await meetAll(impossible), await meetAll(doubtful)]
  const delays: number[] = []
  for (let round = 0; round < 4; round++) {
    for (const { stranger, make } of [...noisy, ...odd]) stranger.say(await make(round))
    const block = await makeBlock()
    delays.push(...(await delaysOf(block, block.madeAt)))
  }
  t.diagnostic(`by gossip through one validator, with noise: ${delayText(delays)}`)
  assert.ok(Math.max(...delays) < mostDelayMs, delayText(delays))
  for (const { stranger } of noisy) await notListenedTo(stranger)
  for (const { stranger } of odd) {
    await until('it was heard, and ignored', async () =>
      (await listedAt(stranger)).every((peer) => (peer?.messages.ignored ?? 0) > 0) ? true : undefined,
    )
    for (const peer of await listedAt(stranger)) assert.deepEqual([peer?.score, peer?.messages.accepted], [0, 0])
  }
  const foreign = await startStranger(chain, followers, rootOf('77'))
  strangers.push(foreign)
  await until('one of another chain is gone', async () =>
    (await listedAt(foreign)).every((peer) => peer === undefined) ? true : undefined,
  )
  const listed = await run(['peers', '--data-dir', followers[1]!.folder])
  assert.match(listed.stdout, /\n\d+ peers, [1-9] banned\n/)
  for (const { stranger } of noisy) {
    assert.match(listed.stdout, new RegExp(`/p2p/${stranger.id}\n.* score -\\d+,`))
  }
  assert.deepEqual(followers.map(evidenceFiles), before)
  for (const { number, hash } of await headsOf('latest')) {
    assert.equal((await blockOf(sequencer.url(), number)).hash, hash)
  }
})

async function errorOf(url: string, tag: string): Promise<string | undefined> {
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'eth_getBlockByNumber', params: [tag, false] })
  const response = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
  return ((await response.json()) as { error?: { message: string } }).error?.message
}

test('a wrong output on L1: nobody serves safe until the guardian has deleted it', bounded, async (t) => {
  await net.resumeL1()
  const oracle = { address: net.rollup.outputOracle as Address, abi: outputOracleAbi, chain: null } as const
  const walletOf = (index: number) => {
    const account = privateKeyToAccount(bytesToHex(accounts[index]!.privateKey))
    return createWalletClient({ account, transport: http(net.l1.url) })
  }
  const mined = async (hash: Hex) => {
    const { status } = await net.l1.client.waitForTransactionReceipt({ hash, timeout: 20_000 })
    assert.equal(status, 'success')
  }
  const proposer = walletOf(roles.proposer)
  const guardian = walletOf(roles.deployer)
  const value = await net.l1.client.readContract({ ...oracle, functionName: 'BOND' })
  await mined(await proposer.writeContract({ ...oracle, functionName: 'depositBond', value }))
  const { number: l1Number, hash: l1Hash } = await net.l1.client.getBlock()
  const { number } = await blockOf(sequencer.url(), 'safe')
  const args = [rootOf('55'), number, l1Hash, l1Number] as const
  await mined(await proposer.writeContract({ ...oracle, functionName: 'proposeL2Output', args }))
  const proposedAt = performance.now()

  const urls = [sequencer.url(), ...followers.map(({ url }) => url)]
  for (const url of urls) {
    const words = await until('safe is not served', () => errorOf(url, 'safe'))
    assert.match(
      words,
      /safe and finalized blocks are not served: output 1 on L1, of block \d+, is not what this node derived/,
    )
    assert.match((await errorOf(url, 'finalized')) ?? '', /not served/)
    assert.equal(await errorOf(url, 'latest'), undefined)
    const { ready, reasons } = await until('it is not ready', async () => {
      const health = await healthOf(url)
      return health.httpStatus === 503 ? health : undefined
    })
    assert.equal(ready, false)
    assert.ok(
      reasons.some((reason) => reason.code === 'safe_disputed'),
      JSON.stringify(reasons),
    )
  }
  t.diagnostic(`noticed by all ${Math.round(performance.now() - proposedAt)} ms after it was on L1`)
  const files = await Promise.all(followers.map((one) => evidenceAt(one, 'output_mismatch', number)))
  const { code, stdout } = await verify(files[0]!)
  assert.equal(code, 0, stdout)

  await mined(await guardian.writeContract({ ...oracle, functionName: 'deleteL2Outputs', args: [1n] }))
  const deletedAt = performance.now()
  for (const url of urls) {
    await until('safe is served again', async () => ((await errorOf(url, 'safe')) === undefined ? true : undefined))
    const { reasons } = await until('it is ready', async () => {
      const health = await healthOf(url)
      return health.httpStatus === 200 ? health : undefined
    })
    assert.deepEqual(reasons, [])
  }
  t.diagnostic(`served again by all ${Math.round(performance.now() - deletedAt)} ms after it was deleted`)
})
