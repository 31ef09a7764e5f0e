import type { Address, Client, Hash, Hex } from 'viem'
import { recoverTypedDataAddress } from 'viem'
import { readContract } from 'viem/actions'
import { onL1, type RollupChain } from '../bridge/chain.ts'
import { type AnyClient, allow, type Sender, senderOf, write } from '../bridge/client.ts'
import type { TypedDataSigner } from '../signing.ts'
import { validatorRegistryAbi } from './abi.ts'
import {
  attestationTypedData,
  contractSignature,
  type SignedClaim,
  signRegistration,
  type ValidatorChain,
} from './sign.ts'

/** The chain that an action is for: `rollupChain` makes it. */
type Target = {
  readonly targetChain: ValidatorChain & { readonly contracts: Pick<RollupChain['contracts'], 'openToken'> }
}
type OfValidator = Target & Sender & { readonly id: bigint }
/** The key that attests: an account of viem, of whatever copy of it. */
type Attester = TypedDataSigner & { readonly address: Address }

export type RegisterValidator = Target &
  Sender & {
    /** Wei of OPEN at stake, which stay the sender's. */
    readonly amount: bigint
    readonly signer: Attester
    /** Who is paid on the chain; the signer's account unless given. */
    readonly payee?: Address
  }

/** A validator that has stake. */
export type ListedValidator = {
  readonly id: bigint
  readonly owner: Address
  readonly signer: Address
  readonly account: Address
  readonly stake: bigint
}

export type ValidatorActions = {
  /** Resolves once the stake was approved and the registration sent; the id is in its event `Registered`. */
  registerValidator(args: RegisterValidator): Promise<Hash>
  increaseStake(args: OfValidator & { readonly amount: bigint }): Promise<Hash>
  /** The stake counts no longer; `withdrawStake` pays it when `unbondingSeconds` have passed. */
  unbondStake(args: OfValidator & { readonly amount: bigint }): Promise<Hash>
  withdrawStake(args: OfValidator): Promise<Hash>
  setValidatorSigner(args: OfValidator & { readonly signer: Attester }): Promise<Hash>
  setValidatorPayee(args: OfValidator & { readonly payee: Address }): Promise<Hash>
  /** Two claims that one key signed and that cannot both be true: whoever brings them gets a part of its stake. */
  slashValidator(args: Target & Sender & { readonly first: SignedClaim; readonly second: SignedClaim }): Promise<Hash>
  /** Ends the challenge of an output with attestations of it, in any order. */
  upholdOutput(
    args: Target & Sender & { readonly index: bigint; readonly attestations: readonly SignedClaim[] },
  ): Promise<Hash>
  validatorSet(args: Target): Promise<readonly ListedValidator[]>
}

/** How much the price of L2 gas, paid in L1 gas, may rise until the transaction is in a block: percent. */
const room = 25n

/**
 * What validators and those who watch them do, as actions of a wallet on L1: `wallet.extend(validatorActions())`. What
 * L1 refuses is thrown as viem throws it.
 */
export function validatorActions() {
  return (anyClient: AnyClient): ValidatorActions => {
    const client = anyClient as unknown as Client
    const registryOf = ({ targetChain }: Target) => onL1(targetChain, targetChain.contracts.validatorRegistry)
    const send = async (args: Target & Sender, functionName: string, values: readonly unknown[]) => {
      const call = { address: registryOf(args), abi: validatorRegistryAbi, functionName, args: values }
      return await write(client, args, call, room)
    }
    const approve = async (args: Target & Sender, amount: bigint) => {
      const token = onL1(args.targetChain, args.targetChain.contracts.openToken)
      await allow(client, args, { token, spender: registryOf(args), amount })
    }
    const consentOf = async (args: Target & Sender, signer: Attester): Promise<Hex> =>
      await signRegistration(signer, args.targetChain, senderOf(client, args).address)
    return {
      async registerValidator({ amount, signer, payee = signer.address, ...args }) {
        const consent = await consentOf(args, signer)
        await approve(args, amount)
        return await send(args, 'register', [signer.address, payee, amount, consent])
      },
      async increaseStake({ id, amount, ...args }) {
        await approve(args, amount)
        return await send(args, 'increase', [id, amount])
      },
      unbondStake: async ({ id, amount, ...args }) => await send(args, 'unbond', [id, amount]),
      withdrawStake: async ({ id, ...args }) => await send(args, 'withdraw', [id]),
      setValidatorSigner: async ({ id, signer, ...args }) =>
        await send(args, 'setSigner', [id, signer.address, await consentOf(args, signer)]),
      setValidatorPayee: async ({ id, payee, ...args }) => await send(args, 'setAccount', [id, payee]),
      async slashValidator({ first, second, ...args }) {
        const [one, other] = [first, second].map((said) => ({ ...said, signature: contractSignature(said.signature) }))
        return await send(args, 'slash', [one, other])
      },
      async upholdOutput({ index, attestations, ...args }) {
        const signed = await Promise.all(
          attestations.map(async ({ signature, ...claim }) => {
            const address = await recoverTypedDataAddress({
              ...attestationTypedData(args.targetChain, claim),
              signature,
            })
            return { key: BigInt(address), signature: contractSignature(signature) }
          }),
        )
        const ascending = signed.sort((a, b) => (a.key < b.key ? -1 : 1)).map(({ signature }) => signature)
        return await send(args, 'uphold', [index, ascending])
      },
      validatorSet: async (args) =>
        await readContract(client, {
          address: registryOf(args),
          abi: validatorRegistryAbi,
          functionName: 'validatorSet',
        }),
    }
  }
}
