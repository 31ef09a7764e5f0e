import assert from 'node:assert/strict'
import { test } from 'node:test'
import { datanetsPrecompile } from '../../attribution/datanets/table.ts'
import { modelsPrecompile } from '../../attribution/models/table.ts'
import { zeroAddress, zeroHash } from '../../core/hex.ts'
import { keccakHash } from '../../core/keccak.ts'
import { bonds, createChecked, runOutOfGas } from './checked.ts'
import { alice, bob, bytesOf, commit, contribute, createDatanet, publish } from './datasets.ts'
import { court, type Harness, inputOf } from './harness.ts'
import { modelBond, register, specOf } from './modelSpecs.ts'

const functions = [datanetsPrecompile, modelsPrecompile].flatMap(({ functions }) => [...functions.values()])
const writers = functions.filter(({ abi }) => abi.stateMutability !== 'view')

/** Everything that the functions are about: a world in which each example below succeeds, in the order of the table. */
function createWorldOf(h: Harness) {
  const datanet = createDatanet(h, alice)
  const late = commit(h, bob, datanet, { text: 'never revealed', bond: 3n })
  const revoked = contribute(h, bob, datanet, 'revoked', 5n)
  const old = publish(h, alice, datanet, [revoked])
  const { version } = publish(h, alice, datanet, [revoked])
  h.ok(bob, 'revokeConsent', { contribution: revoked.contribution })
  const retired = register(h, alice)
  h.ok(alice, 'retireModel', { model: retired })
  h.pass(60n)
  const { contribution, contentRoot } = contribute(h, bob, datanet, 'text', 7n)
  const held = contribute(h, bob, datanet, 'quarantined', 7n).contribution
  h.ok(court, 'quarantineContribution', { contribution: held })
  const { reveal } = commit(h, bob, datanet, { text: 'secret' })
  const model = register(h, alice, { versions: [version], providers: [zeroHash] })
  return { datanet, late, revoked, old, version, retired, contribution, contentRoot, held, reveal, model }
}

type Example = {
  readonly from: typeof alice
  readonly args: Readonly<Record<string, unknown>>
  readonly value?: bigint
}

/** A call of each function that succeeds. */
function examplesOf(h: Harness): ReadonlyMap<string, Example> {
  const { datanet, late, revoked, old, version, retired, contribution, contentRoot, held, reveal, model } =
    createWorldOf(h)
  const terms = { uri: bytesOf('x'), metadataHash: zeroHash, licence: zeroHash, bondPerKb: 1n, curatorBps: 1n }
  const policy = { consent: 3n, consentUntil: 0n }
  const roots = { textRoot: zeroHash, docRoot: zeroHash, byteLength: 9n, documents: 2n }
  const spec = specOf({ versions: [version], parents: [{ model, share: 1n }], providers: [zeroHash] })
  const examples: Record<string, Example> = {
    createDatanet: { from: alice, args: { ...terms, ...policy } },
    setPolicy: { from: alice, args: { datanet, ...policy } },
    transferDatanet: { from: alice, args: { datanet, to: bob } },
    retireDatanet: { from: alice, args: { datanet } },
    commitContribution: { from: bob, args: { datanet, commitment: zeroHash }, value: 1n },
    revealContribution: { from: bob, args: reveal },
    expireCommit: { from: bob, args: { contribution: late.contribution } },
    transferContribution: { from: bob, args: { contribution, to: alice } },
    revokeConsent: { from: bob, args: { contribution } },
    releaseContributionBond: { from: bob, args: { contribution: revoked.contribution } },
    publishVersion: { from: alice, args: { datanet, sequence: 3n, ...roots }, value: modelBond },
    closeVersion: { from: bob, args: { version: old.version, document: old.docTree.open(0) } },
    releaseVersionBond: { from: bob, args: { version: old.version } },
    reassignContribution: { from: court, args: { contribution, to: alice } },
    quarantineContribution: { from: court, args: { contribution } },
    liftQuarantine: { from: court, args: { contribution: held } },
    getDatanet: { from: bob, args: { datanet } },
    getContribution: { from: bob, args: { contribution } },
    getVersion: { from: bob, args: { version } },
    versionAt: { from: bob, args: { datanet, sequence: 1n } },
    contributionOf: { from: bob, args: { datanet, contentRoot } },
    registerModel: { from: alice, args: { spec }, value: modelBond },
    transferModel: { from: alice, args: { model, to: bob } },
    retireModel: { from: alice, args: { model } },
    releaseModelBond: { from: bob, args: { model: retired } },
    getModel: { from: bob, args: { model } },
    getCorpus: { from: bob, args: { model } },
    getAncestors: { from: bob, args: { model } },
    isProvider: { from: bob, args: { model, agent: zeroHash } },
  }
  assert.deepEqual(Object.keys(examples).sort(), functions.map(({ abi }) => abi.name).sort())
  return new Map(Object.entries(examples))
}

test('every function succeeds, and short of gas leaves nothing behind', () => {
  const names = functions.map(({ abi }) => abi.name)
  for (const name of names) {
    const h = createChecked()
    const { from, args, value } = examplesOf(h).get(name)!
    const { stops } = runOutOfGas(h, from, name, args, value)
    assert(stops > 2, name)
  }
})

test('writers refuse static and delegated calls, and OPEN unless they take it; views do not care', () => {
  const h = createChecked()
  for (const [name, { from, args }] of examplesOf(h)) {
    const writer = writers.find(({ abi }) => abi.name === name)
    if (writer === undefined) {
      h.ok(from, name, args, { readOnly: true })
      h.ok(from, name, args, { delegated: true })
    } else {
      h.fails('StaticCall', from, name, args, { readOnly: true })
      h.fails('DelegatedCall', from, name, args, { delegated: true })
    }
    if (writer?.abi.stateMutability !== 'payable') h.fails('NotPayable', alice, name, args, { value: 1n })
  }
})

test('what does not exist is named', () => {
  const h = createChecked()
  const examples = examplesOf(h)
  const id = keccakHash(bytesOf('nothing'))
  const lookups = new Set(['versionAt', 'contributionOf'])
  for (const { abi } of functions) {
    const [first] = abi.inputs
    if (first?.type !== 'bytes32' || lookups.has(abi.name)) continue
    const { from, args, value = 0n } = examples.get(abi.name)!
    assert.deepEqual(h.fails('UnknownObject', from, abi.name, { ...args, [first.name!]: id }, { value }), { id })
  }
})

test('input that is not exactly what the ABI says is malformed, wherever it ends or is dirty', () => {
  const h = createChecked()
  for (const [name, { from, args, value = 0n }] of examplesOf(h)) {
    const { to, input } = inputOf(name, args)
    const malformed = (bytes: Uint8Array, error = 'MalformedInput') => {
      const outcome = h.raw(from, to, bytes, { value })
      assert(!outcome.ok && outcome.error === error, `${name} ${outcome.ok ? '' : outcome.error}`)
    }
    const ends = Array.from({ length: input.length - 4 }, (_, index) => index + 4)
    for (const end of ends.length < 400 ? ends : ends.filter((end) => end % 7 === 4)) malformed(input.subarray(0, end))
    for (const end of [0, 1, 3]) malformed(input.subarray(0, end), 'UnknownFunction')
    malformed(Uint8Array.of(...input, 0))
    malformed(Uint8Array.of(...input, ...new Uint8Array(32)))
  }
  const { to, input } = inputOf('transferDatanet', { datanet: zeroHash, to: zeroAddress })
  const dirty = Uint8Array.from(input)
  dirty[4 + 32 + 11] = 1
  const outcome = h.raw(alice, to, dirty)
  assert(!outcome.ok && outcome.error === 'MalformedInput')
})

test('the bonds held are those of the contributions, versions and models', () => {
  const h = createChecked()
  const world = createWorldOf(h)
  const bondOf = (view: string, args: Readonly<Record<string, unknown>>) =>
    (h.ok(bob, view, args).value as unknown as { readonly bond: bigint }).bond
  const total = () => {
    const contributions = [world.late, world.revoked].map(({ contribution }) => contribution)
    return [
      ...[...contributions, world.contribution, world.held].map((contribution) =>
        bondOf('getContribution', { contribution }),
      ),
      ...[world.old.version, world.version].map((version) => bondOf('getVersion', { version })),
      ...[world.retired, world.model].map((model) => bondOf('getModel', { model })),
    ].reduce((sum, bond) => sum + bond, 0n)
  }
  assert.equal(bonds(h), total())
  h.ok(bob, 'expireCommit', { contribution: world.late.contribution })
  h.ok(bob, 'releaseContributionBond', { contribution: world.revoked.contribution })
  h.ok(bob, 'releaseVersionBond', { version: world.old.version })
  h.ok(bob, 'releaseModelBond', { model: world.retired })
  assert.equal(bonds(h), total())
  assert.equal(total(), 14n + 2n * modelBond)
})
