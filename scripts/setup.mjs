// Runs before the npm scripts: installs what the lockfile names and builds what is stale.
// Plain JavaScript without imports from the project, because it runs before anything is installed, on any Node.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const modules = join(root, 'node_modules')
const stampFile = join(modules, '.setup-stamp')
const isWindows = process.platform === 'win32'
const node = join(modules, 'node', 'bin', isWindows ? 'node.exe' : 'node')

function readText(path) {
  return existsSync(path) ? readFileSync(path, 'utf8') : undefined
}

/** True if npm's own record of the folder has every package of the lockfile, in its version. */
function isInstalled(lockfile) {
  const record = readText(join(modules, '.package-lock.json'))
  if (record === undefined || !existsSync(node)) return false
  const installed = JSON.parse(record).packages
  return Object.entries(JSON.parse(lockfile).packages).every(
    ([path, entry]) => path === '' || entry.optional || entry.devOptional || installed[path]?.version === entry.version,
  )
}

function run(command, args, what) {
  const result = spawnSync(command, args, { cwd: root, stdio: 'inherit', shell: isWindows })
  if (result.status === 0) return
  const cause = result.error === undefined ? `exit code ${result.status}` : result.error.message
  process.stderr.write(`setup: ${what} failed (${cause}). Fix: check the output above, then run the command again.\n`)
  process.exit(result.status || 1)
}

const lockfile = readFileSync(join(root, 'package-lock.json'), 'utf8')
const stamp = createHash('sha256').update(lockfile).digest('hex')
if (readText(stampFile) !== stamp || !existsSync(node)) {
  if (!isInstalled(lockfile)) {
    process.stdout.write('setup: installing dependencies (once)\n')
    run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], 'npm ci')
  }
  writeFileSync(stampFile, stamp)
}

run(node, [join(root, 'scripts', 'contracts.ts')], 'compiling the contracts')
