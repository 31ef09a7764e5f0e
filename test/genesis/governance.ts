import { encodeFunctionData, keccak256, toBytes } from 'viem'
import { settlementAbi } from '../../attribution/abi/settlement.ts'
import { protocol } from '../../attribution/native/addresses.ts'
import { createStore } from '../../attribution/native/store.ts'
import { balances, credits, earnings, totalEarnings } from '../../attribution/storage/settlement.ts'
import { type Address, bytesToHex, hexToBytes } from '../../core/hex.ts'
import { predeploys } from '../../core/predeploys.ts'
import { loadSpec } from '../../genesis/loadSpec.ts'
import { type GenesisChain, openGenesisChain, read } from './chain.ts'
import { contractOn } from './contract.ts'

export const open = 10n ** 18n
export const devnet = loadSpec('devnet')

/** The calls of a proposal or operation. */
export type Calls = {
  readonly targets: readonly Address[]
  readonly values: readonly bigint[]
  readonly payloads: readonly `0x${string}`[]
}
export type Split = Readonly<Record<'data' | 'owner' | 'validators' | 'treasury' | 'insurance' | 'burn', number>>

export const genesisSplit: Split = {
  data: 5_000,
  owner: 2_500,
  validators: 1_000,
  treasury: 500,
  insurance: 500,
  burn: 500,
}
/** Within the bounds, and another one than at genesis. */
export const newSplit: Split = { ...genesisSplit, data: 6_000, owner: 1_500 }

export function callsOf(...list: readonly { readonly target: Address; readonly data: Uint8Array }[]): Calls {
  return {
    targets: list.map(({ target }) => target),
    values: list.map(() => 0n),
    payloads: list.map(({ data }) => bytesToHex(data)),
  }
}

export function splitCall(split: Split) {
  const data = hexToBytes(encodeFunctionData({ abi: settlementAbi, functionName: 'setSplit', args: [split] }))
  return { target: protocol.settlement, data }
}

export function paramCall(param: number, value: bigint) {
  const data = hexToBytes(encodeFunctionData({ abi: settlementAbi, functionName: 'setParam', args: [param, value] }))
  return { target: protocol.settlement, data }
}

/** A development chain with the governance contracts and means to bring about what the protocol would. */
export async function openGovernance(spec = devnet) {
  const chain = await openGenesisChain(spec)
  const at = (name: string, address: Address) => contractOn(chain, name, address)
  const contracts = {
    timelock: at('Timelock', predeploys.timelock),
    court: at('Court', predeploys.court),
    governor: at('OpenGovernor', predeploys.governor),
    token: at('VoteToken', predeploys.voteToken),
    veto: at('ContributorVeto', predeploys.contributorVeto),
    vault: at('ValidatorVault', predeploys.validatorVault),
    burner: at('Burner', predeploys.burner),
  }
  const { governor } = contracts

  /** Proposes at a time, votes, and queues; gives the time at which the operation may be executed. */
  async function queue(voter: Address, calls: Calls, description: string, startSec: bigint): Promise<bigint> {
    const { votingDelaySec, votingPeriodSec, timelockDelaySec } = spec.attribution
    const list = [calls.targets, calls.values, calls.payloads]
    const id = await governor.ok(voter, 'propose', [...list, description], { afterSec: startSec })
    await governor.ok(voter, 'castVote', [id, 1], { afterSec: startSec + votingDelaySec + 1n })
    const queueSec = startSec + votingDelaySec + votingPeriodSec + 1n
    await governor.ok(voter, 'queue', [...list, idOf(description)], { afterSec: queueSec })
    return queueSec + timelockDelaySec
  }

  return {
    chain,
    ...contracts,
    queue,
    split: async (): Promise<Split> =>
      read(chain, { to: protocol.settlement, abi: settlementAbi, functionName: 'splitNow' }),
    /** The operation as the governor schedules it. */
    operation: (calls: Calls, description: string) => [
      calls.targets,
      calls.values,
      calls.payloads,
      `0x${'00'.repeat(32)}`,
      saltOf(description),
    ],
    /** Books specific earnings as claimed by an owner in a week. */
    earn(owner: Address, week: bigint, wei: bigint) {
      const store = freshStore(chain)
      const own = earnings.field(store, 'wei', week, owner)
      const total = totalEarnings.field(store, 'wei', week)
      earnings.set(store, { wei: own + wei }, week, owner)
      totalEarnings.set(store, { wei: total + wei }, week)
    },
    /** Gives an account credit in Settlement. */
    credit(account: Address, wei: bigint) {
      fund(chain, wei)
      const store = freshStore(chain)
      credits.set(store, { wei: credits.field(store, 'wei', account) + wei }, account)
      balances.set(store, { credits: balances.field(store, 'credits') + wei })
    },
    /** Puts wei aside for burning. */
    addBurns(wei: bigint) {
      fund(chain, wei)
      const store = freshStore(chain)
      balances.set(store, { burns: balances.field(store, 'burns') + wei })
    },
  }
}

export type Governance = Awaited<ReturnType<typeof openGovernance>>

/** The hash of a description, by which the governor knows a proposal. */
export function idOf(description: string): `0x${string}` {
  return keccak256(toBytes(description))
}

/** The governor's salt: its address in the high 20 bytes, xor the hash. */
function saltOf(description: string): `0x${string}` {
  const salt = (BigInt(predeploys.governor) << 96n) ^ BigInt(idOf(description))
  return `0x${salt.toString(16).padStart(64, '0')}`
}

/** A store remembers what it read: a new one sees what transactions have written since. */
function freshStore(chain: GenesisChain) {
  return createStore(chain.world, () => {})
}

function fund({ world }: GenesisChain, wei: bigint): void {
  const account = world.account(protocol.settlement)
  if (account === undefined) throw new Error('no Settlement')
  world.setAccount(protocol.settlement, { ...account, balance: account.balance + wei })
}
