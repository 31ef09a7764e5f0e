import { NodeError } from '../../core/errors.ts'

/** The multiaddrs under which peers can reach a node, as it says. Throws a NodeError if it does not answer. */
export async function peerAddresses(url: string): Promise<readonly string[]> {
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'openledger_network', params: [] })
  try {
    const headers = { 'content-type': 'application/json' }
    const response = await fetch(url, { method: 'POST', headers, body, signal: AbortSignal.timeout(10_000) })
    const { result } = (await response.json()) as { result: { addresses: readonly string[] } }
    return result.addresses
  } catch (cause) {
    const message = 'the sequencer does not tell its addresses for peers'
    throw new NodeError(
      { code: 'child_failed', severity: 'fatal', message, fix: 'see its last lines above' },
      { cause },
    )
  }
}
