import assert from 'node:assert/strict'
import { test } from 'node:test'
import { protocol } from '../../attribution/native/addresses.ts'
import { protocolPrecompiles } from '../../attribution/protocol.ts'
import { type Address, bytesToBigint, type Hash } from '../../core/hex.ts'
import { loadContract } from '../../genesis/loadContract.ts'
import { config, createTestChain, ether, gwei, inputsOf, receiptsOf, senders, transaction } from '../state/testChain.ts'
import { encodeSteps } from './evm/callTree.ts'
import { burner, court, createHarness, devRules, type Harness, inputOf, timelock } from './harness.ts'
import { runLife } from './life.ts'

// The whole life of the protocol as transactions in blocks that are built, verified and committed to the trie.

type Sent = { readonly from: Address; readonly name: string; readonly args: object; readonly value: bigint }
/** Calls of one block, at one second. */
type Planned = { readonly now: bigint; readonly calls: Sent[] }

/** The life, block by block: what it does does not depend on the base fee, but its bonds do. */
function plan(h: Harness, baseFeeAt: (block: number) => bigint): readonly Planned[] {
  const blocks: Planned[] = []
  const { call } = h
  h.call = (from, name, args = {}, options = {}) => {
    if (blocks.at(-1)?.now !== h.now) blocks.push({ now: h.now, calls: [] })
    h.baseFee = baseFeeAt(blocks.length - 1)
    const outcome = call(from, name, args, options)
    assert(outcome.ok, name)
    if (outcome.events.length > 0) blocks.at(-1)!.calls.push({ from, name, args, value: options.value ?? 0n })
    return outcome
  }
  runLife(h)
  return blocks
}

test('a life in blocks that are built and verified leaves the state that it leaves without a chain', async () => {
  const blocks = plan(createHarness(), () => 1_000_000n)
  const tree = loadContract('Tree').runtime
  const judges = [court, timelock, burner]
  const operator = senders.length - 2
  const chain = await createTestChain(
    {
      ...Object.fromEntries(senders.map((sender) => [sender, { balance: 2_000_000n * ether }])),
      ...Object.fromEntries(
        Object.values(protocol).map((address) => [address, { nonce: 1n, code: Uint8Array.of(0xfe) }]),
      ),
      ...Object.fromEntries(judges.map((judge) => [judge, { nonce: 1n, code: tree }])),
    },
    protocolPrecompiles(devRules),
  )
  const supply = chain.supply()
  const nonces = new Map<number, bigint>()
  const baseFees: bigint[] = []
  for (const { now, calls } of blocks) {
    const txs = calls.map(({ from, name, args, value }) => {
      const { to, input } = inputOf(name, args as Readonly<Record<string, unknown>>)
      const index = senders.indexOf(from)
      const sender = index < 0 ? operator : index
      const nonce = nonces.get(sender) ?? 0n
      nonces.set(sender, nonce + 1n)
      const call =
        index < 0
          ? { to: from, data: encodeSteps([{ kind: 'call', target: to, data: input, value }]) }
          : { to, data: input, value }
      return transaction(sender, { ...call, nonce, gas: 3_000_000n, maxFeePerGas: 10n * gwei })
    })
    const { origin } = inputsOf()
    const inputs = inputsOf({
      origin: { ...origin, timestamp: now },
      config: { ...config, gasLimit: 1_000_000_000n },
    })
    const built = await chain.seal(txs, { timestamp: now, inputs })
    assert.deepEqual(built.skipped, [])
    for (const [index, receipt] of receiptsOf(built).entries()) assert(receipt.succeeded, calls[index]?.name)
    baseFees.push(built.block.header.baseFeePerGas)
  }

  const h = createHarness()
  plan(h, (block) => baseFees[block]!)
  const state = chain.state()
  const { accounts } = h.world.finish()
  let words = 0
  for (const address of Object.values(protocol)) {
    for (const slot of accounts.get(address)?.storage.keys() ?? []) {
      assert.equal(word(state, address, slot), word(h.world, address, slot), `${address} ${slot}`)
      words++
    }
  }
  assert(words > 600, `${words} words`)
  assert.equal(chain.balance(protocol.settlement), h.balance(protocol.settlement))
  assert.equal(chain.supply(), supply)
})

function word(reader: { storage(address: Address, slot: Hash): Uint8Array }, address: Address, slot: Hash): bigint {
  return bytesToBigint(reader.storage(address, slot))
}
