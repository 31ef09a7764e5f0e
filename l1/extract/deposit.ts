import { bytesToBigint, type Hash, hexToBytes, zeroHash } from '../../core/hex.ts'
import { depositSourceHash } from '../../core/l1Attributes.ts'
import type { DepositTx } from '../../core/tx.ts'
import { decodeAbiBytes, eventTopic, wordToAddress } from './abi.ts'
import type { RawL1Log } from './raw.ts'

/** `TransactionDeposited` of the portal, as the OP Stack's. */
export const depositTopic = eventTopic('TransactionDeposited(address,address,uint256,bytes)')

// mint 32 ‖ value 32 ‖ gas 8 ‖ isCreation 1, then the data.
const headBytes = 73

/**
 * The deposit that a log of the portal asks for; undefined unless it is `TransactionDeposited` of version 0 in its
 * one encoding (OP Stack deposits specification). `logIndexInBlock` makes it unique, together with the block's hash.
 */
export function decodeDepositLog(
  { topics, data }: Pick<RawL1Log, 'topics' | 'data'>,
  l1BlockHash: Hash,
  logIndexInBlock: bigint,
): DepositTx | undefined {
  const [event, fromTopic, toTopic, version] = topics
  if (event !== depositTopic || version !== zeroHash || topics.length !== 4) return undefined
  const from = wordToAddress(hexToBytes(fromTopic!))
  const to = wordToAddress(hexToBytes(toTopic!))
  const opaque = decodeAbiBytes(data)
  if (from === undefined || to === undefined || opaque === undefined || opaque.length < headBytes) return undefined
  const isCreation = opaque[72]!
  if (isCreation > 1) return undefined
  return {
    type: 0x7e,
    sourceHash: depositSourceHash({ domain: 'user', l1BlockHash, logIndex: logIndexInBlock }),
    from,
    to: isCreation === 1 ? undefined : to,
    mint: bytesToBigint(opaque.subarray(0, 32)),
    value: bytesToBigint(opaque.subarray(32, 64)),
    gas: bytesToBigint(opaque.subarray(64, 72)),
    isSystemTx: false,
    data: opaque.subarray(headBytes),
  }
}
