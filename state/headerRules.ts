import { emptyOmmersHash } from '../core/account.ts'
import { NodeError } from '../core/errors.ts'
import { type Header, headerHash } from '../core/header.ts'
import type { Hash } from '../core/hex.ts'
import type { L1Attributes } from '../core/l1Attributes.ts'
import { predeploys } from '../core/predeploys.ts'
import type { ChainRules, SystemConfig } from '../core/rules.ts'
import type { BlockEnv } from './engine.ts'
import { childExtraData, nextBaseFee } from './fees.ts'
import type { BlockReject } from './sealed.ts'

/** requestsHash of a block without requests: sha256('') (EIP-7685). */
export const emptyRequestsHash = '0xe3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855' as Hash

const maxUint64 = 2n ** 64n - 1n

/** Header fields that are known before execution. */
export type HeaderBase = Omit<
  Header,
  'stateRoot' | 'transactionsRoot' | 'receiptsRoot' | 'logsBloom' | 'gasUsed' | 'withdrawalsRoot'
>

/** What the origin and the sequencer give to a header. */
export type HeaderInputs = {
  readonly parent: Header
  readonly origin: L1Attributes['origin']
  readonly mixHash: Hash
  readonly parentBeaconBlockRoot: Hash
  readonly timestamp: bigint
  readonly config: SystemConfig
  readonly rules: ChainRules
}

/** The fields of the child of `parent` that do not depend on its transactions. */
export function headerBase(inputs: HeaderInputs): HeaderBase {
  const { parent, origin, config, rules } = inputs
  return {
    parentHash: headerHash(parent),
    ommersHash: emptyOmmersHash,
    coinbase: predeploys.sequencerFeeVault,
    difficulty: 0n,
    number: parent.number + 1n,
    gasLimit: config.gasLimit,
    timestamp: inputs.timestamp,
    extraData: childExtraData(parent, origin, config, rules),
    mixHash: inputs.mixHash,
    nonce: new Uint8Array(8),
    baseFeePerGas: nextBaseFee(parent),
    blobGasUsed: 0n,
    excessBlobGas: 0n,
    parentBeaconBlockRoot: inputs.parentBeaconBlockRoot,
    requestsHash: emptyRequestsHash,
  }
}

/** What execution needs of a header. */
export function blockEnv(header: HeaderBase): BlockEnv {
  const { number, timestamp, coinbase, gasLimit, baseFeePerGas: baseFee, mixHash, parentHash } = header
  const { parentBeaconBlockRoot } = header
  return { number, timestamp, coinbase, gasLimit, baseFee, mixHash, parentHash, parentBeaconBlockRoot }
}

/**
 * The time rule: not before the parent or the origin, at most `maxOriginAgeSec` after the origin, before any fork that
 * this version does not know, and of 64 bits as every header's time.
 */
export function checkTime(
  timestamp: bigint,
  parent: Pick<Header, 'timestamp'>,
  origin: { readonly timestamp: bigint },
  { maxOriginAgeSec, unknownFork }: Pick<ChainRules, 'maxOriginAgeSec' | 'unknownFork'>,
): BlockReject | undefined {
  if (unknownFork !== undefined && timestamp >= unknownFork.timestamp) {
    return { reject: 'fork_unknown', detail: unknownFork.name }
  }
  if (timestamp > maxUint64) return { reject: 'header_field', detail: 'timestamp' }
  if (timestamp < parent.timestamp) return { reject: 'timestamp_before_parent' }
  if (timestamp < origin.timestamp) return { reject: 'timestamp_before_origin' }
  return timestamp > origin.timestamp + maxOriginAgeSec ? { reject: 'timestamp_after_window' } : undefined
}

/** A block of this time needs a version of the node that knows the fork: fatal, before anything is written. */
export function forkUnknown(timestamp: bigint, fork = ''): NodeError {
  return new NodeError({
    code: 'fork_unknown',
    severity: 'fatal',
    message: `the fork "${fork}" is active at ${timestamp}, and this version does not know it`,
    fix: 'install a version that does, and start again: the chain is whole up to its last block',
  })
}

const codes = {
  parentHash: 'parent_mismatch',
  number: 'parent_mismatch',
  baseFeePerGas: 'base_fee',
  extraData: 'extra_data',
  gasUsed: 'gas_used',
  stateRoot: 'state_root',
  transactionsRoot: 'transactions_root',
  receiptsRoot: 'receipts_root',
  logsBloom: 'logs_bloom',
  withdrawalsRoot: 'withdrawals_root',
} as const satisfies Partial<Record<keyof Header, BlockReject['reject']>>

/** Compares the fields in `expected` with the header's; the first difference is the reject. */
export function checkHeader(header: Header, expected: Partial<Header>): BlockReject | undefined {
  for (const [name, value] of Object.entries(expected) as [keyof Header, Header[keyof Header]][]) {
    if (sameValue(header[name], value)) continue
    return { reject: name in codes ? codes[name as keyof typeof codes] : 'header_field', detail: name }
  }
  return undefined
}

function sameValue(a: Header[keyof Header], b: Header[keyof Header]): boolean {
  return a instanceof Uint8Array && b instanceof Uint8Array ? Buffer.compare(a, b) === 0 : a === b
}
