import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { privateKeyToAddress } from '../../core/secp256k1.ts'
import { devAccounts, devMnemonic } from '../../genesis/devAccounts.ts'
import { loadSpec } from '../../genesis/loadSpec.ts'
import { withAccounts } from '../../genesis/spec.ts'
import { deployRollup } from '../../l1/deploy/deploy.ts'
import { startAnvil } from '../../node/devnet/anvil.ts'
import type { NodeOptions, NodeTasks } from './node.ts'
import { type Process, startProcess } from './process.ts'
import { benchKeys } from './transfers.ts'

const ether = 10n ** 18n

/** anvil with the contracts of a chain, and nodes of this chain in processes of their own. */
export type Scene = {
  /** Content of the chain spec file. */
  readonly spec: unknown
  start(role: NodeOptions['role'], peers: readonly string[]): Promise<BenchNode>
  stop(): Promise<void>
}
export type BenchNode = { readonly process: Process<NodeTasks>; readonly addresses: readonly string[] }

/** `transfers`: how many of them a block has to have room for; so many accounts have money. */
export async function openScene(transfers: number): Promise<Scene> {
  const folder = await mkdtemp(join(tmpdir(), 'openledger-bench-'))
  const accounts = devAccounts(devMnemonic, 10)
  const sealer = accounts[6]!
  const template = withAccounts(loadSpec('devnet'), benchKeys(transfers).map(privateKeyToAddress), 100n * ether)
  const gasLimit = BigInt(Math.max(8_000_000, transfers * 25_000))
  const anvil = await startAnvil({
    ...{ host: '127.0.0.1', port: 0, blockTimeSec: 2, chainId: template.l1.chainId },
    stateFile: undefined,
  })
  const nodes: Process<NodeTasks>[] = []
  const stop = async () => {
    await Promise.all(nodes.map((node) => node.stop()))
    await anvil.stop()
    await rm(folder, { recursive: true, force: true })
  }
  try {
    const spec = await deployRollup({
      rpcUrl: anvil.url,
      deployerKey: accounts[9]!.privateKey,
      spec: { ...template, systemConfig: { ...template.systemConfig, gasLimit } },
      options: {
        ...{ batcher: accounts[8]!.address, proposer: accounts[7]!.address, unsafeSigner: sealer.address },
        ...{ sidecars: 'eip4844', originDepth: 0n },
      },
    })
    return {
      spec,
      async start(role, peers) {
        const node = startProcess<NodeTasks>('node.ts', ['--expose-gc'])
        const dir = join(folder, `node${nodes.push(node)}`)
        const options = { role, spec, l1Url: anvil.url, sealKey: sealer.privateKey, peers, dir }
        return { process: node, addresses: await node.ask('open', options) }
      },
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}
