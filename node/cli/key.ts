import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { NodeError } from '../../core/errors.ts'
import { parseHex } from '../../core/hex.ts'
import { isPrivateKey, privateKeyToAddress } from '../../core/secp256k1.ts'
import { loadSpec } from '../../genesis/loadSpec.ts'
import type { Config } from '../config/table.ts'
import { decryptKey, isKeystore } from '../keys/keystore.ts'
import { readPassword } from '../keys/password.ts'
import { refusePublicKey } from '../keys/public.ts'
import { listKeys, storeKey } from '../keys/store.ts'
import { exitCodes } from './exit.ts'
import type { Context } from './verb.ts'

/** `openledger key new`: a fresh key, encrypted in the keystore folder. */
export async function keyNew({ config, out }: Context): Promise<number> {
  const folder = keystoreFolder(config)
  const password = await readPassword(passwordSource(config), { repeat: true })
  let key = randomBytes(32)
  while (!isPrivateKey(key)) key = randomBytes(32)
  const stored = await storeKey(folder, key, password)
  out.result(
    `Created ${stored.address}\nFile    ${stored.file}\nWithout the file and the password the key is lost: back both up.`,
    stored,
  )
  return exitCodes.ok
}

/** `openledger key import FILE`: 64 hex digits, or a keystore file that keeps its password. Never from the command line. */
export async function keyImport({ config, args, out }: Context): Promise<number> {
  const folder = keystoreFolder(config)
  const text = readKeyFile(args[0]!)
  const isFile = isKeystore(text)
  const bare = isFile ? undefined : parseKey(text)
  const password = await readPassword(passwordSource(config), { repeat: !isFile })
  const key = bare ?? (await openKeystore(text, password))
  refusePublicKey(privateKeyToAddress(key), loadSpec(config.chain).chainId)
  const stored = await storeKey(folder, key, password)
  out.result(`Imported ${stored.address}\nFile     ${stored.file}\nDelete the unencrypted original.`, stored)
  return exitCodes.ok
}

/** `openledger key list`: the addresses of the keystore folder and their files. */
export async function keyList({ config, out }: Context): Promise<number> {
  const folder = keystoreFolder(config)
  const keys = listKeys(folder)
  const text = keys.map(({ address, file }) => `${address}  ${file}`).join('\n')
  out.result(keys.length === 0 ? `No keys in ${folder}` : text, keys)
  return exitCodes.ok
}

async function openKeystore(text: string, password: string): Promise<Uint8Array> {
  const opened = await decryptKey(text, password)
  if (opened instanceof Uint8Array) return opened
  throw problem(`the keystore file does not open: ${opened.detail}`, 'check the password and the file')
}

/** The folder of the encrypted keys. Throws a NodeError (code `usage`) if no setting says where it is. */
export function keystoreFolder(config: Config): string {
  if (config.keystore !== undefined) return config.keystore
  if (config['data-dir'] !== undefined) return join(config['data-dir'], 'keystore')
  throw new NodeError({
    code: 'usage',
    severity: 'fatal',
    message: 'no folder for the keys is given',
    fix: 'add --keystore <folder> or --data-dir <folder>',
  })
}

/** Where the password of a key comes from, by the settings. */
export function passwordSource(config: Config) {
  return { file: config['password-file'], value: config.password }
}

function readKeyFile(path: string): string {
  try {
    return readFileSync(path === '-' ? 0 : path, 'utf8').trim()
  } catch (cause) {
    throw problem(`the key file ${path} cannot be read`, 'check the path', cause)
  }
}

function parseKey(text: string): Uint8Array {
  const bytes = parseHex(text.startsWith('0x') ? text : `0x${text}`)
  if (bytes?.length === 32 && isPrivateKey(bytes)) return bytes
  throw problem(
    'the file holds neither a private key nor a keystore',
    'give 64 hex digits, or a web3 secret storage v3 file',
  )
}

function problem(message: string, fix: string, cause?: unknown): NodeError {
  return new NodeError({ code: 'key', severity: 'fatal', message, fix }, { cause })
}
