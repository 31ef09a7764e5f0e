import type { Hash } from '../../core/hex.ts'
import { tracesAbi } from '../abi/traces.ts'
import { protocol } from '../native/addresses.ts'
import type { Call } from '../native/call.ts'
import { definePrecompile } from '../native/table.ts'
import { answerHolder, answerLedger, answerReceipt } from './answers.ts'
import { commitRefutation } from './commitment.ts'
import { demandHolder, demandLedger, demandReceipt, expireDemand } from './demands.ts'
import { proveEquivocation } from './equivocation.ts'
import { channelEndFault, channelStartFault, missingChannelFault, unknownChannelFault } from './refute/channels.ts'
import { holderBytesFault, holderDocumentFault, holderOrderFault } from './refute/holders.ts'
import { entryFault, ledgerEndsFault, ledgerLinkFault, missingEntryFault } from './refute/ledger.ts'
import { outputLeafFault, outputLengthFault } from './refute/outputs.ts'
import { receiptEndsFault, receiptLeafFault, receiptLinkFault, runningCreditFault } from './refute/receipts.ts'
import { longerTileFault, missingTileFault, payeeFault, unlistedHolderFault } from './refute/spans.ts'
import { tileBoundaryFault, tileShapeFault } from './refute/tiles.ts'
import { expireRepair, repairBatch } from './repair.ts'
import { type Check, judge, payRefuter } from './verdict.ts'
import {
  judgeVersion,
  type VersionCheck,
  versionBytesFault,
  versionEntryFault,
  versionRepeatFault,
  versionSeparatorFault,
} from './version.ts'
import { getCommit, getDemand } from './views.ts'

/** What every refutation costs beside its own openings, when it is the first to succeed. */
const verdictGas = "20 slots, 1 per entry of the author's queue touched, the hash of the call, 2 logs"

/** A refutation of a batch: anyone who committed to exactly this call in an earlier block. */
function refutation<Args extends { readonly batch: Hash; readonly salt: Hash }>(
  about: string,
  openings: string,
  check: Check<Args>,
) {
  return {
    about: `Proves a batch false, as committed to before: ${about}.`,
    gas: `${verdictGas}; ${openings}`,
    run: (call: Call, args: Args): undefined => judge(call, args, check),
  }
}

function versionRefutation<Args extends { readonly version: Hash; readonly salt: Hash }>(
  about: string,
  openings: string,
  check: VersionCheck<Args>,
) {
  return {
    about: `Proves a datanet version false, as committed to before: ${about}.`,
    gas: `12 slots, the hash of the call, 2 logs; ${openings}`,
    run: (call: Call, args: Args): undefined => judgeVersion(call, args, check),
  }
}

/** Traces: demands for what is withheld, proofs of what is false, and repair. No vote, no committee. */
export const tracesPrecompile = definePrecompile({
  name: 'traces',
  address: protocol.traces,
  about: 'Demands, refutations of batches and versions, repair, equivocation.',
  abi: tracesAbi,
  functions: {
    demandReceipt: {
      about:
        'Asks for a receipt of an open batch, with its output and tiles, until the original deadline. Bond: 1.6 M gas at ' +
        'the base fee, an eighth more for each open demand about the batch; what is sent beyond it is credited back.',
      gas: '18 slots, 1 hash, 1 log, 1 more for what is credited back',
      run: demandReceipt,
    },
    demandHolder: {
      about: 'Asks to be shown a tile at one of its holders; bond and time as for a receipt.',
      gas: '18 slots, 1 hash, 1 log, 1 more for what is credited back',
      run: demandHolder,
    },
    demandLedger: {
      about:
        'Asks for the 256 ledger entries from a multiple of 256 on, or what there is of them; bond and time as for a receipt.',
      gas: '18 slots, 1 hash, 1 log, 1 more for what is credited back',
      run: demandLedger,
    },
    answerReceipt: {
      about:
        'Answers with the receipt, the output with its salts and every tile; of a private channel with the receipt alone. ' +
        "The bond of a batch's first 8 answers goes back, later ones go to the provider's owner. Half a window is left to " +
        'refute what was shown.',
      gas: '20 slots; an opening, 2 hashes per chunk of the output and per tile, 2 logs',
      run: answerReceipt,
    },
    answerHolder: {
      about:
        "Answers by the openings that show the tile at the holder (in the output, in the version's text and in the content " +
        'of the contribution, which is active and has the order that the version says), or that there is no such holder, ' +
        "or no such tile (the tile's opening: index as asked, no data, the top of the trace's tree as its path).",
      gas: '27 slots; 4 openings and 1 per chunk of output, text and content, 2 logs',
      run: answerHolder,
    },
    answerLedger: {
      about: 'Answers with the entries and the fewest siblings that prove them.',
      gas: '19 slots; 2 hashes per entry at most and one per level, 2 logs',
      run: answerLedger,
    },
    expireDemand: {
      about:
        'Refutes the batch if its demand was not answered in time: the author is slashed as for a fault of the whole ' +
        'batch, the demander is paid and gets its bond back. If the roots were refuted meanwhile by something lighter, the ' +
        'author loses the rest, half an answer time after that at the latest, and the demander is paid of it; otherwise ' +
        'only the bond goes back.',
      gas: "19 slots, 2 logs; 4 slots, 1 per entry of the author's queue touched and 4 logs more when it refutes",
      run: expireDemand,
    },
    commitRefutation: {
      about:
        'Takes a place in the order of refuters: keccak(batch, refuter, salt, keccak(call data of the refutation)).',
      gas: '2 slots, 1 log',
      run: commitRefutation,
    },
    refuteReceiptLeaf: refutation(
      'a leaf is no receipt, or one with an output above 8,192 bytes, a falling sum, sequence 0, or a trace though it is ' +
        'private or has no output',
      '1 opening, at most 1 slot',
      receiptLeafFault,
    ),
    refuteReceiptLink: refutation(
      'a receipt does not follow from the one before: order of channels, sequence, sum, head, running margin',
      '1 slot, 2 openings, 4 hashes',
      receiptLinkFault,
    ),
    refuteReceiptEnds: refutation(
      "the running sums do not begin at 0, or do not lead to the batch's margin",
      '1 slot, 1 opening',
      receiptEndsFault,
    ),
    refuteRunningCredit: refutation(
      'the running credit does not grow by what the tiles earn',
      '1 slot, 3 openings',
      runningCreditFault,
    ),
    refuteChannelStart: refutation(
      'the first receipt of a channel does not begin where the channel stood',
      '3 openings, 4 hashes',
      channelStartFault,
    ),
    refuteChannelEnd: refutation(
      'the last receipt of a channel does not lead to what its payer signed',
      '3 openings',
      channelEndFault,
    ),
    refuteMissingChannel: refutation('an updated channel has no receipts', '3 openings', missingChannelFault),
    refuteUnknownChannel: refutation('a receipt is of a channel not updated', '3 openings', unknownChannelFault),
    refuteOutputLength: refutation(
      "the outputRoot's length or number of chunks is not the receipt's",
      '1 opening, 1 hash',
      outputLengthFault,
    ),
    refuteOutputLeaf: refutation('a chunk of the output has a wrong length', '2 openings', outputLeafFault),
    refuteTileShape: refutation(
      'a leaf is no tile; a tile is too short, too long, beyond the output or the corpus, names a document twice, overlaps ' +
        'the next one; paid bytes are wrong',
      '2 slots, 3 openings',
      tileShapeFault,
    ),
    refuteTileBoundary: refutation(
      'a tile begins where none may begin or ends where none may end',
      '1 slot, 2 openings and up to 4 chunks of the output',
      tileBoundaryFault,
    ),
    refuteHolderBytes: refutation('a byte is another one at a holder', '6 slots, 4 openings', holderBytesFault),
    refuteHolderDocument: refutation(
      'a holder is no document, or its content does not reach around the tile',
      '6 slots, 4 openings',
      holderDocumentFault,
    ),
    refuteHolderOrder: refutation('two holders are not in ascending order', '6 slots, 4 openings', holderOrderFault),
    refuteLongerTile: refutation(
      'a tile can be longer',
      '6 slots, 4 openings and 1 per chunk of output and text',
      longerTileFault,
    ),
    refuteMissingTile: refutation(
      'a tile is missing between two others',
      '7 slots, 5 openings and 1 per chunk of output and text',
      missingTileFault,
    ),
    refutePayee: refutation(
      'an earlier contribution contains the tile',
      '6 slots, 4 more if the versions differ, 5 openings and 1 per chunk of output and text',
      payeeFault,
    ),
    refuteUnlistedHolder: refutation(
      'a tile that is not common leaves out a holder; shown between the listed ones by order',
      '6 slots, 6 openings and 1 per chunk of output and text',
      unlistedHolderFault,
    ),
    refuteLedgerLink: refutation(
      'a leaf is no ledger entry, or one does not follow from the one before: order, prefix',
      '2 openings',
      ledgerLinkFault,
    ),
    refuteLedgerEnds: refutation(
      "the first prefix is not 0, or the last one does not lead to the batch's credit",
      '1 opening',
      ledgerEndsFault,
    ),
    refuteEntry: refutation(
      'an entry is of no receipt or tile, of a common tile, of other wei or of another contribution',
      'at most 6 slots, 4 openings',
      entryFault,
    ),
    refuteMissingEntry: refutation('a tile that pays has no entry', '6 slots, 5 openings', missingEntryFault),
    payRefuter: {
      about:
        'Pays the earliest committed of those who proved the present roots false, once the answer time is over: 20 % of ' +
        'what the first proof took. 5 % wait for the author of the final roots, the rest is burned. Heavier proofs were ' +
        'paid at once. Anyone may.',
      gas: '16 slots, 2 logs',
      run: payRefuter,
    },
    repairBatch: {
      about:
        'The owner or controller of a staked agent gives a refuted batch new roots and answers for them: stake of twice ' +
        'the margin, a new window. At most twice per batch. Pays the refuter.',
      gas: '23 slots, 3 logs',
      run: repairBatch,
    },
    expireRepair: {
      about:
        'Makes a batch final that nobody repaired in time, or that was refuted after its second repair: the specific part ' +
        'is burned, the rest is split. Pays the refuter. Anyone may.',
      gas: '33 slots, 8 logs; 3 slots per ancestor, 7 and a log per version of the corpus',
      run: expireRepair,
    },
    refuteVersionEntry: versionRefutation(
      'an entry is unreadable, starts wrongly, has a wrong order or length, or is of a contribution that is not the ' +
        "datanet's or was not active",
      '6 slots, 2 openings',
      versionEntryFault,
    ),
    refuteVersionBytes: versionRefutation(
      'bytes differ from the contribution, or a chunk of the text has a wrong length',
      '6 slots, 2 openings and up to 2 chunks',
      versionBytesFault,
    ),
    refuteVersionSeparator: versionRefutation('a separator is missing', '2 openings', versionSeparatorFault),
    refuteVersionRepeat: versionRefutation('a contribution is listed twice', '2 openings', versionRepeatFault),
    proveEquivocation: {
      about:
        'Proves, as committed to before, that a provider signed two receipts with one sequence number: a tenth of its ' +
        'stake is taken, a fifth of that paid to the caller, the agent is ejected. Until a window after the end of the channel.',
      gas: '14 slots and 1 per entry of the queue touched, 2 signatures, 9 hashes, 2 logs',
      run: proveEquivocation,
    },
    getDemand: { about: 'A demand as it is stored.', gas: '3 slots', run: getDemand },
    getCommit: { about: 'Order and block of a commitment; zeros if there is none.', gas: '1 slot', run: getCommit },
  },
})
