import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { parseTransaction } from 'viem'
import { type Address, bytesToHex, concatBytes, hexToBytes } from '../../../core/hex.ts'
import { createManualClock } from '../../../core/ports/manualClock.ts'
import { privateKeyToAddress, sign } from '../../../core/secp256k1.ts'
import { signTx } from '../../../core/txEnvelope.ts'
import { fakeCommitment, versionedHashOf } from './fakeKzg.ts'
import { createFaults, sourceOf, walletOf } from './ports.ts'
import { createSimL1, l1ChainId } from './simL1.ts'
import { encodeBlobTx } from './wire.ts'

const gwei = 10n ** 9n
const ether = 10n ** 18n
const key = new Uint8Array(32).fill(7)
const sender = privateKeyToAddress(key)
const inbox = `0x${'ff'.repeat(20)}` as Address
const blob = (fill: number) => new Uint8Array(131_072).fill(fill, 1, 30)

async function setup(form: 'eip4844' | 'eip7594' = 'eip7594') {
  const clock = createManualClock(1_700_000_000_000)
  const l1 = await createSimL1({ clock, balances: new Map([[sender, 10n * ether]]), form })
  const faults = createFaults()
  const extract = (raw: { block: object; parentHash: string; txs: readonly object[] }) => raw as never
  return { clock, l1, faults, wallet: walletOf(l1, faults), source: sourceOf(l1, extract, faults) }
}

type Fees = { nonce: bigint; maxFee?: bigint; maxTip?: bigint; maxBlobFee?: bigint }

function call({ nonce, maxFee = 10n * gwei, maxTip = gwei }: Fees, data = new Uint8Array(0)) {
  const fees = { maxFeePerGas: maxFee, maxPriorityFeePerGas: maxTip }
  const rest = { nonce, to: inbox, value: 0n, gas: 200_000n, data, accessList: [] }
  return signTx({ type: 2, chainId: l1ChainId, ...rest, ...fees }, key).raw
}

function blobTx(
  { nonce, maxFee = 10n * gwei, maxTip = gwei, maxBlobFee = gwei }: Fees,
  blobs = [blob(1)],
  form: 'eip4844' | 'eip7594' = 'eip7594',
) {
  const fields = { chainId: l1ChainId, nonce, gas: 21_000n, maxFee, maxTip, to: inbox, maxBlobFee, blobs }
  return encodeBlobTx(fields, (digest) => sign(digest, key), form)
}

describe('simulated L1', () => {
  test('a block every twelve seconds, the clock with it', async () => {
    const { l1, clock } = await setup()
    await l1.mineMany(3)
    assert.equal(l1.head().block.number, 3n)
    assert.equal(l1.head().block.timestamp, 1_700_000_036n)
    assert.equal(clock.nowMs(), 1_700_000_036_000)
    await clock.advance(13_000)
    assert.equal((await l1.mine()).block.timestamp, 1_700_000_060n)
    assert.equal(l1.at(3n)?.block.hash, l1.head().parentHash)
  })

  test('includes what the pool holds and says what it cost', async () => {
    const { l1, wallet } = await setup()
    assert.equal(await wallet.send(call({ nonce: 0n }, Uint8Array.of(1, 2, 3))), undefined)
    assert.equal(await wallet.nonce(sender, 'pending'), 1n)
    assert.equal(await wallet.nonce(sender, 'latest'), 0n)
    const { included } = await l1.mine()
    assert.deepEqual(included[0]?.raw.input, Uint8Array.of(1, 2, 3))
    const receipt = await wallet.receipt(included[0]!.raw.hash)
    assert.equal(receipt?.blockNumber, 1n)
    assert.equal(receipt?.costWei, 21_120n * 2n * gwei)
    assert.equal(await wallet.balance(sender), 10n * ether - receipt!.costWei)
    assert.equal(await wallet.nonce(sender, 'latest'), 1n)
  })

  test('blob transactions are what viem takes them for; their blobs are served by hash and block', async () => {
    const { l1, wallet, source } = await setup('eip4844')
    const raw = blobTx({ nonce: 0n }, [blob(1), blob(2)], 'eip4844')
    // viem knows the older form of sidecars only.
    const parsed = parseTransaction(bytesToHex(raw) as `0x03${string}`)
    assert.deepEqual(
      parsed.blobVersionedHashes,
      [blob(1), blob(2)].map((one) => versionedHashOf(fakeCommitment(one))),
    )
    assert.equal(await wallet.send(raw), undefined)
    const { included, block } = await l1.mine()
    const { blobHashes, costWei } = included[0]!.raw
    assert.equal(costWei, 21_000n * 2n * gwei + 2n * 131_072n * 1_000_000n)
    const served = await source.blobs(block, blobHashes)
    assert.deepEqual(
      blobHashes.map((hash) => served.get(hash)),
      [blob(1), blob(2)],
    )
    await assert.rejects(source.blobs({ ...block, hash: block.mixHash }, blobHashes), { code: 'blob_missing' })
  })

  test('a sidecar that does not belong to the transaction is refused', async () => {
    const { wallet, l1 } = await setup()
    const raw = blobTx({ nonce: 0n })
    const last = raw.length - 1
    raw[last] = raw[last]! ^ 1
    assert.equal((await wallet.send(raw))?.refused, 'other')
    const older = await setup('eip4844')
    assert.equal((await older.wallet.send(blobTx({ nonce: 0n })))?.refused, 'other')
    assert.deepEqual(l1.pool.all(), [])
  })

  test('one kind per account, replacements at their price, no gap before blobs, funds for all of it', async () => {
    const { wallet, l1 } = await setup()
    const refusal = async (raw: Uint8Array) => (await wallet.send(raw))?.refused
    const first = blobTx({ nonce: 0n })
    assert.equal(await refusal(first), undefined)
    assert.equal(await refusal(first), 'already_known')
    assert.equal(await refusal(call({ nonce: 1n })), 'other_kind_pending')
    assert.equal(await refusal(blobTx({ nonce: 2n })), 'other')
    const double = { maxFee: 20n * gwei, maxTip: 2n * gwei }
    assert.equal(await refusal(blobTx({ nonce: 0n, ...double, maxBlobFee: 2n * gwei - 1n })), 'replacement_underpriced')
    assert.equal(await refusal(blobTx({ nonce: 0n, ...double, maxBlobFee: 2n * gwei })), undefined)
    assert.equal(await refusal(blobTx({ nonce: 1n, maxTip: gwei - 1n })), 'underpriced')
    assert.equal(await refusal(blobTx({ nonce: 1n, maxFee: 500_000n * gwei })), 'insufficient_funds')
    const { included } = await l1.mine()
    assert.equal(included.length, 1)
    assert.equal(await refusal(first), 'nonce_too_low')
    assert.equal(await refusal(call({ nonce: 1n })), undefined)
    assert.equal(
      await refusal(call({ nonce: 1n, maxFee: 11n * gwei - 1n, maxTip: 2n * gwei })),
      'replacement_underpriced',
    )
    assert.equal(await refusal(call({ nonce: 1n, maxFee: 11n * gwei, maxTip: 2n * gwei })), undefined)
  })

  test('what does not pay the fees of the block waits', async () => {
    const { wallet, l1 } = await setup()
    l1.fees = { ...l1.fees, blobBaseFee: 2n * gwei }
    await wallet.send(blobTx({ nonce: 0n, maxBlobFee: gwei }))
    assert.equal((await l1.mine()).included.length, 0)
    l1.fees = { ...l1.fees, blobBaseFee: gwei }
    assert.equal((await l1.mine()).included.length, 1)
  })

  test('a fork replaces blocks; transactions of lost ones are gone, or are taken again', async () => {
    const { wallet, l1, source } = await setup()
    await l1.mine()
    await wallet.send(call({ nonce: 0n }))
    const lost = await l1.mine()
    const { hash } = lost.included[0]!.raw
    await l1.reorg(1, { keep: true })
    assert.equal(l1.head().block.number, 3n)
    assert.notEqual(await source.hashAt(2n), lost.block.hash)
    assert.equal((await wallet.receipt(hash))?.blockNumber, 2n)
    await l1.reorg(2)
    assert.equal(await wallet.receipt(hash), undefined)
    assert.equal(await wallet.balance(sender), 10n * ether)
    assert.equal(l1.at(2n)?.parentHash, l1.at(1n)?.block.hash)
    l1.rollback(3)
    assert.equal((await source.head()).number, 1n)
    assert.equal(await source.hashAt(2n), undefined)
  })

  test('contracts run: code, storage, logs with their place in the block, calls', async () => {
    const { l1, wallet } = await setup()
    // Runtime code: SSTORE(0, 1 + SLOAD(0)); LOG0 of the word; return it.
    const runtime = hexToBytes('0x60005460010180600055600052602060 00a060206000f3'.replaceAll(' ', '') as `0x${string}`)
    const init = concatBytes(
      hexToBytes(`0x60${runtime.length.toString(16)}80600b6000396000f3` as `0x${string}`),
      runtime,
    )
    const created = l1.transact(key, { data: init })
    await l1.mine()
    const contract = l1.included(created)!.result!.contractAddress!
    const hashes = [l1.transact(key, { to: contract }), l1.transact(key, { to: contract })]
    l1.inject({ from: sender, to: inbox, logs: [{ address: inbox, topics: [], data: new Uint8Array(0) }] })
    await l1.mine()
    assert.deepEqual(
      hashes.map((hash) => l1.included(hash)!.raw.logs[0]!.logIndex),
      [1n, 2n],
    )
    assert.equal((await wallet.call({ to: contract, data: new Uint8Array(0) }))?.at(-1), 3)
    await l1.reorg(1)
    assert.equal((await wallet.call({ to: contract, data: new Uint8Array(0) }))?.at(-1), 1)
    assert.ok((await wallet.estimateGas({ to: contract, from: sender, data: new Uint8Array(0) }))! > 40_000n)
  })

  test('faults: outages, lag, blocks without receipts, lost replies', async () => {
    const { l1, source, wallet, faults } = await setup()
    await l1.mineMany(3)
    faults.failNext = 1
    await assert.rejects(source.head(), { code: 'l1_unreachable', severity: 'retry' })
    faults.lag = 2n
    assert.equal((await source.head()).number, 1n)
    assert.equal(await source.block(2n), undefined)
    faults.lag = 0n
    faults.badBlocks = 1
    await assert.rejects(source.block(2n), { severity: 'retry' })
    assert.equal((await source.block(2n))?.block.number, 2n)
    faults.lostReplies = 1
    await assert.rejects(wallet.send(call({ nonce: 0n })))
    assert.equal(await wallet.nonce(sender, 'pending'), 1n)
    faults.down = true
    await assert.rejects(wallet.fees(), { code: 'l1_unreachable' })
    assert.equal(await source.finalized().catch(() => 'down'), 'down')
  })
})
