import assert from 'node:assert/strict'
import { test } from 'node:test'
import { equivocationSubject } from '../../attribution/kernel/build/commitment.ts'
import { domainSeparator, packSignature, type Receipt, receiptHash } from '../../attribution/kernel/typedData.ts'
import { agents } from '../../attribution/storage/agents.ts'
import { balances } from '../../attribution/storage/settlement.ts'
import { bytesToBigint, concatBytes, hexToBytes } from '../../core/hex.ts'
import { curveOrder, sign } from '../../core/secp256k1.ts'
import { ether, keys } from '../state/testChain.ts'
import { argsOf, createChecked, creditOf } from './checked.ts'
import { someHash } from './kernel/bodies.ts'
import { createMarket, openChannel, payer, plainBatch, providerOwner, settle } from './settlementMarket.ts'
import { challenger, commitTo, rival, undone } from './tracesScene.ts'

const h = createChecked()
const market = createMarket(h)
const channel = openChannel(h, market)
/** Of the agent's controller when the channel was opened. */
const providerKey = keys[11]!
const stake = 100_000n * ether

const receipt: Receipt = {
  channel,
  sequence: 7n,
  promptRoot: someHash('prompt'),
  outputRoot: someHash('output'),
  outputLength: 12,
  tokensIn: 3,
  tokensOut: 4,
  price: ether,
  cumulative: 5n * ether,
  time: 1_800_000_000n,
}

function signed(value: Receipt, { chainId = h.chainId, key = providerKey } = {}): Uint8Array {
  return packSignature(sign(hexToBytes(receiptHash(domainSeparator(chainId), value)), key))
}

/** As the ABI takes it: every number a bigint. */
const wide = (value: Receipt) => ({
  ...value,
  outputLength: BigInt(value.outputLength),
  tokensIn: BigInt(value.tokensIn),
  tokensOut: BigInt(value.tokensOut),
})

function proof(
  second: Receipt,
  signatures: { first?: Uint8Array; second?: Uint8Array } = {},
  first: Receipt = receipt,
) {
  return {
    first: wide(first),
    firstSignature: signatures.first ?? signed(first),
    second: wide(second),
    secondSignature: signatures.second ?? signed(second),
  }
}

/** Commits, lets a block pass, calls; gives the error, or the call's outcome. */
function prove(args: ReturnType<typeof proof>, from = challenger) {
  const subject = equivocationSubject(args.first.channel, args.first.sequence)
  const given = commitTo(h, from, subject, 'proveEquivocation', args)
  h.pass(1n)
  return h.call(from, 'proveEquivocation', given)
}

const twice = { ...receipt, tokensOut: 5 }

test('two receipts with one sequence number eject their signer, who loses a tenth of all stake', () =>
  undone(h, () => {
    h.ok(providerOwner, 'unstake', { agent: market.provider, amount: 95_000n * ether })
    const outcome = prove(proof(twice))
    assert(outcome.ok)
    const taken = stake / 10n
    assert.deepEqual(argsOf(outcome.events, 'Equivocated'), {
      agent: market.provider,
      prover: challenger,
      channel,
      sequence: 7n,
      taken,
    })
    const { stake: left, unbonding, ejected } = agents.get(h.store, market.provider)
    assert.deepEqual([left, unbonding, ejected], [0n, 90_000n * ether, true])
    assert.equal(creditOf(h, challenger), taken / 5n)
    assert.equal(balances.field(h.store, 'burns'), (taken * 4n) / 5n)
    const again = prove(proof({ ...receipt, price: 2n }), rival)
    assert.equal(again.ok ? '' : again.error, 'AlreadyProven')
    const batch = plainBatch(h, market, [{ channel, wei: 100n }])
    h.fails('UnderCollateralised', providerOwner, 'settleBatch', batch)
    h.fails('Ejected', payer(1), 'openChannel', {
      ...{ model: market.model, provider: market.provider, sessionKey: payer(1) },
      ...{ isPrivate: false, expiry: h.now + 100n },
    })
  }))

test('nothing else is an equivocation', () => {
  const other = openChannel(h, market)
  const highS = (packed: Uint8Array) => {
    const tail = bytesToBigint(packed.subarray(32))
    const s = curveOrder - (tail & (2n ** 255n - 1n))
    return concatBytes(
      packed.subarray(0, 32),
      hexToBytes(`0x${(((1n - (tail >> 255n)) << 255n) | s).toString(16).padStart(64, '0')}`),
    )
  }
  const wrong: Readonly<Record<string, ReturnType<typeof proof>>> = {
    'the same receipt twice': proof(receipt),
    'two sequence numbers': proof({ ...twice, sequence: 8n }),
    'two channels': proof({ ...twice, channel: other }),
    'signed by another': proof(twice, { second: signed(twice, { key: keys[12]! }) }),
    'the first signed by another': proof(twice, { first: signed(receipt, { key: keys[12]! }) }),
    'signed for another chain': proof(twice, { second: signed(twice, { chainId: 1n }) }),
    'a signature of something else': proof(twice, { second: signed(receipt) }),
    'no signature': proof(twice, { second: new Uint8Array(64) }),
    'a short signature': proof(twice, { second: signed(twice).subarray(1) }),
    'a high s': proof(twice, { second: highS(signed(twice)) }),
  }
  for (const [what, args] of Object.entries(wrong)) {
    const outcome = prove(args)
    assert.equal(outcome.ok ? '' : outcome.error, 'InvalidProof', what)
  }
  const unknown = prove(proof({ ...twice, channel: 99n }, {}, { ...receipt, channel: 99n }))
  assert.deepEqual(unknown.ok ? {} : [unknown.error, unknown.args], ['WrongChannel', { channel: 99n }])
})

test('a stolen equivocation pays nobody but who committed to it', () =>
  undone(h, () => {
    const args = proof(twice)
    const given = commitTo(h, challenger, equivocationSubject(channel, 7n), 'proveEquivocation', args)
    h.fails('NotCommitted', challenger, 'proveEquivocation', given)
    h.pass(1n)
    h.fails('NotCommitted', rival, 'proveEquivocation', given)
    h.ok(challenger, 'proveEquivocation', given)
  }))

test('the key that counts is that of the opening of the channel', () =>
  undone(h, () => {
    h.ok(providerOwner, 'setController', { agent: market.provider, controller: rival })
    assert(prove(proof(twice)).ok)
  }))

test('a key of a channel that ended more than a window ago harms nobody', () => {
  const check = (isClosed: boolean, wait: bigint, isLate: boolean) =>
    undone(h, () => {
      if (isClosed) h.ok(payer(0), 'closeChannel', { channel })
      const given = commitTo(h, challenger, equivocationSubject(channel, 7n), 'proveEquivocation', proof(twice))
      h.pass(wait)
      if (!isLate) h.ok(challenger, 'proveEquivocation', given)
      else assert.deepEqual(h.fails('TooLate', challenger, 'proveEquivocation', given), { latest: h.now - 1n })
    })
  // The channel expires after a day, or two minutes after its payer's notice; the window is a minute.
  const expires = h.ok(payer(0), 'getChannel', { channel }).value as unknown as { expiry: bigint }
  const left = expires.expiry - h.now
  check(false, left + 60n, false)
  check(false, left + 61n, true)
  check(true, 180n, false)
  check(true, 181n, true)
})

test('margins of open batches stay backed after an ejection', () =>
  undone(h, () => {
    const batch = settle(h, plainBatch(h, market, [{ channel, wei: 100n * ether }]))
    assert(prove(proof(twice)).ok)
    h.pass(61n)
    h.ok(rival, 'finalizeBatch', { batch })
    assert.equal(agents.field(h.store, 'openMargin', market.provider), 0n)
  }))
