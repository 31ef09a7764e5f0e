import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { isBadRequest, parseEnvelope, writeAnswer } from '../../rpc/envelope.ts'
import { devLimits, defaultLimits as limits } from '../../rpc/limits.ts'

const seed = 20_250_801

function parse(text: string) {
  return parseEnvelope(Buffer.from(text), limits)
}

/** The id text of a single request. */
function idOf(text: string): string | undefined {
  const envelope = parse(text)
  assert.equal(envelope.kind, 'single')
  return envelope.kind === 'single' ? envelope.call.id : undefined
}

function refusal(body: string | Uint8Array): number | undefined {
  const envelope = parseEnvelope(typeof body === 'string' ? Buffer.from(body) : body, limits)
  return envelope.kind === 'refused' ? envelope.failure.rpcError.code : undefined
}

describe('JSON-RPC envelope', () => {
  test('echoes ids exactly as they were sent', () => {
    const ids = ['1', '0', '-7', '"a"', '"\\u00e9\\n"', 'null', '1700000000000000001', '12345678901234567890', '1.50']
    for (const id of ids) {
      const expected = id.startsWith('"') ? JSON.stringify(JSON.parse(id)) : id
      assert.equal(idOf(`{"jsonrpc":"2.0","id":${id},"method":"m"}`), expected, id)
    }
  })

  test('echoes exact ids per position in a batch', () => {
    const envelope = parse(
      '[{"jsonrpc":"2.0","id":1,"method":"m"},{"jsonrpc":"2.0","id":9007199254740993,"method":"m"}]',
    )
    assert.deepEqual(envelope.kind === 'batch' ? envelope.calls.map(({ id }) => id) : [], ['1', '9007199254740993'])
  })

  test('a request without an id is a notification', () => {
    assert.equal(idOf('{"jsonrpc":"2.0","method":"m"}'), undefined)
  })

  test('refuses what is not a request', () => {
    const bad = ['1', '"x"', 'null', '{}', '{"id":1,"method":"m"}', '{"jsonrpc":"1.0","id":1,"method":"m"}']
    bad.push(
      '{"jsonrpc":"2.0","id":1}',
      '{"jsonrpc":"2.0","id":{},"method":"m"}',
      '{"jsonrpc":"2.0","id":1e999,"method":"m"}',
    )
    for (const text of bad) {
      const envelope = parse(text)
      assert.equal(envelope.kind, 'single')
      if (envelope.kind !== 'single') continue
      assert.ok(isBadRequest(envelope.call), text)
      assert.equal(envelope.call.failure.rpcError.code, -32600, text)
    }
  })

  test('takes positional parameters only', () => {
    const envelope = parse('{"jsonrpc":"2.0","id":1,"method":"m","params":{"a":1}}')
    assert.ok(envelope.kind === 'single' && isBadRequest(envelope.call))
    assert.equal(envelope.call.failure.rpcError.code, -32602)
  })

  test('refuses malformed JSON as a parse error', () => {
    for (const text of ['', '{', '[', '{"a":1', '{"a":NaN}', '[1,]', "{'a':1}", '{"a":01}', 'undefined', '\ufeff{}']) {
      assert.equal(refusal(text), -32700, JSON.stringify(text))
    }
    assert.equal(refusal(Uint8Array.of(0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d)), -32700)
  })

  test('refuses empty and oversized batches as a whole', () => {
    assert.equal(refusal('[]'), -32600)
    const items = (count: number) => `[${new Array(count).fill('{"jsonrpc":"2.0","id":1,"method":"m"}').join(',')}]`
    assert.equal(refusal(items(limits.batchItems)), undefined)
    assert.equal(refusal(items(limits.batchItems + 1)), -32600)
    assert.equal(refusal(items(20_000)), -32600)
  })

  test('bounds depth and string length', () => {
    const nested = (depth: number) =>
      `{"jsonrpc":"2.0","id":1,"method":"m","params":${'['.repeat(depth)}${']'.repeat(depth)}}`
    assert.equal(refusal(nested(limits.jsonDepth - 1)), undefined)
    assert.equal(refusal(nested(limits.jsonDepth)), -32600)
    assert.equal(refusal(`["${'a'.repeat(limits.stringBytes)}"]`), undefined)
    assert.equal(refusal(`["${'a'.repeat(limits.stringBytes + 1)}"]`), -32600)
    assert.equal(refusal(`"${'['.repeat(1000)}"`), undefined)
    assert.equal(refusal(`"\\"${'['.repeat(1000)}"`), undefined)
  })

  test('does not let a body change prototypes', () => {
    const envelope = parse(
      '{"jsonrpc":"2.0","id":1,"method":"m","params":[{"__proto__":{"polluted":1}}],"__proto__":{"id":2}}',
    )
    assert.ok(envelope.kind === 'single' && envelope.call.id === '1')
    assert.equal(({} as { polluted?: unknown }).polluted, undefined)
    assert.equal(idOf('{"jsonrpc":"2.0","method":"m","__proto__":{"id":2}}'), undefined)
  })

  test('never throws, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        parseEnvelope(bytes, limits)
      }),
      { seed, numRuns: 500 },
    )
    fc.assert(
      fc.property(fc.json(), (text) => {
        const envelope = parse(text)
        assert.ok(envelope.kind === 'single' || envelope.kind === 'batch' || envelope.kind === 'refused')
      }),
      { seed, numRuns: 500 },
    )
  })

  test('the answer to a request that reads back is JSON with its id', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string(), fc.double({ noDefaultInfinity: true, noNaN: true }), fc.constant(null)),
        (id) => {
          const call = parse(JSON.stringify({ jsonrpc: '2.0', id, method: 'm' }))
          assert.ok(call.kind === 'single' && call.call.id !== undefined)
          const answer: unknown = JSON.parse(writeAnswer(call.call.id, { a: 1 }))
          assert.deepEqual(answer, { jsonrpc: '2.0', id: JSON.parse(JSON.stringify(id)) as unknown, result: { a: 1 } })
        },
      ),
      { seed, numRuns: 300 },
    )
  })
})

test('parsing a hostile body takes less than 50 ms', () => {
  const mebibytes = devLimits.bodyBytes
  const many = (text: string, count: number) => new Array(count).fill(text).join(',')
  const numbered = (count: number, key: (i: number) => string) =>
    Array.from({ length: count }, (_, i) => `"${key(i)}":0`).join(',')
  const bodies = {
    'open brackets': '['.repeat(mebibytes),
    'empty arrays': `[${many('[]', Math.floor(mebibytes / 3))}]`,
    'short strings': `{"a":[${many('""', 40_000)}]}`,
    'distinct keys': `{${numbered(24_000, (i) => `k${i}`)}}`,
    'numeric keys': `{${numbered(24_000, (i) => String((i * 86_531) % 4_000_000_000))}}`,
    'one long number': '1'.repeat(mebibytes),
    'white space': ' '.repeat(mebibytes),
    'huge exponents': `{"a":[${many('1e400', 40_000)}]}`,
    escapes: `[${many(`"${'\\u0041'.repeat(50_000)}"`, 17)}]`,
    backslashes: `"${'\\'.repeat(mebibytes)}`,
    'ids a double cannot hold': `[${many('{"id":1.5,"params":[[],[],[],[],[],[],[],[]]}', 100)}]`,
  }
  for (const [name, text] of Object.entries(bodies)) {
    const body = Buffer.from(text)
    // CPU time of this thread, the best of three: what counts is the work, not what else this machine does.
    const times = [0, 1, 2].map(() => {
      const start = process.threadCpuUsage()
      parseEnvelope(body, devLimits)
      const { user, system } = process.threadCpuUsage(start)
      return (user + system) / 1000
    })
    assert.ok(Math.min(...times) < 50, `${name}: ${Math.min(...times).toFixed(1)} ms`)
  }
})
