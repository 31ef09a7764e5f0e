import assert from 'node:assert/strict'
import { test } from 'node:test'
import { tracesAbi } from '../../attribution/abi/traces.ts'
import { protocol } from '../../attribution/native/addresses.ts'
import type { Address } from '../../core/hex.ts'
import { concatBytes } from '../../core/hex.ts'
import { ether } from '../state/testChain.ts'
import { runOutOfGas } from './checked.ts'
import { inputOf } from './harness.ts'
import { cases } from './tracesCases.ts'
import {
  absent,
  challenger,
  commitTo,
  createStage,
  openingsOf,
  repairer,
  settleTale,
  someSalt,
  stranger,
} from './tracesScene.ts'

// No checkpoint is open in this file: what is left behind can be seen.

const stage = createStage()
const { h } = stage
const truthfulCase = cases.find(({ what }) => what === 'of more wei')!

test('short of gas at any step, nothing is left behind', () => {
  const scene = settleTale(stage, truthfulCase.lie)
  const { batch } = scene
  const open = openingsOf(scene)
  const steps: Record<string, { readonly gas: bigint; readonly stops: number }> = {}
  const run = (from: Address, name: string, args: Readonly<Record<string, unknown>>, value = 0n) => {
    steps[name] = runOutOfGas(h, from, name, args, value)
  }
  run(challenger, 'demandLedger', { batch, start: 0n, count: 4n }, 2n * ether)
  const { leaves, siblings } = scene.trees.ledger.range(0, 4)
  run(stranger, 'answerLedger', { batch, start: 0n, entries: leaves, siblings })
  run(challenger, 'demandHolder', { batch, receipt: 0n, tile: 0n, holder: 9n }, 2n * ether)
  const nothing = { document: { entry: absent, next: absent }, output: [], text: [], content: [] }
  run(stranger, 'answerHolder', { batch, tile: open.tile(0, 0), holder: 9n, ...nothing })
  const { demand } = h.ok(challenger, 'demandReceipt', { batch, receipt: 0n }, { value: ether })
  const { name, args } = truthfulCase
  const given = commitTo(h, challenger, batch, name, { batch, ...args(open, scene) })
  h.pass(1n)
  run(challenger, name, given)
  // Asked before the proof of something light: silence still weighs more.
  h.pass(31n)
  run(stranger, 'expireDemand', { demand })
  h.pass(60n)
  run(stranger, 'payRefuter', { batch })
  const { agent } = h.ok(
    repairer,
    'registerAgent',
    { controller: repairer, metadataHash: batch },
    { value: 9_000n * ether },
  )
  const { receipts, ledger } = scene.trees
  const roots = { receiptsRoot: receipts.root, ledgerRoot: ledger.root, entries: 4n, credit: scene.tale.credit }
  run(repairer, 'repairBatch', { batch, agent, ...roots })
  const silent = h.ok(challenger, 'demandReceipt', { batch, receipt: 0n }, { value: ether })
  h.pass(61n)
  run(stranger, 'expireDemand', silent)
  h.pass(120n)
  run(stranger, 'expireRepair', { batch })
  for (const [step, { gas, stops }] of Object.entries(steps)) {
    assert(stops > 10, `${step} stops at ${stops} places`)
    assert(gas < 400_000n, `${step} takes ${gas} gas`)
  }
})

const functions = tracesAbi.flatMap((item) => (item.type === 'function' ? [item] : []))

test('state changes only by a plain call, and only demands take OPEN', () => {
  for (const { name, stateMutability } of functions) {
    // Refused before the arguments are looked at.
    const input = inputOf(name, sampleOf(name)).input.subarray(0, 4)
    const outcome = (options: { readOnly?: boolean; delegated?: boolean; value?: bigint }) => {
      const result = h.raw(stranger, protocol.traces, input, options)
      return result.ok ? '' : result.error
    }
    const isView = stateMutability === 'view'
    assert.equal(outcome({ readOnly: true }), isView ? 'MalformedInput' : 'StaticCall', name)
    assert.equal(outcome({ delegated: true }), isView ? 'MalformedInput' : 'DelegatedCall', name)
    assert.equal(outcome({ value: 1n }), name.startsWith('demand') ? 'MalformedInput' : 'NotPayable', name)
  }
})

test('every truncation of a refutation is malformed', () => {
  const scene = settleTale(stage, truthfulCase.lie)
  const { name, args } = truthfulCase
  const { input, to } = inputOf(name, { batch: scene.batch, salt: someSalt, ...args(openingsOf(scene), scene) })
  for (let length = 4; length < input.length; length += 7) {
    const outcome = h.raw(challenger, to, input.subarray(0, length))
    assert.equal(outcome.ok ? '' : outcome.error, 'MalformedInput')
  }
  const outcome = h.raw(challenger, to, concatBytes(input, new Uint8Array(32)))
  assert.equal(outcome.ok ? '' : outcome.error, 'MalformedInput')
})

/** Arguments of zeros. */
function sampleOf(name: string): Readonly<Record<string, unknown>> {
  const { inputs } = functions.find((each) => each.name === name)!
  return Object.fromEntries(inputs.map((input) => [input.name, zeroOf(input)]))
}

type Parameter = { readonly type: string; readonly name?: string; readonly components?: readonly Parameter[] }

function zeroOf({ type, components }: Parameter): unknown {
  if (type.endsWith('[]')) return []
  if (type === 'tuple') return Object.fromEntries(components!.map((each) => [each.name, zeroOf(each)]))
  if (type === 'bytes') return new Uint8Array(0)
  return type === 'bytes32' ? someSalt.replace(/[^x]/g, '0') : 0n
}
