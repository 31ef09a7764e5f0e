import { open } from 'node:fs/promises'
import { dirname } from 'node:path'
import { NodeError } from '../../core/errors.ts'
import { concatBytes } from '../../core/hex.ts'
import { syncFolder } from './syncFolder.ts'

/** Bytes per read of a block file. */
const chunkBytes = 1 << 20

/** One block of a file, the offset it starts at and the size of the whole file, in bytes. */
export type FileBlock = { readonly raw: Uint8Array; readonly offset: number; readonly fileBytes: number }

/**
 * The RLP lists of a file one after the other, without holding more than one of them and one chunk. Throws a NodeError
 * (code `block_file`) naming the offset for anything that is not a list, is longer than `maxBytes`, or is cut off.
 */
export async function* readBlockFile(path: string, maxBytes: number): AsyncGenerator<FileBlock> {
  const file = await open(path, 'r').catch((cause: unknown) => {
    throw problem(`${path} cannot be read`, 'check the path', cause)
  })
  try {
    const stat = await file.stat()
    if (stat.isDirectory()) throw problem(`${path} is a folder`, 'name the file that `openledger export` wrote')
    const fileBytes = stat.size
    let offset = 0
    let held: Uint8Array = new Uint8Array(0)
    for (;;) {
      const length = listLength(held)
      if (length === 'malformed' || (typeof length === 'number' && length > maxBytes)) {
        throw problem(
          `${path} has no valid block at byte ${offset}`,
          'export the chain again; earlier blocks are imported',
        )
      }
      if (typeof length === 'number' && held.length >= length) {
        yield { raw: held.slice(0, length), offset, fileBytes }
        held = held.subarray(length)
        offset += length
        continue
      }
      const { bytesRead, buffer } = await file
        .read(new Uint8Array(chunkBytes), 0, chunkBytes)
        .catch((cause: unknown) => {
          throw problem(`${path} cannot be read at byte ${offset + held.length}`, 'check the disk it is on', cause)
        })
      if (bytesRead === 0) break
      held = concatBytes(held, buffer.subarray(0, bytesRead))
    }
    if (held.length > 0) {
      throw problem(
        `${path} ends in the middle of the block at byte ${offset}`,
        'export the chain again; earlier blocks are imported',
      )
    }
  } finally {
    await file.close()
  }
}

/** Total length of the RLP list at the start of the bytes; undefined if its header is not complete yet. */
function listLength(bytes: Uint8Array): number | 'malformed' | undefined {
  const first = bytes[0]
  if (first === undefined) return undefined
  if (first < 0xc0) return 'malformed'
  if (first <= 0xf7) return 1 + first - 0xc0
  const sizeBytes = first - 0xf7
  if (sizeBytes > 4) return 'malformed'
  if (bytes.length < 1 + sizeBytes) return undefined
  let size = 0
  for (let i = 1; i <= sizeBytes; i++) size = size * 256 + bytes[i]!
  return 1 + sizeBytes + size
}

export type BlockFileWriter = { write(raw: Uint8Array): Promise<void>; close(): Promise<void> }

/** Creates a block file; `close` returns after it is on disk. Throws a NodeError (code `block_file`) if it exists. */
export async function createBlockFile(path: string): Promise<BlockFileWriter> {
  const file = await open(path, 'wx').catch((cause: unknown) => {
    const exists = (cause as NodeJS.ErrnoException).code === 'EEXIST'
    throw problem(
      `${path} ${exists ? 'exists already' : 'cannot be written'}`,
      exists ? 'choose another name' : 'check the path and its permissions',
      cause,
    )
  })
  return {
    write: async (raw) => {
      await file.writeFile(raw)
    },
    close: async () => {
      await file.sync()
      await file.close()
      await syncFolder(dirname(path))
    },
  }
}

function problem(message: string, fix: string, cause?: unknown): NodeError {
  return new NodeError({ code: 'block_file', severity: 'fatal', message, fix }, { cause })
}
