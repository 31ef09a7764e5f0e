// Runs before `npm start`, `npm test`, `npm run check`: installs what the lockfile names and builds what is stale.
// Plain JavaScript without imports from the project, because it runs before anything is installed, on any Node.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const stampFile = join(root, 'node_modules', '.setup-stamp')

function lockHash() {
  return createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex')
}

function run(command, args, what) {
  const result = spawnSync(command, args, { cwd: root, stdio: 'inherit', shell: process.platform === 'win32' })
  if (result.status === 0) return
  const cause = result.error === undefined ? `exit code ${result.status}` : result.error.message
  process.stderr.write(`setup: ${what} failed (${cause}). Fix: check the output above, then run the command again.\n`)
  process.exit(result.status ?? 1)
}

const lock = lockHash()
const installed = existsSync(stampFile) && readFileSync(stampFile, 'utf8') === lock
if (!installed) {
  process.stdout.write('setup: installing dependencies (once)\n')
  run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], 'npm ci')
  mkdirSync(dirname(stampFile), { recursive: true })
  writeFileSync(stampFile, lock)
}

const node = join(root, 'node_modules', 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node')
run(node, [join(root, 'scripts', 'contracts.ts')], 'compiling the contracts')
