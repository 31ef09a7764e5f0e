/** Process managers and shells may deliver one key press twice: a second signal counts only after this long. */
const sameSignalMs = 300

/** Set for the processes of a development chain: they end with the one that started them. */
export const childVariable = 'DEVNET_OF_OPENLEDGER'

/** A signal that aborts at the first SIGINT, SIGTERM or SIGHUP; the second one ends the process with `forcedExitCode`. */
export function createShutdown(forcedExitCode: number): AbortSignal {
  const controller = new AbortController()
  let firstMs = 0
  const onSignal = (): void => {
    if (!controller.signal.aborted) {
      firstMs = performance.now()
      controller.abort()
    } else if (performance.now() - firstMs > sameSignalMs) process.exit(forcedExitCode)
  }
  if (process.env[childVariable] !== undefined) {
    process.once('disconnect', onSignal)
    process.channel?.unref()
  }
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, onSignal)
  return controller.signal
}
