import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeFunctionData, encodeFunctionResult } from 'viem'
import { NodeError } from '../../core/errors.ts'
import type { Header } from '../../core/header.ts'
import { type Address, bigintToFixed, bytesToHex, type Hash, hexToBytes } from '../../core/hex.ts'
import { keccakHash } from '../../core/keccak.ts'
import { outputOracleAbi } from '../../l1/abi.ts'
import type { L1Record } from '../../l1/derive/record.ts'
import { outputRoot } from '../../l1/output.ts'
import { createOutputWatch, type OutputLook } from '../../l1/outputs.ts'
import { genesis } from './derive/actor.ts'

const oracle = `0x${'a2'.repeat(20)}` as Address
const hashOf = (text: string) => keccakHash(new TextEncoder().encode(text))
const l1Hash = (number: bigint) => hashOf(`L1 block ${number}`)
const l2Hash = (number: bigint) => hashOf(`L2 block ${number}`)
const headerAt = (number: bigint): Header => ({ ...genesis.block.header, number })
const rootAt = (number: bigint): Hash =>
  outputRoot({ ...headerAt(number), withdrawalsRoot: headerAt(number).withdrawalsRoot, hash: l2Hash(number) })

/** An output as the fake oracle has it: the L2 block is safe at the end of the L1 block of ten times its number. */
type Output = {
  outputRoot: Hash
  timestamp: bigint
  l2BlockNumber: bigint
  l1BlockNumber: bigint
  l1BlockHash: Hash
}

const right = (l2BlockNumber: bigint, changes: Partial<Output> = {}): Output => ({
  outputRoot: rootAt(l2BlockNumber),
  timestamp: 1_000n + l2BlockNumber,
  l2BlockNumber,
  l1BlockNumber: l2BlockNumber * 10n,
  l1BlockHash: l1Hash(l2BlockNumber * 10n),
  ...changes,
})
const lie = { outputRoot: hashOf('a lie') }

/** An oracle with outputs 1 to `count`, all right, all of them known to the node. */
function scene(count: number, remembered?: number) {
  const outputs = [right(0n), ...Array.from({ length: count }, (_, index) => right(BigInt(index + 1)))]
  const state = { finals: 1, calls: [] as string[], onCall: (_name: string) => {} }
  const records = new Map<bigint, Pick<L1Record, 'block' | 'safe'>>()
  const derive = (l2Block: bigint) => {
    const number = l2Block * 10n
    const block = { number, hash: l1Hash(number) } as L1Record['block']
    const safe = { number: l2Block, hash: l2Hash(l2Block) } as L1Record['safe']
    records.set(number, { block, safe })
  }
  for (const { l2BlockNumber } of outputs) derive(l2BlockNumber)

  async function call({ to, data }: { to: Address; data: Uint8Array }): Promise<Uint8Array | undefined> {
    assert.equal(to, oracle)
    const { functionName, args } = decodeFunctionData({ abi: outputOracleAbi, data: bytesToHex(data) })
    state.calls.push(functionName)
    state.onCall(functionName)
    const answer = (result: unknown) =>
      hexToBytes(encodeFunctionResult({ abi: outputOracleAbi, functionName, result } as never))
    if (functionName === 'latestOutputIndex') return answer(BigInt(outputs.length - 1))
    const index = Number(args?.[0])
    if (functionName === 'isFinalized') return answer(index < state.finals && index < outputs.length)
    const output = outputs[index]
    if (output === undefined) return undefined
    if (functionName === 'getL2Output') return answer(output)
    assert.equal(functionName, 'outputL1Block')
    return answer([output.l1BlockNumber, output.l1BlockHash])
  }
  const warnings: string[] = []
  const watch = createOutputWatch({
    wallet: { call },
    oracle,
    follower: { record: (number) => records.get(number) as L1Record | undefined },
    chain: {
      reader: {
        headerByHash: (hash) =>
          [...Array(200).keys()]
            .map(BigInt)
            .filter((number) => l2Hash(number) === hash)
            .map(headerAt)[0],
      },
    },
    log: { info: () => {}, warn: (_, text) => warnings.push(text) },
    ...(remembered !== undefined && { remembered }),
  })
  return { outputs, records, derive, state, watch, warnings }
}

const verdicts = ({ checked }: OutputLook) => checked.map(({ index, verdict }) => `${index} ${verdict}`)
const disputed = ({ disputed }: OutputLook) => disputed.map(({ index }) => index)

test('an output matches if the node derived that block and root at the end of that L1 block', async () => {
  const { outputs, records, derive, watch } = scene(5)
  outputs[2] = right(2n, lie)
  // A right root of another block than the safe one there.
  outputs[3] = right(3n, { l2BlockNumber: 2n, outputRoot: rootAt(2n) })
  outputs[4] = right(4n, { l1BlockHash: hashOf('another fork') })
  records.delete(50n)
  const look = await watch.look()
  assert.deepEqual(verdicts(look), ['1 matches', '2 mismatch', '3 mismatch', '4 unknown', '5 unknown'])
  const [first] = look.checked
  assert.deepEqual(first, {
    index: 1n,
    claim: { l2BlockNumber: 1n, outputRoot: rootAt(1n), l1BlockHash: l1Hash(10n) },
    l1BlockNumber: 10n,
    verdict: 'matches',
  })
  assert.deepEqual(look.disputed, [
    {
      index: 2n,
      claim: { l2BlockNumber: 2n, outputRoot: lie.outputRoot, l1BlockHash: l1Hash(20n) },
      l1BlockNumber: 20n,
      own: headerAt(2n),
    },
    {
      index: 3n,
      claim: { l2BlockNumber: 2n, outputRoot: rootAt(2n), l1BlockHash: l1Hash(30n) },
      l1BlockNumber: 30n,
      own: headerAt(3n),
    },
  ])
  // Nothing new is said, what is wrong is still there, and what is derived meanwhile is compared.
  const second = await watch.look()
  assert.deepEqual([verdicts(second), disputed(second)], [[], [2n, 3n]])
  derive(5n)
  assert.deepEqual(verdicts(await watch.look()), ['5 matches'])
  assert.deepEqual(verdicts(await watch.look()), [])
})

test('a wrong output is told until it was deleted, which L1 has to say twice', async () => {
  const { outputs, state, watch, warnings } = scene(6)
  outputs[3] = right(3n, lie)
  assert.deepEqual(disputed(await watch.look()), [3n])
  const all = outputs.splice(3)
  assert.deepEqual(disputed(await watch.look()), [3n])
  // One that lagged.
  outputs.push(...all)
  assert.deepEqual(disputed(await watch.look()), [3n])
  assert.deepEqual(warnings, [])
  outputs.splice(3)
  await watch.look()
  assert.deepEqual(disputed(await watch.look()), [])
  assert.equal(warnings.length, 1)
  outputs.push(right(4n, { timestamp: 2_000n }))
  state.calls.length = 0
  assert.deepEqual(verdicts(await watch.look()), ['3 matches'])
  assert.ok(state.calls.length <= 6, 'what was there before is not read again')
})

test('another output of the same index is another output', async () => {
  const { outputs, watch } = scene(4)
  assert.deepEqual(disputed(await watch.look()), [])
  // Only the time tells that the next ones are others, where the wrong one is in their middle.
  outputs.splice(
    2,
    3,
    right(2n, { timestamp: 2_000n }),
    right(3n, { ...lie, timestamp: 2_060n }),
    right(4n, { timestamp: 2_120n }),
  )
  await watch.look()
  const look = await watch.look()
  assert.deepEqual(verdicts(look), ['2 matches', '3 mismatch', '4 matches'])
  assert.deepEqual(disputed(look), [3n])
})

test('an output that changes while it is read is no wrong output', async () => {
  const { outputs, state, watch } = scene(2)
  outputs[2] = right(2n, lie)
  const changed = right(1n, {
    l2BlockNumber: 3n,
    outputRoot: rootAt(3n),
    l1BlockNumber: 30n,
    l1BlockHash: l1Hash(30n),
    timestamp: 2_000n,
  })
  state.onCall = (name) => {
    if (name === 'outputL1Block' && state.calls.filter((call) => call === name).length === 2) outputs[1] = changed
  }
  const look = await watch.look()
  assert.deepEqual([verdicts(look), disputed(look)], [[], []])
  assert.deepEqual(verdicts(await watch.look()), ['1 unknown', '2 mismatch'])
})

test('a look reads a bounded number of outputs, and little when there is no news', async () => {
  const { outputs, derive, state, watch } = scene(100)
  const counts: number[] = []
  for (let looks = 0; looks < 5; looks++) {
    state.calls.length = 0
    counts.push((await watch.look()).checked.length)
    assert.ok(state.calls.length < 120)
  }
  assert.deepEqual(counts, [32, 32, 32, 4, 0])
  assert.equal(state.calls.length, 3)
  outputs.push(right(101n, lie))
  derive(101n)
  assert.deepEqual(disputed(await watch.look()), [101n])
})

test('outputs that are final are not read, and records are needed from the one after the last of them', async () => {
  const { outputs, derive, state, watch } = scene(60)
  assert.equal(watch.keepFrom(), 0n)
  state.finals = 50
  const look = await watch.look()
  assert.equal(look.checked[0]?.index, 50n)
  assert.equal(look.checked.length, 11)
  assert.equal(watch.keepFrom(), 491n)
  state.finals = 61
  await watch.look()
  assert.equal(watch.keepFrom(), 601n)
  outputs.push(right(61n))
  derive(61n)
  assert.deepEqual(verdicts(await watch.look()), ['61 matches'])
  assert.equal(watch.keepFrom(), 601n)
  outputs.splice(20)
  await watch.look()
  await watch.look()
  assert.equal(watch.keepFrom(), 191n)
})

test('a wrong output stays disputed however many come after it', async () => {
  const { outputs, watch } = scene(90, 8)
  outputs[2] = right(2n, lie)
  for (let looks = 0; looks < 3; looks++) assert.deepEqual(disputed(await watch.look()), [2n])
  const { checked, matching } = await watch.look()
  assert.deepEqual([checked, matching.length], [[], 7])
  outputs.splice(2)
  await watch.look()
  assert.deepEqual(disputed(await watch.look()), [])
})

test('a wrong output stays disputed when it becomes final, and when its record is pruned', async () => {
  const { outputs, records, state, watch } = scene(5)
  outputs[2] = right(2n, lie)
  await watch.look()
  state.finals = 6
  records.clear()
  for (let looks = 0; looks < 3; looks++) assert.deepEqual(disputed(await watch.look()), [2n])
})

test('an oracle that does not answer is an outage, and nothing is forgotten', async () => {
  const { outputs, state, watch } = scene(3)
  outputs[3] = right(3n, lie)
  await watch.look()
  for (let failing = 1; failing <= 3; failing++) {
    let count = 0
    state.onCall = () => {
      if (++count === failing) throw new NodeError({ code: 'l1_unreachable', severity: 'retry', message: 'no answer' })
    }
    await assert.rejects(watch.look(), { code: 'l1_unreachable' })
    state.onCall = () => {}
    assert.deepEqual(disputed(await watch.look()), [3n])
  }
  for (const output of [undefined, new Uint8Array(0), bigintToFixed(1n, 31)]) {
    const deaf = createOutputWatch({
      wallet: { call: async () => output },
      oracle,
      follower: { record: () => undefined },
      chain: { reader: { headerByHash: () => undefined } },
      log: { info: () => {}, warn: () => {} },
    })
    await assert.rejects(deaf.look(), { code: 'oracle_unreadable', severity: 'retry' })
  }
})
