import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { emptyTrieRoot } from '../../core/account.ts'
import { type Address, zeroAddress, zeroHash } from '../../core/hex.ts'
import { buildGenesis } from '../../genesis/buildGenesis.ts'
import { devMnemonic } from '../../genesis/devAccounts.ts'
import { rulesOf } from '../../genesis/spec.ts'
import { soloSpec } from '../../node/roles/spec.ts'
import type { Calls } from '../../rpc/calls/calls.ts'
import type { CallJob } from '../../rpc/calls/job.ts'
import { startCallPool } from '../../rpc/calls/pool.ts'
import { isFailure } from '../../rpc/errors.ts'
import { openChain } from '../../state/chain.ts'
import { openLevelKv } from '../../state/store/levelKv.ts'

const module = new URL('./fakeCallRuntime.ts', import.meta.url).href
const limits = { callWorkers: 1, callQueue: 4, callWaitMs: 5000, callTimeoutMs: 200 }

function job(data: Uint8Array, overrides?: CallJob['overrides'], stateRoot = emptyTrieRoot): CallJob {
  return {
    kind: 'call',
    stateRoot,
    env: {
      number: 1n,
      timestamp: 1n,
      coinbase: zeroAddress,
      gasLimit: 30_000_000n,
      baseFee: 0n,
      mixHash: zeroHash,
      parentHash: zeroHash,
      parentBeaconBlockRoot: zeroHash,
    },
    message: {
      from: zeroAddress,
      to: `0x${'0c'.repeat(20)}` as Address,
      value: 0n,
      gas: 50_000_000n,
      gasPrice: 0n,
      data,
      checkBalance: true,
    },
    overrides,
  }
}

async function withPool<T>(
  options: Partial<Parameters<typeof startCallPool>[0]>,
  use: (pool: Calls, errors: unknown[]) => Promise<T>,
): Promise<T> {
  const errors: unknown[] = []
  const pool = startCallPool({ module, options: {}, limits, onError: (thrown) => errors.push(thrown), ...options })
  try {
    return await use(pool, errors)
  } finally {
    await pool.close()
  }
}

/** The last byte of the answer: how many calls its worker has had. */
async function callsSoFar(pool: Calls, client = 'a'): Promise<number | undefined> {
  const outcome = await pool.run(job(Uint8Array.of(9)), client)
  assert.ok(!isFailure(outcome) && outcome.kind === 'returned', JSON.stringify(outcome))
  return outcome.output.at(-1)
}

async function failureOf(pool: Calls, command: number, client = 'a') {
  const outcome = await pool.run(job(Uint8Array.of(command)), client)
  assert.ok(isFailure(outcome))
  return outcome.rpcError
}

describe('call workers', () => {
  test('answer calls one after the other', () =>
    withPool({}, async (pool) => {
      assert.deepEqual([await callsSoFar(pool), await callsSoFar(pool), await callsSoFar(pool)], [1, 2, 3])
    }))

  test('one that runs too long is replaced, and what waits behind it is answered by the next', () =>
    withPool({}, async (pool, errors) => {
      await callsSoFar(pool)
      const [stuck, after] = await Promise.all([failureOf(pool, 1), callsSoFar(pool)])
      assert.deepEqual(stuck, { code: -32000, message: 'execution aborted (timeout = 0.2s)' })
      assert.equal(after, 1, 'a fresh worker')
      assert.deepEqual(errors, [])
    }))

  test('a full queue refuses', () =>
    withPool({}, async (pool) => {
      const running = Array.from({ length: 4 }, () => callsSoFar(pool))
      assert.equal((await failureOf(pool, 9)).code, -32005)
      assert.deepEqual(await Promise.all(running), [1, 2, 3, 4])
    }))

  test('a call that waits too long is refused then, also while no worker gets free', () =>
    withPool({ limits: { ...limits, callWaitMs: 2000, callTimeoutMs: 3000 } }, async (pool) => {
      await callsSoFar(pool)
      const answered: string[] = []
      const note = (name: string) => (failed: { readonly code: number }) => answered.push(`${name} ${failed.code}`)
      await Promise.all([failureOf(pool, 1).then(note('stuck')), failureOf(pool, 9).then(note('late'))])
      assert.deepEqual(answered, ['late -32005', 'stuck -32000'])
      assert.equal(await callsSoFar(pool), 1, 'the refused one never ran')
    }))

  test('a client need not wait for all that another one has asked', () =>
    withPool({}, async (pool) => {
      await callsSoFar(pool)
      const crowd = [failureOf(pool, 1), callsSoFar(pool), callsSoFar(pool)]
      const other = callsSoFar(pool, 'b')
      assert.equal(await other, 1, 'first on the fresh worker')
      assert.deepEqual((await Promise.all(crowd)).slice(1), [2, 3])
    }))

  test('a client that fills the queue makes room for another one', () =>
    withPool({ limits: { ...limits, callTimeoutMs: 500 } }, async (pool) => {
      await callsSoFar(pool)
      const stuck = failureOf(pool, 1)
      const waiting = Array.from({ length: 3 }, () => callsSoFar(pool))
      const newest = failureOf(pool, 9)
      assert.equal(await callsSoFar(pool, 'b'), 1)
      assert.equal((await newest).code, -32005)
      assert.deepEqual(await Promise.all(waiting), [2, 3, 4])
      assert.equal((await stuck).code, -32000)
    }))

  test('a bug is reported to the operator, not to the caller', () =>
    withPool({}, async (pool, errors) => {
      assert.deepEqual(await failureOf(pool, 2), { code: -32603, message: 'internal error' })
      assert.match(String(errors[0]), /a bug/)
      assert.equal(await callsSoFar(pool), 2, 'the worker goes on')
    }))

  test('one that takes all memory or ends is replaced', { timeout: 60_000 }, () =>
    withPool({ limits: { ...limits, callTimeoutMs: 30_000 } }, async (pool) => {
      assert.match((await failureOf(pool, 3)).message, /out of memory/)
      assert.equal(await callsSoFar(pool), 1)
      assert.equal((await failureOf(pool, 4)).code, -32603)
      assert.equal(await callsSoFar(pool), 1)
    }),
  )

  test('closing answers what is under way, also when no worker ever got ready', async () => {
    const pool = startCallPool({ module, options: { broken: true }, limits, onError: () => {} })
    const asked = failureOf(pool, 9)
    await pool.close()
    assert.equal((await asked).code, -32603)
    assert.equal((await failureOf(pool, 9)).code, -32603)
  })
})

test('killing a worker in the middle of a call leaves the database to its other users', {
  timeout: 60_000,
}, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'openledger-calls-'))
  const { spec } = soloSpec(devMnemonic, 1)
  const kv = await openLevelKv(folder)
  try {
    const chain = await openChain({ kv, genesis: buildGenesis(spec), rules: rulesOf(spec) })
    const { stateRoot } = chain.header()
    const real = new URL('../../node/threads/callRuntime.ts', import.meta.url).href
    const options = { chainDir: folder, spec }
    await withPool({ module: real, options, limits: { ...limits, callTimeoutMs: 1000 } }, async (pool, errors) => {
      // JUMPDEST PUSH0 JUMP, with more gas than it can use in a second.
      const loop = Uint8Array.of(0x5b, 0x5f, 0x56)
      const target = `0x${'0c'.repeat(20)}` as Address
      const code = { code: loop, balance: undefined, nonce: undefined, state: undefined, stateDiff: undefined }
      const endless = job(new Uint8Array(0), new Map([[target, code]]), stateRoot)
      const outcome = await pool.run({ ...endless, message: { ...endless.message, gas: 10n ** 12n } }, 'a')
      assert.ok(isFailure(outcome), JSON.stringify(outcome))
      assert.equal(outcome.rpcError.message, 'execution aborted (timeout = 1s)')
      const next = await pool.run(job(new Uint8Array(0), undefined, stateRoot), 'a')
      assert.deepEqual(next, { kind: 'returned', output: new Uint8Array(0) })
      assert.deepEqual(errors, [])
      const head = chain.heads().unsafe
      await chain.label({ safe: head, finalized: head })
      assert.deepEqual(chain.reader.heads().safe, head)
    })
    await chain.close()
  } finally {
    await kv.close()
    rmSync(folder, { recursive: true, force: true })
  }
})
