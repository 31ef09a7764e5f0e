/** What the caller of a failed operation should do: try again, rebuild what it holds, or stop the process. */
export type Severity = 'retry' | 'reset' | 'fatal'

/**
 * An outage: something outside the rules failed (disk, network, another process). Thrown, and caught only in loops,
 * at start-up and in RPC dispatch. `message` names the cause, `fix` what an operator can do, both on one line.
 */
export class NodeError extends Error {
  readonly code: string
  readonly severity: Severity
  readonly fix: string | undefined

  constructor(
    details: { code: string; severity: Severity; message: string; fix?: string },
    options?: { cause?: unknown },
  ) {
    super(details.message, options)
    this.name = 'NodeError'
    this.code = details.code
    this.severity = details.severity
    this.fix = details.fix
  }
}

/** A bug if false: throws, the process stops and restarts safely. */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new Error(`assertion failed: ${message}`)
}
