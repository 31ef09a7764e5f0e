import { rpcCodes } from '../../rpc/errors.ts'
import { defaultLimits, devLimits, type RpcLimits } from '../../rpc/limits.ts'
import { allNamespaces, type Method } from '../../rpc/method.ts'
import { methodTable } from '../../rpc/methods/table.ts'
import { maxFilterValues } from '../../rpc/params/filter.ts'
import { code, markdownTable } from './markdown.ts'

const scopes: Readonly<Record<Method['scope'], string>> = {
  all: '',
  solo: 'development chain only',
  rollup: 'with an L1 only',
  websocket: 'WebSocket only',
}

const errorMeanings: Readonly<Record<keyof typeof rpcCodes, string>> = {
  parse: 'The body is not JSON.',
  invalidRequest: 'Not a JSON-RPC request, an empty or too large batch.',
  methodNotFound: 'No such method here.',
  invalidParams: 'Wrong parameters, or a range or size over a limit; the message names the limit.',
  internal: 'An outage inside the node; the message has its code, the log the details.',
  server: "What geth answers with -32000, in geth's words: `nonce too low`, `already known`, `insufficient funds …`.",
  responseTooLarge: 'The answer is over the size limit.',
  unsupported: 'Known but not supported.',
  limit: 'Too many requests or calls at once; wait, then try again.',
  revert: 'The EVM reverted; `data` is the revert data.',
}

/** docs/RPC.md: every method, the error codes and the limits. */
export function rpcDoc(): string {
  const parts = [
    '# JSON-RPC',
    'Made by `npm run docs` from `rpc/methods/`, `rpc/limits.ts` and `rpc/errors.ts`; do not edit.',
    'HTTP and WebSocket share one port (`--http.port`, 8545). HTTP takes `POST /` with `content-type: application/json`, single ' +
      'requests and batches. `--http.api` chooses the namespaces; on a development chain all of them are on. `evm`, `hardhat`, ' +
      '`anvil` and the signing methods exist on a solo development chain only; elsewhere they answer -32601.',
    '`admin` is served to operators only, with all other methods beside it: on the Unix socket `admin.sock` in the data folder ' +
      '(HTTP, for the user of the node only), and on `--admin.port` to who sends `Authorization: Bearer` with a JWT (HS256, `iat` ' +
      'within 60 s) by the secret of `--admin.jwt-secret`. `openledger peers` speaks to either.',
    'Blocks are named by number, tag (`latest`, `pending`, `safe`, `finalized`, `earliest`), or `{ blockHash, requireCanonical }` ' +
      '(EIP-1898). While what `safe` and `finalized` name is in dispute they answer -32000 with the reason. On a development chain reads see every transaction that was accepted before them.',
    ...allNamespaces.flatMap(namespaceDoc),
    '## Errors',
    markdownTable(
      ['Code', 'When'],
      Object.entries(rpcCodes).map(([name, value]) => [String(value), errorMeanings[name as keyof typeof rpcCodes]]),
    ),
    '## Limits',
    'Sizes in bytes, times in milliseconds; 0 switches a limit off.',
    markdownTable(
      ['Limit', 'Node', 'Development chain'],
      (Object.keys(defaultLimits) as (keyof RpcLimits)[]).map((name) => [
        code(name),
        String(defaultLimits[name]),
        String(devLimits[name]),
      ]),
    ),
    `One call worker runs per processor core but one. A log filter names at most ${maxFilterValues} addresses and as many topics.`,
    '`requestTimeoutMs` bounds reading a request and, once more, the time a client takes for its answer; then the connection ends.',
    'Limits per address keep one caller from taking everything. A caller is an IPv4 address or an IPv6 /64 network; those on ' +
      'this machine (127.0.0.0/8, ::1) are not bounded. Behind a proxy set `--rpc.trustproxy`: the address is then the last ' +
      'entry of `X-Forwarded-For`, and `connectionsPerIp` counts the WebSockets and the requests under way of each client. ' +
      'Without it all clients of a proxy on another machine are one caller.',
    '`eth_getFilterChanges` answers as much as fits into the response; the rest comes with the next poll. A filter with more ' +
      'unread entries than `filterBacklog` or `filterBacklogBytes`, or with one that fits into no response, is removed; so is the ' +
      'largest where those of one address have more than `filterBytesPerIp` together, or all more than `filterBytes`.',
    'Answers and events that clients do not take are held in memory: past `unreadBytesPerIp` for one address or `unreadBytes` ' +
      'in all, over HTTP and WebSocket together, the connection that holds most ends.',
  ]
  return `${parts.join('\n\n')}\n`
}

function namespaceDoc(namespace: string): readonly string[] {
  const rows = methodTable
    .filter((row) => row.namespace === namespace)
    .map(({ name, params, summary, scope }) => [
      code(`${name}(${params.map(({ type }) => type).join(', ')})`),
      summary,
      scopes[scope],
    ])
  if (rows.length === 0) return []
  return [`## ${namespace}`, markdownTable(['Method', 'What it does', ''], rows)]
}
