import type { Address, Client, Hash, Hex } from 'viem'
import { zeroAddress } from 'viem'
import { l1BridgeAbi, openPortalAbi } from './abi.ts'
import { onL1, type RollupChain } from './chain.ts'
import { type AnyClient, allow, type Sender, senderOf, write } from './client.ts'

/** The chain that an action is for, as viem's op-stack actions take it: `rollupChain` makes it. */
type Target = { readonly targetChain: Pick<RollupChain, 'name' | 'sourceId'> & { readonly contracts: Contracts } }
type Contracts = Pick<RollupChain['contracts'], 'portal' | 'l1StandardBridge' | 'openToken'>

/** The gas that a plain transfer of OPEN takes on the chain, and something for a contract that receives it. */
const defaultGas = 100_000n

/** How much the price of L2 gas, paid in L1 gas, may rise until the transaction is in a block: percent. */
const room = 25n

export type DepositOpen = Target &
  Sender & {
    /** Wei of OPEN that leave L1 and are minted on the chain. */
    readonly amount: bigint
    /** Who gets it; the sender unless given. Absent for a creation. */
    readonly to?: Address
    /** Wei of OPEN that the transaction on the chain carries; `amount` unless given. */
    readonly value?: bigint
    /** Gas of the transaction on the chain; what it does not use is lost. */
    readonly gas?: bigint
    readonly data?: Hex
    readonly isCreation?: boolean
  }

export type BridgeEth = Target &
  Sender & {
    readonly amount: bigint
    readonly to?: Address
    /** Beside what the bridge itself needs on the chain. */
    readonly minGasLimit?: number
    readonly extraData?: Hex
  }

export type BridgeErc20 = BridgeEth & {
  readonly token: Address
  /** The token on the chain that stands for it. */
  readonly l2Token: Address
}

export type BridgeActionsL1 = {
  depositOpen(args: DepositOpen): Promise<Hash>
  bridgeEth(args: BridgeEth): Promise<Hash>
  bridgeErc20(args: BridgeErc20): Promise<Hash>
}

/**
 * Deposits as actions of a wallet on L1: `wallet.extend(bridgeActionsL1())`. Each resolves to the hash of the
 * transaction on L1, `getL2TransactionHashes` of its receipt gives the one on the chain. What takes a token approves it
 * first, exactly what is needed, and waits for that. What L1 refuses is thrown as viem throws it.
 */
export function bridgeActionsL1() {
  return (anyClient: AnyClient): BridgeActionsL1 => {
    const client = anyClient as unknown as Client
    return {
      async depositOpen({ targetChain, amount, gas = defaultGas, data = '0x', isCreation = false, ...args }) {
        const { openToken, portal } = targetChain.contracts
        const spender = onL1(targetChain, portal)
        if (amount > 0n) await allow(client, args, { token: onL1(targetChain, openToken), spender, amount })
        const to = isCreation ? zeroAddress : (args.to ?? senderOf(client, args).address)
        return await write(
          client,
          args,
          {
            address: spender,
            abi: openPortalAbi,
            functionName: 'depositERC20Transaction',
            args: [to, amount, args.value ?? amount, gas, isCreation, data],
          },
          room,
        )
      },
      async bridgeEth({ targetChain, amount, minGasLimit = 0, extraData = '0x', ...args }) {
        const to = args.to ?? senderOf(client, args).address
        return await write(
          client,
          args,
          {
            address: onL1(targetChain, targetChain.contracts.l1StandardBridge),
            abi: l1BridgeAbi,
            functionName: 'bridgeETHTo',
            args: [to, minGasLimit, extraData],
            value: amount,
          },
          room,
        )
      },
      async bridgeErc20({ targetChain, token, l2Token, amount, minGasLimit = 0, extraData = '0x', ...args }) {
        const bridge = onL1(targetChain, targetChain.contracts.l1StandardBridge)
        await allow(client, args, { token, spender: bridge, amount })
        const to = args.to ?? senderOf(client, args).address
        return await write(
          client,
          args,
          {
            address: bridge,
            abi: l1BridgeAbi,
            functionName: 'bridgeERC20To',
            args: [token, l2Token, to, amount, minGasLimit, extraData],
          },
          room,
        )
      },
    }
  }
}
