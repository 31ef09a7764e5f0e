import type { AttestationDomain } from '../../core/attestation.ts'
import type { Clock } from '../../core/ports/clock.ts'
import type { NetListener, NetView, PeerId, Topic } from '../../core/ports/net.ts'
import type { Verdict } from '../verdict.ts'
import { createCheckAttestation } from './checkAttestation.ts'
import { createCheckBlock } from './checkBlock.ts'
import { checkTx } from './checkTx.ts'
import { gateLimits } from './limits.ts'
import { createPending, type Pending } from './pending.ts'
import { createSeen } from './seen.ts'
import { createSenders } from './senders.ts'
import { type Fault, verdicts } from './verdicts.ts'

export type GateOptions = {
  readonly chainId: bigint
  readonly rules: { readonly maxBlockBytes: number; readonly maxTxBytes?: number }
  /** Undefined: nobody's attestations count on this chain. */
  readonly attestationDomain: AttestationDomain | undefined
  readonly clock: Clock
  readonly listener: Pick<NetListener, 'block' | 'tx' | 'attestation'>
  /** Hears of everything that costs a peer something: as much as `verdicts` says. */
  readonly blame: (peer: PeerId, reason: Fault) => void
}

/**
 * What stands between the network and the chain. It refuses what can be refused without state, in the order of what
 * that costs, asks the chain about the rest, and says what becomes of each message. It never throws, and what it
 * remembers and what it lets wait is bounded.
 */
export type Gate = {
  /** Replaces what is known of the chain. Until it is told, blocks and attestations are ignored. */
  tell(view: NetView): void
  message(peer: PeerId, topic: Topic, data: Uint8Array): Promise<Verdict>
}

export function createGate(options: GateOptions): Gate {
  const { chainId, rules, clock, listener, blame } = options
  const { maxBlockBytes, maxTxBytes = gateLimits.maxTxBytes } = rules
  const newSeen = () => createSeen({ max: gateLimits.maxSeen, forMs: gateLimits.seenMs, clock })
  const txsSeen = newSeen()
  const attestationsSeen = newSeen()
  const senders = createSenders(gateLimits.maxSeen)
  const checkBlock = createCheckBlock({ chainId, maxBlockBytes, knownSender: senders.of, clock })
  const attestations = createCheckAttestation({ domain: options.attestationDomain, seen: attestationsSeen })
  const pending: Readonly<Record<Topic, Pending>> = {
    blocks: createPending(),
    txs: createPending(),
    attestations: createPending(),
  }
  let view: NetView | undefined

  const handlers: Readonly<Record<Topic, (peer: PeerId, data: Uint8Array) => Promise<Fault> | Fault>> = {
    blocks: (peer, data) => {
      const checked = checkBlock(peer, data, view)
      if (typeof checked === 'string') return checked
      return pending.blocks.run(checked.bytes, async () => `block_${await listener.block(checked.block)}` as const)
    },
    txs: (_, data) => {
      const checked = checkTx(data, { chainId, maxTxBytes, seen: txsSeen })
      if (typeof checked === 'string') return checked
      return pending.txs.run(data.length, async () => {
        txsSeen.add(checked.hash)
        senders.add(checked.hash, checked.sender)
        const code = await listener.tx(checked.raw, checked.sender)
        // Its time may come at any moment.
        if (code === 'not_now') txsSeen.remove(checked.hash)
        return `tx_${code}` as const
      })
    },
    attestations: (_, data) => {
      const checked = attestations.check(data, view)
      if (typeof checked === 'string') return checked
      return pending.attestations.run(data.length, async () => {
        attestationsSeen.add(checked.hash)
        const code = await listener.attestation(checked.attestation, checked.signer)
        if (code === 'too_new') attestationsSeen.remove(checked.hash)
        return `attestation_${code}` as const
      })
    },
  }

  return {
    tell: (next) => {
      view = next
      attestations.keep(next.validators)
    },
    message: async (peer, topic, data) => {
      const found = pending[topic].isFull() ? 'queue_full' : await handlers[topic](peer, data)
      const { verdict, penalty } = verdicts[found]
      if (penalty > 0) blame(peer, found)
      return verdict
    },
  }
}
