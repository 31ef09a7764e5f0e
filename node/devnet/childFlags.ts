import { flagName } from '../config/names.ts'
import { type Config, type Key, optionList } from '../config/table.ts'

/** What differs among the processes of a development chain, or is not theirs to know. */
const ownOfEach = new Set<Key>([
  'data-dir',
  'config',
  'http.port',
  'p2p.port',
  'metrics.addr',
  'metrics.port',
  'l1-rpc',
  'l1-beacon',
  'http.api',
  'log.level',
  'log.format',
  'json',
  'quiet',
])

/** The settings of `devnet` that `run` takes too, as flags: what holds for the one holds for its processes. */
export function sharedFlags(config: Config): readonly string[] {
  const flags: string[] = []
  for (const [key, option] of optionList) {
    const isShared = option.verbs.includes('devnet') && option.verbs.includes('run') && !ownOfEach.has(key)
    const value: unknown = config[key]
    if (!isShared || value === undefined) continue
    const isList = Array.isArray(value)
    if (!option.type.isSwitch) flags.push(`--${key}`, isList ? value.join(',') : String(value))
    else if (value !== (option.default ?? false)) flags.push(flagName(key, option))
  }
  return flags
}
