import { randomBytes } from 'node:crypto'
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { NodeError } from '../../core/errors.ts'
import { bytesToHex, parseHex } from '../../core/hex.ts'

/**
 * The secret in a file of 64 hex digits, which is made, readable by its owner only, if it is absent and `create` says so.
 * Throws a NodeError (code `jwt_secret`).
 */
export function readJwtSecret(file: string, { create }: { readonly create: boolean }): Uint8Array {
  if (create) createFile(file)
  let text: string
  try {
    if (statSync(file).size > maxFileBytes) throw problem(file, 'is no secret: it is too long')
    text = readFileSync(file, 'utf8').trim()
  } catch (cause) {
    throw cause instanceof NodeError ? cause : problem(file, 'cannot be read', cause)
  }
  const secret = parseHex(text.startsWith('0x') ? text : `0x${text}`)
  if (secret?.length === secretBytes) return secret
  throw problem(file, `does not hold ${2 * secretBytes} hex digits`)
}

const secretBytes = 32
const maxFileBytes = 1024

function createFile(file: string): void {
  try {
    writeFileSync(file, `${bytesToHex(randomBytes(secretBytes))}\n`, { flag: 'wx', mode: 0o600, flush: true })
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw problem(file, 'cannot be made', cause)
  }
}

function problem(file: string, what: string, cause?: unknown): NodeError {
  const message = `the secret of the admin port ${file} ${what}`
  const fix = 'name another file with --admin.jwt-secret, or remove this one: the node makes a new one'
  return new NodeError({ code: 'jwt_secret', severity: 'fatal', message, fix }, { cause })
}
