import { zeroAddress } from '../../core/hex.ts'
import { l1AttributesGas } from '../../core/l1Attributes.ts'
import { maxTxGas } from '../../core/txGas.ts'
import type { BlockEnv, CallMessage } from '../../state/engine.ts'
import { nextBaseFee } from '../../state/fees.ts'
import { failure, type RpcFailure } from '../errors.ts'
import type { CallArgs } from '../params/call.ts'
import type { BlockOverrides } from '../params/overrides.ts'
import type { Found } from '../view.ts'

/** The environment of a call on top of a block: that block's own fields (geth's rule), as overridden. */
export function callEnv({ header }: Found, overrides: BlockOverrides | undefined): BlockEnv {
  return {
    number: overrides?.number ?? header.number,
    timestamp: overrides?.time ?? header.timestamp,
    coinbase: overrides?.feeRecipient ?? header.coinbase,
    gasLimit: overrides?.gasLimit ?? header.gasLimit,
    baseFee: overrides?.baseFeePerGas ?? header.baseFeePerGas,
    mixHash: overrides?.prevRandao ?? header.mixHash,
    parentHash: header.parentHash,
    parentBeaconBlockRoot: header.parentBeaconBlockRoot,
  }
}

/** The environment of the next block: of estimates, and of `pending`. `timestamp`: where it is known; else the parent's. */
export function nextEnv(found: Found, timestamp: bigint | undefined, overrides: BlockOverrides | undefined): BlockEnv {
  return callEnv(
    {
      hash: found.hash,
      header: {
        ...found.header,
        parentHash: found.hash,
        number: found.header.number + 1n,
        timestamp: timestamp ?? found.header.timestamp,
        baseFeePerGas: nextBaseFee(found.header),
      },
    },
    overrides,
  )
}

/** The message a call object means, with `gas` as given or `gasCap`; without fee fields the gas is free. */
export function callMessage(
  args: CallArgs,
  baseFee: bigint,
  gasCap: bigint,
  chainId: bigint,
): CallMessage | RpcFailure {
  if (args.chainId !== undefined && args.chainId !== chainId) {
    return failure('server', `chainId does not match node's (have=${args.chainId}, want=${chainId})`)
  }
  const { from = zeroAddress, to, value = 0n, data, accessList, authorizationList } = args
  const most = args.gasPrice ?? args.maxFeePerGas ?? 0n
  if (most > 0n && most < baseFee) {
    const numbers = `address ${from}, maxFeePerGas: ${most}, baseFee: ${baseFee}`
    return failure('server', `max fee per gas less than block base fee: ${numbers}`)
  }
  const gas = args.gas === undefined || args.gas > gasCap ? gasCap : args.gas
  return {
    from,
    to,
    value,
    gas,
    gasPrice: effectivePrice(args, baseFee),
    data,
    checkBalance: true,
    ...(accessList === undefined ? undefined : { accessList }),
    ...(authorizationList === undefined ? undefined : { authorizationList }),
  }
}

/** What the call pays per gas: the price, or base fee and tip under the cap (EIP-1559). */
function effectivePrice({ gasPrice, maxFeePerGas, maxPriorityFeePerGas }: CallArgs, baseFee: bigint): bigint {
  if (gasPrice !== undefined) return gasPrice
  if (maxFeePerGas === undefined && maxPriorityFeePerGas === undefined) return 0n
  const tip = maxPriorityFeePerGas ?? 0n
  const cap = maxFeePerGas ?? baseFee + tip
  return cap < baseFee + tip ? cap : baseFee + tip
}

/**
 * The most gas an estimate tries: what a block has for users after its first deposit, which is what the mempool takes,
 * a transaction's bound (EIP-7825), and that of calls.
 */
export function estimateCap(gas: bigint | undefined, blockGasLimit: bigint, callGas: bigint): bigint {
  const userGas = blockGasLimit > l1AttributesGas ? blockGasLimit - l1AttributesGas : 0n
  const wanted = gas !== undefined && gas >= 21_000n ? gas : userGas
  return [userGas, maxTxGas, callGas].reduce((low, bound) => (bound < low ? bound : low), wanted)
}
