import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Opening } from '../../../attribution/kernel/merkle.ts'
import { protocol } from '../../../attribution/native/addresses.ts'
import { protocolPrecompiles } from '../../../attribution/protocol.ts'
import { type Address, bigintToFixed, bytesToHex, concatBytes, type Hash, hexToBytes } from '../../../core/hex.ts'
import { createEthereumjsEngine } from '../../../state/engines/ethereumjs/engine.ts'
import { createWorld } from '../../../state/world.ts'
import { createMemoryState } from '../../state/memoryReader.ts'
import { ether, rules, senders, transaction } from '../../state/testChain.ts'
import { createChecked, creditOf, runOutOfGas } from '../checked.ts'
import { assertMoney, devRules, type Harness, inputOf } from '../harness.ts'
import { absent, undone } from '../tracesScene.ts'
import {
  anyone,
  attacker,
  bystander,
  claimOf,
  createNet,
  openShop,
  sell,
  settleBody,
  specific,
  victim,
} from './trade.ts'

// Attacks on the calls themselves: what a claim is proven with, how it is encoded, how it is reached, where it stops.

const texts = [
  'Whoever waters the garden before the sun is up will see it green in August, said the miller',
  'The ledger of the mill was kept by the youngest daughter, in blue ink and without a mistake',
  'Down by the river nobody counts the boats that pass under the old bridge on a Sunday',
]
const h = createChecked()
const owners = [victim, bystander, attacker] as const
const data = createNet(
  h,
  victim,
  texts.map((text, at) => [owners[at]!, text]),
)
const sold = sell(h, openShop(h, [data]), [texts.join('; ')])
const batch = settleBody(h, sold, sold.body)
h.pass(61n)
h.ok(anyone, 'finalizeBatch', { batch })
const claims = data.documents.map(({ contribution }) => claimOf(sold.body, batch, contribution))
const mine = claims[2]!
const honest: bigint = undone(h, () => h.ok(attacker, 'claim', { claims: [mine] }).amount!)

test('second preimages: inner nodes, shorter, longer and shifted paths open nothing; a claim pays what it paid', () => {
  const opening = mine.first
  const sibling = hexToBytes(opening.path[0] ?? (`0x${'00'.repeat(32)}` as Hash))
  const forged: readonly (readonly [string, Opening])[] = [
    ['an inner node as a leaf', { ...opening, data: concatBytes(sibling, sibling), path: opening.path.slice(1) }],
    ['a node with its prefix', { ...opening, data: concatBytes(Uint8Array.of(1), sibling, sibling), path: [] }],
    ['a shorter path', { ...opening, path: opening.path.slice(1) }],
    ['a longer path', { ...opening, path: [...opening.path, ...opening.path] }],
    ['another index', { ...opening, index: opening.index ^ 1n }],
    ['an index beyond the end', { ...opening, index: opening.index + (1n << 63n) }],
    ['the leaf with its prefix', { ...opening, data: concatBytes(Uint8Array.of(0), opening.data) }],
    ['no leaf', { ...opening, data: new Uint8Array(0) }],
  ]
  for (const [what, first] of forged) {
    const outcome = h.call(attacker, 'claim', { claims: [{ ...mine, first, last: first }] })
    assert(!outcome.ok && ['InvalidOpening', 'InvalidProof'].includes(outcome.error), what)
  }
  // An odd leaf is promoted, not doubled: the last one is not there twice.
  const last = sold.body.trees.ledger.open(2)
  const doubled = { ...last, index: 3n }
  h.fails('InvalidProof', attacker, 'claim', { claims: [{ ...mine, last: doubled, next: absent }] })
  assert.equal(
    undone(h, () => h.ok(attacker, 'claim', { claims: [mine] }).amount),
    honest,
  )
})

test('malformed ABI: a claim cut anywhere, or with any word of it changed, pays the attacker nothing more', () => {
  const { to, input } = inputOf('claim', { claims: [mine] })
  for (let end = 4; end < input.length; end++) {
    const outcome = h.raw(attacker, to, input.subarray(0, end))
    assert(!outcome.ok && outcome.error === 'MalformedInput', `cut at ${end}`)
  }
  for (let at = 4; at < input.length; at += 32)
    for (const word of [2n ** 256n - 1n, 2n ** 255n, 2n ** 32n, 31n, 0n])
      undone(h, () => {
        const changed = concatBytes(input.subarray(0, at), bigintToFixed(word, 32), input.subarray(at + 32))
        if (bytesToHex(changed) === bytesToHex(input)) return
        const before = creditOf(h, attacker)
        h.raw(attacker, to, changed)
        assertMoney(h)
        assert(creditOf(h, attacker) - before <= honest, `word at ${at}`)
      })
})

test('out of gas at every step of a claim: nothing is paid and nothing marked until it is paid as a whole', () => {
  const before = creditOf(h, attacker)
  const { stops } = runOutOfGas(h, attacker, 'claim', { claims: [mine] })
  assert(stops > 20)
  assert.equal(creditOf(h, attacker) - before, honest)
  h.fails('AlreadyClaimed', attacker, 'claim', { claims: [mine] })
})

// Contracts of a few bytes. Each calls the address in front of its calldata with what follows: one returns only if that
// succeeded, one then reverts all the same, one returns whatever became of it; three call in the ways that are refused.
const forwardPlain = '6014360380601460003760008091600060003560601c5a'
const forward = '6014360380601460003760008060009260008060003560601c5af1'
const kinds = {
  passes: `${forward}602257600080fd5b00`,
  reverts: `${forward}5060006000fd`,
  catches: `${forward}5000`,
  statics: `${forwardPlain}fa601f57600080fd5b00`,
  delegates: `${forwardPlain}f4601f57600080fd5b00`,
  callcodes: `${forward.slice(0, -2)}f2602257600080fd5b00`,
} as const
type Kind = keyof typeof kinds
const kindNames = Object.keys(kinds) as Kind[]
const addressOf = (kind: Kind) => `0x${'00'.repeat(18)}c0${kindNames.indexOf(kind)}0` as Address

/** Runs a call through these contracts, the first outermost, in the EVM; gives the victim's balance and credit. */
async function through(at: Harness, path: readonly Kind[]) {
  const alloc = createMemoryState({
    ...Object.fromEntries(senders.map((sender) => [sender, { balance: 1_000_000n * ether }])),
    ...Object.fromEntries(Object.values(protocol).map((each) => [each, { nonce: 1n, code: Uint8Array.of(0xfe) }])),
    ...Object.fromEntries(
      kindNames.map((kind) => [addressOf(kind), { nonce: 1n, code: hexToBytes(`0x${kinds[kind]}`) }]),
    ),
  })
  alloc.apply(at.world.finish())
  const engine = await createEthereumjsEngine({
    rules,
    precompiles: protocolPrecompiles(devRules),
    blockHash: () => undefined,
  })
  const world = createWorld(alloc.reader)
  const { to, input } = inputOf('sweepFor', { account: victim })
  const [outer, ...inner] = path
  const data = concatBytes(...inner.map((kind) => hexToBytes(addressOf(kind))), hexToBytes(to), input)
  const execution = engine.openBlock(world, {
    number: at.blockNumber,
    timestamp: at.now,
    coinbase: '0x000000000000000000000000000000000000fee0' as Address,
    gasLimit: 30_000_000n,
    baseFee: 1_000_000n,
    mixHash: batch,
    parentHash: batch,
    parentBeaconBlockRoot: batch,
  })
  const result = await execution.executeTx(
    transaction(50, { nonce: 0n, to: addressOf(outer!), data, gas: 16_000_000n, value: 0n }),
  )
  execution.close()
  assert(!('reject' in result))
  assert.equal(world.depth(), 0)
  return { paid: world.account(victim)!.balance, purse: world.account(protocol.settlement)!.balance }
}

test('static calls, delegate calls and call codes change nothing, for 0 wei', async () => {
  const agent = sold.args.header.provider
  for (const [name, args] of [
    ['claim', { claims: [claims[0]!] }],
    ['sweepFor', { account: victim }],
    ['unstake', { agent, amount: ether }],
    ['commitRefutation', { commitment: batch }],
  ] as const) {
    h.fails('StaticCall', attacker, name, args, { readOnly: true })
    h.fails('DelegatedCall', attacker, name, args, { delegated: true })
  }
  h.ok(anyone, 'claim', { claims: [claims[0]!] })
  const [paid, purse] = [h.balance(victim), h.balance(protocol.settlement)]
  for (const kind of ['statics', 'delegates', 'callcodes'] as const)
    for (const path of [
      ['catches', kind],
      ['catches', kind, 'passes'],
      ['catches', 'passes', kind],
    ] as const) {
      // A contract that a delegate call reaches calls plainly again: that is nobody's trick, and pays the owner.
      const isPlain = path.at(-1) === 'passes' && kind !== 'statics'
      const credit = isPlain ? creditOf(h, victim) : 0n
      assert.deepEqual(await through(h, path), { paid: paid + credit, purse: purse - credit }, path.join(' '))
    }
})

test('a revert after the write, at any depth, undoes a withdrawal: it is paid once or not at all', async () => {
  const credit = creditOf(h, victim)
  assert(credit > specific / 4n)
  const [balance, purse] = [h.balance(victim), h.balance(protocol.settlement)]
  const passes = (count: number) => Array.from({ length: count }, () => 'passes' as const)
  for (let depth = 0; depth <= 6; depth++) {
    for (let inside = 0; inside <= depth; inside += 3) {
      const reverted = await through(h, ['catches', ...passes(depth - inside), 'reverts', ...passes(inside)])
      assert.deepEqual(reverted, { paid: balance, purse }, `depth ${depth}, ${inside} inside`)
    }
    const paid = await through(h, ['catches', ...passes(depth)])
    assert.deepEqual(paid, { paid: balance + credit, purse: purse - credit }, `depth ${depth}`)
  }
})
