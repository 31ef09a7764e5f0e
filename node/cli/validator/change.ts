import { privateKeyToAccount } from 'viem/accounts'
import { bytesToHex } from '../../../core/hex.ts'
import { durationText } from '../duration.ts'
import { exitCodes } from '../exit.ts'
import { refused } from '../protocol/failure.ts'
import { parseAccount } from '../protocol/parse.ts'
import type { Context } from '../verb.ts'
import { attestationKey } from './keys.ts'
import { readTerms, registryOf } from './registry.ts'
import { asOwner, isActive } from './stake.ts'
import { reportL1 } from './text.ts'

/** `openledger validator set-signer`: gives a validator another attestation key. */
export async function validatorSetSigner(context: Context): Promise<number> {
  return await asOwner(context, isActive, async ({ session, wallet, validator }) => {
    const { id, signer: before } = validator
    const signer = privateKeyToAccount(bytesToHex(await attestationKey(context, session.known.chainId)))
    const args = [signer.address] as const
    const usedBy = await session.reader.readContract({ ...registryOf(session), functionName: 'idOf', args })
    if (usedBy !== 0n) {
      const cause = `the key ${signer.address} is or was that of validator ${usedBy}`
      throw refused(cause, 'make a new one with `openledger key new`: no key attests twice')
    }
    const { unbondingSec } = await readTerms(session)
    const { chain: targetChain } = session
    const receipt = await session.mined(await wallet.setValidatorSigner({ targetChain, id, signer }))
    const lines = [
      `Validator ${id} attests with ${signer.address} once L2 has L1 block ${receipt.blockNumber}; start its node with that key then`,
      `What ${before} signed can cost stake for ${durationText(unbondingSec)} more: keep that key safe`,
    ]
    reportL1(context.out, receipt, lines.join('\n'), { id, signer: signer.address, before, unbondingSec })
    return exitCodes.ok
  })
}

/** `openledger validator set-account`: pays another account on L2. */
export async function validatorSetAccount(context: Context): Promise<number> {
  const payee = parseAccount('<account>', context.args[0]!)
  return await asOwner(context, isActive, async ({ session, wallet, validator: { id, account: before } }) => {
    const { chain: targetChain } = session
    const receipt = await session.mined(await wallet.setValidatorPayee({ targetChain, id, payee }))
    const lines = [
      `Validator ${id} is paid to ${payee} once L2 has L1 block ${receipt.blockNumber}`,
      `What it earned until then stays with ${before}: \`openledger validator collect ${before}\``,
    ]
    reportL1(context.out, receipt, lines.join('\n'), { id, account: payee, before })
    return exitCodes.ok
  })
}
