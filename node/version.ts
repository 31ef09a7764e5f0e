import { readFileSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..')

export type Version = { readonly version: string; readonly commit: string | undefined; readonly client: string }

/**
 * The node's version, the commit it was built from if known, and the `web3_clientVersion` text
 * `OpenLedger/v0.1.0-1234abcd/linux-x64/node24`.
 */
export function readVersion(): Version {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }
  const commit = readCommit()
  const node = `node${process.versions.node.split('.')[0]}`
  const suffix = commit === undefined ? '' : `-${commit}`
  return { version, commit, client: `OpenLedger/v${version}${suffix}/${process.platform}-${process.arch}/${node}` }
}

/** First 8 digits of the checked-out commit; a container image carries it in `build/commit`. */
function readCommit(): string | undefined {
  const head = readLine('build/commit') ?? readLine('.git/HEAD')
  const commit = head?.startsWith('ref: ') ? readRef(head.slice(5)) : head
  return commit !== undefined && /^[0-9a-f]{8,}$/.test(commit) ? commit.slice(0, 8) : undefined
}

function readRef(ref: string): string | undefined {
  const loose = readLine(`.git/${ref}`)
  if (loose !== undefined) return loose
  const packed = readText('.git/packed-refs')
  return packed
    ?.split('\n')
    .find((line) => line.endsWith(` ${ref}`))
    ?.split(' ')[0]
}

function readLine(path: string): string | undefined {
  return readText(path)?.trim()
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(join(root, path), 'utf8')
  } catch {
    return undefined
  }
}
