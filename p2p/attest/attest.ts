import { type Attestation, type AttestationDomain, attestationSigner, type Claim } from '../../core/attestation.ts'
import type { Address, Hash } from '../../core/hex.ts'
import type { Clock } from '../../core/ports/clock.ts'
import type { NetListener } from '../../core/ports/net.ts'
import type { Sign } from '../../core/ports/sign.ts'
import type { Validator } from '../../genesis/validators.ts'
import type { FollowStatus } from '../../l1/follow.ts'
import type { Chain } from '../../state/chain.ts'
import type { Finding } from '../evidence/finding.ts'
import { encodeAttestation } from '../wire/attestation.ts'
import { createBook, isSameClaim } from './book.ts'
import { type AttestedClaim, type Certificate, certificateOp, readCertificate } from './certificate.ts'
import type { AttestJournal } from './journal.ts'
import { createL1Window, type Records } from './l1Window.ts'
import { openSigning } from './openSigning.ts'
import { type AttestLog, createClaimSigner } from './signer.ts'
import { createStanding } from './standing.ts'
import { attestationsOf, isSameSet, type Quorum } from './tally.ts'

export type AttesterOptions = {
  readonly domain: AttestationDomain
  readonly chain: Pick<Chain, 'reader' | 'kv' | 'write'>
  /** Whose attestations count, from the safe state. Read once per `folded`. */
  readonly validators: () => readonly Validator[]
  readonly follower: Records & { status(): Pick<FollowStatus, 'behind'> }
  /** Gossips an encoded attestation. */
  readonly publish: (data: Uint8Array) => void
  /** Undefined: this node attests nothing itself. */
  readonly sign: Sign | undefined
  /** Where the journal of what was signed is. Undefined: in memory, for nodes that keep nothing. */
  readonly journalPath: string | undefined
  /** In place of that file. */
  readonly journal?: AttestJournal
  readonly clock: Pick<Clock, 'nowMs'>
  readonly log: AttestLog
  readonly report: (finding: Finding) => void
}

/** One validator with the newest L2 block that it attested. */
export type ValidatorStatus = Validator & { readonly newest: bigint | undefined }

/** Counts what validators attest, and attests itself. Nothing of it throws. */
export type Attester = {
  readonly attestation: NetListener['attestation']
  /** After every change of L1 or of the safe head. Sends its newest attestation again from time to time. */
  folded(): void
  /** All outputs on L1 that are not final and match what was derived here, oldest first: they are attested too. */
  posted(claims: readonly Claim[]): void
  /** The newest claim of two thirds of the stake that is what this node derived. */
  attested(): AttestedClaim | undefined
  status(): readonly ValidatorStatus[]
  /** The attestations of a claim by signer, ascending: what upholds an output if they are two thirds of the stake. */
  certificate(claim: Claim): readonly Attestation[]
  /** What two thirds of the stake claim where this node derived something else, unless it has agreed with them since. */
  disagreement(): { readonly claim: Claim; readonly stake: bigint } | undefined
  /** Resolves when nothing is being signed or written. */
  settled(): Promise<void>
}

/** L1 blocks of which claims count. */
const depth = 1_024
/** Outputs on L1 of which claims count however old they are. */
const mostPosted = 512
/** More L1 blocks to fold than this, and the safe head is not news. */
const mostBehind = 2n
/** Gossip takes a message for a copy of itself for 65 s. */
const repeatMs = 75_000
/** Attestations of outputs that are sent again each time. */
const repeatedOutputs = 4

/**
 * Opens the journal, if there is a key, and reads the newest certificate from the database. Rejects with the fatal
 * NodeErrors of `openAttestJournal` and of the database.
 */
export async function createAttester(options: AttesterOptions): Promise<Attester> {
  const { domain, chain, follower, publish, clock, log, report } = options
  const signing = await openSigning(options)
  const { reader } = chain
  const book = createBook()
  const window = createL1Window(follower, depth)
  const standing = createStanding({ reader, window, book, roots: 2 * depth })
  let validators = options.validators()
  let signers: ReadonlySet<Address> = new Set()
  let certificate: Certificate | undefined
  let against: Quorum | undefined
  let head: Claim | undefined
  let repeatedAtMs = clock.nowMs()
  let nextOutput = 0
  let writing: Promise<void> = Promise.resolve()
  let isStranger = false
  let warnedOf: Attestation | undefined
  const signer =
    signing &&
    createClaimSigner(signing, domain, log, (attestation) => {
      take(attestation, signing.sign.address)
      publish(encodeAttestation(attestation))
    })

  const hashAt = (number: bigint) => reader.hashByNumber(number)

  function take(attestation: Attestation, signer: Address): Awaited<ReturnType<NetListener['attestation']>> {
    const { l1BlockHash } = attestation
    const added = book.add(signer, attestation, standing.isKnown(l1BlockHash))
    switch (added.kind) {
      case 'double_sign':
        report({ kind: 'double_attestation', first: added.first, second: attestation })
        return 'double_sign'
      case 'counted':
        standing.judge(l1BlockHash, validators)
        refresh()
        return 'counted'
      case 'waits':
        return 'too_new'
      case 'known':
        return 'known'
    }
  }

  /** Looks where two thirds of the stake stand now. */
  function refresh(): void {
    const { shared, against: next } = standing.newest()
    if (next !== undefined && against === undefined) {
      log.error({ ...next.claim, stake: next.stake, total: next.total }, 'two thirds of the stake attest another root')
    } else if (next === undefined && against !== undefined) {
      log.info({ ...against.claim }, 'what two thirds of the stake attest is what was derived here')
    }
    against = next
    if (shared !== undefined) certify(shared)
  }

  /** These L1 blocks count from now on. */
  function settle(hashes: Iterable<Hash>): void {
    for (const hash of hashes) if (book.settle(hash).length > 0) standing.judge(hash, validators)
  }

  function forget(l1BlockHash: Hash): void {
    book.forget(l1BlockHash)
    standing.forget(l1BlockHash)
  }

  /** Keeps the certificate of a claim if it is the newest. */
  function certify({ claim, stake, total }: Quorum): void {
    const held = certificate?.claim
    if (held !== undefined && held.l2BlockNumber > claim.l2BlockNumber && isCanonical(held)) return
    const hash = hashAt(claim.l2BlockNumber)
    if (hash === undefined) return
    const isNews = held === undefined || !isSameClaim(held, claim)
    const next = { claim: { ...claim, hash, stake, total }, attestations: attestationsOf(book, validators, claim) }
    certificate = next
    if (isNews) writing = writing.then(() => keep(next))
  }

  async function keep(next: Certificate): Promise<void> {
    try {
      await chain.write([certificateOp(next)])
    } catch (error) {
      // The chain takes no more writes: whoever makes blocks finds that out too, and stops the node.
      log.error({ err: error }, 'the newest certificate was not stored')
    }
  }

  function isCanonical({ l2BlockNumber, hash }: AttestedClaim): boolean {
    return hashAt(l2BlockNumber) === hash
  }

  /** Whether the node's own key counts; told once when it does not. */
  function mayAttest(address: Address): boolean {
    const isOne = signers.has(address)
    if (!isOne && !isStranger) log.warn({ signer: address }, 'the key to attest with is of no validator')
    if (isOne && isStranger) log.info({ signer: address }, 'the key to attest with is of a validator')
    isStranger = !isOne
    return isOne
  }

  /** Signs a claim, unless the key has said something else already, perhaps on another node. */
  function say(claim: Claim, isPosted: boolean): void {
    if (signing === undefined || signer === undefined) return
    const { address } = signing.sign
    const other = book.of(address, claim.l1BlockHash)
    if (other === undefined || isSameClaim(other, claim)) signer.want(claim, isPosted)
    else if (warnedOf !== other) {
      const said = { number: other.l2BlockNumber, outputRoot: other.outputRoot }
      log.error({ ...claim, other: said }, 'not attested: this key attested something else')
      warnedOf = other
    }
  }

  function readSet(): void {
    const next = options.validators()
    const isSame = isSameSet(next, validators)
    validators = next
    signers = new Set(validators.map(({ signer }) => signer))
    book.keep(signers)
    if (!isSame) standing.recount(validators)
  }

  /** Sends the newest attestation again, and some of outputs in turn, for peers that came later. */
  function repeat(): void {
    if (signer === undefined || clock.nowMs() - repeatedAtMs < repeatMs) return
    repeatedAtMs = clock.nowMs()
    const outputs = [...standing.pins().values()]
    const turn = Array.from({ length: Math.min(repeatedOutputs, outputs.length) }, () => {
      nextOutput = (nextOutput + 1) % outputs.length
      return outputs[nextOutput]!
    })
    for (const claim of head === undefined ? turn : [head, ...turn]) {
      const attestation = signer.mine(claim)
      if (attestation !== undefined) publish(encodeAttestation(attestation))
    }
  }

  /** The claim of the first L1 block with the newest safe head: the one that every validator makes of it. */
  function headClaim(): Claim | undefined {
    const newest = window.newest()
    if (newest === undefined || newest.safe.number === 0n) return undefined
    for (let record = newest; ; ) {
      const before = window.byHash(record.parentHash)
      if (before === undefined) return undefined
      if (before.safe.hash !== newest.safe.hash) return standing.own(record.block.hash)
      record = before
    }
  }

  function folded(): void {
    readSet()
    const { added, gone } = window.update()
    const oldest = window.oldest()?.block.number ?? 0n
    for (const { block } of gone) {
      if (standing.isKnown(block.hash)) continue
      forget(block.hash)
      // What a certificate says of an L1 block that is gone for good is void; what is only long ago is not.
      if (block.number >= oldest && certificate?.claim.l1BlockHash === block.hash) certificate = undefined
    }
    settle(added.map(({ block }) => block.hash))
    refresh()
    if (signing === undefined || !mayAttest(signing.sign.address)) return
    if (follower.status().behind <= mostBehind) {
      head = headClaim() ?? head
      if (head !== undefined && standing.isKnown(head.l1BlockHash)) say(head, false)
    }
    repeat()
  }

  function posted(claims: readonly Claim[]): void {
    const before = standing.pins()
    standing.pin(claims.slice(-mostPosted))
    for (const hash of before.keys()) if (!standing.isKnown(hash)) forget(hash)
    settle(standing.pins().keys())
    refresh()
    if (signing === undefined || !mayAttest(signing.sign.address)) return
    for (const claim of standing.pins().values()) say(claim, true)
  }

  /** Takes up what was certified before the start, unless L1 or the chain has changed since. */
  function restore(): void {
    const stored = readCertificate(chain.kv)
    if (stored === undefined || !isCanonical(stored.claim)) return
    const { l2BlockNumber, l1BlockHash } = stored.claim
    const isLongAgo = l2BlockNumber < (window.oldest()?.safe.number ?? 0n)
    if (!isLongAgo && !standing.isKnown(l1BlockHash)) return
    certificate = stored
    if (isLongAgo) return
    for (const attestation of stored.attestations) {
      const from = attestationSigner(domain, attestation)
      if (from !== undefined && signers.has(from)) take(attestation, from)
    }
  }

  readSet()
  window.update()
  restore()

  return {
    async attestation(attestation, from) {
      if (!signers.has(from)) return 'too_old'
      const oldest = window.oldest()?.safe.number ?? 0n
      if (attestation.l2BlockNumber < oldest && !standing.isKnown(attestation.l1BlockHash)) return 'too_old'
      return take(attestation, from)
    },
    folded,
    posted,
    attested: () => (certificate !== undefined && isCanonical(certificate.claim) ? certificate.claim : undefined),
    status: () => validators.map((validator) => ({ ...validator, newest: book.newest(validator.signer) })),
    certificate(claim) {
      const found = attestationsOf(book, validators, claim)
      const isHeld = certificate !== undefined && isSameClaim(certificate.claim, claim)
      return found.length === 0 && isHeld ? certificate!.attestations : found
    },
    disagreement: () => against && { claim: against.claim, stake: against.stake },
    async settled() {
      await signer?.settled()
      await writing
    },
  }
}
