import { setTimeout as sleep } from 'node:timers/promises'
import { type Address, bytesToHex, emptyBytes } from '../../core/hex.ts'
import { signTx } from '../../core/txEnvelope.ts'
import { accounts } from './rollupProcesses.ts'
import { rpc } from './rpcCall.ts'

/** Makes transfers of one development account, one after the other. */
export type Sender = {
  /** The next one, in wire form and with its hash. */
  next(): { readonly raw: string; readonly hash: string }
}

/** Goes on where the account is now, as the node says. */
export async function openSender(url: string, index: number): Promise<Sender> {
  const { address, privateKey } = accounts[index]!
  const chainId = BigInt(await rpc<string>(url, 'eth_chainId'))
  let nonce = BigInt(await rpc<string>(url, 'eth_getTransactionCount', address, 'latest'))
  return {
    next() {
      const unsigned = {
        ...({ type: 2, chainId, nonce: nonce++, gas: 21_000n, maxPriorityFeePerGas: 1_000n, value: 1n } as const),
        ...{ maxFeePerGas: 100_000_000_000n, to: `0x${'e0'.repeat(20)}` as Address, data: emptyBytes, accessList: [] },
      }
      const { raw, hash } = signTx(unsigned, privateKey)
      return { raw: bytesToHex(raw), hash }
    },
  }
}

/** Sends transfers until it is stopped, `perSec` a second; resolves to how many the node took. */
export async function startLoad(url: string, index: number, perSec: number): Promise<{ stop(): Promise<number> }> {
  const sender = await openSender(url, index)
  const stopping = new AbortController()
  const rounds = 5
  async function send(): Promise<number> {
    let sent = 0
    while (!stopping.signal.aborted) {
      const calls = Array.from({ length: perSec / rounds }, (_, id) => {
        const params = [sender.next().raw]
        return { jsonrpc: '2.0', id, method: 'eth_sendRawTransaction', params }
      })
      const headers = { 'content-type': 'application/json' }
      const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(calls) })
      const answers = (await response.json()) as readonly { readonly result?: string }[]
      sent += answers.filter(({ result }) => result !== undefined).length
      await sleep(1_000 / rounds, undefined, { signal: stopping.signal }).catch(() => {})
    }
    return sent
  }
  const sending = send()
  // Whoever stops it hears of a failure.
  sending.catch(() => {})
  return {
    stop() {
      stopping.abort()
      return sending
    },
  }
}
