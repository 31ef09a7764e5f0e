import type { Method, Namespace } from '../method.ts'
import { accountMethods } from './accounts.ts'
import { adminMethods } from './admin.ts'
import { blockMethods } from './blocks.ts'
import { callMethods } from './calls.ts'
import { chainMethods } from './chain.ts'
import { devChainMethods } from './devChain.ts'
import { devSignMethods } from './devSign.ts'
import { feeMethods } from './fees.ts'
import { infoMethods } from './info.ts'
import { logMethods } from './logs.ts'
import { networkMethods } from './network.ts'
import { proofMethods } from './proof.ts'
import { rollupMethods } from './rollup.ts'
import { sendMethods } from './send.ts'
import { subscribeMethods } from './subscribe.ts'
import { transactionMethods } from './transactions.ts'
import { txpoolMethods } from './txpool.ts'

/** Every method of this server: dispatch, rpc_modules, docs/RPC.md and tests come from this table. */
export const methodTable: readonly Method[] = [
  ...chainMethods,
  ...infoMethods,
  ...blockMethods,
  ...transactionMethods,
  ...accountMethods,
  ...proofMethods,
  ...callMethods,
  ...feeMethods,
  ...sendMethods,
  ...logMethods,
  ...subscribeMethods,
  ...txpoolMethods,
  ...rollupMethods,
  ...networkMethods,
  ...adminMethods,
  ...devSignMethods,
  ...devChainMethods,
]

/** The methods to serve, by name: those of the namespaces, solo ones only on a solo chain, rollup ones only with an L1. */
export function selectMethods(
  namespaces: ReadonlySet<Namespace>,
  options: { readonly solo: boolean; readonly rollup: boolean },
): ReadonlyMap<string, Method> {
  const rows = methodTable.filter(
    ({ scope, namespace }) =>
      namespaces.has(namespace) && (options.solo || scope !== 'solo') && (options.rollup || scope !== 'rollup'),
  )
  return new Map(rows.map((row) => [row.name, row]))
}
