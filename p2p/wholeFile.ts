import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { writeWhole } from '../state/store/wholeFile.ts'

/** `writeWhole` into a folder that is made if it is not there, for its owner only. */
export async function writeIntoFolder(path: string, content: Uint8Array | string, mode?: number): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  await writeWhole(path, content, mode)
}
