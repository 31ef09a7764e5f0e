import assert from 'node:assert/strict'
import { beforeEach, describe, test } from 'node:test'
import { concat, keccak256 } from 'viem'
import { type Hex, zeroHash } from '../../../core/hex.ts'
import { finalization, propose } from './rollup.ts'
import { alice, bob, ether } from './testL1.ts'
import type { Proof, Withdrawal } from './testL2.ts'
import { finalize, openWithdrawals, prove, type Withdrawals } from './withdrawals.ts'

let w: Withdrawals
let rollup: Withdrawals['rollup']
let l1: Withdrawals['l1']
let l2: Withdrawals['l2']
let portal: Withdrawals['portal']
let outputWith: Withdrawals['outputWith']
beforeEach(async () => {
  w = await openWithdrawals()
  ;({ rollup, l1, l2, portal, outputWith } = w)
})

describe('a proof', () => {
  let withdrawal: Withdrawal
  let proof: Proof
  beforeEach(async () => {
    for (let i = 0n; i < 20n; i++) await l2.withdraw({ from: bob, target: alice, value: i })
    withdrawal = await l2.withdraw({ from: alice, target: bob, value: ether, gasLimit: 50_000n, data: '0x1234' })
    ;({ proof } = await outputWith(withdrawal))
    assert(proof.withdrawalProof.length >= 2)
  })

  /** Flips the last bit of the byte at an index, from the end if negative. */
  function flip(hex: Hex, at = -1): Hex {
    const bytes = Buffer.from(hex.slice(2), 'hex')
    const index = at < 0 ? bytes.length + at : at
    bytes[index] = bytes[index]! ^ 1
    return `0x${bytes.toString('hex')}` as Hex
  }
  const fails = async (mutated: Proof) => {
    const data = portal.data(...prove(mutated))
    const result = await l1.send({ from: bob, to: portal.address, data })
    assert.equal(result.succeeded, false)
    assert.equal(result.logs.length, 0)
  }
  const failsWith = (fields: Partial<Withdrawal>) => fails({ ...proof, withdrawal: { ...withdrawal, ...fields } })

  test('fails with each field of the withdrawal changed', async () => {
    await failsWith({ nonce: withdrawal.nonce + 1n })
    await failsWith({ sender: bob })
    await failsWith({ target: alice })
    await failsWith({ value: ether + 1n })
    await failsWith({ gasLimit: 50_001n })
    await failsWith({ data: '0x1235' })
    await portal.send(bob, ...prove(proof))
    l1.pass(finalization)
    for (const fields of [
      { nonce: 0n },
      { sender: bob },
      { target: alice },
      { value: ether + 1n },
      { gasLimit: 0n },
      { data: '0x' as Hex },
    ]) {
      const mutated = { ...withdrawal, ...fields }
      await portal.fails('Portal: withdrawal has not been proven yet', bob, ...finalize(mutated))
    }
    await portal.send(bob, ...finalize(withdrawal))
  })

  test('fails with each field of the output changed', async () => {
    const root = proof.outputRootProof
    const problem = 'Portal: invalid output root proof'
    for (const name of ['version', 'stateRoot', 'messagePasserStorageRoot', 'latestBlockhash'] as const) {
      for (const at of [0, -1]) {
        const outputRootProof = { ...root, [name]: flip(root[name], at) }
        await portal.fails(problem, bob, ...prove({ ...proof, outputRootProof }))
      }
    }
    const next = await l2.seal()
    const index = await propose(rollup, next.outputRoot, next.l2BlockNumber)
    await portal.fails(problem, bob, ...prove({ ...proof, l2OutputIndex: index }))
    await portal.fails(problem, bob, ...prove({ ...proof, l2OutputIndex: 0n }))
    const absent = { ...proof, l2OutputIndex: index + 1n }
    await portal.fails('L2OutputOracle: no such output', bob, ...prove(absent))
    const far = { ...proof, l2OutputIndex: proof.l2OutputIndex + (1n << 128n) }
    await portal.fails('L2OutputOracle: no such output', bob, ...prove(far))
    await portal.send(bob, ...prove(proof))
  })

  test('fails with another version even if its root was proposed', async () => {
    const root = proof.outputRootProof
    const version = `0x${'1'.padStart(64, '0')}` as Hex
    const fields = [version, root.stateRoot, root.messagePasserStorageRoot, root.latestBlockhash]
    const index = await propose(rollup, keccak256(concat(fields)))
    const mutated = { ...proof, l2OutputIndex: index, outputRootProof: { ...root, version } }
    await portal.fails('Portal: invalid output root proof', bob, ...prove(mutated))
  })

  test('fails with any part of the path changed, missing or added', async () => {
    const path = proof.withdrawalProof
    await fails({ ...proof, withdrawalProof: [] })
    await fails({ ...proof, withdrawalProof: ['0x'] })
    await fails({ ...proof, withdrawalProof: path.slice(1) })
    await fails({ ...proof, withdrawalProof: path.slice(0, -1) })
    await fails({ ...proof, withdrawalProof: [...path, path.at(-1)!] })
    await fails({ ...proof, withdrawalProof: [...path, '0x80'] })
    await fails({ ...proof, withdrawalProof: [...path].reverse() })
    for (const [i, node] of path.entries()) {
      const bytes = (node.length - 2) / 2
      for (let at = 0; at < bytes; at += Math.max(1, Math.floor(bytes / 16))) {
        await fails({ ...proof, withdrawalProof: path.with(i, flip(node, at)) })
      }
      await fails({ ...proof, withdrawalProof: path.with(i, node.slice(0, -2) as Hex) })
      await fails({ ...proof, withdrawalProof: path.with(i, `${node}00` as Hex) })
    }
    await portal.send(bob, ...prove(proof))
  })

  test("fails with another withdrawal's path", async () => {
    const other = await l2.withdraw({ from: bob, target: bob, value: 1n })
    const { proof: otherProof } = await outputWith(other)
    await fails({ ...otherProof, withdrawal })
    await portal.send(bob, ...prove(otherProof))
  })
})

// Who looks for two withdrawals with keys that begin alike, which takes seconds, makes another's leaf that short.
test('a leaf so short that it lies inside its parent is proven, as the node gives it and as viem does', async () => {
  const message = { from: alice, target: bob, value: 1n }
  const both = [
    await l2.withdraw({ ...message, gasLimit: 126_135n }),
    await l2.withdraw({ ...message, gasLimit: 109_266n }),
  ]
  const keys = both.map(({ withdrawalHash }) => keccak256(keccak256(concat([withdrawalHash, zeroHash]))))
  const [first, second] = keys.map((key) => key.slice(0, 10))
  assert.equal(first, second)
  for (const withdrawal of both) {
    const { proof } = await outputWith(withdrawal)
    const nodes = proof.withdrawalProof
    const leaf = nodes.at(-1)!
    assert(leaf.length < 2 + 2 * 32, 'the leaf is short, viem adds it')
    assert(nodes.at(-2)!.includes(leaf.slice(2)), 'and it is in its parent')
    l1.world.checkpoint()
    await portal.send(bob, ...prove(proof))
    l1.world.revert()
    const short = { ...proof, withdrawalProof: nodes.slice(0, -1) }
    await portal.send(bob, ...prove(short))
  }
})
