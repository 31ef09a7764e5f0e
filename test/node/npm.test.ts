import assert from 'node:assert/strict'
import { test } from 'node:test'
import { NodeError } from '../../core/errors.ts'
import { checkNpmFlags, withFlags } from '../../node/config/npm.ts'

const byStart = { npm_package_name: 'openledger-node', npm_lifecycle_event: 'start' }
const bySolo = { ...byStart, npm_lifecycle_event: 'solo' }
const byScript = { npm_package_name: 'openledger-node', npm_lifecycle_event: 'openledger' }

function fixOf(env: Record<string, string>, args: readonly string[]): string | undefined {
  try {
    checkNpmFlags(env, args)
  } catch (error) {
    assert.ok(error instanceof NodeError)
    assert.equal(error.code, 'usage')
    return error.fix
  }
  return undefined
}

test('a flag that npm kept is refused with the command to type', () => {
  for (const [env, args, command] of [
    [{ ...byStart, npm_config_data_dir: './x' }, ['devnet'], 'npm start -- --data-dir ./x'],
    [{ ...byStart, npm_config_data_dir: 'true' }, ['devnet', './x'], 'npm start -- --data-dir ./x'],
    [{ ...byStart, 'npm_config_http.port': '9545' }, ['devnet'], 'npm start -- --http.port 9545'],
    [{ ...byStart, npm_config_datadir: './x' }, ['devnet'], 'npm start -- --data-dir ./x'],
    [{ ...bySolo, npm_config_mining: '' }, ['devnet', '--solo'], 'npm run solo -- --no-mining'],
    [{ ...bySolo, npm_config_data_dir: 'true' }, ['devnet', '--solo', './x'], 'npm run solo -- --data-dir ./x'],
    [{ ...byStart, npm_config_mnemonic: 'my words' }, ['devnet'], 'npm start -- --mnemonic <words>'],
    [
      { ...byScript, npm_config_data_dir: 'true' },
      ['db', 'stats', './x'],
      'npm run openledger -- db stats --data-dir ./x',
    ],
  ] as const) {
    assert.equal(fixOf(env, args), `put -- before the flags: \`${command}\``)
  }
})

test("npm's own settings, other packages and other ways to start are left alone", () => {
  assert.equal(fixOf({ ...byStart, npm_config_json: 'true', npm_config_loglevel: 'warn' }, ['devnet']), undefined)
  assert.equal(fixOf({ ...byStart, npm_package_name: 'other', npm_config_data_dir: './x' }, ['devnet']), undefined)
  assert.equal(fixOf({ npm_config_data_dir: './x' }, ['devnet']), undefined)
})

test('a fix shows the whole command after npm start and the flag alone otherwise', () => {
  assert.equal(withFlags(byStart, '--http.port 9545'), '`npm start -- --http.port 9545`')
  assert.equal(withFlags(bySolo, '--http.port 9545'), '`npm run solo -- --http.port 9545`')
  assert.equal(withFlags({}, '--http.port 9545'), '--http.port 9545')
})
