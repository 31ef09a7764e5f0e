import { isIP } from 'node:net'

/** Longer texts are no addresses. */
const maxNameLength = 64

/**
 * Whom an address stands for: the address itself in one spelling, of IPv6 the /64 network, as one customer has a whole
 * one. What is no address (a proxy's own name for its client) stays as it is, cut to a bounded length.
 */
export function callerOf(ip: string): string {
  if (!ip.includes(':')) return ip.slice(0, maxNameLength)
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(ip)?.[1]
  if (mapped !== undefined) return mapped
  return isIP(ip) === 6 && !isLocal(ip) ? networkOf(ip) : ip.slice(0, maxNameLength)
}

/** Whether an address is one of this machine: `127.0.0.0/8` or `::1`. */
export function isLocal(ip: string): boolean {
  return ip === '::1' || /^(?:::ffff:)?127\.\d+\.\d+\.\d+$/i.test(ip)
}

/** The first four groups of an IPv6 address, without leading zeros. */
function networkOf(ip: string): string {
  const [head = '', tail] = ip.replace(/%.*$/, '').split('::')
  const before = head === '' ? [] : head.split(':')
  const after = tail === undefined || tail === '' ? [] : tail.split(':')
  // An IPv4 address at the end stands for two groups.
  const written = before.length + after.length + (ip.includes('.') ? 1 : 0)
  const zeros = new Array<string>(Math.max(0, 8 - written)).fill('0')
  const groups = [...before, ...zeros, ...after].slice(0, 4)
  return `${groups.map((group) => group.toLowerCase().replace(/^0+(?=.)/, '')).join(':')}::/64`
}
