import assert from 'node:assert/strict'
import { test } from 'node:test'
import { NodeError } from '../../core/errors.ts'
import type { HttpOptions } from '../../node/roles/options.ts'
import { nameFlag } from '../../node/threads/listenFailure.ts'
import { defaultLimits } from '../../rpc/limits.ts'
import { ListenError, type ServerName } from '../../rpc/server/listenError.ts'

const http: HttpOptions = {
  host: '10.0.0.1',
  port: 8545,
  namespaces: [],
  corsOrigins: [],
  hosts: [],
  metricsHost: '127.0.0.1',
  metricsPort: 9090,
  limits: defaultLimits,
  trustProxy: false,
  admin: { socket: undefined, tcp: { host: '127.0.0.2', port: 9999, secret: new Uint8Array(32) } },
}

const system = (code: string) => Object.assign(new Error(code), { code })

function named(server: ServerName, errno: string, options = http): NodeError {
  const [host, port] =
    server === 'main' ? [options.host, options.port] : [options.metricsHost, options.metricsPort ?? 0]
  const error = nameFlag(new ListenError({ server, host, port }, system(errno)), options)
  assert.ok(error instanceof NodeError)
  return error
}

test('a failed listen names the port, the cause and the flag to change', () => {
  const main = named('main', 'EADDRINUSE')
  assert.deepEqual([main.code, main.message], ['port_in_use', 'port 8545 on 10.0.0.1 is in use'])
  assert.match(main.fix ?? '', /--http\.port 8645/)
  const metrics = named('monitor', 'EADDRINUSE')
  assert.equal(metrics.message, 'port 9090 on 127.0.0.1 is in use')
  assert.match(metrics.fix ?? '', /--metrics\.port/)
  const admin = named('admin', 'EADDRINUSE')
  assert.equal(admin.message, 'port 9999 on 127.0.0.2 is in use')
  assert.match(admin.fix ?? '', /--admin\.port/)
  const address = named('main', 'EADDRNOTAVAIL')
  assert.deepEqual([address.code, address.fix], ['listen_failed', 'correct --http.addr'])
  assert.match(named('main', 'EACCES').fix ?? '', /above 1023/)
  assert.match(named('main', 'EWHAT').message, /EWHAT/)
})

test('the two servers are told apart whatever their addresses have in common', () => {
  for (const options of [
    { ...http, metricsPort: 8545, metricsHost: '10.0.0.1' },
    { ...http, metricsPort: 85451, metricsHost: '10.0.0.1' },
    { ...http, port: 9090 },
  ]) {
    for (const errno of ['EADDRINUSE', 'EADDRNOTAVAIL']) {
      assert.match(named('monitor', errno, options).fix ?? '', /--metrics/)
      assert.match(named('main', errno, options).fix ?? '', /--http/)
    }
  }
})

test('other failures stay as they are', () => {
  const error = new Error('x')
  assert.equal(nameFlag(error, http), error)
})
