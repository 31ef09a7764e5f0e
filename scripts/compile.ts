import { createHash } from 'node:crypto'
import { existsSync, globSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { type Address, type Hex, hexToBytes } from '../core/hex.ts'
import type { CompiledContract } from '../genesis/loadContract.ts'

/** Where the sources are and where the result goes; folders and file relative to `projectDir`. */
export type CompileJob = {
  readonly projectDir: string
  /** Folders with .sol files. Those that do not exist are passed over. */
  readonly folders: readonly string[]
  /** Code that npm packages carry already compiled, by contract name. */
  readonly packaged: () => Promise<Readonly<Record<string, CompiledContract>>>
  /** Changes of this text compile again: versions of the packages that `packaged` reads. */
  readonly packagedVersion: string
  /** Contracts whose constructor runs now, and the address it runs at; its arguments are those of an empty list. */
  readonly constructed?: Readonly<Record<string, Address>>
  readonly outFile: string
}

/** `failed` lists one line per problem: `file:line: what`. */
export type CompileResult =
  | { readonly kind: 'fresh' | 'compiled'; readonly contracts: number; readonly warnings: readonly string[] }
  | { readonly kind: 'failed'; readonly problems: readonly string[] }

const settings = {
  optimizer: { enabled: true, runs: 10_000 },
  evmVersion: 'osaka',
  // Nothing but code in the bytecode: comments and paths must not move the genesis hash.
  metadata: { appendCBOR: false, bytecodeHash: 'none' },
}
/** Per contract of the project; contracts of packages are compiled only as parts of these. */
const outputs = ['abi', 'evm.bytecode.object', 'evm.deployedBytecode.object', 'storageLayout']

const require = createRequire(import.meta.url)

/**
 * Brings `outFile` up to date with the sources. The compiler is loaded only when the sources, the settings or a
 * version changed; `onCompile` is then called first. Processes may do this at once: the file is replaced in one step.
 */
export async function compileContracts(job: CompileJob, onCompile: (sources: number) => void): Promise<CompileResult> {
  const sources = readSources(job)
  const key = keyOf(job, sources)
  const outFile = join(job.projectDir, job.outFile)
  const present = readPresent(outFile, key)
  if (present !== undefined) return { kind: 'fresh', contracts: present, warnings: [] }

  onCompile(sources.size)
  // Each folder by itself: the compiler's numbering spans all it is given, and tests must not reach the genesis.
  const compiled = await Promise.all(job.folders.map((folder) => runSolc(folder, sources)))
  const messages = compiled.flatMap(({ errors = [] }) => errors)
  const problems = messages.filter(({ severity }) => severity === 'error')
  if (problems.length > 0) return { kind: 'failed', problems: problems.map((entry) => problemLine(entry, sources)) }

  const contracts: Record<string, CompiledContract> = { ...(await job.packaged()) }
  for (const [path, found] of compiled.flatMap((output) => Object.entries(output.contracts ?? {}))) {
    for (const [name, contract] of Object.entries(found)) {
      if (contract.evm.deployedBytecode.object === '') continue // interface or abstract
      const other = contracts[name]
      if (other !== undefined)
        return { kind: 'failed', problems: [`${path}:1: contract ${name} is also in ${other.source}`] }
      contracts[name] = pick(path, contract)
    }
  }
  for (const [name, address] of Object.entries(job.constructed ?? {})) {
    const contract = contracts[name]
    if (contract === undefined) return { kind: 'failed', problems: [`no contract ${name} to construct`] }
    const { construct } = await import('./construct.ts')
    const result = await construct(address, hexToBytes(contract.creation as Hex))
    if (result === undefined) return { kind: 'failed', problems: [`${contract.source}:1: the constructor reverts`] }
    contracts[name] = { ...contract, ...result }
  }
  replaceFile(outFile, JSON.stringify({ key, contracts }))
  const own = messages.filter(({ sourceLocation }) => sources.has(sourceLocation?.file ?? ''))
  const warnings = [...new Set(own.map((entry) => problemLine(entry, sources)))]
  return { kind: 'compiled', contracts: Object.keys(contracts).length, warnings }
}

function readSources({ projectDir, folders }: CompileJob): Map<string, string> {
  const paths = folders.flatMap((folder) => globSync(`${folder}/**/*.sol`, { cwd: projectDir }))
  const portable = paths.map((path) => path.replaceAll('\\', '/')).sort()
  return new Map(portable.map((path) => [path, readFileSync(join(projectDir, path), 'utf8')]))
}

function keyOf({ packagedVersion, constructed }: CompileJob, sources: ReadonlyMap<string, string>): string {
  const versions = ['solc', '@openzeppelin/contracts'].map((name) => packageVersion(name))
  const scripts = ['compile.ts', 'construct.ts'].map((name) => readFileSync(join(import.meta.dirname, name), 'utf8'))
  const parts = [...scripts, packagedVersion, ...versions, constructed ?? {}, ...[...sources].flat()]
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex')
}

/** The exact installed version of an npm package. */
export function packageVersion(name: string): string {
  const { version } = JSON.parse(readFileSync(require.resolve(`${name}/package.json`), 'utf8')) as { version: string }
  return `${name}@${version}`
}

/** The number of contracts in the file if it was made from the same inputs. A damaged file counts as absent. */
function readPresent(outFile: string, key: string): number | undefined {
  if (!existsSync(outFile)) return undefined
  const text = readFileSync(outFile, 'utf8')
  if (!text.startsWith(`{"key":"${key}"`)) return undefined
  try {
    return Object.keys((JSON.parse(text) as { contracts: object }).contracts).length
  } catch {
    return undefined
  }
}

type SolcContract = {
  readonly abi: readonly unknown[]
  readonly evm: {
    readonly bytecode: { readonly object: string }
    readonly deployedBytecode: { readonly object: string }
  }
  readonly storageLayout: {
    readonly storage: readonly { label: string; slot: string; offset: number; type: string }[]
    readonly types: Readonly<Record<string, { numberOfBytes: string }>> | null
  }
}
type SolcError = {
  readonly severity: 'error' | 'warning' | 'info'
  readonly type: string
  readonly message: string
  readonly sourceLocation?: { readonly file: string; readonly start: number }
}
type SolcOutput = {
  readonly errors?: readonly SolcError[]
  readonly contracts?: Readonly<Record<string, Readonly<Record<string, SolcContract>>>>
}

/** Compiles the sources of a folder and what they import. */
async function runSolc(folder: string, sources: ReadonlyMap<string, string>): Promise<SolcOutput> {
  const own = [...sources].filter(([path]) => path.startsWith(`${folder}/`))
  if (own.length === 0) return {}
  const { default: solc } = await import('solc')
  const input = {
    language: 'Solidity',
    sources: Object.fromEntries(own.map(([path, content]) => [path, { content }])),
    settings: { ...settings, outputSelection: Object.fromEntries(own.map(([path]) => [path, { '*': outputs }])) },
  }
  const readImport = (path: string) => {
    try {
      return { contents: sources.get(path) ?? readFileSync(require.resolve(path), 'utf8') }
    } catch {
      return { error: 'no such file in the project or in node_modules' }
    }
  }
  return JSON.parse(solc.compile(JSON.stringify(input), { import: readImport })) as SolcOutput
}

function pick(source: string, { abi, evm, storageLayout }: SolcContract): CompiledContract {
  const storage = storageLayout.storage.map(({ label, slot, offset, type }) => ({
    label,
    slot,
    offset,
    bytes: Number(storageLayout.types?.[type]?.numberOfBytes),
  }))
  return { source, abi, creation: `0x${evm.bytecode.object}`, runtime: `0x${evm.deployedBytecode.object}`, storage }
}

function problemLine({ sourceLocation, type, message }: SolcError, sources: ReadonlyMap<string, string>): string {
  const what = `${type}: ${message.replace(/\s+/g, ' ')}`
  if (sourceLocation === undefined) return what
  const { file, start } = sourceLocation
  const before = Buffer.from(sources.get(file) ?? '')
    .subarray(0, Math.max(start, 0))
    .toString()
  return `${file}:${before.split('\n').length}: ${what}`
}

function replaceFile(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true })
  const temporary = `${path}.${process.pid}.tmp`
  try {
    writeFileSync(temporary, text)
    renameSync(temporary, path)
  } finally {
    rmSync(temporary, { force: true })
  }
}
