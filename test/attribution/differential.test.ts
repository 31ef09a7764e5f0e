import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { protocol } from '../../attribution/native/addresses.ts'
import type { Address, Hash } from '../../core/hex.ts'
import { bytesToBigint, bytesToHex } from '../../core/hex.ts'
import { privateKeyToAddress } from '../../core/secp256k1.ts'
import type { World } from '../../core/state.ts'
import { createActs } from './evm/acts.ts'
import { createEvm, createEvmWorld, memoryOf } from './evm/evmWorld.ts'
import { perform } from './evm/performer.ts'
import { type ActName, actNames, type Program, programs } from './evm/programs.ts'
import { openMarginSlots, referenceStateOf } from './evm/reference.ts'
import { actors, createShop, sessionKeys } from './evm/shop.ts'
import { validatorVault } from './harness.ts'

// Settlement three times: the handlers without an EVM, the native precompile in the EVM, a contract in Solidity. The same
// random call trees, with reverts and caught failures at any depth, have to give the same to the wei.

const seed = Number(process.env.OPENLEDGER_SEED ?? 3_003)
const runs = Number(process.env.OPENLEDGER_RUNS ?? 1) * 40
const native = await createEvm()
const contract = await createEvm(new Map())
const shop = createShop()
const nativeState = memoryOf(shop.h).reader
const contractState = referenceStateOf(shop.h, shop.registered)
const people: readonly Address[] = [
  ...actors,
  validatorVault,
  protocol.settlement,
  ...sessionKeys.map(privateKeyToAddress),
]
const agentSlots = shop.registered.agents.map(openMarginSlots)
const succeeded = new Map<ActName, number>()
const failed = new Map<ActName, number>()

async function run(program: Program): Promise<void> {
  const { h, ...rest } = createShop()
  const prepare = createActs({ h, ...rest })
  const inNative = createEvmWorld(native, nativeState)
  const inContract = createEvmWorld(contract, contractState)
  for (const { wait, frame } of program) {
    h.pass(BigInt(wait))
    const { to, data, outcome } = perform(h, actors, frame, (act) => {
      const ready = prepare(act)
      return {
        ...ready,
        done(traced) {
          ready.done?.(traced)
          const counts = traced.ok ? succeeded : failed
          counts.set(ready.name, (counts.get(ready.name) ?? 0) + 1)
        },
      }
    })
    const [first, second] = [await inNative.send(h, { to, data }), await inContract.send(h, { to, data })]
    assert.deepEqual([first.succeeded, bytesToHex(first.output)], [outcome.ok, bytesToHex(outcome.data)], 'native')
    assert.deepEqual([second.succeeded, bytesToHex(second.output)], [outcome.ok, bytesToHex(outcome.data)], 'contract')
    assert.equal(second.logs.length, first.logs.length, 'logs')
    assertSameStates(h.world, inNative.world, inContract.world)
  }
}

/** Every word that was written anywhere is the same everywhere, and so is everybody's balance. */
function assertSameStates(harness: World, inNative: World, inContract: World): void {
  const balancesOf = (world: World) => people.map((account) => world.account(account)?.balance)
  assert.deepEqual(balancesOf(inNative), balancesOf(harness), 'balances, native')
  assert.deepEqual(balancesOf(inContract), balancesOf(harness), 'balances, contract')
  for (const address of Object.values(protocol)) {
    for (const slot of slotsOf(address, harness, inNative)) {
      assert.equal(wordOf(inNative, address, slot), wordOf(harness, address, slot), `native: ${address} ${slot}`)
    }
  }
  const { settlement, agents } = protocol
  for (const slot of slotsOf(settlement, inNative, inContract)) {
    const margin = agentSlots.find(({ reference }) => reference === slot)
    const word = margin === undefined ? wordOf(harness, settlement, slot) : wordOf(harness, agents, margin.native)
    assert.equal(wordOf(inContract, settlement, slot), word, `contract: ${slot}`)
  }
}

function slotsOf(address: Address, ...worlds: readonly World[]): ReadonlySet<Hash> {
  return new Set(worlds.flatMap((world) => [...(world.finish().accounts.get(address)?.storage.keys() ?? [])]))
}

function wordOf(world: World, address: Address, slot: Hash): bigint {
  return bytesToBigint(world.storage(address, slot))
}

test(`the same call trees give the same, native and as a contract (seed ${seed}, ${runs} runs)`, async () => {
  await fc.assert(fc.asyncProperty(programs, run), { seed, numRuns: runs, endOnFailure: true })
  for (const name of actNames) {
    assert((succeeded.get(name) ?? 0) > 0, `${name} never succeeded`)
    assert((failed.get(name) ?? 0) > 0, `${name} never failed`)
  }
})
