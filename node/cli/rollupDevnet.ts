import { chmodSync, existsSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { styleText } from 'node:util'
import { assert, NodeError } from '../../core/errors.ts'
import { bytesToHex } from '../../core/hex.ts'
import { type DevAccount, devAccounts, devMnemonic } from '../../genesis/devAccounts.ts'
import { loadSpec, parseSpec } from '../../genesis/loadSpec.ts'
import type { ChainSpec } from '../../genesis/spec.ts'
import { deployRollup } from '../../l1/deploy/deploy.ts'
import { envName } from '../config/names.ts'
import { withFlags } from '../config/npm.ts'
import type { Config } from '../config/table.ts'
import {
  createDataDir,
  createTemporaryDir,
  type DataDir,
  makeFolder,
  readPid,
  removeDataDir,
  removePid,
  removeUrl,
  writePid,
  writeUrl,
} from '../data/dir.ts'
import { peerAddresses } from '../devnet/addresses.ts'
import { agreementText, readAgreement } from '../devnet/agreement.ts'
import { startAnvil } from '../devnet/anvil.ts'
import { type ChildEnd, type ChildNode, startChild } from '../devnet/child.ts'
import { sharedFlags } from '../devnet/childFlags.ts'
import { type RollupFacts, rollupBanner } from '../devnet/rollupBanner.ts'
import { readVersion } from '../version.ts'
import { exitCodes } from './exit.ts'
import { logging } from './nodeOptions.ts'
import type { Context } from './verb.ts'

const ether = 10n ** 18n
/** OPEN on L1 for each account, in wei. */
const openOnL1 = 100_000n * ether
const accountCount = 10
const lookMs = 2_000

/** What runs, to be stopped in reverse. */
type Part = { readonly name: string; readonly ended: Promise<ChildEnd>; stop(): Promise<void> }

/** `openledger devnet`: L1, sequencer and validator on this machine, each a process of its own. Returns after a signal. */
export async function rollupDevnet(context: Context): Promise<number> {
  const { config, out, signal } = context
  const dir = config['data-dir'] === undefined ? createTemporaryDir() : createDataDir(config['data-dir'])
  refuseSecond(dir)
  writePid(dir)
  const parts: Part[] = []
  const over = new AbortController()
  try {
    const facts = await startAll(context, dir, parts)
    if (facts !== undefined) {
      writeUrl(dir, facts.sequencerUrl)
      announce(context, facts)
      const l1Url = config['l1-rpc'][0] ?? facts.l1.url
      void watchHeads(context, { ...facts, l1Url }, AbortSignal.any([signal, over.signal]))
      const ends = parts.map(async ({ name, ended }) => ({ name, ...(await ended) }))
      const first = await Promise.race([...ends, aborted(signal)])
      if (first !== undefined) throw partEnded(first.name, first.reason)
    }
  } finally {
    over.abort()
    for (const part of parts.reverse()) await part.stop()
    removeUrl(dir)
    removePid(dir)
    removeDataDir(dir)
  }
  const text = dir.isKept ? `Stopped, ${dir.path} is kept` : 'Stopped, the throw-away chain is deleted'
  if (!config.quiet) out.result(text, { stopped: true })
  return exitCodes.ok
}

function announce({ config, out }: Context, facts: RollupFacts): void {
  const bold = (text: string): string => (process.stdout.isTTY ? styleText('bold', text) : text)
  const isShort = config.silent || config.quiet
  out.result(isShort ? `Listening on ${facts.sequencerUrl}` : rollupBanner(facts, bold), { ready: true, ...facts })
}

/** Two of them in one folder would write to the same L1. */
function refuseSecond(dir: DataDir): void {
  const pid = readPid(dir)
  if (pid === undefined || pid === process.pid) return
  throw new NodeError({
    code: 'db_locked',
    severity: 'fatal',
    message: `the folder ${dir.path} is in use by process ${pid}`,
    fix: 'stop that one, or choose another folder with --data-dir',
  })
}

/** Starts all of it; undefined if the signal aborted meanwhile. */
async function startAll(
  { config, out, signal }: Context,
  dir: DataDir,
  parts: Part[],
): Promise<RollupFacts | undefined> {
  const accounts = devAccounts(devMnemonic, accountCount)
  const [given, ...more] = config['l1-rpc']
  const template = loadSpec('devnet')
  let l1Urls: readonly string[] = given === undefined ? [] : [given, ...more]
  if (given === undefined) {
    const port = config['l1.port']
    const anvil = await startAnvil({
      port,
      blockTimeSec: config['l1.block-time'],
      chainId: template.l1.chainId,
      host: config['http.addr'],
      stateFile: dir.isKept ? join(dir.path, 'l1.json') : undefined,
    })
    parts.push({ name: 'L1', ...anvil })
    l1Urls = [anvil.url]
  }
  if (signal.aborted) return undefined
  const rollupFile = join(dir.path, 'rollup.json')
  const isThere = existsSync(rollupFile)
  out.note(
    `L1 at ${shownUrl(l1Urls[0]!)}, ${isThere ? 'going on with the chain in the folder' : 'deploying the contracts'}`,
  )
  const spec = isThere ? loadSpec(rollupFile) : await deployTo(l1Urls[0]!, template, accounts, rollupFile)
  const { rollup } = spec.l1
  assert(rollup !== undefined, 'the deployed chain has contracts')

  const start = nodeStarter(config, dir, l1Urls, [...sharedFlags(config), '--chain', rollupFile])
  const { 'metrics.port': metricsPort } = config
  const sequencer = await start('sequencer', config['http.port'], [
    ...['--batcher.key', writeKey(dir, 'batcher', accounts[8]!)],
    ...['--proposer.key', writeKey(dir, 'proposer', accounts[7]!)],
    ...['--sequencer.key', writeKey(dir, 'sequencer', accounts[6]!)],
    ...['--p2p.port', `${config['p2p.port']}`],
    ...(metricsPort === undefined
      ? []
      : ['--metrics.port', `${metricsPort}`, '--metrics.addr', config['metrics.addr']]),
  ])
  parts.push({ name: 'sequencer', ...sequencer })
  if (signal.aborted) return undefined
  const peers = config.p2p ? await peerAddresses(sequencer.url) : []
  const validator = await start('validator', config['validator.port'], [
    ...['--validator.key', writeKey(dir, 'validator', accounts[5]!)],
    ...(config.p2p ? ['--p2p.peers', peers.join(',')] : ['--sequencer.url', sequencer.url]),
    ...['--p2p.port', `${config['validator.p2p.port']}`],
  ])
  parts.push({ name: 'validator', ...validator })
  return {
    version: readVersion().version,
    accounts: accounts.map(({ address, privateKey }) => ({ address, privateKey: bytesToHex(privateKey) })),
    mnemonic: devMnemonic,
    l1: { url: shownUrl(l1Urls[0]!), chainId: Number(spec.l1.chainId), isOwn: given === undefined },
    chainId: Number(spec.chainId),
    sequencerUrl: sequencer.url,
    validatorUrl: validator.url,
    genesisHash: spec.hash!,
    contracts: rollup,
    dir: dir.path,
    isKept: dir.isKept,
    keepWith: withFlags(process.env, '--data-dir ./data'),
    rollupFile,
    peers,
  }
}

/** Deploys the contracts with short times and writes the chain spec file. */
async function deployTo(
  rpcUrl: string,
  template: ChainSpec,
  accounts: readonly DevAccount[],
  file: string,
): Promise<ChainSpec> {
  const [validator, sealer, proposer] = [accounts[5]!, accounts[6]!, accounts[7]!]
  const [batcher, deployer] = [accounts[8]!, accounts[9]!]
  const rollup = await deployRollup({
    rpcUrl,
    deployerKey: deployer.privateKey,
    spec: template,
    options: {
      batcher: batcher.address,
      proposer: proposer.address,
      submissionIntervalSec: 6n,
      finalizationPeriodSec: 12n,
      verifierPeriodSec: 60n,
      unsafeSigner: sealer.address,
      validators: [{ key: validator.privateKey, stakeWei: 10_000n * ether }],
      openAccounts: new Map(accounts.map(({ address }) => [address, openOnL1])),
      sidecars: 'eip4844',
      originDepth: 0n,
    },
  })
  writeFileSync(file, `${JSON.stringify(rollup, undefined, 2)}\n`)
  return parseSpec(rollup)
}

function nodeStarter(config: Config, dir: DataDir, l1Urls: readonly string[], common: readonly string[]) {
  const { logStyle } = logging(config)
  const isJson = logStyle.format === 'json'
  const write = (line: string): void => {
    if (!config.silent) process.stdout.write(`${isJson ? line.replace(/^\[[a-z]+\] /, '') : line}\n`)
  }
  return (name: 'sequencer' | 'validator', port: number, args: readonly string[]): Promise<ChildNode> => {
    const folder = join(dir.path, name)
    makeFolder(folder)
    rmSync(join(folder, 'openledger.url'), { force: true })
    const flags = [
      ...['--role', name],
      ...['--http.port', `${port}`],
      ...['--http.api', 'eth,net,web3,txpool,optimism,openledger'],
      ...['--log.level', config.quiet ? 'error' : config['log.level']],
      ...['--log.format', isJson ? 'json' : 'pretty'],
    ]
    // Not as flags: a URL may hold a key, and flags are seen by everybody on the machine.
    const env = { [envName('l1-rpc')]: l1Urls.join(','), [envName('l1-beacon')]: config['l1-beacon'].join(',') }
    return startChild({ name, dir: folder, args: [...flags, ...common, ...args], env, write })
  }
}

/** Without what may be a key: path, query, credentials. */
function shownUrl(url: string): string {
  return URL.canParse(url) ? new URL(url).origin : 'the given URL'
}

/** The key of an account in a file that only its owner may read. */
function writeKey(dir: DataDir, name: string, { privateKey }: DevAccount): string {
  const file = join(dir.path, `${name}.key`)
  writeFileSync(file, `${bytesToHex(privateKey)}\n`, { mode: 0o600 })
  chmodSync(file, 0o600)
  return file
}

/** Says where the heads are whenever the safe or the final one has moved, until the signal aborts. */
async function watchHeads(
  { config, out }: Context,
  { l1Url, sequencerUrl, validatorUrl }: RollupFacts & { readonly l1Url: string },
  signal: AbortSignal,
): Promise<void> {
  const urls = { l1: l1Url, sequencer: sequencerUrl, validator: validatorUrl }
  let told = ''
  while (!signal.aborted) {
    const heads = await readAgreement(urls, signal)
    const key = heads === undefined ? told : `${heads.safe} ${heads.finalized} ${heads.agrees}`
    if (heads !== undefined && key !== told && !config.quiet && !config.silent) {
      out.result(agreementText(heads), heads)
      told = key
    }
    await sleep(lookMs, undefined, { signal }).catch(() => {})
  }
}

function aborted(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(undefined)
    else signal.addEventListener('abort', () => resolve(undefined), { once: true })
  })
}

function partEnded(name: string, reason: string): NodeError {
  return new NodeError({
    code: 'child_failed',
    severity: 'fatal',
    message: `the ${name} ended (${reason}), so everything was stopped`,
    fix: 'see its last lines above',
  })
}
