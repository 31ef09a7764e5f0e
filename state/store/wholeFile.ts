import { open, rename } from 'node:fs/promises'
import { dirname } from 'node:path'

/**
 * Writes a file. Under its name there is the old content or the new one, whatever happens meanwhile; the new one is on
 * disk when this resolves. Rejects with the error of the file system.
 */
export async function writeWhole(path: string, content: Uint8Array | string, mode = 0o600): Promise<void> {
  const file = await open(`${path}.new`, 'w', mode)
  try {
    await file.writeFile(content)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(`${path}.new`, path)
  await syncFolder(dirname(path))
}

/** A synced file may be nameless after a loss of power as long as its folder is not synced too. */
export async function syncFolder(path: string): Promise<void> {
  // Windows has no way to do this.
  if (process.platform === 'win32') return
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}
