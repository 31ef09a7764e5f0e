import { isMap, isScalar, isSeq, LineCounter, parseDocument, type YAMLMap } from 'yaml'
import { NodeError } from '../../core/errors.ts'
import { allows } from './names.ts'
import { nearest } from './nearest.ts'
import { type Key, optionList, options } from './table.ts'

/** One value of the config file and the line it is on. */
export type FileValue = { readonly value: unknown; readonly line: number }

const fileKeys = optionList.filter(([, option]) => allows(option, 'file')).map(([key]) => key)

/** The largest config file that is read, in bytes. */
export const maxConfigBytes = 1_048_576

/**
 * The settings of a YAML config file by key. Keys may be nested or dotted. Throws a NodeError naming file, line and
 * the nearest key for anything that is not a setting, and for YAML errors and repeated keys.
 */
export function parseConfigFile(text: string, file: string): ReadonlyMap<Key, FileValue> {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true })
  const problem = document.errors[0]
  if (problem !== undefined) {
    const cause = problem.message.split('\n')[0]!.replace(/ at line \d+, column \d+:?$/, '')
    throw configFileError(file, lines.linePos(problem.pos[0]).line, `is not valid YAML: ${cause}`, 'correct that line')
  }
  const found = new Map<Key, FileValue>()
  if (document.contents === null) return found
  if (!isMap(document.contents))
    throw configFileError(file, 1, 'is not a list of settings', 'write lines like "http.port: 8545"')
  collect(document.contents, '', found, file, lines)
  return found
}

function collect(map: YAMLMap, prefix: string, found: Map<Key, FileValue>, file: string, lines: LineCounter): void {
  for (const { key, value } of map.items) {
    const name = `${prefix}${isScalar(key) ? String(key.value) : '?'}`
    const offset = isScalar(key) ? (key.range?.[0] ?? 0) : 0
    const line = lines.linePos(offset).line
    if (isMap(value)) {
      collect(value, `${name}.`, found, file, lines)
      continue
    }
    if (!isKey(name)) {
      const guess = nearest(name, fileKeys)
      const fix =
        guess === undefined ? 'remove it; `openledger config print` lists the settings' : `did you mean "${guess}"?`
      throw configFileError(file, line, `has the unknown setting "${name}"`, fix)
    }
    if (found.has(name)) throw configFileError(file, line, `sets "${name}" a second time`, 'keep one of the two')
    const plain = isSeq(value) || isScalar(value) ? (value.toJSON() as unknown) : undefined
    found.set(name, { value: plain, line })
  }
}

function isKey(name: string): name is Key {
  return Object.hasOwn(options, name) && fileKeys.includes(name as Key)
}

/** A refusal of something in the config file, with its place. */
export function configFileError(file: string, line: number, cause: string, fix: string): NodeError {
  return new NodeError({
    code: 'config',
    severity: 'fatal',
    message: `config file ${file}, line ${line}: ${cause}`,
    fix,
  })
}
