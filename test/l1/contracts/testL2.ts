import assert from 'node:assert/strict'
import { createMerkleProof, createMPT, type MerklePatriciaTrie } from '@ethereumjs/mpt'
import { RLP } from '@ethereumjs/rlp'
import { createPublicClient, custom, encodeFunctionData, type Log, parseAbi, type TransactionReceipt } from 'viem'
import { getWithdrawals, publicActionsL2 } from 'viem/op-stack'
import { type Address, bigintToFixed, bytesToHex, type Hash, type Hex, hexToBytes } from '../../../core/hex.ts'
import { keccakHash } from '../../../core/keccak.ts'
import { predeploys } from '../../../core/predeploys.ts'
import { loadSpec } from '../../../genesis/loadSpec.ts'
import { outputRoot } from '../../../l1/output.ts'
import { openGenesisChain } from '../../genesis/chain.ts'

/** A withdrawal as viem has it. */
export type Withdrawal = ReturnType<typeof getWithdrawals>[number]

export type Message = {
  readonly from: Address
  readonly target: Address
  readonly value?: bigint
  readonly gasLimit?: bigint
  readonly data?: Hex
}

/** An output of the test's L2. */
export type TestOutput = { readonly l2BlockNumber: bigint; readonly outputRoot: Hash }

/** What `proveWithdrawalTransaction` takes, as viem builds it. */
export type Proof = {
  readonly l2OutputIndex: bigint
  readonly outputRootProof: {
    readonly version: Hex
    readonly stateRoot: Hex
    readonly messagePasserStorageRoot: Hex
    readonly latestBlockhash: Hex
  }
  readonly withdrawalProof: readonly Hex[]
  readonly withdrawal: Withdrawal
}

/** The L2 side: the genesis chain's message passer, with a storage trie of another implementation, and viem as its user. */
export type TestL2 = {
  withdraw(message: Message): Promise<Withdrawal>
  /** Ends a block: all withdrawals so far are in its output. */
  seal(): Promise<TestOutput>
  /** Proves against the output of a sealed block that is at this index on L1. */
  prove(withdrawal: Withdrawal, output: TestOutput, outputIndex: bigint): Promise<Proof>
  /** The receipt of the withdrawal's transaction, as far as viem looks at it. */
  receiptOf(withdrawal: Withdrawal, output: TestOutput): TransactionReceipt
  readonly client: ReturnType<typeof clientOf>
}

const passer = predeploys.messagePasser
const abi = parseAbi(['function initiateWithdrawal(address target, uint256 gasLimit, bytes data) payable'])
const one = `0x${'1'.padStart(64, '0')}` as Hash

export async function openTestL2(): Promise<TestL2> {
  const chain = await openGenesisChain(loadSpec('devnet'))
  const slots = new Set<Hash>([one])
  const blocks: { readonly trie: MerklePatriciaTrie; readonly stateRoot: Hash; readonly hash: Hash }[] = []

  async function storageTrie(): Promise<MerklePatriciaTrie> {
    const trie = await createMPT({ useKeyHashing: true })
    for (const slot of slots) await trie.put(hexToBytes(slot), RLP.encode(chain.world.storage(passer, slot)))
    return trie
  }

  async function answer({ method, params }: { method: string; params?: unknown }): Promise<unknown> {
    const list = params as readonly unknown[]
    const block = blocks[Number(list[method === 'eth_getProof' ? 2 : 0]) - 1]
    assert(block !== undefined, 'no such block')
    const { trie, stateRoot, hash } = block
    if (method === 'eth_getBlockByNumber') return { hash, stateRoot, number: list[0], transactions: [] }
    assert.equal(method, 'eth_getProof')
    const [address, [key]] = list as readonly [string, readonly [Hex]]
    assert.equal(address.toLowerCase(), passer)
    const proof = (await createMerkleProof(trie, hexToBytes(key))).map((node) => bytesToHex(node))
    const account = { address, accountProof: [], balance: '0x0', codeHash: stateRoot, nonce: '0x0' }
    return { ...account, storageHash: bytesToHex(trie.root()), storageProof: [{ key, value: '0x1', proof }] }
  }
  const client = clientOf(answer)
  const logsOf = new Map<Hex, Log[]>()

  return {
    client,
    receiptOf: ({ withdrawalHash }, { l2BlockNumber }) =>
      ({
        blockNumber: l2BlockNumber,
        transactionHash: withdrawalHash,
        logs: logsOf.get(withdrawalHash),
      }) as unknown as TransactionReceipt,
    async withdraw({ from, target, value = 0n, gasLimit = 100_000n, data = '0x' }) {
      const call = encodeFunctionData({ abi, functionName: 'initiateWithdrawal', args: [target, gasLimit, data] })
      const { succeeded, logs } = await chain.send({ from, to: passer, value, data: hexToBytes(call as Hex) })
      assert(succeeded)
      const viemLogs = logs.map((log) => ({ ...log, data: bytesToHex(log.data) })) as unknown as Log[]
      const [withdrawal] = getWithdrawals({ logs: viemLogs })
      assert(withdrawal !== undefined)
      logsOf.set(withdrawal.withdrawalHash, viemLogs)
      slots.add(slotOf(withdrawal.withdrawalHash as Hash))
      return withdrawal
    },
    async seal() {
      const number = BigInt(blocks.length + 1)
      const trie = await storageTrie()
      const [stateRoot, hash] = [keccakHash(bigintToFixed(number, 31)), keccakHash(bigintToFixed(number, 30))]
      blocks.push({ trie, stateRoot, hash })
      const withdrawalsRoot = bytesToHex(trie.root()) as string as Hash
      return { l2BlockNumber: number, outputRoot: outputRoot({ stateRoot, withdrawalsRoot, hash }) }
    },
    async prove(withdrawal, { l2BlockNumber, outputRoot }, outputIndex) {
      const output = { outputIndex, l2BlockNumber, outputRoot, timestamp: 0n }
      const args = { output, withdrawal } as unknown as Parameters<typeof client.buildProveWithdrawal>[0]
      return (await client.buildProveWithdrawal(args)) as unknown as Proof
    },
  }
}

function clientOf(request: (call: { method: string; params?: unknown }) => Promise<unknown>) {
  return createPublicClient({ transport: custom({ request }) }).extend(publicActionsL2())
}

/** Where the message passer keeps the flag of a withdrawal: slot 0 is its mapping. */
function slotOf(withdrawalHash: Hash): Hash {
  const bytes = new Uint8Array(64)
  bytes.set(hexToBytes(withdrawalHash))
  return keccakHash(bytes)
}
