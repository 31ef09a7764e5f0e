import assert from 'node:assert/strict'
import { decodeFunctionData } from 'viem'
import { aliasOf } from '../../../core/alias.ts'
import { type Claim, claimDigest, registrationDigest, signatureBytes } from '../../../core/attestation.ts'
import { type Address, bytesToHex, type Hash, type Hex, hexToBytes } from '../../../core/hex.ts'
import { keccakHash } from '../../../core/keccak.ts'
import { predeploys } from '../../../core/predeploys.ts'
import { privateKeyToAddress, sign } from '../../../core/secp256k1.ts'
import { loadContract } from '../../../genesis/loadContract.ts'
import { decodeDepositLog } from '../../../l1/extract/deposit.ts'
import type { TxResult } from '../../../state/engine.ts'
import { deployRollup, l2ChainId, minStake, type Rollup, type RollupOptions } from './rollup.ts'
import { deployer, ether, type TestContract } from './testL1.ts'

/** A key that attests. */
export type Key = { readonly address: Address; readonly privateKey: Uint8Array }
/** One that is registered, for whom, and who is paid for it. */
export type Registered = { readonly id: bigint; readonly key: Key; readonly owner: Address; readonly account: Address }
/** What L2 is told. */
export type Weight = { readonly account: string; readonly signer: string; readonly weight: number }

export const keyOf = (seed: number): Key => {
  const privateKey = hexToBytes(keccakHash(Uint8Array.of(seed)))
  return { address: privateKeyToAddress(privateKey), privateKey }
}
export const ownerOf = (at: number) => `0x0a${(at + 1).toString(16).padStart(38, '0')}` as Address
export const accountOf = (at: number) => `0xac${(at + 1).toString(16).padStart(38, '0')}` as Address
export const refusal = (problem: string) => `ValidatorRegistry: ${problem}`

const vaultAbi = loadContract('ValidatorVault').abi

/** The contracts with a registry that owners have OPEN for. */
export async function openRegistry(options: RollupOptions = {}) {
  const rollup = await deployRollup(options)
  const { l1, registry, open, portal } = rollup
  const domain = { l1ChainId: 900n, registry: registry.address, chainId: l2ChainId }
  const signed = (digest: Hash, { privateKey }: Key): Hex =>
    bytesToHex(signatureBytes(sign(hexToBytes(digest), privateKey)))

  /** Gives an account OPEN, and lets the registry take it. */
  async function fund(owner: Address, wei: bigint): Promise<void> {
    await open.send(deployer, 'transfer', [owner, wei])
    await open.send(owner, 'approve', [registry.address, wei])
  }
  /** What a key says to its owner. */
  const consent = (key: Key, owner: Address) => signed(registrationDigest(domain, owner), key)

  async function register(at: number, stakeWei = minStake): Promise<Registered> {
    const [key, owner, account] = [keyOf(at), ownerOf(at), accountOf(at)]
    await fund(owner, stakeWei)
    await registry.send(owner, 'register', [key.address, account, stakeWei, consent(key, owner)])
    return { id: (await registry.get('idOf', [key.address])) as bigint, key, owner, account }
  }

  return {
    ...rollup,
    domain,
    fund,
    consent,
    register,
    attest: (claim: Claim, key: Key) => ({ ...claim, signature: signed(claimDigest(domain, claim), key) }),
    held: async (account: Address) => (await open.get('balanceOf', [account])) as bigint,
    stakeOf: async ({ address }: Key) => (await registry.get('stakeOf', [address])) as bigint,
    /** The weights that a transaction tells L2, as it will get them. */
    told: ({ logs }: TxResult): readonly Weight[] =>
      logs
        .filter(({ address }) => address === portal.address)
        .map((log) => {
          const deposit = decodeDepositLog(log, l1.hashOf(7n), 3n)
          assert(deposit !== undefined)
          const { from, to, mint, value, gas, data } = deposit
          assert.deepEqual(
            { from, to, mint, value, gas },
            { from: aliasOf(registry.address), to: predeploys.validatorVault, mint: 0n, value: 0n, gas: 300_000n },
          )
          const { functionName, args = [] } = decodeFunctionData({ abi: vaultAbi, data: bytesToHex(data) })
          assert.equal(functionName, 'setWeight')
          const [account, signer, weight] = args as [string, string, number]
          return { account: account.toLowerCase(), signer: signer.toLowerCase(), weight }
        }),
  }
}
export type Registry = Awaited<ReturnType<typeof openRegistry>>

/** Every number of the registry, to see that a refusal changes none. */
export async function numbersOf({ registry }: Pick<Rollup, 'registry'>) {
  const names = ['totalStake', 'totalUnbonding', 'burned', 'validatorCount', 'validatorSet'] as const
  return Object.fromEntries(await Promise.all(names.map(async (name) => [name, await registry.get(name)] as const)))
}

/** One validator as the contract has it. */
export async function validatorOf(registry: TestContract, id: bigint) {
  const fields = (await registry.get('validators', [id])) as readonly unknown[]
  const [owner, unbondedAt, isSlashed, , signer, stake, account, unbonding] = fields.map((value) =>
    typeof value === 'string' ? value.toLowerCase() : value,
  )
  return { owner, unbondedAt, isSlashed, signer, stake, account, unbonding }
}

export const whole = (open: bigint) => open * ether
