import { NodeError } from '../../core/errors.ts'

/** The main server, or that of health and metrics, or of the admin methods, on a port of its own. */
export type ServerName = 'main' | 'monitor' | 'admin'

/** A server that cannot listen: which one, and the code of the system's error (`EADDRINUSE`; empty if it has none). */
export class ListenError extends NodeError {
  readonly server: ServerName
  readonly errno: string

  constructor(
    { server, host, port }: { readonly server: ServerName; readonly host: string; readonly port: number },
    cause: unknown,
  ) {
    const errno = errnoOf(cause)
    super(
      errno === 'EADDRINUSE'
        ? {
            code: 'port_in_use',
            severity: 'fatal',
            message: `port ${port} on ${host} is in use`,
            fix: 'stop the program that uses it, or choose another port (0 takes a free one)',
          }
        : { code: 'listen_failed', severity: 'fatal', message: `cannot listen on ${host}:${port} (${errno})` },
      { cause },
    )
    this.server = server
    this.errno = errno
  }
}

function errnoOf(cause: unknown): string {
  return cause instanceof Error && 'code' in cause ? String(cause.code) : ''
}
