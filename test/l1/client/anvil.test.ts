import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { getContractAddress, parseGwei } from 'viem'
import { type Address, concatBytes, type Hash, hexToBytes } from '../../../core/hex.ts'
import { systemClock } from '../../../core/ports/systemClock.ts'
import { decodeRlp, encodeRlp, type RlpItem } from '../../../core/rlp.ts'
import { encodeBlob } from '../../../l1/batch/blob.ts'
import { type L1Client, openL1Client } from '../../../l1/client/client.ts'
import { versionedHash } from '../../../l1/kzg/blob.ts'
import { openKzg } from '../../../l1/kzg/kzg.ts'
import { type Anvil, startAnvil } from '../anvil.ts'
import { account, l1Spec, mockRollup, outageOf, sender } from './open.ts'

// The client against a real L1, which makes its own hashes and roots.

const kzg = openKzg()
const stop = new AbortController()
const { inbox } = mockRollup
let anvil: Anvil
let client: L1Client
let nonce = 0
let created: Address

before(async () => {
  anvil = await startAnvil(['--no-mining'])
  created = getContractAddress({ from: account.address, nonce: 1n }).toLowerCase() as Address
  // A contract whose creation logs, in place of the portal: its block has receipts to check.
  const spec = { ...l1Spec, rollup: { ...mockRollup, portal: created } }
  const log = { debug: () => {}, info: () => {}, warn: () => {} }
  const urls = { rpcUrls: [anvil.url], beaconUrls: [] }
  client = await openL1Client({ ...urls, spec, kzg, clock: systemClock, log, signal: stop.signal })
  await anvil.control.setBalance({ address: account.address, value: 10n ** 20n })
})
after(async () => {
  stop.abort()
  await kzg.close()
  await anvil.stop()
})

const fees = { gas: 200_000n, maxFeePerGas: parseGwei('20'), maxPriorityFeePerGas: 5n, chainId: 900 } as const
const legacy = { gas: 200_000n, gasPrice: parseGwei('20'), chainId: 900 } as const

async function send(raw: Promise<string>): Promise<void> {
  assert.equal(await client.wallet.send(hexToBytes((await raw) as Hash)), undefined)
}

/** The wire form of a blob transaction with its sidecar. */
async function withSidecar(commitments: readonly Uint8Array[], sidecar: readonly RlpItem[]): Promise<Uint8Array> {
  const blobVersionedHashes = commitments.map(versionedHash)
  const blobFee = { maxFeePerBlobGas: parseGwei('1'), blobVersionedHashes }
  const raw = await account.signTransaction({ ...fees, ...blobFee, type: 'eip4844', to: inbox, nonce: nonce++ })
  const body = decodeRlp(hexToBytes(raw).subarray(1))!
  return concatBytes(Uint8Array.of(3), encodeRlp([body, ...sidecar]))
}

async function mine(): Promise<void> {
  await anvil.control.mine({ blocks: 1 })
}

test('blocks of anvil with transactions of types 0, 1, 2 and 4 pass all checks', async () => {
  const authorization = await account.signAuthorization({ address: inbox, chainId: 900, nonce: 5 })
  const accessList = [{ address: inbox, storageKeys: [`0x${'11'.repeat(32)}` as Hash] }]
  const call = { to: inbox, value: 1n } as const
  await send(account.signTransaction({ ...legacy, ...call, type: 'legacy', nonce: nonce++, data: '0x0001' }))
  // PUSH0 PUSH0 LOG0 STOP
  await send(account.signTransaction({ ...fees, type: 'eip1559', nonce: nonce++, data: '0x5f5fa000' }))
  await send(account.signTransaction({ ...legacy, ...call, type: 'eip2930', nonce: nonce++, accessList }))
  await send(account.signTransaction({ ...fees, ...call, type: 'eip1559', nonce: nonce++, accessList }))
  await send(
    account.signTransaction({ ...fees, ...call, type: 'eip7702', nonce: nonce++, authorizationList: [authorization] }),
  )
  await mine()
  nonce++
  const data = await client.source.block(1n)
  assert.deepEqual(
    data?.inbox.map(({ from, payload }) => [from, payload.kind]),
    [0, 1, 2, 3].map(() => [sender, 'calldata']),
  )
  const hashes = (await anvil.client.getBlock({ blockNumber: 1n })).transactions
  assert.deepEqual(
    data?.inbox.map(({ hash }) => hash),
    hashes.toSpliced(1, 1),
  )
  for (const { hash, costWei } of data!.inbox) {
    const { gasUsed, effectiveGasPrice } = await anvil.client.getTransactionReceipt({ hash })
    assert.equal(costWei, gasUsed * effectiveGasPrice)
    assert.deepEqual(await client.wallet.receipt(hash), {
      blockNumber: 1n,
      blockHash: data!.block.hash,
      succeeded: true,
      costWei,
    })
  }
  // The log is no deposit, but it was under the receipts root.
  assert.equal((await anvil.client.getLogs({ address: created })).length, 1)
  assert.deepEqual(data?.deposits, [])
  assert.equal(data?.parentHash, (await client.source.block(0n))?.block.hash)
})

test('blobs of anvil, with both forms of sidecars, are found and checked', async () => {
  // The commitment and all proofs of a blob of zeros are the point at infinity.
  const infinity = new Uint8Array(48)
  infinity[0] = 0xc0
  const zeros = new Uint8Array(131_072)
  const blob = encodeBlob(new Uint8Array(9_000).fill(8))
  const commitment = await kzg.commitment(blob)
  const proofs = await kzg.proofs(blob, commitment, 'eip4844')
  const commitments = [infinity, commitment]
  const raw = await withSidecar(commitments, [[zeros, blob], commitments, [infinity, ...proofs]])
  assert.equal(await client.wallet.send(raw), undefined)
  assert.deepEqual(await client.wallet.send(raw), { refused: 'already_known' })
  const cells = Array.from({ length: 128 }, () => infinity)
  const newer = await withSidecar([infinity], [Uint8Array.of(1), [zeros], [infinity], cells])
  assert.equal(await client.wallet.send(newer), undefined)
  await mine()
  const data = await client.source.block(2n)
  const hashes = data!.inbox.map(({ payload }) => (payload.kind === 'blobs' ? payload.hashes : []))
  assert.deepEqual(hashes, [commitments.map(versionedHash), [versionedHash(infinity)]])
  const found = await client.source.blobs(data!.block, hashes.flat())
  assert.deepEqual(
    hashes.flat().map((hash) => found.get(hash)),
    [zeros, blob, zeros],
  )
  const { blobGasUsed, blobGasPrice, gasUsed, effectiveGasPrice } = await anvil.client.getTransactionReceipt({
    hash: data!.inbox[0]!.hash,
  })
  assert.equal(data!.inbox[0]!.costWei, gasUsed * effectiveGasPrice + blobGasUsed! * blobGasPrice!)
  await assert.rejects(client.source.blobs(data!.block, [versionedHash(Uint8Array.of(1))]), outageOf('blob_missing'))
})

test('what anvil says to transactions that it does not take', async () => {
  const offer = async (changes: object): Promise<string | undefined> => {
    const tx = { ...fees, to: inbox, nonce, ...changes } as Parameters<typeof account.signTransaction>[0]
    return (await client.wallet.send(hexToBytes((await account.signTransaction(tx)) as Hash)))?.refused
  }
  assert.equal(await offer({ nonce: 0 }), 'nonce_too_low')
  assert.equal(await offer({ maxFeePerGas: 7n }), 'underpriced')
  assert.equal(await offer({ value: 10n ** 30n }), 'insufficient_funds')
  assert.equal(await offer({ chainId: 901 }), 'other')
  assert.equal(await offer({}), undefined)
  assert.equal(await offer({ value: 1n }), 'replacement_underpriced')
  assert.equal(await client.wallet.nonce(sender, 'pending'), BigInt(nonce + 1))
  await mine()
  nonce++
  assert.equal(await client.wallet.nonce(sender, 'latest'), BigInt(nonce))
})

test('fees, calls and estimates', async () => {
  const { baseFee, blobBaseFee, tip } = await client.wallet.fees()
  assert.ok(baseFee > 0n && blobBaseFee === 1n && tip > 0n)
  const to = created
  assert.deepEqual(await client.wallet.call({ to, data: new Uint8Array(0) }), new Uint8Array(0))
  // PUSH0 PUSH0 REVERT
  await anvil.control.setCode({ address: to, bytecode: '0x5f5ffd' })
  assert.equal(await client.wallet.call({ to, data: new Uint8Array(0) }), undefined)
  assert.equal(await client.wallet.estimateGas({ to, from: sender, data: new Uint8Array(0) }), undefined)
  assert.equal(await client.wallet.estimateGas({ to: inbox, from: sender, data: new Uint8Array(0) }), 21_000n)
})

test('what nobody signed, as impersonated accounts send it, is no batch and holds up no block', async () => {
  const whale = `0x${'77'.repeat(20)}` as Address
  // PUSH0 PUSH0 LOG0 STOP, as the portal.
  await anvil.control.setCode({ address: created, bytecode: '0x5f5fa000' })
  await anvil.control.setBalance({ address: whale, value: 10n ** 20n })
  await anvil.control.impersonateAccount({ address: whale })
  for (const to of [inbox, created]) {
    const call = { from: whale, to, gas: '0x30d40', data: '0x00' }
    await anvil.control.request({ method: 'eth_sendTransaction', params: [call] } as never)
  }
  await mine()
  const head = await client.source.head()
  const data = await client.source.block(head.number)
  assert.deepEqual([data?.inbox, data?.deposits], [[], []])
  assert.equal((await anvil.client.getLogs({ blockHash: head.hash, address: created })).length, 1)
})

test('finality and a reorganisation are seen', async () => {
  await anvil.control.mine({ blocks: 12 })
  const head = await client.source.head()
  const finalized = await client.source.finalized()
  assert.ok(finalized !== undefined && finalized.number > 0n && finalized.number < head.number)
  assert.equal(await client.source.hashAt(finalized.number), finalized.hash)
  await anvil.control.request({ method: 'anvil_reorg', params: [2, []] } as never)
  assert.notEqual(await client.source.hashAt(head.number), head.hash)
  const before = await client.source.block(head.number - 2n)
  assert.equal((await client.source.block(head.number - 1n))?.parentHash, before?.block.hash)
  assert.deepEqual(
    client.health().map(({ trouble }) => trouble),
    [undefined, undefined],
  )
})
