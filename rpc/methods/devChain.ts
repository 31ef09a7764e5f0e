import { isProtocol } from '../../attribution/native/addresses.ts'
import { toQuantity } from '../../core/json.ts'
import { nextBaseFee } from '../../state/fees.ts'
import type { TimeRefusal } from '../backend.ts'
import type { DevContext, RpcContext } from '../context.ts'
import { failure, failureWithHint, type RpcFailure } from '../errors.ts'
import { suggestGasPrice } from '../fees/tips.ts'
import { aliases, type Method } from '../method.ts'
import { type Bad, isBad, isObject, optional, param } from '../params/param.ts'
import { address, bool, looseNumber } from '../params/values.ts'
import { devMethod } from './devMethod.ts'

/** `timestamp`, or anvil's and Ganache's `{ blocks, timestamp }`. */
const mineOptions = param('MINE', (value): { count: bigint; timestamp: bigint | undefined } | Bad => {
  if (!isObject(value)) {
    const timestamp = looseNumber.parse(value)
    return isBad(timestamp) ? timestamp : { count: 1n, timestamp: timestamp === 0n ? undefined : timestamp }
  }
  const count = optional(looseNumber, 1n).parse(value.blocks)
  if (isBad(count)) return count
  const timestamp = optional(looseNumber, undefined).parse(value.timestamp)
  return isBad(timestamp) ? timestamp : { count, timestamp }
})

/** A time, or Hardhat's `[min, max]`, of which the lower counts. */
const interval = param('NUMBER', (value) => looseNumber.parse(Array.isArray(value) ? value[0] : value))

/** In ms: blocks closer together would be nothing but blocks. */
const minIntervalMs = 100n
/** viem in its anvil mode sends seconds under this name; taken for milliseconds they would flood the chain. */
const intervalTooShort = failureWithHint(
  'invalidParams',
  `invalid argument 0: evm_setIntervalMining takes milliseconds, 0 or at least ${minIntervalMs}`,
  'for seconds call anvil_setIntervalMining; for viem use createTestClient({ mode: "hardhat" })',
)

const maxMined = 100_000n
const tooManyBlocks = failure('invalidParams', `invalid argument 0: at most ${maxMined} blocks at once`)
const balanceTooLarge = failure('invalidParams', 'invalid argument 1: balance too large, at most 2^192 wei')
const protocolBalance = failure(
  'invalidParams',
  "invalid argument 0: one of the protocol's accounts, which hold what its books say and nothing else",
)
const timeRefusals = {
  too_early: failure('server', "timestamp is lower than or equal to the previous block's timestamp"),
  too_late: failure('invalidParams', 'time too far ahead: no block may be later than 2^39 seconds'),
} as const satisfies Record<TimeRefusal, RpcFailure>

async function mine(
  { backend }: DevContext,
  count: bigint,
  intervalSec: bigint,
  timestamp?: bigint,
): Promise<RpcFailure | undefined> {
  if (count > maxMined) return tooManyBlocks
  const refusal = await backend.mine({ count: Number(count), intervalSec, timestamp })
  return refusal && timeRefusals[refusal]
}

const getAutomine = devMethod({
  name: 'hardhat_getAutomine',
  summary: 'Whether every transaction is mined at once.',
  handle: ({ backend }) => backend.automine(),
})

const setBalance = devMethod({
  name: 'hardhat_setBalance',
  summary: "Sets an account's balance in wei, in a block of its own.",
  params: [address, looseNumber],
  async handle({ backend }, [account, wei]) {
    if (isProtocol(account)) return protocolBalance
    return (await backend.setBalance(account, wei)) || balanceTooLarge
  },
})

const startImpersonating = devMethod({
  name: 'hardhat_impersonateAccount',
  summary: 'Lets eth_sendTransaction send as this account without its key.',
  params: [address],
  handle({ impersonated }, [account]) {
    impersonated.add(account)
    return true
  },
})

const stopImpersonating = devMethod({
  name: 'hardhat_stopImpersonatingAccount',
  summary: 'Ends that.',
  params: [address],
  handle: ({ impersonated }, [account]) => impersonated.delete(account),
})

const mineMany = devMethod({
  name: 'hardhat_mine',
  summary: 'Mines blocks (default 1), so many seconds apart (default 1).',
  params: [optional(looseNumber, 1n), optional(looseNumber, 1n)],
  handle: async (dev, [count, seconds]) => (await mine(dev, count, seconds)) ?? true,
})

const metadata = devMethod({
  name: 'hardhat_metadata',
  summary: 'What development tools want to know of the node.',
  reads: true,
  handle({ instanceId }, _, { clientVersion, rules, view }) {
    const { number, hash } = view.heads().unsafe
    return {
      clientVersion,
      chainId: Number(rules.chainId),
      instanceId,
      latestBlockNumber: Number(number),
      latestBlockHash: hash,
    }
  },
})

function nodeInfo({ view, rules }: RpcContext): unknown {
  const { hash, header } = view.latest()
  return {
    currentBlockNumber: toQuantity(header.number),
    currentBlockTimestamp: Number(header.timestamp),
    currentBlockHash: hash,
    hardFork: 'Osaka',
    transactionOrder: 'fees',
    environment: {
      baseFee: toQuantity(nextBaseFee(header)),
      chainId: Number(rules.chainId),
      gasLimit: toQuantity(header.gasLimit),
      gasPrice: toQuantity(suggestGasPrice(view)),
    },
    forkConfig: { forkUrl: null, forkBlockNumber: null, forkRetryBackoff: null },
  }
}

/** Control of a solo development chain, under the names that Hardhat and anvil gave it. */
export const devChainMethods: readonly Method[] = [
  devMethod({
    name: 'evm_mine',
    summary: 'Mines a block, at the given time if any; also { blocks, timestamp }.',
    params: [optional(mineOptions, { count: 1n, timestamp: undefined })],
    handle: async (dev, [{ count, timestamp }]) => (await mine(dev, count, 1n, timestamp)) ?? '0x0',
  }),
  devMethod({
    name: 'evm_snapshot',
    summary: 'Remembers the chain as it is; answers an id for evm_revert.',
    reads: true,
    handle: async ({ backend }) => toQuantity(await backend.snapshot()),
  }),
  devMethod({
    name: 'evm_revert',
    summary: 'Goes back to a snapshot and forgets it and all later ones; false if there is none.',
    params: [looseNumber],
    reads: true,
    handle: ({ backend }, [id]) => backend.revert(id),
  }),
  devMethod({
    name: 'evm_increaseTime',
    summary: "Moves the chain's clock forward by seconds; answers by how much in all.",
    params: [looseNumber],
    async handle({ backend }, [seconds]) {
      const ahead = await backend.increaseTime(seconds)
      return ahead === 'too_late' ? timeRefusals.too_late : Number(ahead)
    },
  }),
  devMethod({
    name: 'evm_setNextBlockTimestamp',
    summary: 'The time of the next block.',
    params: [looseNumber],
    reads: true,
    async handle({ backend }, [timestamp]) {
      const refusal = await backend.setNextBlockTimestamp(timestamp)
      return refusal === undefined ? null : timeRefusals[refusal]
    },
  }),
  devMethod({
    name: 'evm_setAutomine',
    summary: 'Mines every transaction at once, or only on demand.',
    params: [bool],
    async handle({ backend }, [on]) {
      await backend.setAutomine(on)
      return true
    },
  }),
  devMethod({
    name: 'evm_setIntervalMining',
    summary: 'Mines a block every so many milliseconds (as in Hardhat), at least 100; 0 stops that.',
    params: [interval],
    async handle({ backend }, [ms]) {
      if (ms > 0n && ms < minIntervalMs) return intervalTooShort
      await backend.setIntervalMining(Number(ms))
      return true
    },
  }),
  devMethod({
    name: 'anvil_setIntervalMining',
    summary: 'The same in seconds (as in anvil).',
    params: [interval],
    async handle({ backend }, [seconds]) {
      await backend.setIntervalMining(Number(seconds) * 1000)
      return null
    },
  }),
  devMethod({
    name: 'anvil_autoImpersonateAccount',
    summary: 'Lets eth_sendTransaction send as any account.',
    params: [bool],
    handle(dev, [on]) {
      dev.impersonateAll = on
      return null
    },
  }),
  devMethod({
    name: 'anvil_nodeInfo',
    summary: "anvil's description of the chain.",
    reads: true,
    handle: (_, __, context) => nodeInfo(context),
  }),
  getAutomine,
  ...aliases(getAutomine, ['anvil_getAutomine']),
  setBalance,
  ...aliases(setBalance, ['anvil_setBalance', 'evm_setAccountBalance']),
  startImpersonating,
  ...aliases(startImpersonating, ['anvil_impersonateAccount']),
  stopImpersonating,
  ...aliases(stopImpersonating, ['anvil_stopImpersonatingAccount']),
  mineMany,
  ...aliases(mineMany, ['anvil_mine']),
  metadata,
  ...aliases(metadata, ['anvil_metadata']),
]
