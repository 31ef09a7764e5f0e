import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeBlock, encodeBlock } from '../../../core/block.ts'
import { concatBytes, zeroAddress, zeroHash } from '../../../core/hex.ts'
import { type TxCode, txCodes } from '../../../core/ports/net.ts'
import { curveOrder } from '../../../core/secp256k1.ts'
import type { FeeMarketTx } from '../../../core/tx.ts'
import { envelope, signAuthorization, signTx } from '../../../core/txEnvelope.ts'
import { gateLimits } from '../../../p2p/gossip/limits.ts'
import { createSenders } from '../../../p2p/gossip/senders.ts'
import { createHarness } from './harness.ts'
import { blockOf, chainId, keyOf, txOf } from './messages.ts'

const call = { nonce: 0n, gas: 21_000n, to: zeroAddress, value: 1n, data: new Uint8Array(0) }
const fees = { maxFeePerGas: 9n, maxPriorityFeePerGas: 1n }

test('transactions of the four types reach the pool with their sender', async () => {
  const { send, txs } = createHarness()
  const authorizationList = [signAuthorization({ chainId, address: zeroAddress, nonce: 0n }, keyOf(3))]
  const all = [
    signTx({ type: 0, chainId, gasPrice: 9n, ...call }, keyOf(9)),
    signTx({ type: 0, chainId: undefined, gasPrice: 9n, ...call }, keyOf(9)),
    signTx({ type: 1, chainId, gasPrice: 9n, accessList: [], ...call }, keyOf(9)),
    signTx({ type: 2, chainId, accessList: [], ...fees, ...call }, keyOf(9)),
    signTx({ type: 4, chainId, accessList: [], authorizationList, ...fees, ...call }, keyOf(9)),
  ]
  for (const { raw } of all) assert.equal(await send('txs', raw), 'accept')
  assert.deepEqual(
    txs,
    all.map(({ raw, from }) => ({ raw, sender: from })),
  )
})

test('the pool decides what becomes of a transaction that passed', async () => {
  const expected: Record<TxCode, string> = {
    accepted: 'accept',
    known: 'accept',
    not_now: 'ignore',
    invalid: 'reject tx_invalid',
  }
  for (const code of txCodes) {
    const { send, answers } = createHarness()
    answers.tx = code
    assert.equal(await send('txs', txOf(0).raw), expected[code], code)
  }
})

test('refuses what can be no transaction of this chain, for what it is', async () => {
  const { send, txs } = createHarness()
  const { tx, raw } = txOf(0)
  const signed = (changes: Partial<FeeMarketTx>) => envelope({ ...(tx as FeeMarketTx), ...changes }, zeroAddress).raw
  const deposit = { type: 0x7e, sourceHash: zeroHash, from: zeroAddress, mint: 5n, isSystemTx: false } as const
  const legacy = (id: bigint) => signTx({ type: 0, chainId: id, gasPrice: 9n, ...call }, keyOf(9)).raw
  const refused = [
    [new Uint8Array(0), 'malformed'],
    [raw.subarray(0, -1), 'malformed'],
    [concatBytes(raw, Uint8Array.of(0)), 'malformed'],
    [Uint8Array.of(2, 0xc0), 'malformed'],
    [signed({ s: curveOrder - (tx as FeeMarketTx).s }), 'malformed'],
    [signed({ maxPriorityFeePerGas: 10n }), 'malformed'],
    [signed({ r: 5n }), 'bad_signature'],
    [
      envelope({ ...deposit, gas: 21_000n, to: zeroAddress, value: 1n, data: call.data }, zeroAddress).raw,
      'tx_wrong_type',
    ],
    [Uint8Array.of(3, 0xc0), 'tx_wrong_type'],
    [txOf(0, { chainId: chainId + 1n }).raw, 'tx_wrong_chain'],
    [legacy(chainId + 1n), 'tx_wrong_chain'],
    [new Uint8Array(131_073).fill(2), 'oversized'],
  ] as const
  for (const [data, fault] of refused) assert.equal(await send('txs', data), `reject ${fault}`)
  assert.deepEqual(txs, [])
  assert.equal(await send('txs', txOf(0, { data: new Uint8Array(130_000) }).raw), 'accept')
})

test('asks the pool about a transaction once a minute, unless its time had not come', async () => {
  const { send, txs, answers, clock } = createHarness()
  const { raw } = txOf(0)
  answers.tx = 'not_now'
  await send('txs', raw)
  answers.tx = 'accepted'
  assert.equal(await send('txs', raw), 'accept')
  assert.equal(await send('txs', raw), 'ignore')
  await clock.advance(gateLimits.seenMs - 1)
  assert.equal(await send('txs', raw), 'ignore')
  assert.equal(txs.length, 2)
  await clock.advance(1)
  answers.tx = 'known'
  assert.equal(await send('txs', raw), 'accept', 'the sequencer may have lost it')
  assert.equal(txs.length, 3)
})

test('asks about a transaction once while the pool looks at it, and lets a bounded number wait', async () => {
  const { gate, txs, answers, send } = createHarness()
  answers.tx = new Promise(() => {})
  void gate.message('peer', 'txs', txOf(0).raw)
  assert.equal(await send('txs', txOf(0).raw), 'ignore')
  for (let nonce = 1; nonce < gateLimits.maxPending; nonce++) void gate.message('peer', 'txs', txOf(nonce).raw)
  assert.equal(await send('txs', txOf(gateLimits.maxPending).raw), 'ignore')
  assert.equal(txs.length, gateLimits.maxPending)
})

test('what the pool gets does not keep the message it came in', async () => {
  const { send, txs } = createHarness()
  const { raw } = txOf(0)
  const wire = concatBytes(new Uint8Array(1_000), raw)
  await send('txs', wire.subarray(1_000))
  assert.equal(txs[0]?.raw.buffer.byteLength, raw.length)
})

test('the senders of gossiped transactions are known for a block, those of the newest ones', () => {
  const senders = createSenders(2)
  const [first, second, third] = [0, 1, 2].map((nonce) => txOf(nonce))
  for (const { hash, from } of [first!, second!, third!]) senders.add(hash, from)
  assert.equal(senders.of(first!.hash), undefined)
  assert.equal(senders.of(third!.hash), third!.from)

  const block = { header: blockOf({ number: 9n }).header, transactions: [first!, third!] }
  const known = decodeBlock(encodeBlock(block), { knownSender: (hash) => senders.of(hash) && zeroAddress })
  assert.ok(!('reject' in known))
  // The first one is recovered.
  assert.deepEqual(
    known.transactions.map(({ from }) => from),
    [first!.from, zeroAddress],
  )
})
