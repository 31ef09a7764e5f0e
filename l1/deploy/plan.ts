import { pad } from 'viem'
import { registrationDigest, signatureBytes } from '../../core/attestation.ts'
import { type Address, bytesToHex, type Hash, hexToBytes } from '../../core/hex.ts'
import type { L1Block } from '../../core/ports/l1.ts'
import { predeploys } from '../../core/predeploys.ts'
import { privateKeyToAddress, sign } from '../../core/secp256k1.ts'
import { preinstalls } from '../../genesis/alloc.ts'
import { buildGenesis } from '../../genesis/buildGenesis.ts'
import type { ChainSpec, RollupSpec } from '../../genesis/spec.ts'
import {
  openTokenAbi,
  outputOracleAbi,
  portalAbi,
  standardBridgeAbi,
  systemConfigAbi,
  validatorRegistryAbi,
} from '../abi.ts'
import { genesisOutputRoot } from '../checkRollup.ts'
import type { Deployment } from './options.ts'
import { type Step, type Steps, stepsFrom } from './steps.ts'

/** What L1 says before the deployment. */
export type DeployBase = {
  readonly deployer: Address
  /** The deployer's next transaction. */
  readonly nonce: bigint
  readonly origin: L1Block
  readonly hasMulticall3: boolean
}

/** The complete spec and the transactions that make it true, in order of their nonces. */
export type DeployPlan = { readonly spec: ChainSpec; readonly steps: readonly Step[] }

/** Plans a deployment: the same inputs give the same chain. Nothing is sent. */
export function planRollup(template: ChainSpec, deployment: Deployment, base: DeployBase): DeployPlan {
  const steps = stepsFrom(base.deployer, base.nonce)
  const { systemConfig: defaults, totalSupply } = template
  const system = { ...defaults, batcherHash: pad(deployment.batcher) as Hash }

  const open = deployment.open ?? openToken(steps, deployment, totalSupply, base.deployer)
  const systemConfig = steps.create('SystemConfig', systemConfigAbi, [
    deployment.owner,
    {
      batcherHash: system.batcherHash,
      gasLimit: system.gasLimit,
      daFeeScalar: system.daFeeScalar,
      eip1559Denominator: system.eip1559Denominator,
      eip1559Elasticity: system.eip1559Elasticity,
      unsafeBlockSigner: deployment.unsafeSigner,
      batchInbox: deployment.inbox,
      startBlock: base.origin.number,
    },
  ])
  const outputOracle = steps.create('OutputOracle', outputOracleAbi, [])
  const portal = steps.create('Portal', portalAbi, [])
  const terms = [template.chainId, deployment.minStakeWei, deployment.unbondingSec]
  const registryArgs = [outputOracle, portal, open, ...terms]
  const validatorRegistry = steps.create('ValidatorRegistry', validatorRegistryAbi, registryArgs)
  const standardBridge = steps.create('L1StandardBridge', standardBridgeAbi, [portal, predeploys.standardBridge])
  const multicall3 = base.hasMulticall3 ? preinstalls.multicall3 : steps.create('Multicall3', [], [])

  const { inbox, unsafeSigner, sidecars, originDepth, guardian } = deployment
  const contracts = { inbox, portal, outputOracle, validatorRegistry, systemConfig, standardBridge, open, multicall3 }
  const spec = specOf(template, base.origin, system, { ...contracts, unsafeSigner, sidecars, originDepth })

  steps.call('OutputOracle.initialize', outputOracle, outputOracleAbi, 'initialize', [
    {
      systemConfig,
      verifier: validatorRegistry,
      proposer: deployment.proposer,
      guardian,
      submissionInterval: deployment.submissionIntervalSec,
      finalizationPeriod: deployment.finalizationPeriodSec,
      verifierPeriod: deployment.verifierPeriodSec,
      bond: deployment.bondWei,
      startingBlockNumber: 0n,
      startingTimestamp: spec.timestamp,
      startingOutputRoot: genesisOutputRoot(spec),
      l1BlockNumber: base.origin.number,
      l1BlockHash: base.origin.hash,
    },
  ])
  steps.call('OPEN.approve', open, openTokenAbi, 'approve', [portal, totalSupply])
  const portalArgs = [open, outputOracle, systemConfig, guardian, totalSupply]
  steps.call('Portal.initialize', portal, portalAbi, 'initialize', portalArgs, { waits: true })
  for (const [account, wei] of deployment.openAccounts)
    steps.call(`OPEN.transfer to ${account}`, open, openTokenAbi, 'transfer', [account, wei])
  if (deployment.validators.length > 0) registerAll(steps, spec, deployment, base.deployer)
  return { spec, steps: steps.list }
}

/** OPEN that a deployment takes from the deployer, in wei. */
export function openNeeded(totalSupply: bigint, { openAccounts, validators }: Deployment): bigint {
  let wei = totalSupply
  for (const amount of openAccounts.values()) wei += amount
  for (const { stakeWei } of validators) wei += stakeWei
  return wei
}

function openToken(steps: Steps, deployment: Deployment, totalSupply: bigint, deployer: Address): Address {
  return steps.create('OpenToken', openTokenAbi, [deployer, openNeeded(totalSupply, deployment)])
}

/** Registers the first validators, whose owner is the deployer. */
function registerAll(steps: Steps, { l1 }: ChainSpec, { validators }: Deployment, owner: Address): void {
  const { validatorRegistry: registry, open } = l1.rollup!
  const stakes = validators.reduce((sum, { stakeWei }) => sum + stakeWei, 0n)
  steps.call('OPEN.approve', open, openTokenAbi, 'approve', [registry, stakes])
  const digest = hexToBytes(registrationDigest({ l1ChainId: l1.chainId, registry }, owner))
  for (const { key, account, stakeWei } of validators) {
    const signer = privateKeyToAddress(key)
    const args = [signer, account ?? signer, stakeWei, bytesToHex(signatureBytes(sign(digest, key)))]
    steps.call('ValidatorRegistry.register', registry, validatorRegistryAbi, 'register', args)
  }
}

function specOf(
  template: ChainSpec,
  origin: L1Block,
  systemConfig: ChainSpec['systemConfig'],
  rollup: RollupSpec,
): ChainSpec {
  const l1 = { ...template.l1, origin, rollup }
  const spec = { ...template, launched: true, hash: undefined, timestamp: origin.timestamp, l1, systemConfig }
  return { ...spec, hash: buildGenesis(spec).hash }
}
