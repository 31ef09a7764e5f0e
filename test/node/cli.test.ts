import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { commands } from '../../node/cli/commands.ts'
import { parseArguments } from '../../node/cli/program.ts'
import { run } from './spawn.ts'

const folder = mkdtempSync(join(tmpdir(), 'ol-cli-test-'))
after(() => rmSync(folder, { recursive: true, force: true }))

test('every command parses its own first example', () => {
  for (const command of commands) {
    const line = command.examples[0]!.split('|').at(-1)!.trim()
    const parsed = parseArguments(line.split(' ').slice(1), commands, '0')
    assert.equal(parsed?.command.name, command.name)
  }
})

test('a short flag and an alias set the same setting as the full name', () => {
  const flags = (line: string) => parseArguments(line.split(' '), commands, '0')?.flags
  assert.deepEqual(flags('devnet -b 2'), flags('devnet --block-time 2'))
  assert.deepEqual(flags('devnet --datadir x'), flags('devnet --data-dir x'))
  assert.equal(flags('devnet --no-mining')?.get('mining'), false)
})

const oneLine = /^openledger: [^\n]+ Fix: [^\n]+[.?]\n$/

for (const [args, env, pattern] of [
  [['devnet', '--htp.port', '1'], {}, /unknown option '--htp\.port'\. Fix: did you mean --http\.port\?/],
  [['devnt'], {}, /unknown command 'devnt'\. Fix: did you mean devnet\?/],
  [['devnet', '--http.port', 'abc'], {}, /--http\.port does not take "abc"\. Fix: give a whole number from 0 to 65535/],
  [['devnet', '--log.level', 'loud'], {}, /--log\.level does not take "loud"\. Fix: give one of error, warn/],
  [['devnet', '--block-time', '-1'], {}, /--block-time does not take "-1"\. Fix: give a number from 0\.001 to 86400/],
  [['devnet', '--solo', '--block-time', '1', '--no-mining'], {}, /--no-mining and --block-time exclude each other/],
  [['devnet', '--block-time', '1'], {}, /--block-time is for a chain without L1 only\. Fix: add --solo/],
  [['devnet', '--accounts', '3'], {}, /--accounts is for a chain without L1 only\. Fix: add --solo/],
  [['devnet'], { OPENLEDGER_MNEMONIC: 'my words' }, /--mnemonic is for a chain without L1 only\. Fix: add --solo/],
  [['devnet', '--solo', '--l1-rpc', 'http://127.0.0.1:1'], {}, /--l1-rpc .* not with --solo/],
  [['devnet', '--solo', '--mnemonic', 'not a mnemonic'], {}, /the mnemonic is not/],
  [['config', 'print', '--for', 'foo'], {}, /--for does not take "foo"\. Fix: give devnet, run or replica/],
  [['db', 'stats', '--nonsense-flag'], {}, /`openledger db stats --help`/],
  [
    ['devnet'],
    { npm_package_name: 'openledger-node', npm_lifecycle_event: 'start', npm_config_data_dir: './x' },
    /npm kept --data-dir for itself\. Fix: put -- before the flags: `npm start -- --data-dir \.\/x`/,
  ],
  [
    ['devnet', '9545'],
    { npm_package_name: 'openledger-node', npm_lifecycle_event: 'start' },
    /too many arguments.* Fix: .*`npm start -- --http\.port 8645`/,
  ],
  [['devnet', '--http.port'], {}, /argument missing/],
  [['devnet', 'extra'], {}, /too many arguments/],
  [['export'], {}, /missing required argument 'file'/],
  [
    ['config', 'print'],
    { OPENLEDGER_HTP_PORT: '1' },
    /unknown environment variable OPENLEDGER_HTP_PORT\. Fix: did you mean OPENLEDGER_HTTP_PORT\?/,
  ],
] as const) {
  test(`refuses "${args.join(' ')}" ${JSON.stringify(env)} in one line with exit code 2`, async () => {
    const { code, stdout, stderr } = await run(args, env)
    assert.equal(code, 2)
    assert.equal(stdout, '')
    assert.match(stderr, oneLine)
    assert.match(stderr, pattern)
  })
}

test('a config file with a typo is refused with file and line', async () => {
  const file = join(folder, 'node.yaml')
  writeFileSync(file, 'http:\n  prot: 1\n')
  const { code, stderr } = await run(['config', 'print', '--config', file])
  assert.equal(code, 2)
  assert.match(stderr, oneLine)
  assert.match(stderr, /node\.yaml, line 2: has the unknown setting "http\.prot"\. Fix: did you mean "http\.port"\?/)
})

test('failures are JSON with --json', async () => {
  const { code, stderr } = await run(['status', '--json', '--rpc.url', 'http://127.0.0.1:1'])
  assert.equal(code, 1)
  assert.equal(JSON.parse(stderr).error.code, 'no_node')
})

test('config print shows value and source, never a secret', async () => {
  const env = { OPENLEDGER_HTTP_PORT: '7', OPENLEDGER_PASSWORD: 'hunter2', OPENLEDGER_MNEMONIC: 'my own words' }
  const { code, stdout } = await run(['config', 'print', '--log.level', 'warn'], env)
  assert.equal(code, 0)
  assert.match(stdout, /^http\.port +7 +# env OPENLEDGER_HTTP_PORT$/m)
  assert.match(stdout, /^log\.level +warn +# flag --log\.level$/m)
  assert.match(stdout, /^metrics\.port +\(not set\) +# default$/m)
  assert.doesNotMatch(stdout, /hunter2|my own words/)
})

test('help starts with examples and is no failure', async () => {
  const { code, stdout } = await run(['devnet', '--help'])
  assert.equal(code, 0)
  assert.match(stdout, /^Examples:\n {2}openledger devnet\n/)
  assert.match(stdout, /--http\.port <port>/)
})

test('the help of a group shows its commands', async () => {
  const { code, stdout } = await run(['db', '--help'])
  assert.equal(code, 0)
  assert.match(stdout, /^Examples:\n {2}openledger db stats --data-dir \.\/data\n {2}openledger db verify/)
})

test('version names the node and the runtime', async () => {
  const { code, stdout } = await run(['version'])
  assert.equal(code, 0)
  assert.match(stdout, /^openledger \d+\.\d+\.\d+.*, node 24\./)
})
