import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type Address, type Hex, zeroHash } from '../../core/hex.ts'
import { predeploys } from '../../core/predeploys.ts'
import { openTokenAbi, outputOracleAbi, portalAbi, standardBridgeAbi, systemConfigAbi } from '../../l1/abi.ts'
import { checkRollup } from '../../l1/checkRollup.ts'
import { outputRoot } from '../../l1/output.ts'
import { checkSupply, sumBalances } from '../../l1/supply.ts'
import {
  contractOn,
  finalizationPeriodSec,
  initiateData,
  proofOf,
  submissionIntervalSec,
  type Withdrawal,
  withdrawalsIn,
} from './contracts.ts'
import { openBatcher, openProposer } from './senders.ts'
import { roles, users } from './spec.ts'
import { mintedBetween } from './supply.ts'
import { originOfBlock, setup } from './world.ts'

const ether = 10n ** 18n
const [alice, bob] = users as unknown as [(typeof users)[0], (typeof users)[0]]

/** The whole system: contracts, sequencer, batcher, proposer, validator. */
async function openSystem() {
  const world = await setup({ contracts: true })
  const { l1, spec, sequencer, validator } = world
  const rollup = spec.l1.rollup!
  const batcher = await openBatcher({ l1, spec, node: sequencer })
  const proposer = await openProposer({ l1, spec, node: validator, config: { proposeAt: 'finalized' } })
  const portal = contractOn(l1, rollup.portal, portalAbi)
  const oracle = contractOn(l1, rollup.outputOracle, outputOracleAbi)
  const open = contractOn(l1, rollup.open, openTokenAbi)
  const config = contractOn(l1, rollup.systemConfig, systemConfigAbi)
  await world.mine()

  /** A block of L2 and one of L1, with all that their machinery does in between. The L1 block before last is final. */
  async function round({ seal = 1 } = {}): Promise<void> {
    if (seal > 0) await sequencer.seal(seal)
    await batcher.post()
    await proposer.propose()
    await world.mine()
    l1.finalize(l1.head().block.number - 1n)
  }

  /** Rounds until an output covers this L2 block. */
  async function outputFor(l2Block: bigint): Promise<{ readonly index: bigint; readonly l2Block: bigint }> {
    for (let rounds = 0; ; rounds++) {
      assert.ok(rounds < 40, 'an output comes')
      if (((await oracle.get('latestBlockNumber')) as bigint) >= l2Block) break
      await round({ seal: 0 })
    }
    const index = (await oracle.get('getL2OutputIndexAfter', l2Block)) as bigint
    const output = (await oracle.get('getL2Output', index)) as { readonly l2BlockNumber: bigint }
    return { index, l2Block: output.l2BlockNumber }
  }

  /** Alice withdraws; the withdrawal and its L2 block. */
  async function withdraw(
    value: bigint,
    target: Address,
    data?: Hex,
  ): Promise<{ withdrawal: Withdrawal; number: bigint }> {
    const nonce = sequencer.chain.state().account(alice.address)?.nonce ?? 0n
    const call = { to: predeploys.messagePasser, value, data: initiateData(target, 200_000n, data), gas: 300_000n }
    sequencer.submit(world.transfer(0, nonce, call))
    await round()
    const number = sequencer.chain.heads().unsafe.number
    const [withdrawal] = withdrawalsIn(sequencer, number)
    assert.ok(withdrawal !== undefined)
    return { withdrawal, number }
  }

  /** Sends a transaction on L1 and mines it; true if it succeeded. */
  async function sends(hash: ReturnType<typeof portal.send>): Promise<boolean> {
    await world.mine()
    return l1.receipt(hash)!.succeeded
  }

  async function passOnL1(seconds: bigint): Promise<void> {
    await world.clock.advance(Number(seconds) * 1_000)
    // A block is an origin once another one is on top of it.
    await world.mineMany(2)
  }

  /** Money is conserved over both layers, deposits and withdrawals on their way included. */
  async function conserved(finalized: bigint): Promise<void> {
    const { chain } = validator
    const { header } = chain.block(chain.heads().safe.hash)!
    const origin = originOfBlock(validator, header.number)
    const minted = (after: bigint, upTo: bigint) => mintedBetween(l1, rollup.portal, after, upTo)
    const escrowed = (await portal.get('escrowed')) as bigint
    const supply = {
      genesisSupply: spec.totalSupply,
      minted: minted(spec.l1.origin.number, origin),
      arriving: minted(origin, l1.head().block.number),
      balances: sumBalances(chain.reader.readNode, header.stateRoot),
      destroyed: 0n,
      withdrawn: chain.state(header.stateRoot).account(predeploys.messagePasser)?.balance ?? 0n,
      finalized,
      escrowed,
    }
    assert.equal(checkSupply(supply), undefined)
    assert.equal(await open.get('balanceOf', portal.address), escrowed)
  }

  return {
    ...world,
    batcher,
    proposer,
    portal,
    oracle,
    open,
    config,
    round,
    outputFor,
    withdraw,
    sends,
    passOnL1,
    conserved,
  }
}

describe('the bridge of OPEN between both layers', () => {
  test('what the deployment wrote is what every role checks at its start', async () => {
    const world = await setup({ contracts: true })
    const { l1, spec } = world
    const call = async ({ to, data }: { to: Address; data: Uint8Array }) => (await l1.call({ to, data })).output
    await checkRollup({ call }, spec)
    const other = { ...spec, totalSupply: spec.totalSupply + 1n }
    await assert.rejects(checkRollup({ call }, other), { severity: 'fatal' })
    await world.finish()
  })

  test('a deposit is minted once, by the account that paid; a contract on L1 comes as its alias', async () => {
    const one = await openSystem()
    const { portal, open, l1, spec, validator } = one
    const fresh = `0x${'51'.repeat(20)}` as Address
    const balance = (account: Address) => validator.chain.state().account(account)?.balance ?? 0n
    const before = balance(bob.address)
    assert.ok(await one.sends(open.send(bob.privateKey, 'approve', [portal.address, 10n * ether])))
    const args = [fresh, 5n * ether, 2n * ether, 100_000n, false, '0x']
    assert.ok(await one.sends(portal.send(bob.privateKey, 'depositERC20Transaction', args)))
    // The bridge is a contract; it tells L2 through the portal.
    const bridge = contractOn(l1, spec.l1.rollup!.standardBridge, standardBridgeAbi)
    assert.ok(await one.sends(bridge.send(alice.privateKey, 'bridgeETH', [200_000, '0x'], ether)))
    await one.round()
    await one.round()
    await one.round()
    assert.equal(balance(fresh), 2n * ether)
    assert.equal(balance(bob.address) - before, 3n * ether)
    const offset = 0x1111000000000000000000000000000000001111n
    const alias = `0x${((BigInt(bridge.address) + offset) % 2n ** 160n).toString(16).padStart(40, '0')}`
    const senders = new Set<Address>()
    for (let number = 1n; number <= validator.chain.heads().safe.number; number++) {
      const { transactions } = validator.chain.block(validator.chain.reader.hashByNumber(number)!)!
      for (const { tx, from } of transactions.slice(1)) if (tx.type === 0x7e) senders.add(from)
    }
    assert.deepEqual(senders, new Set([bob.address, alias]))
    await one.conserved(0n)
    await one.finish()
  })

  test('forced: with the sequencer silent a call of a user reaches L2 through the portal', async () => {
    const one = await openSystem()
    const { portal, validator, l1 } = one
    const start = validator.chain.state().account(bob.address)!.balance
    assert.ok(
      await one.sends(portal.send(alice.privateKey, 'depositTransaction', [bob.address, 7n, 100_000n, false, '0x'])),
    )
    const included = l1.head().block.number
    while (validator.chain.state().account(bob.address)!.balance === start) {
      assert.ok(l1.head().block.number - included < 30n)
      await one.mine()
    }
    assert.equal(validator.chain.state().account(bob.address)!.balance, start + 7n)
    await one.finish()
  })

  test('configuration on L1 reaches the blocks of L2', async () => {
    const one = await openSystem()
    const { config, sequencer, validator } = one
    assert.ok(await one.sends(config.send(roles.deployer.privateKey, 'setGasLimit', [12_345_678n])))
    assert.ok(await one.sends(config.send(roles.deployer.privateKey, 'setEIP1559Params', [200, 3])))
    await one.round()
    await one.round()
    assert.equal(sequencer.chain.header().gasLimit, 12_345_678n)
    assert.equal(validator.follower.tip().config.system.eip1559Denominator, 200)
    await one.finish()
  })

  test('withdrawal: the full path, and among proofs with any one field wrong only the right one passes', async () => {
    const one = await openSystem()
    const { portal, open, validator } = one
    const { withdrawal, number } = await one.withdraw(3n * ether, bob.address)
    const { index, l2Block } = await one.outputFor(number)
    const right = proofOf(validator, withdrawal, index, l2Block)
    const [, , root, nodes] = right
    const flip = (hex: Hex) => `0x${hex.slice(2, -1)}${hex.endsWith('0') ? '1' : '0'}` as Hex
    const changed = (changes: Partial<Withdrawal>) => [{ ...withdrawal, ...changes }, ...right.slice(1)]
    const rooted = (changes: Partial<typeof root>) => [withdrawal, index, { ...root, ...changes }, nodes]
    const wrong: readonly (readonly unknown[])[] = [
      changed({ nonce: withdrawal.nonce + 1n }),
      changed({ sender: bob.address }),
      changed({ target: alice.address }),
      changed({ value: withdrawal.value + 1n }),
      changed({ gasLimit: withdrawal.gasLimit + 1n }),
      changed({ data: '0x00' }),
      [withdrawal, index - 1n, root, nodes],
      [withdrawal, index + 1n, root, nodes],
      rooted({ version: `0x${'1'.padStart(64, '0')}` as never }),
      rooted({ stateRoot: flip(root.stateRoot) as never }),
      rooted({ messagePasserStorageRoot: flip(root.messagePasserStorageRoot) as never }),
      rooted({ messagePasserStorageRoot: zeroHash }),
      rooted({ latestBlockhash: flip(root.latestBlockhash) as never }),
      [withdrawal, index, root, []],
      [withdrawal, index, root, nodes.slice(0, -1)],
      [withdrawal, index, root, [...nodes, nodes[0]]],
      [withdrawal, index, root, nodes.map((node, place) => (place === nodes.length - 1 ? flip(node as Hex) : node))],
    ]
    for (const [place, args] of wrong.entries()) {
      assert.ok(await portal.reverts(bob.address, 'proveWithdrawalTransaction', args), `proof ${place} passes`)
    }
    assert.ok(await one.sends(portal.send(bob.privateKey, 'proveWithdrawalTransaction', right)))
    assert.ok(await portal.reverts(bob.address, 'finalizeWithdrawalTransaction', [withdrawal]), 'too early')
    await one.passOnL1(finalizationPeriodSec + 1n)
    const before = (await open.get('balanceOf', bob.address)) as bigint
    assert.ok(await one.sends(portal.send(bob.privateKey, 'finalizeWithdrawalTransaction', [withdrawal])))
    assert.equal((await open.get('balanceOf', bob.address)) as bigint, before + 3n * ether)
    assert.ok(await portal.reverts(bob.address, 'finalizeWithdrawalTransaction', [withdrawal]), 'only once')
    await one.conserved(3n * ether)
    await one.finish()
  })

  test('an output that is deleted after a proof: the withdrawal must be proven again', async () => {
    const one = await openSystem()
    const { portal, oracle, validator } = one
    const { withdrawal, number } = await one.withdraw(ether, bob.address)
    const first = await one.outputFor(number)
    assert.ok(
      await one.sends(
        portal.send(
          bob.privateKey,
          'proveWithdrawalTransaction',
          proofOf(validator, withdrawal, first.index, first.l2Block),
        ),
      ),
    )
    // What is proposed next covers a later block, so it has another root.
    for (let round = 0; round < 3; round++) await one.round()
    assert.ok(await one.sends(oracle.send(roles.deployer.privateKey, 'deleteL2Outputs', [first.index])))
    await one.round()
    assert.ok(one.proposer.proposer.status().deleted >= 1)
    await one.passOnL1(finalizationPeriodSec + 1n)
    assert.ok(await portal.reverts(bob.address, 'finalizeWithdrawalTransaction', [withdrawal]), 'its output is gone')
    // The proposer sees it, and proposes again what it derived.
    const second = await one.outputFor(number)
    assert.ok(
      await one.sends(
        portal.send(
          bob.privateKey,
          'proveWithdrawalTransaction',
          proofOf(validator, withdrawal, second.index, second.l2Block),
        ),
      ),
    )
    await one.passOnL1(finalizationPeriodSec + 1n)
    assert.ok(await one.sends(portal.send(bob.privateKey, 'finalizeWithdrawalTransaction', [withdrawal])))
    await one.conserved(ether)
    await one.finish()
  })

  test('every output is the safe head at the end of the L1 block that it names', async () => {
    const one = await openSystem()
    const { oracle, validator, sequencer } = one
    const wanted = Number(submissionIntervalSec) / 12
    for (let round = 0; round < 4 * wanted; round++) await one.round()
    const last = (await oracle.get('latestOutputIndex')) as bigint
    assert.ok(last >= 3n)
    for (let index = 1n; index <= last; index++) {
      const [l1Number, l1Hash] = (await oracle.get('outputL1Block', index)) as readonly [bigint, Hex]
      const output = (await oracle.get('getL2Output', index)) as { outputRoot: Hex; l2BlockNumber: bigint }
      const record = validator.follower.record(l1Number)
      assert.equal(one.l1.at(l1Number)?.block.hash, l1Hash)
      if (record !== undefined) assert.equal(record.safe.number, output.l2BlockNumber)
      const hash = sequencer.chain.reader.hashByNumber(output.l2BlockNumber)!
      const { stateRoot, withdrawalsRoot } = sequencer.chain.reader.headerByHash(hash)!
      assert.equal(outputRoot({ stateRoot, withdrawalsRoot, hash }), output.outputRoot)
    }
    await one.finish()
  })

  test('an L1 fork takes an output back: the proposer proposes again, for the new chain', async () => {
    const one = await openSystem()
    const { oracle, l1, validator } = one
    for (let round = 0; round < 8; round++) await one.round()
    const before = (await oracle.get('latestOutputIndex')) as bigint
    assert.ok(before >= 1n)
    await l1.reorg(1, { keep: true })
    await one.sync()
    for (let round = 0; round < 8; round++) await one.round()
    const index = (await oracle.get('latestOutputIndex')) as bigint
    const output = (await oracle.get('getL2Output', index)) as { outputRoot: Hex; l2BlockNumber: bigint }
    const hash = validator.chain.reader.hashByNumber(output.l2BlockNumber)!
    const { stateRoot, withdrawalsRoot } = validator.chain.reader.headerByHash(hash)!
    assert.equal(outputRoot({ stateRoot, withdrawalsRoot, hash }), output.outputRoot)
    assert.ok(index >= before)
    await one.finish()
  })
})
