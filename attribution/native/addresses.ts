import type { Address } from '../../core/hex.ts'

/** The five native precompiles of the protocol. Settlement's account holds all money of the protocol. */
export const protocol = {
  datanets: '0x0000000000000000000000000000000000000a01' as Address,
  models: '0x0000000000000000000000000000000000000a02' as Address,
  settlement: '0x0000000000000000000000000000000000000a03' as Address,
  traces: '0x0000000000000000000000000000000000000a04' as Address,
  agents: '0x0000000000000000000000000000000000000a05' as Address,
} as const

export type ProtocolName = keyof typeof protocol

const addresses: ReadonlySet<Address> = new Set(Object.values(protocol))

/** True for the protocol's own accounts, which no payment may go to. */
export function isProtocol(address: Address): boolean {
  return addresses.has(address)
}
