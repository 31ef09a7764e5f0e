import assert from 'node:assert/strict'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { inspect } from 'node:util'
import type { Header } from '../../../core/header.ts'
import { bigintToFixed, bytesToHash, zeroHash } from '../../../core/hex.ts'
import { l1AttributesDeposit } from '../../../core/l1Attributes.ts'
import { privateKeyToAddress } from '../../../core/secp256k1.ts'
import { envelope } from '../../../core/txEnvelope.ts'
import { outputRoot } from '../../../l1/output.ts'
import { type EvidenceBundle, encodeBundle } from '../../../p2p/evidence/bundle.ts'
import { type Finding, findingKinds } from '../../../p2p/evidence/finding.ts'
import { judgeFinding } from '../../../p2p/evidence/judge.ts'
import { parseBundle } from '../../../p2p/evidence/parseBundle.ts'
import { readEvidence } from '../../../p2p/evidence/store.ts'
import { verifyEvidence } from '../../../p2p/evidence/verify.ts'
import { wholeTable } from '../../../state/store/tables.ts'
import { verifyStore } from '../../../state/store/verify.ts'
import { listRoot } from '../../../state/trie/listRoot.ts'
import { users } from '../../rollup/spec.ts'
import { createScene, findingsOf, type Scene } from './scene.ts'

type Of<K> = Extract<Finding, { readonly kind: K }>

describe('evidence', () => {
  let scene: Scene
  let findings: readonly Finding[]
  let number: bigint
  before(async () => {
    scene = await createScene(6)
    findings = await findingsOf(scene)
    number = scene.node.chain.heads().unsafe.number
  })
  after(() => scene.world.abandon())

  /** The bundle that the node makes of a finding, as its file has it. */
  async function bundleOf(finding: Finding): Promise<EvidenceBundle> {
    const folder = await mkdtemp(join(tmpdir(), 'evidence-'))
    try {
      const { chain } = scene.node
      for await (const [key] of chain.kv.entries(wholeTable('evidence'))) await chain.write([{ type: 'del', key }])
      const evidence = scene.evidence({ dir: folder })
      evidence.report(finding)
      await evidence.settled()
      const [name] = await readdir(join(folder, 'evidence')).catch(() => [])
      assert(name !== undefined, `kept: ${inspect(scene.alarms.at(-1))}`)
      const bundle = parseBundle(await readFile(join(folder, 'evidence', name), 'utf8'))
      assert(!('malformed' in bundle), inspect(bundle))
      return bundle
    } finally {
      await rm(folder, { recursive: true })
    }
  }

  function find<K extends Finding['kind']>(kind: K): Of<K> {
    return findings.find((finding) => finding.kind === kind) as Of<K>
  }

  const verify = (bundle: EvidenceBundle) => verifyEvidence(bundle, scene.verification)

  for (const kind of findingKinds) {
    test(`${kind}: the bundle holds offline, and is the same after a way through JSON`, async () => {
      const bundle = await bundleOf(find(kind))
      const { holds, says, needs } = await verify(bundle)
      assert(holds, says.join(' '))
      assert(says.length > 0 && needs.length > 0)
      assert.deepEqual(parseBundle(encodeBundle(bundle)), bundle)
      assert.equal((await verify({ ...bundle, chain: { ...bundle.chain, genesis: zeroHash } })).holds, false)
    })
  }

  test('a block counts only with a signature of a key that the chain spec names, or that is told to be one', async () => {
    const key = users[2]!.privateKey
    const signed = (changes: Partial<Header> = {}) => scene.signed(scene.remade(number, changes), key)
    const [first, second] = [await signed(), await signed({ stateRoot: zeroHash })]
    const cases: readonly Finding[] = [
      { kind: 'equivocation', first, second },
      { ...find('invalid_block'), block: second },
      { ...find('block_not_derived'), block: second },
    ]
    const signer = privateKeyToAddress(key)
    for (const finding of cases) {
      const bundle = await bundleOf(finding)
      const { holds, says } = await verify(bundle)
      assert.equal(holds, false)
      assert.match(says.at(-1)!, new RegExp(`whether L1 has named ${signer}`))
      assert((await verifyEvidence(bundle, { ...scene.verification, signers: [signer] })).holds)
    }
  })

  test('an invalid block is executed again from the witness alone, BLOCKHASH included', async () => {
    const bundle = await bundleOf(find('invalid_block'))
    const { witness, finding } = bundle
    assert(witness !== undefined && finding.kind === 'invalid_block')
    assert.match((await verify(bundle)).says.join(' '), /state root differs from execution \(stateRoot\)/)
    // The honest block is valid by the same witness: so the hash it reads is the right one.
    const honest = { ...finding, block: await scene.signed(scene.remade(number)) }
    const verdict = await verify({ ...bundle, finding: honest })
    assert.deepEqual([verdict.holds, verdict.says.at(-1)], [false, 'Executed again, it is valid.'])
  })

  test('the first block is judged by the origin that the chain spec names', async () => {
    const block = await scene.signed(scene.remade(1n, { receiptsRoot: zeroHash }))
    const bundle = await bundleOf({ ...find('invalid_block'), block, inputs: scene.inputs(1n) })
    const { holds, says } = await verify(bundle)
    assert(holds, says.join(' '))
    assert.equal(bundle.witness?.ancestors.length, 0)
    assert.match(says.at(-1)!, /receipts root differs/)
  })

  test('a witness that lacks anything, or is of something else, proves nothing', async () => {
    const bundle = await bundleOf(find('invalid_block'))
    const { witness } = bundle
    assert(witness !== undefined)
    const { parent, ancestors, nodes } = witness
    const cases: EvidenceBundle['witness'][] = [
      undefined,
      { ...witness, parent: { ...parent, stateRoot: zeroHash } },
      { ...witness, ancestors: ancestors.slice(0, 2) },
      { ...witness, ancestors: ancestors.slice(1) },
      { ...witness, ancestors: [...ancestors.slice(0, 2), ancestors[3]!, ...ancestors.slice(3)] },
      ...nodes.map((_, index) => ({ ...witness, nodes: nodes.toSpliced(index, 1) })),
      { ...witness, nodes: nodes.map((node) => node.with(-1, node.at(-1)! ^ 1)) },
    ]
    for (const [index, changed] of cases.entries()) {
      const { holds, says } = await verify({ ...bundle, witness: changed })
      assert.equal(holds, false, `case ${index}: ${says.at(-1)}`)
    }
  })

  test('inputs that the block or its parent contradict make no block look invalid', async () => {
    const bundle = await bundleOf(find('invalid_block'))
    const honest = await scene.signed(scene.remade(number))
    const { inputs } = find('invalid_block')
    const { origin, config } = inputs
    const deposit = scene.node.chain.block(scene.node.chain.heads().unsafe.hash)!.transactions[0]!.tx
    assert(deposit.type === 0x7e)
    const forged = [
      { ...inputs, origin: { ...origin, number: origin.number + 1n } },
      { ...inputs, origin: { ...origin, hash: zeroHash } },
      { ...inputs, sequenceNumber: inputs.sequenceNumber + 1n },
      { ...inputs, deposits: [deposit] },
      { ...inputs, config: { ...config, gasLimit: 10n ** 12n } },
    ]
    for (const inputs of forged) {
      const finding = { ...find('invalid_block'), block: honest, inputs }
      const { holds, says } = await verify({ ...bundle, finding })
      assert.equal(holds, false, says.join(' '))
    }
    // Only L1 can tell that these are wrong, and that is said.
    const other = { ...inputs, config: { ...config, daFeeScalar: config.daFeeScalar + 1 } }
    const { needs } = await verify({ ...bundle, finding: { ...find('invalid_block'), block: honest, inputs: other } })
    assert(needs.some((need) => need.includes(`L1 block ${origin.number} (${origin.hash})`)))
  })

  test('a body that is not the one of the header is evidence only with what the seal is of', async () => {
    const { transactions } = scene.remade(number)
    const altered = scene.remade(number, {}, transactions.slice(0, -1))
    const bySequencer = await scene.signed(altered)
    const finding = { ...find('invalid_block'), block: bySequencer }
    const bundle = await bundleOf(finding)
    assert((await verify(bundle)).holds)
    const { compressed: _, ...without } = bySequencer
    const honest = await scene.signed(scene.remade(number))
    const byPeer = { ...bySequencer, seal: honest.seal }
    for (const block of [without, byPeer]) {
      const { holds, says } = judgeFinding({ ...finding, block }, scene.world.spec)
      assert.equal(holds, false)
      assert.match(says.join(' '), /anybody may have put them there/)
    }
  })

  test('what proves nothing is not kept', async () => {
    const { attest, signed, remade } = scene
    const own = scene.node.chain.header()
    const honest = await signed(remade(number))
    const wrong = find('invalid_block').block
    const stranger = await signed(remade(number, { stateRoot: zeroHash }), users[0]!.privateKey)
    const claim = { l2BlockNumber: 1n, outputRoot: zeroHash, l1BlockHash: own.mixHash }
    const said = { ...claim, outputRoot: own.stateRoot }
    const notDerived = find('block_not_derived')
    const mismatch = find('output_mismatch')
    const { header } = notDerived.derived
    const derived = (changes: object) => ({ ...notDerived.derived, header: { ...header, ...changes } })
    const unsealed = { ...wrong, seal: { ...wrong.seal, signature: { ...wrong.seal.signature, r: 0n } } }
    const useless: Finding[] = [
      { kind: 'equivocation', first: honest, second: honest },
      { kind: 'equivocation', first: honest, second: stranger },
      { kind: 'equivocation', first: honest, second: unsealed },
      { kind: 'equivocation', first: honest, second: { ...wrong, raw: Uint8Array.of(0xc0) } },
      { kind: 'equivocation', first: honest, second: await signed(remade(number - 1n)) },
      { kind: 'equivocation', first: honest, second: { ...wrong, hash: honest.hash } },
      { ...find('invalid_block'), block: honest },
      { ...find('invalid_block'), block: unsealed },
      { ...find('invalid_block'), reject: { reject: 'fork_unknown' } },
      { ...notDerived, block: honest },
      { ...notDerived, derived: derived({ parentHash: zeroHash }) },
      { ...notDerived, derived: derived({ number: 1n }) },
      { ...notDerived, derived: derived({ mixHash: own.stateRoot }) },
      { ...mismatch, claim: outputOf(scene) },
      { kind: 'double_attestation', first: attest(claim), second: attest(claim) },
      { kind: 'double_attestation', first: attest(claim), second: attest(said, users[0]!.privateKey) },
      { kind: 'double_attestation', first: attest(claim), second: attest({ ...said, l1BlockHash: zeroHash }) },
    ]
    for (const [index, finding] of useless.entries()) {
      await assert.rejects(bundleOf(finding), /kept/, `case ${index}`)
      const bundle = { chain: chainOf(scene), timeMs: 0, finding, witness: undefined }
      assert.equal((await verify(bundle)).holds, false, `case ${index}`)
    }
  })

  test('a validator that names two blocks as the safe one at the end of one L1 block is at fault', async () => {
    const { attest } = scene
    const claim = outputOf(scene)
    const second = attest({ ...claim, l2BlockNumber: claim.l2BlockNumber + 1n })
    const { holds, says } = await verify(await bundleOf({ kind: 'double_attestation', first: attest(claim), second }))
    assert(holds, says.join(' '))
  })

  test('two blocks of one parent but of two origins are no contradiction', async () => {
    const { remade, signed, inputs, world } = scene
    const { origin, ...rest } = inputs(number)
    const attributes = l1AttributesDeposit({ ...rest, origin: { ...origin, number: origin.number + 1n } })
    const transactions = [envelope(attributes, attributes.from), ...remade(number).transactions.slice(1)]
    const other = remade(number, { transactionsRoot: listRoot(transactions.map(({ raw }) => raw)) }, transactions)
    const [first, second] = [await signed(remade(number)), await signed(other)]
    const { holds, says } = judgeFinding({ kind: 'equivocation', first, second }, world.spec)
    assert.equal(holds, false)
    assert.match(says.at(-1)!, /the same L1 origin/)
  })

  test('each content is kept once, the first ones of each kind win, and all of it is listed in order', async () => {
    const { chain, kv } = scene.node
    for await (const [key] of chain.kv.entries(wholeTable('evidence'))) await chain.write([{ type: 'del', key }])
    const folder = await mkdtemp(join(tmpdir(), 'evidence-'))
    const limits = { perKind: 2, chars: 1 << 26, pending: 8 }
    try {
      const evidence = scene.evidence({ dir: folder, limits })
      const [one, two, three] = [findings, await findingsOf(scene, 1), await findingsOf(scene, 2)]
      for (const round of [one, one, two]) {
        for (const finding of round) {
          evidence.report(finding)
          await evidence.settled()
          await scene.world.clock.advance(1_000)
        }
      }
      assert.equal(evidence.count(), 10)
      const { first, second } = find('equivocation')
      evidence.report({ kind: 'equivocation', first: second, second: first })
      for (const finding of three) evidence.report(finding)
      await evidence.settled()
      assert.equal(evidence.count(), 10, 'no room for more')
      const listed = await evidence.list()
      assert.deepEqual(
        listed.map(({ kind }) => kind),
        [...findingKinds, ...findingKinds],
      )
      const files = await readdir(join(folder, 'evidence'))
      assert.deepEqual(
        files.sort(),
        listed.map(({ kind, number, id }) => `${kind}-${number}-${id.slice(2, 10)}.json`).sort(),
      )
      const reads = readEvidence(kv)
      const [entry] = listed
      const bundle = await reads.bundle(entry!.id)
      assert.equal(encodeBundle(bundleFrom(bundle)), `${JSON.stringify(bundle)}\n`)
      assert.equal(await reads.bundle(zeroHash), undefined)
      // After a restart it knows what there is.
      const again = scene.evidence({ limits })
      for (const finding of [...one, ...three]) again.report(finding)
      await again.settled()
      assert.equal(again.count(), 10)
      assert.deepEqual((await verifyStore(kv)).findings, [])
    } finally {
      await rm(folder, { recursive: true })
    }
  })

  test('a validator that contradicts itself without end leaves room for what others did', async () => {
    const { chain } = scene.node
    for await (const [key] of chain.kv.entries(wholeTable('evidence'))) await chain.write([{ type: 'del', key }])
    const limits = { perKind: 4, chars: 1 << 26, pending: 8 }
    const evidence = scene.evidence({ limits })
    const claim = outputOf(scene)
    const lie = (number: bigint) => scene.attest({ ...claim, outputRoot: bytesToHash(bigintToFixed(number, 32)) })
    for (let number = 1n; number < 20n; number++) {
      evidence.report({ kind: 'double_attestation', first: lie(100n), second: lie(number) })
      if (number > 10n) await evidence.settled()
    }
    const key = users[0]!.privateKey
    const [first, second] = [scene.attest(claim, key), scene.attest({ ...claim, l2BlockNumber: 1n }, key)]
    evidence.report({ kind: 'double_attestation', first, second })
    await evidence.settled()
    // One bundle takes all of a stake: a second one of the same key is worth nothing.
    assert.equal(evidence.count(), 2)
  })

  test('large blocks of the sequencer leave room for evidence against others', async () => {
    const { chain } = scene.node
    for await (const [key] of chain.kv.entries(wholeTable('evidence'))) await chain.write([{ type: 'del', key }])
    const evidence = scene.evidence({ limits: { perKind: 2, chars: 1, pending: 16 } })
    for (const finding of [...findings, ...(await findingsOf(scene, 1))]) evidence.report(finding)
    await evidence.settled()
    const kinds = (await evidence.list()).map(({ kind }) => kind)
    const expected = ['equivocation', 'output_mismatch', 'output_mismatch', 'double_attestation', 'double_attestation']
    assert.deepEqual(kinds.sort(), expected.sort())
  })

  test('a flood of findings is bounded, and a folder that cannot be written costs the files only', async () => {
    const { chain } = scene.node
    for await (const [key] of chain.kv.entries(wholeTable('evidence'))) await chain.write([{ type: 'del', key }])
    const limits = { perKind: 100, chars: 1 << 26, pending: 3 }
    const evidence = scene.evidence({ dir: '/dev/null/nowhere', limits })
    const mismatch = find('output_mismatch')
    for (let index = 0n; index < 20n; index++) evidence.report({ ...mismatch, index })
    await evidence.settled()
    assert.equal(evidence.count(), 3)
    const alarm = scene.alarms.at(-1)
    assert.equal(alarm && 'text' in alarm && alarm.text, 'an output on L1 is not what was derived here: evidence kept')
  })
})

function bundleFrom(json: unknown): EvidenceBundle {
  const bundle = parseBundle(JSON.stringify(json))
  assert(!('malformed' in bundle))
  return bundle
}

function chainOf({ verification: { spec, genesis } }: Scene) {
  return { name: spec.name, chainId: spec.chainId, genesis }
}

/** The output of the scene's newest block. */
function outputOf({ node }: Scene) {
  const own = node.chain.header()
  const { hash } = node.chain.heads().unsafe
  return { l2BlockNumber: own.number, outputRoot: outputRoot({ ...own, hash }), l1BlockHash: own.mixHash }
}
