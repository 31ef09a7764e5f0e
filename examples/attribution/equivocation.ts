// A provider signs two receipts with one sequence number; whoever has both proves it and is paid from its stake.
//   npx node examples/attribution/equivocation.ts [http://127.0.0.1:8545]
import { eventOf } from '../../sdk/events.ts'
import { prepareEquivocation } from '../../sdk/refutation.ts'
import { signReceipt } from '../../sdk/signing.ts'
import { nodeUrl } from '../connect.ts'
import { sell } from './channel.ts'
import { type Example, open, openExample, secret } from './setup.ts'

export async function equivocate(example: Example): Promise<void> {
  const { wallet, reader, mined, say } = example
  const sale = await sell(example)
  const provider = wallet(6).account
  const first = sale.body.receipts[0]!.leaf
  // The payer was told one thing, the batch would say another.
  const second = { ...first, outputRoot: secret() }
  const proof = {
    first,
    firstSignature: await signReceipt(provider, 31_337n, first),
    second,
    secondSignature: await signReceipt(provider, 31_337n, second),
  }

  const payer = wallet(7)
  const { commitment, call } = prepareEquivocation(proof, { refuter: payer.account.address, salt: secret() })
  await mined(await payer.commitRefutation({ commitment }))
  const before = await reader.creditOf({ account: payer.account.address })
  const { taken } = eventOf(await mined(await payer.sendTransaction(call)), 'Equivocated')
  const { ejected } = await reader.getAgent({ agent: sale.provider })
  const gain = (await reader.creditOf({ account: payer.account.address })) - before
  say(`${open(taken)} slashed, ${open(gain)} for the prover; the provider is ejected: ${ejected}`)
}

if (import.meta.main) await equivocate(openExample(await nodeUrl()))
