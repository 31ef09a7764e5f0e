import { setImmediate as turn } from 'node:timers/promises'
import { openJournal } from '../../sequencer/journal/journal.ts'
import { makeTx } from './fixtures.ts'

// Writes one transaction after the other until it is killed, and says so on stdout after each.
const { journal } = openJournal({
  path: process.argv[2]!,
  open: () => ({ reject: 'tx_malformed' }),
  restore: () => undefined,
  maxTxBytes: 131_072,
  nowMs: Date.now,
  log: { warn: () => process.exit(1) },
})
for (let nonce = 0; ; nonce++) {
  journal.add(makeTx({ nonce }))
  await turn()
  await turn()
  process.stdout.write('written\n')
}
