import { NodeError } from '../../core/errors.ts'

/** Why L1 did not give an answer that can be used. */
export type OutageCode =
  | 'l1_unreachable'
  | 'l1_rate_limited'
  | 'l1_refused'
  | 'l1_bad_answer'
  | 'l1_rpc_error'
  | 'l1_missing'
  | 'l1_unsupported'
  | 'l1_wrong_chain'
  | 'l1_disagree'
  | 'blob_missing'

const fixes: Readonly<Record<OutageCode, string>> = {
  l1_unreachable: 'check that the L1 node runs and that its URL is right',
  l1_rate_limited: 'use an L1 node with a higher rate limit, or name a second one',
  l1_refused: 'check the credentials in the URL of the L1 node',
  l1_bad_answer: 'use another L1 node, or name a second one',
  l1_rpc_error: 'look into the log of the L1 node',
  l1_missing: 'wait until the L1 node has synchronised, or use one with all blocks',
  l1_unsupported: 'install a version of this node that knows the present fork of L1',
  l1_wrong_chain: 'give the URL of a node of the L1 that the chain spec names',
  l1_disagree: 'find out which of the L1 nodes is on the wrong fork and take it out',
  blob_missing: 'name a Beacon node or an archive that still has blobs of this age',
}

/** An outage of severity `retry`. The message is ours: nothing that came from the network is in it. */
export function outage(code: OutageCode, message: string, cause?: unknown): NodeError {
  return new NodeError({ code, severity: 'retry', message, fix: fixes[code] }, { cause })
}

/** True for outages that may pass; anything else is a bug or fatal and goes up. */
export function isOutage(error: unknown): error is NodeError {
  return error instanceof NodeError && error.severity === 'retry'
}
