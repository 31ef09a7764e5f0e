import { styleText } from 'node:util'
import { checksumAddress } from '../../core/checksum.ts'
import { NodeError } from '../../core/errors.ts'
import { bytesToHex } from '../../core/hex.ts'
import { devMnemonic } from '../../genesis/devAccounts.ts'
import { soloGasLimit } from '../../genesis/spec.ts'
import type { Mode } from '../../sequencer/production/trigger.ts'
import { defaultSequencerConfig } from '../../sequencer/sequencer.ts'
import { withFlags } from '../config/npm.ts'
import type { Config } from '../config/table.ts'
import { createDataDir, createTemporaryDir } from '../data/dir.ts'
import { bannerText } from '../devnet/banner.ts'
import { startNode } from '../roles/node.ts'
import { startSolo } from '../roles/solo.ts'
import { soloSpec } from '../roles/spec.ts'
import { readVersion } from '../version.ts'
import { exitCodes } from './exit.ts'
import { allAddressesNote, httpOptions, logging, poolLimits } from './nodeOptions.ts'
import type { Context } from './verb.ts'

/** `openledger devnet --solo`: a development chain in one process without L1. Returns after a signal, with everything saved. */
export async function soloDevnet(context: Context): Promise<number> {
  const { config, out, signal } = context
  const mode = modeOf(config)
  const note = allAddressesNote(context)
  const { spec, accounts } = soloSpec(config.mnemonic, config.accounts)
  const { log, logStyle } = logging(config)
  const showsLines = !config.silent && !config.quiet && logStyle.format === 'pretty'
  const dir = config['data-dir'] === undefined ? createTemporaryDir() : createDataDir(config['data-dir'])
  const node = await startNode({
    role: 'solo',
    spec,
    devKeys: accounts.map(({ address, privateKey }) => [address, privateKey] as const),
    dir,
    cacheMiB: config['db.cache'],
    minFreeDiskMiB: config['datadir.minfreedisk'],
    http: httpOptions(config, true),
    start: async (role) =>
      startSolo(role, {
        poolLimits: poolLimits(config, true),
        mode,
        config: { ...defaultSequencerConfig, heartbeatMs: 0 },
        print: showsLines ? (line) => void process.stdout.write(`${line}\n`) : undefined,
      }),
    maxHeadAgeSec: undefined,
    log,
    logStyle,
    signal,
  })
  if (!config.silent && !config.quiet) {
    const facts = {
      version: readVersion().version,
      accounts: accounts.map(({ address, privateKey }) => ({
        address: checksumAddress(address),
        privateKey: bytesToHex(privateKey),
      })),
      balanceOpen: '10000',
      mnemonic: config.mnemonic,
      derivationPath: "m/44'/60'/0'/0/",
      isPublicMnemonic: config.mnemonic === devMnemonic,
      chainId: Number(spec.chainId),
      baseFeeWei: node.baseFee(),
      gasLimit: soloGasLimit,
      genesisHash: node.genesisHash,
      head: node.heads().unsafe.number,
      mode: modeText(config),
      dataDir: dir.path,
      isKept: dir.isKept,
      keepWith: withFlags(process.env, '--data-dir ./data'),
      httpUrl: node.httpUrl,
      namespaces: config['http.api'],
      monitorUrl: node.monitorUrl,
      wsUrl: node.httpUrl.replace('http', 'ws'),
      ...(note !== undefined && { note }),
    }
    const bold = (text: string): string => (process.stdout.isTTY ? styleText('bold', text) : text)
    const { mnemonic, accounts: withKeys, keepWith: _, ...plain } = facts
    const shown = facts.isPublicMnemonic ? { ...plain, mnemonic, accounts: withKeys } : plain
    out.result(bannerText(facts, bold), { ready: true, ...shown })
  } else {
    const text = `Listening on ${node.httpUrl}${note === undefined ? '' : ` (${note})`}`
    out.result(text, { ready: true, httpUrl: node.httpUrl, ...(note !== undefined && { note }) })
  }
  const head = await node.closed
  if (!config.quiet)
    out.result(`Stopped, ${dir.isKept ? `saved at block ${head}` : 'the throw-away chain is deleted'}`, {
      stopped: true,
      head,
    })
  return exitCodes.ok
}

function modeOf(config: Config): Mode {
  const intervalMs = Math.round((config['block-time'] ?? 0) * 1000)
  if (!config.mining && intervalMs > 0) {
    const fix = 'leave one of them out'
    const message = '--no-mining and --block-time exclude each other'
    throw new NodeError({ code: 'usage', severity: 'fatal', message, fix })
  }
  if (!config.mining) return { demand: false, automine: false, intervalMs: 0 }
  return { demand: false, automine: intervalMs === 0, intervalMs }
}

function modeText(config: Config): string {
  if (!config.mining) return 'only by evm_mine (--no-mining)'
  const seconds = config['block-time']
  return seconds === undefined ? 'one at once for every transaction (automine)' : `one every ${seconds} s`
}
