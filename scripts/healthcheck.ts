// The container's HEALTHCHECK: exit code 0 if the node is ready, 1 with the reasons if not.
import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { dataDir, readUrl } from '../node/data/dir.ts'

if (import.meta.main) process.exitCode = await check(findUrl(commandLine(), process.env))

async function check(url: string): Promise<number> {
  try {
    const response = await fetch(`${url}/health/ready`, { signal: AbortSignal.timeout(4000) })
    process.stdout.write(`${await response.text()}\n`)
    return response.status === 200 ? 0 : 1
  } catch (error) {
    process.stdout.write(`no answer at ${url}: ${error instanceof Error ? error.message : error}\n`)
    return 1
  }
}

/**
 * Where the node answers health checks: what it wrote into its data folder, which is that of its flag or else of the
 * variable. Without such a file the node is not there yet, or has a throw-away folder: then the variables' port.
 */
export function findUrl(args: readonly string[], env: NodeJS.ProcessEnv): string {
  const options = { 'data-dir': { type: 'string' }, datadir: { type: 'string' } } as const
  // What an init process runs comes after its own --.
  const own = args.filter((arg) => arg !== '--')
  const { values } = parseArgs({ args: own, options, strict: false, allowPositionals: true })
  const flag = values['data-dir'] ?? values.datadir
  const folder = typeof flag === 'string' ? flag : env.OPENLEDGER_DATA_DIR
  const written = folder === undefined ? undefined : readUrl(dataDir(folder, true))
  return written ?? `http://127.0.0.1:${env.OPENLEDGER_METRICS_PORT ?? env.OPENLEDGER_HTTP_PORT ?? '8545'}`
}

/** The arguments of the container's first process, which is the node or what started it with them. */
function commandLine(): readonly string[] {
  try {
    return readFileSync('/proc/1/cmdline', 'utf8').split('\0')
  } catch {
    return []
  }
}
