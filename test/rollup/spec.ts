import type { Address } from '../../core/hex.ts'
import type { L1Block } from '../../core/ports/l1.ts'
import { devAccounts, devMnemonic } from '../../genesis/devAccounts.ts'
import { loadSpec } from '../../genesis/loadSpec.ts'
import type { ChainSpec, RollupSpec } from '../../genesis/spec.ts'
import { addressWord } from './l1/logs.ts'
import { l1ChainId } from './l1/simL1.ts'

/** Known accounts: the first have money on L2, and all on L1. */
export const accounts = devAccounts(devMnemonic, 20)
const [batcher, nextBatcher, proposer, signer, deployer] = accounts.slice(10)
/** Who does what on L1. */
export const roles = {
  batcher: batcher!,
  nextBatcher: nextBatcher!,
  proposer: proposer!,
  signer: signer!,
  deployer: deployer!,
}
/** Users of the chain. */
export const users = accounts.slice(0, 5)

const at = (byte: string) => `0x${byte.repeat(20)}` as Address

/** Where the contracts are as long as nobody deploys any: their logs are then injected. */
export const mockRollup: RollupSpec = {
  inbox: at('ff'),
  portal: at('a1'),
  outputOracle: at('a2'),
  validatorRegistry: at('a3'),
  systemConfig: at('a4'),
  standardBridge: at('a5'),
  open: at('a6'),
  multicall3: at('a7'),
  unsafeSigner: signer!.address,
  sidecars: 'eip7594',
  originDepth: 1n,
}

/** Blocks of L1 in which a batch counts, and how far blocks from L1 alone go. */
export const window = 20n
export const forcedLag = 4n
export const maxOriginAgeSec = 600n

/** The chain spec of the tests: the development chain on the simulated L1, with small windows. */
export function rollupSpec(
  origin: L1Block,
  changes: Partial<ChainSpec> = {},
  rollup: RollupSpec = mockRollup,
): ChainSpec {
  const base = loadSpec('devnet')
  const batcherHash = addressWord(roles.batcher.address)
  return {
    ...base,
    name: 'rollup',
    hash: undefined,
    timestamp: origin.timestamp,
    l1: { ...base.l1, chainId: l1ChainId, origin, rollup },
    limits: { ...base.limits, sequencingWindow: window, forcedLag, maxOriginAgeSec, maxOriginStep: 8n },
    systemConfig: { ...base.systemConfig, batcherHash },
    ...changes,
  }
}
