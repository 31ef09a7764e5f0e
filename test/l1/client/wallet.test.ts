import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { bytesToHex, type Hash } from '../../../core/hex.ts'
import type { Json } from '../../../core/json.ts'
import { classifySend, isMissingMethod, isNoSuchBlock, isRateLimit, isRevert } from '../../../l1/client/wording.ts'
import type { FakeBlock } from './fakeChain.ts'
import { type Call, type Mischief, startFakeServer } from './fakeServer.ts'
import { forked, mockRollup, open, outageOf, sampleChain, sender } from './open.ts'

let chain: readonly FakeBlock[]
before(async () => {
  chain = await sampleChain()
})

/** A wallet over a node that answers these methods so. */
async function walletOf(t: Parameters<typeof open>[0], answers: Readonly<Record<string, Mischief>>) {
  const server = await startFakeServer(t, chain)
  server.mischief = ({ method }: Call) => answers[method]
  const { wallet } = await open(t, [server.url], { limits: { rounds: 2 } })
  return { wallet, server }
}

test('nonces, balances, calls and estimates', async (t) => {
  const answers = {
    eth_getTransactionCount: { result: '0x7' },
    eth_getBalance: { result: '0xde0b6b3a7640000' },
    eth_call: { result: '0x0102' },
    eth_estimateGas: { result: '0x5208' },
  }
  const { wallet, server } = await walletOf(t, answers)
  const data = Uint8Array.of(1, 2)
  const to = mockRollup.portal
  assert.equal(await wallet.nonce(sender, 'pending'), 7n)
  assert.equal(await wallet.balance(sender), 10n ** 18n)
  assert.deepEqual(await wallet.call({ to, data }), data)
  assert.equal(await wallet.estimateGas({ to, from: sender, data, value: 3n }), 21_000n)
  assert.deepEqual(
    server.calls.filter(({ method }) => method !== 'eth_chainId').map(({ params }) => params),
    [
      [sender, 'pending'],
      [sender, 'latest'],
      [{ to, data: '0x0102' }, 'latest'],
      [{ to, from: sender, data: '0x0102', value: '0x3' }, 'latest'],
    ],
  )
})

test('a call that reverts is told from a node in trouble', async (t) => {
  const message = { to: mockRollup.portal, from: sender, data: new Uint8Array(0) }
  for (const error of [
    { code: 3, message: 'execution reverted: no' },
    { code: -32000, message: 'execution reverted' },
    { code: -32015, message: 'VM execution error.' },
    { code: -32000, message: 'invalid opcode: INVALID' },
  ]) {
    const { wallet } = await walletOf(t, { eth_call: { error }, eth_estimateGas: { error } })
    assert.equal(await wallet.call(message), undefined)
    assert.equal(await wallet.estimateGas(message), undefined)
  }
  const error = { code: -32000, message: 'missing trie node' }
  const { wallet } = await walletOf(t, { eth_call: { error }, eth_estimateGas: { result: 'soon' } })
  await assert.rejects(wallet.call(message), outageOf('l1_rpc_error'))
  await assert.rejects(wallet.estimateGas(message), outageOf('l1_bad_answer'))
})

test('fees are those of the next block', async (t) => {
  const history = { oldestBlock: '0x5', baseFeePerGas: ['0x10', '0x20'], baseFeePerBlobGas: ['0x3', '0x4'] }
  const tip = { eth_maxPriorityFeePerGas: { result: '0x9' } }
  const full = await walletOf(t, { ...tip, eth_feeHistory: { result: history } })
  assert.deepEqual(await full.wallet.fees(), { baseFee: 32n, blobBaseFee: 4n, tip: 9n })
  // Nodes whose history has no blob fees, or zeros.
  for (const baseFeePerBlobGas of [null, ['0x0', '0x0'], []]) {
    const result = { ...history, baseFeePerBlobGas }
    const { wallet } = await walletOf(t, {
      ...tip,
      eth_feeHistory: { result },
      eth_blobBaseFee: { result: '0x6' },
    })
    assert.deepEqual(await wallet.fees(), { baseFee: 32n, blobBaseFee: 6n, tip: 9n })
  }
  const broken = await walletOf(t, { ...tip, eth_feeHistory: { result: { ...history, baseFeePerGas: [] } } })
  await assert.rejects(broken.wallet.fees(), outageOf('l1_bad_answer'))
})

test('a receipt counts while its block is canonical', async (t) => {
  const receipt = {
    ...chain[4]!.receipts[0]!,
    gasUsed: '0x5208',
    effectiveGasPrice: '0x10',
    blobGasUsed: '0x20000',
    blobGasPrice: '0x2',
  }
  const hash = chain[4]!.receipts[0]!.transactionHash as Hash
  const { wallet, server } = await walletOf(t, { eth_getTransactionReceipt: { result: receipt } })
  const expected = {
    blockNumber: 4n,
    blockHash: chain[4]!.hash,
    succeeded: true,
    costWei: 21_000n * 16n + 131_072n * 2n,
  }
  assert.deepEqual(await wallet.receipt(hash), expected)
  server.blocks = await forked(chain, 3)
  assert.equal(await wallet.receipt(hash), undefined)
  server.blocks = chain.slice(0, 4)
  assert.equal(await wallet.receipt(hash), undefined)
  const none = await walletOf(t, { eth_getTransactionReceipt: { result: null } })
  assert.equal(await none.wallet.receipt(hash), undefined)
  const wrong: readonly Json[] = [{}, { ...receipt, blockHash: null }, { ...receipt, transactionHash: chain[1]!.hash }]
  for (const result of wrong) {
    const { wallet } = await walletOf(t, { eth_getTransactionReceipt: { result } })
    await assert.rejects(wallet.receipt(hash), outageOf('l1_bad_answer'))
  }
})

test('a transaction is offered as it is, and a lost answer is asked for again', async (t) => {
  const { wallet, server } = await walletOf(t, { eth_sendRawTransaction: { result: `0x${'00'.repeat(32)}` } })
  const raw = Uint8Array.of(2, 0xc0)
  assert.equal(await wallet.send(raw), undefined)
  assert.deepEqual(server.calls.at(-1)?.params, [bytesToHex(raw)])
  let count = 0
  server.mischief = ({ method }) => {
    if (method !== 'eth_sendRawTransaction') return undefined
    return count++ === 0 ? 'drop' : { error: { code: -32000, message: 'already known' } }
  }
  assert.deepEqual(await wallet.send(raw), { refused: 'already_known' })
  // Some servers put refusals under a status of HTTP.
  server.mischief = ({ method }) =>
    method === 'eth_chainId'
      ? undefined
      : { status: 400, body: '{"jsonrpc":"2.0","error":{"code":-32000,"message":"Nonce too low"}}' }
  assert.deepEqual(await wallet.send(raw), { refused: 'nonce_too_low' })
})

test('what nodes say to transactions that they do not take', () => {
  const words = {
    already_known: [
      'already known',
      'AlreadyKnown',
      'transaction already imported',
      'Known transaction',
      'INTERNAL_ERROR: existing tx with same hash',
    ],
    nonce_too_low: [
      'nonce too low: next nonce 5, tx nonce 4',
      'OldNonce, Current nonce: 5, nonce of rejected tx: 4',
      'Nonce too low',
    ],
    underpriced: [
      'transaction underpriced: gas tip cap 0, minimum needed 1',
      'FeeTooLow, MaxFeePerGas too low',
      'FeeTooLowToCompete',
      'max fee per gas less than block base fee: address 0x00, maxFeePerGas: 1, baseFee: 2',
      'max fee per blob gas less than block blob gas fee',
      'Block `blob_gas_price` is greater than tx-specified `max_fee_per_blob_gas`',
      'Gas price below configured minimum gas price',
      'txpool is full',
    ],
    replacement_underpriced: [
      'replacement transaction underpriced',
      'replacement transaction underpriced: new tx gas fee cap 1 <= 2 queued + 100% replacement penalty',
      'Replacement transaction underpriced',
      'ReplacementNotAllowed',
      'could not replace existing tx',
      'insufficient gas price to replace existing transaction',
    ],
    insufficient_funds: [
      'insufficient funds for gas * price + value: balance 0, tx cost 1, overshot 1',
      'InsufficientFunds, Account balance: 0, cumulative cost: 1',
      'Upfront cost exceeds account balance',
      'Insufficient funds for gas * price + value',
    ],
    other_kind_pending: ['address already reserved', 'PendingTxsOfConflictingType', 'PendingTxsOfOtherType'],
  } as const
  for (const [refused, messages] of Object.entries(words)) {
    for (const message of messages) {
      assert.deepEqual(classifySend({ code: -32000, message, data: undefined }), { refused }, message)
    }
  }
  const message = 'exceeds block gas limit'
  assert.deepEqual(classifySend({ code: -32000, message, data: undefined }), { refused: 'other', detail: message })
})

test('what nodes say when it is not the call that is wrong', () => {
  const says = (code: number, message: string) => ({ code, message, data: undefined })
  assert.ok(isRateLimit(says(-32005, 'daily request count exceeded')))
  assert.ok(isRateLimit(says(429, '')))
  assert.ok(isRateLimit(says(-32000, 'Too Many Requests')))
  assert.ok(isMissingMethod(says(-32601, '')))
  assert.ok(isMissingMethod(says(-32000, 'the method eth_config does not exist/is not available')))
  assert.ok(isNoSuchBlock(says(-39001, 'Unknown block')))
  assert.ok(isNoSuchBlock(says(-32000, 'finalized block not found')))
  for (const is of [isRateLimit, isMissingMethod, isNoSuchBlock, isRevert]) {
    assert.equal(is(says(-32000, 'header for hash not found in the cache')), false)
  }
})
