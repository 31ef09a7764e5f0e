import assert from 'node:assert/strict'
import { test } from 'node:test'
import { zeroHash } from '../../../core/hex.ts'
import { keccakHash } from '../../../core/keccak.ts'
import { type AttestationCode, attestationCodes } from '../../../core/ports/net.ts'
import { gateLimits } from '../../../p2p/gossip/limits.ts'
import { createHarness } from './harness.ts'
import { attestationMessage, domain, keyOf, signerOf, validator, view } from './messages.ts'

test('an attestation of a registered signer is counted', async () => {
  const { send, attestations } = createHarness()
  assert.equal(await send('attestations', attestationMessage()), 'accept')
  assert.deepEqual(attestations, [validator])
})

test('the chain decides what becomes of an attestation that passed', async () => {
  const expected: Record<AttestationCode, string> = {
    counted: 'accept',
    known: 'accept',
    too_old: 'ignore',
    too_new: 'accept',
    double_sign: 'ignore',
  }
  for (const code of attestationCodes) {
    const { send, answers } = createHarness()
    answers.attestation = code
    assert.equal(await send('attestations', attestationMessage()), expected[code], code)
  }
})

test('nobody is asked about attestations of strangers, of another domain, or malformed ones', async () => {
  const { send, attestations } = createHarness()
  const message = attestationMessage()
  assert.equal(await send('attestations', attestationMessage({}, keyOf(7))), 'ignore')
  const elsewhere = attestationMessage({}, keyOf(2), { ...domain, l1ChainId: 1n })
  assert.equal(await send('attestations', elsewhere), 'ignore')
  assert.equal(await send('attestations', new Uint8Array(145)), 'reject oversized')
  for (const data of [new Uint8Array(0), message.subarray(1), message.subarray(0, -1)]) {
    assert.equal(await send('attestations', data), 'reject malformed')
  }
  // r = 5: no point of the curve has this x.
  const noKey = message
    .slice()
    .fill(0, message.length - 65, message.length - 34)
    .with(message.length - 34, 5)
  assert.equal(await send('attestations', noKey), 'reject bad_signature')
  assert.deepEqual(attestations, [])
})

test('ignores attestations of a chain without a registry, and before validators are known', async () => {
  const none = createHarness({ attestationDomain: undefined })
  assert.equal(await none.send('attestations', attestationMessage()), 'ignore')
  const { gate, send, attestations } = createHarness()
  gate.tell({ ...view, validators: [] })
  assert.equal(await send('attestations', attestationMessage()), 'ignore')
  gate.tell({ ...view, validators: [signerOf(7).address] })
  assert.equal(await send('attestations', attestationMessage()), 'ignore')
  assert.deepEqual(attestations, [])
  assert.equal(await send('attestations', attestationMessage({}, keyOf(7))), 'accept')
})

test('takes a bounded number of attestations of one signer for one height, the same one again being no further one', async () => {
  const { send, attestations, clock } = createHarness()
  const message = (salt: number, l2BlockNumber = 7n) =>
    attestationMessage({ l2BlockNumber, l1BlockHash: keccakHash(Uint8Array.of(salt)) })
  const max = gateLimits.maxPerSignerAndNumber
  for (let salt = 0; salt < max; salt++) assert.equal(await send('attestations', message(salt)), 'accept')
  assert.equal(await send('attestations', message(max)), 'ignore')
  assert.equal(attestations.length, max)
  assert.equal(await send('attestations', message(max, 8n)), 'accept', 'another height')
  await clock.advance(gateLimits.seenMs)
  assert.equal(await send('attestations', message(0)), 'accept', 'published again')
})

test('asks about an attestation once a minute, unless it was too new', async () => {
  const { send, attestations, answers, clock } = createHarness()
  answers.attestation = 'too_new'
  await send('attestations', attestationMessage())
  answers.attestation = 'counted'
  assert.equal(await send('attestations', attestationMessage()), 'accept')
  assert.equal(await send('attestations', attestationMessage()), 'ignore')
  assert.equal(attestations.length, 2)
  await clock.advance(gateLimits.seenMs)
  await send('attestations', attestationMessage())
  assert.equal(attestations.length, 3)
})

test('remembers nothing of those who are no longer registered', async () => {
  const { gate, send } = createHarness()
  const message = (salt: number) => attestationMessage({ l1BlockHash: keccakHash(Uint8Array.of(salt)) })
  const max = gateLimits.maxPerSignerAndNumber
  for (let salt = 0; salt < max; salt++) await send('attestations', message(salt))
  gate.tell(view)
  assert.equal(await send('attestations', message(max)), 'ignore')
  gate.tell({ ...view, validators: [] })
  gate.tell(view)
  assert.equal(await send('attestations', message(max)), 'accept')
  assert.equal(
    await send('attestations', attestationMessage({ l1BlockHash: zeroHash, l2BlockNumber: 2n ** 64n - 1n })),
    'accept',
  )
})
