/** Where the layers of a development chain are. */
export type Agreement = {
  readonly l1: bigint
  readonly unsafe: bigint
  readonly safe: bigint
  readonly finalized: bigint
  /** The validator has the sequencer's safe and finalized block under the same hashes. */
  readonly agrees: boolean
}

type Block = { readonly number: string; readonly hash: string }

/** Asks L1, sequencer and validator; undefined if one of them does not answer. */
export async function readAgreement(
  urls: { readonly l1: string; readonly sequencer: string; readonly validator: string },
  signal: AbortSignal,
): Promise<Agreement | undefined> {
  const blockAt = (url: string, tag: string) => readBlock(url, tag, signal)
  try {
    const [l1, unsafe, safe, finalized, derivedSafe, derivedFinalized] = await Promise.all([
      blockAt(urls.l1, 'latest'),
      blockAt(urls.sequencer, 'latest'),
      blockAt(urls.sequencer, 'safe'),
      blockAt(urls.sequencer, 'finalized'),
      blockAt(urls.validator, 'safe'),
      blockAt(urls.validator, 'finalized'),
    ])
    return {
      l1: BigInt(l1.number),
      unsafe: BigInt(unsafe.number),
      safe: BigInt(safe.number),
      finalized: BigInt(finalized.number),
      agrees: safe.hash === derivedSafe.hash && finalized.hash === derivedFinalized.hash,
    }
  } catch {
    return undefined
  }
}

export function agreementText({ l1, unsafe, safe, finalized, agrees }: Agreement): string {
  const word = agrees ? 'sequencer and validator agree' : 'the validator is on its way'
  return `L1 ${l1}  unsafe ${unsafe}  safe ${safe}  finalized ${finalized}  ${word}`
}

async function readBlock(url: string, tag: string, signal: AbortSignal): Promise<Block> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'eth_getBlockByNumber', params: [tag, false] }),
    signal: AbortSignal.any([signal, AbortSignal.timeout(2_000)]),
  })
  const { result } = (await response.json()) as { result: Block }
  return { number: result.number, hash: result.hash }
}
