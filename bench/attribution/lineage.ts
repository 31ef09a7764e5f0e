import { type Abi, encodeFunctionData } from 'viem'
import { flatten, type Parent } from '../../attribution/kernel/lineage.ts'
import { defineRecord } from '../../attribution/native/record.ts'
import { createStore } from '../../attribution/native/store.ts'
import { ancestors, models } from '../../attribution/storage/models.ts'
import { type Address, type Hash, hexToBytes, zeroHash } from '../../core/hex.ts'
import type { StateReader } from '../../core/state.ts'
import { loadContract } from '../../genesis/loadContract.ts'
import { createWorld } from '../../state/world.ts'
import { memoryOf } from '../../test/attribution/evm/evmWorld.ts'
import { createHarness, type Harness, inputOf } from '../../test/attribution/harness.ts'
import { createModel, modelOwner } from '../../test/attribution/settlementMarket.ts'
import { ether } from '../../test/state/testChain.ts'
import { bestMs, costOf, type Engines, type Row, rowOf } from './measure.ts'

const address = '0x0000000000000000000000000000000000000eef' as Address
const contract = loadContract('ReferenceLineage')
/** A share that leaves something to the oldest ancestor. */
const share = 50_000_000n

/** Registering a model with 8 parents that have many ancestors; and the computation without any storage. */
export async function benchLineage(engines: Engines): Promise<readonly Row[]> {
  return [
    ...(await benchFamily(engines, '8 parents of 24 ancestors', createFamily({ shared: true, bases: 7, mids: 3 }))),
    ...(await benchFamily(engines, '8 parents of 32, refused', createFamily({ shared: false, bases: 7, mids: 4 }))),
  ]
}

type Family = { readonly h: Harness; readonly parents: readonly Hash[]; readonly all: readonly Hash[] }

/** Eight models over middle models over base models: all over the same ones, or each over its own. */
function createFamily({ shared, bases, mids }: { shared: boolean; bases: number; mids: number }): Family {
  const h = createHarness()
  const all: Hash[] = []
  const register = (over: readonly Hash[]): Hash => {
    const parents = over.map((model) => ({ model, share }))
    const model = createModel(h, [], { label: `${all.length}`, parents })
    all.push(model)
    return model
  }
  const several = (count: number, make: () => Hash) => Array.from({ length: count }, make)
  const createMids = () => several(mids, () => register(several(bases, () => register([]))))
  const common = shared ? createMids() : []
  const parents = several(8, () => register(shared ? common : createMids()))
  return { h, parents: parents.sort(), all }
}

async function benchFamily(engines: Engines, name: string, family: Family): Promise<readonly Row[]> {
  const { h, parents } = family
  const spec = {
    weightsHash: zeroHash,
    metadataHash: zeroHash,
    method: zeroHash,
    kind: 7n,
    class: 1n,
    priceIn: 1n,
    priceOut: 1n,
    marginBps: 4_000n,
    minChildShare: 0n,
    parents: parents.map((model) => ({ model, share })),
    versions: [],
    providers: [],
  }
  const { to, input } = inputOf('registerModel', { spec })
  const value = 10n * ether
  const native = await costOf(engines.native, memoryOf(h).reader, h, { from: modelOwner, to, data: input, value })
  const args = [zeroHash, zeroHash, parents, parents.map(() => Number(share))]
  const data = callData('registerModel', args)
  const state = referenceState(family)
  const solidity = await costOf(engines.contract, state, h, { from: modelOwner, to: address, data, value })
  const registered = rowOf(`register: ${name}`, input.length, native, solidity)
  return [await benchFlatten(engines, name, family, state), registered]
}

/** The computation alone, its input at hand: of the contract's cost what it takes to read the input is taken off. */
async function benchFlatten(engines: Engines, name: string, { h, parents }: Family, state: StateReader): Promise<Row> {
  const loaded = parents.map((id): Parent => {
    const { parentShares, ancestors: count } = models.get(h.store, id)
    const list = Array.from({ length: Number(count) }, (_, index) => {
      const { ancestor, share } = ancestors.get(h.store, id, BigInt(index))
      return { id: ancestor, share }
    })
    return { id, share, parentShareSum: parentShares, ancestors: list }
  })
  const args = loaded.map(({ id, parentShareSum, ancestors }) => ({
    model: id,
    share,
    parentShares: parentShareSum,
    ancestors: ancestors.map((ancestor) => ({ model: ancestor.id, share: ancestor.share })),
  }))
  const data = callData('flatten', [args])
  const call = (input: Uint8Array) => costOf(engines.contract, state, h, { from: modelOwner, to: address, data: input })
  const [whole, reading] = [await call(data), await call(callData('read', [args]))]
  const ms = await bestMs(async () => void flatten(loaded))
  const solidity = { txGas: whole.txGas, gas: whole.gas - reading.gas, ms: whole.ms - reading.ms }
  return rowOf(`flatten: ${name}`, data.length, { txGas: Number.NaN, gas: Number.NaN, ms }, solidity)
}

function callData(functionName: string, args: readonly unknown[]): Uint8Array {
  return hexToBytes(encodeFunctionData({ abi: contract.abi as Abi, functionName, args }))
}

/** The same models in the storage of the contract. */
function referenceState({ h, all }: Family): StateReader {
  const memory = memoryOf(h)
  const world = createWorld(memory.reader)
  world.setCode(address, contract.runtime)
  const store = createStore(world, () => {})
  for (const model of all) {
    const value = models.get(h.store, model)
    modelTable.set(store, value, model)
    for (let index = 0n; index < value.ancestors; index++)
      ancestorTable.set(store, ancestors.get(h.store, model, index), model, index)
  }
  memory.apply(world.finish())
  return memory.reader
}

const modelTable = defineRecord({
  address,
  name: 'models',
  position: 1n,
  keys: ['model'],
  fields: {
    owner: 'address',
    bond: 'uint96',
    weightsHash: 'bytes32',
    metadataHash: 'bytes32',
    method: 'bytes32',
    parentShares: 'uint32',
    ancestors: 'uint8',
    registeredAt: 'uint40',
  },
})

const ancestorTable = defineRecord({
  address,
  name: 'ancestors',
  position: 2n,
  keys: ['model', 'index'],
  fields: { ancestor: 'bytes32', share: 'uint32' },
})
