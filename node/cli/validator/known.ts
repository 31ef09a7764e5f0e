import { z } from 'zod'
import { NodeError } from '../../../core/errors.ts'
import { type Address, parseAddress } from '../../../core/hex.ts'
import { loadSpec } from '../../../genesis/loadSpec.ts'
import { isDefault } from '../../config/resolve.ts'
import { refused } from '../protocol/failure.ts'
import { askNode } from '../rpcClient.ts'
import type { Context } from '../verb.ts'

/** A chain and its contracts on L1, as a chain spec file or a node tells them. */
export type KnownChain = {
  readonly name: string
  readonly chainId: bigint
  readonly l1ChainId: bigint
  readonly contracts: Readonly<
    Record<'portal' | 'outputOracle' | 'standardBridge' | 'validatorRegistry' | 'open' | 'multicall3', Address>
  >
  /** Who told: the file or the node's URL. */
  readonly told: string
  /** The node to ask what L2 says; undefined without one. */
  readonly nodeUrl: string | undefined
}

const address = z.string().transform((text, context): Address => {
  const parsed = parseAddress(text)
  if (parsed !== undefined) return parsed
  context.addIssue('an address expected')
  return z.NEVER
})
const quantity = z
  .string()
  .regex(/^0x[0-9a-f]{1,16}$/)
  .transform((text) => BigInt(text))
const rollupShape = z.object({
  chainId: quantity,
  l1ChainId: quantity,
  portal: address,
  outputOracle: address,
  standardBridge: address,
  validatorRegistry: address,
  open: address,
  multicall3: address,
})

/** The chain of `--chain`, otherwise that of the node of `--rpc.url`. Throws NodeErrors that say how to name one. */
export async function knownChain({ config, sources, own, signal }: Context): Promise<KnownChain> {
  const url = config['rpc.url']
  if (typeof own.chain !== 'string') {
    const { chainId, l1ChainId, ...contracts } = await askRollup(url, signal)
    return { name: `the chain of ${url}`, chainId, l1ChainId, contracts, told: url, nodeUrl: url }
  }
  const { name, chainId, l1 } = loadSpec(own.chain)
  if (l1.rollup === undefined) {
    throw refused(`${name} has no contracts on L1`, 'give --chain the file that `openledger deploy` wrote')
  }
  const nodeUrl = isDefault(sources['rpc.url']) ? undefined : url
  return { name, chainId, l1ChainId: l1.chainId, contracts: l1.rollup, told: own.chain, nodeUrl }
}

async function askRollup(url: string, signal: AbortSignal) {
  try {
    return await askNode({ url }, { method: 'openledger_rollup', shape: rollupShape }, signal)
  } catch (error) {
    if (!(error instanceof NodeError)) throw error
    const how = 'name a node of the chain with --rpc.url, or its chain spec file with --chain'
    const { code, message, severity } = error
    const said = code === 'node_refused' ? `the node at ${url} is of no chain with contracts on L1` : message
    throw new NodeError({ code, severity, message: said, fix: how }, { cause: error })
  }
}
