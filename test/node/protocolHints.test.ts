import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { getAddress } from 'viem'
import { sell } from '../../examples/attribution/channel.ts'
import { sellAnswers } from '../../examples/attribution/seller.ts'
import { openExample } from '../../examples/attribution/setup.ts'
import { jsonFault } from '../../node/cli/protocol/jsonFault.ts'
import { readModelFile } from '../../node/cli/protocol/modelFile.ts'
import { resolveConfig } from '../../node/config/resolve.ts'
import { batchFileToJson, createBatchFile } from '../../sdk/selling.ts'
import { type DevNode, request, startDevNode } from '../rpc/devNode.ts'
import { type Printed, refusal, verbRunner } from './verbRunner.ts'

type Facts = Readonly<Record<'id' | 'agent' | 'file', string>> & { readonly channel: number }

const folder = mkdtempSync(join(tmpdir(), 'ol-hints-test-'))
const address = '0xabcdefabcdefabcdefabcdefabcdefabcdefabcd'
let node: DevNode
let run: (...argv: readonly string[]) => Promise<Printed<Facts>>
before(async () => {
  node = await startDevNode()
  run = verbRunner<Facts>(node.url)
})
after(async () => {
  await node.close()
  rmSync(folder, { recursive: true, force: true })
})

async function pass(seconds: number): Promise<void> {
  await request(node.url, 'evm_increaseTime', [seconds])
  await request(node.url, 'evm_mine')
}

function write(name: string, text: string): string {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}

test('a model file takes numbers and text alike', () => {
  write('weights.bin', 'weights')
  const model = {
    weights: 'weights.bin',
    kind: 'ngram',
    class: 'TRACEABLE',
    margin: 62.5,
    priceIn: 0.01,
    priceOut: '2',
  }
  const spec = readModelFile(write('numbers.json', JSON.stringify({ ...model, minChildShare: 10 })))
  const { kind, marginBps, priceIn, priceOut, minChildShare } = spec
  assert.deepEqual([spec.class, kind, marginBps, priceIn, priceOut], [2, 7, 6250, 10n ** 16n, 2n * 10n ** 18n])
  assert.equal(minChildShare, 100_000_000)
})

test('everything that is wrong with a model file is said at once', () => {
  const wrong = { weights: 'gone.bin', kind: 'big', class: 'SURE', margin: 5, priceln: 1, parents: [{ model: '0x1' }] }
  const path = write('wrong.json', JSON.stringify(wrong))
  const parts = [
    /weights: "gone\.bin" is not right: give a file/,
    /kind: one of base, finetune, adapter, merge, quantised, retrieval, ngram/,
    /class: one of EXACT, TRACEABLE, ATTESTED/,
    /margin: 5 is not right: give per cent from 10 to 100/,
    /no field "priceln", did you mean priceIn\?/,
    /parents\.0\.model: an id has/,
    /parents\.0\.share: give per cent from 0 to 50/,
  ]
  for (const part of parts) assert.throws(() => readModelFile(path), refusal(part, /--help/))
  const broken = write('broken.json', '{\n  "weights": \n}')
  assert.throws(() => readModelFile(broken), refusal(/it is no JSON \(line 3, column 1\)/, /--help/))
})

test('the place where a text stops being JSON', () => {
  for (const [text, line, column] of [
    ['', 1, 1],
    ['{"a": 1,}', 1, 9],
    ['{"a": [1, "b", {}],\n "c" 2}', 2, 6],
    ['[1, tru]', 1, 5],
    ['[1}', 1, 3],
    ['{"a": 1', 1, 8],
    ['{} {}', 1, 4],
    ['{a: 1}', 1, 2],
    ['["x\ny"]', 1, 2],
  ] as const)
    assert.deepEqual(jsonFault(text), { line, column }, text)
})

test('a late or foreign commit is moved aside, one that still counts is kept', async () => {
  const { id: datanet } = (await run('datanet', 'create', '--dev', '0')).facts
  const poem = write('poem.txt', 'A poem that comes too late, and then once more.')
  const reveal = () => run('datanet', 'reveal', poem, '--dev', '1')
  await assert.rejects(reveal(), refusal(/is not committed here/, /commit <datanet>/))
  const first = await run('datanet', 'commit', datanet, poem, '--dev', '1')
  assert.match(first.text, /Reveal it in \d s \(chain time 20/)
  await pass(6)
  await assert.rejects(reveal(), refusal(/TooLate, latest \d s ago/, /commit it again, .*moves .* aside/))
  const second = await run('datanet', 'commit', datanet, poem, '--dev', '1')
  const aside = `${poem}.commit.${first.facts.id.slice(2, 10)}.json`
  assert.match(second.notes.join(), /is late: moved to /)
  assert(second.notes.join().endsWith(aside) && existsSync(aside))
  await assert.rejects(run('datanet', 'commit', datanet, poem, '--dev', '1'), refusal(/committed already/, /reveal/))
  await reveal()
  await assert.rejects(reveal(), refusal(/WrongStatus, status active/, /nothing is left/))
  await assert.rejects(
    run('datanet', 'commit', datanet, poem, '--dev', '1'),
    refusal(/in this datanet already/, /nothing/),
  )

  const other = await startDevNode()
  try {
    const there = verbRunner<Facts>(other.url)
    const { id } = (await there('datanet', 'create', '--dev', '0')).facts
    const moved = await there('datanet', 'commit', id, poem, '--dev', '1')
    assert.match(moved.notes.join(), /is unknown on this chain: moved/)
  } finally {
    await other.close()
  }
})

test('what the chain refused to commit leaves no file behind', async () => {
  const path = write('refused.txt', 'refused')
  const { id } = (await run('datanet', 'create', '--bond-per-kb', '2', '--dev', '0')).facts
  const commit = run('datanet', 'commit', id, path, '--bond', '1', '--dev', '1')
  await assert.rejects(commit, refusal(/asks for a bond of 2 OPEN/, /--bond/))
  await assert.rejects(
    run('datanet', 'commit', `0x${'12'.repeat(32)}`, path, '--dev', '1'),
    refusal(/UnknownObject/, /id/),
  )
  assert(!existsSync(`${path}.commit.json`))
})

test('the same contents published again, a small stake, an end in the past: said before it costs', async () => {
  const { id: datanet } = (await run('datanet', 'create', '--dev', '0')).facts
  const text = write('twice.txt', 'published twice')
  await run('datanet', 'commit', datanet, text, '--dev', '1')
  await run('datanet', 'reveal', text, '--dev', '1')
  await assert.rejects(
    run('datanet', 'publish', datanet, text, '--dev', '0'),
    refusal(/becomes active/, /increaseTime/),
  )
  await pass(6)
  const publish = (as: string) => run('datanet', 'publish', datanet, text, '--dev', as, '--out', join(folder, 'v.json'))
  await assert.rejects(publish('3'), refusal(/NotAllowed/, /only the curator/))
  assert.deepEqual((await publish('0')).notes, [])
  assert.match((await publish('0')).notes.join(), /version 1 has the same contents/)
  const { notes, facts } = await run('agent', 'register', '--stake', '1', '--dev', '3')
  assert.match(notes.join(), /needs 100 OPEN at stake, and this one has 1 OPEN/)
  assert.equal(facts.id, facts.agent)
  const past = run('datanet', 'create', '--until', '2020-01-31', '--dev', '0')
  await assert.rejects(past, refusal(/--until is in the past: .* ago/, /later/))
  const model = { weights: `0x${'77'.repeat(32)}`, kind: 'base', class: 'EXACT', margin: 60, priceOut: 1 }
  const made = await run('model', 'register', write('bare.json', JSON.stringify(model)), '--dev', '4')
  assert.match(made.notes.join(), /its data part will be burned/)
  assert.match((await run('model', 'show', made.facts.id)).text, /corpusSize +none\n +providers|ancestors +none/)
})

test('channels, batches and claims say who may, when, and what is left', async () => {
  const sale = await sell(openExample(node.url, () => {}))
  const { channel } = sale
  const file = write('batch.json', batchFileToJson(createBatchFile(sale.body, sale)))
  const specific = (...more: readonly string[]) => run('claim', 'specific', file, '--dev', '2', ...more)
  await assert.rejects(specific(), refusal(/is not settled yet/, /settle batch/))
  const { id: batch } = (await run('settle', 'batch', file, '--dev', '6')).facts
  await assert.rejects(
    run('settle', 'batch', file, '--dev', '6'),
    refusal(/settled already .*BatchExists/, /settle show/),
  )
  await assert.rejects(specific(), refusal(/is not final, it is open/, /settle finalize 0x\S+ after its deadline, in /))
  await pass(61)
  await run('settle', 'finalize', batch, '--dev', '9')
  await assert.rejects(run('settle', 'finalize', batch, '--dev', '9'), refusal(/WrongStatus, status final/, /./))
  const stranger = `0x${'12'.repeat(32)}`
  await assert.rejects(specific('--contribution', stranger), refusal(/no passage to contribution 0x1212/, /./))
  assert.match((await specific()).text, /^Credited 2 contributions; /)
  await assert.rejects(specific(), refusal(/claimed already/, /withdraw/))
  const tooMuch = run('claim', 'withdraw', '--amount', '9', '--dev', '3')
  await assert.rejects(tooMuch, refusal(/9 OPEN are more than/, /^0\.\d+ OPEN can be withdrawn$/))

  await assert.rejects(run('channel', 'show', '999'), refusal(/there is no channel 999/, /./))
  const low = run('channel', 'open', sale.model, sale.provider, '--deposit', '0.000000001', '--dev', '7')
  await assert.rejects(low, refusal(/BondTooLow, needed [\d.]+ OPEN/, /--deposit/))
  await assert.rejects(run('channel', 'close', `${channel}`, '--dev', '8'), refusal(/NotAllowed/, /only the payer/))
  await run('channel', 'close', `${channel}`, '--dev', '7')
  await assert.rejects(run('channel', 'close', `${channel}`, '--dev', '7'), refusal(/status notice given/, /reclaim/))
  assert.match(
    (await run('channel', 'topup', `${channel}`, '1', '--dev', '7')).notes.join(),
    /gave notice, it ends in /,
  )
})

test('a view needs no key where the address is given; addresses have their checksum', async () => {
  const { text, facts } = await run('claim', 'show', address)
  assert.match(text, new RegExp(`^${getAddress(address)} can withdraw 0 OPEN`))
  assert.equal(facts.id, getAddress(address))
  await assert.rejects(run('claim', 'show'), refusal(/no key/, /give the address/))
  const nowhere = run('claim', 'show', '--keystore', join(folder, 'nowhere'))
  await assert.rejects(nowhere, refusal(/nowhere does not exist/, /address/))
})

test('from a file on the command line to what its author earned', async () => {
  const poem = write('own.txt', 'The tide came in at seven and took the letters from the sand, one by one.')
  const { id: datanet } = (await run('datanet', 'create', '--curator-share', '5', '--dev', '0')).facts
  await run('datanet', 'commit', datanet, poem, '--dev', '1')
  await run('datanet', 'reveal', poem, '--dev', '1')
  await pass(6)
  const versionFile = join(folder, 'own.version.json')
  const { id: version } = (await run('datanet', 'publish', datanet, poem, '--out', versionFile, '--dev', '0')).facts
  const model = { weights: `0x${'78'.repeat(32)}`, kind: 'base', class: 'EXACT', margin: 60, priceOut: 0.5 }
  const file = write('own.json', JSON.stringify({ ...model, versions: [version] }))
  const { id } = (await run('model', 'register', file, '--dev', '4')).facts
  const { agent } = (await run('agent', 'register', '--stake', '200', '--dev', '6')).facts
  const { channel } = (await run('channel', 'open', id, agent, '--deposit', '10', '--dev', '7')).facts

  const lines: string[] = []
  const batchFile = join(folder, 'own.batch.json')
  const order = { channel: BigInt(channel), versionFile, answers: [poem] }
  await sellAnswers(
    openExample(node.url, (line) => lines.push(line)),
    order,
    batchFile,
  )
  const { id: batch } = (await run('settle', 'batch', batchFile, '--dev', '6')).facts
  for (const next of [`settle batch ${batchFile} --dev 6`, `settle finalize ${batch} --dev 6`])
    assert(lines.join('\n').includes(next), next)
  await pass(61)
  await run('settle', 'finalize', batch, '--dev', '6')
  await run('claim', 'withdraw', '--dev', '1').catch(() => {})
  await run('claim', 'specific', batchFile, '--dev', '1')
  assert.match((await run('claim', 'base', versionFile, '--dev', '1')).text, /0\.1424\d+ OPEN, transaction 0x/)
  // 60 % of 1 OPEN; half of it is for data, half of that for passages, the rest by bytes without the curator's 5 %.
  assert.match((await run('claim', 'withdraw', '--dev', '1')).text, /^Paid 0\.2924\d+ OPEN/)
})

test('the URL of the node: the variable of the node before the one that other tools share, before the default', () => {
  const urlOf = (env: Readonly<Record<string, string>>) => {
    const { config, sources } = resolveConfig({ verb: 'claim', flags: new Map(), env, isContainer: false })
    return [config['rpc.url'], sources['rpc.url']]
  }
  const shared = { ETH_RPC_URL: 'http://shared' }
  assert.deepEqual(urlOf({ ...shared, OPENLEDGER_RPC_URL: 'http://own' }), ['http://own', 'env OPENLEDGER_RPC_URL'])
  assert.deepEqual(urlOf(shared), ['http://shared', 'env ETH_RPC_URL'])
  assert.deepEqual(urlOf({ ETH_RPC_URL: '' }), ['http://127.0.0.1:8545', 'default'])
})
