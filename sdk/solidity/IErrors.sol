// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.22;

// Made by `npm run docs` from attribution/abi/errors.ts; do not edit.

/// @notice What the precompiles of the attribution protocol revert with.
interface IErrors {
    /// @notice The precompile has no function with this selector.
    error UnknownFunction();

    /// @notice The arguments are not exactly as Solidity's abi.encode makes them.
    error MalformedInput();

    /// @notice The function takes no OPEN.
    error NotPayable();

    /// @notice State changes only by a plain call: no DELEGATECALL, CALLCODE or EIP-7702 delegation.
    error DelegatedCall();

    /// @notice State cannot change in a static call.
    error StaticCall();

    /// @notice An amount is above 2^96 - 1 wei.
    error AmountTooLarge();

    /// @notice An amount must not be zero.
    error ZeroAmount();

    /// @notice The zero address and the protocol itself receive nothing.
    error BadRecipient();

    /// @notice The caller may not do this: see who may in the description of the function.
    error NotAllowed();

    /// @notice Nothing exists under this id.
    error UnknownObject(bytes32 id);

    /// @notice The object is in a status that does not allow this.
    error WrongStatus(uint8 status);

    /// @notice Not before this time (seconds).
    error TooEarly(uint256 earliest);

    /// @notice Not after this time (seconds).
    error TooLate(uint256 latest);

    /// @notice More than the most allowed.
    error TooMany(uint256 most);

    /// @notice The value is outside the bounds.
    error OutOfBounds(uint256 min, uint256 max);

    /// @notice A Merkle opening does not fit its root.
    error InvalidOpening();

    /// @notice The proof does not show what it is for: nothing happened.
    error InvalidProof();

    /// @notice At least this much OPEN has to come with the call.
    error BondTooLow(uint256 needed);

    /// @notice A policy may only become narrower.
    error PolicyWidened();

    /// @notice The contribution's consent does not cover the datanet's policy, or the policy not this use.
    error ConsentTooNarrow();

    /// @notice The consent has expired.
    error ConsentExpired();

    /// @notice The revealed values do not hash to what was committed.
    error WrongCommitment();

    /// @notice Contents and versions have at least one byte.
    error EmptyContent();

    /// @notice Not the datanet's next sequence number.
    error SequenceMismatch(uint256 expected);

    /// @notice The version holds a revoked contribution: no new models on it.
    error VersionClosed(bytes32 version);

    /// @notice The version was proven false: no new models or channels on it.
    error VersionRefuted(bytes32 version);

    /// @notice The contribution is quarantined; claims wait until that is lifted.
    error Quarantined(bytes32 contribution);

    /// @notice Two versions of one datanet are listed.
    error DuplicateDatanet(bytes32 datanet);

    /// @notice The effective corpus has more than 16 datanets.
    error CorpusTooLarge();

    /// @notice These weights were registered with another corpus, of which nothing was refuted.
    error CorpusMismatch(bytes32 weightsHash);

    /// @notice More than 32 ancestors have a share.
    error TooManyAncestors();

    /// @notice A parent asks for a higher share.
    error ShareTooLow(bytes32 parent, uint256 least);

    /// @notice The parents' shares are more than half.
    error RoyaltyTooHigh();

    /// @notice A field of the model is out of range: 1 kind, 2 class, 3 margin, 4 least child share, 5 parents, 6
    /// providers.
    error InvalidSpec(uint8 field);

    /// @notice The agent has less stake than this.
    error StakeTooLow(uint256 needed);

    /// @notice The stake backs open batches.
    error StakeInUse();

    /// @notice The agent was ejected for signing two receipts with one sequence number.
    error Ejected();

    /// @notice This batch was settled before.
    error BatchExists(bytes32 batch);

    /// @notice The next batch of this provider and model cannot come before this time.
    error BatchTooSoon(uint256 earliest);

    /// @notice Updates are 1 to 256 times 119 bytes, strictly ascending by channel.
    error InvalidUpdates();

    /// @notice A sequence number or cumulative amount does not grow.
    error SequenceRegress(uint48 channel);

    /// @notice The channel's deposit is less than the cumulative amount.
    error InsufficientChannel(uint48 channel);

    /// @notice The channel is not one of this provider and model.
    error WrongChannel(uint48 channel);

    /// @notice The channel has expired or its notice has ended.
    error ChannelClosed(uint48 channel);

    /// @notice The voucher is not signed by the session key of the channel.
    error InvalidSignature(uint48 channel);

    /// @notice Counts or totals of the batch do not add up.
    error SumMismatch();

    /// @notice Open margins would exceed half the stake.
    error UnderCollateralised();

    /// @notice Demands are unanswered.
    error OpenDemands();

    /// @notice Nothing is left to claim here.
    error AlreadyClaimed();

    /// @notice More than the pool holds.
    error PoolExceeded();

    /// @notice The same demand was made before.
    error DemandExists(bytes32 demand);

    /// @notice No commitment for exactly this call by this caller in an earlier block.
    error NotCommitted();

    /// @notice This was proven before.
    error AlreadyProven();
}
