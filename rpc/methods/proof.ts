import { emptyCodeHash } from '../../core/account.ts'
import { type Address, bytesToBigint, bytesToHex, type Hash } from '../../core/hex.ts'
import { toQuantity } from '../../core/json.ts'
import { type AccountProof, proveAccount } from '../../state/prove.ts'
import type { RpcContext } from '../context.ts'
import { failure, isFailure } from '../errors.ts'
import { type Method, method } from '../method.ts'
import { type BlockId, blockId, latest } from '../params/blockId.ts'
import { list, optional, type Param, param } from '../params/param.ts'
import { address, slot } from '../params/values.ts'
import { pause } from '../pause.ts'

/** A slot as the caller wrote it, because the answer repeats that. */
type Key = { readonly text: string; readonly slot: Hash }

const key: Param<Key> = param('SLOT', (value) => {
  const parsed = slot.parse(value)
  return typeof parsed === 'string' ? { text: String(value), slot: parsed } : parsed
})

/** Slots proved between two looks at the clock. */
const stepSlots = 16

async function prove({ view, limits }: RpcContext, account: Address, keys: readonly Key[], id: BlockId) {
  if (keys.length > limits.proofSlots) {
    return failure('invalidParams', `too many slots: at most ${limits.proofSlots}`)
  }
  const found = view.require(id)
  if (isFailure(found)) return found
  const { stateRoot } = found.header
  const head = proveAccount(view.reader.readNode, stateRoot, account, [])
  const storageProof: AccountProof['storageProof'][number][] = []
  for (let i = 0; i < keys.length; i += stepSlots) {
    const slots = keys.slice(i, i + stepSlots).map(({ slot }) => slot)
    storageProof.push(...proveAccount(view.reader.readNode, stateRoot, account, slots).storageProof)
    await pause()
  }
  return {
    address: account,
    accountProof: head.accountProof.map(bytesToHex),
    balance: toQuantity(head.account?.balance ?? 0n),
    codeHash: head.account?.codeHash ?? emptyCodeHash,
    nonce: toQuantity(head.account?.nonce ?? 0n),
    storageHash: head.storageHash,
    storageProof: storageProof.map(({ value, proof }, i) => ({
      key: keys[i]!.text,
      value: toQuantity(bytesToBigint(value)),
      proof: proof.map(bytesToHex),
    })),
  }
}

/** Merkle proofs. */
export const proofMethods: readonly Method[] = [
  method({
    name: 'eth_getProof',
    summary: 'An account and storage slots with the trie nodes that prove them (EIP-1186).',
    params: [address, list(key, 1 << 14), optional(blockId, latest)],
    weight: 20,
    reads: true,
    handle: (context, [account, keys, id]) => prove(context, account, keys, id),
  }),
]
