import { Common, type CustomCrypto, Mainnet } from '@ethereumjs/common'

/** The library's parameter set for one hard fork of Ethereum, under our chain id. One per EVM: each EVM adds a listener. */
export function createCommon(chainId: bigint, hardfork: string, customCrypto: CustomCrypto): Common {
  const chain = { ...Mainnet, chainId: chainId.toString(), name: 'openledger' }
  return new Common({ chain, hardfork, customCrypto })
}

/**
 * Hot path: freezes the answers of a Common whose fork never changes again. The library asks several times per opcode
 * and searches a list of sixty EIPs each time.
 */
export function pinCommon(common: Common): void {
  const eips = new Uint8Array(16_384)
  for (const eip of common.eips()) eips[eip] = 1
  for (let eip = 0; eip < eips.length; eip++) if (common.isActivatedEIP(eip)) eips[eip] = 1
  common.isActivatedEIP = (eip) => eips[eip] === 1

  const params = new Map<string, bigint>()
  const param = common.param.bind(common)
  common.param = (name) => {
    let value = params.get(name)
    if (value === undefined) {
      value = param(name)
      params.set(name, value)
    }
    return value
  }

  const forks = new Map<string, boolean>()
  const gteHardfork = common.gteHardfork.bind(common)
  common.gteHardfork = (name) => {
    let value = forks.get(name)
    if (value === undefined) {
      value = gteHardfork(name)
      forks.set(name, value)
    }
    return value
  }

  const consensus = { type: common.consensusType(), algorithm: common.consensusAlgorithm() }
  common.consensusType = () => consensus.type
  common.consensusAlgorithm = () => consensus.algorithm
}
