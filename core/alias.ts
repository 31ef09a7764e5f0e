import { type Address, bigintToFixed, bytesToAddress } from './hex.ts'

const offset = 0x1111000000000000000000000000000000001111n

/** The address that a contract of L1 has as a sender on the chain, as the OP Stack has it. */
export function aliasOf(address: Address): Address {
  return bytesToAddress(bigintToFixed(BigInt.asUintN(160, BigInt(address) + offset), 20))
}
