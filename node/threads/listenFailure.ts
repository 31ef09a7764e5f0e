import { NodeError } from '../../core/errors.ts'
import { withFlags } from '../config/npm.ts'
import type { HttpOptions } from '../roles/options.ts'

/** What a failed listen means, by the code of the system's error. */
const causes: Readonly<Record<string, readonly [cause: string, fix: (flag: string, port: number) => string]>> = {
  EADDRINUSE: [
    'is in use',
    (flag, port) =>
      `stop the program that uses it, or choose another port: ${withFlags(process.env, `${flag}.port ${port === 9545 ? 9546 : 9545}`)} (0 takes a free one)`,
  ],
  EACCES: ['needs more rights than this process has', (flag) => `choose a port above 1023 with ${flag}.port`],
  EADDRNOTAVAIL: ['is on an address that this machine does not have', (flag) => `correct ${flag}.addr`],
  ENOTFOUND: ['is on a host name that is not known', (flag) => `correct ${flag}.addr`],
}

/** The server's failure to listen, with the flag to change: the server itself does not know where its port came from. */
export function nameFlag(error: unknown, http: HttpOptions): unknown {
  if (!(error instanceof NodeError) || (error.code !== 'port_in_use' && error.code !== 'listen_failed')) return error
  const isMain = error.message.includes(`port ${http.port} `) || error.message.includes(`${http.host}:${http.port}`)
  const flag = isMain ? '--http' : '--metrics'
  const [host, port] = isMain ? [http.host, http.port] : [http.metricsHost, http.metricsPort]
  const reason = error.cause instanceof Error && 'code' in error.cause ? String(error.cause.code) : ''
  const [cause, fix] = causes[reason] ?? [`cannot be taken (${reason})`, () => `check ${flag}.addr and ${flag}.port`]
  return new NodeError({
    code: error.code,
    severity: 'fatal',
    message: `port ${port} on ${host} ${cause}`,
    fix: fix(flag, port ?? 0),
  })
}
