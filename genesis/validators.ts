import { type Address, bigintToFixed, bytesToAddress, bytesToBigint, bytesToHash, concatBytes } from '../core/hex.ts'
import { keccak256 } from '../core/keccak.ts'
import { predeploys } from '../core/predeploys.ts'
import type { StateReader } from '../core/state.ts'

/** Who attests, who is paid for it on the chain, and the stake behind it on L1 in whole OPEN. */
export type Validator = { readonly signer: Address; readonly account: Address; readonly weight: bigint }

/** Where ValidatorVault keeps them, by the compiler's layout. */
export const validatorSlots = { seats: 6n, signers: 7n } as const

/** The validators of a state, in the order of ValidatorVault's `validatorSet()`; none where there is no vault. */
export function readValidators(state: Pick<StateReader, 'storage'>): readonly Validator[] {
  const load = (slot: bigint) => bytesToBigint(state.storage(predeploys.validatorVault, bytesToHash(word(slot))))
  const firstSigner = hashOf(word(validatorSlots.signers))
  const count = load(validatorSlots.signers)
  return Array.from({ length: Number(count) }, (_, index) => {
    const signer = load(firstSigner + BigInt(index))
    // The account in the low 20 bytes, then the weight in 4.
    const seat = load(hashOf(concatBytes(word(signer), word(validatorSlots.seats))))
    return { signer: addressOf(signer), account: addressOf(seat), weight: (seat >> 160n) & 0xffff_ffffn }
  })
}

function addressOf(value: bigint): Address {
  return bytesToAddress(bigintToFixed(BigInt.asUintN(160, value), 20))
}

function hashOf(bytes: Uint8Array): bigint {
  return bytesToBigint(keccak256(bytes))
}

function word(value: bigint): Uint8Array {
  return bigintToFixed(value, 32)
}
