import { Command as Commander, CommanderError, Option as Flag } from 'commander'
import { NodeError } from '../../core/errors.ts'
import { flagName } from '../config/names.ts'
import { npmCommand } from '../config/npm.ts'
import { takesFlag } from '../config/resolve.ts'
import { groups, type Key, type Option, optionList, verbsWithDefaults } from '../config/table.ts'
import type { Command } from './verb.ts'

/** What the command line asked for: a command, its settings by key, its own flags and its arguments. */
export type Parsed = {
  readonly command: Command
  readonly flags: ReadonlyMap<Key, unknown>
  readonly own: Readonly<Record<string, string | true | undefined>>
  readonly args: readonly string[]
}

/**
 * Parses the arguments after the program's name. Undefined when help or the version was printed. Throws a NodeError
 * (code `usage`) with the nearest name for an unknown command or flag.
 */
export function parseArguments(
  argv: readonly string[],
  commands: readonly Command[],
  version: string,
): Parsed | undefined {
  const parsed: { value?: Parsed } = {}
  // The command whose arguments were refused, for the sentence about it.
  let refusedBy = 'openledger'
  const onRefusal = (name: string): void => {
    refusedBy = name
  }
  const program = new Commander('openledger')
  program.description('OpenLedger node: a Layer-2 chain for AI attribution and payment.')
  program.version(version, '-V, --version', 'print the version')
  setUp(
    program,
    ['openledger devnet', 'openledger devnet --data-dir ./data', 'openledger status', 'openledger <command> --help'],
    onRefusal,
  )
  for (const command of commands) {
    const target = addCommand(program, command, commands, onRefusal)
    target.action(() => {
      parsed.value = { command, flags: settingsOf(target), own: ownFlagsOf(target, command), args: target.args }
    })
  }
  try {
    program.parse(argv.length === 0 ? ['--help'] : [...argv], { from: 'user' })
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    // `commander.help`: a group without its command, which prints the help too.
    if (error.exitCode === 0 || error.code === 'commander.help') return undefined
    throw usageError(error, refusedBy)
  }
  return parsed.value
}

function setUp(command: Commander, examples: readonly string[], onRefusal: (name: string) => void): void {
  command.exitOverride((error) => {
    onRefusal(fullName(command))
    throw error
  })
  command.configureOutput({ outputError: () => {} })
  command.addHelpText('before', `Examples:\n${examples.map((line) => `  ${line}`).join('\n')}\n`)
  command.helpOption('-h, --help', 'print this help')
}

function fullName(command: Commander): string {
  return command.parent === null ? command.name() : `${fullName(command.parent)} ${command.name()}`
}

function addCommand(
  program: Commander,
  command: Command,
  commands: readonly Command[],
  onRefusal: (name: string) => void,
): Commander {
  const [first, second] = command.name.split(' ')
  const parent = second === undefined ? program : groupCommand(program, first!, commands, onRefusal)
  const target = parent
    .command(second ?? first!, { isDefault: command.isDefault === true })
    .description(command.summary)
  setUp(target, command.examples, onRefusal)
  if (command.details !== undefined) target.addHelpText('after', `\n${command.details.join('\n')}`)
  for (const { name, description } of command.args ?? []) target.argument(name, description)
  for (const { flag, description } of command.own ?? []) target.option(flag, description)
  for (const group of groups) {
    for (const [key, option] of optionList) {
      if (option.group === group && takesOption(option, command)) addFlags(target, key, option)
    }
  }
  return target
}

/** `config print` shows all settings, so it takes all their flags. */
function takesOption(option: Option, command: Command): boolean {
  if (command.verb === undefined) return false
  if (command.verb === 'config') return option.sources === undefined || option.sources.includes('flag')
  return takesFlag(option, command.verb)
}

function groupCommand(
  program: Commander,
  name: string,
  commands: readonly Command[],
  onRefusal: (name: string) => void,
): Commander {
  const existing = program.commands.find((command) => command.name() === name)
  if (existing !== undefined) return existing
  const summaries: Readonly<Record<string, string>> = {
    key: 'Create, import and list keys.',
    db: 'Look into the database.',
    config: 'Look into the settings.',
    peers: 'List, add and remove the peers of a running node.',
    datanet: 'Contribute data and publish versions of it.',
    model: 'Register models with their lineage.',
    agent: 'Provide inference: register and stake.',
    channel: 'Lock OPEN for a provider, and take back the rest.',
    settle: 'Settle batches of receipts.',
    claim: 'Claim what contributions earned, and withdraw it.',
  }
  const group = program.command(name).description(summaries[name] ?? '')
  const leaves = commands.filter((command) => command.name.startsWith(`${name} `))
  setUp(
    group,
    leaves.map(({ examples }) => examples[0]!),
    onRefusal,
  )
  return group
}

function addFlags(target: Commander, key: Key, option: Option): void {
  const value = option.type.isSwitch ? '' : ` <${option.type.label}>`
  const short = option.aliases?.find((alias) => /^-[a-z]$/.test(alias))
  const long = flagName(key, option)
  const flag = new Flag(`${short === undefined ? '' : `${short}, `}${long}${value}`, describe(option))
  target.addOption(flag.helpGroup(`${option.group}:`))
  for (const alias of option.aliases ?? []) {
    if (alias.startsWith('--')) target.addOption(new Flag(`${alias}${value}`, describe(option)).hideHelp())
  }
}

function describe(option: Option): string {
  const byVerb = verbsWithDefaults
    .map((verb) => (option[verb] === undefined ? '' : `; ${verb}: ${shown(option[verb])}`))
    .join('')
  const usual =
    option.default === undefined || option.type.isSwitch ? '' : ` (default: ${shown(option.default)}${byVerb})`
  return `${option.description}${usual}`
}

function shown(value: unknown): string {
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.join(',')
  return String(value)
}

function settingsOf(target: Commander): ReadonlyMap<Key, unknown> {
  const flags = new Map<Key, unknown>()
  for (const [key, option] of optionList) {
    const names = [flagName(key, option), ...(option.aliases ?? [])]
    for (const flag of target.options) {
      if (!names.includes(flag.long ?? '')) continue
      const attribute = flag.attributeName()
      if (target.getOptionValueSource(attribute) === 'cli') flags.set(key, target.getOptionValue(attribute))
    }
  }
  return flags
}

function ownFlagsOf(target: Commander, command: Command): Record<string, string | true | undefined> {
  const own: Record<string, string | true | undefined> = {}
  for (const { flag } of command.own ?? []) {
    const { long, attribute } = namesOf(flag)
    own[long] = target.getOptionValue(attribute) as string | true | undefined
  }
  return own
}

function namesOf(flag: string): { readonly long: string; readonly attribute: string } {
  const option = new Flag(flag)
  return { long: option.name(), attribute: option.attributeName() }
}

function usageError(error: CommanderError, command: string): NodeError {
  const [first, suggestion] = error.message.replace(/^error: /, '').split('\n')
  const npm =
    error.code === 'commander.excessArguments' ? npmCommand(process.env, command.split(' ').slice(1)) : undefined
  const usual =
    npm === undefined
      ? `\`${command} --help\` lists ${command === 'openledger' ? 'commands and flags' : 'its arguments and flags'}`
      : `put -- before the flags, or npm keeps them for itself: \`${npm.command} --http.port 8645\``
  const fix = suggestion?.replaceAll(/[()]/g, '').replace(/^Did/, 'did') ?? usual
  return new NodeError({ code: 'usage', severity: 'fatal', message: first ?? 'wrong usage', fix }, { cause: error })
}
