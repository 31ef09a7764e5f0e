import { settlementAbi } from '../abi/settlement.ts'
import { protocol } from '../native/addresses.ts'
import { definePrecompile } from '../native/table.ts'
import { sweepFor, withdraw, withdrawTo } from './balances.ts'
import { closeChannel, openChannel, reclaim, topUp } from './channels.ts'
import { claim, claimBase } from './claims.ts'
import { expireBatch, finalizeBatch } from './finalize.ts'
import { payInsurance, releaseBurns, setParam, setSplit } from './governance.ts'
import { settleBatch } from './settle.ts'
import {
  basePool,
  creditOf,
  earnings,
  getBatch,
  getChannel,
  invariants,
  isClaimed,
  paramNow,
  splitNow,
  weekLength,
} from './views.ts'

/** Settlement: prepaid channels, batches of receipts, the split of every fee, and everybody's balance. */
export const settlementPrecompile = definePrecompile({
  name: 'settlement',
  address: protocol.settlement,
  about: 'Channels, batches, splits, claims, balances. Its account holds all money of the protocol.',
  abi: settlementAbi,
  functions: {
    openChannel: {
      about:
        'Locks a deposit for one provider of one model that has a price, until `expiry`. Vouchers are signed by ' +
        '`sessionKey`; receipts by ' +
        "the agent's controller of this moment.",
      gas: '22 slots and 2 per version of the corpus, 2 hashes',
      run: openChannel,
    },
    topUp: { about: 'The payer adds to the deposit while the channel can be settled.', gas: '9 slots', run: topUp },
    closeChannel: {
      about:
        'The payer gives notice, once: the channel can be settled until it ends. `WrongStatus` 1: it was given before.',
      gas: '9 slots',
      run: closeChannel,
    },
    reclaim: {
      about: 'Credits the payer with the unspent deposit, after the expiry or the end of the notice. Anyone may.',
      gas: '13 slots',
      run: reclaim,
    },
    settleBatch: {
      about:
        'The owner or controller of the provider settles 1 to 256 channels by packed vouchers of 119 bytes, ascending by ' +
        "channel. The compute part is credited to the agent's owner, the margin waits for `finalizeBatch`. Whatever became " +
        'of the agent since, its stake has to cover twice the margins of its open batches, no more.',
      gas: '32 slots; per channel 4 slots read and 2 written, a signature, 4 hashes and a log: about 20,000',
      run: settleBatch,
    },
    finalizeBatch: {
      about: 'Splits the margin of a batch whose deadline has passed without an open demand or refutation. Anyone may.',
      gas: '26 slots, 8 more per version of the corpus, 4 per ancestor; a log for each of them and 5 more',
      run: finalizeBatch,
    },
    claim: {
      about:
        "Up to 32 claims: each opens a contribution's entries in the ledger of a final batch, and the entries around " +
        'them (absent ones are index 0, no data, no path). The present owner is credited. Anyone may.',
      gas: 'per claim 14 slots, the hashes of 4 openings, 2 logs',
      run: claim,
    },
    claimBase: {
      about:
        "Credits the owner of a document's contribution with what its bytes earned. Opens the document and the next one " +
        '(absent behind the last: index 0, no data, no path), which must be as long as the contribution. Anyone may.',
      gas: '18 slots, the hashes of 2 openings, 2 logs',
      run: claimBase,
    },
    expireBatch: {
      about: "Burns what nobody claimed of a batch's specific part, long after it became final. Anyone may.",
      gas: '16 slots',
      run: expireBatch,
    },
    withdraw: { about: 'Pays the caller all of its credit.', gas: '2 slots and a payment', run: withdraw },
    withdrawTo: {
      about: "Pays an amount of the caller's credit to another account. No code runs there.",
      gas: '2 slots and a payment',
      run: withdrawTo,
    },
    sweepFor: {
      about: 'Pays an account all of its credit, to itself. Anyone may.',
      gas: '2 slots and a payment',
      run: sweepFor,
    },
    setSplit: {
      about: 'The timelock sets the split of margins settled from now on: inside fixed bounds, summing to 10,000.',
      gas: '1 slot',
      run: setSplit,
    },
    setParam: {
      about: 'The timelock sets a parameter inside the bounds of the chain spec.',
      gas: '1 slot',
      run: setParam,
    },
    payInsurance: {
      about: 'The timelock pays somebody from the insurance fund.',
      gas: '1 slot and a payment',
      run: payInsurance,
    },
    releaseBurns: {
      about: 'The Burner takes over everything that is to be burned.',
      gas: '1 slot and a payment',
      run: releaseBurns,
    },
    getChannel: { about: 'A channel as it is stored.', gas: '8 slots', run: getChannel },
    getBatch: {
      about: 'A batch as it is stored. Status: 1 open, 2 refuted, 3 final.',
      gas: '11 slots',
      run: getBatch,
    },
    isClaimed: { about: 'Whether the run of entries that begins here was claimed.', gas: '1 slot', run: isClaimed },
    creditOf: { about: 'What an account can withdraw, in wei.', gas: '1 slot', run: creditOf },
    basePool: {
      about: 'What a version earned by bytes: wei per byte so far, what the last division left, wei not yet claimed.',
      gas: '2 slots',
      run: basePool,
    },
    splitNow: { about: 'The split of margins now, in 1/10,000.', gas: '1 slot', run: splitNow },
    paramNow: { about: 'A parameter by its number, and its bounds.', gas: '1 slot', run: paramNow },
    earnings: {
      about: "An owner's claimed specific earnings in a week, and everybody's.",
      gas: '2 slots',
      run: earnings,
    },
    weekLength: { about: 'Seconds in a week of earnings.', gas: 'none', run: weekLength },
    invariants: {
      about: "Both sides of the books: the account's balance, what it is for, and what came in without a call.",
      gas: '5 slots',
      run: invariants,
    },
  },
})
