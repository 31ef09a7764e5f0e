import { NodeError } from '../../core/errors.ts'
import type { PeerId } from '../../core/ports/net.ts'
import type { Protocol, Transport } from '../transport.ts'
import type { Conduct } from './conduct.ts'

/** Asks a peer. Undefined: it gave no answer, and what that says of it is held against it. */
export type Ask = (
  peer: PeerId,
  protocol: Protocol,
  data: Uint8Array,
  maxBytes: number,
) => Promise<Uint8Array | undefined>

export function createAsk({
  transport,
  conduct,
  requestMs,
}: {
  readonly transport: () => Transport | undefined
  readonly conduct: Conduct
  readonly requestMs: number
}): Ask {
  return async (peer, protocol, data, maxBytes) => {
    try {
      return await transport()?.request(peer, protocol, data, { timeoutMs: requestMs, maxBytes })
    } catch (error) {
      if (!(error instanceof NodeError && error.severity === 'retry')) throw error
      if (error.code === 'peer_timeout') conduct.blame(peer, 'silent')
      if (error.code === 'peer_too_long') conduct.blame(peer, 'answer_too_long')
      return undefined
    }
  }
}
