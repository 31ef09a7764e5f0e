import { buildGenesis } from '../../genesis/buildGenesis.ts'
import { parseSpec } from '../../genesis/loadSpec.ts'
import { hostTransport } from '../../p2p/host/host.ts'
import { createIdentity } from '../../p2p/host/identity.ts'
import type { Transport } from '../../p2p/transport.ts'
import { encodeStatus } from '../../p2p/wire/status.ts'
import { serveTasks } from './process.ts'
import { benchKeys, transfer } from './transfers.ts'

// Many light peers in one process: they connect, say where they are, take all gossip, and gossip transfers.

let hosts: Transport[] = []
let messages = 0
let keys: readonly Uint8Array[] = []

const tasks = {
  /** Connects so many hosts with the node. */
  async open({
    spec: file,
    address,
    count,
  }: {
    readonly spec: unknown
    readonly address: string
    readonly count: number
  }) {
    const spec = parseSpec(file)
    const genesis = buildGenesis(spec).hash
    const at = { number: 0n, hash: genesis }
    const status = encodeStatus({ genesis, unsafe: at, safe: at, finalized: at })
    hosts = await Promise.all(
      Array.from({ length: count }, () =>
        hostTransport({
          privateKey: createIdentity(),
          listen: [],
          announce: [],
          chainId: spec.chainId,
          ...{ genesis, mdns: false, dht: false, bootnodes: [], maxPeers: 8, agent: 'crowd' },
        })({
          admits: () => true,
          connected: () => {},
          disconnected: () => {},
          message: async () => {
            messages++
            return 'accept'
          },
          request: async (_, protocol) => (protocol === 'status' ? status : undefined),
          score: () => 0,
        }),
      ),
    )
    for (const host of hosts) await host.dial(address)
  },

  /** Gossips the next transfer of each of these accounts, each by another host in turn. */
  async gossip({ from, to, nonce }: { readonly from: number; readonly to: number; readonly nonce: number }) {
    if (keys.length < to) keys = benchKeys(to)
    for (let index = from; index < to; index++) {
      hosts[index % hosts.length]?.publish('txs', transfer(keys[index]!, BigInt(nonce)).raw)
    }
  },

  /** Messages that came to all of them. */
  messages: async (): Promise<number> => messages,
}

export type CrowdTasks = typeof tasks

serveTasks(tasks)
