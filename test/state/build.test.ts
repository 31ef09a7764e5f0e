import assert from 'node:assert/strict'
import { test } from 'node:test'
import { emptyTrieRoot } from '../../core/account.ts'
import { NodeError } from '../../core/errors.ts'
import { bytesToBigint, bytesToHex, type Hash, hexToBytes } from '../../core/hex.ts'
import { decodeL1Attributes } from '../../core/l1Attributes.ts'
import { beaconRootsAddress, historyStorageAddress, predeploys } from '../../core/predeploys.ts'
import type { TxRejectCode } from '../../core/reject.ts'
import type { SignedTx, TxEnvelope } from '../../core/tx.ts'
import { signAuthorization, signTx } from '../../core/txEnvelope.ts'
import { beaconRootsCode, historyStorageCode } from '../../genesis/systemCode.ts'
import { decodeExtraData } from '../../state/fees.ts'
import { callTo, code, deploy, memory, op, push, revert, store } from './evmCode.ts'
import { addressOf, slotOf } from './memoryReader.ts'
import {
  chainId,
  config,
  createTestChain,
  ether,
  genesisTime,
  gwei,
  inputsOf,
  keys,
  receiptsOf,
  rules,
  senders,
  transaction,
} from './testChain.ts'

const holder = addressOf(0xc0de)
const friend = addressOf(0xf00d)

test('the header is what the rules give, and its parts are those of the block', async () => {
  const chain = await createTestChain()
  const inputs = inputsOf()
  const { block } = await chain.seal([transaction(0, { to: friend, value: 1n })], {
    timestamp: genesisTime + 7n,
    inputs,
  })
  const { header } = block
  assert.equal(header.number, 1n)
  assert.equal(header.coinbase, predeploys.sequencerFeeVault)
  assert.equal(header.gasLimit, config.gasLimit)
  assert.equal(header.timestamp, genesisTime + 7n)
  assert.equal(header.mixHash, inputs.origin.mixHash)
  assert.equal(header.parentBeaconBlockRoot, inputs.origin.parentBeaconBlockRoot)
  assert.equal(header.requestsHash, '0xe3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855')
  assert.deepEqual([header.difficulty, header.blobGasUsed, header.excessBlobGas], [0n, 0n, 0n])
  assert.equal(decodeExtraData(header.extraData)?.floor, 1_000n)
  // An empty genesis block pulls the base fee down by 1 / 56.
  assert.equal(header.baseFeePerGas, gwei - gwei / 56n)
  const attributes = decodeL1Attributes(block.transactions[0]?.tx.data ?? new Uint8Array())
  assert.equal(attributes?.origin.number, inputs.origin.number)
})

test('the base fee goes to its vault, the tip to the sequencer, the rest back to the sender', async () => {
  const chain = await createTestChain()
  const before = chain.balance(senders[0]!)
  const built = await chain.seal([transaction(0, { to: friend, value: 5n, maxFeePerGas: 9n * gwei, gas: 50_000n })])
  const { baseFeePerGas } = built.block.header
  assert.equal(chain.balance(predeploys.baseFeeVault), 21_000n * baseFeePerGas)
  assert.equal(chain.balance(predeploys.sequencerFeeVault), 21_000n * gwei)
  assert.equal(chain.balance(senders[0]!), before - 5n - 21_000n * (baseFeePerGas + gwei))
})

test('bad transactions are skipped with a reason and leave no trace', async () => {
  const alloc = {
    [holder]: { nonce: 1n, code: code(op.STOP) },
    [senders[8]!]: { nonce: 2n ** 64n - 1n, balance: ether },
  }
  const chain = await createTestChain(alloc)
  const wrongChain = signTx({ ...(transaction(1).tx as SignedTx & { type: 2 }), chainId: 1n }, keys[1]!)
  const { type: _, ...legacy } = { ...transaction(2).tx, gasPrice: gwei, chainId: undefined }
  const cases: [TxEnvelope<SignedTx>, TxRejectCode | undefined][] = [
    [transaction(0, { to: friend, nonce: 1n }), 'nonce_too_high'],
    [transaction(0, { to: friend }), undefined],
    [transaction(0, { to: friend }), 'nonce_too_low'],
    [transaction(8, { to: friend, nonce: 2n ** 64n - 1n }), 'nonce_max'],
    [transaction(1, { to: friend, maxFeePerGas: 1n, maxPriorityFeePerGas: 0n }), 'fee_cap_below_base_fee'],
    [transaction(1, { to: friend, maxFeePerGas: gwei, maxPriorityFeePerGas: 2n * gwei }), 'tip_above_fee_cap'],
    [transaction(1, { to: friend, value: 2_000n * ether }), 'insufficient_funds'],
    [transaction(1, { to: friend, gas: 20_999n }), 'intrinsic_gas'],
    [transaction(1, { to: friend, gas: 31_000n, data: new Uint8Array(600).fill(1) }), 'floor_data_gas'],
    [transaction(1, { gas: 16_777_217n, to: friend }), 'gas_limit_cap'],
    [transaction(1, { data: new Uint8Array(49_153) }), 'initcode_too_large'],
    [wrongChain, 'chain_id_mismatch'],
    [signTx({ ...legacy, type: 0 }, keys[2]!), undefined],
    [{ ...transaction(1), from: holder }, 'nonce_too_low'],
    [{ ...transaction(1, { nonce: 1n, value: 0n }), from: holder }, 'sender_not_eoa'],
  ]
  const built = await chain.seal(cases.map(([tx]) => tx))
  assert.deepEqual(
    built.skipped.map(({ reject }) => reject.reject),
    cases.flatMap(([, reject]) => (reject === undefined ? [] : [reject])),
  )
  // The same block without them is the same block.
  const twin = await createTestChain(alloc)
  const good = await twin.seal(cases.flatMap(([tx, reject]) => (reject === undefined ? [tx] : [])))
  assert.equal(good.block.hash, built.block.hash)
})

test('an empty authorization list is refused', async () => {
  const chain = await createTestChain()
  const { accessList, ...fields } = transaction(0, { to: friend }).tx as SignedTx & { type: 2 }
  const tx = signTx({ ...fields, to: friend, accessList, type: 4, authorizationList: [] }, keys[0]!)
  assert.equal((await chain.build([tx])).skipped[0]?.reject.reject, 'empty_authorization_list')
})

test('a block stops at its gas, its bytes and its deadline', async () => {
  const chain = await createTestChain()
  const heavy = Array.from({ length: 5 }, (_, index) => transaction(index, { to: friend, gas: 10_000_000n }))
  const full = await chain.build(heavy, { inputs: inputsOf({ config: { ...config, gasLimit: 10_100_000n } }) })
  // Each uses 21,000; after the first ones less than the next one's limit is left.
  assert.deepEqual([full.block.transactions.length, full.skipped.length], [5, 1])
  assert.deepEqual(full.skipped[0]?.reject.reject, 'block_full')

  const long = Array.from({ length: 6 }, (_, index) =>
    transaction(index, { to: friend, data: new Uint8Array(120_000), gas: 3_000_000n }),
  )
  const bytes = await chain.build(long)
  assert.deepEqual([bytes.block.transactions.length, bytes.skipped.length], [5, 2])

  let asked = 0
  const late = await chain.build(heavy, { deadline: () => ++asked > 2 })
  assert.deepEqual([late.block.transactions.length, late.skipped.length], [3, 0])
})

test('the block writes its beacon root and parent hash before its first transaction', async () => {
  const probe = code(
    push(0),
    op.BLOCKHASH,
    store(0),
    memory(0),
    callTo('staticcall', historyStorageAddress, { argsSize: 32 }),
  )
  const copy = code(push(32), push(0), push(0), op.RETURNDATACOPY, push(0), op.MLOAD, store(1), op.STOP)
  const chain = await createTestChain({
    [beaconRootsAddress]: { nonce: 1n, code: beaconRootsCode },
    [historyStorageAddress]: { nonce: 1n, code: historyStorageCode },
    [holder]: { code: code(probe, copy) },
  })
  const inputs = inputsOf()
  const first = await chain.seal([transaction(0, { to: holder })])
  const state = chain.state()
  const place = genesisTime % 8_191n
  const read = (slot: bigint) => bytesToHex(state.storage(beaconRootsAddress, slotOf(slot)))
  assert.equal(BigInt(read(place)), genesisTime)
  assert.equal(BigInt(read(place + 8_191n)), BigInt(inputs.origin.parentBeaconBlockRoot))
  const parent = bytesToBigint(hexToBytes(first.block.header.parentHash))
  assert.equal(bytesToBigint(state.storage(historyStorageAddress, slotOf(0n))), parent)
  assert.deepEqual(
    [0n, 1n].map((slot) => bytesToBigint(state.storage(holder, slotOf(slot)))),
    [parent, parent],
  )
})

test('BLOCKHASH knows older ancestors', async () => {
  const chain = await createTestChain({ [holder]: { code: code(push(1), op.BLOCKHASH, store(0), op.STOP) } })
  const { block } = await chain.seal([])
  await chain.seal([])
  await chain.seal([transaction(0, { to: holder })])
  assert.equal(bytesToBigint(chain.state().storage(holder, slotOf(0n))), BigInt(block.hash))
})

test('code can be set, used and cleared with EIP-7702', async () => {
  const chain = await createTestChain({ [holder]: { nonce: 1n, code: code(op.CALLER, store(0), op.STOP) } })
  const eoa = senders[5]!
  const setCode = (
    index: number,
    nonce: bigint,
    authorities: [key: number, nonce: bigint, address?: typeof holder][],
  ) =>
    signTx(
      {
        ...(transaction(index, { nonce, to: eoa }).tx as SignedTx & { type: 2 }),
        type: 4,
        to: eoa,
        authorizationList: authorities.map(([key, authNonce, address = holder]) =>
          signAuthorization({ chainId, address, nonce: authNonce }, keys[key]!),
        ),
      },
      keys[index]!,
    )
  // The second tuple has a stale nonce, the third is for an account with code: both are skipped.
  const built = await chain.seal([
    setCode(0, 0n, [
      [5, 0n],
      [5, 0n],
      [6, 3n],
    ]),
  ])
  const state = chain.state()
  assert.equal(bytesToHex(state.code(state.account(eoa)?.codeHash as Hash)), `0xef0100${holder.slice(2)}`)
  assert.equal(bytesToBigint(state.storage(eoa, slotOf(0n))), BigInt(senders[0]!))
  assert.equal(state.account(eoa)?.nonce, 1n)
  assert.equal(receiptsOf(built)[0]?.succeeded, true)
  // A delegated account still sends transactions of its own, and may delegate to nobody again.
  const own = await chain.seal([transaction(5, { nonce: 1n, to: friend, value: 1n })])
  assert.deepEqual(own.skipped, [])
  const cleared = await chain.seal([setCode(0, 1n, [[5, 2n, addressOf(0)]])])
  assert.deepEqual(cleared.skipped, [])
  assert.equal(chain.state().account(eoa)?.codeHash, chain.state().account(friend)?.codeHash)
})

test('an impersonated sender may be a contract, where the rules have impersonation', async () => {
  const alloc = { [holder]: { nonce: 1n, balance: ether, code: code(op.STOP) } }
  const { tx, ...rest } = transaction(0, { nonce: 1n, to: friend, value: 3n })
  const impersonated = { ...rest, tx: { ...tx, r: BigInt(holder), s: 0n, yParity: 0 as const }, from: holder }
  const solo = await createTestChain(alloc, new Map(), { impersonation: true })
  assert.deepEqual((await solo.build([impersonated])).skipped, [])
  const other = await createTestChain(alloc, new Map(), { impersonation: false })
  assert.equal((await other.build([impersonated])).skipped[0]?.reject.reject, 'sender_not_eoa')
})

test('data costs at least its floor (EIP-7623), also when gas is refunded', async () => {
  const chain = await createTestChain({
    [holder]: { code: code(push(0), store(0), op.STOP), storage: { [slotOf(0n)]: 1n } },
  })
  const data = new Uint8Array(1_000).fill(1)
  const built = await chain.seal([
    transaction(0, { to: friend, data }),
    transaction(1, { to: holder, data: new Uint8Array(1) }),
    transaction(2, { to: holder, data }),
  ])
  const used = receiptsOf(built).map(({ gasUsed }) => gasUsed)
  assert.deepEqual(used, [21_000n + 40_000n, 21_004n + 5_006n - 4_800n, 21_000n + 40_000n])
})

test('a transaction that reverts or halts is included and paid for', async () => {
  const chain = await createTestChain({ [holder]: { code: revert }, [friend]: { code: code(op.INVALID) } })
  const built = await chain.seal([
    transaction(0, { to: holder, value: 7n }),
    transaction(1, { to: friend, value: 7n, gas: 60_000n }),
    transaction(2, { data: deploy(Uint8Array.of(0xef)) }),
  ])
  const outcomes = receiptsOf(built).map(({ succeeded, gasUsed }) => [succeeded, gasUsed])
  assert.deepEqual(outcomes.slice(0, 2), [
    [false, 21_006n],
    [false, 60_000n],
  ])
  assert.deepEqual(outcomes[2], [false, 1_000_000n])
  assert.equal(chain.balance(holder), 0n)
})

test('the sender of a refused candidate is told, so that its later ones need not be tried', async () => {
  const chain = await createTestChain()
  const told: string[] = []
  const gapped = transaction(0, { to: friend, nonce: 1n })
  await chain.build([gapped, transaction(1, { to: friend })], { skipSender: (sender) => told.push(sender) })
  assert.deepEqual(told, [senders[0]])
})

test('no block is made from the activation of an unknown fork on', async () => {
  const chain = await createTestChain()
  const outdated = { ...rules, unknownFork: { name: 'later', timestamp: genesisTime + 10n } }
  await chain.build([], { timestamp: genesisTime + 9n, rules: outdated })
  await assert.rejects(chain.build([], { timestamp: genesisTime + 10n, rules: outdated }), (error) => {
    assert(error instanceof NodeError)
    assert.deepEqual([error.code, error.severity], ['fork_unknown', 'fatal'])
    return true
  })
})

test('a time the rules do not allow is an error of the caller', async () => {
  const chain = await createTestChain()
  const late = genesisTime + rules.maxOriginAgeSec
  assert.equal((await chain.build([], { timestamp: late })).block.header.timestamp, late)
  await assert.rejects(chain.build([], { timestamp: late + 1n }), /timestamp_after_window/)
  await assert.rejects(chain.build([], { timestamp: genesisTime - 1n }), /timestamp_before_parent/)
})

test('the withdrawals root is the storage root of the message passer, also in a block that leaves it alone', async () => {
  const { messagePasser } = predeploys
  const chain = await createTestChain({ [messagePasser]: { nonce: 1n, code: code(push(1), op.CALLER, op.SSTORE) } })
  const roots: Hash[] = []
  for (const txs of [[], [transaction(0, { to: messagePasser })], [], [transaction(1, { to: messagePasser })], []]) {
    const { header } = (await chain.seal(txs)).block
    assert.equal(header.withdrawalsRoot, chain.state().account(messagePasser)?.storageRoot)
    roots.push(header.withdrawalsRoot as Hash)
  }
  assert.equal(roots[0], emptyTrieRoot)
  assert.deepEqual([roots[2], roots[4]], [roots[1], roots[3]])
  assert.equal(new Set(roots).size, 3)
})
