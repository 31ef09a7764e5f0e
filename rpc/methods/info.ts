import { crc32 } from 'node:zlib'
import { bigintToFixed, concatBytes, hexToBytes } from '../../core/hex.ts'
import { toQuantity } from '../../core/json.ts'
import { beaconRootsAddress, historyStorageAddress } from '../../core/predeploys.ts'
import type { ForkName } from '../../core/rules.ts'
import type { RpcContext } from '../context.ts'
import { type Method, method } from '../method.ts'

type Fork = { readonly name: ForkName; readonly timestamp: bigint }

/** Precompiles of Osaka by EIP-7910's names. */
const precompiles = {
  ECREC: '0x0000000000000000000000000000000000000001',
  SHA256: '0x0000000000000000000000000000000000000002',
  RIPEMD160: '0x0000000000000000000000000000000000000003',
  ID: '0x0000000000000000000000000000000000000004',
  MODEXP: '0x0000000000000000000000000000000000000005',
  BN254_ADD: '0x0000000000000000000000000000000000000006',
  BN254_MUL: '0x0000000000000000000000000000000000000007',
  BN254_PAIRING: '0x0000000000000000000000000000000000000008',
  BLAKE2F: '0x0000000000000000000000000000000000000009',
  KZG_POINT_EVALUATION: '0x000000000000000000000000000000000000000a',
  BLS12_G1ADD: '0x000000000000000000000000000000000000000b',
  BLS12_G1MSM: '0x000000000000000000000000000000000000000c',
  BLS12_G2ADD: '0x000000000000000000000000000000000000000d',
  BLS12_G2MSM: '0x000000000000000000000000000000000000000e',
  BLS12_PAIRING_CHECK: '0x000000000000000000000000000000000000000f',
  BLS12_MAP_FP_TO_G1: '0x0000000000000000000000000000000000000010',
  BLS12_MAP_FP2_TO_G2: '0x0000000000000000000000000000000000000011',
  P256VERIFY: '0x0000000000000000000000000000000000000100',
}

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
