import { readFileSync, statSync } from 'node:fs'
import { NodeError } from '../../core/errors.ts'
import { type EvidenceBundle, maxBundleChars } from '../../p2p/evidence/bundle.ts'
import { parseBundle } from '../../p2p/evidence/parseBundle.ts'

/** The bundle of evidence that a file holds. Throws a NodeError (code `usage`) if it is none. */
export function readBundle(file: string): EvidenceBundle {
  const bundle = parseBundle(readText(file))
  if (!('malformed' in bundle)) return bundle
  throw bad(`${file} is no bundle of evidence: ${bundle.malformed}`)
}

function readText(file: string): string {
  try {
    // A bundle is ASCII, but for the chain's name.
    if (statSync(file).size > 2 * maxBundleChars) throw bad(`${file} is too long for a bundle of evidence`)
    return readFileSync(file, 'utf8')
  } catch (cause) {
    if (cause instanceof NodeError) throw cause
    throw bad(`${file} cannot be read`, cause)
  }
}

function bad(message: string, cause?: unknown): NodeError {
  const fix = 'name a file of the folder evidence/ of a node, or one with an answer of openledger_evidence'
  return new NodeError({ code: 'usage', severity: 'fatal', message, fix }, { cause })
}
