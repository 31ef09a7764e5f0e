import { existsSync, globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { StateTestFile } from './format.ts'

const vectors = process.env.OPENLEDGER_VECTORS ?? join(import.meta.dirname, '..', '..', '..', '..', 'shared', 'vectors')
const folder = join(vectors, 'ethereum-tests', 'GeneralStateTests')

/** The names of all files of GeneralStateTests in a fixed order; undefined where there are no vectors. */
export function stateTestFiles(): readonly string[] | undefined {
  return existsSync(folder) ? globSync('**/*.json', { cwd: folder }).sort() : undefined
}

export function readStateTestFile(name: string): StateTestFile {
  return JSON.parse(readFileSync(join(folder, name), 'utf8'))
}
