import assert from 'node:assert/strict'
import { createManualClock, type ManualClock } from '../../../core/ports/manualClock.ts'
import type { AttestationCode, BlockCode, GossipedBlock, Topic, TxCode } from '../../../core/ports/net.ts'
import { createGate, type Gate, type GateOptions } from '../../../p2p/gossip/gate.ts'
import type { Fault } from '../../../p2p/gossip/verdicts.ts'
import type { Verdict } from '../../../p2p/verdict.ts'
import { chainId, domain, nowMs, view } from './messages.ts'

/** A gate before a chain that answers as it is told and notes what it was asked. */
export type Harness = {
  readonly gate: Gate
  readonly clock: ManualClock
  /** What the chain answers from now on; a promise keeps it waiting. */
  readonly answers: {
    block: BlockCode | Promise<BlockCode>
    tx: TxCode | Promise<TxCode>
    attestation: AttestationCode | Promise<AttestationCode>
  }
  readonly blocks: GossipedBlock[]
  readonly txs: { readonly raw: Uint8Array; readonly sender: string }[]
  readonly attestations: string[]
  readonly blamed: Fault[]
  /** Sends a message: the verdict and the blame, as text. */
  send(topic: Topic, data: Uint8Array): Promise<string>
}

export function createHarness(options: Partial<Pick<GateOptions, 'rules' | 'attestationDomain'>> = {}): Harness {
  const clock = createManualClock(nowMs)
  const answers: Harness['answers'] = { block: 'imported', tx: 'accepted', attestation: 'counted' }
  const [blocks, txs, attestations, blamed]: [GossipedBlock[], Harness['txs'], string[], Fault[]] = [[], [], [], []]
  const gate = createGate({
    chainId,
    rules: { maxBlockBytes: 2_097_152 },
    attestationDomain: domain,
    ...options,
    clock,
    listener: {
      block: async (block) => {
        blocks.push(block)
        return answers.block
      },
      tx: async (raw, sender) => {
        txs.push({ raw, sender })
        return answers.tx
      },
      attestation: async (_, signer) => {
        attestations.push(signer)
        return answers.attestation
      },
    },
    blame: (peer, fault) => {
      assert.equal(peer, 'peer')
      blamed.push(fault)
    },
  })
  gate.tell(view)

  return {
    gate,
    clock,
    answers,
    blocks,
    txs,
    attestations,
    blamed,
    send: async (topic, data) => {
      const before = blamed.length
      const verdict: Verdict = await gate.message('peer', topic, data)
      const faults = blamed.slice(before)
      assert.ok(faults.length <= 1, 'blamed once for one message')
      return [verdict, ...faults].join(' ')
    },
  }
}
