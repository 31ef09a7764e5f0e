import { NodeError } from '../../core/errors.ts'
import { type Address, zeroAddress } from '../../core/hex.ts'
import type { RollupSpec } from '../../genesis/spec.ts'

/** How a rollup is deployed. Whoever is not named is the deployer. Times in seconds. */
export type DeployOptions = {
  readonly batcher: Address
  readonly proposer: Address
  readonly unsafeSigner?: Address
  /** May pause withdrawals for a while and delete outputs that are not final. */
  readonly guardian?: Address
  /** Owns SystemConfig. */
  readonly owner?: Address
  /** Whose signatures uphold challenged outputs, and how many of them it takes. */
  readonly signers?: readonly Address[]
  readonly threshold?: number
  /** Least time between outputs; 3,600. */
  readonly submissionIntervalSec?: bigint
  /** In which an output can be challenged; 604,800. */
  readonly finalizationPeriodSec?: bigint
  /** In which a challenged output must be upheld; 259,200. */
  readonly verifierPeriodSec?: bigint
  /** What a proposer must have deposited, and what a challenge costs; 1 ETH. */
  readonly bondWei?: bigint
  /** The OPEN token; without it a development token is deployed, which gives the deployer what it needs. */
  readonly open?: Address
  /** OPEN that these accounts get on L1, in wei, from the deployer. */
  readonly openAccounts?: ReadonlyMap<Address, bigint>
  /** Where batches go; 0xff, zeros and the chain id. */
  readonly inbox?: Address
  /** `eip7594`. */
  readonly sidecars?: RollupSpec['sidecars']
  /** 10. */
  readonly originDepth?: bigint
  /** How long to wait for a transaction to be in a block; 300,000. */
  readonly timeoutMs?: number
}

/** The options with all that was left out. */
export type Deployment = Required<Omit<DeployOptions, 'open'>> & { readonly open: Address | undefined }

/** Fills in what was left out. Throws `bad_deploy_options`. */
export function deploymentOf(options: DeployOptions, deployer: Address, chainId: bigint): Deployment {
  const deployment: Deployment = {
    unsafeSigner: deployer,
    guardian: deployer,
    owner: deployer,
    signers: [deployer],
    threshold: 1,
    submissionIntervalSec: 3_600n,
    finalizationPeriodSec: 604_800n,
    verifierPeriodSec: 259_200n,
    bondWei: 10n ** 18n,
    openAccounts: new Map(),
    inbox: `0xff${chainId.toString().padStart(38, '0')}` as Address,
    sidecars: 'eip7594',
    originDepth: 10n,
    timeoutMs: 300_000,
    open: undefined,
    ...options,
  }
  const wrong = problemIn(deployment)
  if (wrong === undefined) return deployment
  throw new NodeError({
    code: 'bad_deploy_options',
    severity: 'fatal',
    message: `the rollup cannot be deployed like this: ${wrong}`,
    fix: 'correct the options of the deployment',
  })
}

/** What the contracts would refuse, said before anything is paid for. */
function problemIn(deployment: Deployment): string | undefined {
  const year = 31_536_000n
  for (const name of ['batcher', 'proposer', 'unsafeSigner', 'guardian', 'owner', 'inbox'] as const)
    if (deployment[name] === zeroAddress) return `${name} is the zero address`
  for (const name of ['submissionIntervalSec', 'finalizationPeriodSec', 'verifierPeriodSec'] as const)
    if (deployment[name] < 1n || deployment[name] > year) return `${name} must be 1 to ${year}`
  const { signers, threshold, bondWei } = deployment
  if (bondWei < 1n) return 'bondWei must be at least 1'
  if (signers.length > 64) return 'more than 64 signers'
  if (new Set(signers).size !== signers.length || signers.includes(zeroAddress)) return 'signers must differ'
  if (!Number.isSafeInteger(threshold) || threshold < 1 || threshold > signers.length)
    return `threshold must be 1 to ${signers.length}, the number of signers`
  return undefined
}
