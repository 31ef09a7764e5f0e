// Where the examples find the node: the argument, ETH_RPC_URL, or the usual place.
import { error } from 'node:console'
import { argv, env, exit } from 'node:process'

export const usualUrl = 'http://127.0.0.1:8545'

/** The node's URL once it has answered; ends the program with one line when nobody does. */
export async function nodeUrl(url = argv[2] ?? env.ETH_RPC_URL ?? usualUrl): Promise<string> {
  const body = '{"jsonrpc":"2.0","id":1,"method":"eth_chainId","params":[]}'
  try {
    const response = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
    if (response.ok) return url
  } catch {
    // Not a URL, or nobody listens there: said below.
  }
  error(`no node at ${url}: run npm start first, or give its URL as the argument or in ETH_RPC_URL`)
  exit(1)
}
