import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { delayText, type HeadWatch, watchHeads } from './peersHeads.ts'
import { openSender, type Sender, startLoad } from './peersLoad.ts'
import { type Machine, type Network, openNetwork, peersOf, validatorAccounts } from './peersNetwork.ts'
import { startSlowL1 } from './peersSlowL1.ts'
import { accounts, type Block, blockOf, until } from './rollupProcesses.ts'
import { rpc } from './rpcCall.ts'
import { run } from './spawn.ts'

/** Delays are asserted generously: a slow machine must not fail what is right. */
const mostDelayMs = 5_000
const bounded = { timeout: 120_000 }
const others = 5

let net: Network
let sequencer: Machine
let replica: Machine
/** The sequencer first, the replica last. */
let machines: readonly Machine[]
let watches: Map<Machine, HeadWatch>
let sender: Sender

before(async () => {
  net = await openNetwork('network', {
    ...{ validators: 4, finalizationSec: 600n, batchSec: 3, proposes: true },
    peersOf: (self, all) => all.slice(0, self),
  })
  sequencer = net.sequencer
  // It knows no more than two validators: what it is sent has to be passed on.
  const known = net.validators.slice(0, 2).map(({ address }) => address)
  replica = await net.machine('replica', ['--role', 'replica', '--p2p.peers', known.join(',')])
  machines = [sequencer, ...net.validators, replica]
  await Promise.all(machines.map((machine) => machine.start()))
  watches = new Map(await Promise.all(machines.map(async (one) => [one, await watchHeads(one.url())] as const)))
  sender = await openSender(sequencer.url(), 1)
  await until('all know each other', async () => {
    const listed = await Promise.all(machines.map(peersOf))
    const isReady = listed.every((peers) => peers.filter(({ topics }) => topics.length === 3).length >= 2)
    return isReady && listed[0]!.length >= 4 ? true : undefined
  })
}, bounded)
after(async () => {
  for (const watch of watches?.values() ?? []) watch.close()
  await net?.close()
})

async function watchAgain(machine: Machine): Promise<void> {
  watches.get(machine)?.close()
  watches.set(machine, await watchHeads(machine.url()))
}

type Receipt = { readonly blockNumber: string; readonly blockHash: string }

/** Sends a transfer to a machine; resolves to the block that it is in at the sequencer, and to the times of both. */
async function transfer(to: Machine): Promise<Block & { readonly sentAt: number; readonly madeAt: number }> {
  const { raw, hash } = sender.next()
  const sentAt = performance.now()
  await rpc(to.url(), 'eth_sendRawTransaction', raw)
  const receipt = async () =>
    (await rpc<Receipt | null>(sequencer.url(), 'eth_getTransactionReceipt', hash)) ?? undefined
  const { blockNumber, blockHash } = await until('the transfer is in a block', receipt, 20_000)
  const madeAt = await watches.get(sequencer)!.seen(blockHash)
  return { number: BigInt(blockNumber), hash: blockHash, sentAt, madeAt }
}

/** How long after the sequencer the other machines have a block as their head. */
async function delaysOf({ hash, madeAt }: { hash: string; madeAt: number }): Promise<readonly number[]> {
  const rest = machines.filter((machine) => machine !== sequencer)
  return Promise.all(rest.map(async (machine) => (await watches.get(machine)!.seen(hash)) - madeAt))
}

function assertQuick(delays: readonly number[]): void {
  assert.ok(Math.max(...delays) < mostDelayMs, delayText(delays))
}

type Evidence = { readonly kind: string }

/** Nobody has a reason to accuse anybody. */
async function assertNoEvidence(): Promise<void> {
  for (const machine of machines) assert.deepEqual(await rpc<Evidence[]>(machine.url(), 'openledger_evidence'), [])
}

type Attested = { readonly number: string; readonly stake: string; readonly totalStake: string }

/** Waits until every machine says that two thirds of the stake attest this block or a later one. */
function attestedFrom(number: bigint, at: readonly Machine[] = machines): Promise<readonly Attested[]> {
  return until(`block ${number} is attested`, async () => {
    const all = await Promise.all(at.map((one) => rpc<Attested | null>(one.url(), 'openledger_attested')))
    const reached = all.filter((claim) => claim !== null && BigInt(claim.number) >= number)
    return reached.length === at.length ? (reached as Attested[]) : undefined
  })
}

test('every block is on every node right after the sequencer has it', bounded, async (t) => {
  const delays: number[] = []
  for (let count = 0; count < 5; count++) delays.push(...(await delaysOf(await transfer(sequencer))))
  assert.equal(delays.length, 5 * others)
  t.diagnostic(`from the sequencer to 5 nodes: ${delayText(delays)}`)
  assertQuick(delays)
})

test('a transaction that was sent to a replica is in a block on all', bounded, async (t) => {
  const block = await transfer(replica)
  const delays = await delaysOf(block)
  t.diagnostic(`sent to the replica, in a block after ${Math.round(block.madeAt - block.sentAt)} ms`)
  assertQuick(delays)
})

test('while L1 stands still blocks go on, and are everywhere', bounded, async (t) => {
  const delays: number[] = []
  const urls = machines.map(({ url }) => url())
  // Blocks of L1 that only the sequencer had seen would be origins that the others cannot check.
  await net.pauseL1(urls)
  process.kill(net.l1.pid, 'SIGSTOP')
  try {
    const safe = await Promise.all(urls.map((url) => blockOf(url, 'safe')))
    for (let count = 0; count < 3; count++) delays.push(...(await delaysOf(await transfer(sequencer))))
    const now = await Promise.all(urls.map((url) => blockOf(url, 'safe')))
    assert.deepEqual(now, safe)
  } finally {
    process.kill(net.l1.pid, 'SIGCONT')
    await net.resumeL1()
  }
  t.diagnostic(`without L1, from the sequencer to 5 nodes: ${delayText(delays)}`)
  assertQuick(delays)
})

test('two thirds of the stake attest what is safe, on every node and again and again', {
  timeout: 90_000,
}, async () => {
  const { number } = await transfer(sequencer)
  const claims = await attestedFrom(number)
  for (const { stake, totalStake } of claims) {
    assert.equal(BigInt(totalStake), 4_000n)
    assert.ok(3n * BigInt(stake) >= 2n * BigInt(totalStake))
  }
  const later = await transfer(sequencer)
  await attestedFrom(later.number)
})

type Status = { readonly signer: string; readonly newest: string | null }

test('a validator killed under load catches up from peers and goes on attesting', bounded, async (t) => {
  const victim = net.validators[3]!
  const load = await startLoad(sequencer.url(), 0, 100)
  try {
    await until('blocks are full', async () =>
      (await rpc<string>(sequencer.url(), 'eth_getBlockTransactionCountByNumber', 'latest')) > '0x20'
        ? true
        : undefined,
    )
    await victim.node().kill()
    const { number } = await blockOf(sequencer.url(), 'latest')
    await until('it has missed blocks', async () =>
      (await blockOf(sequencer.url(), 'latest')).number >= number + 4n ? true : undefined,
    )
    const before = performance.now()
    await victim.start()
    await watchAgain(victim)
    await until('it is at the head', async () => {
      const [own, head] = await Promise.all([victim, sequencer].map(({ url }) => blockOf(url(), 'latest')))
      return own!.number + 2n >= head!.number ? true : undefined
    })
    t.diagnostic(`at the head ${Math.round(performance.now() - before)} ms after it was started again`)
    assert.ok((await blockOf(victim.url(), 'safe')).number < (await blockOf(victim.url(), 'latest')).number)
  } finally {
    assert.ok((await load.stop()) > 100)
  }
  const { number } = await transfer(sequencer)
  const { address } = accounts[validatorAccounts[3]]!
  await until('the others hear its attestations again', async () => {
    const listed = await rpc<Status[]>(sequencer.url(), 'openledger_validators')
    const own = listed.find(({ signer }) => signer === address)
    return BigInt(own?.newest ?? 0) >= number ? true : undefined
  })
  const { hash } = await blockOf(sequencer.url(), number)
  assert.equal((await blockOf(victim.url(), number)).hash, hash)
  await assertNoEvidence()
})

test('a sequencer killed and started again goes on with the same chain', bounded, async () => {
  const load = await startLoad(sequencer.url(), 0, 100)
  await sleep(2_500)
  await sequencer.node().kill()
  await load.stop().catch(() => 0)
  await sleep(500)
  const told = await Promise.all(machines.slice(1).map(({ url }) => blockOf(url(), 'latest')))
  await sequencer.start()
  await watchAgain(sequencer)
  for (const { number, hash } of told) assert.equal((await blockOf(sequencer.url(), number)).hash, hash)
  await until('the validators have connected again', async () =>
    (await peersOf(sequencer)).filter(({ topics }) => topics.includes('blocks')).length >= 4 ? true : undefined,
  )
  const block = await transfer(sequencer)
  assertQuick(await delaysOf(block))
  for (const { number, hash } of told) assert.equal((await blockOf(sequencer.url(), number)).hash, hash)
  await attestedFrom(block.number)
  await assertNoEvidence()
})

type Syncing = { readonly currentBlock: string; readonly highestBlock: string; readonly stage: string }

test('a node that comes late syncs, tells how far it is, and follows', bounded, async (t) => {
  const slow = await startSlowL1(net.l1.url, 50)
  try {
    const known = [net.validators[1]!, replica].map(({ address }) => address)
    const late = await net.machine('late', ['--role', 'replica', '--p2p.peers', known.join(',')])
    const began = performance.now()
    await late.start(['--l1-rpc', slow.url])
    const answers: Syncing[] = []
    let status = ''
    await until('it is at the head', async () => {
      const answer = await rpc<Syncing | false>(late.url(), 'eth_syncing')
      if (answer !== false) answers.push(answer)
      if (status === '' && answer !== false) status = (await run(['status', '--rpc.url', late.url()])).stdout
      const [own, head] = await Promise.all([late, sequencer].map(({ url }) => blockOf(url(), 'latest')))
      return own!.hash === head!.hash && answer === false ? true : undefined
    })
    t.diagnostic(`at the head ${Math.round(performance.now() - began)} ms after its start, on a slow L1`)
    assert.match(
      status,
      /^not ready\nreplica of devnet (.|\n)*(L1 blocks are still to be derived|blocks from peers: \d+ %)/,
    )
    assert.match(
      new Set(answers.map(({ stage }) => stage)).values().next().value ?? '',
      /^(deriving|blocks from peers)/,
    )
    const isOnItsWay = ({ currentBlock, highestBlock }: Syncing) => BigInt(currentBlock) < BigInt(highestBlock)
    assert.ok(answers.some(isOnItsWay), 'it says how much is to come')
    machines = [...machines, late]
    await watchAgain(late)
    assertQuick(await delaysOf(await transfer(sequencer)))
    await assertNoEvidence()
  } finally {
    slow.close()
  }
})
