import { NodeError } from '../../core/errors.ts'
import { flagName } from './names.ts'
import { type Key, type Option, optionList } from './table.ts'

type Env = Readonly<Record<string, string | undefined>>

/** Settings whose names npm has options for: what npm says of these is not about us. */
const ownedByNpm = new Set<string>(['json', 'silent', 'quiet', 'config', 'log.level', 'password', 'key', 'dev'])

/** Verbs whose commands have two words. */
const groupNames = ['key', 'db', 'peers', 'config', 'datanet', 'model', 'agent', 'channel', 'settle', 'claim']

/** Scripts that start a development chain, with the arguments that they have already. */
const devnetScripts: Readonly<Record<string, { readonly command: string; readonly words: number }>> = {
  start: { command: 'npm start --', words: 1 },
  solo: { command: 'npm run solo --', words: 2 },
}

/** The script of ours that npm runs. */
function scriptOf(env: Env): string | undefined {
  return env.npm_package_name === 'openledger-node' ? env.npm_lifecycle_event : undefined
}

function devnetScript(env: Env): (typeof devnetScripts)[string] | undefined {
  const name = scriptOf(env)
  return name !== undefined && Object.hasOwn(devnetScripts, name) ? devnetScripts[name] : undefined
}

/**
 * What to type before flags, if npm started the program: `npm start --`, or `npm run openledger -- db stats`; `words`
 * is what npm passed on, `rest` what of it is no command. Undefined when npm did not start it.
 */
export function npmCommand(
  env: Env,
  words: readonly string[],
): { readonly command: string; readonly rest: readonly string[] } | undefined {
  const script = devnetScript(env)
  if (script !== undefined) return { command: script.command, rest: words.slice(script.words) }
  if (scriptOf(env) !== 'openledger') return undefined
  const verbWords = groupNames.includes(words[0] ?? '') ? 2 : 1
  const command = ['npm run openledger --', ...words.slice(0, verbWords)].join(' ')
  return { command, rest: words.slice(verbWords) }
}

/** Flags as a user has to type them: the full command after `npm start` or `npm run solo`, the bare flags otherwise. */
export function withFlags(env: Env, flags: string): string {
  const script = devnetScript(env)
  return script === undefined ? flags : `\`${script.command} ${flags}\``
}

/**
 * Refuses flags that npm kept for itself because the `--` before them is missing (NodeError, code `usage`): npm leaves
 * them in `npm_config_*` variables. `args` is what npm did pass on. A shell that drops variables with dots in their
 * names hides `--http.port=1` from us.
 */
export function checkNpmFlags(env: Env, args: readonly string[]): void {
  const started = npmCommand(env, args)
  if (started === undefined) return
  const { command, rest } = started
  const kept = new Map<string, string>()
  for (const [name, value] of Object.entries(env)) {
    if (name.startsWith('npm_config_')) kept.set(plain(name.slice('npm_config_'.length)), value ?? '')
  }
  const flags = optionList.flatMap(([key, option]) => {
    const name = namesOf(key, option).find((candidate) => kept.has(plain(candidate)))
    return name === undefined ? [] : [flagText(key, option, kept.get(plain(name))!, rest)]
  })
  if (flags.length === 0) return
  const names = flags.map((flag) => flag.split(' ')[0]).join(' and ')
  throw new NodeError({
    code: 'usage',
    severity: 'fatal',
    message: `npm kept ${names} for itself`,
    fix: `put -- before the flags: \`${command} ${flags.join(' ')}\``,
  })
}

function namesOf(key: Key, option: Option): readonly string[] {
  if (ownedByNpm.has(key)) return []
  const long = (option.aliases ?? []).filter((alias) => alias.startsWith('--'))
  return [key, ...long.map((alias) => alias.slice(2))]
}

/** With `--data-dir ./x` npm keeps only the name; the value is among the arguments. */
function flagText(key: Key, option: Option, value: string, rest: readonly string[]): string {
  const name = flagName(key, option)
  if (option.type.isSwitch) return name
  const label = `<${option.type.label}>`
  if (option.secret) return `${name} ${label}`
  if (value !== 'true') return `${name} ${value}`
  return `${name} ${rest.length === 1 ? rest[0] : label}`
}

function plain(name: string): string {
  return name.toLowerCase().replaceAll(/[.-]/g, '_')
}
