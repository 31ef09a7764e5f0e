import type { Address, Client, Hash, Hex } from 'viem'
import { bridgedEther, bridgedTokenFactory, l2Bridge } from './abi.ts'
import { type AnyClient, type Sender, senderOf, write } from './client.ts'

export type WithdrawEth = Sender & {
  readonly amount: bigint
  /** Who gets it on L1; the sender unless given. */
  readonly to?: Address
  /** Gas that paying it out takes on L1, beside what the bridge itself needs. */
  readonly minGasLimit?: number
  readonly extraData?: Hex
}

export type WithdrawErc20 = WithdrawEth & {
  /** The token on the chain. */
  readonly token: Address
}

export type CreateBridgedToken = Sender & {
  readonly l1Token: Address
  readonly name: string
  readonly symbol: string
  /** Those of the token on L1; 18 unless given. */
  readonly decimals?: number
}

export type BridgeActionsL2 = {
  withdrawEth(args: WithdrawEth): Promise<Hash>
  withdrawErc20(args: WithdrawErc20): Promise<Hash>
  /** Makes the token that stands for one of L1; its address is in the event `OptimismMintableERC20Created`. */
  createBridgedToken(args: CreateBridgedToken): Promise<Hash>
}

/**
 * Withdrawals of ETH and tokens as actions of a wallet on the chain: `wallet.extend(bridgeActionsL2())`. Each burns at
 * once and resolves to the transaction's hash; from its receipt on viem's op-stack actions prove and finalise it on L1,
 * as they do for OPEN, which `initiateWithdrawal` of `walletActionsL2` withdraws.
 */
export function bridgeActionsL2() {
  return (anyClient: AnyClient): BridgeActionsL2 => {
    const client = anyClient as unknown as Client
    async function withdrawErc20({ token, amount, minGasLimit = 0, extraData = '0x', ...args }: WithdrawErc20) {
      const to = args.to ?? senderOf(client, args).address
      const call = { ...l2Bridge, functionName: 'withdrawTo', args: [token, to, amount, minGasLimit, extraData] }
      return await write(client, args, call)
    }
    return {
      withdrawErc20,
      withdrawEth: async (args) => await withdrawErc20({ ...args, token: bridgedEther }),
      async createBridgedToken({ l1Token, name, symbol, decimals = 18, ...args }) {
        return await write(client, args, {
          ...bridgedTokenFactory,
          functionName: 'createOptimismMintableERC20WithDecimals',
          args: [l1Token, name, symbol, decimals],
        })
      },
    }
  }
}
