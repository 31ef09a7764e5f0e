import type { Address } from '../../../core/hex.ts'
import { alice, deployer, ether, openTestL1, type TestContract, type TestL1 } from './testL1.ts'

export const owner = `0x${'0e'.repeat(20)}` as Address
export const guardian = `0x${'6a'.repeat(20)}` as Address
export const proposer = `0x${'9c'.repeat(20)}` as Address
export const batcher = `0x${'ba'.repeat(20)}` as Address
export const inbox = `0x${'1b'.repeat(20)}` as Address

export const genesisSupply = 5_000n * ether
export const bond = 2n * ether
/** Seconds. */
export const interval = 3_600n
export const finalization = 7n * 86_400n
export const verifierPeriod = 3n * 86_400n
export const l2ChainId = 31_337n
export const minStake = 100n * ether
export const genesisRoot = `0x${'99'.repeat(32)}` as const

/** The contracts of a chain, initialised; Alice has OPEN and lets the portal take it. */
export type Rollup = {
  readonly l1: TestL1
  readonly open: TestContract
  readonly config: TestContract
  readonly oracle: TestContract
  /** The oracle's verifier. */
  readonly registry: TestContract
  readonly portal: TestContract
}

export type RollupOptions = {
  readonly unbondingSec?: bigint
}

export async function deployRollup(options: RollupOptions = {}, l1?: TestL1): Promise<Rollup> {
  const rollup = await deployUninitialized(options, l1)
  const { portal, oracle, open } = rollup
  await oracle.send(deployer, 'initialize', [oracleConfig(rollup)])
  await open.send(deployer, 'approve', [portal.address, genesisSupply])
  await portal.send(deployer, 'initialize', portalArgs(rollup))
  await open.send(deployer, 'transfer', [alice, 1_000n * ether])
  await open.send(alice, 'approve', [portal.address, 1_000n * ether])
  return rollup
}

export async function deployUninitialized({ unbondingSec = 0n }: RollupOptions = {}, openL1?: TestL1): Promise<Rollup> {
  const l1 = openL1 ?? (await openTestL1())
  const open = await l1.create('OpenToken', [deployer, 20_000n * ether])
  const config = await l1.create('SystemConfig', [owner, configParams(l1)])
  const oracle = await l1.create('OutputOracle')
  const portal = await l1.create('Portal')
  const terms = [l2ChainId, minStake, unbondingSec]
  const registry = await l1.create('ValidatorRegistry', [oracle.address, portal.address, open.address, ...terms])
  return { l1, open, config, oracle, registry, portal }
}

export function configParams(l1: TestL1) {
  return {
    batcherHash: `0x${batcher.slice(2).padStart(64, '0')}` as const,
    gasLimit: 8_000_000n,
    daFeeScalar: 1_500,
    eip1559Denominator: 56,
    eip1559Elasticity: 8,
    unsafeBlockSigner: `0x${'5a'.repeat(20)}` as Address,
    batchInbox: inbox,
    startBlock: l1.number() - 10n,
  }
}

export function oracleConfig({ l1, config, registry }: Pick<Rollup, 'l1' | 'config' | 'registry'>) {
  return {
    systemConfig: config.address,
    verifier: registry.address,
    proposer,
    guardian,
    submissionInterval: interval,
    finalizationPeriod: finalization,
    verifierPeriod,
    bond,
    startingBlockNumber: 0n,
    startingTimestamp: l1.now() - 100n,
    startingOutputRoot: genesisRoot,
    l1BlockNumber: l1.number() - 10n,
    l1BlockHash: l1.hashOf(l1.number() - 10n),
  }
}

export function portalArgs(
  { open, oracle, config }: Pick<Rollup, 'open' | 'oracle' | 'config'>,
  supply = genesisSupply,
) {
  return [open.address, oracle.address, config.address, guardian, supply] as const
}

/** An hour and some L1 blocks later an output, with the bond it needs; gives its index. */
export async function propose({ l1, oracle }: Rollup, outputRoot: string, l2BlockNumber?: bigint): Promise<bigint> {
  l1.pass(interval, 10n)
  const held = (await oracle.get('bondOf', [proposer])) as bigint
  const block = l2BlockNumber ?? ((await oracle.get('latestBlockNumber')) as bigint) + 100n
  const l1Number = l1.number() - 5n
  const value = held < bond ? bond - held : 0n
  await oracle.send(proposer, 'proposeL2Output', [outputRoot, block, l1.hashOf(l1Number), l1Number], { value })
  return (await oracle.get('latestOutputIndex')) as bigint
}
