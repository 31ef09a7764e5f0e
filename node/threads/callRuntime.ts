import { rulesOf } from '../../genesis/spec.ts'
import type { CallRuntime } from '../../rpc/calls/run.ts'
import { createEthereumjsEngine } from '../../state/engines/ethereumjs/engine.ts'
import { openState } from '../../state/reader.ts'
import { createBlockReader } from '../../state/store/blockReader.ts'
import { openLevelKv } from '../../state/store/levelKv.ts'
import { precompilesOf } from '../precompiles.ts'
import type { ReaderOptions } from './reader.ts'

/** What a call worker starts from: a read handle on the database and an engine with the chain's rules. */
export async function openCallRuntime(options: unknown): Promise<CallRuntime> {
  const { chainDir, spec } = options as ReaderOptions
  const kv = await openLevelKv(chainDir, { readOnly: true })
  const reader = createBlockReader(kv)
  const precompiles = precompilesOf(spec)
  const engine = await createEthereumjsEngine({
    rules: rulesOf(spec),
    precompiles,
    blockHash: reader.hashByNumber,
  })
  return {
    openState: (root) => openState(reader.readNode, reader.readCode, root),
    engine,
    natives: new Set(precompiles.keys()),
    close: () => kv.close(),
  }
}
