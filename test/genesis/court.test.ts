import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import { encodeFunctionData } from 'viem'
import { agentsAbi } from '../../attribution/abi/agents.ts'
import { datanetsAbi } from '../../attribution/abi/datanets.ts'
import { protocol } from '../../attribution/native/addresses.ts'
import { createStore } from '../../attribution/native/store.ts'
import { contributionStatus, contributions } from '../../attribution/storage/datanets.ts'
import { type Address, bytesToHex, type Hash, hexToBytes } from '../../core/hex.ts'
import { predeploys } from '../../core/predeploys.ts'
import { read } from './chain.ts'
import { contractOn } from './contract.ts'
import { callsOf, devnet, type Governance, idOf, newSplit, open, openGovernance, splitCall } from './governance.ts'

const owner = `0x${'a1'.repeat(20)}` as Address
const heir = `0x${'b2'.repeat(20)}` as Address
const anyone = `0x${'c3'.repeat(20)}` as Address
const contribution = `0x${'0c'.repeat(32)}` as Hash
const { timelock } = predeploys
const { courtDelaySec } = devnet.attribution

type DatanetsCall =
  | 'reassignContribution'
  | 'quarantineContribution'
  | 'liftQuarantine'
  | 'transferContribution'
  | 'revokeConsent'
const order = (functionName: DatanetsCall, ...args: readonly unknown[]) =>
  encodeFunctionData({ abi: datanetsAbi, functionName, args } as Parameters<typeof encodeFunctionData>[0])
const slash = (agent: Hash, amount: bigint) =>
  encodeFunctionData({ abi: agentsAbi, functionName: 'slashAgent', args: [agent, amount] })

let chain: Governance
let agent: Hash
before(async () => {
  chain = await openGovernance()
  const store = createStore(chain.chain.world, () => {})
  contributions.set(store, { owner, status: contributionStatus.active, order: 1n }, contribution)
  const data = encodeFunctionData({ abi: agentsAbi, functionName: 'registerAgent', args: [owner, contribution] })
  const to = protocol.agents
  agent = bytesToHex(
    (await chain.chain.send({ from: owner, to, value: 5n * open, data: hexToBytes(data) })).output,
  ) as Hash
})

async function carryOut(target: Address, data: string, startSec: bigint): Promise<void> {
  const number = await chain.court.ok(timelock, 'schedule', [target, data], { afterSec: startSec })
  const readySec = startSec + courtDelaySec
  await chain.court.fails('TooEarly', anyone, 'execute', [number], { afterSec: readySec - 1n })
  await chain.court.ok(anyone, 'execute', [number], { afterSec: readySec })
  await chain.court.fails('UnknownOrder', anyone, 'execute', [number], { afterSec: readySec })
}

const contributionNow = () =>
  read(chain.chain, { to: protocol.datanets, abi: datanetsAbi, functionName: 'getContribution', args: [contribution] })
const agentNow = () =>
  read(chain.chain, { to: protocol.agents, abi: agentsAbi, functionName: 'getAgent', args: [agent] })

describe('court', () => {
  test('quarantines, lifts and reassigns a contribution after the delay', async () => {
    await carryOut(protocol.datanets, order('quarantineContribution', contribution), 100n)
    assert.equal(BigInt((await contributionNow()).quarantinedAt), devnet.timestamp + 100n + courtDelaySec)
    await carryOut(protocol.datanets, order('liftQuarantine', contribution), 200n)
    assert.equal((await contributionNow()).quarantinedAt, 0)
    await carryOut(protocol.datanets, order('reassignContribution', contribution, heir), 300n)
    assert.equal((await contributionNow()).owner.toLowerCase(), heir)
  })

  test('slashes an agent after the delay', async () => {
    await carryOut(protocol.agents, slash(agent, 2n * open), 400n)
    const { stake, slashed } = await agentNow()
    assert.deepEqual([stake, slashed], [3n * open, 2n * open])
  })

  test('an order that fails says why and waits', async () => {
    const unknown = `0x${'ff'.repeat(32)}` as Hash
    const number = await chain.court.ok(timelock, 'schedule', [protocol.agents, slash(unknown, 1n)])
    const at = { afterSec: courtDelaySec }
    await chain.court.fails('UnknownObject', anyone, 'execute', [number], at)
    await chain.court.fails('UnknownObject', anyone, 'execute', [number], at)
    await chain.court.ok(timelock, 'cancel', [number])
    await chain.court.fails('UnknownOrder', anyone, 'execute', [number], at)
  })

  test('takes orders from its owner alone, and four kinds of them', async () => {
    const { court } = chain
    const lift = order('liftQuarantine', contribution)
    await court.fails('OwnableUnauthorizedAccount', anyone, 'schedule', [protocol.datanets, lift])
    await court.fails('OwnableUnauthorizedAccount', anyone, 'cancel', [1n])
    const refused: readonly [Address, string][] = [
      [protocol.agents, lift],
      [protocol.datanets, slash(agent, 1n)],
      [protocol.settlement, bytesToHex(splitCall(newSplit).data)],
      [protocol.settlement, lift],
      [protocol.datanets, order('revokeConsent', contribution)],
      [protocol.datanets, order('transferContribution', contribution, heir)],
      [protocol.datanets, `${lift}00`],
      [protocol.datanets, lift.slice(0, -2)],
      [protocol.datanets, lift.slice(0, 8)],
      [protocol.datanets, '0x'],
      [protocol.datanets, order('reassignContribution', contribution, heir).slice(0, 74)],
      [protocol.agents, `${slash(agent, 1n)}00`],
      [protocol.agents, encodeFunctionData({ abi: agentsAbi, functionName: 'transferAgent', args: [agent, heir] })],
      [predeploys.court, lift],
    ]
    for (const [target, data] of refused) await court.fails('OrderNotAllowed', timelock, 'schedule', [target, data])
  })

  test('the right passes on in two steps and cannot be thrown away', async () => {
    const { court } = chain
    await court.fails('OwnerRequired', timelock, 'renounceOwnership')
    await court.ok(timelock, 'transferOwnership', [heir])
    await court.ok(heir, 'acceptOwnership')
    const args = [protocol.agents, slash(agent, 1n)]
    await court.fails('OwnableUnauthorizedAccount', timelock, 'schedule', args)
    await court.ok(heir, 'schedule', args)
    await court.ok(heir, 'transferOwnership', [timelock])
    await court.ok(timelock, 'acceptOwnership')
  })

  test('only the court reaches the functions that judge, also when governance decided', async () => {
    const datanets = contractOn(chain.chain, 'Court', protocol.datanets, { abi: datanetsAbi })
    for (const from of [owner, timelock]) await datanets.fails('NotAllowed', from, 'liftQuarantine', [contribution])
    await chain.token.ok(owner, 'deposit', [], { value: 10n * open, afterSec: 1n })
    const data = chain.court.data('schedule', [protocol.agents, slash(agent, open)])
    const calls = callsOf({ target: predeploys.court, data })
    const readySec = await chain.queue(owner, calls, 'slash', 500n)
    const args = [calls.targets, calls.values, calls.payloads, idOf('slash')]
    await chain.governor.ok(anyone, 'execute', args, { afterSec: readySec })
    const number = await chain.court.ok(anyone, 'orders')
    await chain.court.ok(anyone, 'execute', [number], { afterSec: readySec + courtDelaySec })
    assert.equal((await agentNow()).slashed, 3n * open)
  })
})
