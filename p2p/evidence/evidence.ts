import { join } from 'node:path'
import { attestationSigner } from '../../core/attestation.ts'
import { assert } from '../../core/errors.ts'
import type { Hash } from '../../core/hex.ts'
import { keccakHash } from '../../core/keccak.ts'
import type { Clock } from '../../core/ports/clock.ts'
import type { ChainRules } from '../../core/rules.ts'
import type { ChainSpec } from '../../genesis/spec.ts'
import type { Chain } from '../../state/chain.ts'
import type { Engine } from '../../state/engine.ts'
import { writeIntoFolder } from '../wholeFile.ts'
import { type BundleChain, encodeBundle, maxBundleChars, numberOf } from './bundle.ts'
import { type Finding, type FindingKind, findingKinds } from './finding.ts'
import { attestationDomainOf, judgeFinding, short } from './judge.ts'
import { openSigned } from './signedBlock.ts'
import { type EvidenceEntry, evidenceOp, readEvidence } from './store.ts'
import { recordWitness, type Witness } from './witness.ts'

export type EvidenceOptions = {
  readonly chain: Pick<Chain, 'reader' | 'kv' | 'write'>
  readonly engine: Engine
  readonly rules: ChainRules
  readonly spec: ChainSpec
  /** Bundles are files in `evidence/` of this folder too. */
  readonly dir: string | undefined
  readonly clock: Pick<Clock, 'nowMs'>
  readonly log: Record<'warn' | 'error', (fields: object, text: string) => void>
  readonly limits?: EvidenceLimits
}

export type EvidenceLimits = { readonly perKind: number; readonly chars: number; readonly pending: number }

/** The first bundles of each kind are kept: later ones rarely tell more, and must not displace what came first. */
const defaultLimits: EvidenceLimits = {
  perKind: Math.floor(256 / findingKinds.length),
  chars: 2 * maxBundleChars,
  pending: 64,
}

/** Kinds whose bundles are short, so that their number bounds them: large blocks must not leave validators unblamed. */
const withoutBlocks: ReadonlySet<FindingKind> = new Set(['output_mismatch', 'double_attestation'])

/** Makes bundles of findings and keeps them. */
export type Evidence = {
  /** Makes a bundle in the background, unless there is one of the same content. Never throws. */
  report(finding: Finding): void
  /** Oldest first. */
  list(): Promise<readonly EvidenceEntry[]>
  /** Bundles in the database, as far as they have been counted. */
  count(): number
  /** Resolves when nothing is under way. */
  settled(): Promise<void>
}

/** Opens the table of evidence of a chain. What it holds already is counted in the background. */
export function createEvidence(options: EvidenceOptions): Evidence {
  const { chain, spec, dir, clock, log, limits = defaultLimits } = options
  const reads = readEvidence(chain.kv)
  const seen = new Set<Hash>()
  const pending = new Set<Hash>()
  const kept = new Map<FindingKind, number>()
  let chars = 0
  let last: Promise<void> = load()

  async function load(): Promise<void> {
    try {
      for (const { id, kind, size } of await reads.list()) count(id, kind, size)
    } catch (error) {
      log.error({ err: error }, 'the evidence in the database cannot be read')
    }
  }

  function count(id: Hash, kind: FindingKind, size: number): void {
    seen.add(id)
    kept.set(kind, (kept.get(kind) ?? 0) + 1)
    chars += size
  }

  async function keep(finding: Finding, id: Hash): Promise<void> {
    const { kind } = finding
    const isRoom = (kept.get(kind) ?? 0) < limits.perKind && (chars < limits.chars || withoutBlocks.has(kind))
    if (seen.has(id) || !isRoom) return
    const made = await makeBundle(finding, options)
    if (typeof made === 'string') return log.error({ kind, why: made }, 'a finding that proves nothing')
    const timeMs = clock.nowMs()
    const number = numberOf(finding)
    const json = encodeBundle({ chain: chainOf(options), timeMs, ...made })
    const file = dir && join(dir, 'evidence', `${kind}-${number}-${short(id)}.json`)
    if (file !== undefined) await writeFile(file, json)
    await chain.write([evidenceOp({ id, kind, timeMs, number }, json)])
    count(id, kind, json.length)
    log.error({ kind, number, id, file }, alarms[kind])
  }

  async function writeFile(file: string, json: string): Promise<void> {
    try {
      await writeIntoFolder(file, json, 0o644)
    } catch (error) {
      log.warn({ file, err: error }, 'evidence is kept in the database only: its file cannot be written')
    }
  }

  return {
    report(finding) {
      const id = idOf(finding, spec)
      if (id === undefined || seen.has(id) || pending.has(id) || pending.size >= limits.pending) return
      pending.add(id)
      last = last.then(async () => {
        try {
          await keep(finding, id)
        } catch (error) {
          // A database that takes no more writes stops the node elsewhere.
          log.error({ kind: finding.kind, err: error }, 'evidence could not be kept')
        } finally {
          pending.delete(id)
        }
      })
    },
    list: reads.list,
    count: () => seen.size,
    settled: () => last,
  }
}

const alarms = {
  equivocation: 'the sequencer signed two chains: evidence kept',
  invalid_block: 'the sequencer signed an invalid block: evidence kept',
  block_not_derived: 'the sequencer signed a block in whose place L1 has another: evidence kept',
  output_mismatch: 'an output on L1 is not what was derived here: evidence kept',
  double_attestation: 'a validator signed two claims about one L1 block: evidence kept',
} as const satisfies Record<FindingKind, string>

/**
 * Names the content of a finding; undefined if it names nobody. The order of two halves does not count. Of a validator
 * any one contradiction costs all there is to lose: others of the same key are the same, and take no room from others.
 */
function idOf(finding: Finding, spec: ChainSpec): Hash | undefined {
  const parts = identity(finding, spec)
  return parts && keccakHash(new TextEncoder().encode([finding.kind, ...parts].join(' ')))
}

function identity(finding: Finding, spec: ChainSpec): readonly string[] | undefined {
  switch (finding.kind) {
    case 'equivocation':
      return [finding.first.hash, finding.second.hash].sort()
    case 'invalid_block':
    case 'block_not_derived':
      return [finding.block.hash]
    case 'output_mismatch': {
      const { l2BlockNumber, outputRoot, l1BlockHash } = finding.claim
      return [String(finding.index), String(l2BlockNumber), outputRoot, l1BlockHash]
    }
    case 'double_attestation': {
      const domain = attestationDomainOf(spec)
      const signer = domain && attestationSigner(domain, finding.first)
      return signer && [signer]
    }
  }
}

function chainOf({ chain, spec }: Pick<EvidenceOptions, 'chain' | 'spec'>): BundleChain {
  const genesis = chain.reader.hashByNumber(0n)
  assert(genesis !== undefined, 'a chain has a genesis block')
  return { name: spec.name, chainId: spec.chainId, genesis }
}

/** The finding as it is proved, with a witness for an invalid block; a text if it proves nothing. */
async function makeBundle(
  finding: Finding,
  { chain, engine, rules, spec }: EvidenceOptions,
): Promise<{ readonly finding: Finding; readonly witness: Witness | undefined } | string> {
  const { holds, says } = judgeFinding(finding, spec)
  if (!holds) return says.at(-1)!
  if (finding.kind !== 'invalid_block') return { finding, witness: undefined }
  const opened = openSigned(spec.chainId, finding.block)
  if (typeof opened === 'string') return opened
  const { inputs } = finding
  const recorded = await recordWitness(chain.reader, { block: opened.block, inputs, engine, rules, spec })
  if (recorded === undefined) return { finding, witness: undefined }
  const { result, witness } = recorded
  if (!('reject' in result)) return 'Executed again, it is valid.'
  const { reject, detail } = result
  return { finding: { ...finding, reject: { reject, ...(detail !== undefined && { detail }) } }, witness }
}
