import { bigintToFixed, bytesToHash, type Hash, type Hex, hexToBytes } from '../../../core/hex.ts'
import { keccakHash } from '../../../core/keccak.ts'
import type { Log } from '../../../core/receipt.ts'
import { encodeRlp } from '../../../core/rlp.ts'
import type { FeeMarketTx, SignedTx } from '../../../core/tx.ts'
import { openEnvelope } from '../../../core/txEnvelope.ts'
import type { BlockEnv, TxResult } from '../../../state/engine.ts'
import { type Crypto, loadCrypto } from '../../../state/engines/ethereumjs/crypto.ts'
import { type Blobs, executeUserTx } from '../../../state/engines/ethereumjs/execute.ts'
import { bindVm, createVm, type Vm } from '../../../state/engines/ethereumjs/vm.ts'
import { commitState } from '../../../state/trie/commitState.ts'
import { createWorld } from '../../../state/world.ts'
import { type ForkName, isFork, isFrom, rulesOf } from './forks.ts'
import type { Expectation, StateTest, StateTestFile, TestTransaction } from './format.ts'
import { openPreState, type PreState } from './preState.ts'

/** One case that came out wrong: `name/fork/index`, and how. */
export type Failure = { readonly name: string; readonly problem: string }
export type FileOutcome = { readonly cases: number; readonly failures: readonly Failure[] }

/** Runs every case of a file through our world, engine adapter and trie. */
export async function runStateTestFile(file: StateTestFile): Promise<FileOutcome> {
  const crypto = await loadCrypto()
  const failures: Failure[] = []
  let cases = 0
  for (const [name, test] of Object.entries(file)) {
    const pre = openPreState(test.pre)
    for (const [fork, expectations] of Object.entries(test.post)) {
      for (const [index, expected] of expectations.entries()) {
        cases++
        const problem = isFork(fork) ? await runCase(crypto, fork, test, pre, expected) : `unknown fork ${fork}`
        if (problem !== undefined) failures.push({ name: `${name}/${fork}/${index}`, problem })
      }
    }
  }
  return { cases, failures }
}

async function runCase(
  crypto: Crypto,
  fork: ForkName,
  test: StateTest,
  pre: PreState,
  expected: Expectation,
): Promise<string | undefined> {
  const world = createWorld(pre.reader)
  const env = envOf(fork, test)
  const blobBaseFee = blobFee(BigInt(test.env.currentExcessBlobGas ?? '0x0'))
  const vm = vmOf(crypto, fork)
  bindVm(vm, world, env, { difficulty: BigInt(test.env.currentDifficulty), blobBaseFee })
  const result = await execute(vm, fork, test.transaction, expected, blobBaseFee)
  if (world.depth() !== 0) return 'checkpoints are uneven'
  if (typeof result === 'string') {
    if (expected.expectException === undefined) return `refused: ${result}`
  } else if (expected.expectException !== undefined) return `not refused: ${expected.expectException}`

  const { root } = commitState(pre.readNode, pre.root, world.finish())
  if (root !== expected.hash) return `state root ${root}, expected ${expected.hash}`
  const logs = logsHash(typeof result === 'string' ? [] : result.logs)
  return logs === expected.logs ? undefined : `logs ${logs}, expected ${expected.logs}`
}

const vms = new Map<ForkName, Vm>()

function vmOf(crypto: Crypto, fork: ForkName): Vm {
  let vm = vms.get(fork)
  if (vm === undefined || vm.broken) {
    vm = createVm({
      chainId: 1n,
      impersonation: false,
      rules: rulesOf(fork),
      precompiles: new Map(),
      crypto,
      blockHash: testBlockHash,
    })
    vms.set(fork, vm)
  }
  return vm
}

/** The tests' ancestors: the hash of the number in decimal. */
function testBlockHash(number: bigint): Hash {
  return keccakHash(new TextEncoder().encode(number.toString()))
}

function envOf(fork: ForkName, { env }: StateTest): BlockEnv {
  const number = BigInt(env.currentNumber)
  return {
    number,
    timestamp: BigInt(env.currentTimestamp),
    coinbase: env.currentCoinbase,
    gasLimit: BigInt(env.currentGasLimit),
    baseFee: isFrom(fork, 'London') ? BigInt(env.currentBaseFee ?? '0x0a') : 0n,
    mixHash: bytesToHash(bigintToFixed(BigInt(env.currentRandom ?? '0x0'), 32)),
    parentHash: testBlockHash(number - 1n),
    parentBeaconBlockRoot: bytesToHash(new Uint8Array(32)),
  }
}

/** The transaction's result, or why it is refused. */
async function execute(
  vm: Vm,
  fork: ForkName,
  test: TestTransaction,
  expected: Expectation,
  blobBaseFee: bigint,
): Promise<TxResult | string> {
  const isBlob = test.blobVersionedHashes !== undefined
  const opened = isBlob ? { tx: blobTx(test, expected), from: test.sender } : openEnvelope(hexToBytes(expected.txbytes))
  if ('reject' in opened) return opened.reject
  const { tx, from } = opened
  if (tx.type === 0x7e) return 'deposit'
  if (tx.type === 1 && !isFrom(fork, 'Berlin')) return 'type 1 before Berlin'
  if (tx.type === 2 && !isFrom(fork, 'London')) return 'type 2 before London'
  if (tx.gas > vm.host.env.gasLimit) return 'gas limit above the block'
  const blobs = isBlob ? blobsOf(fork, test, blobBaseFee) : undefined
  if (typeof blobs === 'string') return blobs
  const result = await executeUserTx(vm, tx, from, blobs)
  return 'reject' in result ? result.reject : result
}

/** This chain has no blob transactions, so the type-3 ones of the tests run as type 2 with blobs beside. */
function blobTx(test: TestTransaction, { indexes }: Expectation): SignedTx {
  const tx: Omit<FeeMarketTx, 'to'> & { to: FeeMarketTx['to'] } = {
    type: 2,
    chainId: 1n,
    nonce: BigInt(test.nonce),
    gas: BigInt(test.gasLimit[indexes.gas] as Hex),
    to: test.to === '' ? undefined : test.to,
    value: BigInt(test.value[indexes.value] as Hex),
    data: hexToBytes(test.data[indexes.data] as Hex),
    maxFeePerGas: BigInt(test.maxFeePerGas ?? '0x0'),
    maxPriorityFeePerGas: BigInt(test.maxPriorityFeePerGas ?? '0x0'),
    accessList: test.accessLists?.[indexes.data] ?? [],
    yParity: 0,
    r: 1n,
    s: 1n,
  }
  return tx
}

/** EIP-4844's checks of a blob transaction and what its blobs cost. */
function blobsOf(fork: ForkName, test: TestTransaction, blobBaseFee: bigint): Blobs | string {
  const hashes = test.blobVersionedHashes ?? []
  const maxFee = BigInt(test.maxFeePerBlobGas ?? '0x0')
  if (!isFrom(fork, 'Cancun')) return 'type 3 before Cancun'
  if (test.to === '') return 'type 3 creation'
  if (hashes.length === 0 || hashes.length > 6) return 'number of blobs'
  if (hashes.some((hash) => !hash.startsWith('0x01'))) return 'version of a blob hash'
  if (maxFee < blobBaseFee) return 'blob fee too low'
  const gas = 131_072n * BigInt(hashes.length)
  return { hashes, cost: gas * blobBaseFee, maxCost: gas * maxFee }
}

/** EIP-4844's fake exponential with Cancun's fraction. */
function blobFee(excess: bigint): bigint {
  const fraction = 3_338_477n
  let sum = 0n
  let term = fraction
  for (let i = 1n; term > 0n; i++) {
    sum += term
    term = (term * excess) / (fraction * i)
  }
  return sum / fraction
}

function logsHash(logs: readonly Log[]): Hash {
  return keccakHash(
    encodeRlp(logs.map(({ address, topics, data }) => [hexToBytes(address), topics.map(hexToBytes), data])),
  )
}
