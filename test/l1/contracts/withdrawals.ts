import type { Address } from '../../../core/hex.ts'
import { deployRollup, finalization, propose, type Rollup } from './rollup.ts'
import { bob, type TestContract, type TestL1 } from './testL1.ts'
import { type Message, openTestL2, type Proof, type TestL2, type TestOutput, type Withdrawal } from './testL2.ts'

/** A rollup with an L2 whose withdrawals can be proven, and a contract that they can call. */
export type Withdrawals = {
  readonly rollup: Rollup
  readonly l1: TestL1
  readonly l2: TestL2
  readonly portal: TestContract
  readonly oracle: TestContract
  readonly target: TestContract
  held(account: Address): Promise<unknown>
  escrow(): Promise<unknown>
  /** Seals a block, proposes its output, gives the proof of a withdrawal in it. */
  outputWith(withdrawal: Withdrawal): Promise<{ output: TestOutput; index: bigint; proof: Proof }>
  /** A withdrawal that is proven and ready to be finalised. */
  ready(message: Message): Promise<Withdrawal>
}

export async function openWithdrawals(): Promise<Withdrawals> {
  const rollup = await deployRollup()
  const { l1, portal, oracle, open } = rollup
  const l2 = await openTestL2()
  const target = await l1.create('WithdrawalTarget', [portal.address])

  async function outputWith(withdrawal: Withdrawal) {
    const output = await l2.seal()
    const index = await propose(rollup, output.outputRoot, output.l2BlockNumber)
    return { output, index, proof: await l2.prove(withdrawal, output, index) }
  }
  return {
    rollup,
    l1,
    l2,
    portal,
    oracle,
    target,
    held: (account) => open.get('balanceOf', [account]),
    escrow: () => portal.get('escrowed'),
    outputWith,
    async ready(message) {
      const withdrawal = await l2.withdraw(message)
      const { proof } = await outputWith(withdrawal)
      await portal.send(bob, ...prove(proof))
      l1.pass(finalization, 100n)
      return withdrawal
    },
  }
}

/** Function and arguments that prove a withdrawal. */
export function prove({ withdrawal, l2OutputIndex, outputRootProof, withdrawalProof }: Proof) {
  return ['proveWithdrawalTransaction', [withdrawal, l2OutputIndex, outputRootProof, withdrawalProof]] as const
}

/** Function and arguments that finalise one. */
export function finalize(withdrawal: Withdrawal) {
  return ['finalizeWithdrawalTransaction', [withdrawal]] as const
}

export function lower(value: unknown): unknown {
  return typeof value === 'string' ? value.toLowerCase() : value
}
