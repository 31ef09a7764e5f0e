import assert from 'node:assert/strict'
import { test } from 'node:test'
import { privateKeyToAccount } from 'viem/accounts'
import { domainSeparator, receiptHash, recoverSigner, voucherDigest } from '../../attribution/kernel/typedData.ts'
import { decodeUpdates, encodeUpdates } from '../../attribution/kernel/updates.ts'
import type { Hash } from '../../core/hex.ts'
import { signReceipt, signVoucher } from '../../sdk/signing.ts'

const account = privateKeyToAccount(`0x${'42'.repeat(32)}`)
const chainId = 31_337n
const domain = domainSeparator(chainId)
const hash = `0x${'ab'.repeat(32)}` as Hash

test('the protocol recovers the signer of a receipt', async () => {
  const receipt = {
    channel: 2n ** 48n - 1n,
    sequence: 7n,
    promptRoot: hash,
    outputRoot: hash,
    outputLength: 8192,
    tokensIn: 10,
    tokensOut: 20,
    price: 5n,
    cumulative: 2n ** 96n - 1n,
    time: 1_800_000_000n,
  }
  const signature = await signReceipt(account, chainId, receipt)
  assert.equal(recoverSigner(receiptHash(domain, receipt), signature), account.address.toLowerCase())
  assert.notEqual(recoverSigner(receiptHash(domainSeparator(1n), receipt), signature), account.address.toLowerCase())
})

test('a signed voucher goes into packed updates and comes out with its signer', async () => {
  const voucher = { channel: 3n, sequence: 9n, cumulative: 10n ** 18n, head: hash }
  const [unpacked] = decodeUpdates(encodeUpdates([await signVoucher(account, chainId, voucher)])) ?? []
  assert(unpacked !== undefined)
  assert.equal(recoverSigner(voucherDigest(domain, unpacked), unpacked.signature), account.address.toLowerCase())
})
