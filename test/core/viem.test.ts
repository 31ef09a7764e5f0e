import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { getContractAddress, keccak256, serializeTransaction, type TransactionSerializable } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { getSourceHash, serializeTransaction as serializeDeposit } from 'viem/op-stack'
import { bytesToHex, type Hex } from '../../core/hex.ts'
import { depositSourceHash } from '../../core/l1Attributes.ts'
import type { Authorization } from '../../core/tx.ts'
import { encodeTx, txHash, type UnsignedTx } from '../../core/txEncode.ts'
import { createAddress, openEnvelope, recoverAuthority, signAuthorization, signTx } from '../../core/txEnvelope.ts'
import { address, depositTx, hash, uint, unsignedTx } from './arbitrary.ts'
import { check } from './random.ts'

const key = new Uint8Array(32).fill(0x42)
const account = privateKeyToAccount(bytesToHex(key))

// viem holds nonces and chain ids as numbers and takes no chain id 0.
const viemTx = unsignedTx.filter((tx) => tx.nonce < 2n ** 53n && tx.chainId !== 0n)

test('serialises and signs as viem does', async (t) => {
  t.diagnostic('seed 7, 100 runs')
  const property = fc.asyncProperty(viemTx, async (unsigned) => {
    const authorizationList = [
      signAuthorization({ chainId: 5n, address: `0x${'ab'.repeat(20)}` as Authorization['address'], nonce: 6n }, key),
    ]
    const tx: UnsignedTx = unsigned.type === 4 ? { ...unsigned, authorizationList } : unsigned
    const signed = signTx(tx, key)
    assert.equal(bytesToHex(signed.raw), await account.signTransaction(toViem(tx)))
    assert.equal(signed.hash, keccak256(signed.raw))
    assert.equal(signed.from, account.address.toLowerCase())
    const { r, s, yParity } = signed.tx
    const signature = { r: toWord(r), s: toWord(s), v: 27n + BigInt(yParity), yParity }
    assert.equal(bytesToHex(signed.raw), serializeTransaction(toViem(tx), signature))
    const opened = openEnvelope(signed.raw)
    assert.ok('tx' in opened)
    assert.deepEqual([opened.from, opened.hash], [signed.from, signed.hash])
  })
  await fc.assert(property, { seed: 7, numRuns: 100 })
})

test('signs and recovers authorizations as viem does', async () => {
  for (const nonce of [0, 1, 300]) {
    const fields = { chainId: 31337, address: account.address, nonce }
    const theirs = await account.signAuthorization(fields)
    const ours = signAuthorization(
      { chainId: 31337n, address: account.address.toLowerCase() as Authorization['address'], nonce: BigInt(nonce) },
      key,
    )
    assert.deepEqual([toWord(ours.r), toWord(ours.s), ours.yParity], [theirs.r, theirs.s, theirs.yParity])
    assert.equal(recoverAuthority(ours), account.address.toLowerCase())
  }
})

test('serialises deposits as viem does', (t) => {
  check(
    t,
    fc.property(depositTx, (deposit) => {
      const tx = { ...deposit, isSystemTx: false }
      const { type: _, to, data, ...fields } = tx
      const theirs = serializeDeposit({
        ...fields,
        type: 'deposit',
        data: bytesToHex(data),
        ...(to === undefined ? {} : { to }),
      })
      assert.equal(bytesToHex(encodeTx(tx)), theirs)
      assert.equal(txHash(tx), keccak256(theirs))
    }),
    { numRuns: 100 },
  )
})

test('derives deposit source hashes as viem does', (t) => {
  check(
    t,
    fc.property(hash, fc.nat(), (l1BlockHash, number) => {
      assert.equal(
        depositSourceHash({ domain: 'user', l1BlockHash, logIndex: BigInt(number) }),
        getSourceHash({ domain: 'userDeposit', l1BlockHash, l1LogIndex: number }),
      )
      assert.equal(
        depositSourceHash({ domain: 'attributes', l1BlockHash, sequenceNumber: BigInt(number) }),
        getSourceHash({ domain: 'l1InfoDeposit', l1BlockHash, sequenceNumber: number }),
      )
    }),
    { numRuns: 30 },
  )
})

test('derives contract addresses as viem does', (t) => {
  check(
    t,
    fc.property(address, uint(2n ** 64n - 1n), (from, nonce) => {
      assert.equal(createAddress(from, nonce), getContractAddress({ from, nonce }).toLowerCase())
    }),
    { numRuns: 50 },
  )
})

function toViem(tx: UnsignedTx): TransactionSerializable {
  const { to, data, nonce } = tx
  const common = { to: to ?? null, data: bytesToHex(data), value: tx.value, gas: tx.gas, nonce: Number(nonce) }
  if (tx.type === 0) {
    const chain = tx.chainId === undefined ? {} : { chainId: Number(tx.chainId) }
    return { ...common, ...chain, type: 'legacy', gasPrice: tx.gasPrice }
  }
  const typed = { ...common, chainId: Number(tx.chainId), accessList: tx.accessList }
  if (tx.type === 1) return { ...typed, type: 'eip2930', gasPrice: tx.gasPrice }
  const { maxFeePerGas, maxPriorityFeePerGas } = tx
  if (tx.type === 2) return { ...typed, type: 'eip1559', maxFeePerGas, maxPriorityFeePerGas }
  const authorizationList = tx.authorizationList.map((auth) => ({
    chainId: Number(auth.chainId),
    address: auth.address,
    nonce: Number(auth.nonce),
    yParity: auth.yParity,
    r: toWord(auth.r),
    s: toWord(auth.s),
  }))
  return { ...typed, type: 'eip7702', maxFeePerGas, maxPriorityFeePerGas, authorizationList }
}

function toWord(value: bigint): Hex {
  return `0x${value.toString(16).padStart(64, '0')}`
}
