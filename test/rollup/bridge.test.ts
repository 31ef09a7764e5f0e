import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { aliasOf } from '../../core/alias.ts'
import { type Address, type Hex, zeroHash } from '../../core/hex.ts'
import { standardBridgeAbi } from '../../l1/abi.ts'
import { checkRollup } from '../../l1/checkRollup.ts'
import { outputRoot } from '../../l1/output.ts'
import { contractOn, finalizationPeriodSec, proofOf, submissionIntervalSec, type Withdrawal } from './contracts.ts'
import { roles } from './spec.ts'
import { alice, bob, ether, openSystem } from './system.ts'
import { setup } from './world.ts'

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
    const senders = new Set<Address>()
    for (let number = 1n; number <= validator.chain.heads().safe.number; number++) {
      const { transactions } = validator.chain.block(validator.chain.reader.hashByNumber(number)!)!
      for (const { tx, from } of transactions.slice(1)) if (tx.type === 0x7e) senders.add(from)
    }
    assert.deepEqual(
      senders,
      new Set([aliasOf(spec.l1.rollup!.validatorRegistry), bob.address, aliasOf(bridge.address)]),
    )
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
