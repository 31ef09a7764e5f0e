#!/usr/bin/env node
// Starts the CLI on the Node version the project ships, whatever `node` the shell has.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const shipped = join(root, 'node_modules', 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node')
const main = join(root, 'node', 'main.ts')
const args = process.argv.slice(2)

if (Number(process.versions.node.split('.')[0]) >= 24) {
  await import(main)
} else if (existsSync(shipped)) {
  const child = spawn(shipped, [main, ...args], { stdio: 'inherit' })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  child.on('exit', (code, signal) => process.exit(code ?? (signal === null ? 1 : 128)))
} else {
  process.stderr.write('openledger: dependencies are missing. Fix: run "npm ci" in the project folder.\n')
  process.exit(1)
}
