import type { Address } from 'viem'
import { chainConfig } from 'viem/op-stack'

/** A number as JSON, JSON-RPC or a chain spec have it. */
type AnyNumber = number | bigint | string

type Contracts = {
  readonly portal: string
  readonly outputOracle: string
  readonly standardBridge: string
  readonly validatorRegistry: string
  readonly open: string
  readonly multicall3: string
}

/** What tells a chain on L1: the node's answer to `openledger_rollup`, a chain spec, or the JSON of its file. */
export type RollupSource =
  | (Contracts & { readonly chainId: AnyNumber; readonly l1ChainId: AnyNumber })
  | {
      readonly name?: string
      readonly chainId: AnyNumber
      readonly l1: { readonly chainId: AnyNumber; readonly rollup?: Contracts | undefined }
    }

/** A chain of viem with its contracts on L1, as viem's op-stack actions look them up. */
export type RollupChain = ReturnType<typeof rollupChain>

/**
 * The chain as viem's op-stack actions want it: `publicActionsL1`, `walletActionsL1` and those of L2 take it as their
 * `chain` or `targetChain`. Throws on a chain without contracts on L1. Without a URL the transport needs one.
 */
export function rollupChain(source: RollupSource, rpcUrl?: string) {
  const { id, l1Id, name, contracts } = partsOf(source)
  const at = (address: string): { readonly [l1ChainId: number]: { readonly address: Address } } => ({
    [l1Id]: { address: address as Address },
  })
  return {
    id,
    sourceId: l1Id,
    name,
    nativeCurrency: { name: 'OPEN', symbol: 'OPEN', decimals: 18 },
    rpcUrls: urls(rpcUrl),
    formatters: chainConfig.formatters,
    serializers: chainConfig.serializers,
    contracts: {
      ...chainConfig.contracts,
      multicall3: { address: '0xca11bde05977b3631167028862be2a173976ca11' },
      portal: at(contracts.portal),
      l2OutputOracle: at(contracts.outputOracle),
      l1StandardBridge: at(contracts.standardBridge),
      validatorRegistry: at(contracts.validatorRegistry),
      /** OPEN, the ERC-20 that the portal takes. */
      openToken: at(contracts.open),
    },
  } as const
}

/** The chain's L1, with the Multicall3 that viem's op-stack actions read through. */
export function l1ChainOf(source: RollupSource, rpcUrl?: string) {
  const { l1Id, name, contracts } = partsOf(source)
  return {
    id: l1Id,
    name: `L1 of ${name}`,
    nativeCurrency: { name: 'Ether', symbol: 'ETH', decimals: 18 },
    rpcUrls: urls(rpcUrl),
    contracts: { multicall3: { address: contracts.multicall3 as Address } },
  } as const
}

/** The address on L1 of one of the chain's contracts. */
export function onL1(
  { name, sourceId }: Pick<RollupChain, 'name' | 'sourceId'>,
  contract: { readonly [l1ChainId: number]: { readonly address: Address } },
): Address {
  const found = contract[sourceId]
  if (found === undefined) throw new Error(`${name} has no such contract on chain ${sourceId}`)
  return found.address
}

function partsOf(source: RollupSource) {
  const contracts = 'l1' in source ? source.l1.rollup : source
  if (contracts === undefined) throw new Error('the chain has no contracts on L1')
  const l1Id = Number('l1' in source ? source.l1.chainId : source.l1ChainId)
  const name = ('name' in source ? source.name : undefined) ?? 'OpenLedger'
  return { id: Number(source.chainId), l1Id, name, contracts }
}

function urls(rpcUrl: string | undefined): { readonly default: { readonly http: readonly string[] } } {
  return { default: { http: rpcUrl === undefined ? [] : [rpcUrl] } }
}
