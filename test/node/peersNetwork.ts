import { writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { z } from 'zod'
import { loadSpec, parseSpec } from '../../genesis/loadSpec.ts'
import type { ChainSpec, RollupSpec } from '../../genesis/spec.ts'
import { deployRollup } from '../../l1/deploy/deploy.ts'
import { askNode } from '../../node/cli/rpcClient.ts'
import { createDataDir } from '../../node/data/dir.ts'
import { peerIdOf, readIdentity } from '../../p2p/host/identity.ts'
import { type Anvil, startAnvil } from '../l1/anvil.ts'
import { accounts, type NodeProcess, openStage, roles, type Stage, stakeWei, until } from './rollupProcesses.ts'

/** Whose keys the validators have; each stakes as much as the others. */
export const validatorAccounts = [2, 3, 4, roles.validator] as const

/** One machine of a network: its folder, identity and port outlive its process. */
export type Machine = {
  readonly name: string
  readonly folder: string
  readonly peerId: string
  /** Multiaddr with the id. */
  readonly address: string
  /** Starts its process, again if the one before has ended. */
  start(more?: readonly string[]): Promise<NodeProcess>
  /** The process that was started last. */
  node(): NodeProcess
  url(): string
}

/** A rollup with L1, and machines that have not been started. */
export type Network = {
  readonly stage: Stage
  readonly l1: Anvil
  readonly spec: ChainSpec
  readonly rollup: RollupSpec
  /** The chain spec file. */
  readonly file: string
  readonly sequencer: Machine
  readonly validators: readonly Machine[]
  /** L1 makes no more blocks; resolves when all that there are is derived by the nodes with these URLs. */
  pauseL1(urls: readonly string[]): Promise<void>
  /** L1 makes a block a second again. */
  resumeL1(): Promise<void>
  /** One more machine; `args` are flags of `run`. */
  machine(name: string, args: readonly string[]): Promise<Machine>
  close(): Promise<void>
}

export type NetworkOptions = {
  readonly validators: number
  readonly finalizationSec: bigint
  /** How long a block waits for its batch. */
  readonly batchSec: number
  /** Whether the sequencer proposes outputs. */
  readonly proposes: boolean
  /** Which machines each one is told of when it starts; the sequencer is the first. */
  readonly peersOf: (self: number, all: readonly Machine[]) => readonly Machine[]
}

/** Starts an L1 with a block a second, and deploys a rollup there with its validators registered. */
export async function openNetwork(name: string, options: NetworkOptions): Promise<Network> {
  const stage = openStage(name)
  // Deploying makes many blocks within a second: L1 is behind this machine's clock, so that it does not get ahead of it.
  const l1 = await startAnvil(['--timestamp', `${Math.floor(Date.now() / 1_000) - 200}`])
  const close = async (): Promise<void> => {
    await stage.close()
    await l1.stop()
  }
  try {
    const file = join(stage.folder, 'rollup.json')
    const deployed = await deployRollup({
      rpcUrl: l1.url,
      deployerKey: accounts[roles.deployer]!.privateKey,
      spec: loadSpec('devnet'),
      options: {
        batcher: accounts[roles.batcher]!.address,
        proposer: accounts[roles.proposer]!.address,
        unsafeSigner: accounts[roles.sealer]!.address,
        validators: validatorAccounts
          .slice(0, options.validators)
          .map((index) => ({ key: accounts[index]!.privateKey, stakeWei })),
        submissionIntervalSec: 2n,
        finalizationPeriodSec: options.finalizationSec,
        sidecars: 'eip4844',
        originDepth: 0n,
        timeoutMs: 30_000,
      },
    })
    writeFileSync(file, JSON.stringify(deployed))
    const spec = parseSpec(deployed)
    await l1.control.setAutomine(false)
    await l1.control.setIntervalMining({ interval: 1 })

    const common = ['--chain', file, '--l1-rpc', l1.url, '--p2p.addr', '127.0.0.1', '--no-p2p.dht']
    const machines: Machine[] = []
    const machine = (machineName: string, args: readonly string[], peers = () => [] as readonly Machine[]) =>
      openMachine(stage, machineName, () => {
        const known = peers().map(({ address }) => address)
        return [...common, ...args, ...(known.length === 0 ? [] : ['--p2p.peers', known.join(',')])]
      })
    const known = (self: number) => () => options.peersOf(self, machines)
    machines.push(await machine('sequencer', sequencerFlags(stage, options), known(0)))
    for (const [index, account] of validatorAccounts.slice(0, options.validators).entries()) {
      const flags = ['--role', 'validator', '--validator.key', stage.key(account)]
      machines.push(await machine(`validator${index}`, flags, known(index + 1)))
    }
    const [sequencer, ...validators] = machines
    const rollup = spec.l1.rollup!
    return {
      ...{ stage, l1, spec, rollup, file, sequencer: sequencer!, validators, machine, close },
      async pauseL1(urls) {
        await l1.control.setIntervalMining({ interval: 0 })
        const head = Number(await l1.client.getBlockNumber())
        await until('all of L1 is derived', async () => {
          const health = await Promise.all(urls.map(healthOf))
          return health.every(({ status }) => status?.l1?.derived === head) ? true : undefined
        })
      },
      resumeL1: () => l1.control.setIntervalMining({ interval: 1 }),
    }
  } catch (error) {
    await close()
    throw error
  }
}

function sequencerFlags(stage: Stage, { batchSec, proposes }: NetworkOptions): readonly string[] {
  return [
    ...['--role', 'sequencer', '--sequencer.key', stage.key(roles.sealer), '--sequencer.heartbeat', '3600'],
    ...['--batcher.key', stage.key(roles.batcher), '--batcher.max-delay', `${batchSec}`],
    ...(proposes ? ['--proposer.key', stage.key(roles.proposer)] : []),
  ]
}

async function openMachine(stage: Stage, name: string, flags: () => readonly string[]): Promise<Machine> {
  const folder = join(stage.folder, name)
  const peerId = peerIdOf(readIdentity(createDataDir(folder).peerKey))
  const port = await freePort()
  let node: NodeProcess | undefined
  const running = (): NodeProcess => {
    if (node === undefined) throw new Error(`${name} was not started`)
    return node
  }
  return {
    name,
    folder,
    peerId,
    address: `/ip4/127.0.0.1/tcp/${port}/p2p/${peerId}`,
    async start(more = []) {
      node = await stage.node([...flags(), '--data-dir', folder, '--p2p.port', `${port}`, ...more])
      return node
    },
    node: running,
    url: () => running().url,
  }
}

const healthShape = z.object({
  ready: z.boolean(),
  reasons: z.array(z.object({ code: z.string(), message: z.string() })),
  status: z.object({ l1: z.object({ derived: z.number() }).optional() }).optional(),
})
export type Health = z.output<typeof healthShape> & { readonly httpStatus: number }

/** Whether a node is ready, and why not. */
export async function healthOf(url: string): Promise<Health> {
  const response = await fetch(`${url}/health/ready`)
  return { ...healthShape.parse(await response.json()), httpStatus: response.status }
}

/** A port that nobody uses now. */
async function freePort(): Promise<number> {
  const server = createServer()
  const port = await listening(server)
  await new Promise<void>((resolve) => server.close(() => resolve()))
  return port
}

export async function listening(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}

const peerShape = z.object({
  id: z.string(),
  score: z.number(),
  topics: z.array(z.string()),
  messages: z.object({ accepted: z.number(), ignored: z.number(), rejected: z.number() }),
})
export type ListedPeer = z.output<typeof peerShape>

/** What a machine tells its operator of its peers. */
export async function peersOf({ folder }: Pick<Machine, 'folder'>): Promise<readonly ListedPeer[]> {
  const call = { method: 'admin_peers', shape: z.array(peerShape) }
  return await askNode({ socket: join(folder, 'admin.sock') }, call, AbortSignal.timeout(10_000))
}
