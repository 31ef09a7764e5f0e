import { readdirSync, readFileSync, statSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { NodeError } from '../../core/errors.ts'
import type { Address } from '../../core/hex.ts'
import { privateKeyToAddress } from '../../core/secp256k1.ts'
import { makeFolder } from '../data/dir.ts'
import { syncFolder } from '../data/syncFolder.ts'
import { type defaultScrypt, encryptKey, keystoreAddress } from './keystore.ts'

export type StoredKey = { readonly address: Address; readonly file: string }

/** Files larger than this are no keystore files, in bytes. */
const maxKeystoreBytes = 65_536

/**
 * The keys of a folder by address, from the names inside the files; other files are ignored. Throws a NodeError (code
 * `keystore`) for a file that cannot be read: a key must not seem to be gone.
 */
export function listKeys(folder: string): readonly StoredKey[] {
  const keys: StoredKey[] = []
  for (const name of readFolder(folder)) {
    const file = join(folder, name)
    const text = readCandidate(file)
    const address = text === undefined ? undefined : keystoreAddress(text)
    if (address !== undefined) keys.push({ address, file })
  }
  return keys.sort((a, b) => (a.address < b.address ? -1 : 1))
}

/**
 * Encrypts a key and writes it to the folder (0700) as a file only its owner may read (0600); file and folder are synced
 * to disk before this resolves. Throws a NodeError (code `keystore`) if the address is there already or the folder is not writable.
 */
export async function storeKey(
  folder: string,
  key: Uint8Array,
  password: string,
  work?: typeof defaultScrypt,
): Promise<StoredKey> {
  const address = privateKeyToAddress(key)
  try {
    makeFolder(resolve(folder))
  } catch (cause) {
    throw problem(`the keystore folder ${folder} cannot be created`, 'choose another with --keystore', cause)
  }
  const known = listKeys(folder).find((stored) => stored.address === address)
  if (known !== undefined) throw problem(`the key of ${address} is there already: ${known.file}`, 'use that file')
  const stamp = new Date().toISOString().replaceAll(':', '-')
  const file = join(folder, `UTC--${stamp}--${address.slice(2)}`)
  const text = await encryptKey(key, password, work)
  try {
    const handle = await open(file, 'wx', 0o600)
    try {
      await handle.writeFile(text)
      await handle.sync()
    } finally {
      await handle.close()
    }
    await syncFolder(folder)
  } catch (cause) {
    throw problem(
      `the key file ${file} cannot be written`,
      'check the permissions and the free space of the folder',
      cause,
    )
  }
  return { address, file }
}

/** The text of a file that may be a keystore; undefined for folders and for what is too large. */
function readCandidate(file: string): string | undefined {
  try {
    const stat = statSync(file)
    return stat.isFile() && stat.size <= maxKeystoreBytes ? readFileSync(file, 'utf8') : undefined
  } catch (cause) {
    const isGone = (cause as NodeJS.ErrnoException).code === 'ENOENT'
    throw problem(
      isGone ? `${file} is a link to a file that is not there` : `${file} cannot be read`,
      isGone
        ? 'bring the file back, or delete the link'
        : 'check its permissions, or move it out of the keystore folder',
      cause,
    )
  }
}

function readFolder(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw problem(
      `the keystore folder ${folder} cannot be read`,
      'check its permissions or choose another with --keystore',
      cause,
    )
  }
}

function problem(message: string, fix: string, cause?: unknown): NodeError {
  return new NodeError({ code: 'keystore', severity: 'fatal', message, fix }, { cause })
}
