import { NodeError } from '../../core/errors.ts'
import { ListenError, type ServerName } from '../../rpc/server/listenError.ts'
import { withFlags } from '../config/npm.ts'
import type { HttpOptions } from '../roles/options.ts'

/** What a failed listen means, by the code of the system's error. */
const causes: Readonly<Record<string, readonly [cause: string, fix: (flag: string, port: number) => string]>> = {
  EADDRINUSE: [
    'is in use',
    (flag, port) =>
      `stop the program that uses it, or choose another port: ${withFlags(process.env, `${flag}.port ${port === 8645 ? 8646 : 8645}`)} (0 takes a free one)`,
  ],
  EACCES: ['needs more rights than this process has', (flag) => `choose a port above 1023 with ${flag}.port`],
  EADDRNOTAVAIL: ['is on an address that this machine does not have', (flag) => `correct ${flag}.addr`],
  ENOTFOUND: ['is on a host name that is not known', (flag) => `correct ${flag}.addr`],
}

type Place = { readonly flag: string; readonly host: string | undefined; readonly port: number | undefined }

function placeOf(server: ServerName, { host, port, metricsHost, metricsPort, admin }: HttpOptions): Place {
  if (server === 'main') return { flag: '--http', host, port }
  if (server === 'monitor') return { flag: '--metrics', host: metricsHost, port: metricsPort }
  return { flag: '--admin', host: admin?.tcp?.host, port: admin?.tcp?.port }
}

/** A server's failure to listen, with the flag to change: the server itself does not know where its port came from. */
export function nameFlag(error: unknown, http: HttpOptions): unknown {
  if (!(error instanceof ListenError)) return error
  const { flag, host, port } = placeOf(error.server, http)
  const [cause, fix] = causes[error.errno] ?? [
    `cannot be taken (${error.errno})`,
    () => `check ${flag}.addr and ${flag}.port`,
  ]
  return new NodeError({
    code: error.code,
    severity: 'fatal',
    message: `port ${port} on ${host} ${cause}`,
    fix: fix(flag, port ?? 0),
  })
}
