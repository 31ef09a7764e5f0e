import { emptyCodeHash } from '../../core/account.ts'
import type { Address } from '../../core/hex.ts'
import type { StateReader } from '../../core/state.ts'

/** Precompiles of Osaka by EIP-7910's names. */
export const precompiles = {
  ECREC: '0x0000000000000000000000000000000000000001',
  SHA256: '0x0000000000000000000000000000000000000002',
  RIPEMD160: '0x0000000000000000000000000000000000000003',
  ID: '0x0000000000000000000000000000000000000004',
  MODEXP: '0x0000000000000000000000000000000000000005',
  BN254_ADD: '0x0000000000000000000000000000000000000006',
  BN254_MUL: '0x0000000000000000000000000000000000000007',
  BN254_PAIRING: '0x0000000000000000000000000000000000000008',
  BLAKE2F: '0x0000000000000000000000000000000000000009',
  KZG_POINT_EVALUATION: '0x000000000000000000000000000000000000000a',
  BLS12_G1ADD: '0x000000000000000000000000000000000000000b',
  BLS12_G1MSM: '0x000000000000000000000000000000000000000c',
  BLS12_G2ADD: '0x000000000000000000000000000000000000000d',
  BLS12_G2MSM: '0x000000000000000000000000000000000000000e',
  BLS12_PAIRING_CHECK: '0x000000000000000000000000000000000000000f',
  BLS12_MAP_FP_TO_G1: '0x0000000000000000000000000000000000000010',
  BLS12_MAP_FP2_TO_G2: '0x0000000000000000000000000000000000000011',
  P256VERIFY: '0x0000000000000000000000000000000000000100',
} as const

const standard: ReadonlySet<string> = new Set(Object.values(precompiles))

/** What genesis puts where a native contract is: code that nobody else has a use for. */
const nativeCode = 0xfe

/** True for the fork's precompiles and for native contracts: the engine runs its own function there, whatever the code. */
export function isPrecompile(state: StateReader, address: Address): boolean {
  if (standard.has(address)) return true
  const { codeHash = emptyCodeHash } = state.account(address) ?? {}
  if (codeHash === emptyCodeHash) return false
  const code = state.code(codeHash)
  return code.length === 1 && code[0] === nativeCode
}
