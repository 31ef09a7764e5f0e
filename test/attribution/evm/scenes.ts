import assert from 'node:assert/strict'
import { decodeErrorResult } from 'viem'
import { errorsAbi } from '../../../attribution/abi/errors.ts'
import { protocol } from '../../../attribution/native/addresses.ts'
import { buckets } from '../../../attribution/native/money.ts'
import { createStore } from '../../../attribution/native/store.ts'
import { protocolDefinitions } from '../../../attribution/protocol.ts'
import { balances } from '../../../attribution/storage/settlement.ts'
import { bytesToHex } from '../../../core/hex.ts'
import type { StateReader, World } from '../../../core/state.ts'
import { loadContract } from '../../../genesis/loadContract.ts'
import type { Engine } from '../../../state/engine.ts'
import type { Harness } from '../harness.ts'
import { type Moment, visitMoments } from '../moments.ts'
import { createEvmWorld, type EvmWorld, memoryOf } from './evmWorld.ts'

/** A moment with the state of the chain, for the EVM. */
export type Scene = Moment & {
  readonly state: StateReader
  readonly now: bigint
  readonly blockNumber: bigint
  /** All sums of gas at which the call stops for want of more, the last being what it takes. */
  readonly boundaries: readonly bigint[]
}

const views = new Set(
  protocolDefinitions.flatMap(({ functions }) =>
    [...functions.values()].flatMap(({ abi }) => (abi.stateMutability === 'view' ? [abi.name] : [])),
  ),
)
export const isView = ({ name }: Pick<Moment, 'name'>): boolean => views.has(name)

/** A scene for every function, in the order of the life. */
export function captureScenes(): readonly Scene[] {
  const scenes: Scene[] = []
  visitMoments((h, moment) => {
    const { now, blockNumber } = h
    scenes.push({ ...moment, now, blockNumber, state: memoryOf(h).reader, boundaries: boundariesOf(h, moment) })
  })
  return scenes
}

/** Where the call charges: run with ever more gas, it stops at the next charge each time. */
function boundariesOf(h: Harness, { from, to, input, value, outcome }: Moment): readonly bigint[] {
  const boundaries: bigint[] = []
  for (let limit = 0n; limit < outcome.gas; ) {
    h.world.checkpoint()
    const stopped = h.raw(from, to, input, { value, gas: limit })
    h.world.revert()
    assert(stopped.gas > limit && (stopped.ok || stopped.error === 'OutOfGas'))
    limit = stopped.ok ? outcome.gas : stopped.gas
    boundaries.push(limit)
  }
  return boundaries
}

/** The state of a scene inside an EVM, the caller being a Tree. */
export function openScene(engine: Engine, { state, from }: Scene): EvmWorld {
  const evm = createEvmWorld(engine, state)
  evm.world.setCode(from, treeCode)
  return evm
}

const treeCode = loadContract('Tree').runtime

/** Everything of the protocol that differs from the scene, as text. */
export function changesOf({ world }: EvmWorld): string {
  const lines: string[] = []
  const { accounts } = world.finish()
  for (const address of Object.values(protocol)) {
    const change = accounts.get(address)
    if (change?.after?.balance !== change?.before?.balance) lines.push(`${address} ${change?.after?.balance}`)
    for (const [slot, value] of change?.storage ?? []) lines.push(`${address} ${slot} ${bytesToHex(value)}`)
  }
  return lines.sort().join('\n')
}

/** Settlement's balance is what its books say. */
export function assertBooks(world: World): void {
  const held = balances.get(createStore(world, () => {}))
  const sum = buckets.reduce((total, bucket) => total + held[bucket], 0n)
  assert.equal(world.account(protocol.settlement)!.balance, sum, 'balance and buckets')
}

/** The custom error in revert data; empty data is a halt. */
export function nameOf(data: Uint8Array): string {
  return data.length === 0 ? 'halt' : decodeErrorResult({ abi: errorsAbi, data: bytesToHex(data) }).errorName
}
