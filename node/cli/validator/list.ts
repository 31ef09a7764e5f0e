import { NodeError } from '../../../core/errors.ts'
import { exitCodes } from '../exit.ts'
import { openText } from '../openText.ts'
import { countText, whenText } from '../protocol/text.ts'
import type { Context } from '../verb.ts'
import { askAttested, askValidators, type ValidatorOnL2 } from './ask.ts'
import { type Registered, readAll, readTerms } from './registry.ts'
import { withL1 } from './session.ts'
import { shareText } from './text.ts'

const oneOpen = 10n ** 18n

/** What a node says; undefined where it says nothing. */
type Seen = { readonly validators: readonly ValidatorOnL2[]; readonly attested: bigint | undefined }

/** `openledger validator list`: stake on L1, weight on L2, and what each attested last. */
export async function validatorList(context: Context): Promise<number> {
  const { out, signal } = context
  return await withL1(context, async (session) => {
    const { nodeUrl } = session.known
    const [all, terms, now] = await Promise.all([readAll(session), readTerms(session), session.now()])
    const seen = nodeUrl === undefined ? undefined : await see(nodeUrl, signal)
    const shown = all.filter(({ stake, unbonding }) => stake > 0n || unbonding > 0n)
    const active = shown.filter(({ stake }) => stake > 0n)
    const { totalStake } = terms
    const attestedText =
      seen === undefined
        ? 'no node says what they attest: name one with --rpc.url'
        : seen.attested === undefined
          ? 'two thirds of the stake have attested no block yet'
          : `two thirds of the stake have attested block ${seen.attested}`
    const lines = [
      `${countText(active.length, 'validator')} with ${openText(totalStake)} at stake; ${attestedText}`,
      ...shown.flatMap((validator) => linesOf(validator, { totalStake, now, seen })),
    ]
    const validators = shown.map((validator) => ({ ...validator, ...onL2(validator, seen) }))
    out.result(lines.join('\n'), { totalStake, attested: seen?.attested, validators })
    return exitCodes.ok
  })
}

async function see(url: string, signal: AbortSignal): Promise<Seen | undefined> {
  try {
    const [validators, attested] = await Promise.all([askValidators(url, signal), askAttested(url, signal)])
    return { validators, attested }
  } catch (error) {
    if (error instanceof NodeError) return undefined
    throw error
  }
}

/** A validator as L2 has it: weight in wei of OPEN, newest attested block, and how far that is behind the others. */
function onL2({ signer }: Registered, seen: Seen | undefined) {
  if (seen === undefined) return {}
  const found = seen.validators.find((each) => each.signer === signer.toLowerCase())
  const newest = found?.newest
  const front = seen.validators.reduce((most, each) => ((each.newest ?? 0n) > most ? each.newest! : most), 0n)
  return { weight: (found?.stake ?? 0n) * oneOpen, newest, behind: newest === undefined ? undefined : front - newest }
}

function linesOf(
  validator: Registered,
  { totalStake, now, seen }: { totalStake: bigint; now: number; seen: Seen | undefined },
): readonly string[] {
  const { id, owner, signer, account, stake, unbonding, unbondedAt } = validator
  const { weight, newest, behind } = onL2(validator, seen)
  const facts = [
    `owner ${owner}, paid ${account} on L2`,
    ...(unbonding > 0n ? [`${openText(unbonding)} unbonding, can be withdrawn ${whenText(unbondedAt, now)}`] : []),
    ...(weight === undefined || weight === stake - (stake % oneOpen)
      ? []
      : [`L2 has ${openText(weight)} of it as yet: the safe block there does not know of the last change`]),
  ]
  const said =
    seen === undefined || stake === 0n
      ? ''
      : newest === undefined
        ? ', has attested nothing that this node has seen'
        : `, attested block ${newest}${behind === 0n ? '' : `, ${behind} behind`}`
  const share = stake === 0n ? 'has left' : `${openText(stake)} (${shareText(stake, totalStake)})`
  return [`  ${id}  ${signer}  ${share}${said}`, ...facts.map((fact) => `     ${fact}`)]
}
