import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { NodeError } from '../../core/errors.ts'
import { envName } from '../../node/config/names.ts'
import { resolveConfig } from '../../node/config/resolve.ts'
import { type Key, optionList } from '../../node/config/table.ts'

const folder = mkdtempSync(join(tmpdir(), 'ol-config-test-'))
after(() => rmSync(folder, { recursive: true, force: true }))

function resolve(options: {
  flags?: [Key, unknown][]
  env?: Record<string, string>
  file?: string
  verb?: 'run' | 'devnet' | 'replica'
}) {
  const path = join(folder, 'node.yaml')
  if (options.file !== undefined) writeFileSync(path, options.file)
  const flags = new Map<Key, unknown>(options.flags ?? [])
  if (options.file !== undefined) flags.set('config', path)
  return resolveConfig({ verb: options.verb ?? 'run', flags, env: options.env ?? {}, isContainer: false })
}

function refusal(run: () => unknown): NodeError {
  try {
    run()
  } catch (error) {
    assert.ok(error instanceof NodeError)
    return error
  }
  assert.fail('not refused')
}

test('a flag wins over the environment, that over the file, that over the default', () => {
  const file = 'http:\n  port: 3\n'
  const env = { OPENLEDGER_HTTP_PORT: '2' }
  assert.equal(resolve({ flags: [['http.port', '1']], env, file }).config['http.port'], 1)
  assert.equal(resolve({ env, file }).config['http.port'], 2)
  assert.equal(resolve({ file }).config['http.port'], 3)
  assert.equal(resolve({}).config['http.port'], 8545)
})

test('each value names its source', () => {
  const { sources } = resolve({
    flags: [['http.addr', '::1']],
    env: { OPENLEDGER_LOG_LEVEL: 'warn' },
    file: 'role: sequencer\nhttp.port: 3\n',
  })
  assert.equal(sources['http.addr'], 'flag --http.addr')
  assert.equal(sources['log.level'], 'env OPENLEDGER_LOG_LEVEL')
  assert.match(sources['http.port'], /^file .*node\.yaml:2$/)
  assert.equal(sources['db.cache'], 'default')
})

test('a replica that joins has defaults of its own: ports that no devnet takes', () => {
  const replica = resolve({ verb: 'replica' }).config
  const devnet = resolve({ verb: 'devnet' }).config
  const taken = [devnet['http.port'], devnet['validator.port'], devnet['p2p.port'], devnet['validator.p2p.port']]
  assert.equal(new Set([...taken, replica['http.port'], replica['p2p.port']]).size, 6)
  assert.equal(resolve({ verb: 'replica', env: { OPENLEDGER_HTTP_PORT: '1' } }).config['http.port'], 1)
})

test('the development chain has defaults of its own', () => {
  assert.deepEqual(resolve({ verb: 'devnet' }).config['http.corsdomain'], ['*'])
  assert.deepEqual(resolve({ verb: 'run' }).config['http.corsdomain'], [])
})

test('inside a container the servers listen on all addresses unless told otherwise', () => {
  const inputs = { verb: 'devnet', env: {}, isContainer: true } as const
  const byItself = resolveConfig({ ...inputs, flags: new Map() })
  assert.equal(byItself.config['http.addr'], '0.0.0.0')
  assert.equal(byItself.sources['http.addr'], 'default inside a container')
  const told = resolveConfig({ ...inputs, flags: new Map([['http.addr', '127.0.0.1']]) })
  assert.equal(told.config['http.addr'], '127.0.0.1')
  assert.equal(resolve({}).config['http.addr'], '127.0.0.1')
})

test('nested, dotted and list forms of the file mean the same', () => {
  assert.deepEqual(resolve({ file: 'http: { api: [eth, net] }' }).config['http.api'], ['eth', 'net'])
  assert.deepEqual(resolve({ file: 'http.api: eth,net' }).config['http.api'], ['eth', 'net'])
})

test('an unknown key of the file is refused with file, line and the nearest key', () => {
  const error = refusal(() => resolve({ file: 'log.level: info\nhttp:\n  prot: 1\n' }))
  assert.match(error.message, /node\.yaml, line 3: has the unknown setting "http\.prot"/)
  assert.equal(error.fix, 'did you mean "http.port"?')
})

test('a repeated key, a bad value, broken YAML and a file without settings are refused with their line', () => {
  assert.match(
    refusal(() => resolve({ file: 'http.port: 1\nhttp:\n  port: 2\n' })).message,
    /line 3: sets "http\.port" a second/,
  )
  assert.match(
    refusal(() => resolve({ file: '\nhttp.port: 70000\n' })).message,
    /line 2: "http\.port" does not take 70000$/,
  )
  assert.match(refusal(() => resolve({ file: 'a: [1\nb: 2' })).message, /line \d+: is not valid YAML/)
  assert.match(refusal(() => resolve({ file: '- 1\n' })).message, /line 1: is not a list of settings/)
})

test('settings that must not be in a file are refused there', () => {
  assert.match(refusal(() => resolve({ file: 'password: x\n' })).message, /unknown setting "password"/)
})

test('an unknown variable with our prefix is refused with the nearest name, others are ignored', () => {
  const error = refusal(() => resolve({ env: { OPENLEDGER_HTTP_PROT: '1' } }))
  assert.equal(error.message, 'unknown environment variable OPENLEDGER_HTTP_PROT')
  assert.equal(error.fix, 'did you mean OPENLEDGER_HTTP_PORT?')
  resolve({ env: { OPENLEDGER_VECTORS: '/v', HTTP_PORT: 'x' } })
  resolve({
    env: {
      OPENLEDGER_PORT: 'tcp://10.0.0.1:80',
      OPENLEDGER_SERVICE_HOST: '10.0.0.1',
      OPENLEDGER_PORT_80_TCP_PORT: '80',
    },
  })
})

for (const [key, value] of [
  ['http.port', '65536'],
  ['http.port', ''],
  ['http.port', '1e3'],
  ['http.port', '-1'],
  ['block-time', '0'],
  ['block-time', 'abc'],
  ['accounts', '0'],
  ['log.level', 'loud'],
  ['http.api', 'eth,,net'],
  ['mining', 'maybe'],
  ['chain', ''],
] as const) {
  test(`refuses ${key} = "${value}" and says what is expected`, () => {
    const error = refusal(() => resolve({ env: { [envName(key)]: value } }))
    assert.equal(error.code, 'config')
    assert.equal(error.message, `${envName(key)} does not take "${value}"`)
    assert.match(error.fix ?? '', /^give (a whole number|a number|one of|some of|some text|true or false)/)
  })
}

test('a config file that is missing is refused', () => {
  const error = refusal(() =>
    resolveConfig({
      verb: 'run',
      flags: new Map([['config', join(folder, 'none.yaml')]]),
      env: {},
      isContainer: false,
    }),
  )
  assert.match(error.message, /cannot be read/)
})

test('no two settings share an environment variable, and every default has the type of its setting', () => {
  assert.equal(new Set(optionList.map(([key]) => envName(key))).size, optionList.length)
  for (const [key, option] of optionList) {
    for (const value of [option.default, option.devnet]) {
      if (value !== undefined) assert.ok(option.type.schema.safeParse(value).success, key)
    }
  }
})
