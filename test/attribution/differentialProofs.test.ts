import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type Abi, decodeFunctionResult, encodeFunctionData } from 'viem'
import { flatten, maxAncestors, type Parent } from '../../attribution/kernel/lineage.ts'
import { createTree, type Opening, verifyOpening } from '../../attribution/kernel/merkle.ts'
import { type Address, bytesToHash, bytesToHex, type Hash, hexToBytes } from '../../core/hex.ts'
import { keccakHash } from '../../core/keccak.ts'
import { loadContract } from '../../genesis/loadContract.ts'
import { createWorld } from '../../state/world.ts'
import { addressOf, createMemoryState } from '../state/memoryReader.ts'
import { senders } from '../state/testChain.ts'
import { createEvm, envOf } from './evm/evmWorld.ts'

// The contracts that benches compare with say what the kernel says.

const seed = Number(process.env.OPENLEDGER_SEED ?? 3_004)
const contracts = { lineage: loadContract('ReferenceLineage'), proofs: loadContract('ReferenceProofs') }
const addresses: Readonly<Record<keyof typeof contracts, Address>> = {
  lineage: addressOf(0x1a),
  proofs: addressOf(0x1b),
}
const engine = await createEvm(new Map())
const { reader } = createMemoryState({
  [addresses.lineage]: { nonce: 1n, code: contracts.lineage.runtime },
  [addresses.proofs]: { nonce: 1n, code: contracts.proofs.runtime },
})
const execution = engine.openBlock(createWorld(reader), envOf({ now: 1n, blockNumber: 1n }))

/** Whether a call of a contract succeeds, and what it gives. */
async function ask(
  name: keyof typeof contracts,
  functionName: string,
  args: readonly unknown[],
): Promise<{ readonly ok: boolean; readonly value?: unknown }> {
  const abi = contracts[name].abi as Abi
  const data = hexToBytes(encodeFunctionData({ abi, functionName, args }))
  const from = senders[0]!
  const message = { from, to: addresses[name], data, value: 0n, gas: 16_000_000n, gasPrice: 0n, checkBalance: false }
  const result = await execution.call(message)
  assert(!('reject' in result) && result.kind !== 'halt')
  if (result.kind === 'revert') return { ok: false }
  return { ok: true, value: decodeFunctionResult({ abi, functionName, data: bytesToHex(result.output) }) }
}

const idOf = (index: number): Hash => keccakHash(Uint8Array.of(index))
const listed = fc
  .uniqueArray(fc.nat({ max: 50 }), { maxLength: 12 })
  .chain((ids) =>
    fc.tuple(...ids.map((id) => fc.bigInt({ min: 0n, max: 10n ** 9n }).map((share) => ({ id: idOf(id), share })))),
  )
const parents: fc.Arbitrary<readonly Parent[]> = fc
  .uniqueArray(
    fc.record({
      number: fc.nat({ max: 50 }),
      share: fc.bigInt({ min: 0n, max: 10n ** 8n }),
      parentShareSum: fc.bigInt({ min: 0n, max: 10n ** 9n }),
      ancestors: listed.map((list) => list.sort((a, b) => (a.id < b.id ? -1 : 1))),
    }),
    { maxLength: 8, selector: ({ number }) => number },
  )
  .map((list) =>
    list.map(({ number, ...parent }) => ({ id: idOf(number), ...parent })).sort((a, b) => (a.id < b.id ? -1 : 1)),
  )

test(`lineage flattens to the same (seed ${seed})`, async () => {
  let refused = 0
  await fc.assert(
    fc.asyncProperty(parents, async (list) => {
      const args = list.map(({ id, share, parentShareSum, ancestors }) => ({
        model: id,
        share: Number(share),
        parentShares: Number(parentShareSum),
        ancestors: ancestors.map((ancestor) => ({ model: ancestor.id, share: Number(ancestor.share) })),
      }))
      const flat = flatten(list)
      const given = await ask('lineage', 'flatten', [args])
      if ('reject' in flat) {
        refused++
        assert(!given.ok)
        return
      }
      assert.deepEqual(
        given.value,
        flat.ancestors.map(({ id, share }) => ({ model: id, share: Number(share) })),
      )
    }),
    { seed, numRuns: 200 },
  )
  assert(refused > 0, `never more than ${maxAncestors}`)
})

type Changed = (opening: Opening) => Opening
const zero = bytesToHash(new Uint8Array(32))
const changes: readonly Changed[] = [
  (opening) => opening,
  (opening) => opening,
  ({ index, data, path }) => ({ index: index + 1n, data, path }),
  ({ index, data, path }) => ({ index, data: Uint8Array.of(...data, 0), path }),
  ({ index, data, path }) => ({ index, data, path: [...path, zero] }),
  ({ index, data, path }) => ({ index, data, path: path.slice(1) }),
  ({ index, data, path }) => ({ index, data, path: path.map((hash, at) => (at === 0 ? zero : hash)) }),
]

test(`openings are verified alike (seed ${seed})`, async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.uint8Array({ maxLength: 40 }), { minLength: 1, maxLength: 40 }),
      fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
      fc.nat(),
      fc.constantFrom(...changes),
      async (leaves, byteLength, pick, change) => {
        const tree = createTree(leaves, byteLength)
        const opening = change(tree.open(pick % leaves.length))
        const { index, data, path } = opening
        const given = await ask('proofs', 'verify', [
          [{ root: tree.root, count: tree.count, byteLength }],
          [{ index, data: bytesToHex(data), path }],
        ])
        assert.equal(given.ok, verifyOpening(tree, opening))
      },
    ),
    { seed, numRuns: 300 },
  )
})
