import { readFileSync } from 'node:fs'
import { NodeError } from '../../core/errors.ts'
import { type Address, hexToBytes, parseAddress, parseHex } from '../../core/hex.ts'
import type { Sign } from '../../core/ports/sign.ts'
import { isPrivateKey, privateKeyToAddress, sign } from '../../core/secp256k1.ts'
import { decryptKey } from './keystore.ts'
import { type PasswordSource, readPassword } from './password.ts'
import { refusePublicKey } from './public.ts'
import { listKeys } from './store.ts'

export type KeyChoice = {
  /** An address in the keystore, or a file with 64 hex digits. */
  readonly given: string
  /** The setting it comes from, for errors: `--batcher.key`. */
  readonly flag: string
  /** Of the encrypted keys; undefined: there is none. */
  readonly keystore: string | undefined
  readonly password: PasswordSource
  /** Public keys are for the development chain only. */
  readonly chainId: bigint
}

/** The private key that a setting names. Throws NodeErrors `key`, `password`, `keystore`, `public_key`. */
export async function readKey(choice: KeyChoice): Promise<Uint8Array> {
  const address = parseAddress(choice.given.toLowerCase())
  const key = address === undefined ? readKeyFile(choice) : await openStored(choice, address)
  refusePublicKey(privateKeyToAddress(key), choice.chainId)
  return key
}

/** A key in memory as something that signs. */
export function signerOf(key: Uint8Array): Sign {
  return { address: privateKeyToAddress(key), sign: async (digest) => sign(hexToBytes(digest), key) }
}

async function openStored({ flag, keystore, password }: KeyChoice, address: Address): Promise<Uint8Array> {
  const found = keystore === undefined ? undefined : listKeys(keystore).find((stored) => stored.address === address)
  if (found === undefined) {
    throw problem(`the keystore has no key of ${address} (${flag})`, '`openledger key list` shows the addresses')
  }
  const opened = await decryptKey(readFileSync(found.file, 'utf8'), await readPassword(password, { repeat: false }))
  if (opened instanceof Uint8Array) return opened
  throw problem(`the key of ${address} does not open: ${opened.detail}`, 'check the password and the file')
}

function readKeyFile({ given, flag }: KeyChoice): Uint8Array {
  const fix = 'give an address of the keystore, or a file with 64 hex digits'
  let text: string
  try {
    text = readFileSync(given, 'utf8').trim()
  } catch (cause) {
    throw problem(`the key file of ${flag} cannot be read`, fix, cause)
  }
  const bytes = parseHex(text.startsWith('0x') ? text : `0x${text}`)
  if (bytes?.length === 32 && isPrivateKey(bytes)) return bytes
  throw problem(`the key file of ${flag} does not hold a private key`, fix)
}

function problem(message: string, fix: string, cause?: unknown): NodeError {
  return new NodeError({ code: 'key', severity: 'fatal', message, fix }, { cause })
}
