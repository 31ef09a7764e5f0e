import { crc32 } from 'node:zlib'
import { bigintToFixed, concatBytes, hexToBytes } from '../../core/hex.ts'
import { toQuantity } from '../../core/json.ts'
import { beaconRootsAddress, historyStorageAddress } from '../../core/predeploys.ts'
import type { ForkName } from '../../core/rules.ts'
import { precompiles } from '../calls/precompiles.ts'
import type { RpcContext } from '../context.ts'
import { type Method, method } from '../method.ts'

type Fork = { readonly name: ForkName; readonly timestamp: bigint }

/** EIP-7910: the forks around the newest block. */
function config({ view, rules }: RpcContext): unknown {
  const now = view.latest().header.timestamp
  const past = rules.forks.filter(({ timestamp }) => timestamp <= now)
  const future = rules.forks.filter(({ timestamp }) => timestamp > now)
  const describe = (fork: Fork | undefined) => (fork === undefined ? null : describeFork(fork))
  return { current: describe(past.at(-1)), next: describe(future[0]), last: describe(future.at(-1)) }

  function describeFork({ timestamp }: Fork): unknown {
    return {
      activationTime: Number(timestamp),
      blobSchedule: { baseFeeUpdateFraction: 0, max: 0, target: 0 },
      chainId: toQuantity(rules.chainId),
      forkId: forkId(timestamp),
      precompiles,
      systemContracts: {
        BEACON_ROOTS_ADDRESS: beaconRootsAddress,
        HISTORY_STORAGE_ADDRESS: historyStorageAddress,
      },
    }
  }

  /** EIP-6122's FORK_HASH: CRC-32 over the genesis hash and the times of all forks after it. */
  function forkId(upTo: bigint): string {
    const genesis = view.find({ tag: 'earliest' })
    const times = rules.forks.filter(
      ({ timestamp }) => timestamp <= upTo && timestamp > (genesis?.header.timestamp ?? 0n),
    )
    const parts = times.map(({ timestamp }) => bigintToFixed(timestamp, 8))
    const sum = crc32(concatBytes(hexToBytes(genesis?.hash ?? '0x'), ...parts))
    return `0x${sum.toString(16).padStart(8, '0')}`
  }
}

/** What this node can answer: everything from genesis on. */
function capabilities({ view }: RpcContext): unknown {
  const { number, hash } = view.heads().unsafe
  const all = { disabled: false, oldestBlock: '0x0' }
  return {
    head: { number: toQuantity(number), hash },
    state: all,
    tx: all,
    logs: all,
    receipts: all,
    blocks: all,
    stateproofs: all,
  }
}

/** What machines ask about the node. */
export const infoMethods: readonly Method[] = [
  method({
    name: 'eth_config',
    summary: 'The current, next and last fork with precompiles and system contracts (EIP-7910).',
    handle: config,
  }),
  method({
    name: 'eth_capabilities',
    summary: 'The blocks for which each kind of data is served.',
    handle: capabilities,
  }),
  method({
    name: 'eth_accounts',
    summary: 'The accounts this node signs for: none, except on a solo development chain.',
    handle: ({ dev }) => [...(dev?.keys.keys() ?? [])],
  }),
]
