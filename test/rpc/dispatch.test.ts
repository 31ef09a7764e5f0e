import assert from 'node:assert/strict'
import { test } from 'node:test'
import { NodeError } from '../../core/errors.ts'
import type { RpcContext } from '../../rpc/context.ts'
import { createDispatch, type Reply } from '../../rpc/dispatch.ts'
import { devLimits } from '../../rpc/limits.ts'
import { type Method, method, type Session } from '../../rpc/method.ts'
import { param } from '../../rpc/params/param.ts'

const session: Session = { ip: 'x', push: undefined, isClosed: () => false, subscriptions: new Map() }

/** A dispatcher over a few methods, with what it reported. */
function setUp(rows: readonly Method[], settle: () => Promise<void> | undefined = () => undefined) {
  const errors: unknown[] = []
  const context = { limits: devLimits, submitter: { settle } } as unknown as RpcContext
  const dispatch = createDispatch({
    context,
    methods: new Map(rows.map((row) => [row.name, row])),
    charge: () => undefined,
    onError: (thrown) => errors.push(thrown),
  })
  const send = async (calls: unknown): Promise<unknown> => {
    const { text }: Reply = await dispatch(Buffer.from(JSON.stringify(calls)), session)
    return text === undefined ? undefined : JSON.parse(text)
  }
  const call = (name: string, params: readonly unknown[] = []) => send({ jsonrpc: '2.0', id: 1, method: name, params })
  return { send, call, errors }
}

const answerOf = (body: object) => ({ jsonrpc: '2.0', id: 1, ...body })

test('whatever a method throws or answers, the caller gets JSON-RPC and the operator the cause', async () => {
  const outage = new NodeError({ code: 'disk_full', severity: 'fatal', message: '/data: no space' })
  const { call, errors } = setUp([
    method({
      name: 'a_throws',
      summary: '',
      handle: () => {
        throw new Error('at /srv/secret.ts')
      },
    }),
    method({ name: 'a_rejects', summary: '', handle: () => Promise.reject(outage) }),
    method({ name: 'a_bigint', summary: '', handle: () => ({ value: 1n }) }),
    method({
      name: 'a_parser',
      summary: '',
      params: [
        param('X', () => {
          throw new Error('parser')
        }),
      ],
      handle: () => 1,
    }),
    method({ name: 'a_nothing', summary: '', handle: () => undefined }),
  ])
  const internal = answerOf({ error: { code: -32603, message: 'internal error' } })
  assert.deepEqual(await call('a_throws'), internal)
  assert.deepEqual(
    await call('a_rejects'),
    answerOf({ error: { code: -32603, message: 'internal error (disk_full)' } }),
  )
  assert.deepEqual(await call('a_bigint'), internal)
  assert.deepEqual(await call('a_parser', [1]), internal)
  assert.deepEqual(await call('a_nothing'), answerOf({ result: null }))
  assert.equal(errors.length, 4)
})

test('in a batch submissions run side by side, and what follows them sees their effect', async () => {
  const log: string[] = []
  const gates: (() => void)[] = []
  const { send } = setUp([
    method({
      name: 'a_submit',
      summary: '',
      submits: true,
      handle: () => {
        log.push('submit')
        return new Promise((resolve) => gates.push(() => resolve(true)))
      },
    }),
    method({ name: 'a_read', summary: '', handle: () => log.push('read') }),
  ])
  const item = (name: string) => ({ jsonrpc: '2.0', id: name, method: name })
  const sent = send([item('a_submit'), item('a_submit'), item('a_read'), item('a_submit')])
  await new Promise((resolve) => setImmediate(resolve))
  assert.deepEqual(log, ['submit', 'submit'])
  for (const open of gates.splice(0)) open()
  while (gates.length === 0) await new Promise((resolve) => setImmediate(resolve))
  assert.deepEqual(log, ['submit', 'submit', 'read', 'submit'])
  gates[0]?.()
  assert.equal(((await sent) as unknown[]).length, 4)
})

test('a batch starts no more calls once its answers fill the budget', async () => {
  let calls = 0
  const { send } = setUp([
    method({
      name: 'a_big',
      summary: '',
      handle: async () => {
        calls++
        return 'x'.repeat(devLimits.responseBytes / 2)
      },
    }),
  ])
  const items = Array.from({ length: 5 }, (_, id) => ({ jsonrpc: '2.0', id, method: 'a_big' }))
  const answers = (await send(items)) as { id: number; result?: string; error?: { code: number } }[]
  assert.deepEqual(
    answers.map(({ id, result }) => [id, result !== undefined]),
    [
      [0, true],
      [1, false],
      [2, false],
      [3, false],
      [4, false],
    ],
  )
  assert.equal(calls, 2)
})

test('in a batch what follows a development control starts after it', async () => {
  const log: string[] = []
  const gate = Promise.withResolvers<void>()
  const { send } = setUp([
    method({
      name: 'a_mine',
      summary: '',
      scope: 'solo',
      handle: async () => {
        log.push('mine')
        await gate.promise
        log.push('mined')
      },
    }),
    method({ name: 'a_read', summary: '', handle: () => log.push('read') }),
  ])
  const item = (name: string) => ({ jsonrpc: '2.0', id: name, method: name })
  const sent = send([item('a_read'), item('a_mine'), item('a_read')])
  await new Promise((resolve) => setImmediate(resolve))
  assert.deepEqual(log, ['read', 'mine'])
  gate.resolve()
  await sent
  assert.deepEqual(log, ['read', 'mine', 'mined', 'read'])
})

test('only reads wait until what was accepted is settled', async () => {
  const gate = Promise.withResolvers<void>()
  const { call } = setUp(
    [
      method({ name: 'a_read', summary: '', reads: true, handle: () => 'read' }),
      method({ name: 'a_other', summary: '', handle: () => 'other' }),
    ],
    () => gate.promise,
  )
  let answered = false
  const read = call('a_read').then((answer) => {
    answered = true
    return answer
  })
  assert.deepEqual(await call('a_other'), answerOf({ result: 'other' }))
  assert.equal(answered, false)
  gate.resolve()
  assert.deepEqual(await read, answerOf({ result: 'read' }))
})
