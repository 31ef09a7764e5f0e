import assert from 'node:assert/strict'
import { test } from 'node:test'
import { domainSeparator, packSignature, voucherDigest } from '../../attribution/kernel/typedData.ts'
import { encodeUpdates, updateBytes } from '../../attribution/kernel/updates.ts'
import { bytesToBigint, concatBytes, hexToBytes } from '../../core/hex.ts'
import { keccakHash } from '../../core/keccak.ts'
import { curveOrder, sign } from '../../core/secp256k1.ts'
import { ether, keys } from '../state/testChain.ts'
import { assertMoney } from './harness.ts'
import {
  controller,
  createModel,
  openChannel,
  openMarket,
  packUpdates,
  payer,
  plainBatch,
  sessionKey,
  settle,
} from './settlementMarket.ts'

test('packed updates are whole, ascending, and at most 256', () => {
  const { h, market } = openMarket(2)
  const args = plainBatch(h, market, [
    { channel: 1n, wei: 5n },
    { channel: 2n, wei: 5n },
  ])
  const { updates } = args
  const [first, second] = [updates.subarray(0, updateBytes), updates.subarray(updateBytes)]
  const wrong = [
    new Uint8Array(0),
    updates.subarray(1),
    updates.subarray(0, -1),
    concatBytes(updates, Uint8Array.of(0)),
    concatBytes(second, first),
    concatBytes(first, first),
    new Uint8Array(257 * updateBytes),
  ]
  for (const each of wrong) h.fails('InvalidUpdates', controller, 'settleBatch', { ...args, updates: each })
  h.ok(controller, 'settleBatch', args)
})

test('each channel is of the pair, open, growing, covered and signed for', () => {
  const { h, market } = openMarket(1, ether)
  const other = { ...market, model: createModel(h, [], { label: 'other' }) }
  const elsewhere = openChannel(h, other, { deposit: ether })
  const args = plainBatch(h, market, [{ channel: 1n, wei: 5n }])
  const head = keccakHash(Uint8Array.of(1))
  const refuse = (error: string, voucher: object, receipts = 1n) => {
    const updates = packUpdates(h, [{ channel: 1n, sequence: 1n, cumulative: 5n, head, ...voucher }])
    return h.fails(error, controller, 'settleBatch', { header: { ...args.header, receipts }, updates })
  }
  assert.deepEqual(refuse('WrongChannel', { channel: elsewhere }), { channel: elsewhere })
  assert.deepEqual(refuse('WrongChannel', { channel: 77n }), { channel: 77n })
  assert.deepEqual(refuse('SequenceRegress', { sequence: 0n }), { channel: 1n })
  assert.deepEqual(refuse('InsufficientChannel', { cumulative: ether + 1n }), { channel: 1n })
  assert.deepEqual(
    h.fails('InvalidSignature', controller, 'settleBatch', {
      ...args,
      updates: packUpdates(h, [{ channel: 1n, sequence: 1n, cumulative: 5n, head }], keys[3]),
    }),
    { channel: 1n },
  )
  settle(h, args)
  h.pass(10n)
  refuse('SequenceRegress', { sequence: 1n })
  refuse('SequenceRegress', { sequence: 2n, cumulative: 4n })
  settle(h, { ...args, updates: packUpdates(h, [{ channel: 1n, sequence: 2n, cumulative: ether, head }]) })
  h.pass(86_400n)
  assert.deepEqual(refuse('ChannelClosed', { sequence: 3n, cumulative: ether }), { channel: 1n })
  assertMoney(h)
})

test('a channel settles in the very last second of its expiry and of its notice', () => {
  const { h, market } = openMarket(0)
  const [expiring, noticed] = [openChannel(h, market, { expiry: h.now + 50n }), openChannel(h, market)]
  h.pass(50n)
  settle(h, plainBatch(h, market, [{ channel: expiring, wei: 1n }]))
  h.ok(payer(0), 'closeChannel', { channel: noticed })
  h.pass(120n)
  settle(h, plainBatch(h, market, [{ channel: noticed, wei: 1n }]))
  h.pass(11n)
  h.fails('ChannelClosed', controller, 'settleBatch', plainBatch(h, market, [{ channel: noticed, wei: 1n }]))
})

test('a voucher is good for its chain, its channel and its numbers only', () => {
  const { h, market } = openMarket(2)
  const { header } = plainBatch(h, market, [{ channel: 1n, wei: 5n }])
  const voucher = { channel: 1n, sequence: 1n, cumulative: 5n, head: keccakHash(Uint8Array.of(1)) }
  const signature = (chainId: bigint, signed = voucher) =>
    packSignature(sign(hexToBytes(voucherDigest(domainSeparator(chainId), signed)), sessionKey))
  const good = signature(h.chainId)
  const highS = concatBytes(good.subarray(0, 32), flipS(good.subarray(32)))
  const refused = [
    { ...voucher, signature: signature(h.chainId + 1n) },
    { ...voucher, channel: 2n, signature: good },
    { ...voucher, sequence: 2n, signature: good },
    { ...voucher, cumulative: 6n, signature: good },
    { ...voucher, head: keccakHash(Uint8Array.of(2)), signature: good },
    { ...voucher, signature: new Uint8Array(64) },
    { ...voucher, signature: highS },
  ]
  for (const update of refused) {
    const updates = encodeUpdates([update])
    h.fails('InvalidSignature', controller, 'settleBatch', { header, updates })
  }
  settle(h, { header, updates: encodeUpdates([{ ...voucher, signature: good }]) })
})

/** The other s of a packed signature's second half: the same point, malleated. */
function flipS(half: Uint8Array): Uint8Array {
  const word = bytesToBigint(half)
  const [yParity, s] = [word >> 255n, word & (2n ** 255n - 1n)]
  const flipped = ((1n - yParity) << 255n) | ((curveOrder - s) & (2n ** 255n - 1n))
  return hexToBytes(`0x${flipped.toString(16).padStart(64, '0')}`)
}
