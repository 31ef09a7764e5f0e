// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.22;

// Made by `npm run docs` from attribution/abi/settlement.ts and attribution/settlement/table.ts; do not edit.

/// @notice Channels, batches, splits, claims, balances. Its account holds all money of the protocol.
/// @dev A native precompile. The errors that its functions revert with are in IErrors.sol.
interface ISettlement {
    struct Opening {
        uint64 index;
        bytes data;
        bytes32[] path;
    }

    struct BatchHeader {
        bytes32 provider;
        bytes32 model;
        bytes32 receiptsRoot;
        bytes32 ledgerRoot;
        uint32 receipts;
        uint32 entries;
        uint96 credit;
    }

    struct Claim {
        bytes32 batch;
        Opening previous;
        Opening first;
        Opening last;
        Opening next;
    }

    struct Split {
        uint16 data;
        uint16 owner;
        uint16 validators;
        uint16 treasury;
        uint16 insurance;
        uint16 burn;
    }

    struct Channel {
        address payer;
        bytes32 provider;
        bytes32 model;
        uint96 deposit;
        uint96 cumulative;
        uint40 sequence;
        bytes32 head;
        address sessionKey;
        address providerKey;
        bool isPrivate;
        uint40 expiry;
        uint40 noticeEnd;
    }

    struct Batch {
        bytes32 provider;
        bytes32 model;
        bytes32 updatesRoot;
        bytes32 receiptsRoot;
        bytes32 ledgerRoot;
        bytes32 author;
        uint96 margin;
        uint96 credit;
        uint32 receipts;
        uint32 entries;
        uint16 updates;
        uint8 status;
        uint8 set;
        uint96 pool;
        uint40 settledAt;
        uint40 originalDeadline;
        uint40 deadline;
        uint40 finalizedAt;
        uint40 refutedAt;
        Split split;
        uint16 specificBps;
        uint32 windowSec;
        uint16 openDemands;
        uint96 slashed;
        address refuter;
    }

    event ChannelOpened(
        uint48 indexed channel,
        address indexed payer,
        bytes32 indexed provider,
        bytes32 model,
        address sessionKey,
        address providerKey,
        bool isPrivate,
        uint40 expiry,
        uint96 deposit,
        bytes32 head
    );
    event ChannelToppedUp(uint48 indexed channel, uint96 amount, uint96 deposit);
    event ChannelNotice(uint48 indexed channel, uint40 noticeEnd);
    event ChannelReclaimed(uint48 indexed channel, address indexed payer, uint96 amount);
    event ChannelSettled(
        uint48 indexed channel,
        bytes32 indexed batch,
        uint40 sequence,
        uint96 cumulative,
        bytes32 head
    );
    event BatchSettled(
        bytes32 indexed batch,
        bytes32 indexed provider,
        bytes32 indexed model,
        bytes32 updatesRoot,
        bytes32 receiptsRoot,
        bytes32 ledgerRoot,
        uint32 receipts,
        uint32 entries,
        uint96 margin,
        uint96 compute,
        uint96 credit,
        uint40 deadline
    );
    event BatchFinalized(
        bytes32 indexed batch,
        uint96 specific,
        uint96 base,
        uint96 owner,
        uint96 validators,
        uint96 treasury,
        uint96 insurance,
        uint96 burned
    );
    event BaseAdded(bytes32 indexed version, bytes32 indexed batch, uint96 toCurator, uint96 toContributors);
    event SpecificClaimed(bytes32 indexed batch, bytes32 indexed contribution, address indexed owner, uint96 amount);
    event BaseClaimed(bytes32 indexed version, bytes32 indexed contribution, address indexed owner, uint96 amount);
    event BatchExpired(bytes32 indexed batch, uint96 burned);
    event Credited(address indexed account, uint256 amount);
    event Withdrawn(address indexed account, address indexed to, uint256 amount);
    event SplitSet(Split split);
    event ParamSet(uint8 indexed param, uint256 value);
    event InsurancePaid(address indexed to, uint256 amount);
    event BurnsReleased(uint256 amount);

    /// @notice Locks a deposit for one provider of one model that has a price, until `expiry`. Vouchers are signed by
    /// `sessionKey`; receipts by the agent's controller of this moment.
    /// @dev Gas beside input: 22 slots and 2 per version of the corpus, 2 hashes.
    function openChannel(
        bytes32 model,
        bytes32 provider,
        address sessionKey,
        bool isPrivate,
        uint40 expiry
    ) external payable returns (uint48 channel);

    /// @notice The payer adds to the deposit while the channel can be settled.
    /// @dev Gas beside input: 9 slots.
    function topUp(uint48 channel) external payable;

    /// @notice The payer gives notice, once: the channel can be settled until it ends. `WrongStatus` 1: it was given
    /// before.
    /// @dev Gas beside input: 9 slots.
    function closeChannel(uint48 channel) external;

    /// @notice Credits the payer with the unspent deposit, after the expiry or the end of the notice. Anyone may.
    /// @dev Gas beside input: 13 slots.
    function reclaim(uint48 channel) external returns (uint256 amount);

    /// @notice The owner or controller of the provider settles 1 to 256 channels by packed vouchers of 119 bytes,
    /// ascending by channel. The compute part is credited to the agent's owner, the margin waits for `finalizeBatch`.
    /// Whatever became of the agent since, its stake has to cover twice the margins of its open batches, no more.
    /// @dev Gas beside input: 32 slots; per channel 4 slots read and 2 written, a signature, 4 hashes and a log: about
    /// 20,000.
    function settleBatch(BatchHeader calldata header, bytes calldata updates) external returns (bytes32 batch);

    /// @notice Splits the margin of a batch whose deadline has passed without an open demand or refutation. Anyone may.
    /// @dev Gas beside input: 26 slots, 8 more per version of the corpus, 4 per ancestor; a log for each of them and 5
    /// more.
    function finalizeBatch(bytes32 batch) external;

    /// @notice Up to 32 claims: each opens a contribution's entries in the ledger of a final batch, and the entries
    /// around them (absent ones are index 0, no data, no path). The present owner is credited. Anyone may.
    /// @dev Gas beside input: per claim 14 slots, the hashes of 4 openings, 2 logs.
    function claim(Claim[] calldata claims) external returns (uint256 amount);

    /// @notice Credits the owner of a document's contribution with what its bytes earned. Opens the document and the
    /// next one (absent behind the last: index 0, no data, no path), which must be as long as the contribution. Anyone
    /// may.
    /// @dev Gas beside input: 18 slots, the hashes of 2 openings, 2 logs.
    function claimBase(
        bytes32 version,
        Opening calldata document,
        Opening calldata next
    ) external returns (uint256 amount);

    /// @notice Burns what nobody claimed of a batch's specific part, long after it became final. Anyone may.
    /// @dev Gas beside input: 16 slots.
    function expireBatch(bytes32 batch) external returns (uint256 burned);

    /// @notice Pays the caller all of its credit.
    /// @dev Gas beside input: 2 slots and a payment.
    function withdraw() external returns (uint256 amount);

    /// @notice Pays an amount of the caller's credit to another account. No code runs there.
    /// @dev Gas beside input: 2 slots and a payment.
    function withdrawTo(address to, uint256 amount) external;

    /// @notice Pays an account all of its credit, to itself. Anyone may.
    /// @dev Gas beside input: 2 slots and a payment.
    function sweepFor(address account) external returns (uint256 amount);

    /// @notice The timelock sets the split of margins settled from now on: inside fixed bounds, summing to 10,000.
    /// @dev Gas beside input: 1 slot.
    function setSplit(Split calldata split) external;

    /// @notice The timelock sets a parameter inside the bounds of the chain spec.
    /// @dev Gas beside input: 1 slot.
    function setParam(uint8 param, uint256 value) external;

    /// @notice The timelock pays somebody from the insurance fund.
    /// @dev Gas beside input: 1 slot and a payment.
    function payInsurance(address to, uint256 amount) external;

    /// @notice The Burner takes over everything that is to be burned.
    /// @dev Gas beside input: 1 slot and a payment.
    function releaseBurns() external returns (uint256 amount);

    /// @notice A channel as it is stored.
    /// @dev Gas beside input: 8 slots.
    function getChannel(uint48 channel) external view returns (Channel memory value);

    /// @notice A batch as it is stored. Status: 1 open, 2 refuted, 3 final.
    /// @dev Gas beside input: 11 slots.
    function getBatch(bytes32 batch) external view returns (Batch memory value);

    /// @notice Whether the run of entries that begins here was claimed.
    /// @dev Gas beside input: 1 slot.
    function isClaimed(bytes32 batch, uint32 entry) external view returns (bool claimed);

    /// @notice What an account can withdraw, in wei.
    /// @dev Gas beside input: 1 slot.
    function creditOf(address account) external view returns (uint256 amount);

    /// @notice What a version earned by bytes: wei per byte so far, what the last division left, wei not yet claimed.
    /// @dev Gas beside input: 2 slots.
    function basePool(bytes32 version) external view returns (uint256 perByte, uint256 carry, uint256 pool);

    /// @notice The split of margins now, in 1/10,000.
    /// @dev Gas beside input: 1 slot.
    function splitNow() external view returns (Split memory split);

    /// @notice A parameter by its number, and its bounds.
    /// @dev Gas beside input: 1 slot.
    function paramNow(uint8 param) external view returns (uint256 value, uint256 min, uint256 max);

    /// @notice An owner's claimed specific earnings in a week, and everybody's.
    /// @dev Gas beside input: 2 slots.
    function earnings(address owner, uint64 week) external view returns (uint256 ofOwner, uint256 total);

    /// @notice Seconds in a week of earnings.
    /// @dev Gas beside input: none.
    function weekLength() external view returns (uint256 secs);

    /// @notice Both sides of the books: the account's balance, what it is for, and what came in without a call.
    /// @dev Gas beside input: 5 slots.
    function invariants(
    ) external view returns (uint256 balance, uint256 deposits, uint256 margins, uint256 credits, uint256 pools, uint256 stakes, uint256 bonds, uint256 insurance, uint256 burns, uint256 donated);
}

ISettlement constant SETTLEMENT = ISettlement(0x0000000000000000000000000000000000000a03);
