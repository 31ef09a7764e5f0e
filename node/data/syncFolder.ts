import { open } from 'node:fs/promises'

/** What systems answer that have no way to sync a folder (Windows) or file systems that see no need. */
const unsupported = new Set(['EISDIR', 'EPERM', 'EACCES', 'EINVAL', 'ENOTSUP', 'ENOSYS'])

/** Makes the names in a folder survive a loss of power, where the system can. A synced file may be nameless without. */
export async function syncFolder(path: string): Promise<void> {
  try {
    const folder = await open(path, 'r')
    try {
      await folder.sync()
    } finally {
      await folder.close()
    }
  } catch (error) {
    if (!unsupported.has(String((error as NodeJS.ErrnoException).code))) throw error
  }
}
