import { createCipheriv, createDecipheriv, pbkdf2, randomBytes, randomUUID, scrypt, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'
import { scryptAsync as nobleScrypt } from '@noble/hashes/scrypt.js'
import { z } from 'zod'
import type { Address } from '../../core/hex.ts'
import { concatBytes } from '../../core/hex.ts'
import { keccak256 } from '../../core/keccak.ts'
import { privateKeyToAddress } from '../../core/secp256k1.ts'

/** Why a keystore file did not open. */
export type KeystoreReject = {
  readonly reject: 'not_a_keystore' | 'unsupported' | 'wrong_password'
  readonly detail: string
}

const scryptAsync = promisify(scrypt) as (
  password: Uint8Array,
  salt: Uint8Array,
  length: number,
  options: { N: number; r: number; p: number; maxmem: number },
) => Promise<Buffer>
const pbkdf2Async = promisify(pbkdf2)

/** Bounds of what a file may ask us to compute: 1 GiB of memory, ten million rounds. */
const maxScryptBytes = 1_073_741_824
const maxRounds = 10_000_000

const hex = z
  .string()
  .regex(/^(?:0x)?(?:[0-9a-fA-F]{2})*$/)
  .max(4096)
  .transform((digits) => Uint8Array.from(Buffer.from(digits.replace(/^0x/, ''), 'hex')))
const size = z.number().int().positive()
const cryptoShape = z.object({
  cipher: z.string(),
  ciphertext: hex,
  cipherparams: z.object({ iv: hex }),
  kdf: z.string(),
  kdfparams: z.union([
    z.object({ dklen: size, n: size, r: size, p: size, salt: hex }),
    z.object({ dklen: size, c: size, prf: z.string(), salt: hex }),
  ]),
  mac: hex,
})
const keystoreShape = z.object({ version: z.literal(3), crypto: cryptoShape })
type Crypto = z.output<typeof cryptoShape>

/** Work of the default scrypt, the same as geth's: about a second and 256 MiB. */
export const defaultScrypt = { n: 262_144, r: 8, p: 1 }

/**
 * Encrypts a private key (32 bytes) as a web3 secret storage v3 file: scrypt, aes-128-ctr, Keccak MAC.
 * `work` is the scrypt cost; less than the default is for tests.
 */
export async function encryptKey(key: Uint8Array, password: string, work = defaultScrypt): Promise<string> {
  const salt = randomBytes(32)
  const iv = randomBytes(16)
  const kdfparams = { dklen: 32, ...work, salt }
  const derived = await deriveScrypt(passwordBytes(password), kdfparams)
  const cipher = createCipheriv('aes-128-ctr', derived.subarray(0, 16), iv)
  const ciphertext = concatBytes(cipher.update(key), cipher.final())
  const file = {
    address: privateKeyToAddress(key).slice(2),
    crypto: {
      cipher: 'aes-128-ctr',
      ciphertext: toHex(ciphertext),
      cipherparams: { iv: toHex(iv) },
      kdf: 'scrypt',
      kdfparams: { ...kdfparams, salt: toHex(salt) },
      mac: toHex(keccak256(concatBytes(derived.subarray(16, 32), ciphertext))),
    },
    id: randomUUID(),
    version: 3,
  }
  return `${JSON.stringify(file)}\n`
}

/** Opens a web3 secret storage v3 file (scrypt or pbkdf2): the private key, 32 bytes, or why not. */
export async function decryptKey(text: string, password: string): Promise<Uint8Array | KeystoreReject> {
  const parsed = parseCrypto(text)
  if ('reject' in parsed) return parsed
  const { cipher, ciphertext, cipherparams, mac } = parsed
  if (cipher !== 'aes-128-ctr') return { reject: 'unsupported', detail: 'the cipher is not aes-128-ctr' }
  if (cipherparams.iv.length !== 16) return { reject: 'not_a_keystore', detail: 'the IV is not 16 bytes long' }
  if (ciphertext.length === 0 || ciphertext.length > 32) {
    return { reject: 'not_a_keystore', detail: 'the ciphertext is not 1 to 32 bytes long' }
  }
  const derived = await derive(parsed, passwordBytes(password))
  if ('reject' in derived) return derived
  const expected = keccak256(concatBytes(derived.subarray(16, 32), ciphertext))
  if (mac.length !== 32 || !timingSafeEqual(mac, expected)) {
    return { reject: 'wrong_password', detail: 'the password does not fit' }
  }
  const decipher = createDecipheriv('aes-128-ctr', derived.subarray(0, 16), cipherparams.iv)
  const plain = concatBytes(decipher.update(ciphertext), decipher.final())
  return concatBytes(new Uint8Array(32 - plain.length), plain)
}

/** The address a keystore file names, without opening it; undefined if it names none. */
export function keystoreAddress(text: string): Address | undefined {
  const file = parseJson(text)
  const address = z.object({ address: z.string().regex(/^(?:0x)?[0-9a-fA-F]{40}$/) }).safeParse(file)
  return address.success ? (`0x${address.data.address.replace(/^0x/, '').toLowerCase()}` as Address) : undefined
}

/** True if the text has the outer form of a keystore file. */
export function isKeystore(text: string): boolean {
  return !('reject' in parseCrypto(text))
}

function parseCrypto(text: string): Crypto | KeystoreReject {
  const file = parseJson(text)
  if (typeof file !== 'object' || file === null) return { reject: 'not_a_keystore', detail: 'it is not a JSON object' }
  // Old files write `Crypto`; readers of this format ignore the case.
  const renamed = Object.fromEntries(Object.entries(file).map(([name, value]) => [name.toLowerCase(), value]))
  const parsed = keystoreShape.safeParse(renamed)
  if (parsed.success) return parsed.data.crypto
  const where = parsed.error.issues[0]?.path.join('.') ?? ''
  return { reject: 'not_a_keystore', detail: `field "${where}" is missing or malformed` }
}

async function derive({ kdf, kdfparams }: Crypto, password: Uint8Array): Promise<Uint8Array | KeystoreReject> {
  if (kdfparams.dklen < 32 || kdfparams.dklen > 1024) {
    return { reject: 'unsupported', detail: 'the derived key must be 32 to 1024 bytes long' }
  }
  if (kdf === 'scrypt' && 'n' in kdfparams) {
    const { n, r, p } = kdfparams
    if ((n & (n - 1)) !== 0 || n < 2) return { reject: 'not_a_keystore', detail: 'scrypt n is not a power of two' }
    if (128 * r * (n + p) > maxScryptBytes) return { reject: 'unsupported', detail: 'scrypt asks for more than 1 GiB' }
    return await deriveScrypt(password, kdfparams)
  }
  if (kdf === 'pbkdf2' && 'c' in kdfparams) {
    if (kdfparams.prf !== 'hmac-sha256') return { reject: 'unsupported', detail: 'pbkdf2 is not with hmac-sha256' }
    if (kdfparams.c > maxRounds)
      return { reject: 'unsupported', detail: `pbkdf2 asks for more than ${maxRounds} rounds` }
    return await pbkdf2Async(password, kdfparams.salt, kdfparams.c, kdfparams.dklen, 'sha256')
  }
  return { reject: 'unsupported', detail: 'the key derivation is neither scrypt nor pbkdf2' }
}

async function deriveScrypt(
  password: Uint8Array,
  { n, r, p, dklen, salt }: { n: number; r: number; p: number; dklen: number; salt: Uint8Array },
): Promise<Uint8Array> {
  // OpenSSL refuses n >= 2^(16 r) although the function is defined there and older wallets wrote such files.
  if (Math.log2(n) >= 16 * r) {
    return await nobleScrypt(password, salt, { N: n, r, p, dkLen: dklen, maxmem: maxScryptBytes + 1_048_576 })
  }
  return await scryptAsync(password, salt, dklen, { N: n, r, p, maxmem: maxScryptBytes + 1_048_576 })
}

function passwordBytes(password: string): Uint8Array {
  return Buffer.from(password, 'utf8')
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}
