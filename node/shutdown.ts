/** A signal that aborts at the first SIGINT, SIGTERM or SIGHUP; the second one ends the process with `forcedExitCode`. */
export function createShutdown(forcedExitCode: number): AbortSignal {
  const controller = new AbortController()
  const onSignal = (): void => {
    if (controller.signal.aborted) process.exit(forcedExitCode)
    controller.abort()
  }
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, onSignal)
  return controller.signal
}
