import assert from 'node:assert/strict'
import { test } from 'node:test'
import { resolveConfig } from '../../node/config/resolve.ts'
import { type Key, optionList } from '../../node/config/table.ts'
import { sharedFlags } from '../../node/devnet/childFlags.ts'

const configOf = (given: Record<string, unknown>) => {
  const flags = new Map(Object.entries(given)) as ReadonlyMap<Key, unknown>
  return resolveConfig({ verb: 'devnet', flags, env: {}, isContainer: false }).config
}

test('the processes of a devnet get its settings, and none that is theirs alone', () => {
  const flags = sharedFlags(configOf({ 'rpc.gascap': '7000000' }))
  const valueAfter = (name: string) => flags[flags.indexOf(name) + 1]
  assert.equal(valueAfter('--rpc.gascap'), '7000000')
  // Defaults of devnet, which differ from those of run.
  assert.equal(valueAfter('--proposer.at'), 'safe')
  assert.equal(valueAfter('--rpc.ratelimit'), '0')
  for (const own of ['--http.port', '--data-dir', '--json', '--metrics.port', '--config'])
    assert(!flags.includes(own), own)
})

test('every setting that devnet and run share goes to the processes or is one of their own', () => {
  const shared = optionList.filter(([, { verbs }]) => verbs.includes('devnet') && verbs.includes('run'))
  const flags = sharedFlags(configOf({}))
  const left = shared.filter(([key, { type }]) => !type.isSwitch && !flags.includes(`--${key}`)).map(([key]) => key)
  assert.deepEqual(left.sort(), [
    'config',
    'data-dir',
    'http.api',
    'http.port',
    'l1-beacon',
    'l1-rpc',
    'log.format',
    'log.level',
    'metrics.addr',
    'metrics.port',
    'p2p.port',
  ])
})
