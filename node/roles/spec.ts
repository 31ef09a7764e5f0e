import { NodeError } from '../../core/errors.ts'
import { type DevAccount, devAccounts } from '../../genesis/devAccounts.ts'
import { loadSpec } from '../../genesis/loadSpec.ts'
import { type ChainSpec, withAccounts, withSolo } from '../../genesis/spec.ts'
import type { Config } from '../config/table.ts'
import { devAddress } from '../dev/setBalance.ts'
import { devnetChainId } from '../keys/public.ts'

/** Balance of each account of a development chain: 10,000 OPEN, as anvil gives ETH. */
export const devBalanceWei = 10_000n * 10n ** 18n

export type SoloSpec = { readonly spec: ChainSpec; readonly accounts: readonly DevAccount[] }

/** The solo development chain with `count` funded accounts of the mnemonic. Throws `bad_mnemonic`. */
export function soloSpec(mnemonic: string, count: number): SoloSpec {
  const accounts = devAccounts(mnemonic, count)
  const addresses = accounts.map(({ address }) => address)
  return { spec: withSolo(withAccounts(loadSpec('devnet'), addresses, devBalanceWei), [devAddress]), accounts }
}

/** The chain of a data folder: the solo development chain where `--solo` says so, otherwise that of `--chain`. */
export function chosenSpec(config: Pick<Config, 'solo' | 'chain' | 'mnemonic' | 'accounts'>): ChainSpec {
  return config.solo ? soloSpec(config.mnemonic, config.accounts).spec : loadSpec(config.chain)
}

/**
 * A chain that this version can make and check blocks of: only development chains, whose L1 may be synthetic. Throws a
 * NodeError (code `l1_required`) for others rather than inventing an L1 for them or trusting what a block says of it.
 */
export function checkRunnable(spec: ChainSpec): ChainSpec {
  if (spec.chainId === devnetChainId) return spec
  throw new NodeError({
    code: 'l1_required',
    severity: 'fatal',
    message: `the chain ${spec.name} gets its blocks from L1, which this version cannot connect to yet`,
    fix: 'use `openledger devnet` or `openledger run --chain devnet`; to import a file of `openledger devnet` add --solo',
  })
}
