import { type ChildProcess, spawn } from 'node:child_process'
import { platform } from 'node:process'
import { endOf } from './child.ts'

/**
 * Has a program that knows nothing of us asked to end (SIGTERM) when this process ends in whatever way, kill -9 included:
 * the shell's read returns when we hold its pipe no more. Where there is no shell, nothing is done. Resolves when the
 * program has ended and nothing is left to watch.
 */
export async function endWithUs({ pid }: ChildProcess, ended: Promise<unknown>): Promise<void> {
  if (platform === 'win32' || pid === undefined) return
  const watcher = spawn('/bin/sh', ['-c', 'read _; kill -TERM "$0"', `${pid}`], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  })
  const gone = endOf(watcher)
  watcher.stdin.on('error', () => {})
  watcher.unref()
  await ended
  // Its number may belong to another process from now on.
  watcher.ref()
  watcher.kill('SIGKILL')
  await gone
}
