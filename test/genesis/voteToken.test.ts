import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import { privateKeyToAccount } from 'viem/accounts'
import type { Address } from '../../core/hex.ts'
import { predeploys } from '../../core/predeploys.ts'
import { loadSpec } from '../../genesis/loadSpec.ts'
import { devnet, type Governance, open, openGovernance } from './governance.ts'

const user = `0x${'a1'.repeat(20)}` as Address
const other = `0x${'b2'.repeat(20)}` as Address
const anyone = `0x${'c3'.repeat(20)}` as Address
const to = predeploys.voteToken
const time = (sec: bigint) => devnet.timestamp + sec

let chain: Governance
before(async () => {
  chain = await openGovernance()
})

const get = (name: string, args: readonly unknown[] = [], afterSec = 0n) =>
  chain.token.ok(anyone, name, args, { afterSec })

describe('vote token', () => {
  test('wraps by deposit and by plain transfer, and unwraps; every token is backed', async () => {
    await chain.token.ok(user, 'deposit', [], { value: 3n * open, afterSec: 10n })
    assert((await chain.chain.send({ from: user, to, value: open }, 20n)).succeeded)
    assert.deepEqual([await get('balanceOf', [user]), chain.chain.balance(to)], [4n * open, 4n * open])
    await chain.token.ok(user, 'withdraw', [2n * open], { afterSec: 30n })
    assert.deepEqual([await get('balanceOf', [user]), await get('totalSupply')], [2n * open, 2n * open])
    assert.deepEqual([chain.chain.balance(user), chain.chain.balance(to)], [2n * open, 2n * open])
    await chain.token.fails('ERC20InsufficientBalance', user, 'withdraw', [2n * open + 1n])
    assert.equal(await get('decimals'), 18)
  })

  test('who deposits votes, by the time in seconds', async () => {
    assert.equal(await get('CLOCK_MODE'), 'mode=timestamp')
    assert.equal(await get('clock', [], 31n), Number(time(31n)))
    const past = async (sec: bigint) => get('getPastVotes', [user, time(sec)], 40n)
    assert.deepEqual(
      [await past(9n), await past(10n), await past(19n), await past(20n), await past(29n), await past(30n)],
      [0n, 3n * open, 3n * open, 4n * open, 4n * open, 2n * open],
    )
    assert.equal(await get('getPastTotalSupply', [time(20n)], 40n), 4n * open)
    await chain.token.fails('ERC5805FutureLookup', anyone, 'getPastVotes', [user, time(40n)], { afterSec: 40n })
  })

  test('votes move with tokens to who has a delegate, and a chosen delegate stays', async () => {
    await chain.token.ok(user, 'transfer', [other, open], { afterSec: 50n })
    assert.deepEqual([await get('getVotes', [user]), await get('getVotes', [other])], [open, 0n])
    await chain.token.ok(other, 'delegate', [user], { afterSec: 51n })
    assert.equal(await get('getVotes', [user]), 2n * open)
    await chain.token.ok(other, 'deposit', [], { value: open, afterSec: 52n })
    assert.deepEqual([await get('getVotes', [user]), await get('getVotes', [other])], [3n * open, 0n])
  })

  for (const name of ['devnet', 'mainnet'] as const) {
    test(`${name}: a permit and a delegation signed for this chain hold, for another chain they do not`, async () => {
      const spec = loadSpec(name)
      const { token, chain: state } = await openGovernance(spec)
      const signer = privateKeyToAccount(`0x${'09'.repeat(32)}`)
      const owner = signer.address.toLowerCase() as Address
      const deadline = spec.timestamp + 100n
      const domain = (chainId: bigint) =>
        ({ name: 'Vote OPEN', version: '1', chainId: Number(chainId), verifyingContract: to }) as const
      const permit = async (chainId: bigint) => {
        const signature = await signer.signTypedData({
          domain: domain(chainId),
          types: {
            Permit: [
              { name: 'owner', type: 'address' },
              { name: 'spender', type: 'address' },
              { name: 'value', type: 'uint256' },
              { name: 'nonce', type: 'uint256' },
              { name: 'deadline', type: 'uint256' },
            ],
          },
          primaryType: 'Permit',
          message: { owner, spender: other, value: open, nonce: 0n, deadline },
        })
        return [owner, other, open, deadline, ...split(signature)]
      }
      await token.ok(owner, 'deposit', [], { value: open })
      await token.fails('ERC2612InvalidSigner', anyone, 'permit', await permit(spec.chainId + 1n))
      await token.ok(anyone, 'permit', await permit(spec.chainId))
      assert.equal(await token.ok(anyone, 'nonces', [owner]), 1n)
      const signature = await signer.signTypedData({
        domain: domain(spec.chainId),
        types: {
          Delegation: [
            { name: 'delegatee', type: 'address' },
            { name: 'nonce', type: 'uint256' },
            { name: 'expiry', type: 'uint256' },
          ],
        },
        primaryType: 'Delegation',
        message: { delegatee: other, nonce: 1n, expiry: deadline },
      })
      await token.ok(anyone, 'delegateBySig', [other, 1n, deadline, ...split(signature)])
      assert.equal(await token.ok(anyone, 'getVotes', [other]), open)
      await token.ok(other, 'transferFrom', [owner, other, open])
      await token.ok(other, 'withdraw', [open])
      assert.equal(state.balance(other), open)
    })
  }
})

/** v, r and s. */
function split(signature: `0x${string}`): readonly [number, string, string] {
  return [Number(`0x${signature.slice(130)}`), signature.slice(0, 66), `0x${signature.slice(66, 130)}`]
}
