import { isIP } from 'node:net'

/**
 * Whether a Host header names this server: an IP address, an allowed name, or `*` for any. Names are checked because a
 * web page can point a name of its own at a local node (DNS rebinding); an address cannot be rebound.
 */
export function isAllowedHost(host: string | undefined, allowed: ReadonlySet<string>): boolean {
  if (allowed.has('*')) return true
  if (host === undefined) return true
  const name = hostName(host)
  return name !== undefined && (isIP(name) !== 0 || allowed.has(name))
}

/** What a refused caller is told; the header is not repeated. */
export const hostRefusal =
  'invalid host specified: start the node with --http.vhosts=<this host name> (or * for any) to allow it\n'

/** The name in `name`, `name:port`, `[v6]` or `[v6]:port`. */
function hostName(host: string): string | undefined {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]]+))(?::\d{1,5})?$/.exec(host)
  return (match?.[1] ?? match?.[2])?.toLowerCase().replace(/\.$/, '')
}
