import assert from 'node:assert/strict'

/** One JSON-RPC call; fails the test on an error answer. */
export async function rpc<T = unknown>(url: string, method: string, ...params: readonly unknown[]): Promise<T> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
  })
  const answer = (await response.json()) as { result: T; error?: { message: string } }
  assert.equal(answer.error, undefined, `${method}: ${JSON.stringify(answer.error)}`)
  return answer.result
}
