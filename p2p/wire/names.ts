import type { Hash } from '../../core/hex.ts'
import type { Topic } from '../../core/ports/net.ts'
import type { Protocol } from '../transport.ts'

// Every name says which chain it is of: nodes of two chains that meet have nothing to say to each other.

/** The gossip topic of a chain: `/openledger/<chain id>/<first 4 bytes of the genesis hash>/<topic>`. */
export function topicName(chainId: bigint, genesis: Hash, topic: Topic): string {
  return `${chainName(chainId, genesis)}/${topic}`
}

/** The request protocol of a chain: as topics, and the version of the protocol. */
export function protocolName(chainId: bigint, genesis: Hash, protocol: Protocol): string {
  return `${chainName(chainId, genesis)}/${protocol}/1`
}

/** What the names of a chain begin with. */
export function chainName(chainId: bigint, genesis: Hash): string {
  return `/openledger/${chainId}/${genesis.slice(2, 10)}`
}
