import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { parseEther } from 'viem'
import { createDocTree } from '../../attribution/kernel/claims.ts'
import { NodeError } from '../../core/errors.ts'
import { sell } from '../../examples/attribution/channel.ts'
import { openExample } from '../../examples/attribution/setup.ts'
import { toJson } from '../../node/cli/output.ts'
import { signingKey } from '../../node/cli/protocol/signer.ts'
import { resolveConfig } from '../../node/config/resolve.ts'
import { storeKey } from '../../node/keys/store.ts'
import { batchFileToJson, createBatchFile } from '../../sdk/batch.ts'
import { type DevNode, request, startDevNode } from '../rpc/devNode.ts'
import { run } from './spawn.ts'
import { verbRunner } from './verbRunner.ts'

const folder = mkdtempSync(join(tmpdir(), 'ol-verbs-test-'))
let node: DevNode
before(async () => {
  node = await startDevNode()
})
after(async () => {
  await node.close()
  rmSync(folder, { recursive: true, force: true })
})

/** What the JSON of the verbs has; each verb has some of it. */
type Facts = Readonly<
  Record<'datanet' | 'contribution' | 'version' | 'model' | 'agent' | 'batch' | 'kind', string> &
    Record<'bond' | 'credit' | 'amount' | 'deposit' | 'sequence', string> &
    Record<'channel' | 'documents' | 'byteLength' | 'rest', number> &
    Record<'paid' | 'corpus', readonly string[]> & { isPrivate: boolean }
>

/** Runs a command line in this process: the text for people, and the JSON as whoever reads it gets it. */
const openledger = (...argv: readonly string[]) => verbRunner<Facts>(node.url)(...argv)

const refused = (code: string, message: RegExp) => (thrown: unknown) =>
  thrown instanceof NodeError && thrown.code === code && message.test(thrown.message) && thrown.fix !== ''

/** Lets the chain's time pass. */
async function pass(seconds: number): Promise<void> {
  await request(node.url, 'evm_increaseTime', [seconds])
  await request(node.url, 'evm_mine')
}

function write(name: string, text: string): string {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}

test('files become contributions, a version, and the corpus of a model', async () => {
  const created = await openledger('datanet', 'create', '--licence', 'CC0-1.0', '--bond-per-kb', '2', '--dev', '0')
  const { datanet } = created.facts
  const poem = write('poem.txt', 'roses are red')
  const essay = write('essay.txt', 'On the nature of things.')

  const committed = await openledger('datanet', 'commit', datanet, poem, '--dev', '1')
  assert.equal(committed.facts.bond, parseEther('2').toString())
  const secret = `${poem}.commit.json`
  if (process.platform !== 'win32') assert.equal(statSync(secret).mode & 0o077, 0)
  await assert.rejects(
    openledger('datanet', 'commit', datanet, poem, '--dev', '1'),
    refused('refused', /is committed already/),
  )
  await assert.rejects(
    openledger('datanet', 'publish', datanet, poem, '--dev', '0'),
    refused('refused', /no contribution/),
  )
  const narrow = openledger('datanet', 'reveal', poem, '--consent', 'train', '--dev', '1')
  await assert.rejects(narrow, refused('refused', /ConsentTooNarrow/))
  const revealed = await openledger('datanet', 'reveal', poem, '--dev', '1')
  assert.match(revealed.text, /for train, retrieve, evaluate, commercial/)
  await openledger('datanet', 'commit', datanet, essay, '--dev', '2')
  writeFileSync(essay, 'changed')
  await assert.rejects(openledger('datanet', 'reveal', essay, '--dev', '2'), refused('usage', /has changed/))
  writeFileSync(essay, 'On the nature of things.')
  await openledger('datanet', 'reveal', essay, '--dev', '2')

  await assert.rejects(
    openledger('datanet', 'publish', datanet, essay, '--dev', '0'),
    refused('refused', /becomes active in \d s/),
  )
  await pass(6)
  const out = join(folder, 'version.json')
  const twice = openledger('datanet', 'publish', datanet, essay, poem, essay, '--dev', '0')
  await assert.rejects(twice, refused('refused', /the content of another file/))
  const { facts } = await openledger('datanet', 'publish', datanet, essay, poem, '--out', out, '--dev', '0')
  assert.deepEqual([facts.sequence, facts.documents, facts.byteLength], ['1', 2, 38])
  const { documents } = JSON.parse(readFileSync(out, 'utf8'))
  assert.deepEqual(
    documents.map(({ file, start }: { file: string; start: number }) => [file, start]),
    [
      [poem, 0],
      [essay, 14],
    ],
  )
  await assert.rejects(openledger('claim', 'base', out, '--dev', '9'), refused('refused', /have earned nothing yet/))

  const kinds = []
  for (const id of [datanet, committed.facts.contribution, facts.version])
    kinds.push((await openledger('datanet', 'show', id)).facts.kind)
  assert.deepEqual(kinds, ['datanet', 'contribution', 'version'])
  await openledger('datanet', 'revoke', committed.facts.contribution, '--dev', '1')
  assert.match((await openledger('datanet', 'show', committed.facts.contribution!)).text, /revokedAt +20/)

  write('weights.bin', 'weights')
  const description = { weights: 'weights.bin', kind: 'base', class: 'EXACT', priceOut: '0.5', margin: '50%' }
  const file = write('model.json', JSON.stringify({ ...description, versions: [facts.version] }))
  const { model } = (await openledger('model', 'register', file, '--dev', '4')).facts
  const shown = await openledger('model', 'show', model)
  assert.match(shown.text, /kind +base\n.*class +EXACT\n.*priceIn +0 OPEN\n.*priceOut +0\.5 OPEN\n.*marginBps +50 %/s)
  assert.deepEqual(shown.facts.corpus, [facts.version])
  await openledger('model', 'retire', model, '--dev', '4')
})

test('a channel, a batch, claims and withdrawals', async () => {
  const example = openExample(node.url, () => {})
  const sale = await sell(example)
  const { channel } = sale
  const batchFile = write('batch.json', batchFileToJson(createBatchFile(sale.body, sale)))
  await openledger('channel', 'topup', `${channel}`, '1.5', '--dev', '7')
  await assert.rejects(openledger('settle', 'batch', batchFile, '--dev', '8'), refused('refused', /NotAllowed/))
  const { batch } = (await openledger('settle', 'batch', batchFile, '--dev', '6')).facts
  const early = openledger('settle', 'finalize', batch, '--dev', '9')
  await assert.rejects(
    early,
    (thrown) =>
      refused('refused', /TooEarly, earliest in (?:1 min \d|5\d) s \(chain time 20\d\d-/)(thrown) &&
      /evm_increaseTime \d\d .*evm_mine/.test((thrown as NodeError).fix ?? ''),
  )
  await pass(61)
  const final = await openledger('settle', 'finalize', batch, '--dev', '9')
  assert.match(final.text, /base 0\.45 OPEN, owner 0\.45 OPEN/)
  assert.match((await openledger('settle', 'show', batch)).text, /status +final\n/)

  const specific = await openledger('claim', 'specific', batchFile, '--dev', '9')
  assert.deepEqual([specific.facts.paid.length, specific.facts.rest], [2, 0])
  const again = openledger('claim', 'specific', batchFile, '--dev', '9')
  await assert.rejects(again, refused('refused', /claimed already/))
  const { version, documents, text } = sale.input.corpus[0]!
  const { sequence, textRoot, docRoot, datanet } = await example.reader.getVersion({ version })
  assert.equal(createDocTree(documents).root, docRoot)
  const named = documents.map((document) => ({ file: 'x', ...document }))
  const content = { version, datanet, sequence, textRoot, docRoot, byteLength: text.length, documents: named }
  const versionFile = write('sold.json', toJson({ format: 'openledger-version/1', ...content }))
  const base = await openledger('claim', 'base', versionFile, '--dev', '9')
  assert.equal(base.facts.paid.length, 3)

  const credit = (await openledger('claim', 'show', '--dev', '2')).facts.credit
  assert(BigInt(credit) > 0n)
  const friend = `0x${'ab'.repeat(20)}` as const
  const part = await openledger('claim', 'withdraw', '--amount', '0.01', '--to', friend, '--dev', '2')
  assert.equal(part.facts.amount, parseEther('0.01').toString())
  assert.equal(await example.reader.getBalance({ address: friend }), parseEther('0.01'))
  const rest = await openledger('claim', 'withdraw', '--dev', '2')
  assert.equal(BigInt(rest.facts.amount), BigInt(credit) - parseEther('0.01'))

  await openledger('channel', 'close', `${channel}`, '--dev', '7')
  await pass(121)
  const back = await openledger('channel', 'reclaim', `${channel}`, '--dev', '9')
  assert.equal(back.facts.amount, parseEther('8.5').toString())
  assert.match((await openledger('channel', 'show', `${channel}`)).text, /cumulative +3 OPEN/)
  const opened = await openledger(
    'channel',
    'open',
    sale.model,
    sale.provider,
    '--private',
    '--for',
    '2h',
    '--dev',
    '7',
  )
  const { isPrivate, deposit } = (await openledger('channel', 'show', `${opened.facts.channel}`)).facts
  assert.deepEqual([isPrivate, deposit], [true, parseEther('1').toString()])
})

test('stake goes in and comes out', async () => {
  const { agent } = (await openledger('agent', 'register', '--stake', '1', '--dev', '3')).facts
  await openledger('agent', 'stake', agent, '0.5', '--dev', '4')
  await openledger('agent', 'unstake', agent, '1.25', '--dev', '3')
  assert.match(
    (await openledger('agent', 'show', agent)).text,
    /stake +0\.25 OPEN\n +unbonding +1\.25 OPEN\n +1\.25 OPEN in (?:5 min|4 min|2)/,
  )
  await pass(301)
  const done = await openledger('agent', 'complete', agent, '--dev', '5')
  assert.equal(done.facts.amount, parseEther('1.25').toString())
})

for (const [argv, code, message] of [
  ['agent show 0x12', 'usage', /<agent> does not take "0x12"/],
  ['channel open 0x 0x --dev 0', 'usage', /<model> does not take "0x"/],
  ['channel topup 0 1 --dev 0', 'usage', /<channel> does not take "0"/],
  ['agent register --stake 1,5 --dev 0', 'usage', /--stake does not take "1,5"/],
  ['agent register --controller me --dev 0', 'usage', /--controller does not take "me"/],
  ['datanet create --consent all --dev 0', 'usage', /--consent does not take "all"/],
  ['datanet create --until soon --dev 0', 'usage', /--until does not take "soon"/],
  ['datanet create --curator-share ten --dev 0', 'usage', /--curator-share does not take "ten"/],
  ['datanet create --curator-share 11 --dev 0', 'usage', /--curator-share does not take "11"/],
  ['datanet create --metadata /nowhere/x --dev 0', 'file', /\/nowhere\/x cannot be read/],
  [`agent stake 0x${'00'.repeat(32)} 1 --dev 0`, 'refused', /Nothing exists under this id \(UnknownObject, id 0x00/],
  [`datanet show 0x${'00'.repeat(32)}`, 'refused', /UnknownObject/],
  ['settle batch package.json --dev 0', 'file', /is not a batch file/],
  ['claim base package.json --dev 0', 'file', /is not a version file/],
  ['model register package.json --dev 0', 'file', /is not a model/],
  ['agent register --stake 999999 --dev 0', 'refused', /too little OPEN/],
  ['agent register', 'usage', /no key to sign with is given/],
  ['agent register --dev 0 --key 0x12', 'usage', /exclude each other/],
  ['claim withdraw --dev 99', 'refused', /has no credit/],
  ['claim show --rpc http://127.0.0.1:1', 'no_node', /no node answers/],
] as const) {
  test(`refuses "${argv.slice(0, 60)}" with a cause and a fix`, async () => {
    await assert.rejects(openledger(...argv.split(' ')), refused(code, message))
  })
}

test('a key of the keystore signs; a public key only on development chains', async () => {
  const keystore = join(folder, 'keys')
  const bytes = new Uint8Array(32).fill(7)
  const { address } = await storeKey(keystore, bytes, 'secret', { n: 2, r: 1, p: 1 })
  const flags = new Map([['keystore', keystore]] as const)
  const config = (more: Readonly<Record<string, unknown>>) => {
    const { config } = resolveConfig({
      verb: 'claim',
      flags,
      env: { OPENLEDGER_PASSWORD: 'secret' },
      isContainer: false,
    })
    return { ...config, ...more }
  }
  assert.deepEqual(await signingKey(config({}), 1n), bytes)
  assert.deepEqual(await signingKey(config({ key: address.toUpperCase().replace('0X', '0x') }), 1n), bytes)
  await assert.rejects(signingKey(config({ password: 'wrong' }), 1n), refused('key', /does not open/))
  const leaked = signingKey(config({ key: `0x${'5e'.repeat(32)}` }), 1n)
  await assert.rejects(
    leaked,
    (thrown) => refused('usage', /--key is not an address/)(thrown) && !`${thrown}`.includes('5e5e'),
  )
  await assert.rejects(signingKey(config({ dev: 0 }), 1n), refused('public_key', /public/))
  assert.equal((await signingKey(config({ dev: 0 }), 31_337n)).length, 32)
})

test('as a process: JSON on one line, a refusal as one line with exit code 1', async () => {
  const shown = await run(['claim', 'show', '--dev', '8', '--rpc', node.url, '--json'])
  assert.deepEqual([shown.code, JSON.parse(shown.stdout).credit], [0, '0'])
  const refusal = await run(['claim', 'withdraw', '--dev', '8', '--rpc', node.url])
  assert.equal(refusal.code, 1)
  assert.match(refusal.stderr, /^openledger: 0x\S+ has no credit\. Fix: [^\n]+\.\n$/)
})
