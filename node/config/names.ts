import { type Key, type Option, optionList } from './table.ts'

/** Environment variables with our prefix that are not settings but say how to run the tests. */
const otherVariables = new Set(['OPENLEDGER_CONFORMANCE', 'OPENLEDGER_VECTORS'])

/** The environment variable of a setting: `http.port` is `OPENLEDGER_HTTP_PORT`. */
export function envName(key: string): string {
  return `OPENLEDGER_${key.toUpperCase().replaceAll(/[.-]/g, '_')}`
}

/** The flag of a setting; one that is on by default is turned off: `--no-mining`. */
export function flagName(key: string, option: Option): string {
  return option.type.isSwitch && option.default === true ? `--no-${key}` : `--${key}`
}

/** True if the setting may come from this source. */
export function allows(option: Option, source: 'flag' | 'env' | 'file'): boolean {
  return option.sources === undefined || option.sources.includes(source)
}

/** Settings by environment variable. */
export const keyByEnv: ReadonlyMap<string, Key> = new Map(
  optionList.filter(([, option]) => allows(option, 'env')).map(([key]) => [envName(key), key]),
)

/** What Kubernetes sets in every pod beside a Service named `openledger`. */
const serviceLink = /^OPENLEDGER_(?:SERVICE_(?:HOST|PORT\w*)|PORT(?:_\d+_(?:TCP|UDP)\w*)?)$/

/** True for a variable that carries our prefix without being a setting. */
export function isOtherVariable(name: string): boolean {
  return otherVariables.has(name) || serviceLink.test(name)
}
