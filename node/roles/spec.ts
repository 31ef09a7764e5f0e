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
 * A chain that a node can run: one with contracts on L1, or the development chain, whose L1 may be synthetic. Throws a
 * NodeError (code `l1_required`) for others rather than inventing an L1 for them.
 */
export function checkRunnable(spec: ChainSpec): ChainSpec {
  if (spec.l1.rollup !== undefined || spec.chainId === devnetChainId) return spec
  throw new NodeError({
    code: 'l1_required',
    severity: 'fatal',
    message: `the chain ${spec.name} has no contracts on L1 yet`,
    fix: 'give --chain the file that `openledger deploy` wrote, or use `openledger devnet`',
  })
}
