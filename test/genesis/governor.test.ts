import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { before, describe, test } from 'node:test'
import { encodeAbiParameters, keccak256, toBytes } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { protocol } from '../../attribution/native/addresses.ts'
import { type Address, bytesToBigint, type Hash, type Hex, zeroAddress } from '../../core/hex.ts'
import { predeploys } from '../../core/predeploys.ts'
import { buildAlloc } from '../../genesis/alloc.ts'
import { chainNames, loadSpec } from '../../genesis/loadSpec.ts'
import {
  callsOf,
  devnet,
  type Governance,
  genesisSplit,
  idOf,
  newSplit,
  open,
  openGovernance,
  splitCall,
} from './governance.ts'

const voter = `0x${'a1'.repeat(20)}` as Address
const poor = `0x${'b2'.repeat(20)}` as Address
const anyone = `0x${'c3'.repeat(20)}` as Address
const state = { pending: 0, active: 1, canceled: 2, defeated: 3, succeeded: 4, queued: 5, executed: 7 }

let chain: Governance
before(async () => {
  chain = await openGovernance()
  await chain.token.ok(voter, 'deposit', [], { value: 100n * open, afterSec: 1n })
  await chain.token.ok(poor, 'deposit', [], { value: open / 2n, afterSec: 1n })
})

describe('governor and timelock', () => {
  test('a proposal changes the split within the bounds', async () => {
    const { governor, timelock } = chain
    const calls = callsOf(splitCall(newSplit))
    const readySec = await chain.queue(voter, calls, 'more for data', 10n)
    assert.deepEqual(await chain.split(), genesisSplit)
    const execution = [calls.targets, calls.values, calls.payloads, idOf('more for data')]
    const early = { afterSec: readySec - 1n }
    await governor.fails('TimelockUnexpectedOperationState', anyone, 'execute', execution, early)
    await governor.ok(anyone, 'execute', execution, { afterSec: readySec })
    assert.deepEqual(await chain.split(), newSplit)
    await governor.fails('GovernorUnexpectedProposalState', anyone, 'execute', execution, { afterSec: readySec })
    const again = chain.operation(calls, 'more for data')
    await timelock.fails('TimelockUnexpectedOperationState', anyone, 'executeBatch', again, { afterSec: readySec })
  })

  test('a split outside the bounds, or of another sum, fails when executed and changes nothing', async () => {
    const before = await chain.split()
    const cases = [
      ['OutOfBounds', { ...genesisSplit, data: 7_001, owner: 499 }],
      ['OutOfBounds', { ...genesisSplit, burn: 100, treasury: 900 }],
      ['SumMismatch', { ...genesisSplit, data: 5_001 }],
    ] as const
    for (const [index, [error, split]] of cases.entries()) {
      const calls = callsOf(splitCall(split))
      const afterSec = await chain.queue(voter, calls, `wrong ${index}`, 200n)
      const execution = [calls.targets, calls.values, calls.payloads, idOf(`wrong ${index}`)]
      await chain.governor.fails(error, anyone, 'execute', execution, { afterSec })
      await chain.timelock.fails(error, anyone, 'executeBatch', chain.operation(calls, `wrong ${index}`), { afterSec })
    }
    assert.deepEqual(await chain.split(), before)
  })

  test('proposing takes the threshold of votes, succeeding the least quorum and a majority', async () => {
    const { governor, token } = chain
    const calls = callsOf(splitCall(genesisSplit))
    const propose = (description: string) => [calls.targets, calls.values, calls.payloads, description]
    const [, votes, needed] = await governor.fails('GovernorInsufficientProposerVotes', poor, 'propose', propose('a'), {
      afterSec: 400n,
    })
    assert.deepEqual([votes, needed], [open / 2n, devnet.attribution.proposalThreshold])

    const late = { afterSec: 431n + devnet.attribution.votingDelaySec }
    const id = await governor.ok(voter, 'propose', propose('no quorum'), { afterSec: 400n })
    await governor.ok(poor, 'castVote', [id, 1], { afterSec: 402n })
    assert.equal(await governor.ok(anyone, 'state', [id], late), state.defeated)
    const other = await governor.ok(voter, 'propose', propose('no majority'), { afterSec: 400n })
    await governor.ok(poor, 'castVote', [other, 1], { afterSec: 402n })
    await governor.ok(voter, 'castVote', [other, 0], { afterSec: 402n })
    await governor.fails('GovernorAlreadyCastVote', voter, 'castVote', [other, 1], { afterSec: 402n })
    assert.equal(await governor.ok(anyone, 'state', [other], late), state.defeated)

    // 4 % of 100.5 vOPEN is more than 1 vOPEN, the least quorum of devnet.
    assert.equal(await governor.ok(anyone, 'quorum', [devnet.timestamp + 400n], late), (4n * 1005n * open) / 1_000n)
    assert.equal(await token.ok(anyone, 'totalSupply', [], late), (1005n * open) / 10n)
    await token.ok(voter, 'withdraw', [99n * open], { afterSec: 440n })
    assert.equal(await governor.ok(anyone, 'quorum', [devnet.timestamp + 440n], { afterSec: 441n }), open)
    await token.ok(voter, 'deposit', [], { value: 99n * open, afterSec: 442n })
  })

  test('a vote signed off chain counts, in the domain of this chain', async () => {
    const signer = privateKeyToAccount(`0x${'07'.repeat(32)}`)
    const owner = signer.address.toLowerCase() as Address
    await chain.token.ok(owner, 'deposit', [], { value: 3n * open, afterSec: 500n })
    const calls = callsOf(splitCall(genesisSplit))
    const args = [calls.targets, calls.values, calls.payloads, 'signed']
    const id = (await chain.governor.ok(voter, 'propose', args, { afterSec: 501n })) as bigint
    const sign = (chainId: number) =>
      signer.signTypedData({
        domain: { name: 'OpenLedger Governor', version: '1', chainId, verifyingContract: predeploys.governor },
        types: {
          Ballot: [
            { name: 'proposalId', type: 'uint256' },
            { name: 'support', type: 'uint8' },
            { name: 'voter', type: 'address' },
            { name: 'nonce', type: 'uint256' },
          ],
        },
        primaryType: 'Ballot',
        message: { proposalId: id, support: 1, voter: owner, nonce: 0n },
      })
    const at = { afterSec: 503n }
    const foreign = [id, 1, owner, await sign(1612)]
    await chain.governor.fails('GovernorInvalidSignature', anyone, 'castVoteBySig', foreign, at)
    const ballot = [id, 1, owner, await sign(Number(devnet.chainId))]
    assert.equal(await chain.governor.ok(anyone, 'castVoteBySig', ballot, at), 3n * open)
    await chain.governor.fails('GovernorInvalidSignature', anyone, 'castVoteBySig', ballot, at)
  })

  test('nobody schedules but the governor, nobody administers but the timelock', async () => {
    const { timelock } = chain
    const operation = [protocol.agents, 0n, '0x', `0x${'00'.repeat(32)}`, `0x${'00'.repeat(32)}`, 30n]
    for (const from of [anyone, predeploys.timelock, predeploys.contributorVeto, zeroAddress])
      await timelock.fails('AccessControlUnauthorizedAccount', from, 'schedule', operation)
    const role = keccak256(toBytes('PROPOSER_ROLE'))
    for (const from of [anyone, predeploys.governor, zeroAddress])
      await timelock.fails('AccessControlUnauthorizedAccount', from, 'grantRole', [role, anyone])
    await timelock.ok(predeploys.timelock, 'grantRole', [role, anyone])
    await timelock.ok(predeploys.timelock, 'revokeRole', [role, anyone])
  })

  test('governance cannot take the veto away, nor the time for it', async () => {
    const { timelock } = chain
    const canceller = keccak256(toBytes('CANCELLER_ROLE'))
    const { timelock: self, contributorVeto, governor } = predeploys
    await timelock.fails('VetoIsPermanent', self, 'revokeRole', [canceller, contributorVeto])
    await timelock.fails('VetoIsPermanent', contributorVeto, 'renounceRole', [canceller, contributorVeto])
    const least = devnet.attribution.timelockDelaySec
    assert.deepEqual(await timelock.fails('DelayTooShort', self, 'updateDelay', [least - 1n]), [least - 1n, least])
    await timelock.fails('TimelockUnauthorizedCaller', anyone, 'updateDelay', [least])
    await timelock.ok(self, 'updateDelay', [least + 1n])
    await timelock.ok(self, 'updateDelay', [least])
    await timelock.ok(self, 'revokeRole', [canceller, governor])
    await timelock.ok(self, 'grantRole', [canceller, governor])
  })

  test('an operation of several calls, and of the governor itself, is carried out whole or not at all', async () => {
    const { governor, timelock } = chain
    const threshold = { target: predeploys.governor, data: governor.data('setProposalThreshold', [2n * open]) }
    const registry = { target: predeploys.validatorVault, data: chain.vault.data('setRegistry', [anyone]) }
    const good = callsOf(threshold, registry)
    const afterSec = await chain.queue(voter, good, 'settings', 600n)
    // Past the governor its own settings cannot be changed.
    await timelock.fails('Panic', anyone, 'executeBatch', chain.operation(good, 'settings'), { afterSec })
    await governor.ok(anyone, 'execute', [good.targets, good.values, good.payloads, idOf('settings')], { afterSec })
    assert.equal(await governor.ok(anyone, 'proposalThreshold'), 2n * open)
    assert.equal(`${await chain.vault.ok(anyone, 'registry')}`.toLowerCase(), anyone)

    const bad = callsOf(
      { ...registry, data: chain.vault.data('setRegistry', [voter]) },
      splitCall({ ...newSplit, data: 1 }),
    )
    const laterSec = (await chain.queue(voter, bad, 'half', 800n)) + 10n
    const execution = [bad.targets, bad.values, bad.payloads, idOf('half')]
    await governor.fails('GovernorUnexpectedProposalState', anyone, 'queue', execution, { afterSec: laterSec })
    await governor.fails('OutOfBounds', anyone, 'execute', execution, { afterSec: laterSec })
    assert.equal(`${await chain.vault.ok(anyone, 'registry')}`.toLowerCase(), anyone)
  })
})

describe('governance at genesis', () => {
  const none = '0x00' as Hex
  const word = (value: Hex) => `0x${value.slice(2).padStart(64, '0')}` as Hash
  /** The slot of `_roles[role].hasRole[account]`. */
  const roleSlot = (role: Hash, account: Address) => {
    const pair = [{ type: 'bytes32' }, { type: 'bytes32' }]
    const inner = keccak256(encodeAbiParameters(pair, [role, word(none)]))
    return keccak256(encodeAbiParameters(pair, [word(account), inner]))
  }
  const slot = (index: number) => word(`0x${index.toString(16)}` as Hex)

  for (const name of chainNames) {
    test(`${name}: the timelock has these roles and delays and no other word of storage`, () => {
      const spec = loadSpec(name)
      const { timelock, governor, contributorVeto } = predeploys
      const role = (text: string) => keccak256(toBytes(text)) as Hash
      const expected = new Map([
        [roleSlot(word(none), timelock), 1n],
        [roleSlot(role('PROPOSER_ROLE'), governor), 1n],
        [roleSlot(role('CANCELLER_ROLE'), governor), 1n],
        [roleSlot(role('CANCELLER_ROLE'), contributorVeto), 1n],
        [roleSlot(role('EXECUTOR_ROLE'), zeroAddress), 1n],
        [slot(2), spec.attribution.timelockDelaySec],
        [slot(3), spec.attribution.timelockDelaySec],
      ])
      const storage = buildAlloc(spec).get(timelock)?.storage ?? new Map()
      assert.deepEqual(new Map([...storage].map(([at, value]) => [at, bytesToBigint(value)])), expected)
    })

    test(`${name}: governor, court and vault begin with the values of the spec`, async () => {
      const spec = loadSpec(name)
      const { governor, token, court, vault } = await openGovernance(spec)
      const get = async (contract: typeof governor, functionName: string) => {
        const value = await contract.ok(anyone, functionName)
        return typeof value === 'string' ? value.toLowerCase() : value
      }
      const { attribution } = spec
      assert.equal(await get(governor, 'name'), 'openledger governor')
      assert.equal(await get(governor, 'version'), '1')
      assert.equal(await get(governor, 'CLOCK_MODE'), 'mode=timestamp')
      assert.equal(await get(governor, 'votingDelay'), attribution.votingDelaySec)
      assert.equal(await get(governor, 'votingPeriod'), attribution.votingPeriodSec)
      assert.equal(await get(governor, 'proposalThreshold'), attribution.proposalThreshold)
      assert.equal(await get(governor, 'leastQuorum'), attribution.leastQuorum)
      assert.equal(await get(governor, 'quorumNumerator'), 4n)
      assert.equal(await get(governor, 'timelock'), predeploys.timelock)
      assert.equal(await get(governor, 'token'), predeploys.voteToken)
      assert.deepEqual([await get(token, 'name'), await get(token, 'symbol')], ['vote open', 'vopen'])
      assert.deepEqual(
        [await get(court, 'owner'), await get(court, 'delay')],
        [predeploys.timelock, attribution.courtDelaySec],
      )
      assert.equal(await get(vault, 'registry'), predeploys.timelock)
    })
  }

  test('the fixed addresses in the code are those of the predeploys and precompiles', () => {
    const text = readFileSync(new URL('../../genesis/contracts/Addresses.sol', import.meta.url), 'utf8')
    const found = [...text.matchAll(/address constant (\w+) = (0x[0-9a-fA-F]{40});/g)]
    const known: Readonly<Record<string, Address>> = { ...predeploys, ...protocol }
    assert(found.length >= 9)
    for (const [, name = '', address = ''] of found) {
      const key = name.toLowerCase().replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase())
      assert.equal(address.toLowerCase(), known[key], name)
    }
  })
})
