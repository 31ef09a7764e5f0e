import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { z } from 'zod'
import { protocol } from '../attribution/native/addresses.ts'
import { NodeError } from '../core/errors.ts'
import { specSchema } from './schema.ts'
import type { ChainSpec } from './spec.ts'

/** The chains that come with the node. */
export const chainNames = ['mainnet', 'testnet', 'devnet'] as const
export type ChainName = (typeof chainNames)[number]

/** The spec of a chain by its name, or from a JSON file. Throws `bad_chain_spec`, which names every wrong field. */
export function loadSpec(nameOrFile: string): ChainSpec {
  const known = (chainNames as readonly string[]).includes(nameOrFile)
  const file = known ? join(import.meta.dirname, 'specs', `${nameOrFile}.json`) : nameOrFile
  return parseSpec(readJson(file), file)
}

/** A chain spec from parsed JSON; `origin` says in errors where it came from. */
export function parseSpec(json: unknown, origin = 'chain spec'): ChainSpec {
  const result = specSchema.safeParse(json)
  if (!result.success)
    throw badSpec(`${origin}: ${result.error.issues.map((issue) => issueText(issue, json)).join('; ')}`)
  const { hash, allocation, ...fields } = result.data
  return { ...fields, hash, allocation, natives: Object.values(protocol), impersonation: false }
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch (cause) {
    const why = cause instanceof SyntaxError ? 'is not JSON' : 'cannot be read'
    throw badSpec(`the chain spec ${file} ${why}`, { cause })
  }
}

function issueText(issue: z.core.$ZodIssue, json: unknown): string {
  const at = (...more: readonly string[]) => [...issue.path.map(String), ...more].join('.')
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => `${at(key)}: unknown field`).join('; ')
  if (issue.code === 'invalid_type' && valueAt(json, issue.path) === undefined) return `${at()}: missing`
  return `${at() || 'spec'}: ${issue.message}`
}

function valueAt(json: unknown, path: readonly PropertyKey[]): unknown {
  let value = json
  for (const key of path) value = (value as Record<PropertyKey, unknown> | undefined)?.[key]
  return value
}

function badSpec(message: string, options?: { cause: unknown }): NodeError {
  const fix = `use one of ${chainNames.join(', ')}, or a JSON file with the fields of genesis/specs/devnet.json`
  return new NodeError({ code: 'bad_chain_spec', severity: 'fatal', message, fix }, options)
}
