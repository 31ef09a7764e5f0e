// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {
    AlreadyClaimed,
    BadRecipient,
    BondTooLow,
    NotAllowed,
    OutOfBounds,
    SumMismatch,
    TooEarly,
    UnknownObject,
    WrongStatus,
    ZeroAmount
} from "./ReferenceBook.sol";
import {ReferenceClaims} from "./ReferenceClaims.sol";
import {ReferenceMerkle} from "./ReferenceMerkle.sol";

error VersionRefuted(bytes32 version);
error StakeTooLow(uint256 needed);
error BatchExists(bytes32 batch);
error BatchTooSoon(uint256 earliest);
error InvalidUpdates();
error SequenceRegress(uint48 channel);
error InsufficientChannel(uint48 channel);
error WrongChannel(uint48 channel);
error ChannelClosed(uint48 channel);
error InvalidSignature(uint48 channel);
error UnderCollateralised();

/// The money of the Settlement precompile written as a contract: prepaid channels, batches of vouchers, the split of
/// margins, claims, credits. The same rules, events and errors in the same order; receipts, refutations and demands are
/// not part of it. Tests compare the two to the wei, benches compare what they cost.
contract Reference is ReferenceClaims {
    struct BatchHeader {
        bytes32 provider;
        bytes32 model;
        bytes32 receiptsRoot;
        bytes32 ledgerRoot;
        uint32 receipts;
        uint32 entries;
        uint96 credit;
    }

    /// A voucher with the payer's signature.
    struct Update {
        uint48 channel;
        uint40 sequence;
        uint96 cumulative;
        bytes32 head;
        bytes32 r;
        bytes32 vs;
    }

    struct Totals {
        bytes32 updatesRoot;
        uint256 updates;
        uint256 receipts;
        uint256 paid;
        uint256 margin;
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
    event ChannelSettled(uint48 indexed channel, bytes32 indexed batch, uint40 sequence, uint96 cumulative, bytes32 head);
    event BatchSettled(bytes32 indexed batch, BatchHeader header, Totals totals, uint256 compute, uint40 deadline);

    uint256 private constant UPDATE_BYTES = 119;
    uint256 private constant MAX_UPDATES = 256;
    /// What `WrongStatus` says of a model that is not sold any more.
    uint8 private constant RETIRED = 2;
    bytes32 private constant DOMAIN_TYPE =
        keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)");
    bytes32 private constant VOUCHER_TYPE =
        keccak256("Voucher(uint48 channel,uint40 sequence,uint96 cumulative,bytes32 head)");

    function openChannel(bytes32 model, bytes32 provider, address sessionKey, bool isPrivate, uint40 expiry)
        external
        payable
        returns (uint48 channel)
    {
        checked(msg.value);
        address providerKey = needOffer(model, provider);
        if (expiry <= block.timestamp) revert OutOfBounds(block.timestamp + 1, type(uint40).max);
        if (sessionKey == address(0)) revert BadRecipient();
        uint256 least = param(MIN_DEPOSIT, MIN_DEPOSIT_0);
        if (msg.value < least) revert BondTooLow(least);

        channel = ++channelCount;
        Channel storage value = channels[channel];
        value.pair = pairOf(provider, model);
        value.deposit = uint96(msg.value);
        value.isPrivate = isPrivate;
        value.head = keccak256(abi.encodePacked("openledger/channel", uint64(block.chainid), channel, msg.sender));
        value.sessionKey = sessionKey;
        value.expiry = expiry;
        value.payer = msg.sender;
        value.providerKey = providerKey;
        value.provider = provider;
        value.model = model;
        buckets.deposits += uint128(msg.value);
        announce(channel, value);
    }

    function announce(uint48 channel, Channel storage value) private {
        emit ChannelOpened(
            channel,
            value.payer,
            value.provider,
            value.model,
            value.sessionKey,
            value.providerKey,
            value.isPrivate,
            value.expiry,
            value.deposit,
            value.head
        );
    }

    function topUp(uint48 channel) external payable {
        checked(msg.value);
        Channel storage value = loadChannel(channel);
        needOpen(channel, value);
        if (msg.value == 0) revert ZeroAmount();
        value.deposit = uint96(checked(value.deposit + msg.value));
        buckets.deposits += uint128(msg.value);
        emit ChannelToppedUp(channel, uint96(msg.value), value.deposit);
    }

    function closeChannel(uint48 channel) external payable free {
        Channel storage value = loadChannel(channel);
        needOpen(channel, value);
        if (value.noticeEnd != 0) revert WrongStatus(1);
        value.noticeEnd = uint40(block.timestamp + param(NOTICE, NOTICE_0));
        emit ChannelNotice(channel, value.noticeEnd);
    }

    function reclaim(uint48 channel) external payable free returns (uint256 amount) {
        Channel storage value = loadChannel(channel);
        uint256 end = endOf(value);
        if (block.timestamp <= end) revert TooEarly(end + 1);
        amount = value.deposit - value.cumulative;
        if (amount == 0) revert AlreadyClaimed();
        value.deposit = value.cumulative;
        buckets.deposits -= uint128(amount);
        credit(value.payer, amount);
        emit ChannelReclaimed(channel, value.payer, uint96(amount));
    }

    /// Settles 1 to 256 channels by packed vouchers of 119 bytes: u48 channel, u40 sequence, u96 cumulative, head,
    /// EIP-2098 signature.
    function settleBatch(BatchHeader calldata header, bytes calldata updates)
        external
        payable
        free
        returns (bytes32 batch)
    {
        Model storage model = needSeller(header);
        bytes32 pair = pairOf(header.provider, header.model);
        needGap(pair);
        Totals memory totals = checkUpdates(pair, updates, model.marginBps);
        Split memory shares = currentSplit();
        uint256 pays = header.entries > 0 && model.corpusSize > 0 ? specificBps() : 0;
        uint256 specific = totals.margin * shares.data * pays / (UNIT * UNIT);
        if (totals.receipts != header.receipts || header.credit > specific) revert SumMismatch();

        batch = keccak256(abi.encodePacked("openledger/batch", header.provider, header.model, totals.updatesRoot));
        if (batches[batch].status != 0) revert BatchExists(batch);
        lastBatches[pair] = uint40(block.timestamp);
        store(batches[batch], header, totals, shares);
        advance(batch, updates);
        uint256 compute = escrow(agents[header.provider], totals);
        emit BatchSettled(batch, header, totals, compute, batches[batch].deadline);
    }

    /// The model, if the caller acts for the provider and the provider may sell it.
    function needSeller(BatchHeader calldata header) private view returns (Model storage model) {
        Agent storage agent = agents[header.provider];
        if (agent.owner == address(0)) revert UnknownObject(header.provider);
        if (msg.sender != agent.owner && msg.sender != agent.controller) revert NotAllowed();
        model = loadModel(header.model);
        if (model.providers != 0 && !providers[header.model][header.provider]) revert NotAllowed();
    }

    function needGap(bytes32 pair) private view {
        uint256 last = lastBatches[pair];
        uint256 earliest = last + param(BATCH_GAP, BATCH_GAP_0);
        if (last != 0 && block.timestamp < earliest) revert BatchTooSoon(earliest);
    }

    /// Keeps the margin, which the provider's stake has to cover twice, and credits it with the rest.
    function escrow(Agent storage agent, Totals memory totals) private returns (uint256 compute) {
        uint256 openMargin = agent.openMargin + totals.margin;
        if (2 * openMargin > agent.stake) revert UnderCollateralised();
        agent.openMargin = uint96(openMargin);
        compute = totals.paid - totals.margin;
        buckets.deposits -= uint128(totals.paid);
        buckets.margins += uint128(totals.margin);
        credit(agent.owner, compute);
    }

    /// Judges every voucher; gives the root over the changes, and what they sum up to.
    function checkUpdates(bytes32 pair, bytes calldata updates, uint256 marginBps)
        private
        view
        returns (Totals memory totals)
    {
        uint256 count = updates.length / UPDATE_BYTES;
        if (updates.length % UPDATE_BYTES != 0 || count == 0 || count > MAX_UPDATES) revert InvalidUpdates();
        for (uint256 i = 1; i < count; i++) {
            if (channelAt(updates, i) <= channelAt(updates, i - 1)) revert InvalidUpdates();
        }
        bytes32 domain = domainSeparator();
        bytes32[] memory leaves = new bytes32[](count);
        for (uint256 i = 0; i < count; i++) {
            Update memory update = readUpdate(updates, i);
            Channel storage channel = channels[update.channel];
            checkUpdate(pair, domain, channel, update);
            leaves[i] = leafOf(uint64(i), channel, update);
            (uint256 sequence, uint256 cumulative) = (channel.sequence, channel.cumulative);
            totals.receipts += update.sequence - sequence;
            totals.paid += update.cumulative - cumulative;
            totals.margin += update.cumulative * marginBps / UNIT - cumulative * marginBps / UNIT;
        }
        totals.updatesRoot = ReferenceMerkle.rootOfHashes(leaves);
        totals.updates = count;
    }

    function checkUpdate(bytes32 pair, bytes32 domain, Channel storage channel, Update memory update) private view {
        if (channel.pair != pair) revert WrongChannel(update.channel);
        if (block.timestamp > endOf(channel)) revert ChannelClosed(update.channel);
        if (update.sequence <= channel.sequence || update.cumulative < channel.cumulative) {
            revert SequenceRegress(update.channel);
        }
        if (update.cumulative > channel.deposit) revert InsufficientChannel(update.channel);
        bytes32 voucher =
            keccak256(abi.encode(VOUCHER_TYPE, update.channel, update.sequence, update.cumulative, update.head));
        bytes32 digest = keccak256(abi.encodePacked(hex"1901", domain, voucher));
        if (recover(digest, update.r, update.vs) != channel.sessionKey) revert InvalidSignature(update.channel);
    }

    function leafOf(uint64 index, Channel storage channel, Update memory update) private view returns (bytes32) {
        (uint40 sequence, uint96 cumulative, bytes32 head) = (channel.sequence, channel.cumulative, channel.head);
        bytes memory before = abi.encodePacked(bytes1(0), index, update.channel, sequence, cumulative, head);
        return keccak256(abi.encodePacked(before, update.sequence, update.cumulative, update.head));
    }

    function advance(bytes32 batch, bytes calldata updates) private {
        for (uint256 i = 0; i < updates.length / UPDATE_BYTES; i++) {
            Update memory update = readUpdate(updates, i);
            Channel storage channel = channels[update.channel];
            (channel.sequence, channel.cumulative) = (update.sequence, update.cumulative);
            channel.head = update.head;
            emit ChannelSettled(update.channel, batch, update.sequence, update.cumulative, update.head);
        }
    }

    function channelAt(bytes calldata updates, uint256 index) private pure returns (uint48 channel) {
        assembly ("memory-safe") {
            channel := shr(208, calldataload(add(updates.offset, mul(index, UPDATE_BYTES))))
        }
    }

    /// One of the packed updates; there have to be so many.
    function readUpdate(bytes calldata updates, uint256 index) private pure returns (Update memory update) {
        assembly ("memory-safe") {
            let at := add(updates.offset, mul(index, UPDATE_BYTES))
            let word := calldataload(at)
            mstore(update, shr(208, word))
            mstore(add(update, 0x20), and(shr(168, word), 0xffffffffff))
            mstore(add(update, 0x40), and(shr(72, word), 0xffffffffffffffffffffffff))
            calldatacopy(add(update, 0x60), add(at, 23), 96)
        }
    }

    function store(Batch storage batch, BatchHeader calldata header, Totals memory totals, Split memory shares) private {
        batch.provider = header.provider;
        batch.model = header.model;
        batch.updatesRoot = totals.updatesRoot;
        batch.receiptsRoot = header.receiptsRoot;
        batch.ledgerRoot = header.ledgerRoot;
        batch.author = header.provider;
        batch.margin = uint96(totals.margin);
        batch.credit = header.credit;
        batch.receipts = header.receipts;
        batch.entries = header.entries;
        uint256 window = param(WINDOW, WINDOW_0);
        uint40 deadline = uint40(block.timestamp + window);
        (batch.settledAt, batch.originalDeadline, batch.deadline) = (uint40(block.timestamp), deadline, deadline);
        (batch.data, batch.owner, batch.validators) = (shares.data, shares.owner, shares.validators);
        (batch.treasury, batch.insurance, batch.burn) = (shares.treasury, shares.insurance, shares.burn);
        batch.slashFloorBps = uint16(param(SLASH_FLOOR_BPS, SLASH_FLOOR_BPS_0));
        batch.slashMultiple = uint16(param(SLASH_MULTIPLE, SLASH_MULTIPLE_0));
        batch.windowSec = uint32(window);
        batch.specificBps = uint16(specificBps());
        batch.updates = uint16(totals.updates);
        batch.status = OPEN;
    }

    /// The signer of an EIP-2098 signature; zero unless it is valid, with low s.
    function recover(bytes32 digest, bytes32 r, bytes32 vs) private pure returns (address) {
        bytes32 s = vs & bytes32(type(uint256).max >> 1);
        if (uint256(s) > 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF5D576E7357A4501DDFE92F46681B20A0) return address(0);
        return ecrecover(digest, uint8(uint256(vs) >> 255) + 27, r, s);
    }

    function domainSeparator() private view returns (bytes32) {
        return keccak256(
            abi.encode(DOMAIN_TYPE, keccak256("OpenLedger"), keccak256("1"), block.chainid, address(this))
        );
    }

    function specificBps() private view returns (uint256) {
        return param(SPECIFIC_BPS, SPECIFIC_BPS_0);
    }

    /// The key that will sign receipts, if this provider sells this model to new payers.
    function needOffer(bytes32 id, bytes32 provider) private view returns (address) {
        Model storage model = loadModel(id);
        if (model.retiredAt != 0) revert WrongStatus(RETIRED);
        Agent storage agent = agents[provider];
        if (agent.owner == address(0)) revert UnknownObject(provider);
        needProvider(agent);
        if (model.providers != 0 && !providers[id][provider]) revert NotAllowed();
        for (uint256 i = 0; i < model.corpusSize; i++) {
            bytes32 version = corpora[id][i];
            if (versions[version].refuted) revert VersionRefuted(version);
        }
        return agent.controller;
    }

    function needProvider(Agent storage agent) private view {
        uint256 least = param(MIN_STAKE, MIN_STAKE_0);
        if (agent.stake < least) revert StakeTooLow(least);
    }

    function needOpen(uint48 channel, Channel storage value) private view {
        if (msg.sender != value.payer) revert NotAllowed();
        if (block.timestamp > endOf(value)) revert ChannelClosed(channel);
    }

    function loadChannel(uint48 channel) private view returns (Channel storage value) {
        value = channels[channel];
        if (value.payer == address(0)) revert UnknownObject(bytes32(uint256(channel)));
    }

    /// The last second in which a channel can be settled and topped up.
    function endOf(Channel storage value) private view returns (uint256) {
        (uint256 expiry, uint256 noticeEnd) = (value.expiry, value.noticeEnd);
        return noticeEnd == 0 || expiry < noticeEnd ? expiry : noticeEnd;
    }

    function pairOf(bytes32 provider, bytes32 model) private pure returns (bytes32) {
        return keccak256(abi.encodePacked(provider, model));
    }
}
