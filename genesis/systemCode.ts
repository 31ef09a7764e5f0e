import { type Hex, hexToBytes } from '../core/hex.ts'

/** Runtime code of EIP-4788's beacon roots contract, from the EIP. */
export const beaconRootsCode = code(
  '0x3373fffffffffffffffffffffffffffffffffffffffe14604d57602036146024575f5ffd5b5f35801560495762001fff810690815414603c',
  '575f5ffd5b62001fff01545f5260205ff35b5f5ffd5b62001fff42064281555f359062001fff015500',
)

/** Runtime code of EIP-2935's block hash history contract, from the EIP. */
export const historyStorageCode = code(
  '0x3373fffffffffffffffffffffffffffffffffffffffe14604657602036036042575f35600143038111604257611fff81430311604257611f',
  'ff9006545f5260205ff35b5f5ffd5b5f35611fff60014303065500',
)

/** Runtime code of the deterministic deployment proxy at 0x4e59b448…956C: CREATE2 with the salt in the first word. */
export const create2ProxyCode = code(
  '0x7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe03601600081602082378035828234f58015156039578182',
  'fd5b8082525050506014600cf3',
)

function code(...parts: readonly string[]): Uint8Array {
  return hexToBytes(parts.join('') as Hex)
}
