#!/usr/bin/env node
// Starts the command line on the Node version the project ships, whatever `node` the shell has.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const modules = join(root, 'node_modules')
const shipped = join(modules, 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node')
const main = join(root, 'node', 'main.ts')

if (!existsSync(join(modules, 'commander')) || !existsSync(join(root, 'build', 'contracts.json'))) {
  process.stderr.write(`openledger: it is not set up yet. Fix: run "npm run setup" in ${root}.\n`)
  process.exit(1)
} else if (Number(process.versions.node.split('.')[0]) >= 24) {
  await import(pathToFileURL(main).href)
} else if (existsSync(shipped)) {
  const child = spawn(shipped, [main, ...process.argv.slice(2)], { stdio: 'inherit' })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  child.on('exit', (code, signal) => process.exit(code ?? (signal === null ? 1 : 128)))
} else {
  const message = `openledger: Node.js 24 is needed, this is ${process.versions.node}. Fix: run "npm run setup" in ${root}.\n`
  process.stderr.write(message)
  process.exit(1)
}
