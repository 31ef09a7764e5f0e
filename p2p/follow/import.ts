import { assert, NodeError } from '../../core/errors.ts'
import type { Hash } from '../../core/hex.ts'
import type { ChainRules } from '../../core/rules.ts'
import { type ChainSpec, originOf } from '../../genesis/spec.ts'
import { createChange, type Drop } from '../../l1/follow/change.ts'
import type { FollowWriter } from '../../l1/follow/types.ts'
import type { OriginAnswer, OriginParent, OriginView } from '../../l1/origins.ts'
import type { Chain } from '../../state/chain.ts'
import type { Engine } from '../../state/engine.ts'
import { verifyBlock } from '../../state/verify.ts'
import type { Finding } from '../evidence/finding.ts'
import { type Candidate, originOfBlock, signedBlock } from './candidate.ts'
import { followLimits } from './limits.ts'
import { placeOf } from './place.ts'
import { judgeRival } from './rival.ts'
import { sealOp } from './seals.ts'

/** What became of a candidate. */
export type Outcome =
  | 'imported'
  | 'known'
  /** It breaks a rule of the chain, or a block before it does. */
  | 'invalid'
  | 'equivocation'
  /** Of another branch than the one followed, or not after the safe head. */
  | 'useless'
  /** Its seal is of nobody who may seal it. */
  | 'stranger'
  /** Its parent is not canonical. */
  | 'orphan'
  /** L1 has to show, or to answer, more. */
  | 'waits'
  /** Nothing is imported at present: the sequencer has signed two blocks, or the node stops. */
  | 'paused'

export type ImportOptions = {
  readonly chain: Chain
  readonly engine: Engine
  readonly rules: ChainRules
  readonly spec: ChainSpec
  readonly origins: OriginView
  readonly writer: FollowWriter
  readonly signal: AbortSignal
  /** Hears of faults of the sequencer, after the chain is free again. */
  readonly report: (finding: Finding) => void
  readonly log: Record<'info' | 'warn', (fields: object, text: string) => void>
}

/** Makes sealed blocks part of the chain before L1 says them: executed, and compared with what L1 gives them. */
export type Importer = {
  /**
   * One at a time. What it decides by is read while nobody else changes the chain. Throws fatal NodeErrors of chain and
   * database.
   */
  take(candidate: Candidate): Promise<Outcome>
  /** Whether the block broke a rule. */
  isInvalid(hash: Hash): boolean
  /** The height the safe head has to reach before blocks are imported again; undefined: they are. */
  pausedAt(): bigint | undefined
}

export function createImporter(options: ImportOptions): Importer {
  const { chain, engine, rules, spec, origins, signal, report, log } = options
  const change = createChange(chain, options.writer)
  const invalid = new Set<Hash>()
  let newest: { readonly hash: Hash; readonly origin: OriginParent } | undefined
  let halt: bigint | undefined
  let trouble: string | undefined

  function pausedAt(): bigint | undefined {
    if (halt !== undefined && chain.heads().safe.number >= halt) halt = undefined
    return halt
  }

  function parentOrigin(hash: Hash): OriginParent {
    if (newest?.hash === hash) return newest.origin
    const block = chain.block(hash)
    assert(block !== undefined, 'a canonical block is stored')
    const origin = block.header.number === 0n ? originOf(spec) : originOfBlock(block)
    assert(origin !== undefined, 'a block begins with its L1 attributes')
    return origin
  }

  /** What needs neither L1 nor execution. */
  function decideEarly(candidate: Candidate): Outcome | undefined {
    if (signal.aborted) return 'paused'
    const { kind } = placeOf(chain, candidate)
    if (kind === 'known') return 'known'
    if (invalid.has(candidate.hash) || invalid.has(candidate.parentHash)) return refused(candidate)
    if (kind === 'past') return 'useless'
    if (kind === 'orphan') return 'orphan'
    return kind === 'next' && pausedAt() !== undefined ? 'paused' : undefined
  }

  /** Remembers a block that can never be one of the chain. */
  function refused({ hash }: Candidate): 'invalid' {
    invalid.add(hash)
    if (invalid.size > followLimits.invalid) invalid.delete(invalid.values().next().value!)
    return 'invalid'
  }

  /** A block that names no origin breaks a rule whatever L1 says: with its parent's origin that can be shown. */
  function ask({ parentHash, origin }: Candidate): Promise<OriginAnswer> {
    const parent = parentOrigin(parentHash)
    return origins.inputs(parent, (origin ?? parent).origin)
  }

  /** What the answer of L1 alone decides. */
  function decideByOrigin(candidate: Candidate, answer: OriginAnswer): Outcome | undefined {
    const { number, signer } = candidate
    if (answer.kind === 'inputs') {
      return signer === answer.signer || signer === origins.signer() ? undefined : 'stranger'
    }
    if (number <= chain.heads().safe.number) return 'useless'
    if (signer !== origins.signer()) return 'stranger'
    if (answer.kind !== 'not_allowed') return 'waits'
    log.warn({ number, hash: candidate.hash }, 'a block of the sequencer has an origin that it cannot have')
    return refused(candidate)
  }

  type Decision = { readonly outcome: Outcome; readonly finding?: Finding | undefined }

  async function decide(candidate: Candidate, drop: Drop): Promise<Decision> {
    const early = decideEarly(candidate)
    if (early !== undefined) return { outcome: early }
    const { block, number, hash, parentHash, seal } = candidate
    const answer = await ask(candidate)
    const outcome = decideByOrigin(candidate, answer)
    if (outcome !== undefined || answer.kind !== 'inputs') return { outcome: outcome ?? 'waits' }
    const place = placeOf(chain, candidate)
    const parent = parentOrigin(parentHash)
    if (place.kind === 'rival') {
      const { chainId } = rules
      const { verdict, finding } = await judgeRival({ chain, origins, chainId, candidate, parent, own: place.own })
      if (verdict === 'equivocation' && number > chain.heads().safe.number) halt = number
      if (verdict !== 'replace') return { outcome: verdict, finding }
    }
    if (pausedAt() !== undefined) return { outcome: 'paused' }

    const { readNode } = chain.reader
    const header = chain.reader.headerByHash(parentHash)
    assert(header !== undefined, 'a canonical block is stored')
    const { inputs } = answer
    const sealed = await verifyBlock({
      parent: header,
      block,
      state: chain.state(header.stateRoot),
      readNode,
      parentOrigin: parent.origin,
      inputs,
      engine,
      rules,
    })
    if ('reject' in sealed) {
      // No fault of the block's, but of this version.
      if (sealed.reject === 'fork_unknown') return { outcome: 'useless' }
      log.warn({ number, hash, reject: sealed.reject }, 'a block of the sequencer breaks a rule')
      refused(candidate)
      const finding: Finding = { kind: 'invalid_block', block: signedBlock(candidate), reject: sealed, inputs }
      return { outcome: 'invalid', finding }
    }
    if (signal.aborted) return { outcome: 'paused' }
    if (place.kind === 'rival') await drop(header.number)
    await chain.append(sealed, {}, [sealOp(hash, seal)])
    newest = { hash, origin: candidate.origin! }
    return { outcome: 'imported' }
  }

  async function attempt(candidate: Candidate): Promise<Outcome> {
    const early = decideEarly(candidate)
    if (early !== undefined) return early
    // L1 is read before the chain is taken; what it says is looked at again then, because derivation may have gone on.
    const outcome = decideByOrigin(candidate, await ask(candidate))
    if (outcome !== undefined) return outcome
    const decision = await change((drop) => decide(candidate, drop))
    if (decision.finding !== undefined) report(decision.finding)
    return decision.outcome
  }

  return {
    async take(candidate) {
      try {
        const outcome = await attempt(candidate)
        if (outcome === 'imported' && trouble !== undefined) {
          log.info({ code: trouble }, 'blocks of peers are imported again')
          trouble = undefined
        }
        return outcome
      } catch (error) {
        if (!(error instanceof NodeError) || error.severity === 'fatal') throw error
        if (error.code !== trouble) log.warn({ code: error.code, err: error }, 'blocks of peers wait for L1')
        trouble = error.code
        return 'waits'
      }
    },
    isInvalid: (hash) => invalid.has(hash),
    pausedAt,
  }
}
