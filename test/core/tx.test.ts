import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { concatBytes, emptyBytes, type Hex, hexToBytes } from '../../core/hex.ts'
import { keccakHash } from '../../core/keccak.ts'
import type { TxRejectCode } from '../../core/reject.ts'
import { decodeRlp, encodeRlp, type RlpItem } from '../../core/rlp.ts'
import { curveOrder, maxLowS, privateKeyToAddress } from '../../core/secp256k1.ts'
import type { FeeMarketTx, LegacyTx, SetCodeTx, Tx } from '../../core/tx.ts'
import { decodeTx } from '../../core/txDecode.ts'
import { encodeTx, signingHash, txHash } from '../../core/txEncode.ts'
import {
  createAddress,
  envelope,
  openEnvelope,
  recoverAuthority,
  recoverSender,
  signAuthorization,
  signTx,
} from '../../core/txEnvelope.ts'
import { address, bytes, depositTx, mutation, rlpItem, signedTx, unsignedTx } from './arbitrary.ts'
import { check } from './random.ts'

const key = new Uint8Array(32).fill(0x11)
const sender = privateKeyToAddress(key)
const recipient = createAddress(sender, 0n)

const legacy: LegacyTx = {
  type: 0,
  chainId: 31337n,
  nonce: 3n,
  gasPrice: 7n,
  gas: 21_000n,
  to: recipient,
  value: 5n,
  data: emptyBytes,
  r: 1n,
  s: 1n,
  yParity: 0,
}
const { gasPrice: _, ...call } = legacy
const feeMarket: FeeMarketTx = {
  ...call,
  type: 2,
  chainId: 31337n,
  maxFeePerGas: 9n,
  maxPriorityFeePerGas: 2n,
  accessList: [],
}
const setCode: SetCodeTx = {
  ...feeMarket,
  type: 4,
  to: recipient,
  authorizationList: [signAuthorization({ chainId: 0n, address: recipient, nonce: 1n }, key)],
}

test('a transaction decodes to what was encoded, under the hash of its bytes', (t) => {
  check(
    t,
    fc.property(fc.oneof(signedTx, depositTx), (tx) => {
      const raw = encodeTx(tx)
      assert.deepEqual(decoded(raw), normal(tx))
      assert.equal(txHash(tx), keccakHash(raw))
    }),
    { numRuns: 500 },
  )
})

test('a signed transaction opens with its signer as sender', (t) => {
  check(
    t,
    fc.property(unsignedTx, (unsigned) => {
      const signed = signTx(unsigned, key)
      assert.equal(signed.from, sender)
      const opened = openEnvelope(signed.raw)
      assert.ok(!('reject' in opened))
      assert.deepEqual({ ...opened, tx: normal(opened.tx) }, { ...signed, tx: normal(signed.tx) })
    }),
  )
})

test('a deposit opens with the sender it names', (t) => {
  check(
    t,
    fc.property(depositTx, (tx) => {
      const opened = openEnvelope(encodeTx(tx))
      assert.ok(!('reject' in opened))
      assert.equal(opened.from, tx.from)
    }),
    { numRuns: 50 },
  )
})

test('accepts one encoding per transaction: whatever it decodes encodes to the same bytes', (t) => {
  const property = fc.property(mutation(fc.oneof(signedTx, depositTx).map(encodeTx)), (raw) => {
    const result = decodeTx(raw)
    if (!('reject' in result)) assert.deepEqual(encodeTx(result.tx), raw)
  })
  check(t, property, { numRuns: 5_000 })
})

test('refuses random bytes and well-formed RLP of another shape, without throwing', (t) => {
  const prefix = fc.constantFrom<number[]>([], [1], [2], [4], [0x7e])
  const shaped = fc.tuple(prefix, fc.array(rlpItem, { minLength: 7, maxLength: 14 })).map(([first, items]) => {
    return concatBytes(Uint8Array.from(first), encodeRlp(items))
  })
  const property = fc.property(fc.oneof(bytes(200), shaped), (raw) => {
    assert.ok('reject' in decodeTx(raw))
    assert.ok('reject' in openEnvelope(raw))
  })
  check(t, property, { numRuns: 2_000 })
})

const maxUint256 = 2n ** 256n - 1n
const rejects: readonly (readonly [name: string, code: TxRejectCode, tx: Tx])[] = [
  ['a nonce that could not be increased (EIP-2681)', 'nonce_max', { ...legacy, nonce: 2n ** 64n - 1n }],
  ['a nonce beyond 64 bits', 'tx_malformed', { ...legacy, nonce: 2n ** 64n }],
  ['a gas limit beyond 64 bits', 'tx_malformed', { ...feeMarket, gas: 2n ** 64n }],
  ['a value beyond 256 bits', 'tx_malformed', { ...feeMarket, value: maxUint256 + 1n }],
  ['a fee beyond 256 bits', 'tx_malformed', { ...feeMarket, maxFeePerGas: maxUint256 + 1n }],
  ['a tip above the fee cap', 'tip_above_fee_cap', { ...feeMarket, maxPriorityFeePerGas: 10n }],
  ['a high s (EIP-2)', 'invalid_signature', { ...feeMarket, s: maxLowS + 1n }],
  ['an s of 0', 'invalid_signature', { ...feeMarket, s: 0n }],
  ['an r of 0', 'invalid_signature', { ...legacy, r: 0n }],
  ['an r of the curve order', 'invalid_signature', { ...legacy, r: curveOrder }],
  ['a set-code transaction without authorizations', 'empty_authorization_list', { ...setCode, authorizationList: [] }],
  ['a short recipient', 'tx_malformed', { ...feeMarket, to: '0x1234' as typeof recipient }],
  ['a long recipient', 'tx_malformed', { ...legacy, to: `${recipient}00` as typeof recipient }],
  ['a short storage key', 'tx_malformed', withKeys(['0x01'])],
  [
    'a list with a short address',
    'tx_malformed',
    { ...feeMarket, accessList: [{ address: '0x01' as typeof recipient, storageKeys: [] }] },
  ],
  ['an authorization parity beyond a byte', 'tx_malformed', withAuthorization({ yParity: 256 })],
  ['an authorization nonce beyond 64 bits', 'tx_malformed', withAuthorization({ nonce: 2n ** 64n })],
]

for (const [name, code, tx] of rejects) {
  test(`refuses ${name}`, () => assert.deepEqual(decodeTx(encodeTx(tx)), { reject: code }))
}

function withKeys(keys: readonly string[]): Tx {
  return { ...feeMarket, accessList: [{ address: recipient, storageKeys: keys as readonly Hex[] as never }] }
}

function withAuthorization(change: Partial<SetCodeTx['authorizationList'][number]>): Tx {
  return { ...setCode, authorizationList: setCode.authorizationList.map((auth) => ({ ...auth, ...change })) }
}

test('refuses a set-code transaction that would create a contract', () => {
  assert.deepEqual(decodeTx(replaceField(setCode, 5, emptyBytes)), { reject: 'set_code_create' })
})

test('refuses fields of another shape', () => {
  const cases: readonly (readonly [Tx, number, RlpItem])[] = [
    [feeMarket, 1, Uint8Array.of(0)], // nonce with a leading zero
    [feeMarket, 2, Uint8Array.of(0, 1)],
    [feeMarket, 7, []], // data as a list
    [feeMarket, 8, emptyBytes], // access list as a string
    [feeMarket, 8, [emptyBytes]],
    [feeMarket, 8, [[hexToBytes(recipient)]]],
    [feeMarket, 8, [[hexToBytes(recipient), [], []]]],
    [feeMarket, 8, [[hexToBytes(recipient), [[]]]]],
    [feeMarket, 9, Uint8Array.of(2)], // parity beyond 1
    [feeMarket, 9, Uint8Array.of(27)],
    [setCode, 9, [emptyBytes]],
    [setCode, 9, [[]]],
    [legacy, 3, new Uint8Array(20).fill(1).subarray(1)],
  ]
  for (const [tx, index, value] of cases) {
    assert.deepEqual(decodeTx(replaceField(tx, index, value)), { reject: 'tx_malformed' }, `field ${index}`)
  }
})

test('refuses a v that names neither a parity nor a chain', () => {
  for (const v of [0, 1, 2, 26, 29, 34]) {
    const field = v === 0 ? emptyBytes : Uint8Array.of(v)
    assert.deepEqual(decodeTx(replaceField(legacy, 6, field)), { reject: 'invalid_signature' }, `v ${v}`)
  }
})

test('refuses blob transactions and unknown types as unsupported, other first bytes as malformed', () => {
  const rest = encodeTx(feeMarket).subarray(1)
  for (const type of [0, 3, 5, 6, 0x7d, 0x7f]) {
    assert.deepEqual(decodeTx(concatBytes(Uint8Array.of(type), rest)), { reject: 'tx_type_unsupported' })
  }
  for (const raw of [emptyBytes, Uint8Array.of(0x80), concatBytes(Uint8Array.of(0xb8), rest), Uint8Array.of(2)]) {
    assert.deepEqual(decodeTx(raw), { reject: 'tx_malformed' })
  }
})

test('refuses a deposit whose flag is not a boolean', () => {
  const [deposit] = fc.sample(depositTx, { seed: 1, numRuns: 1 })
  assert.ok(deposit !== undefined)
  assert.deepEqual(decodeTx(replaceField(deposit, 6, Uint8Array.of(2))), { reject: 'tx_malformed' })
})

test('keeps pre-EIP-155 and chain id 0 apart', () => {
  const old = signTx({ ...legacy, chainId: undefined }, key)
  const zero = signTx({ ...legacy, chainId: 0n }, key)
  assert.notEqual(old.hash, zero.hash)
  assert.equal((decoded(old.raw) as LegacyTx).chainId, undefined)
  assert.equal((decoded(zero.raw) as LegacyTx).chainId, 0n)
  assert.equal(recoverSender(old.tx), sender)
  assert.equal(recoverSender(zero.tx), sender)
})

test('a signature is bound to the chain and to every field', (t) => {
  check(
    t,
    fc.property(unsignedTx, fc.constantFrom('chainId', 'nonce', 'value', 'gas'), (unsigned, field) => {
      const { tx } = signTx(unsigned, key)
      const changed = { ...tx, [field]: (tx[field] ?? 0n) + 1n }
      assert.notEqual(recoverSender(changed), sender)
      assert.notDeepEqual(signingHash(changed), signingHash(unsigned))
    }),
    { numRuns: 60 },
  )
})

test('finds who signed an authorization, and nobody behind an invalid one', () => {
  const auth = signAuthorization({ chainId: 31337n, address: recipient, nonce: 0n }, key)
  assert.equal(recoverAuthority(auth), sender)
  assert.notEqual(recoverAuthority({ ...auth, nonce: 1n }), sender)
  assert.equal(recoverAuthority({ ...auth, yParity: 2 }), undefined)
  assert.equal(recoverAuthority({ ...auth, yParity: 27 }), undefined)
  assert.equal(recoverAuthority({ ...auth, s: curveOrder - auth.s, yParity: 1 - auth.yParity }), undefined)
  assert.equal(recoverAuthority({ ...auth, r: 0n }), undefined)
})

test('an envelope carries wire form, hash and the sender it is given', (t) => {
  check(
    t,
    fc.property(signedTx, address, (tx, from) => {
      const raw = encodeTx(tx)
      assert.deepEqual(envelope(tx, from), { tx, raw, hash: keccakHash(raw), from })
    }),
    { numRuns: 20 },
  )
})

function decoded(raw: Uint8Array): Tx {
  const result = decodeTx(raw)
  assert.ok('tx' in result, 'reject' in result ? result.reject : '')
  assert.equal(result.hash, keccakHash(raw))
  return normal(result.tx)
}

/** Views and copies of data compare equal. */
function normal<T extends Tx>(tx: T): T {
  return { ...tx, data: Uint8Array.from(tx.data) }
}

/** The encoding of a transaction with one RLP field exchanged. */
function replaceField(tx: Tx, index: number, value: RlpItem): Uint8Array {
  const raw = encodeTx(tx)
  const start = tx.type === 0 ? 0 : 1
  const items = decodeRlp(raw.subarray(start))
  assert.ok(items !== undefined && !(items instanceof Uint8Array))
  return concatBytes(raw.subarray(0, start), encodeRlp(items.with(index, value)))
}
