import type { SendRefusal } from '../wallet.ts'
import type { RpcError } from './rpc.ts'

// JSON-RPC has no codes for these cases: what nodes mean can only be read from their words. All of that is here.

/** What a node says to a transaction that it does not take. Words of geth, reth, Nethermind, Besu, Erigon and anvil. */
export function classifySend(error: RpcError): SendRefusal {
  const text = error.message.toLowerCase()
  const found = sendWords.find(([, words]) => words.some((word) => text.includes(word)))
  return found === undefined ? { refused: 'other', detail: error.message } : { refused: found[0] }
}

/** In this order: words of a later case may contain those of an earlier one's opposite. */
const sendWords: readonly (readonly [SendRefusal['refused'], readonly string[]])[] = [
  [
    'already_known',
    ['already known', 'alreadyknown', 'already imported', 'known transaction', 'existing tx with same hash'],
  ],
  ['other_kind_pending', ['address already reserved', 'pendingtxsof', 'already reserved', 'conflicting type']],
  [
    'replacement_underpriced',
    ['replacement', 'could not replace existing', 'replacementnotallowed', 'insufficient gas price to replace'],
  ],
  ['nonce_too_low', ['nonce too low', 'oldnonce', 'nonce is too low', 'nonce has already been used']],
  [
    'insufficient_funds',
    ['insufficient funds', 'insufficientfunds', 'upfront cost exceeds', 'insufficient balance', 'lack of funds'],
  ],
  [
    'underpriced',
    [
      'underpriced',
      'feetoolow',
      'fee per gas less than block base fee',
      'fee per blob gas less than',
      'max_fee_per_blob_gas',
      'gas price below',
      'price is too low',
      'txpool is full',
    ],
  ],
]

/** True if a call or an estimate failed because the message reverts or cannot pay, not because the node is in trouble. */
export function isRevert(error: RpcError): boolean {
  if (error.code === 3 || error.code === -32015) return true
  return /revert|invalid opcode|out of gas|stack (under|over)flow|vm execution error|exceeds allowance|insufficient (funds|balance)/i.test(
    error.message,
  )
}

/** True for the JSON-RPC code of unknown methods, or what some servers say instead. */
export function isMissingMethod(error: RpcError): boolean {
  return error.code === -32601 || /method .*(not found|not available|not supported|does not exist)/i.test(error.message)
}

/** True if a node or the service in front of it wants fewer requests. */
export function isRateLimit(error: RpcError): boolean {
  return error.code === 429 || error.code === -32005 || /rate limit|too many requests|capacity/i.test(error.message)
}

/** True if a node says that it has no block under a tag such as `finalized`. */
export function isNoSuchBlock(error: RpcError): boolean {
  return error.code === -39_001 || /block not found|unknown block|resource not found/i.test(error.message)
}
