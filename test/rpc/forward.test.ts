import assert from 'node:assert/strict'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, test } from 'node:test'
import { zeroAddress, zeroHash } from '../../core/hex.ts'
import type { SignedTx, TxEnvelope } from '../../core/tx.ts'
import { createForwarder } from '../../rpc/forward.ts'

type Seen = { readonly path: string | undefined; readonly authorization: string | undefined; readonly body: string }

const closers: (() => void)[] = []
after(() => {
  for (const close of closers) close()
})

/** A sequencer that answers what it is told to. */
async function sequencer(answer: (response: ServerResponse, count: number) => void) {
  const seen: Seen[] = []
  const server = createServer(async (request: IncomingMessage, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    seen.push({ path: request.url, authorization: request.headers.authorization, body })
    answer(response, seen.length)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closers.push(() => {
    server.closeAllConnections()
    server.close()
  })
  return { host: `127.0.0.1:${(server.address() as AddressInfo).port}`, seen }
}

const tx = { raw: Uint8Array.of(2, 0xc0), hash: zeroHash, from: zeroAddress } as unknown as TxEnvelope<SignedTx>
const taken = (response: ServerResponse) => response.end('{"jsonrpc":"2.0","id":1,"result":"0x00"}')
const limits = { timeoutMs: 1_000, maxUnderway: 8 }
const messageOf = async (answer: Promise<unknown>) =>
  ((await answer) as { rpcError: { message: string } }).rpcError.message

test('hands a transaction on, and what the sequencer says of it back', async () => {
  const { host, seen } = await sequencer((response, count) =>
    count === 1
      ? taken(response)
      : response.end('{"jsonrpc":"2.0","id":1,"error":{"code":-32000,"message":"nonce too low","data":{"a":1}}}'),
  )
  const { submit } = createForwarder({ url: `http://${host}`, ...limits })
  assert.equal(await submit(tx), undefined)
  const body = { jsonrpc: '2.0', id: 1, method: 'eth_sendRawTransaction', params: ['0x02c0'] }
  assert.deepEqual(JSON.parse(seen[0]!.body), body)
  assert.deepEqual(await submit(tx), { rpcError: { code: -32000, message: 'nonce too low', data: { a: 1 } } })
})

test('a user and password in the URL are a header, and in no answer', async () => {
  const { host, seen } = await sequencer(taken)
  const { submit } = createForwarder({ url: `http://me:secret@${host}/path?key=k`, ...limits })
  assert.equal(await submit(tx), undefined)
  assert.equal(seen[0]?.path, '/path?key=k')
  assert.equal(seen[0]?.authorization, `Basic ${btoa('me:secret')}`)
  const gone = createForwarder({ url: 'http://me:secret@127.0.0.1:1/k3y', ...limits })
  const answer = JSON.stringify(await gone.submit(tx))
  assert.match(answer, /the sequencer does not answer/)
  assert.doesNotMatch(answer, /secret|k3y/)
})

test('a transaction goes where the setting says and nowhere else', async () => {
  const other = await sequencer(taken)
  const { host } = await sequencer((response) => response.writeHead(307, { location: `http://${other.host}/` }).end())
  const { submit } = createForwarder({ url: `http://${host}`, ...limits })
  assert.match(await messageOf(submit(tx)), /does not answer/)
  assert.deepEqual(other.seen, [])
})

for (const [what, body] of [
  ['no JSON', '<html>'],
  ['null', 'null'],
  ['neither result nor error', '{}'],
  ['a result that is no hash', '{"result":{}}'],
  ['an error without words', '{"error":{"code":1}}'],
  ['more than it may', `{"result":"${'x'.repeat(70_000)}"}`],
] as const) {
  test(`a sequencer that answers ${what} does not answer`, async () => {
    const { host } = await sequencer((response) => response.end(body))
    assert.match(await messageOf(createForwarder({ url: `http://${host}`, ...limits }).submit(tx)), /does not answer/)
  })
}

test('a sequencer that hangs costs its timeout and no more than so many at once', async () => {
  const { host } = await sequencer(() => {})
  const { submit } = createForwarder({ url: `http://${host}`, timeoutMs: 200, maxUnderway: 2 })
  const under = [submit(tx), submit(tx)]
  assert.match(await messageOf(submit(tx)), /too many/)
  for (const answer of under) assert.match(await messageOf(answer), /does not answer/)
  const again = submit(tx)
  assert.match(await messageOf(again), /does not answer/, 'places are free again')
})

test('without a sequencer it says so', async () => {
  assert.match(await messageOf(createForwarder({ url: undefined, ...limits }).submit(tx)), /takes no transactions/)
})
