import { createPrivateKey, createPublicKey, randomBytes } from 'node:crypto'
import { closeSync, fsyncSync, linkSync, openSync, readFileSync, unlinkSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { privateKeyFromProtobuf, privateKeyFromRaw, privateKeyToProtobuf } from '@libp2p/crypto/keys'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { assert, NodeError } from '../../core/errors.ts'
import type { PeerId } from '../../core/ports/net.ts'

/**
 * The key that makes this node known to its peers (Ed25519, libp2p's protobuf form). The file holds it in base64; a
 * missing one is made, readable by its owner only, whole or not at all. Throws fatal NodeErrors: `identity_damaged`,
 * `identity_file`.
 */
export function readIdentity(path: string): Uint8Array {
  const key = parseKey(readText(path) ?? createFile(path))
  if (key === undefined) {
    throw new NodeError({
      code: 'identity_damaged',
      severity: 'fatal',
      message: `the file ${path} holds no key of a peer`,
      fix: 'restore it from a backup, or remove it: the node then takes a new identity, and peers that name the old one have to learn it',
    })
  }
  return key
}

/** A new key in the form that `readIdentity` answers. */
export function createIdentity(): Uint8Array {
  return keyOfSeed(randomBytes(32))
}

/** The id that peers know the owner of this key by. */
export function peerIdOf(privateKey: Uint8Array): PeerId {
  return peerIdFromPrivateKey(privateKeyFromProtobuf(privateKey)).toString()
}

/** What precedes the 32 bytes of an Ed25519 key in PKCS #8 (RFC 8410). */
const pkcs8Prefix = Buffer.from('302e020100300506032b657004220420', 'hex')

function keyOfSeed(seed: Uint8Array): Uint8Array {
  const der = Buffer.concat([pkcs8Prefix, seed])
  const { x } = createPublicKey(createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })).export({ format: 'jwk' })
  assert(x !== undefined, 'an Ed25519 key has a public half')
  return privateKeyToProtobuf(privateKeyFromRaw(Buffer.concat([seed, Buffer.from(x, 'base64url')])))
}

/** Both halves have to fit: the form has no other checksum. */
function parseKey(text: string): Uint8Array | undefined {
  const bytes = Buffer.from(text, 'base64')
  if (bytes.length !== 68 || bytes.toString('base64') !== text.trim()) return undefined
  const key = keyOfSeed(bytes.subarray(4, 36))
  return bytes.equals(key) ? key : undefined
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw fileFailure(path, error)
  }
}

/** Writes a new key; if another process was faster, its key counts. */
function createFile(path: string): string {
  const temporary = `${path}.${randomBytes(6).toString('hex')}`
  const text = `${Buffer.from(createIdentity()).toString('base64')}\n`
  try {
    const file = openSync(temporary, 'wx', 0o600)
    try {
      writeSync(file, text)
      fsyncSync(file)
    } finally {
      closeSync(file)
    }
    try {
      linkSync(temporary, path)
    } finally {
      unlinkSync(temporary)
    }
    syncFolder(dirname(path))
    return text
  } catch (error) {
    const other = codeOf(error) === 'EEXIST' ? readText(path) : undefined
    if (other !== undefined) return other
    throw fileFailure(path, error)
  }
}

function syncFolder(path: string): void {
  const folder = openSync(path, 'r')
  try {
    fsyncSync(folder)
  } finally {
    closeSync(folder)
  }
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}

function fileFailure(path: string, cause: unknown): NodeError {
  return new NodeError(
    {
      code: 'identity_file',
      severity: 'fatal',
      message: `the file ${path} with the key of this peer cannot be read or written (${codeOf(cause) ?? 'unknown error'})`,
      fix: 'check that its folder exists and belongs to the user that runs the node',
    },
    { cause },
  )
}
