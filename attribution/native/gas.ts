/**
 * What native precompiles charge, in gas. Storage costs what a contract pays, without refunds and access lists; the
 * five protocol accounts are always warm. Everything else is priced so that no input runs slower than the EVM's own
 * worst case for the same gas (docs/SPEC.md, "Gas of the protocol").
 */
export const gas = {
  /** Every call, for finding the function. */
  call: 100n,
  /** Per 32 bytes of input, for decoding it. */
  inputWord: 6n,
  readFirst: 2_100n,
  readAgain: 100n,
  writeFirst: 2_900n,
  /** The first write of a slot that was zero, if it is not zero any more; whenever in the call that comes to be. */
  writeNew: 20_000n,
  writeAgain: 100n,
  /** Keccak-256: each, and per 32 bytes. */
  hash: 60n,
  hashWord: 6n,
  /** One recovery of a signer (EIP-196's ecRecover). */
  recover: 3_000n,
  /** Per 32 bytes compared or copied. */
  word: 3n,
  log: 375n,
  logTopic: 375n,
  logByte: 8n,
  /** Paying out to an account: reading and writing it; more if it does not exist yet. */
  pay: 9_000n,
  payNew: 25_000n,
} as const

/** Gas of one hash of this many bytes. */
export function hashGas(bytes: number): bigint {
  return gas.hash + gas.hashWord * BigInt(Math.ceil(bytes / 32))
}
