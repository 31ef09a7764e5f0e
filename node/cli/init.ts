import { buildGenesis } from '../../genesis/buildGenesis.ts'
import { rulesOf } from '../../genesis/spec.ts'
import { openChain } from '../../state/chain.ts'
import { openDatabase } from '../data/database.ts'
import { createDataDir } from '../data/dir.ts'
import { chosenSpec } from '../roles/spec.ts'
import { requireDataDir } from './dataDirOption.ts'
import { exitCodes } from './exit.ts'
import type { Context } from './verb.ts'

/** `openledger init`: writes the genesis block of a chain into a data folder; nothing if it is there already. */
export async function init({ config, out }: Context): Promise<number> {
  const spec = chosenSpec(config)
  const dir = createDataDir(requireDataDir(config))
  const kv = await openDatabase(dir, { cacheMiB: config['db.cache'] })
  try {
    const genesis = buildGenesis(spec)
    const chain = await openChain({ kv, genesis, rules: rulesOf(spec) })
    const head = chain.heads().unsafe.number
    const text = `${spec.name} (chain id ${spec.chainId}) in ${dir.path}\nGenesis ${genesis.hash}\nNewest block ${head}`
    out.result(text, { chain: spec.name, chainId: spec.chainId, genesis: genesis.hash, head, dataDir: dir.path })
  } finally {
    await kv.close()
  }
  return exitCodes.ok
}
