import { aliasOf } from '../core/alias.ts'
import { NodeError } from '../core/errors.ts'
import type { Address, Hash } from '../core/hex.ts'
import { beaconRootsAddress, historyStorageAddress, predeploys } from '../core/predeploys.ts'
import { type Contract, loadContracts } from './loadContract.ts'
import { type ChainSpec, type FeeVaultName, feeVaultNames } from './spec.ts'
import { encodeStorage } from './storage.ts'
import { beaconRootsCode, create2ProxyCode, historyStorageCode } from './systemCode.ts'

/** An account of the genesis state. */
export type AllocAccount = {
  readonly nonce: bigint
  readonly balance: bigint
  readonly code: Uint8Array | undefined
  readonly storage: ReadonlyMap<Hash, Uint8Array>
}

/** Contracts that exist on most chains at these addresses, for convenience: nothing of the chain depends on them. */
export const preinstalls = {
  multicall3: '0xca11bde05977b3631167028862be2a173976ca11' as Address,
  create2Proxy: '0x4e59b44847b379578588920ca78fbf26c0b4956c' as Address,
} as const

const vaultAddress = {
  sequencer: predeploys.sequencerFeeVault,
  base: predeploys.baseFeeVault,
  l1: predeploys.l1FeeVault,
  operator: predeploys.operatorFeeVault,
} satisfies Record<FeeVaultName, Address>

/** The genesis state of a chain: contracts, allocation, balances. Throws `bad_chain_spec` if it is not the supply. */
export function buildAlloc(spec: ChainSpec): ReadonlyMap<Address, AllocAccount> {
  const alloc = new Map<Address, AllocAccount>()
  const contract = loadContracts()
  for (const [address, account] of [...contractsOf(spec, contract), ...vestingOf(spec, contract('Vesting'))]) {
    if (alloc.has(address)) throw badSpec(spec, `two contracts at ${address}`)
    alloc.set(address, account)
  }
  const credit = (address: Address, wei: bigint) => {
    const account = alloc.get(address) ?? { nonce: 0n, balance: 0n, code: undefined, storage: new Map() }
    alloc.set(address, { ...account, balance: account.balance + wei })
  }
  for (const { beneficiary, liquid } of spec.allocation?.buckets ?? []) if (liquid > 0n) credit(beneficiary, liquid)
  for (const [address, wei] of spec.accounts) if (wei > 0n) credit(address, wei)

  let supply = 0n
  for (const { balance } of alloc.values()) supply += balance
  if (supply === spec.totalSupply) return alloc
  throw badSpec(spec, `the balances sum to ${supply} wei, totalSupply is ${spec.totalSupply}`)
}

/** INVALID: never runs, but callers that look for code find some, and EIP-161 keeps the account and its storage. */
const nativeCode = Uint8Array.of(0xfe)

type Entry = readonly [Address, AllocAccount]

function contractsOf(spec: ChainSpec, contract: (name: string) => Contract): readonly Entry[] {
  return [
    [predeploys.wrappedOpen, withCode(contract('WrappedOpen').runtime)],
    [predeploys.gasPriceOracle, withCode(contract('GasPriceOracle').runtime)],
    [predeploys.l1Block, withCode(contract('L1Block').runtime)],
    [predeploys.messagePasser, withCode(contract('L2ToL1MessagePasser').runtime)],
    ...bridgeOf(spec, contract),
    ...feeVaultNames.map((name): Entry => {
      const { recipient, minWithdrawal } = spec.feeVaults[name]
      const values = { recipient: BigInt(recipient), minWithdrawalAmount: minWithdrawal }
      return [vaultAddress[name], withValues(contract('FeeVault'), values)]
    }),
    ...governanceOf(spec, contract),
    [beaconRootsAddress, withCode(beaconRootsCode)],
    [historyStorageAddress, withCode(historyStorageCode)],
    [preinstalls.multicall3, withCode(contract('Multicall3').runtime)],
    [preinstalls.create2Proxy, withCode(create2ProxyCode)],
    ...spec.natives.map((address): Entry => [address, withCode(nativeCode)]),
  ]
}

/** Without a bridge on L1 the one here neither gives nor takes. */
function bridgeOf({ l1 }: ChainSpec, contract: (name: string) => Contract): readonly Entry[] {
  const otherBridge = BigInt(l1.rollup?.standardBridge ?? 0n)
  return [
    [predeploys.standardBridge, withValues(contract('L2StandardBridge'), { otherBridge })],
    [predeploys.bridgedERC20Factory, withCode(contract('BridgedERC20Factory').runtime)],
    [predeploys.bridgedEther, withValues(contract('BridgedEther'), {})],
  ]
}

function governanceOf({ attribution, l1 }: ChainSpec, contract: (name: string) => Contract): readonly Entry[] {
  const delay = attribution.timelockDelaySec
  const registry = l1.rollup === undefined ? predeploys.timelock : aliasOf(l1.rollup.validatorRegistry)
  const voting = {
    _votingDelay: attribution.votingDelaySec,
    _votingPeriod: attribution.votingPeriodSec,
    _proposalThreshold: attribution.proposalThreshold,
    leastQuorum: attribution.leastQuorum,
  }
  return [
    [predeploys.timelock, withValues(contract('Timelock'), { _minDelay: delay, leastDelay: delay })],
    [predeploys.court, withValues(contract('Court'), { delay: attribution.courtDelaySec })],
    [predeploys.governor, withValues(contract('OpenGovernor'), voting)],
    [predeploys.voteToken, withValues(contract('VoteToken'), {})],
    [predeploys.contributorVeto, withValues(contract('ContributorVeto'), {})],
    [predeploys.validatorVault, withValues(contract('ValidatorVault'), { registry: BigInt(registry) })],
    [predeploys.burner, withValues(contract('Burner'), { leastBurn: attribution.leastBurn })],
  ]
}

function vestingOf({ allocation, timestamp }: ChainSpec, contract: Contract): readonly Entry[] {
  if (allocation === undefined) return []
  return allocation.buckets.flatMap(({ total, liquid, beneficiary, vesting }) => {
    if (vesting === undefined) return []
    const values = {
      _owner: BigInt(beneficiary),
      start: timestamp + vesting.cliffMonths * allocation.monthSec,
      duration: vesting.linearMonths * allocation.monthSec,
    }
    return [[vesting.wallet, { ...withValues(contract, values), balance: total - liquid }] as const]
  })
}

function withValues(contract: Contract, values: Readonly<Record<string, bigint>>): AllocAccount {
  return withCode(contract.runtime, encodeStorage(contract, values))
}

/** A contract has nonce 1, as if it had been created (EIP-161). */
function withCode(code: Uint8Array, storage: ReadonlyMap<Hash, Uint8Array> = new Map()): AllocAccount {
  return { nonce: 1n, balance: 0n, code, storage }
}

function badSpec({ name }: ChainSpec, what: string): NodeError {
  return new NodeError({
    code: 'bad_chain_spec',
    severity: 'fatal',
    message: `chain spec ${name}: ${what}`,
    fix: 'correct the chain spec',
  })
}
