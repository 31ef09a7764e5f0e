import assert from 'node:assert/strict'
import { test } from 'node:test'
import { NodeError } from '../../core/errors.ts'
import type { HttpOptions } from '../../node/roles/options.ts'
import { nameFlag } from '../../node/threads/listenFailure.ts'
import { defaultLimits } from '../../rpc/limits.ts'

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
}

function named(code: string, message: string, reason: string): NodeError {
  const cause = Object.assign(new Error(reason), { code: reason })
  const error = nameFlag(new NodeError({ code, severity: 'fatal', message }, { cause }), http)
  assert.ok(error instanceof NodeError)
  return error
}

test('a failed listen names the port, the cause and the flag to change', () => {
  const main = named('port_in_use', 'port 8545 on 10.0.0.1 is in use', 'EADDRINUSE')
  assert.equal(main.message, 'port 8545 on 10.0.0.1 is in use')
  assert.match(main.fix ?? '', /--http\.port 9545/)
  const metrics = named('port_in_use', 'port 9090 on 127.0.0.1 is in use', 'EADDRINUSE')
  assert.match(metrics.fix ?? '', /--metrics\.port/)
  const address = named('listen_failed', 'cannot listen on 10.0.0.1:8545 (EADDRNOTAVAIL)', 'EADDRNOTAVAIL')
  assert.equal(address.fix, 'correct --http.addr')
  const right = named('listen_failed', 'cannot listen on 10.0.0.1:8545 (EACCES)', 'EACCES')
  assert.match(right.fix ?? '', /above 1023/)
  assert.match(named('listen_failed', 'cannot listen on 10.0.0.1:8545 (EWHAT)', 'EWHAT').message, /EWHAT/)
})

test('other failures stay as they are', () => {
  const error = new Error('x')
  assert.equal(nameFlag(error, http), error)
})
