import { toQuantity } from '../../core/json.ts'
import { keccakHash } from '../../core/keccak.ts'
import type { SyncStatus } from '../backend.ts'
import { type Method, method } from '../method.ts'
import { blockNumber } from '../params/blockId.ts'
import { optional } from '../params/param.ts'
import { data, hash, index } from '../params/values.ts'

/** eth_syncing's answer: false, or geth's object with our stage. */
export function syncingToJson(status: SyncStatus | undefined): unknown {
  if (status === undefined) return false
  return {
    startingBlock: toQuantity(status.startingBlock),
    currentBlock: toQuantity(status.currentBlock),
    highestBlock: toQuantity(status.highestBlock),
    stage: status.stage,
  }
}

/** What chain and node this is. */
export const chainMethods: readonly Method[] = [
  method({
    name: 'eth_chainId',
    summary: 'The chain id (EIP-155).',
    handle: ({ rules }) => toQuantity(rules.chainId),
  }),
  method({
    name: 'eth_blockNumber',
    summary: 'The number of the newest block.',
    reads: true,
    handle: ({ view }) => toQuantity(view.heads().unsafe.number),
  }),
  method({
    name: 'eth_syncing',
    summary: 'false, or how far this node is behind.',
    handle: async ({ backend }) => syncingToJson(await backend.syncing()),
  }),
  method({
    name: 'net_version',
    summary: 'The chain id as a decimal string.',
    handle: ({ rules }) => rules.chainId.toString(),
  }),
  method({
    name: 'net_listening',
    summary: 'Whether the node takes part in the network of nodes; true on a solo development chain.',
    handle: ({ backend }) => backend.net !== undefined || backend.dev !== undefined,
  }),
  method({
    name: 'net_peerCount',
    summary: 'The number of connected peers.',
    handle: async ({ backend }) => toQuantity((await backend.net?.info())?.peers ?? 0),
  }),
  method({
    name: 'web3_clientVersion',
    summary: 'Name, version, platform and runtime of this node.',
    handle: ({ clientVersion }) => clientVersion,
  }),
  method({
    name: 'web3_sha3',
    summary: 'Keccak-256 of the data.',
    params: [data],
    handle: (_, [bytes]) => keccakHash(bytes),
  }),
  method({
    name: 'rpc_modules',
    summary: 'The namespaces served here, with their versions.',
    handle: ({ namespaces }) => Object.fromEntries(namespaces.map((name) => [name, '1.0'])),
  }),
  method({
    name: 'eth_getUncleCountByBlockNumber',
    summary: '0x0: this chain has no uncles.',
    params: [blockNumber],
    handle: ({ view }, [id]) => (view.find(id) === undefined ? undefined : '0x0'),
  }),
  method({
    name: 'eth_getUncleCountByBlockHash',
    summary: '0x0: this chain has no uncles.',
    params: [hash],
    handle: ({ view }, [blockHash]) => (view.header(blockHash) === undefined ? undefined : '0x0'),
  }),
  method({
    name: 'eth_getUncleByBlockNumberAndIndex',
    summary: 'null: this chain has no uncles.',
    params: [blockNumber, optional(index, 0)],
    handle: () => undefined,
  }),
  method({
    name: 'eth_getUncleByBlockHashAndIndex',
    summary: 'null: this chain has no uncles.',
    params: [hash, optional(index, 0)],
    handle: () => undefined,
  }),
]
