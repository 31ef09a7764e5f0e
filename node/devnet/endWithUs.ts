import { type ChildProcess, spawn } from 'node:child_process'
import { platform } from 'node:process'

/**
 * Has a program that knows nothing of us asked to end (SIGTERM) when this process ends in whatever way, kill -9 included:
 * the shell's read returns when we hold its pipe no more. Where there is no shell, nothing is done.
 */
export function endWithUs({ pid }: ChildProcess, ended: Promise<unknown>): void {
  if (platform === 'win32' || pid === undefined) return
  const watcher = spawn('/bin/sh', ['-c', 'read _; kill -TERM "$0"', `${pid}`], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  })
  watcher.on('error', () => {})
  watcher.stdin.on('error', () => {})
  watcher.unref()
  // Its number may belong to another process by then.
  void ended.then(() => watcher.kill('SIGKILL'))
}
