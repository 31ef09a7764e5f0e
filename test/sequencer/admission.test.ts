import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bytesToAddress, type Hash, zeroAddress, zeroHash } from '../../core/hex.ts'
import { impersonate } from '../../core/impersonate.ts'
import { rejectText, type TxRejectCode } from '../../core/reject.ts'
import { privateKeyToAddress } from '../../core/secp256k1.ts'
import type { TxEnvelope } from '../../core/tx.ts'
import { envelope, signAuthorization } from '../../core/txEnvelope.ts'
import { account, ether, makeHeader, makePool, makeSetCodeTx, makeTx, rules } from './fixtures.ts'

const key = new Uint8Array(32).fill(7)
const signer = privateKeyToAddress(key)
const authorization = () => signAuthorization({ chainId: rules.chainId, address: account(9), nonce: 0n }, key)
const delegation = new Uint8Array([0xef, 0x01, 0x00, ...new Uint8Array(20).fill(5)])

type Scene = { readonly before?: readonly TxEnvelope[]; readonly setup?: Parameters<typeof makePool>[0] } & {
  readonly world?: (world: ReturnType<typeof makePool>) => void
  readonly tx: TxEnvelope
  readonly text: string
}

/** One scene for each reject that admission gives, with the whole text: wallets match on it. */
const scenes = {
  tx_type_unsupported: {
    tx: envelope(
      {
        type: 0x7e,
        sourceHash: zeroHash as Hash,
        from: account(0),
        to: account(1),
        mint: 1n,
        value: 0n,
        gas: 21_000n,
        isSystemTx: false,
        data: new Uint8Array(),
      },
      account(0),
    ),
    text: 'transaction type not supported: deposits come from L1 only',
  },
  tx_oversized: {
    tx: makeTx({ data: new Uint8Array(131_072), gas: 2_000_000n }),
    text: 'oversized data: transaction size 131117, limit 131072',
  },
  chain_id_mismatch: { tx: makeTx({ chainId: 1n }), text: 'invalid chain id for signer: have 1 want 31337' },
  invalid_signature: {
    tx: impersonate({ ...makeTx().tx }, account(0)),
    text: 'invalid sender',
  },
  nonce_max: { tx: withNonce(2n ** 64n - 1n), text: 'nonce has max value' },
  gas_limit_exceeded: {
    world: ({ world }) => (world.header = makeHeader({ gasLimit: 8_000_000n })),
    // The block's first deposit may use a million.
    tx: makeTx({ gas: 7_000_001n }),
    text: 'exceeds block gas limit',
  },
  gas_limit_cap: {
    tx: makeTx({ gas: 16_777_217n }),
    text: 'transaction gas limit too high: cap 16777216, tx 16777217',
  },
  empty_authorization_list: { tx: makeSetCodeTx([]), text: 'EIP-7702 transaction with empty auth list' },
  tip_above_fee_cap: {
    tx: makeTx({ fee: 10, tip: 11 }),
    text: 'max priority fee per gas higher than max fee per gas: maxPriorityFeePerGas: 11, maxFeePerGas: 10',
  },
  fee_too_high: {
    tx: withFee(2n ** 256n),
    text: 'max fee per gas higher than 2^256-1',
  },
  underpriced: {
    setup: { limits: { minTipWei: 2n } },
    tx: makeTx({ tip: 1 }),
    text: 'transaction underpriced: gas tip cap 1, minimum needed 2',
  },
  initcode_too_large: {
    tx: makeTx({ to: undefined, data: new Uint8Array(49_153), gas: 5_000_000n }),
    text: 'max initcode size exceeded: code size 49153, limit 49152',
  },
  intrinsic_gas: { tx: makeTx({ gas: 20_999n }), text: 'intrinsic gas too low: have 20999, want 21000' },
  floor_data_gas: {
    tx: makeTx({ data: new Uint8Array(100).fill(1), gas: 22_600n }),
    text: 'insufficient gas for floor data gas cost: have 22600, want 25000',
  },
  nonce_too_low: {
    world: ({ state }) => state.set(account(0), { nonce: 5n, balance: ether }),
    tx: makeTx({ nonce: 4 }),
    text: 'nonce too low: next nonce 5, tx nonce 4',
  },
  sender_not_eoa: {
    world: ({ state }) => state.set(account(0), { nonce: 0n, balance: ether, code: new Uint8Array([1, 2]) }),
    tx: makeTx(),
    text: `sender not an eoa: address ${account(0)}, len(code): 2`,
  },
  insufficient_funds: {
    world: ({ state }) => state.set(account(0), { nonce: 0n, balance: 210_000n }),
    tx: makeTx({ value: 1n }),
    text: 'insufficient funds for gas * price + value: balance 210000, tx cost 210001, overshot 1',
  },
  already_known: { before: [makeTx()], tx: makeTx(), text: 'already known' },
  replacement_underpriced: {
    before: [makeTx({ fee: 100, tip: 10 })],
    tx: makeTx({ fee: 109, tip: 11 }),
    text: 'replacement transaction underpriced',
  },
  account_limit: {
    setup: { limits: { accountQueue: 1 } },
    before: [makeTx({ nonce: 2 })],
    tx: makeTx({ nonce: 3 }),
    text: 'account limit exceeded: pooled 1 txs',
  },
  pool_full: {
    setup: { limits: { globalQueue: 1 } },
    before: [makeTx({ from: account(1), nonce: 2 })],
    tx: makeTx({ nonce: 2 }),
    text: 'txpool is full',
  },
  delegated_limit: {
    world: ({ state }) => state.set(account(0), { nonce: 0n, balance: ether, code: delegation }),
    before: [makeTx()],
    tx: makeTx({ nonce: 1 }),
    text: 'in-flight transaction limit reached for delegated accounts',
  },
  delegated_gap: {
    world: ({ state }) => state.set(account(0), { nonce: 0n, balance: ether, code: delegation }),
    tx: makeTx({ nonce: 1 }),
    text: 'gapped-nonce tx from delegated accounts',
  },
  authority_reserved: {
    world: ({ state }) => state.set(signer, { nonce: 0n, balance: ether }),
    before: [makeTx({ from: signer }), makeTx({ from: signer, nonce: 1 })],
    tx: makeSetCodeTx([authorization()]),
    text: 'authority already reserved',
  },
} satisfies Partial<Record<TxRejectCode, Scene>>

for (const [code, scene] of Object.entries(scenes) as [TxRejectCode, Scene][]) {
  test(`refuses with ${code}`, () => {
    const made = makePool(scene.setup)
    scene.world?.(made)
    for (const tx of scene.before ?? []) assert.equal(made.pool.add(tx), undefined)
    const before = made.pool.status()
    const reject = made.pool.add(scene.tx)
    assert.deepEqual(reject && [reject.reject, rejectText(reject)], [code, scene.text])
    assert.deepEqual(made.pool.status(), before, 'a refused transaction leaves no trace')
  })
}

test('cumulative cost: what is executable already must be paid for too', () => {
  const { pool, state } = makePool()
  state.set(account(0), { nonce: 0n, balance: 500_000n })
  assert.equal(pool.add(makeTx({ nonce: 0 })), undefined)
  assert.equal(pool.add(makeTx({ nonce: 1 })), undefined)
  assert.equal(
    pool.add(makeTx({ nonce: 2 }))?.detail,
    'balance 500000, queued cost 420000, tx cost 210000, overshot 130000',
  )
  assert.equal(
    pool.add(makeTx({ nonce: 1, fee: 20, tip: 2 }))?.detail,
    'balance 500000, queued cost 420000, tx bumped 210000, overshot 130000',
  )
})

test('a transaction below the base fee is accepted and waits; one below the lowest possible base fee is refused', () => {
  const { pool, world } = makePool({ rules: { ...rules, minBaseFee: 5n } })
  world.header = makeHeader({ baseFeePerGas: 1_000n })
  assert.equal(pool.add(makeTx({ fee: 5 })), undefined)
  assert.equal(pool.status().pending, 1)
  assert.equal(pool.add(makeTx({ fee: 4, from: account(1) }))?.reject, 'underpriced')
})

test('protected local transactions are exempt from the minimum tip', () => {
  const { pool } = makePool({ limits: { minTipWei: 2n, protectLocals: true } })
  assert.equal(pool.add(makeTx({ tip: 1 }), { local: true }), undefined)
})

test('a delegated account sends one transaction at a time and may replace it', () => {
  const { pool, state } = makePool()
  state.set(account(0), { nonce: 3n, balance: ether, code: delegation })
  assert.equal(pool.add(makeTx({ nonce: 3 })), undefined)
  assert.equal(pool.add(makeTx({ nonce: 3, fee: 20, tip: 2 })), undefined)
  assert.deepEqual(pool.status().pending, 1)
})

test('whoever signed a pooled authorization sends one transaction at a time', () => {
  const { pool, state } = makePool()
  state.set(signer, { nonce: 0n, balance: ether })
  assert.equal(pool.add(makeSetCodeTx([authorization()])), undefined)
  assert.equal(pool.add(makeTx({ from: signer })), undefined)
  assert.equal(pool.add(makeTx({ from: signer, nonce: 1 }))?.reject, 'delegated_limit')
})

test('an authorization that left the pool no longer reserves its signer', () => {
  const { pool, state } = makePool()
  state.set(signer, { nonce: 0n, balance: ether })
  const setCode = makeSetCodeTx([authorization()])
  pool.add(setCode)
  pool.remove(setCode.hash)
  assert.equal(pool.add(makeTx({ from: signer })), undefined)
  assert.equal(pool.add(makeTx({ from: signer, nonce: 1 })), undefined)
})

test('an impersonated contract may send on a development chain', () => {
  const { pool, state } = makePool({ rules: { ...rules, impersonation: true } })
  const contract = bytesToAddress(new Uint8Array(20).fill(3))
  state.set(contract, { nonce: 1n, balance: ether, code: new Uint8Array([1]) })
  assert.equal(pool.add(impersonate({ ...makeTx({ nonce: 1 }).tx }, contract)), undefined)
})

test('the replacement rule is exact: both fee cap and tip rise by a tenth', () => {
  const cases: [fee: number, tip: number, accepted: boolean][] = [
    [1_100, 110, true],
    [1_099, 110, false],
    [1_100, 109, false],
    [5_000, 100, false],
    [1_000, 1_000, false],
  ]
  for (const [fee, tip, accepted] of cases) {
    const { pool } = makePool()
    pool.add(makeTx({ fee: 1_000, tip: 100 }))
    assert.equal(pool.add(makeTx({ fee, tip })) === undefined, accepted, `${fee}/${tip}`)
  }
})

function withNonce(nonce: bigint): TxEnvelope {
  const { tx, from } = makeTx()
  return envelope({ ...tx, nonce }, from)
}

function withFee(maxFeePerGas: bigint): TxEnvelope {
  const { tx, from } = makeTx()
  if (tx.type !== 2) throw new Error(zeroAddress)
  return envelope({ ...tx, maxFeePerGas }, from)
}
