import { setTimeout as sleep } from 'node:timers/promises'
import { type Address, formatGwei, getAddress } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { NodeError } from '../../../core/errors.ts'
import { bytesToHex } from '../../../core/hex.ts'
import { systemClock } from '../../../core/ports/systemClock.ts'
import { tokenAbi } from '../../../sdk/bridge/abi.ts'
import { durationText } from '../duration.ts'
import { exitCodes } from '../exit.ts'
import { openText } from '../openText.ts'
import { refused, usage } from '../protocol/failure.ts'
import { parseAccount, parseOpen } from '../protocol/parse.ts'
import type { Context } from '../verb.ts'
import { askValidators } from './ask.ts'
import { eventOf } from './event.ts'
import { attestationKey, senderKeyOrNone } from './keys.ts'
import { readTerms, registryOf } from './registry.ts'
import { type L1Session, withL1 } from './session.ts'
import { ethText, type Plan, planText, reportL1, shareText } from './text.ts'

/** L1 gas of an approval, and of a registration with what its message to L2 costs; both with room for the price to rise. */
const approveGas = 60_000n
const registerGas = 800_000n
const oneOpen = 10n ** 18n
const usualWaitSec = 60
const lookMs = 1_000

/** `openledger validator join`: stakes OPEN on L1 for a key that will attest. */
export async function validatorJoin(context: Context): Promise<number> {
  const { own, out, signal } = context
  if (typeof own.stake !== 'string') throw usage('no stake is given', 'add --stake <OPEN>, like --stake 2000')
  const amount = parseOpen('--stake', own.stake)
  const payee = typeof own.account === 'string' ? parseAccount('--account', own.account) : undefined
  const waitSec = parseWait(own.wait)
  return await withL1(context, async (session) => {
    const { chainId, nodeUrl } = session.known
    const key = await attestationKey(context, chainId)
    const signer = privateKeyToAccount(bytesToHex(key))
    const ownerKey = await senderKeyOrNone(context, 'owner-key', chainId)
    const wallet = session.wallet(ownerKey ?? key)
    const owner = wallet.account.address
    const wish = { amount, signer: signer.address, payee: payee ?? signer.address, owner }
    const { plan, problem } = await prepare(session, wish)
    if (ownerKey === undefined) out.note(sameKeyText)
    if (own['dry-run'] === true) {
      const end = problem === undefined ? 'Nothing was sent.' : `Nothing was sent. ${refusalText(problem)}`
      out.result(`${planText(plan)}\n${end}`, { ...plan.values, sent: false, ...problemJson(problem) })
      return problem === undefined ? exitCodes.ok : exitCodes.failed
    }
    if (problem !== undefined) throw problem
    out.note(planText(plan))
    const { chain: targetChain } = session
    const receipt = await session.mined(
      await wallet.registerValidator({ targetChain, amount, signer, payee: wish.payee }),
    )
    const { id } = eventOf(receipt, 'Registered')
    if (nodeUrl !== undefined && waitSec > 0) out.note(`registered as validator ${id}, waiting for L2 to know it`)
    const isOnL2 =
      nodeUrl === undefined ? undefined : await weighs(nodeUrl, { signer: signer.address, amount, waitSec, signal })
    const next = `Now run the node that attests: \`openledger run --role validator --validator.key ${own.key}\``
    const sentence = `Registered validator ${id} with ${openText(amount)} at stake\n${weightText(isOnL2, receipt)}\n${next}`
    reportL1(out, receipt, sentence, { ...plan.values, id, sent: true, isOnL2: isOnL2 ?? false })
    return exitCodes.ok
  })
}

type Wish = {
  readonly amount: bigint
  readonly signer: Address
  readonly payee: Address
  readonly owner: Address
}

/** What joining would mean, and the first thing that is in its way. */
async function prepare(session: L1Session, { amount, signer, payee, owner }: Wish) {
  const { reader, known } = session
  const { contracts } = known
  const registry = registryOf(session)
  const token = { address: contracts.open, abi: tokenAbi } as const
  const [terms, set, usedBy, openHeld, allowed, ethHeld, gasPrice, itsToken, itsChain] = await Promise.all([
    readTerms(session),
    reader.readContract({ ...registry, functionName: 'validatorSet' }),
    reader.readContract({ ...registry, functionName: 'idOf', args: [signer] }),
    reader.readContract({ ...token, functionName: 'balanceOf', args: [owner] }),
    reader.readContract({ ...token, functionName: 'allowance', args: [owner, contracts.validatorRegistry] }),
    reader.getBalance({ address: owner }),
    reader.getGasPrice(),
    reader.readContract({ ...registry, functionName: 'open' }),
    reader.readContract({ ...registry, functionName: 'chainId' }),
  ])
  const gas = registerGas + (allowed >= amount ? 0n : approveGas)
  const gasWei = gas * gasPrice
  const { minStake, maxStake, maxValidators, totalStake, unbondingSec } = terms

  function problem(): NodeError | undefined {
    if (itsToken.toLowerCase() !== contracts.open || itsChain !== known.chainId)
      return refused(
        'the registry on L1 is of another chain or token',
        `do not trust ${known.told}: check its addresses`,
      )
    if (usedBy !== 0n)
      return refused(
        `the key ${signer} is or was that of validator ${usedBy}`,
        '`openledger validator increase` adds stake; a new validator takes a new key, `openledger key new`',
      )
    if (amount < minStake)
      return refused(`${openText(amount)} is too little stake`, `stake at least ${openText(minStake)}`)
    if (amount > maxStake)
      return refused(`${openText(amount)} is too much stake`, `stake at most ${openText(maxStake)}`)
    if (BigInt(set.length) >= maxValidators)
      return refused(`there are ${maxValidators} validators, no more can join`, 'wait until one leaves')
    if (openHeld < amount)
      return refused(
        `${owner} has ${openText(openHeld)} on L1, ${openText(amount)} are needed`,
        'send it some on L1, or name another owner with --owner-key',
      )
    if (ethHeld < gasWei)
      return refused(
        `${owner} has ${ethText(ethHeld)} on L1, about ${ethText(gasWei)} are needed for gas`,
        'send it some ETH on L1',
      )
    return undefined
  }

  const total = totalStake + amount
  const plan: Plan = {
    title: `Joining as a validator of chain ${known.chainId} (contracts as ${known.told} says)`,
    facts: [
      ['stake', `${openText(amount)} of ${owner}, who has ${openText(openHeld)}; at least ${openText(minStake)}`],
      ['goes to', `the registry ${getAddress(contracts.validatorRegistry)} on L1, chain ${known.l1ChainId}`],
      ['token', getAddress(contracts.open)],
      ['attests', `${signer}: this key signs what L1 says of the chain`],
      ['paid', `${payee} on L2, ${shareText(amount, total)} of what validators get; \`validator collect\` pays it`],
      ['L1 gas', `at most about ${ethText(gasWei)}: ${gas} gas at ${formatGwei(gasPrice)} gwei`],
      ['leaving', `\`validator unbond\`, then ${durationText(unbondingSec)} until \`validator withdraw\``],
      ['to lose', 'all of the stake, if the key ever signs two different claims about one L1 block:'],
      ['', 'run one node with it, and keep the journal in its data folder when you move it'],
    ],
    values: {
      chainId: known.chainId,
      registry: contracts.validatorRegistry,
      owner,
      signer,
      account: payee,
      stake: amount,
      minStake,
      totalStake: total,
      balance: openHeld,
      gas,
      gasWei,
      unbondingSec,
    },
  }
  return { plan, problem: problem() }
}

const sameKeyText =
  'note: the attestation key owns the stake too; with --owner-key the stake is safe from who gets hold of the node'

function refusalText({ message, fix }: NodeError): string {
  return `It would be refused: ${message}. Fix: ${fix}.`
}

function problemJson(problem: NodeError | undefined): object {
  return problem === undefined ? {} : { problem: { message: problem.message, fix: problem.fix } }
}

function weightText(isOnL2: boolean | undefined, { blockNumber }: { readonly blockNumber: bigint }): string {
  if (isOnL2 === true) return 'Its weight is on L2: its attestations count from now on, and it is paid'
  const when = `It counts on L2 once the safe block has L1 block ${blockNumber} as its origin or a later one`
  return `${when}: \`openledger validator list\` shows it`
}

/** Whether L2 knows of a stake within some time. A node that does not answer knows nothing. */
async function weighs(
  url: string,
  { signer, amount, waitSec, signal }: { signer: Address; amount: bigint; waitSec: number; signal: AbortSignal },
): Promise<boolean> {
  const wanted = { signer: signer.toLowerCase(), stake: amount / oneOpen }
  const untilMs = systemClock.nowMs() + waitSec * 1_000
  for (;;) {
    const validators = await askValidators(url, signal).catch((error: unknown) => {
      if (error instanceof NodeError) return []
      throw error
    })
    if (validators.some((each) => each.signer === wanted.signer && each.stake === wanted.stake)) return true
    if (systemClock.nowMs() >= untilMs) return false
    await sleep(lookMs, undefined, { signal })
  }
}

function parseWait(given: string | true | undefined): number {
  if (given === undefined) return usualWaitSec
  if (typeof given === 'string' && /^\d{1,5}$/.test(given)) return Number(given)
  throw usage('--wait is not a number of seconds', 'give digits only; 0 does not wait')
}
