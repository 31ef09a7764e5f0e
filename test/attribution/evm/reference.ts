import { protocol } from '../../../attribution/native/addresses.ts'
import { defineRecord, type Fields, type Key, type RecordTable } from '../../../attribution/native/record.ts'
import { createStore } from '../../../attribution/native/store.ts'
import { agents } from '../../../attribution/storage/agents.ts'
import { contributions, datanets, versions } from '../../../attribution/storage/datanets.ts'
import { ancestors, corpora, models, providers } from '../../../attribution/storage/models.ts'
import type { Hash } from '../../../core/hex.ts'
import type { StateReader } from '../../../core/state.ts'
import { loadContract } from '../../../genesis/loadContract.ts'
import { createWorld } from '../../../state/world.ts'
import type { Harness } from '../harness.ts'
import { memoryOf } from './evmWorld.ts'

// The contract Reference keeps what Settlement keeps in the same slots, and behind them what other precompiles keep.

/** The same record at another place: at Settlement's address, at a position of Reference. */
function moved<F extends Fields>(table: RecordTable<F>, position: bigint): RecordTable<F> {
  const { name, keys, fields } = table
  return defineRecord({ address: protocol.settlement, name, position, keys, fields })
}

const pairs = [
  [agents, moved(agents, 20n)],
  [models, moved(models, 21n)],
  [corpora, moved(corpora, 22n)],
  [ancestors, moved(ancestors, 23n)],
  [providers, moved(providers, 24n)],
  [datanets, moved(datanets, 25n)],
  [versions, moved(versions, 26n)],
  [contributions, moved(contributions, 27n)],
] as const

/** What settlement has to know of: everything else it keeps itself. */
export type Registered = {
  readonly agents: readonly Hash[]
  readonly models: readonly Hash[]
  readonly datanets: readonly Hash[]
  readonly versions: readonly Hash[]
  readonly contributions: readonly Hash[]
}

/** The state of a harness with the contract in place of the native Settlement. */
export function referenceStateOf(h: Harness, registered: Registered): StateReader {
  const memory = memoryOf(h)
  const world = createWorld(memory.reader)
  world.setCode(protocol.settlement, loadContract('Reference').runtime)
  const [from, to] = [h.store, createStore(world, () => {})]
  for (const [table, keys] of rowsOf(registered)) {
    const [source, target] = pairs.find(([{ name }]) => name === table)!
    ;(target as RecordTable<Fields>).set(to, (source as RecordTable<Fields>).get(from, ...keys), ...keys)
  }
  memory.apply(world.finish())
  return memory.reader
}

/** The word of Reference that holds an agent's open margin, and that of the native Agents. */
export function openMarginSlots(agent: Hash): { readonly reference: Hash; readonly native: Hash } {
  const [native, reference] = pairs[0]
  return { reference: reference.place('openMargin', agent).slot, native: native.place('openMargin', agent).slot }
}

function rowsOf(registered: Registered): readonly (readonly [string, readonly Key[]])[] {
  const { agents, models, datanets, versions, contributions } = registered
  const single = (name: string, ids: readonly Hash[]) => ids.map((id): [string, Key[]] => [name, [id]])
  const listed = (name: string, most: number) =>
    models.flatMap((model) =>
      Array.from({ length: most }, (_, index): [string, Key[]] => [name, [model, BigInt(index)]]),
    )
  return [
    ...single('agents', agents),
    ...single('models', models),
    ...listed('corpora', 16),
    ...listed('ancestors', 32),
    ...models.flatMap((model) => agents.map((agent): [string, Key[]] => ['providers', [model, agent]])),
    ...single('datanets', datanets),
    ...single('versions', versions),
    ...single('contributions', contributions),
  ]
}
