import { emptyCodeHash as emptyCode, emptyTrieRoot } from '../../../core/account.ts'
import { assert } from '../../../core/errors.ts'
import {
  type Address,
  bigintToFixed,
  concatBytes,
  emptyBytes,
  type Hash,
  hexToBytes,
  zeroHash,
} from '../../../core/hex.ts'
import { keccakHash } from '../../../core/keccak.ts'
import type { ManualClock } from '../../../core/ports/manualClock.ts'
import { privateKeyToAddress } from '../../../core/secp256k1.ts'
import { signTx } from '../../../core/txEnvelope.ts'
import type { L1Fees } from '../../../l1/wallet.ts'
import type { CallMessage, CallResult } from '../../../state/engine.ts'
import { createEthereumjsEngine } from '../../../state/engines/ethereumjs/engine.ts'
import { openState } from '../../../state/reader.ts'
import { commitState } from '../../../state/trie/commitState.ts'
import { createWorld } from '../../../state/world.ts'
import { createNodeMap } from '../../state/nodeMap.ts'
import { type Included, type Injected, includeInjected, includePool, l1Env } from './execute.ts'
import type { ProofForm } from './fakeKzg.ts'
import { createL1Pool } from './pool.ts'
import type { L1View, MineOptions, SimBlock, SimL1 } from './types.ts'
import { decodeL1Tx } from './wire.ts'

export const l1ChainId = 900n
export const slotSec = 12n

export type { L1View, MineOptions, SimBlock, SimL1 } from './types.ts'

/** Makes an L1 with one block; see `SimL1`. */
export async function createSimL1({
  clock,
  balances,
  form = 'eip7594',
  firstNumber = 0n,
}: {
  readonly clock: ManualClock
  /** Wei at the first block. */
  readonly balances: ReadonlyMap<Address, bigint>
  readonly form?: ProofForm
  readonly firstNumber?: bigint
}): Promise<SimL1> {
  const store = createNodeMap()
  const codes = new Map<Hash, Uint8Array>()
  const engine = await createEthereumjsEngine({
    rules: { chainId: l1ChainId, impersonation: false },
    precompiles: new Map(),
    blockHash: (number) => at(number)?.block.hash,
  })
  const chain: SimBlock[] = []
  const index = new Map<Hash, bigint>()
  let waiting: Injected[] = []
  let finalized: bigint | undefined
  let salt = 0n
  let fees: L1Fees = { baseFee: 1_000_000_000n, blobBaseFee: 1_000_000n, tip: 1_000_000_000n }

  const { head, at } = viewOf(chain, firstNumber, () => undefined)
  const stateAt = (root: Hash) => openState(store.readNode, (hash) => codes.get(hash) ?? emptyBytes, root)
  const pool = createL1Pool({
    chainId: l1ChainId,
    account: (address) => stateAt(head().root).account(address) ?? { nonce: 0n, balance: 0n },
  })

  function push(simBlock: SimBlock): void {
    chain.push(simBlock)
    for (const { raw } of simBlock.included) index.set(raw.hash, simBlock.block.number)
    pool.refresh()
  }

  function pop(): SimBlock {
    assert(chain.length > 1, 'the first block stays')
    const lost = chain.pop()!
    for (const { raw } of lost.included) index.delete(raw.hash)
    return lost
  }

  async function makeBlock(parent: SimBlock, timestamp: bigint, takesPool: boolean): Promise<SimBlock> {
    salt++
    const number = parent.block.number + 1n
    const { baseFee, blobBaseFee } = fees
    const [mixHash, parentBeaconBlockRoot] = [digest('mix', number, salt), digest('beacon', number, salt)]
    const fields = { number, timestamp, baseFee, blobBaseFee, mixHash, parentBeaconBlockRoot }
    const world = createWorld(stateAt(parent.root))
    const injected = waiting
    waiting = []
    const included: Included[] = []
    const logCount = () => included.reduce((sum, { raw }) => sum + raw.logs.length, 0)
    for (const [place, one] of injected.entries()) {
      included.push(includeInjected(world, one, digest('injected', salt, BigInt(place)), logCount()))
    }
    if (takesPool) {
      const execution = engine.openBlock(world, l1Env(fields, parent.block.hash))
      included.push(...(await includePool(world, execution, pool.all(), { fees, firstLog: logCount() })))
      execution.close()
    }
    const diff = world.finish()
    const { root, nodes } = commitState(store.readNode, parent.root, diff)
    for (const [hash, node] of nodes) store.nodes.set(hash, node)
    for (const [hash, code] of diff.code) codes.set(hash, code)
    const hash = digest('block', number, salt, parent.block.hash, root, ...included.map(({ raw }) => raw.hash))
    return { block: { ...fields, hash }, parentHash: parent.block.hash, root, included, injected }
  }

  /** The lost blocks' transactions, for the pool. */
  function unwind(depth: number, keep: boolean): void {
    const lost = Array.from({ length: depth }, pop).reverse()
    if (!keep) return
    for (const { tx } of lost.flatMap(({ included }) => included)) if (tx !== undefined) pool.add(tx)
  }

  async function mine({ pool: takesPool = true, timestamp }: MineOptions = {}): Promise<SimBlock> {
    const parent = head().block.timestamp
    const nowSec = BigInt(Math.ceil(clock.nowMs() / 1_000))
    const slots = nowSec > parent ? (nowSec - parent + slotSec - 1n) / slotSec : 1n
    const time = timestamp ?? parent + slots * slotSec
    const made = await makeBlock(head(), time, takesPool)
    push(made)
    const ahead = Number(time) * 1_000 - clock.nowMs()
    if (ahead > 0) await clock.advance(ahead)
    return made
  }

  const genesisDiff = createWorld(stateAt(emptyTrieRoot))
  for (const [address, balance] of balances) {
    genesisDiff.setAccount(address, { nonce: 0n, balance, codeHash: emptyCode })
  }
  const { root, nodes } = commitState(store.readNode, emptyTrieRoot, genesisDiff.finish())
  for (const [hash, node] of nodes) store.nodes.set(hash, node)
  chain.push({
    block: {
      number: firstNumber,
      hash: digest('block', firstNumber, 0n),
      timestamp: BigInt(clock.nowMs()) / 1_000n,
      baseFee: fees.baseFee,
      blobBaseFee: fees.blobBaseFee,
      mixHash: digest('mix', firstNumber, 0n),
      parentBeaconBlockRoot: digest('beacon', firstNumber, 0n),
    },
    parentHash: zeroHash,
    root,
    included: [],
    injected: [],
  })

  async function call(message: Partial<CallMessage> & { readonly to: Address | undefined }): Promise<CallResult> {
    const { block, parentHash } = head()
    const execution = engine.openBlock(createWorld(stateAt(head().root)), l1Env(block, parentHash))
    const defaults = {
      from: zeroSender,
      value: 0n,
      gas: 16_000_000n,
      gasPrice: 0n,
      data: emptyBytes,
      checkBalance: false,
    }
    const result = await execution.call({ ...defaults, ...message })
    execution.close()
    assert(!('reject' in result), 'a call was refused')
    return result
  }

  const included: SimL1['included'] = (hash) => {
    const number = index.get(hash)
    const found = number === undefined ? undefined : at(number)
    const one = found?.included.find(({ raw }) => raw.hash === hash)
    return found === undefined || one === undefined ? undefined : { ...one, block: found.block }
  }

  return {
    clock,
    pool,
    form,
    get fees() {
      return fees
    },
    set fees(next) {
      fees = next
    },
    ...viewOf(chain, firstNumber, () => finalized),
    snapshot() {
      const now = finalized
      return viewOf([...chain], firstNumber, () => now)
    },
    inject: (injected) => {
      waiting.push(injected)
    },
    transact(key, { to, data = emptyBytes, value = 0n, gas = 6_000_000n }) {
      const from = privateKeyToAddress(key)
      const nonce = pool.pendingNonce(from)
      const price = { maxFeePerGas: fees.baseFee * 2n + fees.tip, maxPriorityFeePerGas: fees.tip }
      const call = { type: 2 as const, chainId: l1ChainId, nonce, gas, to, value, data, accessList: [], ...price }
      const { raw, hash } = signTx(call, key)
      const refusal = pool.add(decodeL1Tx(raw, form)!)
      assert(refusal === undefined, `the pool refused a transaction: ${refusal?.refused}`)
      return hash
    },
    decode: (raw) => decodeL1Tx(raw, form),
    mine,
    async mineMany(count, options) {
      for (let done = 0; done < count; done++) await mine(options)
    },
    async reorg(depth, { blocks = depth + 1, keep = false, inject = [] } = {}) {
      unwind(depth, keep)
      waiting = [...inject]
      for (let done = 0; done < blocks; done++) {
        push(await makeBlock(head(), head().block.timestamp + slotSec, keep))
      }
    },
    rollback: (depth, { keep = false } = {}) => unwind(depth, keep),
    finalize: (number) => {
      assert(at(number) !== undefined, 'a final block exists')
      finalized = number
    },
    included,
    receipt(hash) {
      const found = included(hash)
      if (found === undefined) return undefined
      const { block, raw } = found
      return { blockNumber: block.number, blockHash: block.hash, succeeded: raw.succeeded, costWei: raw.costWei }
    },
    state: () => stateAt(head().root),
    call,
  }
}

function viewOf(chain: readonly SimBlock[], first: bigint, finalized: () => bigint | undefined): L1View {
  const at = (number: bigint) => (number < first ? undefined : chain[Number(number - first)])
  return {
    at,
    finalized,
    head: () => chain.at(-1)!,
    raw(number) {
      const found = at(number)
      if (found === undefined) return undefined
      return { block: found.block, parentHash: found.parentHash, txs: found.included.map(({ raw }) => raw) }
    },
  }
}

const zeroSender = `0x${'00'.repeat(20)}` as Address
const text = new TextEncoder()

/** A hash that no other purpose and values give. */
function digest(purpose: string, ...values: readonly (bigint | Hash)[]): Hash {
  const parts = values.map((value) => (typeof value === 'bigint' ? bigintToFixed(value, 32) : hexToBytes(value)))
  return keccakHash(concatBytes(text.encode(`simulated-l1/${purpose}`), ...parts))
}
