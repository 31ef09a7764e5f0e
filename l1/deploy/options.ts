import { NodeError } from '../../core/errors.ts'
import { type Address, bytesToHex, zeroAddress } from '../../core/hex.ts'
import { type RollupSpec, supplyCap } from '../../genesis/spec.ts'

/** A validator that the deployer registers: the key that attests, and who is paid on L2 (the key's own account). */
export type FirstValidator = { readonly key: Uint8Array; readonly account?: Address; readonly stakeWei: bigint }

/** How a rollup is deployed. Whoever is not named is the deployer. Times in seconds. */
export type DeployOptions = {
  readonly batcher: Address
  readonly proposer: Address
  readonly unsafeSigner?: Address
  /** May pause withdrawals for a while and delete outputs that are not final. */
  readonly guardian?: Address
  /** Owns SystemConfig. */
  readonly owner?: Address
  /** Validators from the start, with the deployer's stake; none. Without any, nobody upholds challenged outputs. */
  readonly validators?: readonly FirstValidator[]
  /** What a validator must stake, in wei of OPEN; 1,000 OPEN. */
  readonly minStakeWei?: bigint
  /** Between unbonding stake and having it; as long as outputs can be challenged and upheld, the least there is. */
  readonly unbondingSec?: bigint
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
    validators: [],
    minStakeWei: 1_000n * 10n ** 18n,
    unbondingSec: 0n,
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

/** Deposits of one L1 block have L2 gas for so many. */
const maxFirstValidators = 12

/** What the contracts would refuse, said before anything is paid for. */
function problemIn(deployment: Deployment): string | undefined {
  const year = 31_536_000n
  for (const name of ['batcher', 'proposer', 'unsafeSigner', 'guardian', 'owner', 'inbox'] as const)
    if (deployment[name] === zeroAddress) return `${name} is the zero address`
  for (const name of ['submissionIntervalSec', 'finalizationPeriodSec', 'verifierPeriodSec'] as const)
    if (deployment[name] < 1n || deployment[name] > year) return `${name} must be 1 to ${year}`
  const { validators, minStakeWei, unbondingSec, bondWei } = deployment
  if (bondWei < 1n) return 'bondWei must be at least 1'
  if (minStakeWei < 10n ** 18n || minStakeWei > supplyCap) return `minStakeWei must be ${10n ** 18n} to ${supplyCap}`
  if (unbondingSec < 0n || unbondingSec > year) return `unbondingSec must be 0 to ${year}`
  if (validators.length > maxFirstValidators) return `more than ${maxFirstValidators} validators`
  if (new Set(validators.map(({ key }) => bytesToHex(key))).size !== validators.length) return 'validators must differ'
  for (const { stakeWei, account } of validators) {
    if (stakeWei < minStakeWei || stakeWei > supplyCap)
      return `a validator's stake must be ${minStakeWei} to ${supplyCap}`
    if (account === zeroAddress) return "a validator's account is the zero address"
  }
  return undefined
}
