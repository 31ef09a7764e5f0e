import { existsSync, writeFileSync } from 'node:fs'
import { NodeError } from '../../core/errors.ts'
import { type Address, parseAddress } from '../../core/hex.ts'
import { privateKeyToAddress } from '../../core/secp256k1.ts'
import { loadSpec, parseSpec } from '../../genesis/loadSpec.ts'
import { checkDeployed, deployRollup, type RollupFile } from '../../l1/deploy/deploy.ts'
import type { DeployOptions } from '../../l1/deploy/options.ts'
import { exitCodes } from './exit.ts'
import { keyOf, readKeyOf } from './keyOption.ts'
import type { Context } from './verb.ts'

/** OPEN that each account of --fund gets on L1, in wei. */
const fundWei = 100_000n * 10n ** 18n

/**
 * `openledger deploy FILE`: deploys a chain's contracts on L1 and writes the chain spec file that every role takes. With
 * --keep it goes on with the file that is there, if L1 has its contracts.
 */
export async function deploy({ config, args, own, out }: Context): Promise<number> {
  const file = args[0]!
  const isThere = existsSync(file)
  if (isThere && own.keep !== true) {
    const fix = 'name another file: each deployment is a chain of its own; --keep goes on with the one that is there'
    throw usage(`${file} is there already`, fix)
  }
  const template = loadSpec(config.chain)
  const [rpcUrl, ...more] = config['l1-rpc']
  if (rpcUrl === undefined || more.length > 0) throw usage('one L1 node is needed', 'add --l1-rpc <url>')
  if (isThere) return await keep(file, rpcUrl, out)
  const deployerKey = await keyOf(config, 'deployer.key', template.chainId)
  if (deployerKey === undefined) {
    throw usage('no key is given to deploy with', 'add --deployer.key <address|file>, an account with ETH on L1')
  }
  const deployer = privateKeyToAddress(deployerKey)
  const options: DeployOptions = {
    ...optionsFrom(own),
    ...(await validatorFrom(config, own, template.chainId)),
    batcher: address(own, 'batcher') ?? deployer,
    proposer: address(own, 'proposer') ?? deployer,
  }
  out.note(`deploying the contracts of ${template.name} from ${deployer}`)
  const write = (rollup: RollupFile) =>
    writeFileSync(file, `${JSON.stringify(rollup, undefined, 2)}\n`, { flag: 'wx', flush: true })
  const rollup = await deployRollup({ rpcUrl, deployerKey, spec: template, options, beforeLock: write })
  const addresses = Object.entries(parseSpec(rollup).l1.rollup ?? {})
  const lines = addresses.map(([name, value]) => `  ${name.padEnd(19)}${value}`)
  out.result([`Wrote ${file}: chain id ${rollup.chainId}, genesis ${rollup.hash}`, ...lines].join('\n'), rollup)
  return exitCodes.ok
}

async function keep(file: string, rpcUrl: string, out: Context['out']): Promise<number> {
  const spec = loadSpec(file)
  await checkDeployed(rpcUrl, spec)
  const kept = { kept: file, chainId: Number(spec.chainId), hash: spec.hash }
  out.result(`Kept ${file}: chain id ${spec.chainId}, genesis ${spec.hash}`, kept)
  return exitCodes.ok
}

type Own = Context['own']

function optionsFrom(own: Own): Partial<DeployOptions> {
  return {
    ...pick('owner', address(own, 'owner')),
    ...pick('guardian', address(own, 'guardian')),
    ...pick('unsafeSigner', address(own, 'unsafe-signer')),
    ...pick('open', address(own, 'open')),
    ...pick('submissionIntervalSec', whole(own, 'submission-interval')),
    ...pick('finalizationPeriodSec', whole(own, 'finalization-period')),
    ...pick('verifierPeriodSec', whole(own, 'verifier-period')),
    ...pick('bondWei', whole(own, 'bond')),
    ...pick('minStakeWei', whole(own, 'min-stake')),
    ...pick('unbondingSec', whole(own, 'unbonding')),
    ...pick('originDepth', whole(own, 'origin-depth')),
    ...pick('openAccounts', funded(own)),
  }
}

/** One validator, whose key is here; others register themselves. */
async function validatorFrom(
  config: Context['config'],
  own: Own,
  chainId: bigint,
): Promise<Pick<DeployOptions, 'validators'>> {
  const stakeWei = whole(own, 'stake')
  if (own.validator === undefined && stakeWei === undefined) return {}
  if (own.validator === undefined) throw usage('--stake is given without a validator', 'add --validator <address|file>')
  if (stakeWei === undefined) throw usage('--validator is given without a stake', 'add --stake <wei>, of OPEN')
  const key = await readKeyOf(config, { given: String(own.validator), flag: '--validator', chainId })
  const account = address(own, 'validator-account')
  return { validators: [{ key, stakeWei, ...(account !== undefined && { account }) }] }
}

function pick<K extends keyof DeployOptions>(key: K, value: DeployOptions[K] | undefined): Partial<DeployOptions> {
  return value === undefined ? {} : { [key]: value }
}

function address(own: Own, name: string): Address | undefined {
  const text = own[name]
  return text === undefined ? undefined : parsed(name, String(text))
}

function parsed(name: string, text: string): Address {
  const found = parseAddress(text.trim().toLowerCase())
  if (found !== undefined) return found
  throw usage(`--${name} is not an address`, 'give 0x and 40 hex digits')
}

function funded(own: Own): ReadonlyMap<Address, bigint> | undefined {
  if (own.fund === undefined) return undefined
  return new Map(
    String(own.fund)
      .split(',')
      .map((text) => [parsed('fund', text), fundWei]),
  )
}

function whole(own: Own, name: string): bigint | undefined {
  const text = own[name]
  if (text === undefined) return undefined
  if (/^[0-9]{1,30}$/.test(String(text))) return BigInt(String(text))
  throw usage(`--${name} is not a whole number`, 'give digits only')
}

function usage(message: string, fix: string): NodeError {
  return new NodeError({ code: 'usage', severity: 'fatal', message, fix })
}
