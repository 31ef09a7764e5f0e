// Holders of OPEN vote about the protocol: another split of margins and a longer pause, executed by the timelock.
//   npx node examples/attribution/governance.ts [http://127.0.0.1:8545]
import { keccak256, parseEther, toBytes } from 'viem'
import { paramNumbers } from '../../sdk/contracts.ts'
import { encodeCall } from '../../sdk/encode.ts'
import { governanceContracts } from '../../sdk/governance.ts'
import { nodeUrl } from '../connect.ts'
import { type Example, open, openExample, secret } from './setup.ts'

const { governor, voteToken, timelock } = governanceContracts
const inFavour = 1

export async function govern({ wallet, reader, mined, pass, say }: Example): Promise<void> {
  const voter = wallet(0)
  const stake = parseEther('2000')
  await mined(await voter.writeContract({ ...voteToken, functionName: 'deposit', value: stake }))
  say(`${open(stake)} wrapped: whoever holds vOPEN votes`)
  await pass(1) // Votes of the past count.

  const before = await reader.splitNow()
  // One per cent moves between treasury and validators; a split is set whole.
  const validators = before.validators === 1000 ? 1100 : 1000
  const split = { ...before, validators, treasury: before.treasury + before.validators - validators }
  const param = paramNumbers.batchGapSec
  const { value } = await reader.paramNow({ param })
  const calls = [encodeCall('setSplit', { split }), encodeCall('setParam', { param, value: value + 1n })]
  const targets = calls.map(({ to }) => to)
  const values = calls.map(() => 0n)
  const data = calls.map((call) => call.data)
  const description = `Split and pause, ${secret()}`
  const proposal = [targets, values, data, keccak256(toBytes(description))] as const

  const args = [targets, values, data, description] as const
  await mined(await voter.writeContract({ ...governor, functionName: 'propose', args }))
  const id = await reader.readContract({ ...governor, functionName: 'hashProposal', args: proposal })
  await pass(Number(await reader.readContract({ ...governor, functionName: 'votingDelay' })) + 1)
  await mined(await voter.writeContract({ ...governor, functionName: 'castVote', args: [id, inFavour] }))
  await pass(Number(await reader.readContract({ ...governor, functionName: 'votingPeriod' })) + 1)
  await mined(await voter.writeContract({ ...governor, functionName: 'queue', args: proposal }))
  // Meanwhile contributors who together earn a tenth of everything could stop a change of the split.
  await pass(Number(await reader.readContract({ ...timelock, functionName: 'getMinDelay' })) + 1)
  await mined(await voter.writeContract({ ...governor, functionName: 'execute', args: proposal }))

  const after = await reader.splitNow()
  say(`treasury ${before.treasury / 100} % to ${after.treasury / 100} %`)
  say(`seconds between batches: ${value} to ${(await reader.paramNow({ param })).value}`)
  await mined(await voter.writeContract({ ...voteToken, functionName: 'withdraw', args: [stake] }))
}

if (import.meta.main) await govern(openExample(await nodeUrl()))
