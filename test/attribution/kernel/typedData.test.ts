import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  concat,
  encodePacked,
  hashTypedData,
  keccak256,
  parseCompactSignature,
  parseSignature,
  serializeCompactSignature,
  signatureToCompactSignature,
} from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import {
  domainSeparator,
  firstHead,
  nextHead,
  packSignature,
  type Receipt,
  receiptHash,
  recoverSigner,
  settlementAddress,
  typedDataDomain,
  typedDataTypes,
  unpackSignature,
  type Voucher,
  voucherDigest,
} from '../../../attribution/kernel/typedData.ts'
import { protocol } from '../../../attribution/native/addresses.ts'
import { bigintToFixed, bytesToHex, concatBytes, type Hash, hexToBytes } from '../../../core/hex.ts'
import { curveOrder, maxLowS, privateKeyToAddress, sign } from '../../../core/secp256k1.ts'
import { address, bytes, fixed, hash } from '../../core/arbitrary.ts'
import { check } from '../../core/random.ts'
import { bits, receipt, voucher } from './arbitrary.ts'

const key = fc.bigInt({ min: 1n, max: curveOrder - 1n }).map((scalar) => bigintToFixed(scalar, 32))
const chainId = bits(64)

// viem takes the small integers of typed data as numbers.
const receiptMessage = (value: Receipt) => ({
  ...value,
  channel: Number(value.channel),
  sequence: Number(value.sequence),
  time: Number(value.time),
})
const voucherMessage = (value: Voucher) => ({
  ...value,
  channel: Number(value.channel),
  sequence: Number(value.sequence),
})

test('digests are those that wallets compute', (t) => {
  check(
    t,
    fc.property(chainId, receipt, voucher, (chain, someReceipt, someVoucher) => {
      const domain = domainSeparator(chain)
      const common = { domain: typedDataDomain(chain), types: typedDataTypes }
      const receiptData = { ...common, primaryType: 'Receipt' as const, message: receiptMessage(someReceipt) }
      const voucherData = { ...common, primaryType: 'Voucher' as const, message: voucherMessage(someVoucher) }
      assert.equal(receiptHash(domain, someReceipt), hashTypedData(receiptData))
      assert.equal(voucherDigest(domain, someVoucher), hashTypedData(voucherData))
    }),
  )
})

test('the structures and the domain are those of the specification', () => {
  const text = (name: keyof typeof typedDataTypes) =>
    `${name}(${typedDataTypes[name].map(({ type, name: member }) => `${type} ${member}`).join(',')})`
  assert.equal(
    text('Receipt'),
    'Receipt(uint48 channel,uint40 sequence,bytes32 promptRoot,bytes32 outputRoot,uint32 outputLength,uint32 tokensIn,uint32 tokensOut,uint96 price,uint96 cumulative,uint40 time)',
  )
  assert.equal(text('Voucher'), 'Voucher(uint48 channel,uint40 sequence,uint96 cumulative,bytes32 head)')
  assert.deepEqual(typedDataDomain(5n), {
    name: 'OpenLedger',
    version: '1',
    chainId: 5n,
    verifyingContract: '0x0000000000000000000000000000000000000a03',
  })
  assert.equal(settlementAddress, protocol.settlement)
})

test('a digest depends on the chain and on every member', (t) => {
  check(
    t,
    fc.property(voucher, bits(48), hash, (value, channel, head) => {
      const digests = [
        voucherDigest(domainSeparator(1n), value),
        voucherDigest(domainSeparator(2n), value),
        voucherDigest(domainSeparator(1n), { ...value, channel: (value.channel + 1n + channel) % 2n ** 50n }),
        voucherDigest(domainSeparator(1n), { ...value, sequence: value.sequence + 1n }),
        voucherDigest(domainSeparator(1n), { ...value, cumulative: value.cumulative + 1n }),
        voucherDigest(domainSeparator(1n), { ...value, head }),
      ]
      assert.equal(new Set(digests).size, digests.length)
    }),
  )
})

test('a wallet signs a receipt, its packed signature names the wallet', async () => {
  const account = privateKeyToAccount(`0x${'5a'.repeat(32)}`)
  const [value] = fc.sample(receipt, { seed: 3, numRuns: 1 })
  const signature = await account.signTypedData({
    domain: typedDataDomain(99n),
    types: typedDataTypes,
    primaryType: 'Receipt',
    message: receiptMessage(value!),
  })
  const packed = hexToBytes(serializeCompactSignature(signatureToCompactSignature(parseSignature(signature))))
  assert.equal(recoverSigner(receiptHash(domainSeparator(99n), value!), packed), account.address.toLowerCase())
  assert.notEqual(recoverSigner(receiptHash(domainSeparator(98n), value!), packed), account.address.toLowerCase())
})

test('signatures are packed as EIP-2098 says, and name their signer', (t) => {
  check(
    t,
    fc.property(key, hash, (secret, digest) => {
      const signature = sign(hexToBytes(digest), secret)
      const packed = packSignature(signature)
      const { r, yParityAndS } = parseCompactSignature(bytesToHex(packed))
      assert.deepEqual(
        { r, yParityAndS },
        signatureToCompactSignature({
          r: bytesToHex(bigintToFixed(signature.r, 32)),
          s: bytesToHex(bigintToFixed(signature.s, 32)),
          yParity: signature.yParity,
        }),
      )
      assert.deepEqual(unpackSignature(packed), signature)
      assert.equal(recoverSigner(digest, packed), privateKeyToAddress(secret))
      assert.notEqual(recoverSigner(digest, packed.with(32, packed[32]! ^ 0x80)), privateKeyToAddress(secret))
    }),
    { numRuns: 50 },
  )
})

test('no digest has two signatures of one key: high s, zeros and numbers beyond the order are refused', (t) => {
  const word = (value: bigint) => bigintToFixed(value, 32)
  const [low, high] = [word(maxLowS), word(maxLowS + 1n)]
  const digest = `0x${'11'.repeat(32)}` as Hash
  assert.notEqual(unpackSignature(concatBytes(word(1n), low)), undefined)
  for (const packed of [
    concatBytes(word(1n), high),
    concatBytes(word(0n), low),
    concatBytes(word(curveOrder), low),
    concatBytes(word(1n), word(0n)),
    concatBytes(word(1n), word(1n << 255n)),
    concatBytes(word(1n), low).subarray(0, 63),
    concatBytes(word(1n), low, Uint8Array.of(0)),
    new Uint8Array(0),
  ]) {
    assert.equal(unpackSignature(packed), undefined)
    assert.equal(recoverSigner(digest, packed), undefined)
  }
  // r = 5 is the x of no point of the curve.
  assert.notEqual(unpackSignature(concatBytes(word(5n), word(1n))), undefined)
  assert.equal(recoverSigner(digest, concatBytes(word(5n), word(1n))), undefined)
  assert.throws(() => packSignature({ r: 1n, s: maxLowS + 1n, yParity: 0 }), /low s/)
  check(
    t,
    fc.property(fc.oneof(fixed(64), bytes(70)), (packed) => {
      const signature = unpackSignature(packed)
      if (signature !== undefined) assert.deepEqual(packSignature(signature), packed)
    }),
  )
})

test('heads chain from the channel through every receipt', (t) => {
  check(
    t,
    fc.property(bits(64), bits(48), address, hash, (chain, channel, payer, next) => {
      const head = firstHead(chain, channel, payer)
      const types = ['string', 'uint64', 'uint48', 'address'] as const
      assert.equal(head, keccak256(encodePacked(types, ['openledger/channel', chain, Number(channel), payer])))
      assert.equal(nextHead(head, next), keccak256(concat([head, next])))
    }),
  )
})
