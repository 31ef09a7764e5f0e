import { type AttestationDomain, type Claim, claimDigest } from '../../core/attestation.ts'
import { crc32c } from '../../core/crc32c.ts'
import {
  type Address,
  bigintToFixed,
  bytesToAddress,
  bytesToBigint,
  bytesToHash,
  concatBytes,
  equalBytes,
  type Hash,
  hexToBytes,
  zeroHash,
} from '../../core/hex.ts'

/** Whose journal it is: a signer, and where its claims count. */
export type JournalOwner = { readonly signer: Address; readonly domain: AttestationDomain }

/** A claim that was about to be signed; `isPosted`: it is of an output on L1, which may be asked for for days. */
export type JournalEntry = { readonly claim: Claim; readonly isPosted: boolean }

/** `floor`: no number up to here is signed unless it is an entry; entries below it were left out once. */
export type JournalContent = { readonly floor: bigint; readonly entries: readonly JournalEntry[] }

const magic = new TextEncoder().encode('OLattest1')
/** Magic, signer, domain, floor, checksum. */
export const journalHeaderBytes = magic.length + 20 + 32 + 8 + 4
/** 0 or 1 (posted), number, L1 block hash, output root, checksum. */
export const journalEntryBytes = 1 + 8 + 32 + 32 + 4

/** The header of a journal file. */
export function encodeJournalHeader({ signer, domain }: JournalOwner, floor: bigint): Uint8Array {
  return checked(concatBytes(magic, hexToBytes(signer), hexToBytes(domainId(domain)), bigintToFixed(floor, 8)))
}

/** One entry of a journal file. */
export function encodeJournalEntry({ claim, isPosted }: JournalEntry): Uint8Array {
  const { l2BlockNumber, l1BlockHash, outputRoot } = claim
  return checked(
    concatBytes(
      Uint8Array.of(isPosted ? 1 : 0),
      bigintToFixed(l2BlockNumber, 8),
      hexToBytes(l1BlockHash),
      hexToBytes(outputRoot),
    ),
  )
}

/**
 * What a journal file holds. A last entry that was not written whole is left out: the signature it is for was not made.
 * Anything else that is not as it was written is `damaged`; `foreign`: it is of another signer or domain.
 */
export function decodeJournal(bytes: Uint8Array, owner: JournalOwner): JournalContent | 'damaged' | 'foreign' {
  const header = bytes.subarray(0, journalHeaderBytes)
  if (header.length < journalHeaderBytes || !isChecked(header)) return 'damaged'
  if (!equalBytes(header.subarray(0, magic.length), magic)) return 'damaged'
  const signer = bytesToAddress(header.subarray(magic.length, magic.length + 20))
  const domain = bytesToHash(header.subarray(magic.length + 20, magic.length + 52))
  if (signer !== owner.signer || domain !== domainId(owner.domain)) return 'foreign'
  const entries: JournalEntry[] = []
  for (let at = journalHeaderBytes; at + journalEntryBytes <= bytes.length; at += journalEntryBytes) {
    const entry = bytes.subarray(at, at + journalEntryBytes)
    const isLast = at + 2 * journalEntryBytes > bytes.length
    if (!isChecked(entry)) {
      // After a loss of power the file may be longer than what was written into it: then it ends in zeros.
      const isTorn = isLast && entry.subarray(-4).every((byte) => byte === 0)
      if (isTorn) break
      return 'damaged'
    }
    if (entry[0]! > 1) return 'damaged'
    entries.push({
      isPosted: entry[0] === 1,
      claim: {
        l2BlockNumber: bytesToBigint(entry.subarray(1, 9)),
        l1BlockHash: bytesToHash(entry.subarray(9, 41)),
        outputRoot: bytesToHash(entry.subarray(41, 73)),
      },
    })
  }
  return { floor: bytesToBigint(header.subarray(magic.length + 52, magic.length + 60)), entries }
}

/** Tells domains apart: the digest of one and the same claim differs between them. */
function domainId(domain: AttestationDomain): Hash {
  return claimDigest(domain, { l2BlockNumber: 0n, outputRoot: zeroHash, l1BlockHash: zeroHash })
}

function checked(bytes: Uint8Array): Uint8Array {
  return concatBytes(bytes, bigintToFixed(BigInt(crc32c(bytes)), 4))
}

function isChecked(bytes: Uint8Array): boolean {
  const content = bytes.subarray(0, bytes.length - 4)
  return BigInt(crc32c(content)) === bytesToBigint(bytes.subarray(bytes.length - 4))
}
