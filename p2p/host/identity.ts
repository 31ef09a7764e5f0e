import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { closeSync, fsyncSync, linkSync, openSync, readFileSync, unlinkSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { privateKeyFromProtobuf, privateKeyFromRaw, privateKeyToProtobuf } from '@libp2p/crypto/keys'
import type { PrivateKey } from '@libp2p/interface'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { assert, NodeError } from '../../core/errors.ts'
import type { PeerId } from '../../core/ports/net.ts'

/**
 * The key that makes this node known to its peers (Ed25519, libp2p's protobuf form). The file holds it in base64; a
 * missing one is made, readable by its owner only, whole or not at all. Throws fatal NodeErrors: `identity_damaged`,
 * `identity_file`.
 */
export function readIdentity(path: string): Uint8Array {
  const text = readText(path) ?? createFile(path)
  const key = /^[A-Za-z0-9+/]{88,96}={0,2}\s*$/.test(text) ? decodeKey(Buffer.from(text, 'base64')) : undefined
  if (key === undefined) {
    throw new NodeError({
      code: 'identity_damaged',
      severity: 'fatal',
      message: `the file ${path} holds no key of a peer`,
      fix: 'restore it from a backup, or remove it: the node then takes a new identity, and peers that name the old one have to learn it',
    })
  }
  return privateKeyToProtobuf(key)
}

/** A new key in the form that `readIdentity` answers. */
export function createIdentity(): Uint8Array {
  const { x, d } = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' })
  assert(x !== undefined && d !== undefined, 'an Ed25519 key has both halves')
  const raw = Buffer.concat([Buffer.from(d, 'base64url'), Buffer.from(x, 'base64url')])
  return privateKeyToProtobuf(privateKeyFromRaw(raw))
}

/** The id that peers know the owner of this key by. */
export function peerIdOf(privateKey: Uint8Array): PeerId {
  return peerIdFromPrivateKey(privateKeyFromProtobuf(privateKey)).toString()
}

function decodeKey(bytes: Uint8Array): PrivateKey | undefined {
  try {
    const key = privateKeyFromProtobuf(bytes)
    return key.type === 'Ed25519' ? key : undefined
  } catch {
    return undefined
  }
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
