import assert from 'node:assert/strict'
import { test } from 'node:test'
import { refutationCommitment } from '../../attribution/kernel/build/commitment.ts'
import { specificPart } from '../../attribution/kernel/margin.ts'
import { protocol } from '../../attribution/native/addresses.ts'
import { agents } from '../../attribution/storage/agents.ts'
import { balances, batches } from '../../attribution/storage/settlement.ts'
import { type Address, type Hash, zeroAddress } from '../../core/hex.ts'
import { ether } from '../state/testChain.ts'
import { bonds, creditOf, setParameter } from './checked.ts'
import { inputOf } from './harness.ts'
import { controller, createProvider, payer, providerOwner } from './settlementMarket.ts'
import { type Case, cases } from './tracesCases.ts'
import {
  absent,
  challenger,
  commitTo,
  createStage,
  openingsOf,
  prove,
  repairer,
  rival,
  type Scene,
  settleTale,
  someSalt,
  stranger,
  type Tale,
  undone,
} from './tracesScene.ts'

const stage = createStage()
const { h, market } = stage
const margin = 4_000n * ether
const spec = specificPart(margin, 5_000n, 5_000n)
const stake = 100_000n * ether

const caseOf = (name: Case['name'], what: string) => cases.find((each) => each.name === name && each.what === what)!
const wrongWei = caseOf('refuteEntry', 'of more wei')
const wrongEnd = caseOf('refuteReceiptEnds', 'the margin begins above 0')
const proofOf = (each: Case, scene: Scene) => ({ batch: scene.batch, ...each.args(openingsOf(scene), scene) })
const both = (tale: Tale) => {
  wrongWei.lie(tale)
  wrongEnd.lie(tale)
}

type BatchView = {
  status: bigint
  set: bigint
  author: Hash
  slashed: bigint
  refuter: Address
  deadline: bigint
  refutedAt: bigint
  openDemands: bigint
  pool: bigint
}
const batchOf = (batch: Hash) => batches.get(h.store, batch) as unknown as BatchView & { repairReward: bigint }
const agentOf = (agent: Hash) => agents.get(h.store, agent)

/** Runs a test on a stage of its own, undone afterwards. */
function scenario(name: string, run: (scene: (lie?: (tale: Tale) => void) => Scene) => void): void {
  test(name, () => undone(h, () => run((lie) => settleTale(stage, lie))))
}

scenario('a refutation needs a commitment to exactly this call, by this caller, in an earlier block', (settled) => {
  const scene = settled(wrongEnd.lie)
  const args = { salt: someSalt, ...proofOf(wrongEnd, scene) }
  h.fails('NotCommitted', challenger, wrongEnd.name, args)
  commitTo(h, challenger, scene.batch, wrongEnd.name, args)
  h.fails('NotCommitted', challenger, wrongEnd.name, args)
  h.pass(1n)
  // A thief who copies the call from the pool is somebody else, and another salt is another call.
  h.fails('NotCommitted', rival, wrongEnd.name, args)
  h.fails('NotCommitted', challenger, wrongEnd.name, { ...args, salt: scene.batch })
  h.ok(challenger, wrongEnd.name, args)
})

scenario('a copied commitment serves only whom it names', (settled) => {
  const scene = settled(wrongEnd.lie)
  const args = { salt: someSalt, ...proofOf(wrongEnd, scene) }
  const commitment = refutationCommitment(scene.batch, challenger, someSalt, inputOf(wrongEnd.name, args).input)
  // The thief sees it in the pool and sends it first: it keeps its place, for the challenger.
  h.ok(rival, 'commitRefutation', { commitment })
  const first = h.ok(rival, 'getCommit', { commitment })
  h.pass(1n)
  h.ok(challenger, 'commitRefutation', { commitment })
  assert.deepEqual(h.ok(rival, 'getCommit', { commitment }), first)
  h.fails('NotCommitted', rival, wrongEnd.name, args)
  h.ok(challenger, wrongEnd.name, args)
})

scenario('a commitment to a proof against one batch is none against another', (settled) => {
  const scene = settled(wrongEnd.lie)
  const args = commitTo(h, challenger, scene.batch, wrongEnd.name, proofOf(wrongEnd, scene))
  h.pass(1n)
  h.fails('UnknownObject', challenger, wrongEnd.name, { ...args, batch: someSalt })
})

scenario('proofs are taken until the deadline', (settled) => {
  const scene = settled(wrongEnd.lie)
  const args = commitTo(h, challenger, scene.batch, wrongEnd.name, proofOf(wrongEnd, scene))
  h.pass(60n)
  undone(h, () => h.ok(challenger, wrongEnd.name, args))
  h.pass(1n)
  h.fails('TooLate', challenger, wrongEnd.name, args)
  h.ok(stranger, 'finalizeBatch', { batch: scene.batch })
  h.fails('WrongStatus', challenger, wrongEnd.name, args)
})

scenario('a refuted batch is frozen, its author slashed, and the earliest commitment is paid', (settled) => {
  const scene = settled(both)
  const { batch } = scene
  const early = commitTo(h, challenger, batch, wrongWei.name, proofOf(wrongWei, scene))
  const late = commitTo(h, rival, batch, wrongEnd.name, proofOf(wrongEnd, scene))
  h.pass(1n)
  // The later commitment is revealed first: the earlier one was kept out of the blocks.
  h.ok(rival, wrongEnd.name, late)
  const at = h.now
  const taken = 10n * spec
  assert.equal(agentOf(market.provider).stake, stake - taken)
  assert.equal(agentOf(market.provider).openMargin, margin)
  assert.equal(batchOf(batch).refuter, rival)
  h.fails('WrongStatus', stranger, 'finalizeBatch', { batch })
  h.fails('WrongStatus', stranger, 'demandReceipt', { batch, receipt: 0n }, { value: ether })
  h.fails('TooEarly', rival, 'payRefuter', { batch })
  h.pass(59n)
  h.ok(challenger, wrongWei.name, early)
  assert.equal(agentOf(market.provider).stake, stake - taken)
  assert.equal(batchOf(batch).refutedAt, at)
  h.pass(1n)
  h.fails('TooLate', rival, wrongEnd.name, late)
  h.ok(stranger, 'payRefuter', { batch })
  h.fails('AlreadyClaimed', stranger, 'payRefuter', { batch })
  assert.equal(creditOf(h, challenger), taken / 5n)
  assert.equal(creditOf(h, rival), 0n)
  // 5 % wait for the author of the final roots; 75 % are burned.
  assert.equal(batchOf(batch).repairReward, taken / 20n)
  assert.equal(balances.field(h.store, 'burns'), (taken * 3n) / 4n)
})

scenario('a later commitment revealed afterwards is paid for what it weighs more, and for nothing else', (settled) => {
  const scene = settled(both)
  const { batch } = scene
  const early = commitTo(h, challenger, batch, wrongWei.name, proofOf(wrongWei, scene))
  const late = commitTo(h, rival, batch, wrongEnd.name, proofOf(wrongEnd, scene))
  h.pass(1n)
  h.ok(challenger, wrongWei.name, early)
  h.ok(rival, wrongEnd.name, late)
  // The heaviest proof weighs: the D of the batch, not that of a receipt.
  assert.equal(agentOf(market.provider).slashed, 10n * spec)
  assert.deepEqual([creditOf(h, challenger), creditOf(h, rival)], [0n, (8n * spec) / 5n])
  h.pass(60n)
  h.ok(stranger, 'payRefuter', { batch })
  assert.deepEqual([creditOf(h, challenger), creditOf(h, rival)], [(2n * spec) / 5n, (8n * spec) / 5n])
  assert.equal(balances.field(h.store, 'burns'), (10n * spec * 3n) / 4n)
})

scenario('a light fault that the author shows first shields it from no heavier one', (settled) => {
  const scene = settled(both)
  const { batch } = scene
  const slashed = () => agentOf(market.provider).slashed
  const earned = creditOf(h, providerOwner)
  const light = commitTo(h, providerOwner, batch, wrongWei.name, proofOf(wrongWei, scene))
  const heavy = commitTo(h, challenger, batch, wrongEnd.name, proofOf(wrongEnd, scene))
  h.pass(1n)
  h.ok(providerOwner, wrongWei.name, light)
  assert.equal(slashed(), 2n * spec)
  undone(h, () => {
    // Another one of the same weight takes nothing more; nor does a heavier one when the answer time is over.
    assert(prove(scene, wrongWei.name, wrongWei.args(openingsOf(scene), scene), rival).ok)
    assert.equal(slashed(), 2n * spec)
    h.pass(60n)
    h.fails('TooLate', challenger, wrongEnd.name, heavy)
  })
  h.pass(30n)
  const burned = () => balances.field(h.store, 'burns')
  assert.deepEqual([batchOf(batch).repairReward, burned()], [0n, 0n])
  // 8 of 10 parts are the heavier proof's: a fifth is credited at once, a twentieth kept, the rest burned.
  for (let times = 0; times < 2; times++) {
    h.ok(challenger, wrongEnd.name, heavy)
    assert.equal(slashed(), 10n * spec)
    assert.deepEqual([creditOf(h, challenger), creditOf(h, providerOwner) - earned], [(8n * spec) / 5n, 0n])
    assert.deepEqual([batchOf(batch).repairReward, burned()], [(8n * spec) / 20n, 6n * spec])
  }
  h.pass(30n)
  h.ok(stranger, 'payRefuter', { batch })
  assert.deepEqual([creditOf(h, challenger), creditOf(h, providerOwner) - earned], [(8n * spec) / 5n, (2n * spec) / 5n])
  assert.deepEqual([batchOf(batch).repairReward, burned()], [spec / 2n, (15n * spec) / 2n])
})

scenario('the times after a refutation are those of its moment, and nothing is proven twice', (settled) => {
  const scene = settled(both)
  const { batch } = scene
  const light = commitTo(h, rival, batch, wrongWei.name, proofOf(wrongWei, scene))
  const heavy = commitTo(h, challenger, batch, wrongEnd.name, proofOf(wrongEnd, scene))
  h.pass(1n)
  const at = h.now
  h.ok(rival, wrongWei.name, light)
  const { provenUntil, repairUntil } = batches.get(h.store, batch)
  assert.deepEqual([provenUntil, repairUntil], [at + 60n, at + 120n])
  const agent = register(repairer, 9_000n * ether)
  const repair = { batch, agent, ...rootsOf(scene) }
  for (const wanted of [1n, 100_000n]) {
    setParameter(h, 'answerSec', wanted)
    setParameter(h, 'repairSec', wanted)
    undone(h, () => {
      h.pass(59n)
      for (const [name, args] of [
        ['payRefuter', { batch }],
        ['expireRepair', { batch }],
        ['repairBatch', repair],
      ] as const)
        assert.deepEqual(h.fails('TooEarly', repairer, name, args), { earliest: at + 60n })
      undone(h, () => h.ok(challenger, wrongEnd.name, heavy))
      h.pass(1n)
      h.ok(stranger, 'payRefuter', { batch })
      assert.equal(creditOf(h, rival), (2n * spec) / 5n)
      assert.deepEqual(h.fails('TooLate', challenger, wrongEnd.name, heavy), { latest: at + 59n })
      h.pass(59n)
      undone(h, () => h.ok(repairer, 'repairBatch', repair))
      assert.deepEqual(h.fails('TooEarly', stranger, 'expireRepair', { batch }), { earliest: at + 120n })
      h.pass(1n)
      assert.deepEqual(h.fails('TooLate', repairer, 'repairBatch', repair), { latest: at + 119n })
      h.ok(stranger, 'expireRepair', { batch })
      assert.equal(agentOf(market.provider).slashed, 2n * spec)
    })
  }
})

scenario('the least slash is a share of all stake, unbonding too, and never more than there is', (settled) => {
  const scene = settled(both)
  setParameter(h, 'slashMultiple', 5n)
  const args = commitTo(h, challenger, scene.batch, wrongWei.name, proofOf(wrongWei, scene))
  h.ok(providerOwner, 'unstake', { agent: market.provider, amount: 90_000n * ether })
  h.pass(1n)
  undone(h, () => {
    // 10 * 200 OPEN, from the stake that is left; parameters are those of the settlement.
    h.ok(challenger, wrongWei.name, args)
    assert.equal(agentOf(market.provider).stake, 8_000n * ether)
    assert.equal(agentOf(market.provider).unbonding, 90_000n * ether)
  })
  undone(h, () => {
    batches.set(h.store, { slashFloorBps: 1_000n }, scene.batch)
    h.ok(challenger, wrongWei.name, args)
    assert.equal(agentOf(market.provider).stake, 0n)
    assert.equal(agentOf(market.provider).slashed, 10_000n * ether)
  })
  undone(h, () => {
    batches.set(h.store, { slashMultiple: 60_000n }, scene.batch)
    h.ok(challenger, wrongWei.name, args)
    assert.equal(agentOf(market.provider).slashed, stake)
    assert.equal(agentOf(market.provider).unbonding, 0n)
  })
})

/** What a repairer submits: the roots of another telling of the same batch. */
const rootsOf = ({ trees: { receipts, ledger }, tale: { credit } }: Scene) => ({
  receiptsRoot: receipts.root,
  ledgerRoot: ledger.root,
  entries: ledger.count,
  credit,
})

function register(agentOwner: Address, wei: bigint): Hash {
  return h.ok(agentOwner, 'registerAgent', { controller: agentOwner, metadataHash: someSalt }, { value: wei }).agent!
}

scenario('a repairer answers for the new roots, and is rewarded when they stand', (settled) => {
  const truth = undone(h, () => settled())
  const scene = settled(both)
  const { batch } = scene
  const agent = register(repairer, 9_000n * ether)
  assert(prove(scene, wrongEnd.name, wrongEnd.args(openingsOf(scene), scene)).ok)
  const repair = { batch, agent, ...rootsOf(truth) }
  h.fails('TooEarly', repairer, 'repairBatch', repair)
  h.pass(60n)
  h.fails('NotAllowed', stranger, 'repairBatch', repair)
  h.fails('SumMismatch', repairer, 'repairBatch', { ...repair, credit: spec + 1n })
  h.fails('SumMismatch', repairer, 'repairBatch', { ...repair, entries: 0n })
  undone(h, () => {
    h.ok(repairer, 'unstake', { agent, amount: 1_001n * ether })
    h.fails('UnderCollateralised', repairer, 'repairBatch', repair)
    h.ok(repairer, 'unstake', { agent, amount: 7_900n * ether })
    h.fails('StakeTooLow', repairer, 'repairBatch', repair)
  })
  undone(h, () => {
    agents.set(h.store, { ejected: true }, agent)
    h.fails('Ejected', repairer, 'repairBatch', repair)
  })
  undone(h, () => {
    h.pass(60n)
    h.fails('TooLate', repairer, 'repairBatch', repair)
  })
  h.fails('TooEarly', stranger, 'expireRepair', { batch })
  h.ok(repairer, 'repairBatch', repair)
  // Repairing pays the refuter.
  const taken = 10n * spec
  assert.equal(creditOf(h, challenger), taken / 5n)
  const { status, set, author, deadline, refuter, refutedAt, slashed } = batchOf(batch)
  assert.deepEqual(
    { status, set, author, deadline, refuter, refutedAt, slashed },
    { status: 1n, set: 1n, author: agent, deadline: h.now + 60n, refuter: zeroAddress, refutedAt: 0n, slashed: 0n },
  )
  assert.equal(agentOf(market.provider).openMargin, 0n)
  assert.equal(agentOf(agent).openMargin, margin)
  // Nothing is false any more.
  const again = prove(scene, wrongEnd.name, wrongEnd.args(openingsOf(truth), truth))
  assert.equal(again.ok ? '' : again.error, 'InvalidProof')
  h.pass(60n)
  h.ok(stranger, 'finalizeBatch', { batch })
  assert.equal(creditOf(h, repairer), taken / 20n)
  assert.equal(agentOf(agent).openMargin, 0n)
  assert.equal(batchOf(batch).pool, truth.tale.credit)
  assert.equal(bonds(h), bondsBefore)
})
const bondsBefore = bonds(h)

scenario(
  'lying repairers lose too; the second repair that falls ends the batch without the specific part',
  (settled) => {
    const scene = settled(both)
    const { batch, tale } = scene
    const { receipts, ledger } = scene.trees
    const roots = { receiptsRoot: receipts.root, ledgerRoot: ledger.root, entries: ledger.count, credit: tale.credit }
    const proof = () => prove(scene, wrongEnd.name, wrongEnd.args(openingsOf(scene), scene))
    const agent = register(repairer, 20_000n * ether)
    assert(proof().ok)
    h.pass(60n)
    // The provider repairs itself with the same lie.
    h.ok(controller, 'repairBatch', { batch, agent: market.provider, ...roots })
    assert.equal(agentOf(market.provider).openMargin, margin)
    assert(proof().ok)
    h.pass(60n)
    h.ok(repairer, 'repairBatch', { batch, agent, ...roots })
    assert(proof().ok)
    assert.equal(batchOf(batch).set, 2n)
    h.fails('TooEarly', stranger, 'expireRepair', { batch })
    h.pass(60n)
    h.fails('TooMany', repairer, 'repairBatch', { batch, agent, ...roots })
    h.ok(stranger, 'expireRepair', { batch })
    const taken = 10n * spec
    assert.equal(agentOf(market.provider).slashed, 2n * taken)
    assert.equal(agentOf(agent).slashed, taken)
    assert.equal(creditOf(h, challenger), (3n * taken) / 5n)
    assert.equal(agentOf(market.provider).openMargin + agentOf(agent).openMargin, 0n)
    assert.equal(batchOf(batch).status, 3n)
    assert.equal(batchOf(batch).pool, 0n)
    // 80 % of each slash, the whole specific part and the burned 5 % of the margin: nobody earned a repairer's reward.
    assert.equal(balances.field(h.store, 'burns'), (3n * taken * 4n) / 5n + spec + margin / 20n)
    assert.equal(bonds(h), bondsBefore)
    h.fails('WrongStatus', stranger, 'expireRepair', { batch })
    h.fails('WrongStatus', stranger, 'payRefuter', { batch })
  },
)

scenario('a batch that nobody repairs ends when the time for it is over', (settled) => {
  const scene = settled(both)
  const { batch } = scene
  assert(prove(scene, wrongEnd.name, wrongEnd.args(openingsOf(scene), scene)).ok)
  h.pass(119n)
  h.fails('TooEarly', stranger, 'expireRepair', { batch })
  h.pass(1n)
  h.ok(stranger, 'expireRepair', { batch })
  assert.equal(creditOf(h, challenger), 2n * spec)
  assert.equal(balances.field(h.store, 'margins'), 0n)
})

scenario('who refutes its own lie loses four fifths of the slash', (settled) => {
  const scene = settled(wrongEnd.lie)
  const worth = () => agentOf(market.provider).stake + creditOf(h, providerOwner)
  const before = worth()
  assert(prove(scene, wrongEnd.name, wrongEnd.args(openingsOf(scene), scene), providerOwner).ok)
  h.pass(120n)
  h.ok(stranger, 'expireRepair', { batch: scene.batch })
  assert.equal(before - worth(), 8n * spec)
})

scenario('who lies, refutes and repairs itself still loses three quarters of the slash', (settled) => {
  const truth = undone(h, () => settled())
  const scene = settled(both)
  const { batch } = scene
  const worth = () => agentOf(market.provider).stake + creditOf(h, providerOwner)
  const before = worth()
  assert(prove(scene, wrongEnd.name, wrongEnd.args(openingsOf(scene), scene), providerOwner).ok)
  h.pass(60n)
  h.ok(controller, 'repairBatch', { batch, agent: market.provider, ...rootsOf(truth) })
  h.pass(61n)
  h.ok(stranger, 'finalizeBatch', { batch })
  assert.equal(before - worth(), (10n * spec * 3n) / 4n)
})

scenario('the stake behind a refuted batch cannot leave before its end', (settled) => {
  const scene = settled(wrongEnd.lie)
  h.ok(providerOwner, 'unstake', { agent: market.provider, amount: stake })
  h.pass(59n)
  assert(prove(scene, wrongEnd.name, wrongEnd.args(openingsOf(scene), scene)).ok)
  assert.equal(agentOf(market.provider).slashed, 10n * spec)
  h.pass(241n)
  h.fails('StakeInUse', providerOwner, 'completeUnstake', { agent: market.provider })
  h.ok(stranger, 'expireRepair', { batch: scene.batch })
  h.ok(providerOwner, 'completeUnstake', { agent: market.provider })
})

scenario('another provider of the same owner is not touched', (settled) => {
  const other = createProvider(h)
  const scene = settled(wrongEnd.lie)
  assert(prove(scene, wrongEnd.name, wrongEnd.args(openingsOf(scene), scene)).ok)
  assert.equal(agentOf(other).slashed, 0n)
})

test('unknown batches and demands are said to be unknown', () => {
  const unknown = someSalt
  for (const [name, args] of [
    ['payRefuter', { batch: unknown }],
    ['expireRepair', { batch: unknown }],
    [
      'repairBatch',
      { batch: unknown, agent: unknown, receiptsRoot: unknown, ledgerRoot: unknown, entries: 0n, credit: 0n },
    ],
    ['demandReceipt', { batch: unknown, receipt: 0n }],
    ['demandHolder', { batch: unknown, receipt: 0n, tile: 0n, holder: 0n }],
    ['demandLedger', { batch: unknown, start: 0n, count: 1n }],
    ['expireDemand', { demand: unknown }],
    ['getDemand', { demand: unknown }],
    ['refuteReceiptEnds', { batch: unknown, salt: unknown, receipt: absent }],
    ['refuteVersionRepeat', { version: unknown, salt: unknown, entry: absent, again: absent }],
  ] as const)
    assert.deepEqual(h.fails('UnknownObject', payer(1), name, args), { id: unknown })
  assert.equal(h.balance(protocol.traces), 0n)
})
