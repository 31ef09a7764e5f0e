import { crc32c } from '../../core/crc32c.ts'
import { concatBytes } from '../../core/hex.ts'

/** First bytes of a journal: its kind and version. */
export const journalMagic = Buffer.from('OLPOOL01', 'latin1')

const headBytes = 8

/** One record: length u32 ‖ CRC-32C u32 ‖ payload, numbers big-endian. */
export function encodeRecord(payload: Uint8Array): Uint8Array {
  const head = Buffer.alloc(headBytes)
  head.writeUInt32BE(payload.length, 0)
  head.writeUInt32BE(crc32c(payload), 4)
  return concatBytes(head, payload)
}

export type JournalContent = {
  readonly payloads: readonly Uint8Array[]
  /** Records whose checksum is wrong, and one for a rest that is no record. */
  readonly damaged: number
}

/**
 * Reads a journal as far as its lengths can be trusted. A damaged payload costs that record, a length that cannot be
 * true or a cut-off tail costs the rest. An empty file is an empty journal.
 */
export function decodeJournal(bytes: Uint8Array, maxPayloadBytes: number): JournalContent {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  const payloads: Uint8Array[] = []
  let damaged = 0
  if (file.length === 0) return { payloads, damaged }
  if (!file.subarray(0, journalMagic.length).equals(journalMagic)) return { payloads, damaged: 1 }
  let offset = journalMagic.length
  while (offset < file.length) {
    const end = offset + headBytes <= file.length ? offset + headBytes + file.readUInt32BE(offset) : Infinity
    if (end > file.length || end - offset - headBytes > maxPayloadBytes) return { payloads, damaged: damaged + 1 }
    const payload = file.subarray(offset + headBytes, end)
    if (crc32c(payload) === file.readUInt32BE(offset + 4)) payloads.push(new Uint8Array(payload))
    else damaged++
    offset = end
  }
  return { payloads, damaged }
}
