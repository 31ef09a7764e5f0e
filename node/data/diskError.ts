import { NodeError } from '../../core/errors.ts'

const causes: Readonly<Record<string, readonly [cause: string, fix: string]>> = {
  EACCES: [
    'no permission',
    'give the user of this process the right to read and write it (chown), or choose another with --data-dir',
  ],
  EPERM: [
    'no permission',
    'give the user of this process the right to read and write it (chown), or choose another with --data-dir',
  ],
  ENOENT: ['it cannot be created there', 'choose another folder with --data-dir'],
  EROFS: ['the file system is read-only', 'mount it for writing, or choose another folder with --data-dir'],
  ENOSPC: ['the disk is full', 'free some space; everything confirmed so far is kept'],
  EDQUOT: ['the disk quota is used up', 'free some space; everything confirmed so far is kept'],
  ENOTDIR: ['part of the path is a file', 'choose another folder with --data-dir'],
  EEXIST: ['it is a file, not a folder', 'choose another folder with --data-dir'],
  EMFILE: ['too many open files', 'raise the limit (ulimit -n 65536)'],
}

/** A failure of the file system at `path` as one line with cause and fix (code `data_dir`). */
export function diskError(path: string, error: unknown): NodeError {
  if (error instanceof NodeError) return error
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  const [cause, fix] = causes[code] ?? [`the system says ${code === '' ? 'nothing more' : code}`, 'check the folder']
  return new NodeError(
    { code: 'data_dir', severity: 'fatal', message: `data folder ${path} cannot be used: ${cause}`, fix },
    { cause: error },
  )
}
