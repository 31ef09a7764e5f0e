import assert from 'node:assert/strict'
import { createDice } from '../rollup/dice.ts'
import { users } from '../rollup/spec.ts'
import { createWatch } from './checks.ts'
import { createScene, type Machine, type Scene } from './scene.ts'

/** What a run was like. */
export type SimRun = {
  readonly trace: string
  readonly lines: readonly string[]
  readonly blocks: number
  readonly dropped: number
  readonly virtualSec: number
}

/** L1 makes a block this often, in virtual milliseconds, and between two blocks this much may go wrong. */
const slotMs = 4_000
const storms = 14
const healingMs = 120_000

/**
 * One simulation: a network of five to seven nodes runs for a minute while links, machines and L1 fail as the seed says;
 * then all faults end, and it must agree and go on. Throws what does not hold.
 */
export async function runSim(seed: number, hear: (scene: Scene) => void = () => undefined): Promise<SimRun> {
  const dice = createDice(seed)
  const scene = await createScene(dice, 4 + dice.below(3))
  hear(scene)
  const watch = createWatch(scene)
  for (const machine of scene.machines) await scene.start(machine)
  const startedMs = scene.clock.nowMs()
  for (let storm = 0; storm < storms; storm++) {
    await slot(scene, watch.look)
    await wreak(scene)
    watch.look()
  }
  await heal(scene)
  await converge(scene, watch.look)
  await follow(scene, watch.look)
  watch.nothingLost()
  for (const machine of scene.machines) await scene.stop(machine)
  return {
    trace: scene.trace(),
    lines: scene.lines,
    blocks: scene.made.size,
    dropped: scene.dropped.size,
    virtualSec: (scene.clock.nowMs() - startedMs) / 1_000,
  }
}

/** Four seconds of ordinary life: users send, blocks are made, L1 goes on. */
async function slot(scene: Scene, look: () => void): Promise<void> {
  const { dice, l1 } = scene
  for (let passed = 0; passed < slotMs; passed += 1_000) {
    if (dice.once(2)) await scene.submit(dice.pick(scene.machines), 1 + dice.below(3))
    await scene.pass(1_000)
    look()
  }
  if (!dice.once(4)) scene.post()
  await scene.mine()
  const lowest = l1.finalized() ?? scene.spec.l1.origin.number
  const room = l1.head().block.number - lowest
  if (room > 4n && dice.once(3)) l1.finalize(l1.head().block.number - 4n)
}

/** How often each fault happens, against the others. */
const faults: readonly (readonly [weight: number, fault: (scene: Scene) => unknown])[] = [
  [3, ({ net, dice }) => net.setQuality({ loss: dice.below(30) / 100, duplication: dice.below(50) / 100 })],
  [3, ({ net, dice }) => net.setQuality({ delayMs: dice.below(1_500), jitterMs: dice.below(2_000) })],
  [3, partition],
  [2, ({ net, dice, machines }) => net.cut(dice.pick(machines).name, dice.pick(machines).name)],
  [2, ({ net, dice, machines }) => net.clog(dice.pick(machines).name, dice.pick(machines).name)],
  [4, ({ net }) => net.heal()],
  [4, (scene) => kill(scene, scene.dice.pick(scene.machines.slice(1)))],
  [2, (scene) => kill(scene, scene.sequencer)],
  [6, restartAll],
  [2, (scene) => wipe(scene, scene.dice.pick(scene.machines.slice(1)))],
  [3, reorg],
  [3, breakL1],
  [3, mendL1],
]
const lots = faults.flatMap(([weight, fault]) => Array.from({ length: weight }, () => fault))

async function wreak(scene: Scene): Promise<void> {
  for (let count = scene.dice.below(3); count > 0; count--) await scene.dice.pick(lots)(scene)
  // Blocks must get to L1 before the window for them closes.
  if (scene.sequencer.node === undefined && scene.dice.once(2)) await scene.start(scene.sequencer)
}

function partition({ net, dice, machines, note }: Scene): void {
  const groups: string[][] = [[], []]
  for (const { name } of machines) groups[dice.below(2)]!.push(name)
  note(`partition ${groups.map((group) => group.join(',')).join(' | ')}`)
  net.partition(...groups)
}

async function kill(scene: Scene, machine: Machine): Promise<void> {
  if (machine.node === undefined) return
  await (scene.dice.once(3) ? scene.stop(machine) : scene.kill(machine))
}

async function wipe(scene: Scene, machine: Machine): Promise<void> {
  await kill(scene, machine)
  machine.disk.wipe()
}

async function restartAll(scene: Scene): Promise<void> {
  for (const machine of scene.machines) if (machine.node === undefined) await scene.start(machine)
}

async function reorg({ l1, dice, spec, note }: Scene): Promise<void> {
  const lowest = l1.finalized() ?? spec.l1.origin.number
  const room = Number(l1.head().block.number - lowest)
  if (room < 2) return
  const depth = 1 + dice.below(Math.min(room - 1, 4))
  note(`reorg ${depth}`)
  await l1.reorg(depth, { keep: true, blocks: depth })
}

function breakL1({ dice, machines }: Scene): void {
  const { node } = dice.pick(machines)
  if (node === undefined) return
  dice.pick([
    () => {
      node.faults.failNext = 1 + dice.below(6)
    },
    () => {
      node.faults.lag = BigInt(dice.below(3))
    },
    () => {
      node.faults.lostBlobs = 'all'
    },
    () => {
      node.faults.down = true
    },
  ])()
}

function mendL1({ machines }: Scene): void {
  for (const { node } of machines) {
    if (node !== undefined) Object.assign(node.faults, { failNext: 0, lag: 0n, lostBlobs: 'none', down: false })
  }
}

async function heal(scene: Scene): Promise<void> {
  scene.note('heal')
  scene.net.heal()
  scene.net.setQuality({ delayMs: 20, jitterMs: 10, loss: 0, duplication: 0 })
  mendL1(scene)
  await restartAll(scene)
}

/** Until everybody has the sequencer's head, what was made before is safe, and the validator's word has come to all. */
async function converge(scene: Scene, look: () => void): Promise<void> {
  const { sequencer, machines } = scene
  const goal = sequencer.node!.chain.heads().unsafe
  for (let passed = 0; ; passed += slotMs) {
    assert.ok(passed <= healingMs, `it heals: ${machines.map(headsOf).join('; ')}`)
    scene.post()
    await scene.mine()
    await scene.pass(slotMs)
    look()
    const { unsafe } = sequencer.node!.chain.heads()
    const isDone = machines.every(({ node }) => {
      const { heads, reader } = node!.chain
      const newest = heads().unsafe.number
      const isNear = newest + 1n >= unsafe.number && newest <= unsafe.number
      const isSame = sequencer.node!.chain.reader.hashByNumber(newest) === reader.hashByNumber(newest)
      const isSafe = heads().safe.number >= min(goal.number, unsafe.number)
      return isNear && isSame && isSafe && node!.role.network?.().attested !== undefined
    })
    if (isDone) return
  }
}

/** Without L1: a transaction gets from a replica to the sequencer, and its block to everybody, in a second and two hops. */
async function follow(scene: Scene, look: () => void): Promise<void> {
  const { sequencer, machines } = scene
  const replica = machines.at(-1)!
  const before = sequencer.node!.chain.heads().unsafe.number
  assert.ok(await scene.submit(replica, 4), 'the replica takes a transaction')
  await scene.pass(2_500)
  look()
  for (const { name, node } of machines) {
    const { reader } = node!.chain
    const isThere = reader.hashByNumber(before + 1n) === sequencer.node!.chain.reader.hashByNumber(before + 1n)
    assert.ok(
      isThere && reader.hashByNumber(before + 1n) !== undefined,
      `${name} has the block: ${headsOf(machines.find((one) => one.name === name)!)}`,
    )
  }
  assert.equal(sequencer.node!.chain.state().account(users[4]!.address)?.nonce, 1n, 'the transaction is in a block')
}

function headsOf({ name, node }: Machine): string {
  if (node === undefined) return `${name} is down`
  const { unsafe, safe } = node.chain.heads()
  const { trouble, tip } = { trouble: node.role.l1()?.stalled?.code, tip: node.role.l1()?.derived }
  return `${name} unsafe ${unsafe.number} ${unsafe.hash.slice(0, 8)} safe ${safe.number} L1 ${tip} ${trouble ?? ''}`
}

function min(a: bigint, b: bigint): bigint {
  return a < b ? a : b
}
