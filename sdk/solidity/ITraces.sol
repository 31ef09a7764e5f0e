// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.22;

// Made by `npm run docs` from attribution/abi/traces.ts and attribution/traces/table.ts; do not edit.

/// @notice Demands, refutations of batches and versions, repair, equivocation.
/// @dev A native precompile. The errors that its functions revert with are in IErrors.sol.
interface ITraces {
    struct Opening {
        uint64 index;
        bytes data;
        bytes32[] path;
    }

    struct TileRef {
        Opening receipt;
        uint64 tiles;
        Opening tile;
    }

    struct DocRef {
        Opening entry;
        Opening next;
    }

    struct Occurrence {
        uint8 corpusIndex;
        DocRef document;
        uint40 offset;
        Opening[] chunks;
    }

    struct Receipt {
        uint48 channel;
        uint40 sequence;
        bytes32 promptRoot;
        bytes32 outputRoot;
        uint32 outputLength;
        uint32 tokensIn;
        uint32 tokensOut;
        uint96 price;
        uint96 cumulative;
        uint40 time;
    }

    event Demanded(
        bytes32 indexed demand,
        bytes32 indexed batch,
        address indexed demander,
        uint8 kind,
        uint32 first,
        uint16 second,
        uint8 third,
        uint40 answerBy,
        uint96 bond
    );
    event Answered(bytes32 indexed demand, bytes32 indexed batch, uint40 deadline);
    event DemandExpired(bytes32 indexed demand, bytes32 indexed batch);
    event RefutationCommitted(bytes32 indexed commitment, address indexed committer, uint64 order);
    event Refuted(bytes32 indexed batch, address indexed refuter, uint8 set, bytes32 proof);
    event AuthorSlashed(bytes32 indexed batch, bytes32 indexed author, uint96 taken);
    event RefuterPaid(bytes32 indexed batch, address indexed refuter, uint96 amount);
    event Repaired(
        bytes32 indexed batch,
        bytes32 indexed author,
        uint8 set,
        bytes32 receiptsRoot,
        bytes32 ledgerRoot,
        uint32 entries,
        uint96 credit,
        uint40 deadline
    );
    event RepairExpired(bytes32 indexed batch);
    event VersionRefuted(bytes32 indexed version, address indexed refuter, bytes32 proof, uint96 slashed);
    event Equivocated(bytes32 indexed agent, address indexed prover, uint48 channel, uint40 sequence, uint96 taken);

    /// @notice Asks for a receipt of an open batch, with its output and tiles, until the original deadline. Bond: 1.6 M
    /// gas at the base fee, an eighth more for each open demand about the batch; what is sent beyond it is credited
    /// back.
    /// @dev Gas beside input: 18 slots, 1 hash, 1 log, 1 more for what is credited back.
    function demandReceipt(bytes32 batch, uint32 receipt) external payable returns (bytes32 demand);

    /// @notice Asks to be shown a tile at one of its holders; bond and time as for a receipt.
    /// @dev Gas beside input: 18 slots, 1 hash, 1 log, 1 more for what is credited back.
    function demandHolder(
        bytes32 batch,
        uint32 receipt,
        uint16 tile,
        uint8 holder
    ) external payable returns (bytes32 demand);

    /// @notice Asks for the 256 ledger entries from a multiple of 256 on, or what there is of them; bond and time as
    /// for a receipt.
    /// @dev Gas beside input: 18 slots, 1 hash, 1 log, 1 more for what is credited back.
    function demandLedger(bytes32 batch, uint32 start, uint16 count) external payable returns (bytes32 demand);

    /// @notice Answers with the receipt, the output with its salts and every tile; of a private channel with the
    /// receipt alone. The bond of a batch's first 8 answers goes back, later ones go to the provider's owner. Half a
    /// window is left to refute what was shown.
    /// @dev Gas beside input: 20 slots; an opening, 2 hashes per chunk of the output and per tile, 2 logs.
    function answerReceipt(
        bytes32 batch,
        Opening calldata receipt,
        bytes calldata output,
        bytes32[] calldata salts,
        bytes[] calldata tiles
    ) external;

    /// @notice Answers by the openings that show the tile at the holder (in the output, in the version's text and in
    /// the content of the contribution, which is active and has the order that the version says), or that there is no
    /// such holder, or no such tile (the tile's opening: index as asked, no data, the top of the trace's tree as its
    /// path).
    /// @dev Gas beside input: 27 slots; 4 openings and 1 per chunk of output, text and content, 2 logs.
    function answerHolder(
        bytes32 batch,
        TileRef calldata tile,
        uint8 holder,
        DocRef calldata document,
        Opening[] calldata output,
        Opening[] calldata text,
        Opening[] calldata content
    ) external;

    /// @notice Answers with the entries and the fewest siblings that prove them.
    /// @dev Gas beside input: 19 slots; 2 hashes per entry at most and one per level, 2 logs.
    function answerLedger(bytes32 batch, uint32 start, bytes[] calldata entries, bytes32[] calldata siblings) external;

    /// @notice Refutes the batch if its demand was not answered in time: the author is slashed as for a fault of the
    /// whole batch, the demander is paid and gets its bond back. If the roots were refuted meanwhile by something
    /// lighter, the author loses the rest, half an answer time after that at the latest, and the demander is paid of
    /// it; otherwise only the bond goes back.
    /// @dev Gas beside input: 19 slots, 2 logs; 4 slots, 1 per entry of the author's queue touched and 4 logs more when
    /// it refutes.
    function expireDemand(bytes32 demand) external;

    /// @notice Takes a place in the order of refuters: keccak(batch, refuter, salt, keccak(call data of the
    /// refutation)).
    /// @dev Gas beside input: 2 slots, 1 log.
    function commitRefutation(bytes32 commitment) external;

    /// @notice Proves a batch false, as committed to before: a leaf is no receipt, or one with an output above 8,192
    /// bytes, a falling sum, sequence 0, or a trace though it is private or has no output.
    /// @dev Gas beside input: 20 slots, 1 per entry of the author's queue touched, the hash of the call, 2 logs; 1
    /// opening, at most 1 slot.
    function refuteReceiptLeaf(bytes32 batch, bytes32 salt, Opening calldata receipt) external;

    /// @notice Proves a batch false, as committed to before: a receipt does not follow from the one before: order of
    /// channels, sequence, sum, head, running margin.
    /// @dev Gas beside input: 20 slots, 1 per entry of the author's queue touched, the hash of the call, 2 logs; 1
    /// slot, 2 openings, 4 hashes.
    function refuteReceiptLink(bytes32 batch, bytes32 salt, Opening calldata receipt, Opening calldata next) external;

    /// @notice Proves a batch false, as committed to before: the running sums do not begin at 0, or do not lead to the
    /// batch's margin.
    /// @dev Gas beside input: 20 slots, 1 per entry of the author's queue touched, the hash of the call, 2 logs; 1
    /// slot, 1 opening.
    function refuteReceiptEnds(bytes32 batch, bytes32 salt, Opening calldata receipt) external;

    /// @notice Proves a batch false, as committed to before: the running credit does not grow by what the tiles earn.
    /// @dev Gas beside input: 20 slots, 1 per entry of the author's queue touched, the hash of the call, 2 logs; 1
    /// slot, 3 openings.
    function refuteRunningCredit(
        bytes32 batch,
        bytes32 salt,
        Opening calldata receipt,
        Opening calldata next,
        uint64 tiles,
        Opening calldata lastTile
    ) external;

    /// @notice Proves a batch false, as committed to before: the first receipt of a channel does not begin where the
    /// channel stood.
    /// @dev Gas beside input: 20 slots, 1 per entry of the author's queue touched, the hash of the call, 2 logs; 3
    /// openings, 4 hashes.
    function refuteChannelStart(
        bytes32 batch,
        bytes32 salt,
        Opening calldata update,
        Opening calldata previous,
        Opening calldata first
    ) external;

    /// @notice Proves a batch false, as committed to before: the last receipt of a channel does not lead to what its
    /// payer signed.
    /// @dev Gas beside input: 20 slots, 1 per entry of the author's queue touched, the hash of the call, 2 logs; 3
    /// openings.
    function refuteChannelEnd(
        bytes32 batch,
        bytes32 salt,
        Opening calldata update,
        Opening calldata last,
        Opening calldata next
    ) external;

    /// @notice Proves a batch false, as committed to before: an updated channel has no receipts.
    /// @dev Gas beside input: 20 slots, 1 per entry of the author's queue touched, the hash of the call, 2 logs; 3
    /// openings.
    function refuteMissingChannel(
        bytes32 batch,
        bytes32 salt,
        Opening calldata update,
        Opening calldata left,
        Opening calldata right
    ) external;

    /// @notice Proves a batch false, as committed to before: a receipt is of a channel not updated.
    /// @dev Gas beside input: 20 slots, 1 per entry of the author's queue touched, the hash of the call, 2 logs; 3
    /// openings.
    function refuteUnknownChannel(
        bytes32 batch,
        bytes32 salt,
        Opening calldata receipt,
        Opening calldata left,
        Opening calldata right
    ) external;

    /// @notice Proves a batch false, as committed to before: the outputRoot's length or number of chunks is not the
    /// receipt's.
    /// @dev Gas beside input: 20 slots, 1 per entry of the author's queue touched, the hash of the call, 2 logs; 1
    /// opening, 1 hash.
    function refuteOutputLength(
        bytes32 batch,
        bytes32 salt,
        Opening calldata receipt,
        uint64 count,
        uint64 byteLength,
        bytes32 top
    ) external;

    /// @notice Proves a batch false, as committed to before: a chunk of the output has a wrong length.
    /// @dev Gas beside input: 20 slots, 1 per entry of the author's queue touched, the hash of the call, 2 logs; 2
    /// openings.
    function refuteOutputLeaf(bytes32 batch, bytes32 salt, Opening calldata receipt, Opening calldata chunk) external;

    /// @notice Proves a batch false, as committed to before: a leaf is no tile; a tile is too short, too long, beyond
    /// the output or the corpus, names a document twice, overlaps the next one; paid bytes are wrong.
    /// @dev Gas beside input: 20 slots, 1 per entry of the author's queue touched, the hash of the call, 2 logs; 2
    /// slots, 3 openings.
    function refuteTileShape(bytes32 batch, bytes32 salt, TileRef calldata tile, Opening calldata next) external;

    /// @notice Proves a batch false, as committed to before: a tile begins where none may begin or ends where none may
    /// end.
    /// @dev Gas beside input: 20 slots, 1 per entry of the author's queue touched, the hash of the call, 2 logs; 1
    /// slot, 2 openings and up to 4 chunks of the output.
    function refuteTileBoundary(bytes32 batch, bytes32 salt, TileRef calldata tile, Opening[] calldata output) external;

    /// @notice Proves a batch false, as committed to before: a byte is another one at a holder.
    /// @dev Gas beside input: 20 slots, 1 per entry of the author's queue touched, the hash of the call, 2 logs; 6
    /// slots, 4 openings.
    function refuteHolderBytes(
        bytes32 batch,
        bytes32 salt,
        TileRef calldata tile,
        uint8 holder,
        uint16 position,
        Opening calldata output,
        Opening calldata text
    ) external;

    /// @notice Proves a batch false, as committed to before: a holder is no document, or its content does not reach
    /// around the tile.
    /// @dev Gas beside input: 20 slots, 1 per entry of the author's queue touched, the hash of the call, 2 logs; 6
    /// slots, 4 openings.
    function refuteHolderDocument(
        bytes32 batch,
        bytes32 salt,
        TileRef calldata tile,
        uint8 holder,
        DocRef calldata document
    ) external;

    /// @notice Proves a batch false, as committed to before: two holders are not in ascending order.
    /// @dev Gas beside input: 20 slots, 1 per entry of the author's queue touched, the hash of the call, 2 logs; 6
    /// slots, 4 openings.
    function refuteHolderOrder(
        bytes32 batch,
        bytes32 salt,
        TileRef calldata tile,
        uint8 holder,
        Opening calldata document,
        Opening calldata nextDocument
    ) external;

    /// @notice Proves a batch false, as committed to before: a tile can be longer.
    /// @dev Gas beside input: 20 slots, 1 per entry of the author's queue touched, the hash of the call, 2 logs; 6
    /// slots, 4 openings and 1 per chunk of output and text.
    function refuteLongerTile(
        bytes32 batch,
        bytes32 salt,
        TileRef calldata tile,
        uint16 length,
        Opening[] calldata output,
        Occurrence calldata found
    ) external;

    /// @notice Proves a batch false, as committed to before: a tile is missing between two others.
    /// @dev Gas beside input: 20 slots, 1 per entry of the author's queue touched, the hash of the call, 2 logs; 7
    /// slots, 5 openings and 1 per chunk of output and text.
    function refuteMissingTile(
        bytes32 batch,
        bytes32 salt,
        Opening calldata receipt,
        uint64 tiles,
        Opening calldata left,
        Opening calldata right,
        uint16 start,
        uint16 length,
        Opening[] calldata output,
        Occurrence calldata found
    ) external;

    /// @notice Proves a batch false, as committed to before: an earlier contribution contains the tile.
    /// @dev Gas beside input: 20 slots, 1 per entry of the author's queue touched, the hash of the call, 2 logs; 6
    /// slots, 4 more if the versions differ, 5 openings and 1 per chunk of output and text.
    function refutePayee(
        bytes32 batch,
        bytes32 salt,
        TileRef calldata tile,
        Opening calldata payee,
        Opening[] calldata output,
        Occurrence calldata found
    ) external;

    /// @notice Proves a batch false, as committed to before: a tile that is not common leaves out a holder; shown
    /// between the listed ones by order.
    /// @dev Gas beside input: 20 slots, 1 per entry of the author's queue touched, the hash of the call, 2 logs; 6
    /// slots, 6 openings and 1 per chunk of output and text.
    function refuteUnlistedHolder(
        bytes32 batch,
        bytes32 salt,
        TileRef calldata tile,
        uint8 position,
        Opening calldata left,
        Opening calldata right,
        Opening[] calldata output,
        Occurrence calldata found
    ) external;

    /// @notice Proves a batch false, as committed to before: a leaf is no ledger entry, or one does not follow from the
    /// one before: order, prefix.
    /// @dev Gas beside input: 20 slots, 1 per entry of the author's queue touched, the hash of the call, 2 logs; 2
    /// openings.
    function refuteLedgerLink(bytes32 batch, bytes32 salt, Opening calldata entry, Opening calldata next) external;

    /// @notice Proves a batch false, as committed to before: the first prefix is not 0, or the last one does not lead
    /// to the batch's credit.
    /// @dev Gas beside input: 20 slots, 1 per entry of the author's queue touched, the hash of the call, 2 logs; 1
    /// opening.
    function refuteLedgerEnds(bytes32 batch, bytes32 salt, Opening calldata entry) external;

    /// @notice Proves a batch false, as committed to before: an entry is of no receipt or tile, of a common tile, of
    /// other wei or of another contribution.
    /// @dev Gas beside input: 20 slots, 1 per entry of the author's queue touched, the hash of the call, 2 logs; at
    /// most 6 slots, 4 openings.
    function refuteEntry(
        bytes32 batch,
        bytes32 salt,
        Opening calldata entry,
        TileRef calldata tile,
        Opening calldata payee
    ) external;

    /// @notice Proves a batch false, as committed to before: a tile that pays has no entry.
    /// @dev Gas beside input: 20 slots, 1 per entry of the author's queue touched, the hash of the call, 2 logs; 6
    /// slots, 5 openings.
    function refuteMissingEntry(
        bytes32 batch,
        bytes32 salt,
        TileRef calldata tile,
        Opening calldata payee,
        Opening calldata left,
        Opening calldata right
    ) external;

    /// @notice Pays the earliest committed of those who proved the present roots false, once the answer time is over:
    /// 20 % of what the first proof took. 5 % wait for the author of the final roots, the rest is burned. Heavier
    /// proofs were paid at once. Anyone may.
    /// @dev Gas beside input: 16 slots, 2 logs.
    function payRefuter(bytes32 batch) external;

    /// @notice The owner or controller of a staked agent gives a refuted batch new roots and answers for them: stake of
    /// twice the margin, a new window. At most twice per batch. Pays the refuter.
    /// @dev Gas beside input: 23 slots, 3 logs.
    function repairBatch(
        bytes32 batch,
        bytes32 agent,
        bytes32 receiptsRoot,
        bytes32 ledgerRoot,
        uint32 entries,
        uint96 credit
    ) external;

    /// @notice Makes a batch final that nobody repaired in time, or that was refuted after its second repair: the
    /// specific part is burned, the rest is split. Pays the refuter. Anyone may.
    /// @dev Gas beside input: 33 slots, 8 logs; 3 slots per ancestor, 7 and a log per version of the corpus.
    function expireRepair(bytes32 batch) external;

    /// @notice Proves a datanet version false, as committed to before: an entry is unreadable, starts wrongly, has a
    /// wrong order or length, or is of a contribution that is not the datanet's or was not active.
    /// @dev Gas beside input: 12 slots, the hash of the call, 2 logs; 6 slots, 2 openings.
    function refuteVersionEntry(bytes32 version, bytes32 salt, Opening calldata entry, Opening calldata next) external;

    /// @notice Proves a datanet version false, as committed to before: bytes differ from the contribution, or a chunk
    /// of the text has a wrong length.
    /// @dev Gas beside input: 12 slots, the hash of the call, 2 logs; 6 slots, 2 openings and up to 2 chunks.
    function refuteVersionBytes(
        bytes32 version,
        bytes32 salt,
        Opening calldata entry,
        Opening calldata content,
        Opening[] calldata text
    ) external;

    /// @notice Proves a datanet version false, as committed to before: a separator is missing.
    /// @dev Gas beside input: 12 slots, the hash of the call, 2 logs; 2 openings.
    function refuteVersionSeparator(
        bytes32 version,
        bytes32 salt,
        Opening calldata next,
        Opening calldata text
    ) external;

    /// @notice Proves a datanet version false, as committed to before: a contribution is listed twice.
    /// @dev Gas beside input: 12 slots, the hash of the call, 2 logs; 2 openings.
    function refuteVersionRepeat(
        bytes32 version,
        bytes32 salt,
        Opening calldata entry,
        Opening calldata again
    ) external;

    /// @notice Proves, as committed to before, that a provider signed two receipts with one sequence number: a tenth of
    /// its stake is taken, a fifth of that paid to the caller, the agent is ejected. Until a window after the end of
    /// the channel.
    /// @dev Gas beside input: 14 slots and 1 per entry of the queue touched, 2 signatures, 9 hashes, 2 logs.
    function proveEquivocation(
        bytes32 salt,
        Receipt calldata first,
        bytes calldata firstSignature,
        Receipt calldata second,
        bytes calldata secondSignature
    ) external;

    /// @notice A demand as it is stored.
    /// @dev Gas beside input: 3 slots.
    function getDemand(
        bytes32 demand
    ) external view returns (bytes32 batch, address demander, uint96 bond, uint40 askedAt, uint8 status, uint40 answerBy);

    /// @notice Order and block of a commitment; zeros if there is none.
    /// @dev Gas beside input: 1 slot.
    function getCommit(bytes32 commitment) external view returns (uint64 order, uint64 blockNumber);
}

ITraces constant TRACES = ITraces(0x0000000000000000000000000000000000000a04);
