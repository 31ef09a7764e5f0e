import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type AbiFunction, type AbiParameter, decodeAbiParameters, encodeAbiParameters } from 'viem'
import { gas } from '../../attribution/native/gas.ts'
import { protocolDefinitions } from '../../attribution/protocol.ts'
import { bigintToFixed, bytesToAddress, bytesToHex, concatBytes, type Hash, type Hex } from '../../core/hex.ts'
import { senders } from '../state/testChain.ts'
import { pay } from './evm/evmWorld.ts'
import { assertMoney, type Harness, type Outcome } from './harness.ts'
import { type Moment, undone, visitMoments } from './moments.ts'

// Bad input to every function, each at a moment at which its true call succeeds: so that nothing but the fault can be why
// it fails. What fails is undone, costs little, and says why.

const stranger = senders[57]!
const unknown = `0x${'ab'.repeat(32)}` as Hash
const functions = new Map<string, AbiFunction>(
  protocolDefinitions.flatMap((definition) =>
    [...definition.functions.values()].map(({ abi }): [string, AbiFunction] => [abi.name, abi]),
  ),
)
const isView = ({ name }: Moment) => functions.get(name)!.stateMutability === 'view'

/** Who else may not call, and what a call says long before and long after; all others may, and at any time. */
type Guards = { readonly caller?: string; readonly early?: string; readonly late?: string }
const owners: Guards = { caller: 'NotAllowed' }
const waits: Guards = { early: 'TooEarly' }
const guards: Readonly<Record<string, Guards>> = {
  revealContribution: { caller: 'NotAllowed', late: 'TooLate' },
  publishVersion: owners,
  setPolicy: owners,
  transferDatanet: owners,
  retireDatanet: owners,
  expireCommit: waits,
  transferContribution: owners,
  reassignContribution: owners,
  quarantineContribution: owners,
  liftQuarantine: owners,
  revokeConsent: owners,
  releaseContributionBond: waits,
  releaseVersionBond: waits,
  transferModel: owners,
  retireModel: owners,
  releaseModelBond: waits,
  setController: owners,
  unstake: owners,
  transferAgent: owners,
  slashAgent: owners,
  completeUnstake: waits,
  openChannel: { late: 'OutOfBounds' },
  topUp: { caller: 'NotAllowed', late: 'ChannelClosed' },
  closeChannel: { caller: 'NotAllowed', late: 'ChannelClosed' },
  settleBatch: { caller: 'NotAllowed', late: 'ChannelClosed' },
  reclaim: waits,
  withdraw: { caller: 'AlreadyClaimed' },
  withdrawTo: { caller: 'PoolExceeded' },
  payRefuter: waits,
  expireRepair: waits,
  demandReceipt: { late: 'TooLate' },
  demandHolder: { late: 'TooLate' },
  demandLedger: { late: 'TooLate' },
  answerReceipt: { late: 'TooLate' },
  answerHolder: { late: 'TooLate' },
  answerLedger: { late: 'TooLate' },
  finalizeBatch: waits,
  expireBatch: waits,
  expireDemand: waits,
  repairBatch: { caller: 'NotAllowed', early: 'TooEarly', late: 'TooLate' },
  setSplit: owners,
  setParam: owners,
  payInsurance: owners,
  releaseBurns: owners,
  proveEquivocation: { caller: 'NotCommitted', late: 'TooLate' },
}

function guardsOf({ name }: Moment): Guards {
  if (name.startsWith('refuteVersion')) return { caller: 'NotCommitted' }
  if (name.startsWith('refute')) return { caller: 'NotCommitted', late: 'TooLate' }
  return guards[name] ?? {}
}

/** Arguments that name an object; views that give zeros for what does not exist. */
const idNames = ['datanet', 'contribution', 'version', 'model', 'agent', 'provider', 'batch', 'demand', 'channel']
const zeroViews = ['versionAt', 'contributionOf', 'isClaimed', 'basePool', 'isProvider.agent']

/** What functions say to no OPEN at all, where they take some. */
const unpaid: Readonly<Record<string, string>> = {
  publishVersion: 'BondTooLow',
  registerModel: 'BondTooLow',
  openChannel: 'BondTooLow',
  topUp: 'ZeroAmount',
  stake: 'ZeroAmount',
  demandReceipt: 'BondTooLow',
  demandHolder: 'BondTooLow',
  demandLedger: 'BondTooLow',
}

/** What functions say to the amount 0 and to the largest of its type. */
const amounts: Readonly<Record<string, readonly [string, string]>> = {
  unstake: ['ZeroAmount', 'StakeTooLow'],
  withdrawTo: ['ZeroAmount', 'AmountTooLarge'],
  payInsurance: ['ZeroAmount', 'AmountTooLarge'],
  slashAgent: ['ZeroAmount', 'ok'],
}

const errorOf = (outcome: Outcome) => (outcome.ok ? 'ok' : outcome.error)

/** Visits each function; names it when something is wrong with it. */
function each(visit: (h: Harness, moment: Moment) => void): void {
  visitMoments((h, moment) => {
    try {
      visit(h, moment)
    } catch (error) {
      throw new Error(`${moment.name}: ${error instanceof Error ? error.message : error}`, { cause: error })
    }
  })
}

/** The account that a word names if it names one: it may have been paid. */
const lowerAddress = (word: bigint) => bytesToAddress(bigintToFixed(BigInt.asUintN(160, word), 20))

/** What refusing an input costs: finding the function, and reading. */
const readingGas = (input: Uint8Array) => gas.call + gas.inputWord * BigInt(Math.ceil(input.length / 32))

describe('encodings', () => {
  test('no function takes its input cut short at any byte, or with something behind it', () => {
    let tried = 0
    each((h, { from, to, input, value }) => {
      const tails = [Uint8Array.of(0), new Uint8Array(32), input.slice(4, 36)].filter(({ length }) => length > 0)
      const cut = Array.from({ length: input.length }, (_, length) => input.subarray(0, length))
      for (const bad of [...cut, ...tails.map((tail) => concatBytes(input, tail))]) {
        const outcome = h.raw(from, to, bad, { value })
        assert.equal(errorOf(outcome), bad.length < 4 ? 'UnknownFunction' : 'MalformedInput', `${bad.length} bytes`)
        assert.equal(outcome.gas, readingGas(bad))
        tried++
      }
    })
    assert(tried > 50_000, `${tried}`)
  })

  // Where a word may be another one, viem decides: what it decodes and encodes again to the same is an encoding.
  test('every word but the true encodings of something is refused: dirty bits, offsets, lengths, padding', () => {
    let [malformed, wellFormed] = [0, 0]
    each((h, moment) => {
      const { from, to, input, value, outcome: truth } = moment
      for (let at = 4; at < input.length; at += 32) {
        const word = BigInt(bytesToHex(input.subarray(at, at + 32)))
        for (const other of wordsNear(word)) {
          const bad = input.slice()
          bad.set(bigintToFixed(other, 32), at)
          undone(h, () => {
            const outcome = h.raw(from, to, bad, { value })
            if (!isEncoding(moment, bad)) {
              malformed++
              assert.equal(errorOf(outcome), 'MalformedInput', `word at ${at}: ${other.toString(16)}`)
              assert.equal(outcome.gas, readingGas(bad))
              return
            }
            wellFormed++
            assert.notEqual(errorOf(outcome), 'MalformedInput', `word at ${at}: ${other.toString(16)}`)
            assert.notEqual(errorOf(outcome), 'OutOfGas')
            assert(outcome.gas <= 3n * truth.gas + 100_000n, `${outcome.gas} gas`)
            if (outcome.ok) assertMoney(h, [lowerAddress(other)])
          })
        }
      }
    })
    assert(malformed > 5_000 && wellFormed > 1_000, `${malformed} ${wellFormed}`)
  })

  test('selectors that no function has are refused by every precompile, with nothing and with much behind them', () => {
    each((h, { from, to, input }) => {
      for (const bad of [input.map((byte, at) => (at < 4 ? ~byte : byte)), concatBytes(new Uint8Array(4), input)])
        assert.equal(errorOf(h.raw(from, to, bad)), 'UnknownFunction')
      assert.equal(errorOf(h.raw(from, to, new Uint8Array(100_000))), 'UnknownFunction')
    })
  })
})

function wordsNear(word: bigint): readonly bigint[] {
  const top = 2n ** 256n - 1n
  const other = [0n, 1n, word + 1n, word + 32n, word - 32n, word | (1n << 255n), 2n ** 32n, 2n ** 64n - 1n, top]
  return other.map((value) => BigInt.asUintN(256, value)).filter((value) => value !== word)
}

function isEncoding({ name }: Moment, input: Uint8Array): boolean {
  const { inputs } = functions.get(name)!
  const data = bytesToHex(input.subarray(4))
  try {
    // Strings are bytes to the protocol: any are allowed.
    const types = inputs.map((parameter) => (parameter.type === 'string' ? { ...parameter, type: 'bytes' } : parameter))
    const values = decodeAbiParameters(types as readonly AbiParameter[], data as Hex)
    return encodeAbiParameters(types as readonly AbiParameter[], values as readonly never[]) === data
  } catch {
    return false
  }
}

describe('values', () => {
  test('functions that take no OPEN refuse any, those that take some refuse more than there can be', () => {
    each((h, { name, from, to, input }) => {
      const payable = functions.get(name)!.stateMutability === 'payable'
      undone(h, () => {
        pay(h, from, 2n ** 97n)
        const [value, error] = payable ? [2n ** 96n, 'AmountTooLarge'] : [1n, 'NotPayable']
        assert.equal(errorOf(h.raw(from, to, input, { value })), error)
        if (payable) assert.equal(errorOf(h.raw(from, to, input)), unpaid[name] ?? 'ok')
      })
    })
  })

  test('ids of nothing are named in the error', () => {
    each((h, moment) => {
      for (const { path, value, replace } of leavesOf(moment.args)) {
        const key = path.at(-1)!
        if (moment.name === 'proveEquivocation') continue // Two receipts: they differ from each other first.
        const isId =
          idNames.includes(key) || (Number.isInteger(Number(key)) && idNames.includes(path.at(-2)!.slice(0, -1)))
        if (!isId || zeroViews.some((name) => `${moment.name}.${key}`.startsWith(name))) continue
        const other = typeof value === 'bigint' ? 2n ** 47n : unknown
        const outcome = callWith(h, moment, replace(other))
        assert(!outcome.ok && outcome.error === 'UnknownObject', `${path}: ${errorOf(outcome)}`)
        assert.equal(BigInt(outcome.args.id as Hash), BigInt(other))
      }
    })
  })

  test('numbers at the ends of their types fail with a name, or the books stay exact', () => {
    each((h, moment) => {
      const types = functions.get(moment.name)!.inputs
      for (const { path, value, replace } of leavesOf(moment.args)) {
        if (typeof value !== 'bigint') continue
        const bits = BigInt(typeAt(types, path).slice(4))
        const ends = [0n, 2n ** bits - 1n].map((end) =>
          undone(h, () => {
            const outcome = callWith(h, moment, replace(end))
            assert.notEqual(errorOf(outcome), 'OutOfGas')
            assert(outcome.gas <= 3n * moment.outcome.gas + 100_000n, `${path}: ${outcome.gas} gas`)
            assertMoney(h)
            return errorOf(outcome)
          }),
        )
        if (path[0] === 'amount') assert.deepEqual(ends, amounts[moment.name], `${path}`)
      }
    })
  })
})

describe('circumstances', () => {
  test('the wrong caller is refused, and where it says that anybody may call anybody may', () => {
    each((h, moment) => {
      const outcome = undone(h, () => h.raw(stranger, moment.to, moment.input, { value: moment.value }))
      assert.equal(errorOf(outcome), guardsOf(moment).caller ?? 'ok')
    })
  })

  test('the wrong time is refused', () => {
    each((h, moment) => {
      const at = (seconds: bigint) =>
        undone(h, () => {
          h.now += seconds
          return errorOf(h.raw(moment.from, moment.to, moment.input, { value: moment.value }))
        })
      const { early = 'ok', late = 'ok' } = guardsOf(moment)
      assert.deepEqual([at(-100_000n), at(10n ** 11n)], [early, late])
    })
  })

  test('nothing can be done a second time, unless it may be done again and again', () => {
    const again = new Set<string>()
    each((h, moment) => {
      if (isView(moment)) return
      undone(h, () => {
        pay(h, stranger, -moment.value)
        pay(h, moment.from, moment.value)
        const call = () => h.raw(moment.from, moment.to, moment.input, { value: moment.value })
        assert(call().ok)
        const second = call()
        if (second.ok) again.add(moment.name)
        assertMoney(h)
      })
    })
    // A second proof against the same roots counts nothing that the first one did not.
    const proofs = [...functions.keys()].filter((name) => /^refute(?!Version)/.test(name))
    assert.deepEqual([...again].sort(), [...repeatable, ...proofs].sort())
  })

  test('what was refused left nothing behind', () => {
    each((h, { name, from, to, input, value }) => {
      const before = h.world.finish()
      const { caller } = guardsOf({ name } as Moment)
      const outcome =
        caller === undefined ? h.raw(from, to, input.subarray(1), { value }) : h.raw(stranger, to, input, { value })
      assert(!outcome.ok)
      assert.deepEqual(h.world.finish(), before)
    })
  })
})

/** Calls that make something new each time, or set what is set. */
const repeatable = [
  'createDatanet',
  'setPolicy',
  'commitContribution',
  'reassignContribution',
  'registerModel',
  'registerAgent',
  'setController',
  'stake',
  'unstake',
  'slashAgent',
  'openChannel',
  'topUp',
  'withdrawTo',
  'setSplit',
  'setParam',
  'payInsurance',
  'commitRefutation',
]

type Leaf = {
  readonly path: readonly string[]
  readonly value: unknown
  readonly replace: (value: unknown) => Readonly<Record<string, unknown>>
}

/** Every value in the arguments that is no list and no struct, with a way to put another in its place. */
function* leavesOf(
  value: unknown,
  path: readonly string[] = [],
  place: (value: unknown) => unknown = (inner) => inner,
): Iterable<Leaf> {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) {
    yield { path, value, replace: (other) => place(other) as Readonly<Record<string, unknown>> }
    return
  }
  for (const [key, inner] of Object.entries(value)) {
    yield* leavesOf(inner, [...path, key], (changed) =>
      place(
        Array.isArray(value)
          ? value.map((item, at) => (String(at) === key ? changed : item))
          : { ...value, [key]: changed },
      ),
    )
  }
}

function callWith(h: Harness, { from, name, value }: Moment, args: Readonly<Record<string, unknown>>): Outcome {
  return undone(h, () => h.call(from, name, args, { value }))
}

/** The type of what lies at a path in the arguments. */
function typeAt(parameters: readonly AbiParameter[], path: readonly string[]): string {
  const [key, ...rest] = path
  const found = parameters.find(({ name }) => name === key)!
  const inner = found.type.endsWith('[]') ? rest.slice(1) : rest
  if (inner.length === 0) return found.type.replace('[]', '')
  return typeAt((found as { readonly components?: readonly AbiParameter[] }).components ?? [], inner)
}
