import { decodeBlock } from '../../core/block.ts'
import { decodeHeader, headerHash } from '../../core/header.ts'
import type { Address, Hash } from '../../core/hex.ts'
import type { Clock } from '../../core/ports/clock.ts'
import type { GossipedBlock, NetView, PeerId } from '../../core/ports/net.ts'
import { splitRlpList } from '../../core/rlp.ts'
import { sealSigner } from '../../core/seal.ts'
import { declaredSize, inflateBlock } from '../wire/compress.ts'
import { decodeEnvelope, envelopeHeaderBytes, envelopeSeal } from '../wire/envelope.ts'
import { gateLimits } from './limits.ts'
import { createSeenAt } from './seen.ts'
import type { Fault } from './verdicts.ts'

/** A block that passed, and how many bytes it takes while the chain looks at it. */
export type CheckedBlock = { readonly block: GossipedBlock; readonly bytes: number }

/** Checks messages of the topic of blocks in turn. */
export type CheckBlock = (peer: PeerId, data: Uint8Array, view: NetView | undefined) => CheckedBlock | Fault

/**
 * What can be said of a gossiped block without state, the cheapest first: one signature is recovered before anything is
 * inflated or hashed but the message itself. A height is full, or a block known, only by what a signer has sealed:
 * nobody else can keep a block from being looked at.
 */
export function createCheckBlock({
  chainId,
  maxBlockBytes,
  knownSender,
  clock,
}: {
  readonly chainId: bigint
  readonly maxBlockBytes: number
  /** Who sent a transaction that was gossiped before. */
  readonly knownSender: (hash: Hash) => Address | undefined
  readonly clock: Clock
}): CheckBlock {
  const seen = createSeenAt({ maxNumbers: gateLimits.maxNumbers, maxHashes: gateLimits.maxHashesPerNumber })
  const maxBytes = envelopeHeaderBytes + maxFrameBytes(maxBlockBytes)

  return (peer, data, view) => {
    if (data.length > maxBytes) return 'oversized'
    const envelope = decodeEnvelope(data)
    if (envelope === undefined) return 'malformed'
    const { number, parentHash, hash } = envelope
    if (view === undefined || view.signers.length === 0) return 'block_no_signer'
    if (number <= view.status.finalized.number) return 'block_too_old'
    if (seen.has(number, hash)) return 'already_seen'
    if (seen.isFull(number)) return 'block_too_many'
    const size = declaredSize(envelope.compressed)
    if (size === undefined) return 'malformed'
    if (size > maxBlockBytes) return 'block_bomb'

    const seal = envelopeSeal(envelope)
    const signer = sealSigner(chainId, envelope, seal)
    if (signer === undefined) return 'bad_signature'
    if (!view.signers.includes(signer)) return view.isBehindL1 ? 'block_no_signer' : 'block_wrong_signer'
    seen.add(number, hash)

    const raw = inflateBlock(envelope.compressed, maxBlockBytes)
    if (raw === undefined) return 'block_bad_content'
    const fault = checkHeader(raw, envelope, clock.nowMs())
    if (fault !== undefined) return fault
    const decoded = decodeBlock(raw, { knownSender })
    if ('reject' in decoded) return 'block_bad_content'
    const senders = decoded.transactions.map(({ from }) => from)
    // A copy of its own, so that passing it to another thread takes nothing else along.
    const compressed = envelope.compressed.slice()
    return { block: { peer, number, parentHash, hash, raw, senders, seal, compressed }, bytes: data.length + size }
  }
}

/** The header says what the envelope says, and a time that is near: before transactions are decoded. */
function checkHeader(
  raw: Uint8Array,
  { number, parentHash, hash }: Pick<GossipedBlock, 'number' | 'parentHash' | 'hash'>,
  nowMs: number,
): Fault | undefined {
  const first = splitRlpList(raw)?.[0]
  const header = first === undefined ? undefined : decodeHeader(first)
  if (header === undefined) return 'block_bad_content'
  const isSame = header.number === number && header.parentHash === parentHash && headerHash(header) === hash
  if (!isSame) return 'block_other_content'
  const timeMs = header.timestamp * 1_000n
  if (timeMs < BigInt(nowMs - gateLimits.maxBlockAgeMs)) return 'block_from_past'
  if (timeMs > BigInt(nowMs + gateLimits.maxBlockAheadMs)) return 'block_from_future'
  return undefined
}

/** What zstd makes of that many bytes at worst. */
function maxFrameBytes(bytes: number): number {
  return bytes + (bytes >> 8) + 1_024
}
