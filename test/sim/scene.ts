import { createHash } from 'node:crypto'
import { createManualClock, type ManualClock } from '../../core/ports/manualClock.ts'
import type { SignedTx, TxEnvelope } from '../../core/tx.ts'
import { signTx } from '../../core/txEnvelope.ts'
import { buildGenesis, type Genesis } from '../../genesis/buildGenesis.ts'
import type { ChainSpec } from '../../genesis/spec.ts'
import { signerOf } from '../../node/keys/signer.ts'
import type { BackendEvent } from '../../rpc/backend.ts'
import { createVirtualNet, type VirtualNet } from '../p2p/virtualNet.ts'
import { deployContracts } from '../rollup/contracts.ts'
import type { Dice } from '../rollup/dice.ts'
import { batchOf, postOf } from '../rollup/handBatcher.ts'
import { createSimL1, type SimL1 } from '../rollup/l1/simL1.ts'
import { accounts, roles, rollupSpec, users } from '../rollup/spec.ts'
import { createDisk, type Disk } from './disk.ts'
import { type SimNode, startSimNode } from './node.ts'
import { during, pass } from './settle.ts'

const ether = 10n ** 18n
const gwei = 10n ** 9n
const startMs = 1_700_000_000_000

/** One machine: its disk outlives its process. */
export type Machine = {
  readonly name: string
  readonly role: 'sequencer' | 'validator' | 'replica'
  readonly disk: Disk
  node: SimNode | undefined
  /** Why its last process ended by itself. */
  failure: unknown
}

/** A block that the sequencer made: somebody may have been told of it. */
export type Made = {
  readonly number: bigint
  readonly hash: string
  readonly parentHash: string
  readonly origin: string
}

/** A whole network on one simulated L1. What happens in it follows from the seed and from the calls. */
export type Scene = {
  readonly clock: ManualClock
  readonly dice: Dice
  readonly l1: SimL1
  readonly net: VirtualNet
  readonly spec: ChainSpec
  readonly machines: readonly Machine[]
  readonly sequencer: Machine
  /** By hash. */
  readonly made: Map<string, Made>
  /** Blocks that left the sequencer's chain. */
  readonly dropped: Set<string>
  start(machine: Machine): Promise<void>
  kill(machine: Machine): Promise<void>
  stop(machine: Machine): Promise<void>
  /** A transfer of a user, offered to a machine; false if it did not take it. */
  submit(machine: Machine, user: number): Promise<boolean>
  /** Puts what the sequencer has and L1 has not into the next L1 block. */
  post(): void
  mine(): Promise<void>
  pass(ms: number): Promise<void>
  /** A line of everything that happened, and the hash of all lines. */
  note(line: string): void
  trace(): string
  readonly lines: string[]
}

const genesisOf = new Map<string, Genesis>()

export async function createScene(dice: Dice, followers: number): Promise<Scene> {
  const clock = createManualClock(startMs)
  const balances = new Map(accounts.map(({ address }) => [address, 1_000n * ether]))
  const l1 = await createSimL1({ clock, balances, firstNumber: 1_000n })
  const spec = await deployContracts(l1, rollupSpec(l1.head().block))
  const genesis = genesisOf.get(l1.head().block.hash) ?? buildGenesis(spec)
  genesisOf.set(l1.head().block.hash, genesis)
  const random = () => dice.below(1 << 30) / (1 << 30)
  const net = createVirtualNet({ clock, random })
  const lines: string[] = []
  const made = new Map<string, Made>()
  const dropped = new Set<string>()
  const nonces = new Map<number, bigint>()

  const names = ['sequencer', ...Array.from({ length: followers }, (_, index) => `node${index}`)]
  const machines = names.map((name, index): Machine => {
    const role = index === 0 ? 'sequencer' : index === names.length - 1 ? 'replica' : 'validator'
    return { name, role, disk: createDisk(), node: undefined, failure: undefined }
  })
  const sequencer = machines[0]!

  function note(line: string): void {
    lines.push(`${clock.nowMs() - startMs} ${line}`)
  }

  function hearSequencer(node: SimNode, event: BackendEvent): void {
    if (event.kind !== 'heads') return
    for (const { hash } of event.dropped) dropped.add(hash)
    const { unsafe } = event.heads
    for (let { number } = unsafe; number > 0n; number--) {
      const hash = node.chain.reader.hashByNumber(number)!
      if (made.has(hash)) break
      const block = node.chain.block(hash)!
      const { epochHash } = batchOf(block)
      made.set(hash, { number, hash, parentHash: block.header.parentHash, origin: epochHash })
    }
  }

  async function start(machine: Machine): Promise<void> {
    const { name, role, disk } = machine
    note(`start ${name}`)
    const others = machines.filter((other) => other !== machine).map((other) => other.name)
    const node = await during(
      clock,
      startSimNode({
        ...{ name, role, disk, l1, spec, genesis, net, clock, random },
        peers: others,
        ...(role === 'sequencer' && { sealKey: signerOf(roles.signer.privateKey) }),
        ...(name === 'node0' && { attestKey: signerOf(roles.signer.privateKey) }),
        hear: (level, fields, text) => note(`${name} ${level} ${text} ${textOf(fields)}`),
      }),
    )
    machine.node = node
    machine.failure = undefined
    if (role === 'sequencer') node.role.backend.listen((event) => hearSequencer(node, event))
  }

  function transfer(user: number, nonce: bigint): TxEnvelope<SignedTx> {
    const fees = { maxFeePerGas: 100n * gwei, maxPriorityFeePerGas: gwei }
    const call = { to: users[0]!.address, value: 1n, data: new Uint8Array(dice.below(200)), accessList: [] }
    const fields = { nonce, gas: 100_000n, ...call, ...fees }
    return signTx({ type: 2, chainId: spec.chainId, ...fields }, users[user]!.privateKey)
  }

  return {
    ...{ clock, dice, l1, net, spec, machines, sequencer, made, dropped, lines, note, start },
    async kill(machine) {
      note(`kill ${machine.name}`)
      const { node } = machine
      machine.node = undefined
      if (node !== undefined) await during(clock, node.kill())
    },
    async stop(machine) {
      note(`stop ${machine.name}`)
      const { node } = machine
      machine.node = undefined
      if (node !== undefined) await during(clock, node.stop())
    },
    async submit(machine, user) {
      const nonce = nonces.get(user) ?? 0n
      const tx = transfer(user, nonce)
      const { node } = machine
      if (node === undefined || !(await during(clock, node.submit(tx)))) return false
      nonces.set(user, nonce + 1n)
      note(`${machine.name} took ${tx.hash}`)
      return true
    },
    post() {
      const chain = sequencer.node?.chain
      if (chain === undefined) return
      const { safe, unsafe } = chain.heads()
      const blocks = []
      for (let number = safe.number + 1n; number <= unsafe.number && blocks.length < 40; number++) {
        blocks.push(batchOf(chain.block(chain.reader.hashByNumber(number)!)!))
      }
      if (blocks.length === 0) return
      note(`post ${safe.number + 1n} to ${safe.number + BigInt(blocks.length)}`)
      l1.inject(postOf(blocks, { blobs: dice.once(2) }))
    },
    async mine() {
      const timestamp = BigInt(Math.ceil(clock.nowMs() / 1_000))
      const { block } = await l1.mine(timestamp > l1.head().block.timestamp ? { timestamp } : {})
      note(`L1 ${block.number} ${block.hash}`)
    },
    pass: (ms) => pass(clock, ms),
    trace: () => createHash('sha256').update(lines.join('\n')).digest('hex'),
  }
}

function textOf(fields: object): string {
  return JSON.stringify(fields, (_, value) => {
    if (typeof value === 'bigint') return `${value}`
    return value instanceof Error ? value.message : value
  })
}
