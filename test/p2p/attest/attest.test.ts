import assert from 'node:assert/strict'
import { test } from 'node:test'
import { attestationSigner } from '../../../core/attestation.ts'
import { type AttestJournal, createMemoryJournal } from '../../../p2p/attest/journal.ts'
import { attest, createScene, domain, rootOf, signers, signOf } from './scene.ts'

test('two thirds of the stake label a block attested, one unit less does not', async () => {
  const { fold, own, attester } = await createScene([2n, 1n, 3n])
  const record = await fold(3n)
  const claim = own(record.block.number)
  assert.equal(await attester.attestation(attest(2, claim), signers[2]!), 'counted')
  assert.equal(attester.attested(), undefined, '3 of 6')
  assert.equal(await attester.attestation(attest(1, claim), signers[1]!), 'counted')
  assert.deepEqual(attester.attested(), { ...claim, hash: record.safe.hash, stake: 4n, total: 6n })
  assert.equal(await attester.attestation(attest(1, claim), signers[1]!), 'known')
  await attester.attestation(attest(0, claim), signers[0]!)
  assert.equal(attester.attested()?.stake, 6n)
  const order = attester.certificate(claim).map((attestation) => attestationSigner(domain, attestation))
  assert.deepEqual(order, [signers[0]!, signers[1]!, signers[2]!].sort(), 'ascending, as the registry takes them')
  assert.deepEqual(
    attester.status().map(({ newest }) => newest),
    [3n, 3n, 3n],
  )
})

test('a signer without stake does not count', async () => {
  const { fold, own, attester } = await createScene([1n])
  await fold(1n)
  assert.equal(await attester.attestation(attest(1, own(101n)), signers[1]!), 'too_old')
  assert.equal(attester.attested(), undefined)
})

test('what is said of an L1 block before it is folded counts once it is', async () => {
  const far = await createScene([1n, 1n])
  await far.fold(1n)
  const claim = far.own(101n)
  const { fold, attester } = await createScene([1n, 1n])
  for (const index of [0, 1]) {
    assert.equal(await attester.attestation(attest(index, claim), signers[index]!), 'too_new')
    assert.equal(await attester.attestation(attest(index, claim), signers[index]!), 'known')
  }
  assert.equal(attester.attested(), undefined)
  await fold(1n)
  assert.equal(attester.attested()?.l2BlockNumber, 1n)
})

test('claims of unknown L1 blocks take bounded memory, and each signer only displaces its own', async () => {
  const far = await createScene([1n, 1n])
  await far.fold(1n)
  const claim = far.own(101n)
  const { fold, attester } = await createScene([1n, 1n])
  await attester.attestation(attest(0, claim), signers[0]!)
  await attester.attestation(attest(1, claim), signers[1]!)
  for (let index = 0; index < 64; index++) {
    const other = { ...claim, l1BlockHash: rootOf(`unknown ${index}`) }
    assert.equal(await attester.attestation(attest(0, other), signers[0]!), 'too_new')
  }
  await fold(1n)
  assert.equal(attester.certificate(claim).length, 1, 'that of the one who said little')
})

test('two claims of one signer about one L1 block are a finding, known or not', async () => {
  const { fold, own, attester, findings } = await createScene([1n, 1n])
  await fold(1n)
  const claim = own(101n)
  const [first, second] = [attest(0, claim), attest(0, { ...claim, outputRoot: rootOf('other') })]
  assert.equal(await attester.attestation(first, signers[0]!), 'counted')
  assert.equal(await attester.attestation(second, signers[0]!), 'double_sign')
  assert.deepEqual(findings, [{ kind: 'double_attestation', first, second }])
  const unknown = { ...claim, l1BlockHash: rootOf('unknown') }
  await attester.attestation(attest(1, unknown), signers[1]!)
  const lie = attest(1, { ...unknown, outputRoot: rootOf('other') })
  assert.equal(await attester.attestation(lie, signers[1]!), 'double_sign')
  assert.equal(findings.length, 2)
  // One L1 block has one safe head: to lie about its number is a lie.
  const moved = attest(0, { ...claim, l2BlockNumber: 2n })
  assert.equal(await attester.attestation(moved, signers[0]!), 'double_sign')
  assert.deepEqual(findings.at(-1), { kind: 'double_attestation', first, second: moved })
})

test('two thirds of the stake for another root are a disagreement until they agree about a later block', async () => {
  const { fold, own, attester, logged } = await createScene([1n, 1n, 1n])
  await fold(1n)
  const wrong = { ...own(101n), outputRoot: rootOf('wrong') }
  await attester.attestation(attest(0, wrong), signers[0]!)
  assert.equal(attester.disagreement(), undefined)
  await attester.attestation(attest(1, wrong), signers[1]!)
  assert.deepEqual(attester.disagreement(), { claim: wrong, stake: 2n })
  assert.equal(attester.attested(), undefined)
  assert.deepEqual(logged, ['two thirds of the stake attest another root'])
  await fold(2n)
  for (const index of [0, 1]) await attester.attestation(attest(index, own(102n)), signers[index]!)
  assert.equal(attester.disagreement(), undefined)
  assert.equal(attester.attested()?.l2BlockNumber, 2n)
})

test('a disagreement ends when the L1 block it is about is gone', async () => {
  const { fold, unfold, own, attester } = await createScene([1n])
  await fold(1n)
  await attester.attestation(attest(0, { ...own(101n), outputRoot: rootOf('wrong') }), signers[0]!)
  assert.notEqual(attester.disagreement(), undefined)
  unfold(1)
  await fold(1n, 'fork')
  assert.equal(attester.disagreement(), undefined)
})

test('a disagreement is of those who have the stake now', async () => {
  const { fold, own, attester, validators } = await createScene([1n, 1n, 1n])
  await fold(1n)
  const wrong = { ...own(101n), outputRoot: rootOf('wrong') }
  for (const index of [0, 1]) await attester.attestation(attest(index, wrong), signers[index]!)
  assert.notEqual(attester.disagreement(), undefined)
  // Slashed, say: who is left has contradicted nobody.
  const gone = validators.splice(0, 2)
  await fold(1n)
  assert.equal(attester.disagreement(), undefined)
  const late = { ...own(102n), outputRoot: rootOf('wrong') }
  validators.push({ ...gone[0]!, weight: 1n })
  await fold(1n)
  await attester.attestation(attest(0, late), signers[0]!)
  assert.equal(attester.disagreement(), undefined)
  // What it said counts by the stake that it has now.
  validators[1] = { ...gone[0]!, weight: 2n }
  await fold(1n)
  assert.deepEqual(attester.disagreement(), { claim: late, stake: 2n })
})

test('validators attest the first L1 block with a safe head, so that their claims are equal', async () => {
  const one = await createScene([1n, 1n], { sign: signOf(0) })
  const two = await createScene([1n, 1n], { sign: signOf(1) })
  for (const { fold } of [one, two]) {
    await fold(0n)
    await fold(2n)
  }
  // The second one hears of several L1 blocks at once.
  await one.fold(2n)
  await one.fold(4n)
  await one.fold(4n)
  two.behind = 3n
  await two.fold(2n)
  await two.fold(4n)
  two.behind = 0n
  await two.fold(4n)
  assert.deepEqual(
    one.sent.map(({ l2BlockNumber, l1BlockHash }) => [l2BlockNumber, l1BlockHash]),
    [
      [2n, one.own(102n).l1BlockHash],
      [4n, one.own(104n).l1BlockHash],
    ],
  )
  assert.deepEqual(
    two.sent.map(({ l1BlockHash }) => l1BlockHash),
    one.sent.map(({ l1BlockHash }) => l1BlockHash),
  )
  for (const attestation of one.sent) {
    assert.equal(attestationSigner(domain, attestation), signers[0])
    await two.attester.attestation(attestation, signers[0]!)
  }
  assert.deepEqual(two.attester.attested(), {
    ...one.own(104n),
    hash: one.chain.reader.hashByNumber(4n),
    stake: 2n,
    total: 2n,
  })
})

test('nothing is attested far from the end of L1, of genesis, or by a key of no validator', async () => {
  const scene = await createScene([1n], { sign: signOf(0) })
  await scene.fold(0n)
  scene.behind = 3n
  await scene.fold(1n)
  assert.deepEqual(scene.sent, [])
  const stranger = await createScene([1n], { sign: signOf(1) })
  await stranger.fold(1n)
  await stranger.fold(2n)
  assert.deepEqual(stranger.sent, [])
  assert.deepEqual(stranger.logged, ['the key to attest with is of no validator'], 'said once')
})

test('the newest attestation is sent again, not sooner than gossip takes it for news', async () => {
  const { fold, sent, clock, attester, own } = await createScene([1n], { sign: signOf(0) })
  await fold(1n)
  await clock.advance(74_000)
  attester.folded()
  assert.equal(sent.length, 1)
  await clock.advance(1_000)
  attester.folded()
  assert.equal(sent.length, 2)
  assert.deepEqual(sent[1], sent[0])
  // Outputs take turns.
  const outputs = Array.from({ length: 6 }, (_, index) => ({ ...own(101n), l1BlockHash: rootOf(`posted ${index}`) }))
  attester.posted(outputs)
  await attester.settled()
  assert.equal(sent.length, 8)
  const again = new Set<string>()
  for (let turn = 0; turn < 2; turn++) {
    await clock.advance(75_000)
    attester.folded()
    for (const { l1BlockHash } of sent.splice(-5)) again.add(l1BlockHash)
  }
  assert.equal(again.size, 7, 'all six, and the newest')
})

test('outputs on L1 are attested as they are, however old, and counted while they are there', async () => {
  const { fold, sent, attester, own } = await createScene([1n, 1n, 2n], { sign: signOf(0) })
  await fold(1n)
  const old = { l2BlockNumber: 1n, outputRoot: own(101n).outputRoot, l1BlockHash: rootOf('long ago') }
  attester.posted([old])
  await attester.settled()
  assert.deepEqual({ ...sent.at(-1), signature: undefined }, { ...old, signature: undefined })
  assert.equal(await attester.attestation(attest(1, old), signers[1]!), 'counted')
  assert.equal(attester.certificate(old).length, 2)
  attester.posted([])
  assert.deepEqual(attester.certificate(old), [])
})

test('an output that was attested as the safe head is kept in the journal as an output, and said once', async () => {
  const noted: boolean[] = []
  const memory = createMemoryJournal()
  const journal: AttestJournal = {
    async note(entry) {
      noted.push(entry.isPosted)
      return await memory.note(entry)
    },
  }
  const { fold, own, sent, attester } = await createScene([1n], { sign: signOf(0), journal })
  await fold(1n)
  for (let looks = 0; looks < 3; looks++) {
    attester.posted([own(101n)])
    await attester.settled()
  }
  assert.deepEqual(noted, [false, true])
  assert.equal(sent.length, 1)
})

test('no second claim is signed about one L1 block', async () => {
  const journal = createMemoryJournal()
  const { fold, own, sent, restart, logged } = await createScene([1n, 1n], { sign: signOf(0), journal })
  await fold(1n)
  assert.equal(sent.length, 1)
  const lie = { ...own(101n), outputRoot: rootOf('other') }
  // A damaged node would say something else after its restart.
  const second = await restart()
  second.posted([lie])
  await second.settled()
  assert.equal(sent.length, 1)
  assert.deepEqual(logged, ['not attested: the journal has another claim for it, or reaches back less far'])
  second.posted([{ ...own(101n), l2BlockNumber: 2n }])
  await second.settled()
  assert.equal(sent.length, 1)
  // The same claim may be said again.
  second.folded()
  await second.settled()
  assert.deepEqual(sent[1], sent[0])
})

test('a key that attested something else elsewhere does not attest against itself', async () => {
  const far = await createScene([1n, 1n])
  await far.fold(1n)
  const { fold, attester, sent, logged } = await createScene([1n, 1n], { sign: signOf(0) })
  await attester.attestation(attest(0, { ...far.own(101n), outputRoot: rootOf('other node') }), signers[0]!)
  await fold(1n)
  await fold(1n)
  assert.deepEqual(sent, [])
  assert.deepEqual(logged, ['not attested: this key attested something else'])
  await fold(2n)
  assert.equal(sent.length, 1)
})

test('the certificate survives a restart, unless its block or its L1 block is gone', async () => {
  const { fold, unfold, own, attester, restart, chain } = await createScene([1n, 1n])
  await fold(3n)
  for (const index of [0, 1]) await attester.attestation(attest(index, own(101n)), signers[index]!)
  await attester.settled()
  const claim = own(101n)
  const before = attester.attested()
  assert.notEqual(before, undefined)
  const second = await restart()
  assert.deepEqual(second.attested(), before)
  assert.equal(second.certificate(claim).length, 2)
  unfold(1)
  await fold(3n, 'fork')
  assert.equal(attester.attested(), undefined)
  assert.equal((await restart()).attested(), undefined)
  await chain.rewind(2n)
  assert.equal(second.attested(), undefined, 'its block is not on the chain')
})

test('what is older than the L1 blocks that count is refused, and what is folded is forgotten with them', async () => {
  const { fold, own, attester } = await createScene([1n])
  await fold(2n)
  const claim = own(101n)
  await attester.attestation(attest(0, claim), signers[0]!)
  for (let count = 0; count < 1_024; count++) await fold(3n)
  assert.equal(attester.attested()?.l2BlockNumber, 2n, 'still the newest')
  assert.equal(attester.certificate(claim).length, 1)
  const old = { ...claim, l1BlockHash: rootOf('old') }
  assert.equal(await attester.attestation(attest(0, old), signers[0]!), 'too_old')
  assert.equal(attester.status()[0]?.newest, undefined)
})
