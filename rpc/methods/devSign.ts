import { isProtocol } from '../../attribution/native/addresses.ts'
import { type Address, bytesToHex, concatBytes, type Hash } from '../../core/hex.ts'
import { impersonate } from '../../core/impersonate.ts'
import { keccak256 } from '../../core/keccak.ts'
import { sign } from '../../core/secp256k1.ts'
import type { SignedTx, TxEnvelope } from '../../core/tx.ts'
import type { UnsignedTx } from '../../core/txEncode.ts'
import { signTx } from '../../core/txEnvelope.ts'
import { txToJson } from '../../core/txJson.ts'
import { nextBaseFee } from '../../state/fees.ts'
import type { DevContext, RpcContext } from '../context.ts'
import { failure, failureWithHint, isFailure, type RpcFailure } from '../errors.ts'
import { suggestTip } from '../fees/tips.ts'
import type { Method, Session } from '../method.ts'
import { latest } from '../params/blockId.ts'
import { type CallArgs, callArgs } from '../params/call.ts'
import { bad, isObject, optional, param } from '../params/param.ts'
import { address, data } from '../params/values.ts'
import { send } from '../send.ts'
import { estimate } from './calls.ts'
import { devMethod } from './devMethod.ts'

type Maker = (nonce: bigint) => TxEnvelope<SignedTx>

/** A call object with everything but the nonce filled in: what makes the signed or impersonated transaction of it. */
async function prepare(
  context: RpcContext,
  dev: DevContext,
  args: CallArgs,
  { ip }: Session,
): Promise<Prepared | RpcFailure> {
  const { from = dev.keys.keys().next().value } = args
  if (from === undefined) return unknownAccount
  const key = dev.keys.get(from)
  if (key === undefined && !dev.impersonateAll && !dev.impersonated.has(from)) return unknownAccount
  if (isProtocol(from)) return protocolAccount
  if (args.chainId !== undefined && args.chainId !== context.rules.chainId) {
    return failure('server', `chainId does not match node's (have=${args.chainId}, want=${context.rules.chainId})`)
  }
  const gas = args.gas ?? (await estimate(context, { args: { ...args, from }, id: latest, client: ip }))
  if (isFailure(gas)) return gas
  const fields = fill(context, args, gas)
  if (isFailure(fields)) return fields
  const make: Maker = (nonce) => {
    const whole = { ...fields, nonce }
    return key === undefined ? impersonate(whole, from) : signTx(whole, key)
  }
  return { from, make }
}

type Prepared = { readonly from: Address; readonly make: Maker }

/** Sends one account's transactions one after the other: each takes the nonce after the one before it. */
async function sendPrepared(
  context: RpcContext,
  dev: DevContext,
  args: CallArgs,
  session: Session,
): Promise<Hash | RpcFailure> {
  const prepared = await prepare(context, dev, args, session)
  if (isFailure(prepared)) return prepared
  const { from, make } = prepared
  if (args.nonce !== undefined) return send(context, make(args.nonce))
  const turn = (dev.sending.get(from) ?? Promise.resolve()).then(async () =>
    send(context, make(await nextNonce(context, from))),
  )
  const done = turn.catch(() => undefined)
  dev.sending.set(from, done)
  void done.then(() => dev.sending.get(from) === done && dev.sending.delete(from))
  return turn
}

async function nextNonce({ backend, view }: RpcContext, from: Address): Promise<bigint> {
  return (await backend.poolNonce(from)) ?? view.stateOf(view.latest().header).account(from)?.nonce ?? 0n
}

function fill(
  { view, rules }: RpcContext,
  { to, value = 0n, data, gasPrice, accessList, authorizationList, ...fees }: CallArgs,
  gas: bigint,
): UnsignedTx | RpcFailure {
  const { chainId } = rules
  const call = { nonce: 0n, gas, to, value, data }
  if (gasPrice !== undefined) {
    if (authorizationList !== undefined) return failure('invalidParams', 'authorizationList needs maxFeePerGas')
    if (accessList === undefined) return { type: 0, chainId, gasPrice, ...call }
    return { type: 1, chainId, gasPrice, accessList, ...call }
  }
  const maxPriorityFeePerGas = fees.maxPriorityFeePerGas ?? suggestTip(view)
  const maxFeePerGas = fees.maxFeePerGas ?? 2n * nextBaseFee(view.latest().header) + maxPriorityFeePerGas
  const market = { chainId, maxFeePerGas, maxPriorityFeePerGas, accessList: accessList ?? [] }
  if (authorizationList === undefined) return { type: 2, ...market, ...call }
  if (to === undefined) return failure('invalidParams', 'EIP-7702 transaction cannot be used to create contract')
  return { type: 4, ...market, ...call, to, authorizationList }
}

/** EIP-191's personal message. */
function signText(dev: DevContext, from: Address, message: Uint8Array): string | RpcFailure {
  const prefix = Buffer.from(`\x19Ethereum Signed Message:\n${message.length}`)
  return signDigest(dev, from, keccak256(concatBytes(prefix, message)))
}

function signDigest(dev: DevContext, from: Address, digest: Uint8Array): string | RpcFailure {
  const key = dev.keys.get(from)
  if (key === undefined) return unknownAccount
  const { r, s, yParity } = sign(digest, key)
  const word = (value: bigint) => value.toString(16).padStart(64, '0')
  return `0x${word(r)}${word(s)}${(27 + yParity).toString(16)}`
}

/** EIP-712. viem is loaded only when somebody signs typed data. */
async function signTypedData(dev: DevContext, from: Address, typed: object): Promise<string | RpcFailure> {
  const { hashTypedData } = await import('viem')
  let digest: `0x${string}`
  try {
    digest = hashTypedData(typed as Parameters<typeof hashTypedData>[0])
  } catch {
    return failure('invalidParams', 'invalid argument 1: not EIP-712 typed data')
  }
  return signDigest(dev, from, Buffer.from(digest.slice(2), 'hex'))
}

const typedData = param<object>('TYPED_DATA', (value) => {
  if (isObject(value)) return value
  try {
    const parsed: unknown = typeof value === 'string' ? JSON.parse(value) : undefined
    return isObject(parsed) ? parsed : bad('typed data expected, as an object or as JSON text')
  } catch {
    return bad('typed data expected, as an object or as JSON text')
  }
})

const unknownAccount = failureWithHint(
  'server',
  'unknown account',
  'this node signs for the accounts of eth_accounts and sends for impersonated ones',
)

const protocolAccount = failure('server', "nobody sends as one of the protocol's accounts")

/** Signing with the development accounts: solo chains only. */
export const devSignMethods: readonly Method[] = [
  devMethod({
    name: 'eth_sendTransaction',
    summary: 'Fills in, signs and sends a transaction of a development or impersonated account; answers its hash.',
    params: [callArgs],
    weight: 10,
    reads: true,
    handle: (dev, [args], context, session) => sendPrepared(context, dev, args, session),
  }),
  devMethod({
    name: 'eth_signTransaction',
    summary: 'Fills in and signs a transaction of a development account without sending it.',
    params: [callArgs],
    weight: 10,
    reads: true,
    async handle(dev, [args], context, session) {
      const prepared = await prepare(context, dev, args, session)
      if (isFailure(prepared)) return prepared
      const tx = prepared.make(args.nonce ?? (await nextNonce(context, prepared.from)))
      return { raw: bytesToHex(tx.raw), tx: txToJson(tx) }
    },
  }),
  devMethod({
    name: 'eth_sign',
    summary: "A development account's signature of a message (EIP-191).",
    params: [address, data],
    handle: (dev, [from, message]) => signText(dev, from, message),
  }),
  devMethod({
    name: 'personal_sign',
    namespace: 'eth',
    summary: 'The same with the parameters the other way round.',
    params: [
      data,
      address,
      optional(
        param('ANY', (value) => value),
        undefined,
      ),
    ],
    handle: (dev, [message, from]) => signText(dev, from, message),
  }),
  devMethod({
    name: 'eth_requestAccounts',
    summary: 'The development accounts, as a wallet answers once its user agreed.',
    handle: ({ keys }) => [...keys.keys()],
  }),
  devMethod({
    name: 'eth_signTypedData_v4',
    summary: "A development account's signature of typed data (EIP-712).",
    params: [address, typedData],
    handle: (dev, [from, typed]) => signTypedData(dev, from, typed),
  }),
]
