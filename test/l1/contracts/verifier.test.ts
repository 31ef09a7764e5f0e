import assert from 'node:assert/strict'
import { before, beforeEach, describe, test } from 'node:test'
import { hashTypedData } from 'viem'
import { type PrivateKeyAccount, privateKeyToAccount } from 'viem/accounts'
import type { Address } from '../../../core/hex.ts'
import { upholdTypes } from '../../../l1/abi.ts'
import { bond, deployRollup, guardian, owner, propose, type Rollup, verifierPeriod } from './rollup.ts'
import { alice, bob, type TestContract, type TestL1 } from './testL1.ts'

const root = `0x${'77'.repeat(32)}` as const
let signers: readonly PrivateKeyAccount[]
let outsider: PrivateKeyAccount
let rollup: Rollup
let l1: TestL1
let verifier: TestContract
let oracle: TestContract

before(() => {
  const accounts = [1, 2, 3, 4, 5, 6].map((i) => privateKeyToAccount(`0x${String(i).repeat(64)}`))
  const [last, ...rest] = accounts.sort((a, b) => (a.address.toLowerCase() < b.address.toLowerCase() ? 1 : -1))
  outsider = last!
  signers = rest.reverse()
})

/** Three of five, and a challenged output at index 1. */
beforeEach(async () => {
  rollup = await deployRollup({ signers: signers.map(({ address }) => lower(address)), threshold: 3n })
  ;({ l1, verifier, oracle } = rollup)
  await propose(rollup, root)
  await oracle.send(alice, 'challenge', [1n], { value: bond })
})

type Changes = { readonly domain?: object; readonly message?: object }

async function typedData({ domain, message }: Changes = {}, index = 1n) {
  const output = (await oracle.get('getL2Output', [index])) as { outputRoot: `0x${string}`; l2BlockNumber: bigint }
  const [l1BlockNumber, l1BlockHash] = (await oracle.get('outputL1Block', [index])) as [bigint, `0x${string}`]
  return {
    domain: {
      name: 'OpenLedger SignerVerifier',
      version: '1',
      chainId: 900,
      verifyingContract: verifier.address,
      ...domain,
    },
    types: upholdTypes,
    primaryType: 'Uphold',
    message: {
      oracle: oracle.address,
      outputIndex: index,
      outputRoot: output.outputRoot,
      l2BlockNumber: output.l2BlockNumber,
      l1BlockHash,
      l1BlockNumber,
      ...message,
    },
  } as const
}

async function sign(accounts: readonly (PrivateKeyAccount | undefined)[], changes?: Changes) {
  const data = await typedData(changes)
  return Promise.all(accounts.map((account) => account!.signTypedData(data)))
}
const uphold = (signatures: readonly string[]) => [bob, 'uphold', [1n, signatures]] as const

describe('the verifier', () => {
  test('has the hash that viem has', async () => {
    assert.equal(await verifier.get('upholdHash', [1n]), hashTypedData(await typedData()))
  })

  test('has a hash for each output', async () => {
    // The same root: only block and index differ.
    await propose(rollup, root)
    assert.equal(await verifier.get('upholdHash', [2n]), hashTypedData(await typedData({}, 2n)))
    assert.notEqual(await verifier.get('upholdHash', [1n]), await verifier.get('upholdHash', [2n]))
  })

  test('upholds an output that enough signers vouch for', async () => {
    const result = await verifier.send(...uphold(await sign([signers[0], signers[2], signers[4]])))
    assert.equal(oracle.events(result, 'OutputUpheld').length, 1)
    assert.equal(await oracle.get('isFrozen', [1n]), false)
  })

  test('takes more signatures than it needs', async () => {
    await verifier.send(...uphold(await sign(signers)))
    assert.equal(await oracle.get('isUpheld', [1n]), true)
  })

  test('counts nobody twice and nobody else', async () => {
    const [a, b, c] = signers
    const few = 'SignerVerifier: too few signatures'
    const ascend = 'SignerVerifier: signers must ascend'
    await verifier.fails(few, ...uphold([]))
    await verifier.fails(few, ...uphold(await sign([a, b])))
    await verifier.fails(ascend, ...uphold(await sign([a, a, b])))
    await verifier.fails(ascend, ...uphold(await sign([a, c, b])))
    await verifier.fails(ascend, ...uphold(await sign([a, b, c, a])))
    const others = [outsider, b, c].sort((x, y) => (lower(x!.address) < lower(y!.address) ? -1 : 1))
    await verifier.fails('SignerVerifier: not a signer', ...uphold(await sign(others)))
    assert.equal(await oracle.get('isFrozen', [1n]), true)
  })

  test('refuses what is no signature, and the other form of one', async () => {
    const [first, second, third] = (await sign(signers.slice(0, 3))) as [string, string, string]
    const invalid = 'SignerVerifier: invalid signature'
    for (const bad of ['0x', first.slice(0, -2), `${first}00`, `0x${'00'.repeat(65)}`, `${first.slice(0, -2)}02`])
      await verifier.fails(invalid, ...uphold([bad, second, third]))
    const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n
    const s = (order - BigInt(`0x${first.slice(66, 130)}`)).toString(16).padStart(64, '0')
    const high = `${first.slice(0, 66)}${s}${first.endsWith('1b') ? '1c' : '1b'}`
    await verifier.fails(invalid, ...uphold([high, second, third]))
    await verifier.send(...uphold([first, second, third]))
  })

  test('binds a signature to chain, contracts, output and L1 block', async () => {
    const accounts = signers.slice(0, 3)
    const changes: readonly Changes[] = [
      { domain: { chainId: 1 } },
      { domain: { verifyingContract: oracle.address } },
      { domain: { name: 'Other' } },
      { domain: { version: '2' } },
      { message: { oracle: verifier.address } },
      { message: { outputIndex: 2n } },
      { message: { outputRoot: `0x${'78'.repeat(32)}` } },
      { message: { l2BlockNumber: 5n } },
      { message: { l1BlockHash: `0x${'78'.repeat(32)}` } },
      { message: { l1BlockNumber: 5n } },
    ]
    for (const change of changes) {
      const data = verifier.data('uphold', [1n, await sign(accounts, change)])
      // The recovered addresses are random: they are not signers, or do not ascend.
      const result = await l1.send({ from: bob, to: verifier.address, data })
      assert.equal(
        result.succeeded,
        false,
        JSON.stringify(change, (_, value) => String(value)),
      )
    }
    await verifier.send(...uphold(await sign(accounts)))
  })

  test('signatures for an output do not count for the one that takes its place', async () => {
    const signatures = await sign(signers.slice(0, 3))
    await oracle.send(guardian, 'deleteL2Outputs', [1n])
    await propose(rollup, `0x${'66'.repeat(32)}`)
    await oracle.send(alice, 'challenge', [1n], { value: bond })
    assert.equal(
      (await l1.send({ from: bob, to: verifier.address, data: verifier.data('uphold', [1n, signatures]) })).succeeded,
      false,
    )
    assert.equal(await oracle.get('isFrozen', [1n]), true)
  })

  test('comes too late after the deadline, and has no say without a challenge', async () => {
    const signatures = await sign(signers.slice(0, 3))
    l1.pass(verifierPeriod + 1n)
    await verifier.fails('L2OutputOracle: too late to uphold the output', ...uphold(signatures))
    await oracle.send(bob, 'resolve', [1n])
    await verifier.fails('L2OutputOracle: no such output', ...uphold(signatures))
    await propose(rollup, root)
    await verifier.fails('L2OutputOracle: the output is not challenged', ...uphold(await sign(signers.slice(0, 3))))
  })

  test('goes by the signers of now', async () => {
    const signatures = await sign(signers.slice(0, 3))
    const [, b, c, d, e] = signers.map(({ address }) => address)
    await rollup.config.send(owner, 'setSigners', [[b, c, d, e], 3n])
    await verifier.fails('SignerVerifier: not a signer', ...uphold(signatures))
    await rollup.config.send(owner, 'setSigners', [[outsider.address], 1n])
    await verifier.send(...uphold(await sign([outsider])))
  })
})

function lower(address: string): Address {
  return address.toLowerCase() as Address
}
