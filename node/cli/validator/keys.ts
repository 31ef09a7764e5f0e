import { readKeyOf } from '../keyOption.ts'
import { usage } from '../protocol/failure.ts'
import { signingKey } from '../protocol/signer.ts'
import type { Context } from '../verb.ts'

/** The flags that name a key to send with. */
export type SenderFlag = 'owner-key' | 'sender-key'

/** The key that a flag names, or a development account. Throws a NodeError (code `usage`, or those of keys) without. */
export async function senderKey(context: Context, flag: SenderFlag, chainId: bigint): Promise<Uint8Array> {
  const key = await senderKeyOrNone(context, flag, chainId)
  if (key !== undefined) return key
  throw usage('no key to sign with is given', `add --${flag} <address|file>, or --dev 0 on a development chain`)
}

/** The same; undefined if none is given. */
export async function senderKeyOrNone(
  { config, own }: Context,
  flag: SenderFlag,
  chainId: bigint,
): Promise<Uint8Array | undefined> {
  const given = own[flag]
  if (config.dev !== undefined) {
    if (given !== undefined) throw usage(`--dev and --${flag} exclude each other`, 'leave one of them out')
    return await signingKey({ ...config, key: undefined }, chainId)
  }
  if (given === undefined) return undefined
  return await readKeyOf(config, { given: String(given), flag: `--${flag}`, chainId })
}

/** The attestation key of `--key`. */
export async function attestationKey({ config, own }: Context, chainId: bigint): Promise<Uint8Array> {
  if (own.key !== undefined) return await readKeyOf(config, { given: String(own.key), flag: '--key', chainId })
  throw usage('no attestation key is given', 'add --key <address|file>; `openledger key new` makes one')
}
