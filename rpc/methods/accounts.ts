import { emptyCodeHash } from '../../core/account.ts'
import { type Address, bytesToHex } from '../../core/hex.ts'
import { toQuantity } from '../../core/json.ts'
import type { StateReader } from '../../core/state.ts'
import { isFailure, type RpcFailure } from '../errors.ts'
import { type Method, method } from '../method.ts'
import { type BlockId, blockId, latest } from '../params/blockId.ts'
import { wordToHash } from '../params/overrides.ts'
import { optional } from '../params/param.ts'
import { address, slot } from '../params/values.ts'
import type { View } from '../view.ts'

function stateAt(view: View, id: BlockId): StateReader | RpcFailure {
  const found = view.require(id)
  return isFailure(found) ? found : view.stateOf(found.header)
}

function nonceAt(view: View, account: Address, id: BlockId, pooled = 0n): string | RpcFailure {
  const state = stateAt(view, id)
  if (isFailure(state)) return state
  const nonce = state.account(account)?.nonce ?? 0n
  return toQuantity(pooled > nonce ? pooled : nonce)
}

const block = optional(blockId, latest)

/** Accounts in the state after a block. `pending` is the latest state, and the pool's nonce. */
export const accountMethods: readonly Method[] = [
  method({
    name: 'eth_getBalance',
    summary: "An account's balance in wei.",
    params: [address, block],
    reads: true,
    handle({ view }, [account, id]) {
      const state = stateAt(view, id)
      return isFailure(state) ? state : toQuantity(state.account(account)?.balance ?? 0n)
    },
  }),
  method({
    name: 'eth_getTransactionCount',
    summary: "An account's nonce; with `pending` the one after its executable pooled transactions.",
    params: [address, block],
    reads: true,
    handle({ view, backend }, [account, id]) {
      if ('tag' in id && id.tag === 'pending')
        return backend.poolNonce(account).then((pooled) => nonceAt(view, account, id, pooled))
      return nonceAt(view, account, id, 0n)
    },
  }),
  method({
    name: 'eth_getCode',
    summary: "An account's code; 0x if it has none.",
    params: [address, block],
    reads: true,
    handle({ view }, [account, id]) {
      const state = stateAt(view, id)
      if (isFailure(state)) return state
      const codeHash = state.account(account)?.codeHash ?? emptyCodeHash
      return codeHash === emptyCodeHash ? '0x' : bytesToHex(state.code(codeHash))
    },
  }),
  method({
    name: 'eth_getStorageAt',
    summary: 'A storage slot as 32 bytes.',
    params: [address, slot, block],
    reads: true,
    handle({ view }, [account, key, id]) {
      const state = stateAt(view, id)
      return isFailure(state) ? state : wordToHash(state.storage(account, key))
    },
  }),
]
