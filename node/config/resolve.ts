import { readFileSync, statSync } from 'node:fs'
import { NodeError } from '../../core/errors.ts'
import { configFileError, type FileValue, maxConfigBytes, parseConfigFile } from './file.ts'
import { allows, envName, flagName, isOtherVariable, keyByEnv } from './names.ts'
import { nearest } from './nearest.ts'
import { type Config, type Key, type Option, optionList, type Verb, verbsWithDefaults } from './table.ts'

/** Where a value came from, in words: `flag --http.port`, `env OPENLEDGER_HTTP_PORT`, `file node.yaml:3`, `default`. */
export type Resolved = { readonly config: Config; readonly sources: Readonly<Record<Key, string>> }

export type ConfigInputs = {
  /** Decides which defaults apply. */
  readonly verb: Verb
  /** Values given on the command line, as text or booleans. */
  readonly flags: ReadonlyMap<Key, unknown>
  readonly env: Readonly<Record<string, string | undefined>>
  /** Inside a container some defaults differ. */
  readonly isContainer: boolean
}

/** The source of a default that holds inside a container only. */
export const containerDefault = 'default inside a container'

/** True for the source of a value that nobody gave. */
export function isDefault(source: string): boolean {
  return source === 'default' || source === containerDefault
}

/**
 * The values of all settings: flag before environment before config file before default. Throws a NodeError (code
 * `config`) for unknown variables and file keys and for values of the wrong kind, naming the place and the fix.
 */
export function resolveConfig(inputs: ConfigInputs): Resolved {
  const env = readEnv(inputs.env)
  const file = configFile(inputs, env)
  const values: Partial<Record<Key, unknown>> = {}
  const sources: Partial<Record<Key, string>> = {}
  for (const [key, option] of optionList) {
    const given = pick(key, option, inputs, env, file)
    sources[key] = given.source
    values[key] = isDefault(given.source) ? given.value : check(option, given)
  }
  return { config: values as Config, sources: sources as Record<Key, string> }
}

type Given = { readonly value: unknown; readonly source: string; readonly problem: (cause: string) => NodeError }

function pick(
  key: Key,
  option: Option,
  inputs: ConfigInputs,
  env: ReadonlyMap<Key, string>,
  file: { readonly path: string; readonly values: ReadonlyMap<Key, FileValue> } | undefined,
): Given {
  if (inputs.flags.has(key)) {
    const name = flagName(key, option)
    return { value: inputs.flags.get(key), source: `flag ${name}`, problem: (cause) => badValue(name, cause, option) }
  }
  const variable = env.get(key)
  if (variable !== undefined) {
    const name = envName(key)
    return { value: variable, source: `env ${name}`, problem: (cause) => badValue(name, cause, option) }
  }
  const line = file?.values.get(key)
  if (file !== undefined && line !== undefined) {
    const problem = (cause: string) => configFileError(file.path, line.line, `"${key}" ${cause}`, expected(option))
    return { value: line.value, source: `file ${file.path}:${line.line}`, problem }
  }
  const shared = option.sharedEnv === undefined ? undefined : inputs.env[option.sharedEnv]
  if (shared !== undefined && shared !== '') {
    const name = option.sharedEnv!
    return { value: shared, source: `env ${name}`, problem: (cause) => badValue(name, cause, option) }
  }
  return { ...defaultOf(option, inputs), problem: (cause) => badValue(key, cause, option) }
}

function defaultOf(option: Option, { verb, isContainer }: ConfigInputs): { value: unknown; source: string } {
  if (isContainer && option.container !== undefined) return { value: option.container, source: containerDefault }
  const own = verbsWithDefaults.find((name) => name === verb)
  const ofVerb = own === undefined ? undefined : option[own]
  return { value: ofVerb ?? option.default, source: 'default' }
}

function check(option: Option, given: Given): unknown {
  const result = option.type.schema.safeParse(given.value)
  if (result.success) return result.data
  throw given.problem(option.secret ? 'does not take this value' : `does not take ${JSON.stringify(given.value)}`)
}

function readEnv(env: ConfigInputs['env']): ReadonlyMap<Key, string> {
  const found = new Map<Key, string>()
  for (const [name, value] of Object.entries(env)) {
    if (!name.startsWith('OPENLEDGER_') || isOtherVariable(name) || value === undefined) continue
    const key = keyByEnv.get(name)
    if (key === undefined) {
      const guess = nearest(name, keyByEnv.keys())
      const fix = guess === undefined ? 'unset it; docs/CONFIG.md lists the variables' : `did you mean ${guess}?`
      throw new NodeError({ code: 'config', severity: 'fatal', message: `unknown environment variable ${name}`, fix })
    }
    found.set(key, value)
  }
  return found
}

function configFile(inputs: ConfigInputs, env: ReadonlyMap<Key, string>) {
  const path = inputs.flags.get('config') ?? env.get('config')
  if (typeof path !== 'string') return undefined
  return { path, values: parseConfigFile(readText(path), path) }
}

function readText(path: string): string {
  try {
    if (statSync(path).size > maxConfigBytes) throw new Error(`larger than ${maxConfigBytes} bytes`)
    return readFileSync(path, 'utf8')
  } catch (cause) {
    const message = `config file ${path} cannot be read: ${cause instanceof Error ? cause.message : 'unknown cause'}`
    throw new NodeError(
      { code: 'config', severity: 'fatal', message, fix: 'check the path given by --config' },
      { cause },
    )
  }
}

function badValue(name: string, cause: string, option: Option): NodeError {
  return new NodeError({
    code: 'config',
    severity: 'fatal',
    message: `${name} ${cause}`,
    fix: expected(option),
  })
}

function expected(option: Option): string {
  return `give ${option.type.expects}`
}

/** True if the setting can be given on this verb's command line. */
export function takesFlag(option: Option, verb: Verb): boolean {
  return allows(option, 'flag') && option.verbs.includes(verb)
}
