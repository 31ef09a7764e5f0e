import assert from 'node:assert/strict'
import type { Address, Hex } from '../../core/hex.ts'
import { predeploys } from '../../core/predeploys.ts'
import { openTokenAbi, outputOracleAbi, portalAbi, systemConfigAbi, validatorRegistryAbi } from '../../l1/abi.ts'
import { checkSupply, sumBalances } from '../../l1/supply.ts'
import { contractOn, initiateData, type Withdrawal, withdrawalsIn } from './contracts.ts'
import { openBatcher, openProposer } from './senders.ts'
import { users } from './spec.ts'
import { mintedBetween } from './supply.ts'
import { originOfBlock, setup } from './world.ts'

export const ether = 10n ** 18n
export const [alice, bob] = users as unknown as [(typeof users)[0], (typeof users)[0]]

/** The whole system: contracts, sequencer, batcher, proposer, validator. */
export async function openSystem() {
  const world = await setup({ contracts: true })
  const { l1, spec, sequencer, validator } = world
  const rollup = spec.l1.rollup!
  const batcher = await openBatcher({ l1, spec, node: sequencer })
  const proposer = await openProposer({ l1, spec, node: validator, config: { proposeAt: 'finalized' } })
  const portal = contractOn(l1, rollup.portal, portalAbi)
  const oracle = contractOn(l1, rollup.outputOracle, outputOracleAbi)
  const open = contractOn(l1, rollup.open, openTokenAbi)
  const config = contractOn(l1, rollup.systemConfig, systemConfigAbi)
  const registry = contractOn(l1, rollup.validatorRegistry, validatorRegistryAbi)
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
    registry,
    round,
    outputFor,
    withdraw,
    sends,
    passOnL1,
    conserved,
  }
}
