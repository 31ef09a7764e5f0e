import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createBlock } from '@ethereumjs/block'
import { Common, Mainnet } from '@ethereumjs/common'
import { createEVM } from '@ethereumjs/evm'
import { createTxFromRLP } from '@ethereumjs/tx'
import { Address as LibraryAddress } from '@ethereumjs/util'
import { createVM, runTx } from '@ethereumjs/vm'
import fc from 'fast-check'
import { type Address, bigintToFixed, bytesToHash, concatBytes, hexToBytes, zeroHash } from '../../core/hex.ts'
import { predeploys } from '../../core/predeploys.ts'
import type { StateDiff, World } from '../../core/state.ts'
import type { SignedTx, TxEnvelope } from '../../core/tx.ts'
import { signAuthorization, signTx } from '../../core/txEnvelope.ts'
import type { BlockEnv } from '../../state/engine.ts'
import { createCommon } from '../../state/engines/ethereumjs/common.ts'
import { loadCrypto } from '../../state/engines/ethereumjs/crypto.ts'
import { executeUserTx } from '../../state/engines/ethereumjs/execute.ts'
import { chainRules } from '../../state/engines/ethereumjs/forkRules.ts'
import { createWorldState } from '../../state/engines/ethereumjs/stateManager.ts'
import { bindVm, createVm } from '../../state/engines/ethereumjs/vm.ts'
import { createWorld } from '../../state/world.ts'
import { addressOf, createMemoryState, type PlainAccount, slotOf } from './memoryReader.ts'
import { chainId, ether, gwei, keys, senders, transaction } from './testChain.ts'

// Our interpreter loop, opcodes, journal and transaction rules against the library's own, under this chain's fork.

const seed = Number(process.env.OPENLEDGER_SEED ?? 7702)
/** Times the usual number of runs. */
const factor = Number(process.env.OPENLEDGER_RUNS ?? 1)
const crypto = await loadCrypto()
const contract = addressOf(0xc0de)
const other = addressOf(0xbeef)
const coinbase = addressOf(0xfee)
const env: BlockEnv = {
  number: 300n,
  timestamp: 1_700_000_000n,
  coinbase,
  gasLimit: 30_000_000n,
  baseFee: gwei,
  mixHash: bytesToHash(bigintToFixed(77n, 32)),
  parentHash: zeroHash,
  parentBeaconBlockRoot: zeroHash,
}

function newWorld(code: Uint8Array, otherCode: Uint8Array): World {
  const accounts: Record<string, PlainAccount> = {
    [contract]: { nonce: 1n, balance: ether, code, storage: { [slotOf(0n)]: 7n, [slotOf(1n)]: 2n ** 255n } },
    [other]: { nonce: 1n, balance: 5n, code: otherCode, storage: { [slotOf(1n)]: 3n } },
  }
  for (const sender of senders.slice(0, 8)) accounts[sender] = { balance: ether }
  return createWorld(createMemoryState(accounts).reader)
}

/** A diff as text that two equal states share. */
function show(diff: StateDiff): string {
  const accounts = [...diff.accounts].sort(([a], [b]) => (a < b ? -1 : 1))
  return JSON.stringify(
    accounts.map(([address, { after, wiped, storage }]) => [
      address,
      after && [`${after.nonce}`, `${after.balance}`, after.codeHash],
      wiped,
      [...storage].map(([slot, value]) => [slot, Buffer.from(value).toString('hex')]).sort(),
    ]),
  )
}

const push = (bytes: Uint8Array) => concatBytes(Uint8Array.of(0x5f + bytes.length), bytes)
const smallNumber = fc.nat({ max: 96 }).map((value) => push(Uint8Array.of(value)))
const anyNumber = fc.uint8Array({ minLength: 1, maxLength: 32 }).map(push)
const target = fc
  .constantFrom<Address>(contract, other, addressOf(4), addressOf(2), addressOf(0x999), coinbase)
  .map((a) => push(hexToBytes(a)))
const plainOps = [
  0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0a, 0x0b, 0x10, 0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17,
  0x18, 0x19, 0x1a, 0x1b, 0x1c, 0x1d, 0x1e, 0x30, 0x32, 0x33, 0x34, 0x36, 0x38, 0x3a, 0x3d, 0x41, 0x42, 0x43, 0x44,
  0x45, 0x46, 0x47, 0x48, 0x4a, 0x50, 0x58, 0x59, 0x5a, 0x5b, 0x5f, 0x80, 0x81, 0x82, 0x90, 0x91, 0x92,
]
const bytesOf = (...opcodes: number[]) => Uint8Array.from(opcodes)
/** An opcode after the operands it takes, most of them small enough not to run out of gas. */
const withOperands = (opcode: number, ...operands: fc.Arbitrary<Uint8Array>[]) =>
  fc.tuple(...operands).map((parts) => concatBytes(...parts, bytesOf(opcode)))

const gas = fc.constantFrom(push(bytesOf(0x10)), push(bytesOf(0xff, 0xff)), bytesOf(0x5a))
const value = fc.constantFrom(bytesOf(0x5f), push(bytesOf(1)), push(bytesOf(9)))
const range = [smallNumber, smallNumber] as const
const piece = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...plainOps).map((opcode) => bytesOf(opcode)) },
  { weight: 4, arbitrary: smallNumber },
  { weight: 2, arbitrary: anyNumber },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 255 }).map((opcode) => bytesOf(opcode)) },
  ...[0x51, 0x54, 0x5c, 0x35].map((opcode) => withOperands(opcode, smallNumber)),
  ...[0x52, 0x53, 0x55, 0x5d].map((opcode) => withOperands(opcode, fc.oneof(smallNumber, anyNumber), smallNumber)),
  withOperands(0x55, value, fc.constantFrom(push(bytesOf(0)), push(bytesOf(1)))),
  ...[0x37, 0x39, 0x3e, 0x5e].map((opcode) => withOperands(opcode, smallNumber, smallNumber, smallNumber)),
  ...[0x31, 0x3b, 0x3f].map((opcode) => withOperands(opcode, target)),
  withOperands(0x3c, smallNumber, smallNumber, smallNumber, target),
  withOperands(0x20, ...range),
  withOperands(0xa0, ...range),
  withOperands(0xa2, anyNumber, smallNumber, ...range),
  withOperands(0xf1, ...range, ...range, value, target, gas),
  withOperands(0xf2, ...range, ...range, value, target, gas),
  withOperands(0xf4, ...range, ...range, target, gas),
  withOperands(0xfa, ...range, ...range, target, gas),
  withOperands(0xf0, smallNumber, smallNumber, value),
  withOperands(0xf5, smallNumber, smallNumber, smallNumber, value),
  withOperands(0x56, smallNumber),
  withOperands(0x57, smallNumber, smallNumber),
  withOperands(0xf3, ...range),
  withOperands(0xfd, ...range),
  withOperands(0xff, target),
  // Init code that self-destructs to itself, written where CREATE finds it.
  fc.constant(
    concatBytes(
      push(hexToBytes('0x30ff')),
      bytesOf(0x5f, 0x52),
      push(bytesOf(2)),
      push(bytesOf(30)),
      push(bytesOf(3)),
      bytesOf(0xf0),
    ),
  ),
)
const program = fc.array(piece, { minLength: 1, maxLength: 30 }).map((parts) => concatBytes(...parts))

const vm = createVm({
  chainId,
  impersonation: false,
  rules: chainRules,
  precompiles: new Map(),
  crypto,
  blockHash: () => undefined,
})
const referenceState = createWorldState()
const reference = await createEVM({
  common: createCommon(chainId, chainRules.hardfork, {}),
  stateManager: referenceState,
})

test('random programs do the same in our interpreter as in the library', async (t) => {
  t.diagnostic(`seed ${seed}`)
  let succeeded = 0
  await fc.assert(
    fc.asyncProperty(program, program, fc.uint8Array({ maxLength: 40 }), async (code, otherCode, data) => {
      const call = {
        caller: new LibraryAddress(hexToBytes(senders[0]!)),
        to: new LibraryAddress(hexToBytes(contract)),
        value: 3n,
        data,
        gasLimit: 200_000n,
        gasPrice: 5n,
        skipNonceIncrement: true,
      }
      const ours = newWorld(code, otherCode)
      bindVm(vm, ours, env)
      vm.journal.beginTx()
      vm.journal.warm(contract)
      vm.evm.transientStorage.clear()
      const { execResult: got } = await vm.evm.runCall({ ...call, block: vm.block! })
      const theirs = newWorld(code, otherCode)
      referenceState.bind(theirs)
      reference.journal.cleanJournal()
      for (const address of [...reference.precompiles.keys(), contract]) reference.journal.addAlwaysWarmAddress(address)
      reference.transientStorage.clear()
      const { execResult: want } = await reference.runCall({ ...call, block: vm.block! })

      const summary = (result: typeof got) => ({
        gas: result.executionGasUsed,
        refund: result.gasRefund ?? 0n,
        error: result.exceptionError?.error.replace(/^(invalid JUMP).*/, '$1'),
        output: Buffer.from(result.returnValue).toString('hex'),
        logs: (result.logs ?? []).map((log) => log.flat().map((part) => Buffer.from(part).toString('hex'))),
        doomed: [...(result.selfdestruct ?? [])],
        created: [...(result.createdAddresses ?? [])],
      })
      assert.deepEqual(summary(got), summary(want))
      assert.equal(show(ours.finish()), show(theirs.finish()))
      if (got.exceptionError === undefined) succeeded++
    }),
    { seed, numRuns: 600 * factor },
  )
  t.diagnostic(`${succeeded} of ${600 * factor} programs ran to their end`)
  assert(succeeded > 100)
})

const accessList = [{ address: other, storageKeys: [slotOf(0n), slotOf(1n)] }]
const fields = fc.record({
  sender: fc.integer({ min: 0, max: 2 }),
  type: fc.constantFrom(0, 1, 2, 4),
  to: fc.constantFrom<Address | undefined>(contract, other, senders[5], addressOf(0x999), undefined),
  value: fc.bigInt(0n, 10n),
  gas: fc.constantFrom(21_000n, 60_000n, 90_000n, 400_000n),
  tip: fc.bigInt(0n, 2n * gwei),
  data: fc.oneof(fc.uint8Array({ maxLength: 600 }), program),
  authority: fc.integer({ min: 0, max: 6 }),
  authorityNonce: fc.constantFrom(0n, 0n, 1n),
  delegate: fc.constantFrom<Address>(contract, other, addressOf(0)),
})

type Fields = typeof fields extends fc.Arbitrary<infer T> ? T : never

function txOf({ sender, type, to, value, gas, tip, data, ...set }: Fields): TxEnvelope<SignedTx> {
  const call = { nonce: 0n, gas, to, value, data }
  if (type === 0) return signTx({ ...call, type: 0, chainId, gasPrice: gwei + tip }, keys[sender]!)
  if (type === 1) return signTx({ ...call, type: 1, chainId, gasPrice: gwei + tip, accessList }, keys[sender]!)
  const fee = { maxFeePerGas: 3n * gwei, maxPriorityFeePerGas: tip }
  if (type === 2 || to === undefined) return transaction(sender, { ...call, ...fee, accessList })
  const authorization = signAuthorization(
    { chainId, address: set.delegate, nonce: set.authorityNonce },
    keys[set.authority]!,
  )
  return signTx(
    { ...call, ...fee, type: 4, to, chainId, accessList: [], authorizationList: [authorization] },
    keys[sender]!,
  )
}

test('random transactions change the state and cost the same as in the library, but for the base fee', async (t) => {
  t.diagnostic(`seed ${seed}`)
  const common = new Common({ chain: { ...Mainnet, chainId: Number(chainId) }, hardfork: chainRules.hardfork })
  const state = createWorldState()
  const library = await createVM({ common, stateManager: state })
  const { number, timestamp, gasLimit, baseFee: baseFeePerGas, mixHash } = env
  const header = { number, timestamp, gasLimit, baseFeePerGas, coinbase, mixHash: hexToBytes(mixHash) }
  const block = createBlock({ header }, { common, skipConsensusFormatValidation: true })
  let included = 0
  await fc.assert(
    fc.asyncProperty(fields, program, program, async (picked, code, otherCode) => {
      const { tx, raw, from } = txOf(picked)
      const ours = newWorld(code, otherCode)
      bindVm(vm, ours, env)
      const got = await executeUserTx(vm, tx, from)

      const theirs = newWorld(code, otherCode)
      state.bind(theirs)
      const want = await runTx(library, {
        tx: createTxFromRLP(raw, { common }),
        block,
        skipBlockGasLimitValidation: true,
      }).catch(() => undefined)
      assert.equal('reject' in got, want === undefined)
      if (want === undefined || 'reject' in got) return
      included++
      assert.equal(got.gasUsed, want.totalGasSpent)
      assert.equal(got.succeeded, want.execResult.exceptionError === undefined)
      assert.equal(got.logs.length, want.execResult.logs?.length ?? 0)
      // What the library burns, this chain's vault gets.
      theirs.setAccount(predeploys.baseFeeVault, {
        nonce: 0n,
        balance: want.totalGasSpent * env.baseFee,
        codeHash: ours.account(predeploys.baseFeeVault)?.codeHash ?? zeroHash,
      })
      assert.equal(show(ours.finish()), show(theirs.finish()))
    }),
    { seed, numRuns: 200 * factor },
  )
  t.diagnostic(`${included} of ${200 * factor} transactions were included`)
  assert(included > 100)
})
