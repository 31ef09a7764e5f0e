import { readFileSync, writeFileSync } from 'node:fs'
import type { z } from 'zod'
import { NodeError } from '../../../core/errors.ts'
import type { Hash } from '../../../core/hex.ts'
import { parseHash } from '../../../core/hex.ts'
import { keccakHash } from '../../../core/keccak.ts'
import { toJson } from '../output.ts'
import { jsonFault } from './jsonFault.ts'

/** The bytes of a file. Throws a NodeError (code `file`). */
export function readBytes(path: string): Uint8Array {
  try {
    return new Uint8Array(readFileSync(path))
  } catch (cause) {
    throw new NodeError(
      { code: 'file', severity: 'fatal', message: `${path} cannot be read`, fix: 'check the path' },
      { cause },
    )
  }
}

/** What a JSON file of ours has to be; `fix` says where such a file comes from. */
export type FileKind<T> = { readonly shape: z.ZodType<T>; readonly what: string; readonly fix: string }

/** Reads a JSON file. Throws a NodeError (code `file`) that names everything that is wrong with it. */
export function readJson<T>(path: string, { shape, what, fix }: FileKind<T>): T {
  const result = shape.safeParse(parseJson(path, what, fix))
  if (result.success) return result.data
  const found = result.error.issues.map(({ path: place, message }) => [...placeText(place), message].join(': '))
  throw new NodeError({ code: 'file', severity: 'fatal', message: `${path} is not ${what} (${found.join('; ')})`, fix })
}

function placeText(path: readonly PropertyKey[]): readonly string[] {
  return path.length === 0 ? [] : [path.map(String).join('.')]
}

function parseJson(path: string, what: string, fix: string): unknown {
  const text = new TextDecoder().decode(readBytes(path))
  try {
    return JSON.parse(text)
  } catch (cause) {
    const { line, column } = jsonFault(text)
    const message = `${path} is not ${what}: it is no JSON (line ${line}, column ${column})`
    throw new NodeError({ code: 'file', severity: 'fatal', message, fix }, { cause })
  }
}

/** Writes JSON, one value, readable by its owner only; `wx` as flag refuses to replace a file. */
export function writeJson(path: string, value: unknown, flag: 'w' | 'wx'): void {
  try {
    writeFileSync(path, `${JSON.stringify(JSON.parse(toJson(value)), undefined, 2)}\n`, { flag, mode: 0o600 })
  } catch (cause) {
    const isThere = (cause as NodeJS.ErrnoException).code === 'EEXIST'
    throw new NodeError(
      {
        code: 'file',
        severity: 'fatal',
        message: isThere ? `${path} is there already` : `${path} cannot be written`,
        fix: isThere ? 'what it says may still be needed: look, then delete or move it' : 'check the permissions',
      },
      { cause },
    )
  }
}

/** 32 bytes given as hex, or else the keccak of the file that is named; undefined if nothing is given. */
export function hashOrFile(text: string | undefined): Hash | undefined {
  if (text === undefined) return undefined
  return parseHash(text) ?? keccakHash(readBytes(text))
}
