import { isIP } from 'node:net'

/** Longer texts are no addresses. */
const maxNameLength = 64

/**
 * Whom an address stands for: the address itself in one spelling, of IPv6 the /64 network, as one customer has a whole
 * one. Some proxies add the client's port: it does not count. What is no address (a proxy's own name for its client)
 * stays as it is, cut to a bounded length.
 */
export function callerOf(text: string): string {
  const ip = addressIn(text)
  if (isIP(ip) !== 6) return ip.slice(0, maxNameLength)
  const groups = groupsOf(ip)
  const [a, b, c, d, e, f, high = 0, low = 0] = groups
  if (f === 0xffff && [a, b, c, d, e].every((group) => group === 0)) {
    return [high >> 8, high & 255, low >> 8, low & 255].join('.')
  }
  if (groups.every((group, i) => group === (i === 7 ? 1 : 0))) return '::1'
  return `${groups
    .slice(0, 4)
    .map((group) => group.toString(16))
    .join(':')}::/64`
}

/** Whether an address is one of this machine, `127.0.0.0/8` or `::1`, however it is written. */
export function isLocal(ip: string): boolean {
  const caller = callerOf(ip)
  return caller === '::1' || /^127\.\d+\.\d+\.\d+$/.test(caller)
}

/** The address in `v4:port`, `[v6]` or `[v6]:port`; other texts as they are. */
function addressIn(text: string): string {
  const match = /^(?:\[([0-9a-f:.]+(?:%[^\]]*)?)\](?::\d{1,5})?|(\d+\.\d+\.\d+\.\d+):\d{1,5})$/i.exec(text)
  return match?.[1] ?? match?.[2] ?? text
}

/** The eight numbers of an IPv6 address. */
function groupsOf(ip: string): readonly number[] {
  const [head = '', tail] = ip
    .replace(/%.*$/, '')
    .replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_, ...bytes: string[]) => {
      const [a = 0, b = 0, c = 0, d = 0] = bytes.slice(0, 4).map(Number)
      return `${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`
    })
    .split('::')
  const before = head === '' ? [] : head.split(':')
  const after = tail === undefined || tail === '' ? [] : tail.split(':')
  const zeros = new Array<string>(Math.max(0, 8 - before.length - after.length)).fill('0')
  return [...before, ...zeros, ...after].map((group) => Number.parseInt(group, 16))
}
