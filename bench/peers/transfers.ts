import { bigintToFixed, emptyBytes } from '../../core/hex.ts'
import { privateKeyToAddress } from '../../core/secp256k1.ts'
import type { SignedTx, TxEnvelope } from '../../core/tx.ts'
import { signTx } from '../../core/txEnvelope.ts'

/** The accounts that transfers are from; they have money on the chains of this bench. */
export function benchKeys(count: number): readonly Uint8Array[] {
  return Array.from({ length: count }, (_, index) => bigintToFixed(BigInt(index + 1_000_001), 32))
}

/** A transfer of an account to itself on the development chain. */
export function transfer(key: Uint8Array, nonce: bigint): TxEnvelope<SignedTx> {
  const fees = { maxFeePerGas: 10n ** 12n, maxPriorityFeePerGas: 1_000_000n }
  const call = { to: privateKeyToAddress(key), value: 1n, data: emptyBytes, accessList: [] }
  return signTx({ type: 2, chainId: 31_337n, nonce, gas: 21_000n, ...call, ...fees }, key)
}
