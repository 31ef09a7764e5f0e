import { test } from 'node:test'
import { type Account, createPublicClient, createWalletClient, type Hex, http } from 'viem'
import type { LocalAccount } from 'viem/accounts'
import type { Opening } from '../../attribution/kernel/merkle.ts'
import type { Receipt } from '../../attribution/kernel/typedData.ts'
import type { Hash } from '../../core/hex.ts'
import { openledgerActions } from '../../sdk/actions.ts'
import { openledgerDevnet } from '../../sdk/chains.ts'
import { protocolError } from '../../sdk/errors.ts'
import { eventOf } from '../../sdk/events.ts'
import { signReceipt } from '../../sdk/signing.ts'

// Nothing here runs: the type checker is what tests it.
test('arguments, outputs, errors and events have the types of the ABI', () => {})

export async function ofActions(account: Account, id: Hash, opening: Opening): Promise<void> {
  const transport = http()
  const wallet = createWalletClient({ account, chain: openledgerDevnet, transport }).extend(openledgerActions())
  const reader = createPublicClient({ chain: openledgerDevnet, transport }).extend(openledgerActions())

  const hash: Hex = await wallet.registerAgent({ controller: account.address, metadataHash: id, value: 1n })
  await wallet.withdraw()
  await wallet.stake({ agent: hash, value: 1n }, { nonce: 1, account })
  await wallet.claim({ claims: [{ batch: id, previous: opening, first: opening, last: opening, next: opening }] })
  await reader.withdraw({}, { account })

  // @ts-expect-error without OPEN there is nothing to stake
  await wallet.stake({ agent: hash })
  // @ts-expect-error nor to top up
  await wallet.topUp({ channel: 1 })
  // @ts-expect-error an argument is missing
  await wallet.registerAgent({ controller: account.address })
  // @ts-expect-error the function takes no OPEN
  await wallet.unstake({ agent: id, amount: 1n, value: 1n })
  // @ts-expect-error wei are bigint
  await wallet.unstake({ agent: id, amount: 1 })
  // @ts-expect-error a client without an account has to say who sends
  await reader.withdraw()

  const channel = await reader.getChannel({ channel: 1 }, { blockNumber: 1n })
  const head: Hash = channel.head
  const sequence: number = channel.sequence
  const deposit: bigint = channel.deposit
  const { perByte, pool } = await reader.basePool({ version: head })
  const unbonding: readonly { readonly amount: bigint; readonly availableAt: number }[] = await reader.getUnbonding({
    agent: id,
  })
  void [sequence, deposit, perByte + pool, unbonding]
}

export async function ofFailures(thrown: unknown, receipt: Parameters<typeof eventOf>[0]): Promise<void> {
  const error = protocolError(thrown)
  if (error?.name === 'TooEarly') void (error.args.earliest + 1n)
  if (error?.name === 'WrongStatus') void (error.args.status satisfies number)
  // @ts-expect-error the error has other arguments
  if (error?.name === 'TooEarly') void error.args.latest
  const { channel, deposit } = eventOf(receipt, 'ChannelOpened')
  void (BigInt(channel satisfies number) + deposit)
}

export async function ofSigners(account: LocalAccount, receipt: Receipt): Promise<void> {
  await signReceipt(account, 1n, receipt)
  const wallet = createWalletClient({ account, chain: openledgerDevnet, transport: http() })
  await signReceipt(wallet, 1n, receipt)
}
