import { commands } from '../cli/commands.ts'
import { exitCodes } from '../cli/exit.ts'
import { allows, envName, flagName } from '../config/names.ts'
import { groups, type Option, optionList, verbsWithDefaults } from '../config/table.ts'
import { code, markdownTable } from './markdown.ts'

const exitMeanings: Readonly<Record<keyof typeof exitCodes, string>> = {
  ok: 'Done.',
  failed: 'The operation failed; the last line of stderr says why and what to do.',
  usage: 'Wrong flag, argument, environment variable or config file.',
  storage: 'The chain’s data could not be read or written. Nothing acknowledged is lost, but a person must act.',
  notReady: '`openledger status`: the node answers and is not ready.',
  forced: 'Stopped by a second signal before everything was closed.',
}

/** docs/CONFIG.md: every setting with its flag, variable, file key and default, the verbs and the exit codes. */
export function configDoc(): string {
  const parts = [
    '# Settings',
    'Made by `npm run docs` from `node/config/table.ts`; do not edit.',
    'The value of a setting comes from the first of: **flag**, **environment variable**, **config file**, **default**. ' +
      '`openledger config print` shows each value and where it came from. A flag, variable or key that does not exist is refused.',
    'A config file is YAML, nested or dotted, and is named by `--config` or `OPENLEDGER_CONFIG`:',
    '```yaml\ndata-dir: /var/lib/openledger\nhttp:\n  port: 9545\n  api: [eth, net, web3, txpool]\nlog.level: info\n```',
    ...groups.map(groupDoc),
    '## Commands',
    markdownTable(
      ['Command', 'What it does', 'Example'],
      commands.map(({ name, summary, examples }) => [code(name), summary, code(examples[0] ?? '')]),
    ),
    '## Exit codes',
    markdownTable(
      ['Code', 'Meaning'],
      Object.entries(exitCodes).map(([name, value]) => [String(value), exitMeanings[name as keyof typeof exitCodes]]),
    ),
  ]
  return `${parts.join('\n\n')}\n`
}

function groupDoc(group: string): string {
  const rows = optionList
    .filter(([, option]) => option.group === group)
    .map(([key, option]) => [
      flagText(key, option),
      envText(key, option),
      allows(option, 'file') ? code(key) : '',
      defaultText(option),
      option.verbs.join(', '),
      option.description,
    ])
  return `## ${group}\n\n${markdownTable(['Flag', 'Variable', 'File key', 'Default', 'Commands', 'Meaning'], rows)}`
}

function flagText(key: string, option: Option): string {
  if (!allows(option, 'flag')) return ''
  const value = option.type.isSwitch ? '' : ` <${option.type.label}>`
  return [flagName(key, option), ...(option.aliases ?? [])].map((name) => code(`${name}${value}`)).join(' ')
}

function envText(key: string, option: Option): string {
  const own = allows(option, 'env') ? [code(envName(key))] : []
  return [...own, ...(option.sharedEnv === undefined ? [] : [`or else ${code(option.sharedEnv)}`])].join(', ')
}

function defaultText(option: Option): string {
  const others = verbsWithDefaults.flatMap((verb) =>
    option[verb] === undefined ? [] : [`${verb}: ${valueText(option[verb])}`],
  )
  return `${valueText(option.default)}${others.length === 0 ? '' : ` (${others.join(', ')})`}`
}

function valueText(value: unknown): string {
  if (value === undefined) return 'not set'
  if (Array.isArray(value)) return value.length === 0 ? 'none' : code(value.join(','))
  return code(String(value))
}
