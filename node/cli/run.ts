import { loadSpec } from '../../genesis/loadSpec.ts'
import { defaultSequencerConfig } from '../../sequencer/sequencer.ts'
import { createDataDir } from '../data/dir.ts'
import { startNode } from '../roles/node.ts'
import { startSolo } from '../roles/solo.ts'
import { checkRunnable } from '../roles/spec.ts'
import { requireDataDir } from './dataDirOption.ts'
import { exitCodes } from './exit.ts'
import { allAddressesNote, httpOptions, logging, poolLimits } from './nodeOptions.ts'
import type { Context } from './verb.ts'

/** A head older than this many heartbeats means that block production stands still. */
const missedHeartbeats = 3

/** `openledger run`: a node of a chain, until a signal. In this version only of a development chain, whose L1 is synthetic. */
export async function run(context: Context): Promise<number> {
  const { config, out, signal } = context
  const spec = checkRunnable(loadSpec(config.chain))
  const { log, logStyle } = logging(config)
  const note = allAddressesNote(context)
  const node = await startNode({
    role: config.role,
    spec,
    devKeys: [],
    dir: createDataDir(requireDataDir(config)),
    cacheMiB: config['db.cache'],
    minFreeDiskMiB: config['datadir.minfreedisk'],
    http: httpOptions(config, false),
    start: async (role) =>
      startSolo(role, {
        poolLimits: poolLimits(config, false),
        mode: { demand: true, automine: false, intervalMs: 0 },
        config: defaultSequencerConfig,
        print: undefined,
      }),
    maxHeadAgeSec: (missedHeartbeats * defaultSequencerConfig.heartbeatMs) / 1000,
    log,
    logStyle,
    signal,
  })
  log.info(
    {
      chain: spec.name,
      chainId: spec.chainId,
      head: node.heads().unsafe.number,
      url: node.httpUrl,
      ...(note !== undefined && { note }),
    },
    'node is ready',
  )
  const head = await node.closed
  log.info({ head }, 'node stopped, everything is saved')
  if (config.json) out.result('', { stopped: true, head })
  return exitCodes.ok
}
