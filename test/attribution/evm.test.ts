import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { decodeFunctionResult, encodeFunctionData } from 'viem'
import { servePrecompile } from '../../attribution/native/dispatch.ts'
import { createStore } from '../../attribution/native/store.ts'
import { protocolDefinitions, protocolPrecompiles } from '../../attribution/protocol.ts'
import { agents } from '../../attribution/storage/agents.ts'
import { type Address, bytesToHex, concatBytes, hexToBytes } from '../../core/hex.ts'
import { loadContract } from '../../genesis/loadContract.ts'
import { addressOf } from '../state/memoryReader.ts'
import { type CallStep, decodeTrace, encodeSteps, type Step, type Traced } from './evm/callTree.ts'
import { createEvm, createEvmWorld, type EvmWorld } from './evm/evmWorld.ts'
import { assertBooks, captureScenes, changesOf, isView, nameOf, openScene, type Scene } from './evm/scenes.ts'
import { devRules } from './harness.ts'

// Every function through the EVM, each at a moment at which its call succeeds.

const engine = await createEvm()
const scenes = captureScenes()
const writers = scenes.filter((scene) => !isView(scene))
const delegated = addressOf(0x7702)

/** The call of a scene as a step of its caller. */
const callOf = ({ to, input, value }: Scene, options: Partial<CallStep> = {}): CallStep => ({
  kind: 'call',
  target: to,
  data: input,
  value,
  ...options,
})
const caught = { catches: true } as const

/** The caller performs these steps; gives what each of its own calls gave. */
async function perform(evm: EvmWorld, scene: Scene, steps: readonly Step[]): Promise<readonly Traced[]> {
  const { succeeded, output, logs } = await evm.send(scene, { to: scene.from, data: encodeSteps(steps) })
  assert(succeeded, scene.name)
  assertBooks(evm.world)
  if (changesOf(evm) === '') assert.equal(logs.length, 0, `${scene.name} logs nothing`)
  return decodeTrace(output)
}

/** At last the call succeeds as it does without an EVM. */
async function succeeds(evm: EvmWorld, scene: Scene): Promise<void> {
  const { output, logs } = await evm.send(scene, { to: scene.from, data: encodeSteps([callOf(scene)]) })
  const [call] = decodeTrace(output)
  assert(call?.ok, scene.name)
  assert.equal(bytesToHex(call.data), bytesToHex(scene.outcome.data), scene.name)
  assert.equal(logs.length, scene.outcome.events.length, scene.name)
  assertBooks(evm.world)
}

describe('kinds of calls', () => {
  test('no function that changes something runs in a static call, delegated, or as code of the caller', async () => {
    for (const scene of writers) {
      const evm = openScene(engine, scene)
      evm.world.setCode(delegated, concatBytes(hexToBytes('0xef0100'), hexToBytes(scene.to)))
      const trace = await perform(evm, scene, [
        callOf(scene, { kind: 'staticcall', ...caught }),
        callOf(scene, { kind: 'delegatecall', ...caught }),
        callOf(scene, { kind: 'callcode', ...caught }),
        callOf(scene, { target: delegated, ...caught }),
        callOf(scene, { target: delegated, kind: 'staticcall', ...caught }),
        callOf(scene, { target: delegated, kind: 'delegatecall', ...caught }),
      ])
      const errors = trace.map(({ ok, data }) => (ok ? 'ok' : nameOf(data)))
      const [plain, inside] = ['StaticCall', 'DelegatedCall']
      assert.deepEqual(errors, [plain, inside, inside, inside, inside, inside], scene.name)
      assert.equal(changesOf(evm), '', scene.name)
      await succeeds(evm, scene)
    }
  })

  test('a static call far above is one', async () => {
    for (const scene of writers) {
      const evm = openScene(engine, scene)
      const call = encodeSteps([{ ...callOf(scene), value: 0n, ...caught }])
      const middle = encodeSteps([{ kind: 'call', target: scene.from, data: call }])
      const [top] = await perform(evm, scene, [{ kind: 'staticcall', target: scene.from, data: middle }])
      const [below] = decodeTrace(top!.data)
      const [last] = decodeTrace(below!.data)
      assert(!last!.ok && nameOf(last!.data) === 'StaticCall', scene.name)
    }
  })

  test('views give the same in every kind of call', async () => {
    for (const scene of scenes.filter(isView)) {
      const evm = openScene(engine, scene)
      const kinds = ['call', 'staticcall', 'delegatecall', 'callcode'] as const
      for (const { ok, data } of await perform(
        evm,
        scene,
        kinds.map((kind) => callOf(scene, { kind })),
      )) {
        assert(ok, scene.name)
        assert.equal(bytesToHex(data), bytesToHex(scene.outcome.data), scene.name)
      }
    }
  })
})

describe('reverts', () => {
  const depth = 5

  test(`what reverts around a call, at depth 1 to ${depth}, leaves nothing of it`, async () => {
    for (const scene of writers) {
      const evm = openScene(engine, scene)
      /** The call, so many frames down; frame number `undone` reverts behind it. */
      const nested = (levels: number, undone: number): Step[] => {
        const inner: Step =
          levels === 0
            ? callOf(scene)
            : { kind: 'call', target: scene.from, data: encodeSteps(nested(levels - 1, undone - 1)), ...caught }
        return undone === 0 ? [inner, { kind: 'revert' }] : [inner]
      }
      const steps = Array.from({ length: depth }, (_, levels) =>
        Array.from({ length: levels + 1 }, (_, undone): Step => {
          const data = encodeSteps(nested(levels, undone))
          return { kind: 'call', target: scene.from, data, ...caught }
        }),
      ).flat()
      const trace = await perform(evm, scene, steps)
      assert.equal(trace.length, (depth * (depth + 1)) / 2)
      for (const [index, { ok, data }] of trace.entries()) assert(innermost(ok, data), `${scene.name} ${index}`)
      assert.equal(changesOf(evm), '', scene.name)
      await succeeds(evm, scene)
    }
  })

  test('a call that was undone can be made again in the same transaction', async () => {
    for (const scene of writers) {
      const evm = openScene(engine, scene)
      const undone = encodeSteps([callOf(scene), { kind: 'revert' }])
      const [first, second] = await perform(evm, scene, [
        { kind: 'call', target: scene.from, data: undone, ...caught },
        callOf(scene),
      ])
      assert(!first!.ok && second!.ok, scene.name)
      assert.equal(bytesToHex(second!.data), bytesToHex(scene.outcome.data), scene.name)
    }
  })
})

/** True if the call at the bottom of nested frames succeeded. */
function innermost(ok: boolean, data: Uint8Array): boolean {
  const isTrace =
    data.length >= 5 && data[0]! <= 1 && new DataView(data.buffer, data.byteOffset).getUint32(1) === data.length - 5
  if (!isTrace) return ok
  const [inner] = decodeTrace(data)
  return innermost(inner!.ok, inner!.data)
}

describe('out of gas', () => {
  /** Gas that one transaction spends on tries, and what a call with a value has beside its own. */
  const perTransaction = 11_000_000n
  const stipend = 2_300n

  test('one short of each charge of every function: nothing happens; with exactly its gas it succeeds', async () => {
    let tries = 0
    for (const scene of writers) {
      const evm = openScene(engine, scene)
      const given = scene.value > 0n ? stipend : 0n
      const limits = scene.boundaries.flatMap((sum) => [sum - 1n, sum]).filter((limit) => limit > given)
      assert.equal(limits.pop(), scene.outcome.gas)
      for (const chunk of chunks(limits, perTransaction)) {
        const steps = chunk.map((limit) => callOf(scene, { gas: limit - given, ...caught }))
        for (const [index, { ok, data }] of (await perform(evm, scene, steps)).entries())
          assert(!ok && data.length === 0, `${scene.name} with ${chunk[index]}`)
        assert.equal(changesOf(evm), '', scene.name)
        tries += chunk.length
      }
      const [exact] = await perform(evm, scene, [callOf(scene, { gas: scene.outcome.gas - given })])
      assert(exact!.ok, scene.name)
    }
    assert(tries > 5_000, `${tries}`)
  })

  test('a function at every limit from nothing to more than enough', async () => {
    const scene = scenes.find(({ name }) => name === 'setController')!
    const { abi, runtime } = loadContract('GasLadder')
    const ladder = addressOf(0x1add)
    const evm = createEvmWorld(engine, scene.state)
    evm.world.setCode(ladder, runtime)
    agents.set(
      createStore(evm.world, () => {}),
      { owner: ladder },
      scene.args.agent as never,
    )
    const before = changesOf(evm)
    const needed = Number(scene.outcome.gas)
    const step = 900
    for (let first = 0; first < needed + 20; first += step) {
      const last = Math.min(first + step, needed + 20) - 1
      const args = [scene.to, 0n, bytesToHex(scene.input), BigInt(first), BigInt(last)]
      const data = hexToBytes(encodeFunctionData({ abi, functionName: 'climb', args }))
      const { succeeded, output } = await evm.send(scene, { to: ladder, data, gas: 16_700_000n })
      assert(succeeded)
      const result = decodeFunctionResult({ abi, functionName: 'climb', data: bytesToHex(output) }) as `0x${string}`
      const flags = [...hexToBytes(result)]
      assert.deepEqual(
        flags,
        flags.map((_, index) => (first + index >= needed ? 1 : 0)),
      )
      assert.equal(changesOf(evm), before)
      assertBooks(evm.world)
    }
  })
})

/** The limits in order, in parts whose sum is at most so much. */
function* chunks(limits: readonly bigint[], most: bigint): Iterable<readonly bigint[]> {
  let [part, sum] = [[] as bigint[], 0n]
  for (const limit of limits) {
    if (sum + limit > most) {
      yield part
      ;[part, sum] = [[], 0n]
    }
    part.push(limit)
    sum += limit + 5_000n
  }
  if (part.length > 0) yield part
}

describe('exceptions', () => {
  test('a throw inside a function is an exception: its gas is gone, its writes are undone, its caller goes on', async () => {
    const throwing = await createEvm(
      new Map(
        protocolDefinitions.map((definition) => [
          definition.address,
          servePrecompile({ ...definition, functions: new Map([...definition.functions].map(breakDown)) }, devRules),
        ]),
      ),
    )
    const limit = 900_000n
    for (const scene of writers) {
      const evm = openScene(throwing, scene)
      const { gasUsed, output } = await evm.send(scene, {
        to: scene.from,
        data: encodeSteps([
          callOf(scene, { gas: limit, ...caught }),
          { kind: 'call', target: scene.from, data: new Uint8Array() },
        ]),
      })
      const [broken, next] = decodeTrace(output)
      assert(!broken!.ok && broken!.data.length === 0 && next!.ok, scene.name)
      assert(gasUsed > limit, scene.name)
      assert.equal(changesOf(evm), '', scene.name)
      assertBooks(evm.world)
    }
  })
})

type Entry = (typeof protocolDefinitions)[number]['functions'] extends ReadonlyMap<string, infer F> ? F : never

/** A function that does all its work and then throws. */
function breakDown([selector, found]: [string, Entry]): [string, Entry] {
  const run: Entry['run'] = (call, args) => {
    found.run(call, args)
    throw new Error('a bug')
  }
  return [selector, { ...found, run }]
}

test('the table of precompiles is what the engine serves', () => {
  const addresses: Address[] = [...protocolPrecompiles(devRules).keys()]
  assert.deepEqual(addresses.sort(), protocolDefinitions.map(({ address }) => address).sort())
})
